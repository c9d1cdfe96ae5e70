"""asyncio's sockets: they read as soon as bytes arrive, and show whether there are unread bytes."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from portkey_admin_connections._sockets import NO_CONNECTION

_MOST_UNREAD: Final = 256 * 1024
_MOST_UNSENT: Final = 16 * 1024
# Seconds after which the next address of a host is tried as well (RFC 8305).
_NEXT_ADDRESS: Final = 0.25


def _is_readable(sock: Any) -> bool:
    """Return whether a socket has bytes to read, or its end."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """asyncio's sockets, without a layer that would hide unread bytes."""

    def __init__(self) -> None:
        self._stream: _AsyncStream | None = None

    async def aclose(self) -> None:
        """Close the socket: httpcore leaves it open if a SOCKS proxy fails."""
        if self._stream is not None:
            await self._stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own parameter
        local_address: str | None = None,  # noqa: ARG002 - no pool of ours sets it
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - no pool of ours sets it
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, self._stream = await loop.create_connection(
                    _AsyncStream, host, port, happy_eyeballs_delay=_NEXT_ADDRESS
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except NO_CONNECTION as error:
            raise httpcore.ConnectError(str(error)) from error
        return self._stream


class _AsyncStream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """Reads as soon as bytes arrive, also while it writes: an early answer is not lost.

    It holds short data back until the next read, so that head and body go out in one write.
    """

    _transport: asyncio.Transport
    _failure: Exception | None
    """Why the connection was lost."""

    def __init__(self) -> None:
        self._unsent = b""
        self._unread = bytearray()
        self._ended = False
        self._may_write = True
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # what create_connection makes

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MOST_UNREAD:
            self._transport.pause_reading()
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
            raise error from expired
        finally:
            self._waiter = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        await self._send(timeout)
        while not (self._unread or self._ended):
            await self._wait(timeout, httpcore.ReadTimeout)
        if not self._unread and self._failure is not None:
            raise httpcore.ReadError(str(self._failure)) from self._failure
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._unsent += buffer
        if len(self._unsent) > _MOST_UNSENT:
            await self._send(timeout)

    async def _send(self, timeout: float | None) -> None:  # noqa: ASYNC109
        unsent, self._unsent = self._unsent, b""
        if unsent:
            self._transport.write(unsent)
        while not (self._may_write or self._ended):
            await self._wait(timeout, httpcore.WriteTimeout)

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
            raise httpcore.ConnectTimeout from error
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
            return bool(self._unread) or self._ended or _is_readable(sock)
        return self._transport.get_extra_info(info)
