"""The sockets of asynchronous connections: nothing that arrives is lost, and every wait ends."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable

import httpcore
import pytest

from portkey_admin_connections._async_sockets import AsyncBackend
from tests.faults.server import PATIENCE, Connection, FaultServer, free_port, full_backlog

Use = Callable[[httpcore.AsyncNetworkStream], Awaitable[None]]
SHORT = 0.05
MOST = 256 * 1024
# One byte more than a stream keeps until the next read.
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
    """Wait until there are bytes, or the end."""
    async with asyncio.timeout(PATIENCE):
        while not stream.get_extra_info("is_readable"):  # noqa: ASYNC110 - nothing else shows it
            await asyncio.sleep(0)


def test_reads_what_arrives_and_then_the_end() -> None:
    """Bytes come in order, no more than are asked for, and nothing comes at the end."""

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        read = bytearray()
        while part := await stream.read(3, PATIENCE):
            assert len(part) <= 3
            read += part
        assert read == b"0123456789"
        assert await stream.read(3) == b""

    talk(lambda connection: connection.send(b"0123456789"), use)


def test_more_than_is_kept() -> None:
    """What is more than the stream keeps waits on the way, and arrives as it is read."""
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


def test_nothing_to_read() -> None:
    """A read ends with its timeout, and the stream can be read afterwards."""

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


def test_unread_bytes_are_seen() -> None:
    """A stream with bytes that nobody has read is readable, and so is one that has ended."""

    def script(connection: Connection) -> None:
        connection.send(b"xy")
        connection.read_some()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        await until_readable(stream)
        assert await stream.read(1, PATIENCE) == b"x"
        assert stream.get_extra_info("is_readable")
        assert await stream.read(9, PATIENCE) == b"y"
        assert not stream.get_extra_info("is_readable")
        await stream.write(b"a", PATIENCE)
        assert await stream.read(9, PATIENCE) == b""
        assert stream.get_extra_info("is_readable")

    talk(script, use)


def test_an_early_answer_is_not_lost() -> None:
    """What a server sends before it has read everything can be read although writing fails."""
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


def test_short_writes_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is short is sent when an answer is awaited; what is longer, at once."""
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


def test_a_server_that_does_not_read() -> None:
    """A write ends with its timeout where there is no room for the bytes."""
    done = threading.Event()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        try:
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(b"a" * 64 * 1024**2, SHORT)
        finally:
            done.set()

    talk(lambda _: done.wait(PATIENCE), use)


def test_a_reset() -> None:
    """A connection that is reset is an error of reading."""

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.reset()

    async def use(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.write(b"a")
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, PATIENCE)
        await stream.write(LONG)
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, PATIENCE)

    talk(script, use)


def test_no_connection() -> None:
    """What refuses, cannot be, or does not answer in time is an error of connecting."""

    async def connect(host: str, port: int, timeout: float | None = PATIENCE) -> None:  # noqa: ASYNC109
        await AsyncBackend().connect_tcp(host, port, timeout)

    for host, port in (("127.0.0.1", free_port()), ("a" * 70, 443)):
        with pytest.raises(httpcore.ConnectError):
            asyncio.run(connect(host, port))
    with full_backlog() as url, pytest.raises(httpcore.ConnectTimeout):
        asyncio.run(connect("127.0.0.1", port_of(url), SHORT))


def test_no_tls() -> None:
    """A server that speaks before TLS, breaks it off or does not speak it is none to talk to."""
    context = ssl.create_default_context()

    def speak(connection: Connection) -> None:
        connection.send(b"220 hello")
        connection.hang()

    def keep_silent(connection: Connection) -> None:
        connection.read_some()
        connection.hang()
        connection.hang()

    async def start_early(stream: httpcore.AsyncNetworkStream) -> None:
        await until_readable(stream)
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(context, "127.0.0.1", PATIENCE)

    async def start_broken(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(context, "127.0.0.1", PATIENCE)

    async def start_silent(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(context, "127.0.0.1", SHORT)

    talk(speak, start_early)
    talk(lambda connection: connection.read_some(), start_broken)
    talk(keep_silent, start_silent)
