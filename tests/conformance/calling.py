"""The ways in which a case goes through the client and reaches the stub."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
from portkey_admin.stub import Exchange, Stub
from tests.conformance.building import Build, argument, by_constructor, from_dict
from tests.conformance.operations import Operation, python_name

API_KEY = "the-admin-key"

# The spec's own endpoint, and a control plane behind a prefix, written with a slash at the end.
SERVERS = ("https://api.portkey.ai/v1", "https://portkey.example.com/deep/prefix/v1/")


@dataclass(frozen=True)
class Case:
    """The arguments of one call, as JSON has them, by the document's names."""

    parameters: Mapping[str, Any]
    body: Any = None


Send = Callable[[Operation, dict[str, Any]], None]


class Way:
    """One way to call an operation: a server, a style, and how its body is built."""

    def __init__(self, stub: Stub, server: str, send: Send, build: Build) -> None:
        self.name = f"{send.__name__}, {build.__name__}, {server}"
        self.host = urlsplit(server).netloc
        self.build = build
        self.stub = stub
        self._send = send

    def call(self, operation: Operation, case: Case) -> Exchange:
        """Return the one exchange that the stub has seen of a call."""
        schemas = {each["name"]: each["schema"] for each in operation.parameters}
        arguments = {
            python_name(name): argument(
                operation.document, schemas[name], operation.hints[python_name(name)], value
            )
            for name, value in case.parameters.items()
        }
        if operation.body_schema is not None:
            arguments["body"] = self.build(operation, case.body)
        self.stub.exchanges.clear()
        self._send(operation, arguments)
        [exchange] = self.stub.exchanges
        return exchange


def ways(document: Mapping[str, Any], runner: asyncio.Runner) -> list[Way]:
    """Return every way: each server, synchronous and not, by from_dict and by constructor."""
    found = []
    for server in SERVERS:
        stub = Stub(document, api_key=API_KEY, prefix=urlsplit(server).path.rstrip("/"))
        senders = (_sync(server, stub), _asyncio(server, stub, runner))
        builds = (from_dict, by_constructor)
        found += [Way(stub, server, *each) for each in itertools.product(senders, builds)]
    return found


def _sync(server: str, stub: Stub) -> Send:
    client = PortkeyAdmin(API_KEY, server=server, transport=stub.transport()).client

    def sync(operation: Operation, arguments: dict[str, Any]) -> None:
        operation.module.sync_detailed(client=client, **arguments)

    return sync


def _asyncio(server: str, stub: Stub, runner: asyncio.Runner) -> Send:
    client = AsyncPortkeyAdmin(API_KEY, server=server, transport=stub.transport()).client

    def asynchronous(operation: Operation, arguments: dict[str, Any]) -> None:
        runner.run(operation.module.asyncio_detailed(client=client, **arguments))

    return asynchronous
