"""From the bytes of an answer to a record of a key, or to the error that says what became of it.

One set of rules looks for a new secret in what JSON there is of a whole, cut-off or damaged body.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from itertools import repeat
from typing import Any, Final, NamedTuple

from portkey_admin import _spec
from portkey_admin._errors import (
    CREATE_ADVICE,
    OutcomeUnknownError,
    PortkeyAdminError,
    RefusedError,
)
from portkey_admin._records import ApiKey, CreatedKey, Page, RotatedKey, read_id, read_record
from portkey_admin._secret import Secret, showable
from portkey_admin_connections import Answer, read_json

_SUCCESS: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_REFUSAL: Final = range(300, 500)
_NOT_FOUND: Final = 404
# Gateways answer so when the server behind them is silent: it may have created the key.
_UNDECIDED: Final = frozenset({408, 499})
_TOO_MANY: Final = 429
# After these, and after a lost connection, a read is repeated.
_PASSING: Final = frozenset({_TOO_MANY, 502, 503, 504})
_READ_PAUSES: Final = (0.1, 0.5)

# How many objects of an answer are looked at.
_MOST_OBJECTS: Final = 1000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DELAY: Final = re.compile(r"\d{1,9}|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


class Effect(NamedTuple):
    """What a call does at the server, for the reading of its answer and for its errors."""

    read: Callable[[Answer, Secret, Effect], Any]
    """What makes the call's result of its answer."""
    advice: str
    """What is to be done where the outcome is unknown."""
    makes: type[CreatedKey] | None = None
    """The record of the new secret that an answer of success holds."""
    is_read: bool = False
    not_found: str | None = None
    """What a 404 means."""


def read_secret(answer: Answer, hide: Secret, effect: Effect) -> CreatedKey:
    """Return the new secret in `answer`. Raises RefusedError and OutcomeUnknownError."""
    found, error = judge(answer, hide, effect)
    if error is not None or found is None:
        raise error or AssertionError
    return found


def read_done(answer: Answer, hide: Secret, effect: Effect) -> None:
    """Return where `answer` is one of success. Raises RefusedError and OutcomeUnknownError."""
    value, _ = read_json(answer.content)
    is_right = isinstance(value, dict) or not answer.content
    if not (is_right and _is_success(answer, value)):
        raise _error(answer, value, hide, effect, lacks="is no JSON object")


def read_key(answer: Answer, hide: Secret, effect: Effect) -> ApiKey:
    """Return the key that `answer` describes. Raises RefusedError and OutcomeUnknownError."""
    value = _read_data(answer, hide, effect)
    if not (isinstance(value, dict) and value.keys() & {"id", "name"}):
        raise _error(answer, value, hide, effect, lacks="describes no key")
    return read_record(ApiKey, value, hide)


def read_page(answer: Answer, hide: Secret, effect: Effect) -> Page:
    """Return the page of keys in `answer`. Raises RefusedError and OutcomeUnknownError."""
    value = _read_data(answer, hide, effect)
    keys = value.get("data") if isinstance(value, dict) else value
    if not (isinstance(keys, list) and all(isinstance(each, dict) for each in keys)):
        raise _error(answer, value, hide, effect, lacks="holds no list of keys")
    total = value.get("total") if isinstance(value, dict) else None
    found = [read_record(ApiKey, each, hide) for each in keys]
    return Page(found, total if isinstance(total, int) else None)


_READ: Final = "nothing was changed, and trying again is safe"
EFFECTS: Final = {
    "listApiKeys": Effect(read_page, _READ, is_read=True),
    "retrieveApiKey": Effect(read_key, _READ, is_read=True),
    "createApiKey": Effect(read_secret, CREATE_ADVICE, makes=CreatedKey),
    "rotateApiKey": Effect(
        read_secret,
        "the key may have a new secret: the old one is valid until the transition ends (30 minutes "
        "by default), and api_keys.rotate is refused until then",
        makes=RotatedKey,
    ),
    "updateApiKey": Effect(
        read_done,
        "the key may have been updated: look with api_keys.retrieve before you try again",
    ),
    "deleteApiKey": Effect(
        read_done,
        "the key may have been deleted: api_keys.retrieve raises RefusedError (404) if it was",
        not_found="There is no such key. If an earlier delete ended in an unknown outcome, it was "
        "carried out.",
    ),
}


def _read_data(answer: Answer, hide: Secret, effect: Effect) -> Any:
    """Return the JSON of a whole answer of success, without what it is wrapped in."""
    value, _ = read_json(answer.content)
    if answer.complaint or not _is_success(answer, value):
        raise _error(answer, value, hide, effect, lacks="says that it failed")
    while isinstance(value, dict) and isinstance(value.get("data"), dict):
        value = value["data"]
    return value


