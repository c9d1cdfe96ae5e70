"""The ways in which a case goes through the client and reaches the stub."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import httpx

from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
from portkey_admin_stub import NO_BODY, Exchange, Stub
from portkey_admin_stub.schema import resolve as look_up
from tests.conformance.building import (
    Build,
    argument,
    by_constructor,
    from_dict,
    with_defaults,
)
from tests.conformance.measure.forms import is_carried
from tests.conformance.operations import Operation, resolve

API_KEY = "the-Admin:kEY"
"""A key in letters of both cases, also the user name and the password of Basic authentication."""

STYLES = ("sync_detailed", "sync", "asyncio_detailed", "asyncio")
"""The generated functions of an operation."""

KEYWORD_CALLS: Mapping[str, str] = {
    "createApiKey": "create",
    "retrieveApiKey": "retrieve",
    "updateApiKey": "update",
    "rotateApiKey": "rotate",
    "deleteApiKey": "delete",
}
"""The wrapper's own calls, with keyword arguments: the method of `api_keys` by operation."""

_CLIENTS: Mapping[str, type[PortkeyAdmin | AsyncPortkeyAdmin]] = {
    "sync": PortkeyAdmin,
    "asyncio": AsyncPortkeyAdmin,
}

# Where the spec's prose refuses what its schema allows.
_PROSE = frozenset(
    {
        "/user_id",
        "/rotation_policy",
        "/rotation_policy/next_rotation_at",
        "/rotation_policy/key_transition_period_ms",
        "/usage_limits/periodic_reset_days",
    }
)


@dataclass(frozen=True)
class Case:
    """The arguments of one call, as JSON has them, by the operation's keys."""

    parameters: Mapping[str, Any]
    body: Any = None
    """None where there is none: httpx, and so the client, sends no body for null either."""

    def as_value(self) -> dict[str, Any]:
        """Return it as one JSON value."""
        return {name: value for name, value in vars(self).items() if value is not None}


Clients = Callable[[Operation, str, Stub, str], Any]
"""Returns the client for an operation and a server, whose requests end in a stub, for a style."""


@dataclass
class Way:
    """One way to call an operation: through a generated function, with the models it takes."""

    operation: Operation
    server: str
    style: str
    build: Build
    client: Any
    stub: Stub
    runner: asyncio.Runner

    reads_answers: ClassVar[bool] = True
    """Whether what a call returns is the answer."""
    carries_all: ClassVar[bool] = False
    """Whether a value that the models do not carry exactly is refused, and not altered."""

    @property
    def name(self) -> str:
        """What tells it from the other ways."""
        return f"{self.style}, {self.build.__name__}, {self.server}"

    @property
    def host(self) -> str:
        """The host that requests are for."""
        return urlsplit(self.server).netloc

    @property
    def meaning(self) -> Mapping[str, Any]:
        """The schema by which what arrives means the same as what was given."""
        return self.operation.case_schema

    def send(self, case: Case) -> Any:
        """Call, and return what the call returns of the answer, parsed."""
        given = arguments(self.operation, case, self.build)
        module, style = self.operation.module, self.style
        if not hasattr(module, style):
            style = f"{style}_detailed"  # no other is generated where no answer has a type
        returned = getattr(module, style)(client=self.client, **given)
        if style.startswith("asyncio"):
            returned = self.runner.run(returned)
        return returned.parsed if style.endswith("detailed") else returned

    def expected(self, case: Case) -> dict[str, Any]:
        """Return what is to arrive of a case: with the defaults that the client puts in.

        In a query null, and an array without items, are the same as none.
        """
        operation = self.operation
        names, keys = operation.names, operation.keys
        located = {key: f"{each['in']}.{each['name']}" for key, each in keys.items()}
        defaults = {
            key: names.defaults[name] for key, name in located.items() if name in names.defaults
        }
        parameters = {
            key: value
            for key, value in {**defaults, **case.parameters}.items()
            if keys[key]["in"] != "query" or (value is not None and value != [])
        }
        body = case.body
        if body is not None and self.build is by_constructor:
            body = with_defaults(operation.models, operation.hints["body"], body)
        return Case(parameters, body).as_value()

    def arrived(self, exchange: Exchange) -> dict[str, Any]:
        """Return what has arrived, in the same form."""
        parameters = {
            key: found[each["name"]]
            for key, each in self.operation.keys.items()
            if each["name"] in (found := getattr(exchange, f"{each['in']}_parameters"))
        }
        body = {"body": exchange.body if exchange.body is not NO_BODY else exchange.raw_body}
        return {"parameters": parameters, **(body if exchange.raw_body else {})}

    def wrongly_refused(self, case: Case, pointers: Sequence[str]) -> Iterator[str]:  # noqa: ARG002 - a wrapper's call looks at the case
        """Yield what should not have been refused: generated functions refuse nothing."""
        yield from (f"{pointer} was refused" for pointer in pointers)


