"""From the arguments of a call to the request that the generated function makes of them."""

from __future__ import annotations

import functools
import json
import math
from collections import UserString
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from importlib import import_module
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

import httpx
from portkey_generated.types import Unset

from portkey_admin._checks import MISSING, UNKNOWN_NAME, Finding, Path, check_rules, find_problems
from portkey_admin._errors import InvalidRequestError, NotSentError, PortkeyAdminError, Problem
from portkey_admin._listing import PAGE_SIZE
from portkey_admin._response import EFFECTS, Effect
from portkey_admin._secret import Secret
from portkey_admin._spec import Operation, operation, pointer

_REFUSED: Final = object()
_DEEPEST: Final = 100
_MOST_BITS: Final = 14_000  # Python writes no integer of more than 4,300 digits
_MOST_PROBLEMS: Final = 1000
_LONGEST_FOUND: Final = 60
_LONGEST_ALLOWED: Final = 300
_NO_ARRAYS: Final = (bytes, bytearray, memoryview, UserString)


@dataclass(frozen=True, repr=False, kw_only=True)
class Call:
    """A call of an operation; its repr shows no argument."""

    operation: Operation
    function: Callable[..., object]
    """The generated function that sends it."""
    effect: Effect
    path: Mapping[str, Any] = field(default_factory=dict)
    """The path parameters, in their order in the path."""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    """None where the operation has none."""
    extra: Mapping[str, Any] | None = None
    validate: bool = True
    name: str | None = None
    """The name of the keys to find."""

    def at_page(self, number: int) -> Call:
        """Return the call of a page of the list."""
        page = {"page_size": PAGE_SIZE, "current_page": number}
        return replace(self, query={**self.query, **page})


def pack(operation_id: str, given: dict[str, Any]) -> Call:
    """Return the call of an operation with the arguments that are given, by the spec's names."""
    described = operation(operation_id)
    own = {name: given.pop(name) for name in ("extra", "validate") if name in given}
    path, query = (
        {name: given.pop(name) for name in names if name in given}
        for names in (described.arguments, described.query)
    )
    # The generator's name for the module of an operation.
    module = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation_id)
    return Call(
        operation=described,
        function=import_module(f"portkey_generated.api.api_keys.{module}").sync_detailed,
        effect=EFFECTS[operation_id],
        path=path,
        query=query,
        body=given if described.body else None,
        name=given.get("name"),
        **own,
    )


class _Recorder:
    """Stands for client and model of a generated function, and keeps what it would send.

    A generated model would alter date-times, which are sent as they are given.
    """

    raise_on_unexpected_status: Final = False
    sent: dict[str, Any]

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> dict[str, Any]:
        return self._body

    def get_httpx_client(self) -> _Recorder:
        return self

    def request(self, **sent: Any) -> httpx.Response:
        self.sent = sent
        return _NO_ANSWER


_NO_ANSWER: Final = httpx.Response(100)


def build(call: Call, http: httpx.Client | httpx.AsyncClient, hide: Secret) -> httpx.Request:
    """Return the request that `http` makes of a call.

    Raises NotSentError where `http` is closed, and InvalidRequestError with every value that cannot
    be carried exactly or, with `call.validate`, that the spec refuses; it never shows `hide`.
    """
    if http.is_closed:
        raise NotSentError("the client is closed")
    built = _build(call, http, hide)
    if isinstance(built, PortkeyAdminError):
        raise built  # from a frame that does not hold the values
    return built


