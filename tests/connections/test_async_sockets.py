"""Asynchronous sockets lose no bytes, and every wait on them ends."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpcore
import pytest

from portkey_admin_connections._async_sockets import AsyncBackend, _is_readable
from tests.faults.clients import TLS, in_tls
from tests.faults.server import PATIENCE, Connection, FaultServer, free_port, full_backlog

Use = Callable[[httpcore.AsyncNetworkStream], Awaitable[None]]
SHORT = 0.05
real_select = select.select
MOST = 256 * 1024
# One byte more than a stream buffers until the next read.
LONG = bytes(16 * 1024 + 1)


def port_of(url: str) -> int:
    """Return the port of a server on loopback."""
    return int(url.rsplit(":", 1)[1].partition("/")[0])


def talk(script: Callable[[Connection], object], use: Use) -> None:
    """Connect to a server that follows a script, and use the stream."""

    async def run(url: str) -> None:
        stream = await AsyncBackend().connect_tcp("127.0.0.1", port_of(url), PATIENCE)
        try:
            await use(stream)
        finally:
            await stream.aclose()

    with FaultServer(script) as server:
        asyncio.run(run(server.url))


async def until_readable(stream: httpcore.AsyncNetworkStream) -> None:
    """Wait until there are bytes, or the end of the stream."""
    async with asyncio.timeout(PATIENCE):
        while not stream.get_extra_info("is_readable"):  # noqa: ASYNC110 - nothing else shows it
            await asyncio.sleep(0)


def test_reads_the_bytes_and_then_the_end() -> None:
    """Reads return the bytes in order, at most as many as asked for, and then b""."""

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        read = bytearray()
        while part := await stream.read(3, PATIENCE):
            assert (type(part), len(part) <= 3) == (bytes, True)
            read += part
        assert read == b"0123456789"
        assert await stream.read(3) == b""

    talk(lambda connection: connection.send(b"0123456789"), use)


def test_more_than_the_buffer_holds() -> None:
    """Bytes beyond the buffer wait at the sender, and arrive as the stream is read."""
    sent = bytes(range(256)) * 8192

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        unread: bytearray = vars(stream)["_unread"]
        async with asyncio.timeout(PATIENCE):
            while len(unread) <= MOST:  # noqa: ASYNC110 - nothing else shows it
                await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(unread) < len(sent)
        read = bytearray()
        while part := await stream.read(65536, PATIENCE):
            read += part
        assert read == sent

    talk(lambda connection: connection.send(sent), use)


def test_bytes_that_come_together() -> None:
    """A read also returns the bytes that arrive before it resumes."""

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        reading = asyncio.ensure_future(stream.read(9))
        await asyncio.sleep(0)
        for data in (b"x", b"y"):
            vars(type(stream))["data_received"](stream, data)
        assert await reading == b"xy"
        vars(type(stream))["data_received"](stream, b"z")
        assert await stream.read(9) == b"z"

    talk(Connection.hang, use)


def test_size_of_the_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream stops reading from the socket at more than 256 KiB unread."""
    pauses = []

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        monkeypatch.setattr(vars(stream)["_transport"], "pause_reading", lambda: pauses.append(1))
        vars(type(stream))["data_received"](stream, bytes(MOST))
        assert pauses == []
        vars(type(stream))["data_received"](stream, b"x")
        assert pauses == [1]

    talk(Connection.hang, use)


def test_read_timeout() -> None:
    """A read ends at its timeout, and the stream can be read afterwards."""

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.send(b"x")
        connection.hang()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        assert not stream.get_extra_info("is_readable")
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, SHORT)
        await stream.write(b"a", PATIENCE)
        assert await stream.read(1, PATIENCE) == b"x"

    talk(script, use)