@dataclass
class KeywordWay(Way):
    """Through the wrapper, with its keyword arguments."""

    validate: bool

    reads_answers = False
    carries_all = True

    @property
    def name(self) -> str:
        """What tells it from the other ways."""
        return f"{self.style}, keywords, {'' if self.validate else 'unchecked, '}{self.server}"

    @property
    def meaning(self) -> Mapping[str, Any]:
        """The same, and nothing where it is not checked: that is sent letter for letter."""
        return super().meaning if self.validate else {}

    def send(self, case: Case) -> Any:
        """Call, and return what the call returns."""
        names = self.operation.names.python
        path = {names[f"path.{name}"].rstrip("_"): each for name, each in case.parameters.items()}
        known, extra = self._parted(self.operation.body_schema or {}, case.body or {})
        call = getattr(self.client.api_keys, KEYWORD_CALLS[self.operation.operation_id])
        more = {"extra": extra} if self.operation.content else {}
        returned = call(**path, **known, **more, validate=self.validate)
        return self.runner.run(returned) if self.style == "asyncio" else returned

    def _parted(self, schema: Mapping[str, Any], value: Any) -> tuple[Any, Any]:
        """Return what of a value the schema has names for, and the rest in the same shape."""
        schema = resolve(self.operation.document, schema)
        if isinstance(value, list) and "items" in schema:
            pairs = [self._parted(schema["items"], item) for item in value]
            return [known for known, _ in pairs], [rest for _, rest in pairs]
        if not isinstance(value, dict) or "properties" not in schema:
            return value, {}
        known: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for name, member in value.items():
            if name in schema["properties"]:
                known[name], more = self._parted(schema["properties"][name], member)
                if more and any(more if isinstance(more, list) else [more]):
                    rest[name] = more
            else:
                rest[name] = member
        return known, rest

    def expected(self, case: Case) -> dict[str, Any]:
        """Return what is to arrive of a case: an optional body that is absent is sent empty."""
        if case.body is None and self.operation.content:
            case = Case(case.parameters, {})
        return super().expected(case)

    def wrongly_refused(self, case: Case, pointers: Sequence[str]) -> Iterator[str]:
        """Yield what neither the prose refuses, nor the models fail to carry."""
        for pointer in pointers:
            value = None
            with contextlib.suppress(ValueError):  # nothing is there
                value = look_up(case.body, f"#{quote(pointer)}")
            if not (self.validate and (pointer in _PROSE or not is_carried(value))):
                yield f"{pointer} was refused"


def wrapper(_operation: Operation, server: str, stub: Stub, style: str) -> Any:
    """Return the generated client that the wrapper opens, for any operation."""
    return client_for(style, server, stub.transport())


def client_for(style: str, server: str, transport: httpx.MockTransport) -> Any:
    """Return the wrapper's generated client, whose requests end in a transport."""
    return _CLIENTS[style](API_KEY, server=server, transport=transport).client


def ways(operation: Operation, runner: asyncio.Runner, clients: Clients = wrapper) -> list[Way]:
    """Return every way: each server, each generated function, by from_dict and by constructor.

    The clients are the wrapper's, unless others are given; then its own calls are ways as well. As
    a body is built before the server counts, both builds go to the first server, and to the others
    one each in turn.
    """
    builds: tuple[Build, ...] = (from_dict, by_constructor)
    found: list[Way] = []
    for server in operation.servers:
        stub = Stub(
            operation.alone, api_key=API_KEY, prefix=urlsplit(server).path.rstrip("/") or "/"
        )
        opened = functools.partial(clients, operation, server, stub)
        pair = {style: opened(style) for style in ("sync", "asyncio")}
        combined = list(itertools.product(STYLES, builds if operation.content else builds[:1]))
        if found and operation.content:
            combined = list(zip(STYLES, builds * 2, strict=True))
        found += [
            Way(operation, server, style, build, pair[style.partition("_")[0]], stub, runner)
            for style, build in combined
        ]
        if clients is wrapper and operation.operation_id in KEYWORD_CALLS:
            found += [
                KeywordWay(operation, server, style, from_dict, admin, stub, runner, validate)
                for style, opened in _CLIENTS.items()
                for admin in [opened(API_KEY, server=server, transport=stub.transport())]
                for validate in (True, False)
            ]
    return found


def arguments(operation: Operation, case: Case, build: Build) -> dict[str, Any]:
    """Return a case as the arguments of the generated functions."""
    found = {}
    for key, value in case.parameters.items():
        parameter = operation.keys[key]
        name = operation.names.python[f"{parameter['in']}.{parameter['name']}"]
        found[name] = argument(operation.models, operation.hints[name], value)
    if case.body is not None:
        found["body"] = build(operation, case.body)
    return found
