"""From the bytes of an answer to the key, or to the error that says what became of it.

One set of rules looks for the key in what JSON there is of a whole, cut-off or damaged body.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from itertools import repeat
from typing import Any, Final

import attrs

from portkey_admin import _spec
from portkey_admin._errors import OutcomeUnknownError, PortkeyAdminError, RefusedError
from portkey_admin._secret import MASK, Secret, showable
from portkey_admin_connections import Answer, read_json

_SUCCESS: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_REFUSAL: Final = range(300, 500)
# Gateways answer so when the server behind them is silent: it may have created the key.
_UNDECIDED: Final = frozenset({408, 499})
_TOO_MANY: Final = 429

# How deep other members of an answer are kept, and how many objects are looked at.
_DEEPEST_KEPT: Final = 50
_MOST_OBJECTS: Final = 1000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DELAY: Final = re.compile(r"\d{1,9}|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


@attrs.frozen(kw_only=True)
class CreatedKey:
    """A key that the server created. Portkey shows its secret only once: store it.

    repr and str mask the secret; `key.reveal()` returns it.
    """

    id: str | None
    """The key's id, a UUID as the spec says; None where the server sent none."""
    key: Secret
    """The secret itself."""
    object: str | None
    """What kind of thing was created: api-key."""
    additional_properties: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """What else the server sent, by its names, with both secrets masked."""


def created_key(answer: Answer, hide: Secret) -> CreatedKey:
    """Return the key in `answer`. Raises RefusedError and OutcomeUnknownError, without `hide`."""
    found, error = judge(answer, hide)
    if error is not None or found is None:
        raise error or AssertionError
    return found


def require_whole(answer: Answer, hide: Secret) -> None:
    """Raise OutcomeUnknownError for an answer of success that is cut off, or somebody else's."""
    if answer.status in _SUCCESS and (answer.complaint or not answer.is_from_server):
        found, error = judge(answer, hide)
        reason = f"the server's answer, status {answer.status}: {answer.complaint}"
        key_id = found.id if found else None
        raise error or OutcomeUnknownError(
            reason, status=answer.status, created=found, key_id=key_id
        )


def pause_before_retry(answer: Answer, ends: float) -> float | None:
    """Return the seconds that a 429 asks to wait; None for another answer, or beyond `ends`."""
    is_refusal = answer.status == _TOO_MANY and judge(answer, Secret(""))[0] is None
    given = answer.headers.get("retry-after", "") if is_refusal else ""
    try:
        is_date = not given.isdigit()
        seconds = parsedate_to_datetime(given).timestamp() - time.time() if is_date else int(given)
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0) if time.monotonic() + seconds < ends else None


def judge(answer: Answer, hide: Secret) -> tuple[CreatedKey | None, PortkeyAdminError | None]:
    """Return the key in an answer, and the error that it means unless the key is certain."""
    value, is_utf8 = read_json(answer.content)
    found, is_certain = _find(value, hide)
    is_success = answer.status in _SUCCESS and answer.is_from_server
    if is_certain and is_success and (is_utf8 or answer.complaint is None):
        return found, None
    fields = _error_fields(answer, value, (hide,) if found is None else (hide, found.key))
    is_decided = answer.status in _REFUSAL and answer.status not in _UNDECIDED
    if found is None and is_decided and answer.is_from_server:
        return None, RefusedError(**fields)
    reason = answer.complaint or "holds no readable key"
    if not answer.is_from_server:
        reason = "comes from another URL: it was redirected"
    elif not is_success:
        reason = "says that it failed" if found is None else "says that it failed, and holds a key"
    elif found is not None:
        reason = "holds a key where none is expected, or says that it failed"
    ids = (members.get("id") for path, members in _objects(value) if set(path) <= {"data"})
    key_id = found.id if found else next((_id(each, hide) for each in ids if each), None)
    reason = f"the server's answer, status {answer.status}, {reason}"
    return found, OutcomeUnknownError(reason, created=found, key_id=key_id, **fields)


def _error_fields(answer: Answer, value: Any, secrets: tuple[Secret, ...]) -> dict[str, Any]:
    """Return what the server's answer says of an error, made safe to show.

    Source of the shapes: the help center's admin-api/error; an error and a message at the top are
    seen as well.
    """
    fields: dict[str, Any] = {"code": None, "server_message": None}
    if isinstance(value, dict):
        fields["server_message"] = value.get("error")
        for inner in (value, value.get("error"), value.get("data")):
            if isinstance(inner, dict) and isinstance(inner.get("message"), str):
                code = inner.get("errorCode") or inner.get("code")
                fields = {"code": code, "server_message": inner["message"]}
    for name, field in _spec.error_headers().items():
        fields[field] = answer.headers.get(name)
    for field, text in fields.items():
        if not isinstance(text, str) or not text:
            fields[field] = None
        elif not (field == "retry_after" and _DELAY.fullmatch(text)):
            fields[field] = showable(text, *secrets)
    hint = _spec.error_codes().get(fields["code"] or "", {}).get("meaning")
    if answer.status in _REDIRECT:
        hint = "Redirects are not followed; write the server's own URL."
    return {"status": answer.status, "hint": hint, **fields}


def _find(value: Any, hide: Secret) -> tuple[CreatedKey | None, bool]:
    """Return the key in the JSON of an answer, and whether it surely was created."""
    found: list[tuple[int, dict[str, Any]]] = []
    for path, members in _objects(value):
        is_wrapped = set(path) <= {"data"}
        is_named = len(path) == 1 and bool(members.keys() & {"id", "object"})
        # An error has a key of its own, such as the name of what is wrong.
        is_error = path and _fails(value) and not members.keys() >= {"id", "object"}
        if isinstance(members.get("key"), str) and (is_wrapped or is_named) and not is_error:
            found.append((len(path), members))
    level = min((depth for depth, members in found if members["key"]), default=0)
    top = [members for depth, members in found if depth == level and members["key"]]
    if not top:
        return None, False
    members = dict(top[0])
    key = Secret(members.pop("key"))
    is_sure = level <= 1 and not (_fails(value) or _fails(members))
    is_sure = is_sure and all(key == each["key"] for each in top)
    created = CreatedKey(
        id=_id(members.pop("id", None), hide, key),
        key=key,
        object=_id(members.pop("object", None), hide, key),
        additional_properties=_masked(
            members, (key, hide), _DEEPEST_KEPT, iter(range(_MOST_OBJECTS))
        ),
    )
    return created, is_sure and not _SURROGATE.search(key.reveal())


def _objects(value: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the objects in `value` level by level down to the third, and not too many of them.

    An item of a list is its data.
    """
    level: list[tuple[tuple[str, ...], Any]] = [((), value)]
    for _ in range(3):
        yield from [each for each in level if isinstance(each[1], dict)][:_MOST_OBJECTS]
        level = [
            ((*path, name), member)
            for path, each in level
            if isinstance(each, dict | list)
            for name, member in (
                each.items() if isinstance(each, dict) else zip(repeat("data"), each, strict=False)
            )
            if isinstance(member, dict | list)
        ]


def _fails(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("success") is False or bool(value.get("error")))


def _id(value: Any, hide: Secret, key: Secret | None = None) -> str | None:
    """Return an id as text; None for what holds the key, which is something else."""
    text = str(value) if isinstance(value, str | int) else ""
    if _UUID.fullmatch(text):
        return text
    return None if key is not None and key.reveal() in text else hide.masked_in(text) or None


def _masked(value: Any, secrets: tuple[Secret, ...], levels: int, left: Iterator[int]) -> Any:
    """Return `value` with both secrets masked; below `levels`, and when none is `left`, a mask."""
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
