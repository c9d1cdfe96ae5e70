"""The records of keys: with a new secret, and as reads return them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from portkey_admin._checks import UUID_PATTERN
from portkey_admin._secret import MASK, Secret

# Limits for the additional members of an answer: their depth, and the number of objects.
_DEEPEST_KEPT: Final = 50
_MOST_OBJECTS: Final = 1000


@attrs.frozen(kw_only=True)
class CreatedKey:
    """A key that the server created. Portkey shows its secret only once: store it.

    repr and str mask the secret; `key.reveal()` returns it.
    """

    id: str | None = None
    """The key's id, a UUID; None if the server sent none."""
    key: Secret
    """The secret."""
    object: str | None = None
    """The type of the object: api-key."""
    additional_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Other fields that the server sent, by name, with both secrets masked."""


@attrs.frozen(kw_only=True)
class RotatedKey(CreatedKey):
    """A key with its new secret. Portkey shows it only once: store it."""

    key_transition_expires_at: datetime | None = None
    """When the old secret expires."""


@attrs.frozen(kw_only=True)
class ApiKey:
    """A key as the server describes it; fields that the server did not send are None.

    Fields that the spec lacks, and fields whose value has an unexpected type, are in
    `additional_properties`.
    """

    id: str = ""
    """The key's id, a UUID; empty if the server sent none."""
    key: Secret | None = None
    """The secret as the server masks it; older control planes send it unmasked."""
    name: str | None = None
    """Several keys may have the same name."""
    description: str | None = None
    type: str | None = None
    """organisation-service, workspace-service or workspace-user."""
    organisation_id: str | None = None
    workspace_id: str | None = None
    user_id: str | None = None
    """The user that the key belongs to; None for a service key."""
    status: str | None = None
    """active, exhausted (a usage limit is reached) or expired; servers may add others."""
    creation_mode: str | None = None
    """How the key was created: ui, api or auto."""
    created_at: datetime | None = None
    last_updated_at: datetime | None = None
    expires_at: datetime | None = None
    """When the key expires; None for never."""
    reset_usage: float | None = None
    rate_limits: Sequence[Mapping[str, Any]] | None = None
    usage_limits: Mapping[str, Any] | None = None
    scopes: Sequence[str] | None = None
    defaults: Mapping[str, Any] | None = None
    alert_emails: Sequence[str] | None = None
    object: str | None = None
    additional_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """Other fields that the server sent, by name, with secrets masked."""


class Page(NamedTuple):
    """A page of the list of keys, with the server's total for all pages."""

    keys: list[ApiKey]
    total: Any


RecordT = TypeVar("RecordT", bound="CreatedKey | ApiKey")


def read_record(kind: type[RecordT], sent: Mapping[str, Any], hide: Secret) -> RecordT:
    """Return the record of the members that the server sent, with `hide` masked."""
    rest = dict(sent)
    text = rest.pop("key", "")
    key = Secret(text) if isinstance(text, str) and text else None
    ids = {name: read_id(rest.pop(name, None), hide, key) for name in ("id", "object")}
    values: dict[str, Any] = {name: found for name, found in ids.items() if found is not None}
    values["key"] = key
    secrets = (hide,) if key is None else (key, hide)
    rest = _masked(rest, secrets, _DEEPEST_KEPT, iter(range(_MOST_OBJECTS)))
    for field in attrs.fields(kind):
        if field.type in _READERS and field.name in rest:
            found = values[field.name] = _READERS[field.type](rest[field.name])
            if found is not None or rest[field.name] is None:
                del rest[field.name]
    return kind(**values, additional_properties=rest)


def _read_moment(value: Any) -> datetime | None:
    """Return an aware datetime, or None for any other value."""
    try:
        moment = datetime.fromisoformat(value.upper())
    except (AttributeError, ValueError):
        return None
    return moment if moment.utcoffset() is not None else None


def _read_items(value: Any, kind: type) -> Any:
    return value if type(value) is list and all(isinstance(each, kind) for each in value) else None


# A reader for each annotation above; it returns None for a value of another type.
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "str | None": lambda value: value if isinstance(value, str) else None,
    "float | None": lambda value: value if type(value) in {int, float} else None,
    "datetime | None": _read_moment,
    "Mapping[str, Any] | None": lambda value: value if isinstance(value, dict) else None,
    "Sequence[str] | None": lambda value: _read_items(value, str),
    "Sequence[Mapping[str, Any]] | None": lambda value: _read_items(value, dict),
}


def read_id(value: Any, hide: Secret, key: Secret | None = None) -> str | None:
    """Return an id as text, or None for a text that contains the key."""
    text = str(value) if isinstance(value, str | int) else ""
    if UUID_PATTERN.fullmatch(text):
        return text
    return None if key is not None and key.reveal() in text else hide.masked_in(text) or None


def _masked(value: Any, secrets: tuple[Secret, ...], levels: int, left: Iterator[int]) -> Any:
    """Return `value` with secrets masked; a mask replaces objects beyond `levels` or `left`."""
    if isinstance(value, str):
        for secret in secrets:
            value = MASK if secret == value else secret.masked_in(value)
    elif isinstance(value, dict | list) and (not levels or next(left, None) is None):
        return MASK
    elif isinstance(value, dict):
        return {
            _masked(name, secrets, 0, left): _masked(each, secrets, levels - 1, left)
            for name, each in value.items()
        }
    elif isinstance(value, list):
        return [_masked(each, secrets, levels - 1, left) for each in value]
    return value
