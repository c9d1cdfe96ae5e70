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


_KEY: Final = re.compile(rb'"key"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.)+")')
_ID: Final = re.compile(rb'"id"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.)+")')


def read_created(content: bytes) -> CreatedKey | None:
    """Return the key in the body of a response, or None where it holds none whole.

    The object may be wrapped in `data`, its id may be any text, and where the body is cut off or
    not JSON the key is taken from what is there.
    """
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        parsed = None
    for candidate in (parsed, parsed.get("data") if isinstance(parsed, dict) else None):
        if isinstance(candidate, dict) and _is_text(candidate.get("key")):
            return _from_members(dict(candidate))
    key, key_id = _salvage(_KEY, content), read_id(content)
    return None if key is None else CreatedKey(id=key_id, key=Secret(key), object=None)


def read_id(content: bytes) -> str | None:
    """Return the id in a body that may be cut off or not JSON."""
    return _salvage(_ID, content)


def _from_members(members: dict[str, Any]) -> CreatedKey:
    key_id, kind = members.pop("id", None), members.pop("object", None)
    return CreatedKey(
        id=None if key_id is None else str(key_id),
        key=Secret(members.pop("key")),
        object=None if kind is None else str(kind),
        additional_properties=members,
    )


def _salvage(pattern: re.Pattern[bytes], content: bytes) -> str | None:
    match = pattern.search(content)
    try:
        return str(json.loads(match[1])) if match else None
    except ValueError:
        return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
