"""From the bytes of an answer to the key, or to the error that says what became of it.

One reader serves whole, cut-off and damaged bodies: it reads what JSON there is, and one set of
rules looks for the key in that.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import attrs
import httpx

from portkey_admin import _spec
from portkey_admin._errors import OutcomeUnknownError, PortkeyAdminError, RefusedError
from portkey_admin._secret import MASK, Secret, showable

_SUCCESS: Final = range(200, 300)
_REFUSAL: Final = range(300, 500)
# Gateways answer so when the server behind them is silent: it may have created the key.
_UNDECIDED: Final = frozenset({408, 499})
_TOO_MANY: Final = 429

# How deep damaged JSON is read, and how deep other members of an answer are kept.
_DEEPEST_DAMAGED: Final = 4
_DEEPEST_KEPT: Final = 50
_DECODER: Final = json.JSONDecoder(strict=False)
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_NAME: Final = re.compile(rf'\s*({_STRING}")\s*:\s*', re.DOTALL)
_SPACE: Final = re.compile(r"\s*")
_NEXT: Final = re.compile(r"\s*([,}\]])")
# What ends or nests a value: strings, runs of brackets and commas.
_MARK: Final = re.compile(rf'{_STRING}("?)|[\[{{]++|[\]}}]++|,', re.DOTALL)
_UNREAD: Final = object()
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


@dataclass(repr=False)
class Answer:
    """An answer as far as it came; its repr shows nothing of it."""

    status: int
    headers: httpx.Headers
    content: bytes
    """The body, inflated."""
    complaint: str | None
    """Why the body is not whole; None for one that is."""
    is_from_server: bool = True
    """Whether it comes from the client's server, and not from where a redirect led."""


def created_key(answer: Answer, hide: Secret) -> CreatedKey:
    """Return the key in `answer`. Raises RefusedError and OutcomeUnknownError, without `hide`."""
    outcome = _outcome(answer, hide)
    if isinstance(outcome, PortkeyAdminError):
        raise outcome  # from a frame that does not hold the body
    return outcome


def pause_before_retry(answer: Answer, ends: float) -> float | None:
    """Return the seconds that a 429 asks to wait; None for another answer, or beyond `ends`."""
    is_refusal = answer.status == _TOO_MANY and find_key(answer, Secret("")) is None
    given = answer.headers.get("retry-after", "") if is_refusal else ""
    try:
        seconds = (
            float(given)
            if given.isdigit()
            else parsedate_to_datetime(given).timestamp() - time.time()
        )
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if time.monotonic() + seconds < ends else None


def require_whole(answer: Answer, hide: Secret) -> None:
    """Raise OutcomeUnknownError for an answer of success that is cut off, or somebody else's."""
    if answer.status in _SUCCESS and (answer.complaint or not answer.is_from_server):
        value, found, _ = _find_key(answer, hide)
        error = _error(answer, value, found, hide)
        del value
        raise error


def find_key(answer: Answer, hide: Secret) -> CreatedKey | None:
    """Return the key in `answer`, whatever else it says."""
    return _find_key(answer, hide)[1]


def _outcome(answer: Answer, hide: Secret) -> CreatedKey | PortkeyAdminError:
    value, found, is_certain = _find_key(answer, hide)
    if found is not None and is_certain and answer.status in _SUCCESS and answer.is_from_server:
        return found
    return _error(answer, value, found, hide)


def _error(
    answer: Answer, value: Any, found: CreatedKey | None, hide: Secret
) -> RefusedError | OutcomeUnknownError:
    secrets = (hide,) if found is None else (hide, found.key)
    fields = _answer_fields(answer, value, secrets)
    is_decided = answer.status in _REFUSAL and answer.status not in _UNDECIDED
    if found is None and is_decided and answer.is_from_server:
        return RefusedError(**fields)
    if not answer.is_from_server:
        reason = "was redirected: another URL has answered"
    elif answer.status not in _SUCCESS:
        reason = "says that it failed" if found is None else "says that it failed, and holds a key"
    elif found is not None:
        reason = "holds a key where none is expected, or says that it failed"
    else:
        reason = answer.complaint or "holds no readable key"
    return OutcomeUnknownError(
        f"the server's answer, status {answer.status}, {reason}",
        created=found,
        key_id=found.id if found else _find_id(value, hide),
        **fields,
    )


def _answer_fields(answer: Answer, value: Any, secrets: tuple[Secret, ...]) -> dict[str, Any]:
    """Return what the server's answer says of an error, made safe to show.

    Source of the shapes: the help center's admin-api/error; an error and a message at the top are
    seen as well.
    """
    code = message = None
    if isinstance(value, dict):
        for inner in (value.get("data"), value.get("error"), value):
            if isinstance(inner, dict) and isinstance(inner.get("message"), str):
                code, message = inner.get("errorCode") or inner.get("code"), inner["message"]
                break
        else:
            message = value.get("error")
    hint = _spec.error_codes().get(code if isinstance(code, str) else "", {}).get("meaning")
    if answer.status in range(300, 400):
        hint = "Redirects are not followed; write the server's own URL."
    fields: dict[str, Any] = {"code": code, "server_message": message}
    for name, field in _spec.error_headers().items():
        fields[field] = answer.headers.get(name)
    for field, text in fields.items():
        is_plain = field == "retry_after" and _DELAY.fullmatch(text or "")
        if not is_plain:
            fields[field] = showable(text, *secrets) if isinstance(text, str) and text else None
    return {"status": answer.status, "hint": hint, **fields}


