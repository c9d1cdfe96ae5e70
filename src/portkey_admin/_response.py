"""Turns an answer into a record or an error.

The same rules find a new secret in whole, cut-off and damaged bodies.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import httpx

from portkey_admin import _spec
from portkey_admin._errors import ADVICE, OutcomeUnknownError, PortkeyAdminError, RefusedError
from portkey_admin._records import ApiKey, CreatedKey, Page, RotatedKey, read_id, read_record
from portkey_admin._secret import Secret, showable
from portkey_admin_connections import Answer, read_json, retry_after

# Gateways answer 408 and 499 when the server behind them is silent: it may have created the key.
_REFUSALS: Final = frozenset(range(300, 500)) - {408, 499}
# After these, and after a lost connection, a read is repeated.
_PASSING: Final = (429, 502, 503, 504)
_READ_PAUSES: Final = (0.1, 0.5)
_LONGEST_READ: Final = 60.0

# The number of objects of an answer that are searched.
_MOST_OBJECTS: Final = 1000
# A key has one of these members; an object that wraps a key does not.
_OF_A_KEY: Final = ("id", "name")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Effect(NamedTuple):
    """The effect of a call at the server: how its answer is read, and what its errors advise."""

    read: Callable[[Reading], Any]
    """Returns the result of the call."""
    advice: str = "nothing was changed, and trying again is safe"
    """The advice if the outcome is unknown."""
    makes: type[CreatedKey] | None = None
    """The record for the new secret, if a successful answer has one."""
    is_read: bool = False
    not_found: str | None = None
    """The hint for a 404."""


class Reading:
    """Reads one answer to a call; its results and errors never contain `hide`.

    `secret`, `done`, `key` and `page` return the result of a call. They raise RefusedError for a
    refusal, and OutcomeUnknownError for any other answer without that result.
    """

    found: CreatedKey | None
    """The new secret, even if it is not certain; None if no secret is expected."""

    def __init__(self, answer: Answer, hide: Secret, effect: Effect) -> None:
        self._answer = answer
        self._hide = hide
        self._effect = effect
        self._json, self._is_utf8 = read_json(answer.content)
        is_success = httpx.codes.is_success(answer.status) and answer.is_from_server
        self._is_success = is_success and not _fails(self._json)
        self.found, self._is_certain = self._find()

    def secret(self) -> CreatedKey:
        """Return the new secret."""
        is_readable = self._is_utf8 or self._answer.complaint is None
        if self.found and self._is_certain and self._is_success and is_readable:
            return self.found
        raise self.error("holds no readable key")

    def done(self) -> None:
        """Return if the server carried out the call."""
        is_right = isinstance(self._json, dict) or not self._answer.content
        if not is_right or not self._is_success or self._answer.complaint:
            raise self.error("is not a JSON object")

    def key(self) -> ApiKey:
        """Return the key that the answer describes."""
        described = self._data()
        if isinstance(described, dict) and described.keys() & _OF_A_KEY:
            return read_record(ApiKey, described, self._hide)
        del described  # a traceback would show it
        raise self.error("describes no key")

    def page(self) -> Page:
        """Return a page of the list of keys."""
        data = self._data()
        members = data if isinstance(data, dict) else {"data": data}
        keys, total = members.get("data"), members.get("total")
        if keys is None and total == 0:
            keys = []
        if isinstance(keys, list) and all(isinstance(each, dict) for each in keys):
            found = [read_record(ApiKey, each, self._hide) for each in keys]
            return Page(found, total)
        del data, members, keys, total  # a traceback would show them
        raise self.error("holds no list of keys")

    def _data(self) -> Any:
        """Return the JSON of a whole, successful answer, without the objects that wrap it."""
        value = self._json if self._is_success and not self._answer.complaint else None
        while isinstance(value, dict) and isinstance(value.get("data"), dict):
            if value.keys() & _OF_A_KEY:
                break
            value = value["data"]
        return value

    def error(self, lacks: str) -> PortkeyAdminError:
        """Return the error for the answer; `lacks` is the reason if there is no other."""
        answer, effect, found = self._answer, self._effect, self.found
        fields = self._error_fields()
        if found is None and answer.status in _REFUSALS and answer.is_from_server:
            return RefusedError(**fields)
        reason = answer.complaint or lacks
        if answer.is_too_long:
            reason = f"{reason}, which is max_response_bytes"
        if not answer.is_from_server:
            reason = "comes from another URL: it was redirected"
        elif not (httpx.codes.is_success(answer.status) and (found or not _fails(self._json))):
            reason = f"reports a failure{', and holds a key' if found else ''}"
        elif found and answer.complaint is None:
            reason = "holds a key in an unexpected place, or reports a failure"
        key_id = found.id if found else None
        if effect.makes and not found:
            ids = (each.get("id") for path, each in _objects(self._json) if set(path) <= {"data"})
            key_id = next((read_id(each, self._hide) for each in ids if each), None)
        reason = f"the server's answer, status {answer.status}, {reason}"
        return OutcomeUnknownError(reason, effect.advice, created=found, key_id=key_id, **fields)

    def _error_fields(self) -> dict[str, Any]:
        """Return the fields of an error from the answer, masked and shortened.

        Portkey's help center documents the shapes (admin-api/error). An error or a message at the
        top level is read as well.
        """
        headers, status = self._answer.headers, self._answer.status
        fields: dict[str, Any] = {"code": None}
        if isinstance(self._json, dict):
            fields["server_message"] = self._json.get("error")
            for inner in (self._json, self._json.get("error"), self._json.get("data")):
                if isinstance(inner, dict) and isinstance(inner.get("message"), str):
                    code = inner.get("errorCode") or inner.get("code")
                    fields = {"code": code, "server_message": inner["message"]}
        fields |= {field: headers.get(name) for name, field in _spec.error_headers().items()}
        secrets = (self._hide, self.found.key) if self.found else (self._hide,)
        for field, text in fields.items():
            fields[field] = showable(text, *secrets) if isinstance(text, str) and text else None
        if retry_after(headers) is not None:  # not masked: no secret is a delay or a date
            fields["retry_after"] = headers["retry-after"]
        hint = _spec.error_codes().get(fields["code"], {}).get("meaning")
        if httpx.codes.is_redirect(status):
            hint = "Redirects are not followed; write the server's own URL."
        elif status == httpx.codes.NOT_FOUND:
            hint = self._effect.not_found or hint
        return {"status": status, "hint": hint, **fields}

    def _find(self) -> tuple[CreatedKey | None, bool]:
        """Return the new secret in the answer, and whether it is certain."""
        if self._effect.makes is None:
            return None, False
        found: list[tuple[int, dict[str, Any]]] = []
        for path, members in _objects(self._json):
            is_wrapped = set(path) <= {"data"}
            is_named = len(path) == 1 and members.keys() & {"id", "object"}
            # An error may have a member `key`, such as the name of an invalid field.
            is_error = path and _fails(self._json) and {"id", "object"} - members.keys()
            has_key = isinstance(members.get("key"), str) and members["key"]
            if has_key and (is_wrapped or is_named) and not is_error:
                found.append((len(path), members))
        if not found:
            return None, False
        level = found[0][0]
        top = [members for depth, members in found if depth == level]
        key = Secret(top[0]["key"])
        is_sure = level <= 1 and not _fails(top[0]) and all(key == each["key"] for each in top)
        is_sure = is_sure and not _SURROGATE.search(key.reveal())
        return read_record(self._effect.makes, top[0], self._hide), is_sure


EFFECTS: Final = {
    "listApiKeys": Effect(Reading.page, is_read=True),
    "retrieveApiKey": Effect(Reading.key, is_read=True),
    "createApiKey": Effect(Reading.secret, ADVICE, makes=CreatedKey),
    "rotateApiKey": Effect(
        Reading.secret,
        "the key may have a new secret: if so, api_keys.rotate is refused until the transition "
        "ends (after 30 minutes by default), and the old secret is valid until then",
        makes=RotatedKey,
    ),
    "updateApiKey": Effect(
        Reading.done,
        "the key may have been updated: look with api_keys.retrieve before you try again",
    ),
    "deleteApiKey": Effect(
        Reading.done,
        "the key may have been deleted: api_keys.retrieve raises RefusedError (404) if it was",
        not_found="There is no such key. If an earlier delete ended in an unknown outcome, it was "
        "probably carried out.",
    ),
}


class Attempts:
    """Decides whether and when a call is repeated; all ends at `ends` by time.monotonic()."""

    def __init__(self, effect: Effect, retries: int, ends: float) -> None:
        self._effect = effect
        # Callers did not ask for repeated reads, so these end even without a deadline.
        self._ends = min(ends, time.monotonic() + _LONGEST_READ) if effect.is_read else ends
        own = _READ_PAUSES if effect.is_read else ()
        self._pauses = [*own, *[_READ_PAUSES[1]] * (retries - len(own))]

    def pause(self, answer: Answer | None) -> float | None:
        """Return the seconds until the next attempt, or None if this was the last one.

        A read is repeated after a lost connection too. Another call is only repeated after a 429
        with a Retry-After header.
        """
        asked, again = None, self._effect.is_read
        if answer is not None and self._pauses:
            asked = retry_after(answer.headers)
            is_broken = answer.complaint is not None and not answer.is_too_long
            again = again and (is_broken or answer.status in _PASSING)
            if asked is not None and answer.status == httpx.codes.TOO_MANY_REQUESTS:
                again = not Reading(answer, Secret(""), self._effect).found
        if not (again and self._pauses):
            return None
        seconds = self._pauses.pop(0)
        seconds = seconds if asked is None else asked
        return seconds if time.monotonic() + seconds < self._ends else None


def _objects(value: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the objects on the first three levels of `value`, with their paths.

    An item of a list has the path of a member `data`.
    """
    level: list[tuple[tuple[str, ...], Any]] = [((), value)]
    for _ in range(3):
        yield from [each for each in level if isinstance(each[1], dict)][:_MOST_OBJECTS]
        level = [
            ((*path, name), member)
            for path, each in level
            if isinstance(each, dict | list)
            for name, member in (
                each.items() if isinstance(each, dict) else (("data", item) for item in each)
            )
            if isinstance(member, dict | list)
        ]


def _fails(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("success") is False or bool(value.get("error")))
