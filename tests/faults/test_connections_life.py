"""Connections over the life of a client: forks, event loops, and dropped clients."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
from tests.faults.clients import ARGUMENTS, STYLES, TLS, in_tls
from tests.faults.faults import ADMIN_KEY, SECRET, answer
from tests.faults.server import Connection, FaultServer

DESCRIPTORS = Path("/proc/self/fd")
counts_descriptors = pytest.mark.skipif(
    not DESCRIPTORS.is_dir(), reason="this system does not list them"
)
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")

WITHOUT_ASYNCIO = """
import sys
sys.modules["asyncio"] = None  # so that importing it fails
from portkey_admin import PortkeyAdmin

PortkeyAdmin("pk-admin-key", server=sys.argv[1]).api_keys.create(
    type="organisation", sub_type="service", name="ci", scopes=["completions.write"]
)
"""

FORK = """
import os, sys
from portkey_admin import NotSentError
from tests.faults.clients import Caller

style, owner, url = sys.argv[1:]
with Caller(style, url, owner) as caller:
    caller.create()
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        assert caller.create().key
    else:
        code = 1
        try:
            assert caller.create().key
            code = owner != "own"
        except NotSentError as error:
            code = owner == "own" or "fork" not in str(error)
        finally:
            os._exit(code)
"""

FORK_IN_A_LOOP = """
import asyncio, os, sys
from portkey_admin import AsyncPortkeyAdmin, NotSentError
from tests.faults.clients import ARGUMENTS

async def main():
    portkey = AsyncPortkeyAdmin("pk-admin-key", server=sys.argv[1])
    assert (await portkey.api_keys.create(**ARGUMENTS)).key
    child = os.fork()
    if not child:
        code = 1
        try:
            await portkey.api_keys.create(**ARGUMENTS)
        except NotSentError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert (await portkey.api_keys.create(**ARGUMENTS)).key

asyncio.run(main())
"""


def serve(connection: Connection) -> None:
    """Answer every request of a connection with a key."""
    while connection.read_request():
        connection.send(answer())


@forks
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("owner", ["own", "http_client", "transport"])
def test_fork_gets_new_connections_or_a_refusal(style: str, owner: str) -> None:
    """After a fork, the child uses new connections, and refuses those of a caller's client."""
    with FaultServer(serve) as server:
        command = [sys.executable, "-W", "ignore", "-c", FORK, style, owner, server.url]
        subprocess.run(command, check=True)
        made = 3 if owner == "own" else 2
        assert (server.creates, server.connections) == (made, made - 1)


@forks
def test_fork_inside_a_loop_sends_nothing() -> None:
    """After a fork inside a running loop, which Python stops, the child sends nothing."""
    with FaultServer(serve) as server:
        command = [sys.executable, "-W", "ignore", "-c", FORK_IN_A_LOOP, server.url]
        subprocess.run(command, check=True)
        assert (server.creates, server.connections) == (2, 1)


def test_a_synchronous_process_needs_no_asyncio() -> None:
    """A process with only synchronous calls does not load asyncio."""
    with FaultServer(serve) as server:
        subprocess.run([sys.executable, "-c", WITHOUT_ASYNCIO, server.url], check=True)
        assert server.creates == 1


def open_descriptors(server: FaultServer) -> int:
    """Return the number of open descriptors once all clients of a server have disconnected.

    Fails if a connection stays open.
    """
    gc.collect()
    while server.ended < server.connections:
        server.wait_for_an_end()
    return len(list(DESCRIPTORS.iterdir()))


def run_loops(make: Callable[[], AsyncPortkeyAdmin], _server: FaultServer) -> None:
    """Use one client in many event loops, and never close it."""
    portkey = make()
    for _ in range(40):
        asyncio.run(portkey.api_keys.create(**ARGUMENTS))


def run_gathers(make: Callable[[], AsyncPortkeyAdmin], _server: FaultServer) -> None:
    """Use one client in many event loops, with several calls at once."""
    portkey = make()

    async def gather() -> None:
        await asyncio.gather(*(portkey.api_keys.create(**ARGUMENTS) for _ in range(5)))

    for _ in range(10):
        asyncio.run(gather())


def drop_clients(make: Callable[[], AsyncPortkeyAdmin], server: FaultServer) -> None:
    """Use many clients in one event loop, and close none of them."""

    async def use() -> None:
        for _ in range(40):
            await make().api_keys.create(**ARGUMENTS)
        await asyncio.to_thread(open_descriptors, server)

    asyncio.run(use())


@counts_descriptors
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("use", [run_loops, run_gathers, drop_clients])
def test_unclosed_clients_leave_no_socket(use: Callable[..., None], scheme: str) -> None:
    """Unclosed clients leave no socket, whether dropped in their event loop or after it."""
    tls = scheme == "https"
    options: dict[str, Any] = {"ca_file": TLS / "authority.pem"} if tls else {}
    with FaultServer(in_tls(serve) if tls else serve, scheme=scheme) as server:

        def make() -> AsyncPortkeyAdmin:
            return AsyncPortkeyAdmin(ADMIN_KEY, server=server.url, **options)

        asyncio.run(make().api_keys.create(**ARGUMENTS))
        before = open_descriptors(server)
        use(make, server)
        assert open_descriptors(server) <= before


@counts_descriptors
def test_dropped_synchronous_clients_leave_no_socket() -> None:
    """A synchronous client that is dropped closes its connections."""
    with FaultServer(serve) as server:
        before = open_descriptors(server)
        for _ in range(20):
            portkey = PortkeyAdmin(ADMIN_KEY, server=server.url)
            assert portkey.api_keys.create(**ARGUMENTS).key == SECRET
            del portkey
            server.wait_for_an_end()
        assert open_descriptors(server) <= before
