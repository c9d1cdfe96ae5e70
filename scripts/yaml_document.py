"""Read and write YAML so that a diff of two documents shows only differences in meaning."""

from __future__ import annotations

import io
import json
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor, SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

_LONGEST_REASON = 300
# Limit on the characters that aliases may add: a short text of nested aliases can expand to more
# than memory holds. Each value counts as 100 characters more than its text.
_MOST_COPIED: Final = 10_000_000
_WEIGHT_OF_A_VALUE: Final = 100


class DocumentError(ValueError):
    """The text is not one YAML mapping; the message gives the place and the reason."""


class _AliasError(Exception):
    """An alias has no JSON value."""


class _Composer(Composer):
    """Copies the value of each alias, so that a repair of one place does not change the others."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.warn_double_anchors = (
            False  # allowed in YAML: an alias means the last anchor before it
        )
        self._left = _MOST_COPIED

    def compose_node(self, parent: Any, index: Any) -> Any:
        node = super().compose_node(parent, index)
        node.anchor = None
        return node

    def return_alias(self, a: Any) -> Any:
        return self._copied(a)

    def _copied(self, node: Any) -> Any:
        if node.end_mark is None:
            raise _AliasError("an alias stands for a value that contains the alias")
        self._left -= _WEIGHT_OF_A_VALUE
        if isinstance(node, ScalarNode):
            self._left -= len(node.value)
            value, style = node.value, node.style
        elif isinstance(node, MappingNode):
            value = [(self._copied(key), self._copied(each)) for key, each in node.value]
            style = node.flow_style
        else:
            value, style = [self._copied(each) for each in node.value], node.flow_style
        if self._left < 0:
            raise _AliasError("its aliases repeat too much: more than 10 MB")
        return type(node)(node.ctag, value, node.start_mark, node.end_mark, style)


class _Constructor(RoundTripConstructor):
    """Keeps unquoted dates as text, and replaces merge keys (`<<`), because JSON has neither."""

    def flatten_mapping(self, node: Any) -> Any:
        SafeConstructor.flatten_mapping(self, node)
        if node.merge:
            own = node.value[len(node.merge) :]
            names = {str(key.value) for key, _ in own}
            merged = {str(key.value): (key, value) for key, value in node.merge}
            node.value = [*(merged[name] for name in merged if name not in names), *own]
            node.merge = None
        return []


# Read all of these as text: JSON has no dates, and = and << mean nothing in a value.
for _tag in ("str", "timestamp", "value", "merge"):
    _Constructor.add_constructor(f"tag:yaml.org,2002:{_tag}", RoundTripConstructor.construct_scalar)


class _Representer(RoundTripRepresenter):
    """Writes null as `null`; ruamel.yaml would write nothing."""

    def represent_none(self, data: Any) -> Any:  # noqa: ARG002 - the signature is ruamel.yaml's
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_none)


def load(text: bytes, name: str) -> dict[str, Any]:
    """Return the mapping in `text`, with comments and quotes kept for `dump`.

    Each alias becomes a separate copy of its value. Raises DocumentError, with `name` in its
    message, if `text` is not a mapping of JSON values.
    """
    document = load_value(text, name)
    if not isinstance(document, dict):
        raise DocumentError(f"{name} is not a YAML mapping")
    return document


def load_value(text: bytes, name: str) -> Any:
    """Do the same as `load` for a value of any kind."""
    try:
        value = _yaml().load(text)
    except _AliasError as error:
        raise DocumentError(f"{name} cannot be read: {error}") from None
    except (YAMLError, ValueError, LookupError, RecursionError) as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise DocumentError(f"{name} is not YAML: {reason}") from None
    try:
        _make_json(value)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise DocumentError(f"{name} has a value that JSON does not allow: {error}") from None
    return value


def _make_json(node: Any) -> None:
    """Turn number keys into text, as in `200:`. Raises TypeError for other keys."""
    if isinstance(node, dict):
        if any(type(key) is int for key in node):
            members = [(str(key) if type(key) is int else key, node[key]) for key in node]
            node.clear()
            node.update(members)
            if len(node) < len(members):
                raise TypeError("the same key as a number and as text")
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
    yaml.Composer = _Composer
    yaml.Constructor = _Constructor
    yaml.Representer = _Representer
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
