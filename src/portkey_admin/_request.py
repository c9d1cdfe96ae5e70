"""Turns the arguments of a call into the request that the generated function builds."""

from __future__ import annotations

import json
import math
from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from importlib import import_module
from itertools import chain, islice
from types import SimpleNamespace
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
from portkey_admin_connections import url_below

_REFUSED: Final = object()
_DEEPEST: Final = 100
_MOST_BITS: Final = 14_000  # Python writes no integer of more than 4,300 digits
_MOST_PROBLEMS: Final = 1000
_LONGEST_FOUND: Final = 60
_LONGEST_ALLOWED: Final = 300
_NO_ANSWER: Final = httpx.Response(100)
_CONTAINERS: Final = (dict, list)
_NO_ARRAYS: Final = (bytes, bytearray, memoryview, UserString)


@dataclass(repr=False)
class Call:
    """A call of an operation; its repr shows no argument."""

    operation: Operation
    function: Callable[..., object]
    """The generated function that sends it."""
    effect: Effect
    path: Mapping[str, Any]
    """The path parameters, in their order in the path."""
    query: Mapping[str, Any]
    body: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] | None = None
    validate: bool = True
    name: str = ""
    """The name of the keys to find."""

    def at_page(self, number: int) -> Call:
        """Return the call of a page of the list."""
        return replace(self, query={**self.query, "page_size": PAGE_SIZE, "current_page": number})


def pack(operation_id: str, given: dict[str, Any]) -> Call:
    """Return the call of an operation; `given` has its arguments by their names in the spec."""
    described = operation(operation_id)
    # The generator's name for the module of an operation.
    module = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation_id)

    def take(names: Iterable[str]) -> dict[str, Any]:
        return {name: given.pop(name) for name in names if name in given}

    return Call(
        operation=described,
        function=import_module(f"portkey_generated.api.api_keys.{module}").sync_detailed,
        effect=EFFECTS[operation_id],
        path=take(described.arguments),
        query=take(described.query),
        **take(("extra", "validate")),
        **({"body": given} if described.body else given),  # the rest: fields, or a name
    )


def build(call: Call, http: httpx.Client | httpx.AsyncClient, hide: Secret) -> httpx.Request:
    """Return the request of a call; no error shows `hide`.

    Raises NotSentError if `http` is closed, and InvalidRequestError for all values that JSON cannot
    represent exactly and, with `call.validate`, for all values that the spec refuses.
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
    path, query, body = (convert(part, ()) for part in (call.path, call.query, call.body))
    path = dict.fromkeys(call.operation.arguments, MISSING) | path
    added: set[Path] = set()
    if call.extra is not None:
        extra = convert(call.extra, ("extra",))
        found += _merge(extra, body, (), call.operation.body, added)
    if call.validate:
        found += _check(call.operation, path | query, body, added)
    if not isinstance(call.name, str):
        found.append(Finding(("name",), call.name, "a string"))
    refused = {finding.path for finding in found}
    for name, value in path.items():
        # Others would make another URL of the path (RFC 3986, section 5.2.4).
        if (not isinstance(value, str) or value in {"", ".", ".."}) and (name,) not in refused:
            allowed = "a string that is a path segment: not empty, . or .."
            found.append(Finding((name,), value, allowed))
    if found:
        fields = [call.operation.body.get(each, ()) for each in ("required", "properties")]
        order = [(name,) for part in (call.operation.arguments, *fields) for name in part]
        found.sort(key=lambda finding: order.index(at) if (at := finding.path[:1]) in order else 99)
        return InvalidRequestError([_problem(each, hide) for each in found[:_MOST_PROBLEMS]])
    sent = _record(call, path, query, body)
    try:
        sent["url"] = url_below(http.base_url, sent["url"])
    except httpx.InvalidURL as error:
        return NotSentError(f"the request has no URL: {error}")
    return http.build_request(**sent)


def _record(
    call: Call, path: dict[str, Any], query: dict[str, Any], body: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of the request that the generated function would send."""
    sent: dict[str, Any] = {}

    def request(**given: Any) -> httpx.Response:
        sent.update(given)
        return _NO_ANSWER

    http = SimpleNamespace(request=request)
    client = SimpleNamespace(get_httpx_client=lambda: http, raise_on_unexpected_status=False)
    # A generated model would alter date-times, which are sent as they are given.
    bodies = {"body": SimpleNamespace(to_dict=lambda: body)} if call.operation.body else {}
    call.function(*path.values(), client=client, **query, **bodies)
    return sent