@pytest.mark.parametrize("poll", [True, False])
def test_unread_bytes_are_seen(monkeypatch: pytest.MonkeyPatch, *, poll: bool) -> None:
    """A stream is readable if it has unread bytes or has ended."""

    def script(connection: Connection) -> None:
        connection.send(b"xy")
        connection.read_some()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        # select serves no descriptor above 1,023.
        monkeypatch.delattr("select.select" if poll else "select.poll")
        # The event loop does not run meanwhile.
        assert real_select([stream.get_extra_info("socket")], [], [], PATIENCE)[0]
        assert vars(stream)["_unread"] == b""
        assert stream.get_extra_info("is_readable") is True
        assert await stream.read(1, PATIENCE) == b"x"
        assert stream.get_extra_info("is_readable") is True
        assert await stream.read(9, PATIENCE) == b"y"
        assert not stream.get_extra_info("is_readable")
        await stream.write(b"a", PATIENCE)
        assert await stream.read(9, PATIENCE) == b""
        assert stream.get_extra_info("is_readable")

    talk(script, use)


def test_is_readable_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking whether a stream is readable does not wait."""
    waited: list[float] = []

    class Poll:
        def register(self, *_: Any) -> None:
            """Take a descriptor."""

        def poll(self, milliseconds: float) -> list[Any]:
            """Find nothing."""
            waited.append(milliseconds)
            return []

    def find_nothing(*given: Any) -> list[list[Any]]:
        waited.append(given[3])
        return [[], [], []]

    with socket.socket() as sock:
        monkeypatch.setattr(select, "poll", Poll)
        assert not _is_readable(sock)
        monkeypatch.delattr("select.poll")
        monkeypatch.setattr(select, "select", find_nothing)
        assert not _is_readable(sock)
    assert waited == [0, 0]


def test_early_response_is_read_after_a_failed_write() -> None:
    """A response that came before the request was complete is read although writing fails."""
    arrived = threading.Event()

    def script(connection: Connection) -> None:
        connection.send(b"early")
        arrived.wait(PATIENCE)
        connection.reset()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        while not vars(stream)["_unread"]:  # noqa: ASYNC110 - nothing else shows it
            await asyncio.sleep(0)
        arrived.set()
        async with asyncio.timeout(PATIENCE):
            await stream.write(b"a" * 64 * 1024**2)
            await stream.write(b"a")
            assert await stream.read(9) == b"early"

    talk(script, use)


def test_short_writes_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short writes are sent together before the next read; long ones at once."""
    written: list[bytes] = []

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        monkeypatch.setattr(vars(stream)["_transport"], "write", written.append)
        for part in (b"head", LONG[5:], b""):
            await stream.write(part)
        assert written == []
        assert await stream.read(1, PATIENCE) == b"x"
        assert written == [b"head" + LONG[5:]]
        assert await stream.read(1, PATIENCE) == b"y"
        await stream.write(LONG)
        assert written == [b"head" + LONG[5:], LONG]

    talk(lambda connection: connection.send(b"xy"), use)


def test_lost_connection_ends_a_write() -> None:
    """A write that waits for space in the buffer ends when the connection is lost."""

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.reset()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        async with asyncio.timeout(PATIENCE):
            await stream.write(b"a" * 64 * 1024**2)
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, PATIENCE)

    talk(script, use)


def test_write_timeout() -> None:
    """A write to a server that does not read ends at its timeout."""
    done = threading.Event()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        try:
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(b"a" * 64 * 1024**2, SHORT)
        finally:
            done.set()

    talk(lambda _: done.wait(PATIENCE), use)


def test_reset_raises_read_error() -> None:
    """A reset connection raises ReadError."""

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.reset()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.write(b"a")
        with pytest.raises(httpcore.ReadError) as caught:
            await stream.read(1, PATIENCE)
        assert caught.value.args == (str(caught.value.__cause__),)
        await stream.write(LONG)
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, PATIENCE)

    talk(script, use)


def test_failed_connect_raises_connect_error() -> None:
    """An address that refuses, is invalid or does not answer in time raises a connect error."""

    async def connect(host: str, port: int, timeout: float | None = PATIENCE) -> None:  # noqa: ASYNC109
        await AsyncBackend().connect_tcp(host, port, timeout)

    for host, port in (("127.0.0.1", free_port()), ("a" * 70, 443)):
        with pytest.raises(httpcore.ConnectError):
            asyncio.run(connect(host, port))
    with full_backlog() as url, pytest.raises(httpcore.ConnectTimeout):
        asyncio.run(connect("127.0.0.1", port_of(url), SHORT))