def _find_key(answer: Answer, hide: Secret) -> tuple[Any, CreatedKey | None, bool]:
    """Return the JSON of an answer, the key in it, and whether that is certain to be created."""
    encoding = json.detect_encoding(answer.content)
    is_utf8 = encoding.startswith("utf-8")
    errors = "surrogateescape" if is_utf8 else "replace"
    text = answer.content.decode(encoding, errors)
    start = _SPACE.match(text)
    value, _ = _read(text, start.end() if start else 0)
    found = sorted(_candidates(value), key=lambda candidate: len(candidate[0]))
    if not found:
        return value, None, False
    path, members = found[0]
    alike = [each for where, each in found if len(where) == len(path)]
    is_certain = (
        len(path) <= 1
        and not (_fails(value) or _fails(members))
        and all(each["key"] == members["key"] for each in alike)
        and not _SURROGATE.search(members["key"])
        and (is_utf8 or answer.complaint is None)
    )
    return value, _as_created(dict(members), hide), is_certain


def _candidates(value: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the objects that may be the created key, each with the names that lead to it."""
    for path, members in _objects(value, ()):
        key = members.get("key")
        is_wrapped = all(name == "data" for name in path)
        is_named = len(path) == 1 and bool(members.keys() & {"id", "object"})
        # An error has a key of its own, such as the name of what is wrong.
        is_error = path and _fails(value) and not members.keys() >= {"id", "object"}
        if isinstance(key, str) and key and (is_wrapped or is_named) and not is_error:
            yield path, members


def _objects(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the objects in `value` down to the third level; an item of a list is its data."""
    if isinstance(value, dict):
        yield path, value
    if isinstance(value, dict | list) and len(path) < 2:  # noqa: PLR2004
        members = value.items() if isinstance(value, dict) else (("data", each) for each in value)
        for name, member in members:
            yield from _objects(member, (*path, name))


def _fails(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("success") is False or bool(value.get("error")))


def _as_created(members: dict[str, Any], hide: Secret) -> CreatedKey:
    key = Secret(members.pop("key"))
    texts = {name: _id_text(members.pop(name, None), hide) for name in ("id", "object")}
    return CreatedKey(
        # What holds the key is something else, and would show it.
        id=None if key.reveal() in (texts["id"] or "") else texts["id"],
        key=key,
        object=None if key.reveal() in (texts["object"] or "") else texts["object"],
        additional_properties=_masked(members, (key, hide), _DEEPEST_KEPT),
    )


def _find_id(value: Any, hide: Secret) -> str | None:
    """Return the id in an answer that holds no key."""
    ids = (each.get("id") for path, each in _objects(value, ()) if set(path) <= {"data"})
    return next((_id_text(each, hide) for each in ids if each), None)


def _id_text(value: Any, hide: Secret) -> str | None:
    text = str(value) if isinstance(value, str | int) else ""
    return (text if _UUID.fullmatch(text) else hide.masked_in(text)) or None


def _masked(value: Any, secrets: tuple[Secret, ...], levels: int) -> Any:
    """Return `value` with both secrets masked at any depth, and a mask below `levels`."""
    if isinstance(value, str):
        for secret in secrets:
            value = MASK if value == secret.reveal() else secret.masked_in(value)
        return value
    if isinstance(value, dict | list) and not levels:
        return MASK
    if isinstance(value, dict):
        return {
            _masked(name, secrets, 0): _masked(each, secrets, levels - 1)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_masked(each, secrets, levels - 1) for each in value]
    return value


def _read(text: str, at: int, depth: int = 0) -> tuple[Any, int | None]:
    """Return the JSON at `at`, as far as it can be read, and where it ends: None if it is cut off.

    What is whole is read by json; below what is not, the time is that of one look at the text for
    each of the few levels.
    """
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        pass
    is_object = text.startswith("{", at)
    if not (is_object or text.startswith("[", at)) or depth == _DEEPEST_DAMAGED:
        return _UNREAD, _end_of(text, at)
    members: dict[Any, Any] = {}
    while (start := (_NAME if is_object else _SPACE).match(text, at + 1)) is not None:
        value, end = _read(text, start.end(), depth + 1)
        if value is not _UNREAD:
            members[start[1] if is_object else len(members)] = value
        following = None if end is None else _NEXT.match(text, end)
        if following is None:
            break
        at = following.end() - 1
        if following[1] != ",":
            return _container(members, is_object=is_object), at + 1
    return _container(members, is_object=is_object), None


def _container(members: dict[Any, Any], *, is_object: bool) -> Any:
    if not is_object:
        return list(members.values())
    return {name[1:-1]: value for name, value in members.items()}


def _end_of(text: str, at: int) -> int | None:
    """Return where the value at `at` ends that json cannot read, or None if it is cut off."""
    depth = 0
    for mark in _MARK.finditer(text, at):
        kind = text[mark.start()]
        size = mark.end() - mark.start()
        if kind in "[{":
            depth += size
        elif kind in "]}":
            if size >= depth:
                return mark.start() + depth
            depth -= size
        elif depth == 0:
            return (mark.end() if mark[1] else None) if kind == '"' else mark.start()
    return None
