"""Replacements for httpcore's connections, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import httpcore
import httpx

from portkey_admin_connections import AsyncConnections, Connections

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Stream:
    """The stream of a response, for both kinds of pool."""

    def __init__(self) -> None:
        self.closed = False
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"an ", b"answer")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        """Close, or raise the given failure."""
        self.closed = True
        if self.failure:
            raise self.failure

    async def aclose(self) -> None:
        """Close, or raise the given failure, in more than one step."""
        await asyncio.sleep(0)
        self.close()


class Connection:
    """A connection that answers every request, for both kinds of pool."""

    def __init__(self, maker: Maker, origin: httpcore.Origin) -> None:
        self._maker = maker
        # As in httpcore, this contains the HTTP connection.
        self._connection = SimpleNamespace(_h11_state=SimpleNamespace(trailing_data=(b"", False)))
        self.origin = origin
        self.available = True
        self.expired = False
        self.closed = 0
        self.failure: BaseException | None = maker.failures.pop(0) if maker.failures else None
        self.close_failure: BaseException | None = None
        self.requests: list[httpcore.Request] = []
        self.streams: list[Stream] = []

    def is_available(self) -> bool:
        """Return whether it can take another request: all responses must be closed first."""
        return self.available and all(each.closed for each in self.streams)

    def has_expired(self) -> bool:
        """Return whether the server has closed the connection."""
        return self.expired

    def leave(self, data: bytes) -> None:
        """Put unexpected bytes behind the last response."""
        self._connection._h11_state.trailing_data = (data, False)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Respond, or raise the given failure."""
        self.requests.append(request)
        if self.failure:
            raise self.failure
        self.streams.append(Stream())
        return httpcore.Response(
            self._maker.status,
            headers=[(b"X-One", b"1"), *self._maker.headers],
            content=self.streams[-1],
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Respond, or raise the given failure."""
        return self.handle_request(request)

    def close(self) -> None:
        """Count the call, or raise the given failure."""
        self.closed += 1
        if self.close_failure:
            raise self.close_failure

    async def aclose(self) -> None:
        """Count the call, in more than one step."""
        await asyncio.sleep(0)
        self.close()


class Maker:
    """Makes connections in place of httpcore's pools."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.failures: list[BaseException] = []
        """The failures of the next connections, one each."""
        self.status = 201
        self.headers: list[tuple[bytes, bytes]] = []

    def create_connection(self, origin: httpcore.Origin) -> Connection:
        """Return a new connection."""
        self.made.append(Connection(self, origin))
        return self.made[-1]

    def closed(self) -> list[int]:
        """Return how often each connection was closed."""
        return [each.closed for each in self.made]

    def used(self) -> list[int]:
        """Return how many requests each connection has carried."""
        return [len(each.requests) for each in self.made]


class Driver:
    """Uses one of the two transports, the asynchronous one in its own event loop."""

    def __init__(self, runner: asyncio.Runner, *, is_async: bool) -> None:
        self.is_async = is_async
        self._runner = runner

    def open(self, proxy: httpx.Proxy | None = None) -> Any:
        """Return a transport."""
        return (AsyncConnections if self.is_async else Connections)(CONTEXT, proxy)

    def send(self, transport: Any, request: httpx.Request | None = None) -> httpx.Response:
        """Send a request, and return the response with its body unread."""
        request = request or httpx.Request("POST", "https://h.example/v1/x")
        given: httpx.Response = self._done(
            transport, "handle_request", "handle_async_request", request
        )
        return given

    def read(self, response: httpx.Response) -> bytes:
        """Return the body, and close the response."""
        content: bytes = self._done(response, "read", "aread")
        return content

    def close(self, opened: Any) -> None:
        """Close a transport or a response."""
        self._done(opened, "close", "aclose")

    def call(self, transport: Any) -> bytes:
        """Send a request, and return the body of the response."""
        return self.read(self.send(transport))

    def _done(self, of: Any, method: str, async_method: str, *given: Any) -> Any:
        if not self.is_async:
            return getattr(of, method)(*given)
        return self._runner.run(getattr(of, async_method)(*given))
