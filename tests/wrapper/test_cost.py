"""The cost of a client: connections, imports and other countable things."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from unittest import mock

import httpx
import pytest

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, PortkeyAdmin, _checks
from portkey_admin_connections import _trust
from tests.faults.server import PATIENCE, Connection, FaultServer
from tests.wrapper.caller import CREATED, KEY, MINIMAL, Caller

_AT_ONCE = 50


def respond_with_the_name(connection: Connection) -> None:
    """Respond to each request of a connection with a key made of the requested name."""
    while request := connection.read_request():
        name = json.loads(request.partition(b"\r\n\r\n")[2])["name"]
        body = json.dumps({"id": name, "key": f"key of {name}", "object": "api-key"})
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


async def create_all(url: str, count: int) -> list[CreatedKey]:
    """Create so many keys in one gather, each named by its number."""
    async with AsyncPortkeyAdmin(KEY, server=url) as portkey:
        calls = (portkey.api_keys.create(**{**MINIMAL, "name": str(n)}) for n in range(count))
        return await asyncio.gather(*calls)


def test_one_ssl_context(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """All clients with the default trust share one SSL context."""
    make = mock.Mock(side_effect=httpx.create_ssl_context)
    monkeypatch.setattr(httpx, "create_ssl_context", make)
    _trust._default_trust.cache_clear()
    for _ in range(3):
        caller.kind(KEY)
    assert make.call_count == 1


def test_one_connection() -> None:
    """Sequential calls use one connection."""
    with (
        FaultServer(respond_with_the_name) as server,
        PortkeyAdmin(KEY, server=server.url) as portkey,
    ):
        for number in range(20):
            assert portkey.api_keys.create(**{**MINIMAL, "name": str(number)}).id == str(number)
        assert (server.creates, server.connections) == (20, 1)


def test_thousand_calls_at_once() -> None:
    """A thousand calls in one gather return their own keys, in order, over few connections."""
    with FaultServer(respond_with_the_name) as server:
        created = asyncio.run(create_all(server.url, 1000))
        assert [each.id for each in created] == [str(number) for number in range(1000)]
        assert [each.key.reveal() for each in created[:2]] == ["key of 0", "key of 1"]
        assert server.creates == 1000
        assert server.connections <= _AT_ONCE


def test_bursts_share_connections() -> None:
    """A second burst of calls uses the connections of the first."""

    async def bursts(server: FaultServer) -> None:
        async with AsyncPortkeyAdmin(KEY, server=server.url) as portkey:
            for _ in range(2):
                await asyncio.gather(*(portkey.api_keys.create(**MINIMAL) for _ in range(_AT_ONCE)))
                assert server.connections == _AT_ONCE

    with FaultServer(respond_with_the_name) as server:
        asyncio.run(bursts(server))


def test_cancelled_calls_free_their_places() -> None:
    """Many cancelled calls leave room for the next one."""

    async def cancel_all(server: FaultServer) -> CreatedKey:
        async with AsyncPortkeyAdmin(KEY, server=server.url) as portkey:
            calls = [
                asyncio.create_task(portkey.api_keys.create(**MINIMAL))
                for _ in range(_AT_ONCE + 10)
            ]
            await asyncio.to_thread(arrived.wait, PATIENCE)
            for call in calls:
                call.cancel()
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(each, asyncio.CancelledError) for each in ended)
            for _ in range(_AT_ONCE):
                await asyncio.to_thread(server.wait_for_an_end)
            assert server.creates == _AT_ONCE
            return await portkey.api_keys.create(**MINIMAL)

    def script(connection: Connection) -> None:
        if server.connections > _AT_ONCE:
            respond_with_the_name(connection)
        connection.read_request()
        with contextlib.suppress(threading.BrokenBarrierError):
            arrived.wait(PATIENCE)
        connection.hang()

    arrived = threading.Barrier(_AT_ONCE + 1)
    with FaultServer(script) as server:
        assert asyncio.run(cancel_all(server)).id == MINIMAL["name"]


def test_checks_are_compiled_once(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of a schema are built once per process."""
    caller.create()
    monkeypatch.setattr(_checks, "_build_refusals", None)
    caller.create()
    assert len(caller.requests) == 2


def test_synchronous_calls_load_no_asynchronous_modules() -> None:
    """Synchronous calls load no modules of anyio beyond those that importing it loads."""
    code = (
        "import sys, anyio; before = {*sys.modules}; from portkey_admin import PortkeyAdmin; "
        "PortkeyAdmin('k', server='http://127.0.0.1:1'); "
        "print(*[name for name in {*sys.modules} - before if name.startswith('anyio')])"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    assert printed.split() == []


def test_create_loads_only_what_it_needs() -> None:
    """A create loads only its own generated models, and nothing for problems."""
    code = (
        "import sys, httpx; before = {*sys.modules}; from portkey_admin import PortkeyAdmin; "
        f"transport = httpx.MockTransport(lambda _: httpx.Response(200, json={CREATED})); "
        f"PortkeyAdmin('k', transport=transport).api_keys.create(**{MINIMAL}); "
        "print(*{*sys.modules} - before)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"asyncio", "decimal", "difflib"}
    models = {each[25:] for each in loaded if each.startswith("portkey_generated.models.")}
    objects = {"create_api_key_object", "created_api_key", "created_api_key_object"}
    assert models == {*objects, "create_api_key_sub_type", "create_api_key_type", "error"}