def _build(
    call: Call, http: httpx.Client | httpx.AsyncClient, hide: Secret
) -> httpx.Request | PortkeyAdminError:
    found: list[Finding] = []
    convert = _Conversion(found).convert
    path, query, body = (
        {
            name: convert(part, (name,))
            for name, part in given.items()
            if not isinstance(part, Unset)
        }
        for given in (call.path, call.query, call.body or {})
    )
    known = call.operation.body.get("properties", {})
    added: set[Path] = set()
    if call.extra is not None:
        extra = convert(call.extra, ("extra",))
        found += _merge(extra, body, (), call.operation.body, added)
    if call.validate:
        found += _check(call.operation, path | query, body, added)
    refused = {finding.path for finding in found}
    for name in call.operation.arguments:
        value = path.get(name, MISSING)
        # Others would make another URL of the path (RFC 3986, section 5.2.4).
        if (not isinstance(value, str) or value in {"", ".", ".."}) and (name,) not in refused:
            allowed = "a string that is a path segment: not empty, . or .."
            found.append(Finding((name,), value, allowed))
    if found:
        names = (*call.operation.arguments, *call.operation.body.get("required", ()), *known)
        order = [(name,) for name in names]
        found.sort(key=lambda finding: order.index(at) if (at := finding.path[:1]) in order else 99)
        return InvalidRequestError([_problem(each, hide) for each in found[:_MOST_PROBLEMS]])
    recorder = _Recorder(body)
    given = query if call.body is None else {**query, "body": recorder}
    call.function(*path.values(), client=recorder, **given)
    try:
        url = _url(http.base_url, recorder.sent["url"])
    except httpx.InvalidURL as error:
        return NotSentError(f"the request has no URL: {error}")
    return http.build_request(**{**recorder.sent, "url": url})


@functools.lru_cache
def _url(base: httpx.URL, path: str) -> httpx.URL:
    """Return what httpx makes of the two, which takes it longer than all else of a request."""
    return base.copy_with(raw_path=base.raw_path.rstrip(b"/") + path.encode())


def _check(
    operation: Operation, parameters: dict[str, Any], body: dict[str, Any], added: set[Path]
) -> Iterator[Finding]:
    """Yield what the spec refuses, but for unknown names that were `added` on purpose."""
    searches = [
        find_problems(schema, parameters.get(name, MISSING), (name,))
        for name, schema in {**operation.arguments, **operation.query}.items()
        if name in operation.arguments or name in parameters
    ]
    searches.append(find_problems(operation.body, body))
    searches.append(check_rules(parameters.get("sub_type"), body))
    for finding in islice(chain.from_iterable(searches), _MOST_PROBLEMS):
        starts = {finding.path[:length] for length in range(1, len(finding.path) + 1)}
        is_meant = finding.allowed.startswith(UNKNOWN_NAME) and starts & added
        if not is_meant and finding.value is not _REFUSED:
            yield finding


def _merge(
    extra: Any, body: Any, path: Path, schema: Mapping[str, Any], added: set[Path]
) -> Iterator[Finding]:
    """Put the fields of `extra` into `body`, note where, and yield what cannot be put there."""
    if isinstance(extra, dict) and isinstance(body, dict):
        known = schema.get("properties", {})
        for name, value in extra.items():
            # A known name has its own place, unless new fields are inside its value.
            if name in body or (name in known and not isinstance(value, dict | list)):
                yield from _merge(value, body.get(name), (*path, name), known.get(name, {}), added)
            else:
                body[name] = value
                added.add((*path, name))
    elif isinstance(extra, list) and isinstance(body, list) and path and len(extra) <= len(body):
        for index, value in enumerate(extra):
            yield from _merge(value, body[index], (*path, index), schema.get("items", {}), added)
    elif extra is not _REFUSED:
        allowed = (
            f"no {path[-1]} here: pass it in its own place"
            if path
            else "a dict of fields that the spec lacks"
        )
        yield Finding(("extra", *path), extra, allowed)


