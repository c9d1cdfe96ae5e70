"""The ways in which a case goes through the client and reaches the stub."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
from portkey_admin_stub import Stub
from portkey_admin_stub.schema import resolve as look_up
from tests.conformance.building import (
    Build,
    argument,
    by_constructor,
    from_dict,
    with_defaults,
)
from tests.conformance.measure.forms import is_carried
from tests.conformance.operations import Operation, python_name, resolve

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


class Way:
    """One way to call an operation: through a generated function, with the models it takes."""

    reads_answers = True
    """Whether what a call returns is the answer."""
    carries_all = False
    """Whether a value that the models do not carry exactly is refused, and not altered."""

    def __init__(
        self,
        operation: Operation,
        server: str,
        style: str,
        build: Build,
        client: Any,
        stub: Stub,
        runner: asyncio.Runner,
    ) -> None:
        self.operation = operation
        self.host = urlsplit(server).netloc
        self.name = f"{style}, {build.__name__}, {server}"
        self.stub = stub
        self.meaning: Mapping[str, Any] = operation.body_schema or {}
        """The schema by which the body that arrives means the same as the one that was given."""
        self.is_answered = not stub.limits
        """Whether the stub makes up the answer that is described."""
        self._style = style
        self._build = build
        self._client = client
        self._runner = runner

    def send(self, case: Case) -> Any:
        """Call, and return what the call returns of the answer, parsed."""
        given = arguments(self.operation, case, self._build)
        module, style = self.operation.module, self._style
        if not hasattr(module, style):
            style = f"{style}_detailed"  # no other is generated where no answer has a type
        returned = getattr(module, style)(client=self._client, **given)
        if style.startswith("asyncio"):
            returned = self._runner.run(returned)
        return returned.parsed if style.endswith("detailed") else returned

    def expected(self, case: Case) -> Any:
        """Return the body that is to arrive, None for none."""
        if self._build is by_constructor and case.body is not None:
            operation = self.operation
            return with_defaults(operation.models, operation.hints["body"], case.body)
        return case.body

    def wrongly_refused(self, case: Case, pointers: Sequence[str]) -> Iterator[str]:  # noqa: ARG002 - a wrapper's call looks at the case
        """Yield what should not have been refused: generated functions refuse nothing."""
        yield from (f"{pointer} was refused" for pointer in pointers)


class KeywordWay(Way):
    """Through the wrapper, with its keyword arguments."""

    reads_answers = False
    carries_all = True

    def __init__(
        self,
        operation: Operation,
        server: str,
        style: str,
        stub: Stub,
        runner: asyncio.Runner,
        *,
        validate: bool,
    ) -> None:
        client = _admin(style)(API_KEY, server=server, transport=stub.transport())
        super().__init__(operation, server, style, from_dict, client, stub, runner)
        self.name = f"{style}, keywords, {'' if validate else 'unchecked, '}{server}"
        if not validate:
            self.meaning = {}  # letter for letter
        self._validate = validate
        self._schema = operation.body_schema or {}
        self._call = getattr(client.api_keys, KEYWORD_CALLS[operation.operation_id])

    def send(self, case: Case) -> Any:
        """Call, and return what the call returns."""
        path = {python_name(name).rstrip("_"): value for name, value in case.parameters.items()}
        known, extra = self._parted(self._schema, case.body or {})
        more = {"extra": extra} if self.operation.content else {}
        returned = self._call(**path, **known, **more, validate=self._validate)
        return self._runner.run(returned) if self._style == "asyncio" else returned

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

    def expected(self, case: Case) -> Any:
        """Return the body that is to arrive: the constructors' defaults are not put in."""
        return {} if case.body is None and self.operation.content else case.body

    def wrongly_refused(self, case: Case, pointers: Sequence[str]) -> Iterator[str]:
        """Yield what neither the prose refuses, nor the models fail to carry."""
        for pointer in pointers:
            value = None
            with contextlib.suppress(ValueError):  # nothing is there
                value = look_up(case.body, f"#{quote(pointer)}")
            if not (self._validate and (pointer in _PROSE or not is_carried(value))):
                yield f"{pointer} was refused"


def wrapper(_operation: Operation, server: str, stub: Stub, style: str) -> Any:
    """Return the generated client that the wrapper opens, for any operation."""
    return client_for(style, server, stub.transport())


def client_for(style: str, server: str, transport: httpx.MockTransport) -> Any:
    """Return the wrapper's generated client, whose requests end in a transport."""
    return _admin(style)(API_KEY, server=server, transport=transport).client


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
                KeywordWay(operation, server, style, stub, runner, validate=validate)
                for style, validate in itertools.product(("sync", "asyncio"), (True, False))
            ]
    return found


def _admin(style: str) -> type[PortkeyAdmin | AsyncPortkeyAdmin]:
    return AsyncPortkeyAdmin if style.startswith("asyncio") else PortkeyAdmin


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