def _is_success(answer: Answer, value: Any) -> bool:
    return answer.status in _SUCCESS and answer.is_from_server and not _fails(value)


def require_whole(answer: Answer, hide: Secret, effect: Effect) -> None:
    """Raise OutcomeUnknownError for an answer of success that is cut off, or somebody else's."""
    if answer.status in _SUCCESS and (answer.complaint or not answer.is_from_server):
        value, _ = read_json(answer.content)
        raise _error(answer, value, hide, effect, _find(value, hide, effect)[0])


class Attempts:
    """Whether a call may be made again, and when; all ends at `ends` by time.monotonic()."""

    def __init__(self, effect: Effect, retries: int, ends: float) -> None:
        self._effect = effect
        self._ends = ends
        pauses = _READ_PAUSES if effect.is_read else ()
        self._pauses = [*pauses, *[_READ_PAUSES[-1]] * (retries - len(pauses))]

    def pause(self, answer: Answer | None) -> float | None:
        """Return the seconds until the next attempt; None where there must be none.

        A read is repeated after a lost connection too; another call only where 429 refuses it and
        names a time.
        """
        if self._effect.is_read:
            again = answer is None or answer.complaint or answer.status in _PASSING
        else:
            again = (
                answer is not None
                and answer.status == _TOO_MANY
                and judge(answer, Secret(""), self._effect)[0] is None
            )
        if not (again and self._pauses):
            return None
        seconds, given = self._pauses.pop(0), _retry_after(answer)
        if given is not None or not self._effect.is_read:
            seconds = given
        return seconds if seconds is not None and time.monotonic() + seconds < self._ends else None


def _retry_after(answer: Answer | None) -> float | None:
    """Return the seconds that an answer asks to wait; None where it names none."""
    given = answer.headers.get("retry-after", "") if answer is not None else ""
    try:
        is_date = not given.isdigit()
        seconds = parsedate_to_datetime(given).timestamp() - time.time() if is_date else int(given)
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0)


def judge(
    answer: Answer, hide: Secret, effect: Effect
) -> tuple[CreatedKey | None, PortkeyAdminError | None]:
    """Return the new secret in an answer, and the error that it means unless that is certain."""
    value, is_utf8 = read_json(answer.content) if effect.makes else (None, True)
    found, is_certain = _find(value, hide, effect)
    is_success = answer.status in _SUCCESS and answer.is_from_server
    if is_certain and is_success and (is_utf8 or answer.complaint is None):
        return found, None
    return found, _error(answer, value, hide, effect, found)


def _error(  # noqa: PLR0913, PLR0917 - an answer, how it is read, and what it holds
    answer: Answer,
    value: Any,
    hide: Secret,
    effect: Effect,
    found: CreatedKey | None = None,
    lacks: str = "holds no readable key",
) -> PortkeyAdminError:
    """Return the error that an answer means: it holds the secret `found`, or lacks something."""
    fields = _error_fields(answer, value, (hide,) if found is None else (hide, found.key))
    if answer.status == _NOT_FOUND and effect.not_found:
        fields["hint"] = effect.not_found
    is_decided = answer.status in _REFUSAL and answer.status not in _UNDECIDED
    if found is None and is_decided and answer.is_from_server:
        return RefusedError(**fields)
    reason = answer.complaint or lacks
    if not answer.is_from_server:
        reason = "comes from another URL: it was redirected"
    elif answer.status not in _SUCCESS:
        reason = "says that it failed" if found is None else "says that it failed, and holds a key"
    elif found is not None and answer.complaint is None:
        reason = "holds a key where none is expected, or says that it failed"
    ids = (members.get("id") for path, members in _objects(value) if set(path) <= {"data"})
    key_id = found.id if found else next((read_id(each, hide) for each in ids if each), None)
    reason = f"the server's answer, status {answer.status}, {reason}"
    if effect.makes is None:
        key_id = None
    return OutcomeUnknownError(reason, effect.advice, created=found, key_id=key_id, **fields)


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


def _find(value: Any, hide: Secret, effect: Effect) -> tuple[CreatedKey | None, bool]:
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
    if not top or effect.makes is None:
        return None, False
    key = Secret(top[0]["key"])
    is_sure = level <= 1 and not (_fails(value) or _fails(top[0]))
    is_sure = is_sure and all(key == each["key"] for each in top)
    return read_record(effect.makes, top[0], hide), is_sure and not _SURROGATE.search(key.reveal())


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
