"""The sockets of the connections: they keep a deadline, and show whether unread bytes wait.

httpx has limits between bytes only. Here the end of a whole call travels in the timeouts that
httpcore hands down, so that even a header that drips in byte by byte ends in time.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore

PASSED: Final = "the deadline of the call has passed"

# A write of this size either goes into the socket's buffer or waits for room once.
_SLICE: Final = 16 * 1024
_MOST_UNREAD: Final = 256 * 1024
# Seconds after which the next address of a host is tried beside the first (RFC 8305).
_NEXT_ADDRESS: Final = 0.25
# A host or a port that is none raises the last two.
_NO_CONNECTION: Final = (OSError, UnicodeError, OverflowError)


class Until(float):
    """Seconds for a step of a call, and the moment at which the whole call ends."""

    ends: float
    """By time.monotonic()."""

    @classmethod
    def of(cls, seconds: float | None, ends: float) -> Until:
        """Return the limit of a step that may take `seconds`, in a call that ends at `ends`."""
        left = max(ends - time.monotonic(), 0.0)
        until = cls(left if seconds is None else min(seconds, left))
        until.ends = ends
        return until


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    """Return the seconds that are left for a step. Raises `error` where none are."""
    if not isinstance(timeout, Until):
        return timeout
    left = min(timeout, timeout.ends - time.monotonic())
    if left <= 0:
        raise error(PASSED)
    return left


def _waits(sock: Any) -> bool:
    """Return whether a socket has bytes to read, or its end."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


class Backend(httpcore.NetworkBackend):
    """httpcore's own sockets, bound to the deadline of the call that uses them."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; each has its share of the time left."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except _NO_CONNECTION as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for index, (*_, address) in enumerate(found):
            left = _left(timeout, httpcore.ConnectTimeout)
            share = None if left is None else left / (len(found) - index)
            try:
                return _Stream(
                    self._backend.connect_tcp(
                        str(address[0]), port, share, local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _SLICE):
            left = _left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _SLICE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            tls = self._stream.get_extra_info("ssl_object")
            pending = tls is not None and tls.pending() > 0
            return pending or _waits(self._stream.get_extra_info("socket"))
        return self._stream.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """asyncio's sockets, without a layer between that would keep unread bytes to itself."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own parameter
        local_address: str | None = None,  # noqa: ARG002 - none is ever given
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - none are ever given
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the address of `host` that answers first."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    _AsyncStream, host, port, happy_eyeballs_delay=_NEXT_ADDRESS
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except _NO_CONNECTION as error:
            raise httpcore.ConnectError(str(error)) from error
        return stream


class _AsyncStream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """Reads as soon as bytes arrive, also while it writes: an early answer is not lost."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._unread = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._may_write = True
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # what create_connection makes

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MOST_UNREAD:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = exc
        self._wake()

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, seconds: float | None, error: type[Exception]) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            if seconds is None:
                await self._waiter
            else:
                async with asyncio.timeout(seconds):
                    await self._waiter
        except TimeoutError as expired:
            raise error(str(expired)) from expired
        finally:
            self._waiter = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        while not (self._unread or self._ended):
            await self._wait(timeout, httpcore.ReadTimeout)
        if self._failure is not None and not self._unread:
            raise httpcore.ReadError(str(self._failure)) from self._failure
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if not self._ended:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not self._ended:
            self._transport.write(buffer)
        while not (self._may_write or self._ended):
            await self._wait(timeout, httpcore.WriteTimeout)
        if self._ended:
            raise httpcore.WriteError("the server has closed the connection")

    async def aclose(self) -> None:
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own parameter
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            if self._unread or self._ended:
                raise ConnectionError("the server spoke before TLS")
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self._transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        if transport is None:
            raise httpcore.ConnectError("the connection was lost in the TLS handshake")
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            sock = self._transport.get_extra_info("socket")
            return bool(self._unread) or self._ended or _waits(sock)
        return self._transport.get_extra_info(info)
