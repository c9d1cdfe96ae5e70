"""The created key, read from whatever a server answers with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portkey_admin._secret import Secret


@attrs.frozen(kw_only=True)
class CreatedKey:
    """A key that the server created. Its secret is shown this once: store it.

    repr and str mask the secret; `key.reveal()` returns it.
    """

    id: str | None
    """The key's id, a UUID as the spec says; None where the server sent none."""
    key: Secret
    """The secret itself."""
    object: str | None
    """What kind of thing was created: api-key."""
    additional_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """What else the server sent, by its names."""


# The marks and the strings of JSON; a string that is cut off reaches to the end.
_TOKEN: Final = re.compile(rb'[{}\[\]:,]|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
# Where the key and its id stand: at the top, or in the object that wraps them.
_AT_TOP: Final = ("", "data")


def read_created(content: bytes, hide: Secret) -> CreatedKey | None:
    """Return the key in the body of a response, or None where it holds none whole.

    The object may be wrapped in another, its id may be any text, and where the body is cut off or
    not JSON the key is taken from what is there. No text beside the key shows it, or `hide`.
    """
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        found = _salvage(content)
        return _from_members(found, hide) if "key" in found else None
    if not isinstance(parsed, dict) or parsed.get("success") is False or parsed.get("error"):
        return None
    wrapped = (value for value in parsed.values() if isinstance(value, dict))
    objects = [parsed, *(each for each in wrapped if "id" in each or "object" in each)]
    whole = (each for each in objects if isinstance(each.get("key"), str) and each["key"])
    return next((_from_members(dict(each), hide) for each in whole), None)


def read_id(content: bytes, hide: Secret) -> str | None:
    """Return the id in a body that holds no key whole, without `hide`."""
    key_id: str | None = _salvage(content).get("id")
    return key_id and hide.masked_in(key_id)


def _from_members(members: dict[str, Any], hide: Secret) -> CreatedKey:
    def shown(name: str) -> str | None:
        text = str(members.pop(name, None) or "")
        # What holds the key is something else, and would show it.
        return hide.masked_in(text) if text and key not in text else None

    key = members.pop("key")
    return CreatedKey(
        id=shown("id"), key=Secret(key), object=shown("object"), additional_properties=members
    )


def _salvage(content: bytes) -> dict[str, Any]:
    """Return key, id and object, each where it stands whole in JSON that is cut off or damaged."""
    found: dict[str, Any] = {}
    containers: list[str] = []
    name, text, is_value = "", "", False
    for token in _TOKEN.finditer(content):
        mark = token[0]
        if mark.startswith(b'"'):
            text = _decoded(mark)
            at_top = len(containers) in (1, 2) and containers[-1] in _AT_TOP
            if is_value and at_top and text and name in ("key", "id", "object"):
                found.setdefault(name, text)
        elif mark == b":":
            name, is_value = text, True
        elif mark in b"{[":
            containers.append(name if is_value else "")
            is_value = False
        elif mark in b"}]":
            containers = containers[:-1]
        if mark == b",":
            is_value = False
    return found


def _decoded(text: bytes) -> str:
    """Return a string of JSON, or an empty one for what is cut off or damaged."""
    try:
        return str(json.loads(text))
    except ValueError:
        return ""
