"""After an interrupt or a cancellation at any point of a call, the client still works."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import json
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import httpcore
import httpx
import pytest

import portkey_admin
import portkey_admin_connections
from portkey_admin import AsyncPortkeyAdmin, CreatedKey, NotSentError, OutcomeUnknownError
from tests.faults.clients import ARGUMENTS, TLS, Caller, in_tls, outcome
from tests.faults.faults import ADMIN_KEY, GOOD, SECRET, answer
from tests.faults.server import PATIENCE, Connection, FaultServer

WATCHED = tuple(
    str(Path(module.__file__ or "").parent)
    for module in (portkey_admin, portkey_admin_connections, httpcore, httpx)
)


def serve(connection: Connection) -> None:
    """Answer every request of a connection with a key."""
    while connection.read_request():
        connection.send(answer())


class Interrupt:
    """Raises KeyboardInterrupt at one line of a call, given by number; 0 only counts the lines."""

    def __init__(self, at: int = 0) -> None:
        self.lines = 0
        self._at = at

    def _trace_call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._trace_line if frame.f_code.co_filename.startswith(WATCHED) else None

    def _trace_line(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.lines += 1
            if self.lines == self._at:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._trace_line

    def run(self, call: Callable[[], Any]) -> Any:
        """Return the result of the call, or None if it was interrupted.

        It runs in another thread, because in this one Python would go on treating the exception of
        the trace function as being handled.
        """
        returned: list[Any] = []

        def traced() -> None:
            sys.settrace(self._trace_call)
            with contextlib.suppress(KeyboardInterrupt):
                returned.append(call())

        thread = threading.Thread(target=traced)
        thread.start()
        thread.join()
        return returned[0] if returned else None


def serve_once(connection: Connection) -> None:
    """Answer one request of a connection with a key."""
    connection.read_request()
    connection.send(answer(GOOD, 200, "Connection: close"))


SERVERS = {"idle connection": serve, "new connection": serve_once}


@contextlib.contextmanager
def no_client_socket_left(server: FaultServer) -> Iterator[None]:
    """Check that after garbage collection the clients have closed every connection."""
    yield
    gc.collect()
    while server.ended < server.connections:
        server.wait_for_an_end()


# An interrupt between two lines may leave a socket to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SERVERS)
def test_interrupt_at_each_line(name: str, step: int) -> None:
    """After KeyboardInterrupt at any line of a call, the next call ends with its own key."""
    with (
        FaultServer(SERVERS[name]) as server,
        no_client_socket_left(server),
        Caller("sync", server.url) as caller,
    ):
        caller.create()  # imports modules and fills caches
        counted = Interrupt()
        assert counted.run(caller.create).key == SECRET
        assert counted.lines > 300
        for at in range(1, counted.lines + 1, step):
            Interrupt(at).run(caller.create)
            after = outcome(caller.create)
            assert isinstance(after, CreatedKey), f"line {at}: {after!r}"
        gc.collect()


async def _cancel_at(at: int, call: Callable[[], Coroutine[Any, Any, Any]]) -> bool:
    """Cancel a call after some steps of the event loop; return whether it had already ended."""
    task = asyncio.ensure_future(call())
    for _ in range(at):
        await asyncio.sleep(0)
        if task.done():
            break
    task.cancel()
    result: Any
    [result] = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, CreatedKey | asyncio.CancelledError), f"step {at}: {result!r}"
    return isinstance(result, CreatedKey)


# If asyncio is cancelled just as an address answers, it leaves the socket to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", SERVERS)
def test_cancelled_at_each_step(name: str, scheme: str) -> None:
    """After a cancellation at any step of the event loop, the next call gets its own key."""
    tls = scheme == "https"
    script = in_tls(SERVERS[name]) if tls else SERVERS[name]

    async def cancel_all(url: str) -> None:
        options: dict[str, Any] = {"ca_file": TLS / "authority.pem"} if tls else {}
        async with AsyncPortkeyAdmin(ADMIN_KEY, server=url, **options) as portkey:
            await portkey.api_keys.create(**ARGUMENTS)
            ended = 0
            for at in itertools.count():
                # The number of steps varies: stop when several calls have reached their end.
                ended += await _cancel_at(at, lambda: portkey.api_keys.create(**ARGUMENTS))
                created = await asyncio.wait_for(portkey.api_keys.create(**ARGUMENTS), PATIENCE)
                assert created.key == SECRET
                if ended > 5:
                    break
            http: Any = portkey.client.get_async_httpx_client()
            [loop] = http._transport._client._transport._pool._loops.values()
            assert loop.gate._value == 50  # no cancelled call has kept its place

    with FaultServer(script, scheme=scheme) as server, no_client_socket_left(server):
        asyncio.run(cancel_all(server.url))


# Lists

COUNT = 5
PAGE = 3


def serve_pages(connection: Connection) -> None:
    """Answer with the pages of five keys."""
    while request := connection.read_request():
        number = int(request.partition(b"current_page=")[2].split()[0].split(b"&")[0])
        numbers = range(number * PAGE, min(COUNT, (number + 1) * PAGE))
        keys = [{"id": f"id {each}", "name": "ci"} for each in numbers]
        connection.send(answer(json.dumps({"data": keys, "total": COUNT}).encode()))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_list_interrupted_at_each_line() -> None:
    """After KeyboardInterrupt at any line of a list, the next list has every key."""
    with (
        FaultServer(serve_pages) as server,
        no_client_socket_left(server),
        Caller("sync", server.url) as caller,
    ):
        assert len(caller.client.api_keys.find("ci")) == COUNT
        counted = Interrupt()
        assert len(counted.run(lambda: caller.client.api_keys.find("ci"))) == COUNT
        # All pages run the same lines: some lines of each are enough.
        for at in range(1, counted.lines + 1, 37):
            Interrupt(at).run(lambda: caller.client.api_keys.find("ci"))
            after = outcome(lambda: caller.client.api_keys.find("ci"))
            assert isinstance(after, list), f"line {at}: {after!r}"
            assert len(after) == COUNT
        gc.collect()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_list_cancelled_at_each_step() -> None:
    """After a cancellation at any step of a list, the next list works."""

    async def cancel_all(url: str) -> None:
        async with AsyncPortkeyAdmin(ADMIN_KEY, server=url) as portkey:

            async def read() -> int:
                return len([key async for key in portkey.api_keys.list()])

            assert await read() == COUNT
            ended = 0
            for at in itertools.count():
                task = asyncio.ensure_future(read())
                for _ in range(at):
                    await asyncio.sleep(0)
                task.cancel()
                [result] = await asyncio.gather(task, return_exceptions=True)
                assert result == COUNT or isinstance(result, asyncio.CancelledError)
                ended += result == COUNT
                assert await asyncio.wait_for(read(), PATIENCE) == COUNT
                if ended > 1:
                    break

    with FaultServer(serve_pages) as server, no_client_socket_left(server):
        asyncio.run(cancel_all(server.url))


def test_asyncio_timeout_ends_a_find() -> None:
    """asyncio.timeout ends a find with TimeoutError, and the client still works."""
    wait = threading.Event()

    def serve_slowly(connection: Connection) -> None:
        if not wait.is_set():
            connection.hang()
        serve_pages(connection)

    async def end_early(url: str) -> int:
        async with AsyncPortkeyAdmin(ADMIN_KEY, server=url) as portkey:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await portkey.api_keys.find("ci")
            wait.set()
            return len(await portkey.api_keys.find("ci"))

    with FaultServer(serve_slowly) as server, no_client_socket_left(server):
        assert asyncio.run(end_early(server.url)) == COUNT


def test_close_while_other_threads_list() -> None:
    """When a shared client is closed, each thread gets all keys or NotSentError."""
    results: list[object] = []
    started = threading.Barrier(5, timeout=PATIENCE)

    def read(client: Any) -> None:
        keys = client.api_keys.list()
        next(keys)
        started.wait()
        try:
            results.append(1 + len(list(keys)))
        except (NotSentError, OutcomeUnknownError) as error:
            results.append(type(error))

    with FaultServer(serve_pages) as server, Caller("sync", server.url) as caller:
        threads = [threading.Thread(target=read, args=(caller.client,)) for _ in range(4)]
        for each in threads:
            each.start()
        started.wait()
        caller.client.close()
        for each in threads:
            each.join(PATIENCE)
        assert len(results) == 4
        assert set(results) <= {COUNT, NotSentError, OutcomeUnknownError}