class _Conversion:
    """Turns what callers pass into JSON values, exactly or not at all: then it adds to `found`."""

    def __init__(self, found: list[Finding]) -> None:
        self._found = found
        self._open: set[int] = set()

    def convert(self, value: Any, path: Path) -> Any:
        """Return `value` as JSON has it."""
        # What nearly all values are comes first, by its very type.
        if type(value) is str and value.isascii():
            return value
        try:
            is_plain = type(value) is dict or type(value) is list
            return self._container(value, path) if is_plain else self._convert(value, path)
        except UnicodeEncodeError:
            return self._refuse(path, value, "text without lone surrogates, which UTF-8 lacks")
        except Exception as error:  # noqa: BLE001 - a caller's own classes may raise anything
            return self._refuse(path, value, f"a value that can be read ({type(error).__name__})")

    def _convert(self, value: Any, path: Path) -> Any:  # noqa: PLR0911 - one for each kind
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return self.convert(value.value, path)
        if isinstance(value, str):
            value.encode()
            return str.__str__(value)
        if isinstance(value, int | float):
            return self._number(value, path)
        if isinstance(value, UUID):
            return str(value)
        if isinstance(value, date):
            return self._date(value, path)
        is_array = isinstance(value, Sequence) and not isinstance(value, _NO_ARRAYS)
        if is_array or isinstance(value, Mapping) or hasattr(value, "to_dict"):
            return self._container(value, path)
        allowed = "a JSON value: string, number, true or false, null, list or dict"
        return self._refuse(path, value, allowed)

    def _refuse(self, path: Path, value: Any, allowed: str) -> Any:
        if len(self._found) < _MOST_PROBLEMS:
            self._found.append(Finding(path, value, allowed))
        return _REFUSED

    def _number(self, value: float, path: Path) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            allowed = "a finite number (JSON has no NaN and no infinity)"
            return self._refuse(path, value, allowed)
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return self._refuse(path, "a number of more than 4,000 digits", "a shorter number")
        return int(value) if isinstance(value, int) else float(value)

    def _date(self, value: date, path: Path) -> Any:
        offset = value.utcoffset() if isinstance(value, datetime) else timedelta(0)
        if offset is None or offset % timedelta(minutes=1):
            allowed = "a datetime whose offset is known (tzinfo=UTC) and in whole minutes"
            return self._refuse(path, value, allowed)
        return value.isoformat()

    def _container(self, value: Any, path: Path) -> Any:
        if id(value) in self._open:
            return self._refuse(path, value, "a value that does not contain itself")
        if len(path) >= _DEEPEST:
            return self._refuse(path, value, f"a nesting of at most {_DEEPEST} levels")
        self._open.add(id(value))
        try:
            is_model = hasattr(value, "to_dict")
            members = value.to_dict() if is_model else value
            if isinstance(members, Mapping):
                return dict(self._members(members, path))
            if is_model:
                return self._refuse(path, value, "a model whose to_dict gives a dict")
            return [self.convert(item, (*path, index)) for index, item in enumerate(members)]
        finally:
            self._open.discard(id(value))

    def _members(self, value: Mapping[Any, Any], path: Path) -> Iterator[tuple[str, Any]]:
        for name, part in value.items():
            if isinstance(part, Unset):
                continue
            if not isinstance(name, str):
                self._refuse(path, name, "names that are strings")
            elif (plain := self.convert(name, path)) is not _REFUSED:
                yield plain, self.convert(part, (*path, plain))


def _problem(finding: Finding, hide: Secret) -> Problem:
    value = finding.value
    if isinstance(value, str):
        text = json.dumps(hide.masked_in(value))
    elif value is None or isinstance(value, int | float):
        text = hide.masked_in(json.dumps(value))
    elif isinstance(value, date):
        text = value.isoformat()
    else:
        text = "nothing" if value is MISSING else f"a value of type {type(value).__name__}"
    if len(text) > _LONGEST_FOUND:
        text = f"{text[:_LONGEST_FOUND]}..."
    steps = (hide.masked_in(step) if isinstance(step, str) else step for step in finding.path)
    return Problem(pointer(*steps), text, finding.allowed[:_LONGEST_ALLOWED])
