"""The ways in which a case goes through the client and reaches the stub."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
from portkey_admin_stub import NO_BODY, Exchange, Stub
from tests.conformance.building import Build, argument, by_constructor, from_dict
from tests.conformance.meaning import differences
from tests.conformance.operations import Operation, described_operations

API_KEY = "the-admin:key"
"""A key that is also the user name and the password of Basic authentication."""

STYLES = ("sync_detailed", "sync", "asyncio_detailed", "asyncio")
"""The generated functions of an operation."""

# A control plane behind a prefix, written with a slash at the end.
SELF_HOSTED = "https://self-hosted.example/deep/prefix/v1/"
# What a document's relative servers are relative to.
_HOME = "https://document.example/"


@dataclass(frozen=True)
class Case:
    """The arguments of one call, as JSON has them, by the operation's keys."""

    parameters: Mapping[str, Any]
    body: Any = None
    """None where there is none: httpx, and so the client, sends no body for null either."""


Clients = Callable[[Operation, str, Stub, str], Any]
"""Returns the client for an operation and a server, whose requests end in a stub, for a style."""


@dataclass
class Way:
    """One way to call an operation: a server, a style, and how its body is built."""

    stub: Stub
    server: str
    style: str
    build: Build
    clients: Clients
    runner: asyncio.Runner
    _opened: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The way in words."""
        return f"{self.style}, {self.build.__name__}, {self.server}"

    @functools.cached_property
    def host(self) -> str:
        """What the Host header is to say."""
        return urlsplit(self.server).netloc

    def call(self, operation: Operation, case: Case) -> Exchange:
        """Return the one exchange that the stub has seen of a call.

        Raises AssertionError where there were more or less, or where what the call returned does
        not mean what the stub answered, and whatever the call raises.
        """
        arguments = {
            name: argument(operation.models, operation.hints[name], value)
            for name, value in _arguments(operation, case)
        }
        if case.body is not None:
            arguments["body"] = self.build(operation, case.body)
        self.stub.exchanges.clear()
        try:
            returned = self._send(operation, arguments)
        except Exception:
            # What is wrong with a refused request says more than how its answer was read.
            if not any(each.problems for each in self.stub.exchanges):
                raise
            returned = None
        if len(self.stub.exchanges) != 1:
            raise AssertionError(f"{len(self.stub.exchanges)} requests were sent")
        [exchange] = self.stub.exchanges
        if not exchange.problems:
            _check_answer(operation, exchange, returned)
        return exchange

    def _send(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Return what the call returns of the answer, parsed."""
        if operation.operation_id not in self._opened:
            self._opened[operation.operation_id] = self.clients(
                operation, self.server, self.stub, self.style
            )
        style = self.style
        if operation.answer_schema is None and not hasattr(operation.module, style):
            style = f"{style}_detailed"  # no other is generated where no answer has a type
        returned = getattr(operation.module, style)(
            client=self._opened[operation.operation_id], **arguments
        )
        if style.startswith("asyncio"):
            returned = self.runner.run(returned)
        return returned.parsed if style.endswith("detailed") else returned


def ways(
    document: Mapping[str, Any], runner: asyncio.Runner, clients: Clients | None = None
) -> list[Way]:
    """Return every way: each server, each generated function, by from_dict and by constructor.

    The clients are the wrapper's, unless others are given. As a body is built before the server
    counts, both builds go to the first server, and to the others one each in turn.
    """
    builds: tuple[Build, ...] = (from_dict, by_constructor)
    found: list[Way] = []
    for server in servers(document):
        stub = stub_at(document, server)
        combined = (
            itertools.product(STYLES, builds) if not found else zip(STYLES, builds * 2, strict=True)
        )
        found += [
            Way(stub, server, style, build, clients or wrapper, runner) for style, build in combined
        ]
    return found


def stub_at(document: Mapping[str, Any], server: str) -> Stub:
    """Return a stub that stands in for a server of a document."""
    return Stub(document, api_key=API_KEY, prefix=urlsplit(server).path.rstrip("/") or "/")


def servers(document: Mapping[str, Any]) -> list[str]:
    """Return each server of a document, with each value of its variables, and a self-hosted one."""
    described = [
        server
        for *_, operation in described_operations(document)
        for server in operation["servers"]
    ]
    urls = [url for server in described for url in _urls(server)]
    return list(dict.fromkeys([*urls, SELF_HOSTED]))


def wrapper(_operation: Operation, server: str, stub: Stub, style: str) -> Any:
    """Return the generated client that the wrapper opens, for any operation."""
    kind = AsyncPortkeyAdmin if style.startswith("asyncio") else PortkeyAdmin
    return kind(API_KEY, server=server, transport=stub.transport()).client


def _urls(server: Mapping[str, Any]) -> Iterator[str]:
    variables = server.get("variables", {})
    values = [each.get("enum", [each["default"]]) for each in variables.values()]
    for chosen in itertools.product(*values):
        url = server["url"]
        for name, value in zip(variables, chosen, strict=True):
            url = url.replace(f"{{{name}}}", value)
        yield urljoin(_HOME, url)


def _arguments(operation: Operation, case: Case) -> Iterator[tuple[str, Any]]:
    keys = operation.keys
    for key, value in case.parameters.items():
        yield operation.names.python[f"{keys[key]['in']}.{keys[key]['name']}"], value


def _check_answer(operation: Operation, exchange: Exchange, returned: Any) -> None:
    answer = None if exchange.answer is NO_BODY else exchange.answer
    schema = operation.answer_schema or {}
    found = list(differences(operation.document, schema, answer, _as_json(returned), "the answer"))
    if found:
        raise AssertionError("; ".join(found))


def _as_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value.to_dict() if hasattr(value, "to_dict") else value
