"""The ways in which a case goes through the client to the stub."""

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
"""A key in upper and lower case, which is also valid as user:password of Basic authentication."""

STYLES = ("sync_detailed", "sync", "asyncio_detailed", "asyncio")
"""The generated functions of an operation."""

KEYWORD_CALLS: Mapping[str, str] = {
    "createApiKey": "create",
    "retrieveApiKey": "retrieve",
    "updateApiKey": "update",
    "rotateApiKey": "rotate",
    "deleteApiKey": "delete",
}
"""The wrapper's methods in `api_keys`, by operation; they take keyword arguments."""

_CLIENTS: Mapping[str, type[PortkeyAdmin | AsyncPortkeyAdmin]] = {
    "sync": PortkeyAdmin,
    "asyncio": AsyncPortkeyAdmin,
}

# Where the prose of the spec may refuse values that its schema allows.
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
    """The arguments of one call, as JSON, by the keys of the operation."""

    parameters: Mapping[str, Any]
    body: Any = None
    """None for no body: httpx, and so the client, sends no body for null either."""

    def as_value(self) -> dict[str, Any]:
        """Return the case as one JSON value."""
        return {name: value for name, value in vars(self).items() if value is not None}


Clients = Callable[[Operation, str, Stub, str], Any]
"""Returns a client of a style for an operation and a server, whose requests go to a stub."""


@dataclass
class Way:
    """One way to call an operation: through a generated function, with the models that it takes."""

    operation: Operation
    server: str
    style: str
    build: Build
    client: Any
    stub: Stub
    runner: asyncio.Runner

    reads_answers: ClassVar[bool] = True
    """Whether a call returns the answer."""
    carries_all: ClassVar[bool] = False
    """Whether a value is never altered: if the models cannot represent it, it is refused."""

    @property
    def name(self) -> str:
        """The name of this way, different from all others."""
        return f"{self.style}, {self.build.__name__}, {self.server}"

    @property
    def host(self) -> str:
        """The host of the requests."""
        return urlsplit(self.server).netloc

    @property
    def meaning(self) -> Mapping[str, Any]:
        """The schema that defines which values have the same meaning."""
        return self.operation.case_schema

    def send(self, case: Case) -> Any:
        """Call, and return the parsed answer that the call returns."""
        given = arguments(self.operation, case, self.build)
        module, style = self.operation.module, self.style
        if not hasattr(module, style):
            style = f"{style}_detailed"  # the only one generated if no answer has a type
        returned = getattr(module, style)(client=self.client, **given)
        if style.startswith("asyncio"):
            returned = self.runner.run(returned)
        return returned.parsed if style.endswith("detailed") else returned

    def expected(self, case: Case) -> dict[str, Any]:
        """Return the expected request of a case, with the defaults that the client adds.

        In a query, null and an empty array are the same as no value.
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
        """Return the values that arrived, in the form of `expected`."""
        parameters = {
            key: found[each["name"]]
            for key, each in self.operation.keys.items()
            if each["name"] in (found := getattr(exchange, f"{each['in']}_parameters"))
        }
        body = {"body": exchange.body if exchange.body is not NO_BODY else exchange.raw_body}
        return {"parameters": parameters, **(body if exchange.raw_body else {})}

    def wrongly_refused(self, case: Case, pointers: Sequence[str]) -> Iterator[str]:  # noqa: ARG002 - a wrapper's call looks at the case
        """Yield the values that were refused wrongly: all, as generated functions never refuse."""
        yield from (f"{pointer} was refused" for pointer in pointers)


@dataclass
class KeywordWay(Way):
    """The wrapper's method with keyword arguments."""

    validate: bool

    reads_answers = False
    carries_all = True

    @property
    def name(self) -> str:
        """The name of this way, different from all others."""
        return f"{self.style}, keywords, {'' if self.validate else 'unchecked, '}{self.server}"

    @property
    def meaning(self) -> Mapping[str, Any]:
        """The schema of the call; none for unchecked values, which must be sent exactly."""
        return super().meaning if self.validate else {}

    def send(self, case: Case) -> Any:
        """Call, and return the result."""
        names = self.operation.names.python
        path = {names[f"path.{name}"].rstrip("_"): each for name, each in case.parameters.items()}
        known, extra = self._split(self.operation.body_schema or {}, case.body or {})
        call = getattr(self.client.api_keys, KEYWORD_CALLS[self.operation.operation_id])
        more = {"extra": extra} if self.operation.content else {}
        returned = call(**path, **known, **more, validate=self.validate)
        return self.runner.run(returned) if self.style == "asyncio" else returned

    def _split(self, schema: Mapping[str, Any], value: Any) -> tuple[Any, Any]:
        """Split a value into the part with names of the schema, and the rest in the same shape."""
        schema = resolve(self.operation.document, schema)
        if isinstance(value, list) and "items" in schema:
            pairs = [self._split(schema["items"], item) for item in value]
            return [known for known, _ in pairs], [rest for _, rest in pairs]
        if not isinstance(value, dict) or "properties" not in schema:
            return value, {}
        known: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for name, member in value.items():
            if name in schema["properties"]:
                known[name], more = self._split(schema["properties"][name], member)
                if more and any(more if isinstance(more, list) else [more]):
                    rest[name] = more
            else:
                rest[name] = member
        return known, rest

    def expected(self, case: Case) -> dict[str, Any]:
        """Return the expected request of a case; a missing optional body is sent empty."""
        if case.body is None and self.operation.content:
            case = Case(case.parameters, {})
        return super().expected(case)

    def wrongly_refused(self, case: Case, pointers: Sequence[str]) -> Iterator[str]:
        """Yield the refused values that the prose allows and the models can represent."""
        for pointer in pointers:
            value = None
            with contextlib.suppress(ValueError):  # no value at the pointer
                value = look_up(case.body, f"#{quote(pointer)}")
            if not (self.validate and (pointer in _PROSE or not is_carried(value))):
                yield f"{pointer} was refused"


def wrapper(_operation: Operation, server: str, stub: Stub, style: str) -> Any:
    """Return the wrapper's generated client, for any operation."""
    return client_for(style, server, stub.transport())


def client_for(style: str, server: str, transport: httpx.MockTransport) -> Any:
    """Return the wrapper's generated client with a transport."""
    return _CLIENTS[style](API_KEY, server=server, transport=transport).client


def ways(operation: Operation, runner: asyncio.Runner, clients: Clients = wrapper) -> list[Way]:
    """Return all ways: each server, each generated function, from_dict and the constructors.

    By default the clients are the wrapper's, and its own methods are ways too. Building a body does
    not depend on the server, so every combination of function and build goes only to the first
    server; for the others, the builds alternate.
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