def _check(
    operation: Operation, parameters: dict[str, Any], body: dict[str, Any], added: set[Path]
) -> Iterator[Finding]:
    """Yield the values that the spec refuses, except for unknown names that `extra` added."""
    schemas = operation.arguments | operation.query
    searches = [find_problems(schemas[name], given, (name,)) for name, given in parameters.items()]
    searches.append(find_problems(operation.body, body))
    # A rule about an object does not know the fields that `extra` added to it.
    around = {path[:1] for path in added}
    rules = check_rules(parameters.get("sub_type"), body)
    searches.append(each for each in rules if each.path not in around)
    for finding in islice(chain.from_iterable(searches), _MOST_PROBLEMS):
        starts = {finding.path[: 1 + index] for index in range(len(finding.path))}
        is_meant = finding.allowed.startswith(UNKNOWN_NAME) and starts & added
        if not is_meant and finding.value is not _REFUSED:
            yield finding


def _merge(
    extra: Any, body: Any, path: Path, schema: Mapping[str, Any], added: set[Path]
) -> Iterator[Finding]:
    """Put the fields of `extra` into `body`, and their paths into `added`; yield the misfits."""
    if isinstance(extra, dict) and isinstance(body, dict):
        known = schema.get("properties", {})
        for name, value in extra.items():
            # A known field has an argument of its own; `extra` can only add fields inside it.
            if name in body or (name in known and not isinstance(value, dict | list)):
                yield from _merge(value, body.get(name), (*path, name), known.get(name, {}), added)
            else:
                body[name] = value
                added.add((*path, name))
    elif isinstance(extra, list) and isinstance(body, list) and len(extra) <= len(body):
        for index, value in enumerate(extra):
            yield from _merge(value, body[index], (*path, index), schema.get("items", {}), added)
    elif extra is not _REFUSED:
        fields = "a dict of fields that the spec lacks"
        allowed = f"no {path[-1]} here: pass it in its own place" if path else fields
        yield Finding(("extra", *path), extra, allowed)


class _Conversion:
    """Converts arguments into JSON values exactly; it adds those that it cannot to `found`."""

    def __init__(self, found: list[Finding]) -> None:
        self._found = found
        self._open: set[int] = set()

    def convert(self, value: Any, path: Path) -> Any:
        """Return `value` as a JSON value."""
        # The most frequent types come first, here and below, for speed.
        if type(value) is str and value.isascii():
            return value
        try:
            if type(value) in _CONTAINERS:
                return self._container(value, path)
            return self._convert(value, path)
        except UnicodeEncodeError:
            return self._refuse(path, value, "text without lone surrogates: UTF-8 lacks them")
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
        self._found.append(Finding(path, value, allowed))
        return _REFUSED

    def _number(self, value: float, path: Path) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return self._refuse(path, value, "a finite number (JSON has no NaN and no infinity)")
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return self._refuse(path, "a number of more than 4,000 digits", "a shorter number")
        return int(value) if isinstance(value, int) else float(value)

    def _date(self, value: date, path: Path) -> Any:
        offset = value.utcoffset() if isinstance(value, datetime) else timedelta()
        if offset is None or offset % timedelta(minutes=1):
            allowed = "a datetime with a time zone (tzinfo=UTC), its offset in whole minutes"
            return self._refuse(path, value, allowed)
        return value.isoformat()

    def _container(self, value: Any, path: Path) -> Any:
        if id(value) in self._open:
            return self._refuse(path, value, "a value that does not contain itself")
        if len(path) >= _DEEPEST:
            return self._refuse(path, value, f"a nesting of at most {_DEEPEST} levels")
        self._open.add(id(value))
        try:
            is_model = type(value) not in _CONTAINERS and hasattr(value, "to_dict")
            members = value.to_dict() if is_model else value
            if isinstance(members, (dict, Mapping)):
                return self._object(members, path)
            if is_model:
                return self._refuse(path, value, "a model whose to_dict returns a dict")
            return [self.convert(item, (*path, index)) for index, item in enumerate(members)]
        finally:
            self._open.discard(id(value))

    def _object(self, value: Mapping[Any, Any], path: Path) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name, part in value.items():
            if isinstance(part, Unset):
                continue
            if not isinstance(name, str):
                self._refuse(path, name, "names that are strings")
            elif (plain := self.convert(name, path)) is not _REFUSED:
                members[plain] = self.convert(part, (*path, plain))
        return members


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
