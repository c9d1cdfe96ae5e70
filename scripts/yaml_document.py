"""Read and write YAML so that a diff of two documents shows only what differs in meaning."""

from __future__ import annotations

import io
import json
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter

_LONGEST_REASON = 300


class DocumentError(ValueError):
    """The text is not one YAML mapping; the message says where and why."""


class _Constructor(RoundTripConstructor):
    """Keeps an unquoted date as text: JSON, and so OpenAPI, has no dates."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


class _Representer(RoundTripRepresenter):
    """Writes null as `null`, where ruamel.yaml would leave nothing at all."""

    def represent_none(self, data: Any) -> Any:  # noqa: ARG002 - the signature is ruamel.yaml's
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_none)


def load(text: bytes, name: str) -> dict[str, Any]:
    """Return the mapping that `text` holds, with comments and quotes kept for `dump`.

    Raises DocumentError, with `name` in its message, where it is no mapping of JSON values.
    """
    try:
        document = _yaml().load(text)
    except (YAMLError, ValueError, LookupError, RecursionError) as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise DocumentError(f"{name} is not YAML: {reason}") from None
    if not isinstance(document, dict):
        raise DocumentError(f"{name} is not a YAML mapping")
    try:
        _make_json(document)
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise DocumentError(f"{name} has a value that JSON lacks: {error}") from None
    return document


def _make_json(node: Any) -> None:
    """Turn number keys into text, as in `200:`. Raises TypeError for other keys and for anchors.

    Two places that share one object would both change when a repair names one of them.
    """
    anchor = getattr(node, "yaml_anchor", None)
    if anchor is not None and anchor() is not None:
        raise TypeError(f"the anchor &{anchor().value}")
    if isinstance(node, dict):
        if any(type(key) is int for key in node):
            members = [(str(key) if type(key) is int else key, node[key]) for key in node]
            node.clear()
            node.update(members)
            if len(node) < len(members):
                raise TypeError("a key that is a number here and the same as text there")
        for key, value in node.items():
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r}")
            _make_json(value)
    elif isinstance(node, list):
        for item in node:
            _make_json(item)


def dump(document: dict[str, Any]) -> bytes:
    """Return `document` as YAML text, in the layout of Portkey's own documents."""
    stream = io.BytesIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    yaml.Representer = _Representer
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