def test_next_address_is_tried_in_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next address of a host is tried in parallel after a quarter of a second."""
    asked = []

    async def connect() -> None:
        async def fail(*given: Any, **options: Any) -> None:
            asked.append((given[1:], options))
            raise OSError("refused")

        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", fail)
        with pytest.raises(httpcore.ConnectError) as caught:
            await AsyncBackend().connect_tcp("h.example", 443)
        assert caught.value.args == ("refused",)

    asyncio.run(connect())
    assert asked == [(("h.example", 443), {"happy_eyeballs_delay": 0.25})]


def test_backend_closes_its_stream() -> None:
    """Closing the backend closes its stream; without a stream it does nothing."""

    async def run(url: str) -> None:
        backend = AsyncBackend()
        await backend.aclose()
        stream = await backend.connect_tcp("127.0.0.1", port_of(url))
        await backend.aclose()
        assert vars(stream)["_transport"].is_closing()
        assert stream.get_extra_info("peername") == ("127.0.0.1", port_of(url))

    with FaultServer(Connection.hang) as server:
        asyncio.run(run(server.url))


def test_without_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a timeout none is set, and a write ends when there is space again."""
    real_timeout, given = asyncio.timeout, []

    def timeout(seconds: float | None) -> Any:
        given.append(seconds)
        return real_timeout(seconds)

    monkeypatch.setattr(asyncio, "timeout", timeout)

    async def run(url: str) -> None:
        stream = await AsyncBackend().connect_tcp("127.0.0.1", port_of(url))
        vars(type(stream))["pause_writing"](stream)
        writing = asyncio.ensure_future(stream.write(LONG))
        await asyncio.sleep(0)
        vars(type(stream))["resume_writing"](stream)
        await asyncio.wait_for(writing, PATIENCE)
        assert await stream.read(1) == b"x"
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context())
        await stream.aclose()

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.send(b"x")
        connection.hang()

    with FaultServer(script) as server:
        asyncio.run(run(server.url))
    assert given == [None, None]


def test_tls() -> None:
    """After start_tls, a stream speaks TLS with the named host and no other."""
    context = ssl.create_default_context(cafile=TLS / "authority.pem")

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        assert await stream.start_tls(context, "127.0.0.1", PATIENCE) is stream
        assert stream.get_extra_info("ssl_object").version().startswith("TLS")
        await stream.write(b"a")
        assert await stream.read(9, PATIENCE) == b"x"

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.send(b"x")
        connection.hang()

    async def use_for_another(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectError, match="mismatch"):
            await stream.start_tls(context, "127.0.0.2", PATIENCE)

    talk(in_tls(script), use)
    talk(in_tls(script), use_for_another)


def test_lost_handshake_raises_connect_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """If asyncio has no transport after the handshake, connecting fails."""

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        async def lose(*_: Any, **__: Any) -> None:
            """Return no transport."""

        monkeypatch.setattr(asyncio.get_running_loop(), "start_tls", lose)
        with pytest.raises(
            httpcore.ConnectError, match=r"^the connection was lost in the TLS handshake$"
        ):
            await stream.start_tls(ssl.create_default_context(), "127.0.0.1", PATIENCE)

    talk(Connection.hang, use)


def test_server_without_tls_is_refused() -> None:
    """A server that breaks TLS, speaks before it or does not speak it is refused."""
    context = ssl.create_default_context()

    def speak(connection: Connection) -> None:
        connection.send(b"220 hello")
        connection.hang()

    def keep_silent(connection: Connection) -> None:
        connection.read_some()
        connection.hang()
        connection.hang()

    async def start_early(stream: httpcore.AsyncNetworkStream) -> None:
        while not (vars(stream)["_unread"] or vars(stream)["_ended"]):  # noqa: ASYNC110
            await asyncio.sleep(0)
        with pytest.raises(httpcore.ConnectError) as caught:
            await stream.start_tls(context, "127.0.0.1", PATIENCE)
        assert caught.value.args == ("the server spoke before TLS",)
        assert vars(stream)["_transport"].is_closing()

    async def start_broken(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(context, "127.0.0.1", PATIENCE)

    async def start_silent(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(context, "127.0.0.1", SHORT)

    talk(speak, start_early)
    talk(lambda _: None, start_early)
    talk(lambda connection: connection.read_some(), start_broken)
    talk(keep_silent, start_silent)
