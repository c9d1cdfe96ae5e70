"""Connections to one server, each for one call at a time and kept for the next.

httpcore makes and speaks them. Its pool would do, but it looks through all connections and all
calls whenever a call begins or ends, and asks which event loop is running each time.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import anyio
import httpcore
import httpx

from portkey_admin._deadline import DeadlineBackend

if TYPE_CHECKING:
    from anyio.lowlevel import RunVar

# Attempts to connect after the first; what fails while connecting has sent nothing.
_RETRIES: Final = 2
# Calls that an event loop makes at once, and connections that are kept for the next ones.
_MOST: Final = 50
_KEPT_SECONDS: Final = 5.0


class PoolTransport(httpx.BaseTransport):
    """Connections to `server` whose sockets keep to the deadline of a call."""

    def __init__(
        self, server: httpx.URL, ssl_context: ssl.SSLContext, proxy: httpx.Proxy | None
    ) -> None:
        self._server = _url(server).origin
        # Only what it makes connections with is used of httpcore's pool.
        self._maker = httpcore.ConnectionPool(
            **_settings(ssl_context, proxy), network_backend=DeadlineBackend()
        )
        self._idle: list[httpcore.ConnectionInterface] = []
        self._kept = _MOST
        self._process = os.getpid()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises what httpcore raises."""
        connection = self._take()
        try:
            response = connection.handle_request(_request(request))
        except BaseException:
            self._give_back(connection)
            raise
        stream = _Stream(response, lambda: self._give_back(connection))
        return _response(response, stream)

    def close(self) -> None:
        """Close the connections, those in use as soon as their call has ended."""
        self._kept = 0
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> httpcore.ConnectionInterface:
        if self._process != os.getpid():
            # After a fork: the connections are the parent's, which would read our answers.
            self._idle, self._process = [], os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._maker.create_connection(self._server)
            if not connection.has_expired():
                return connection
            connection.close()

    def _give_back(self, connection: httpcore.ConnectionInterface) -> None:
        if connection.is_available() and len(self._idle) < self._kept:
            self._idle.append(connection)
        else:
            connection.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, give_back: Callable[[], None]) -> None:
        self._response = response
        self._give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            self._give_back()


class AsyncPoolTransport(httpx.AsyncBaseTransport):
    """Connections to `server` for each event loop: they live and die with theirs."""

    def __init__(
        self, server: httpx.URL, ssl_context: ssl.SSLContext, proxy: httpx.Proxy | None
    ) -> None:
        self._server = _url(server).origin
        self._settings = _settings(ssl_context, proxy)
        from anyio.lowlevel import RunVar  # noqa: PLC0415 - synchronous calls do without

        self._pool: RunVar[_AsyncPool | None] = RunVar("portkey_admin_pool", None)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises what httpcore raises."""
        pool = self._pool.get()
        if pool is None:
            pool = _AsyncPool(self._server, self._settings)
            self._pool.set(pool)
        connection = await pool.take()
        try:
            response = await connection.handle_async_request(_request(request))
        except BaseException:
            await pool.give_back(connection)
            raise
        return _response(response, _AsyncStream(response, pool, connection))

    async def aclose(self) -> None:
        """Close the connections of this event loop, those in use when their call has ended."""
        pool = self._pool.get()
        if pool is not None:
            await pool.aclose()
            self._pool.set(None)


class _AsyncPool:
    """The connections of one event loop, and the gate that only so many calls pass at once."""

    def __init__(self, server: httpcore.Origin, settings: dict[str, Any]) -> None:
        self._server = server
        self._maker = httpcore.AsyncConnectionPool(**settings)
        self._gate = anyio.Semaphore(_MOST, fast_acquire=True)
        self._idle: list[httpcore.AsyncConnectionInterface] = []
        self._kept = _MOST

    async def take(self) -> httpcore.AsyncConnectionInterface:
        await self._gate.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.has_expired():
                    return connection
                await connection.aclose()
            return self._maker.create_connection(self._server)
        except BaseException:
            self._gate.release()
            raise

    async def give_back(self, connection: httpcore.AsyncConnectionInterface) -> None:
        self._gate.release()
        if connection.is_available() and len(self._idle) < self._kept:
            self._idle.append(connection)
            return
        with anyio.CancelScope(shield=True):
            await connection.aclose()

    async def aclose(self) -> None:
        self._kept = 0
        while self._idle:
            await self._idle.pop().aclose()


class _AsyncStream(httpx.AsyncByteStream):
    def __init__(
        self,
        response: httpcore.Response,
        pool: _AsyncPool,
        connection: httpcore.AsyncConnectionInterface,
    ) -> None:
        self._response = response
        self._pool = pool
        self._connection = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_stream()

    async def aclose(self) -> None:
        try:
            with anyio.CancelScope(shield=True):
                await self._response.aclose()
        finally:
            await self._pool.give_back(self._connection)


def _settings(ssl_context: ssl.SSLContext, proxy: httpx.Proxy | None) -> dict[str, Any]:
    return {
        "ssl_context": ssl_context,
        "proxy": None if proxy is None else _proxy(proxy),
        "keepalive_expiry": _KEPT_SECONDS,
        "retries": _RETRIES,
    }


def _request(request: httpx.Request) -> httpcore.Request:
    return httpcore.Request(
        method=request.method,
        url=_url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _response(
    response: httpcore.Response, stream: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    return httpx.Response(
        status_code=response.status,
        headers=response.headers,
        stream=stream,
        extensions=response.extensions,
    )


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _proxy(proxy: httpx.Proxy) -> httpcore.Proxy:
    return httpcore.Proxy(
        url=_url(proxy.url),
        auth=proxy.raw_auth,
        headers=proxy.headers.raw,
        ssl_context=proxy.ssl_context,
    )
