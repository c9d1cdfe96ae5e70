"""Pools inside httpx's own transports, so that what patches those sees every request.

httpcore makes the connections and speaks them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import ssl
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, Final

import httpcore
import httpx

from portkey_admin_connections._sockets import AsyncBackend, Backend, Until

# Seconds before each further attempt to connect; what fails while connecting has sent nothing.
_PAUSES: Final = (0.0, 0.5, None)
# Calls that an event loop makes at once, and connections that are kept for the next ones.
_MOST: Final = 50
# Servers close idle connections after 2 seconds and more, unless they say so.
_KEPT_SECONDS: Final = 1.0
_SHORT_LIVED: Final = re.compile(rb"timeout\s*=\s*\"?0*[01]?(?!\d)", re.IGNORECASE)
_CONNECTING: Final = (httpcore.ConnectError, httpcore.ConnectTimeout)
# Statuses of success that have a body: a server that sends one behind a 204 or a 205 may do so when
# the connection is in use again.
_SUCCESS: Final = frozenset(range(200, 300)) - {204, 205}


class Connections(httpx.HTTPTransport):
    """Synchronous connections whose sockets keep to the deadline of a call."""

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = _Pool(**_settings(context, proxy), network_backend=Backend())


class AsyncConnections(httpx.AsyncHTTPTransport):
    """Asynchronous connections, of each event loop its own."""

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = _AsyncPool(**_settings(context, proxy), network_backend=AsyncBackend())


def _settings(context: ssl.SSLContext, proxy: httpx.Proxy | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"ssl_context": context, "keepalive_expiry": _KEPT_SECONDS}
    if proxy is not None:
        url = proxy.url
        settings["proxy"] = httpcore.Proxy(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target="/"),
            auth=proxy.raw_auth,
            headers=proxy.headers.raw,
            ssl_context=proxy.ssl_context,
        )
    return settings


def _may_retry(error: BaseException, request: httpcore.Request, pause: float | None) -> bool:
    """Return whether to connect once more: it has failed, and the deadline leaves time for it."""
    if pause is None or not isinstance(error, _CONNECTING):
        return False
    until = request.extensions.get("timeout", {}).get("connect")
    return not isinstance(until, Until) or until.ends - time.monotonic() > pause


def _may_stay(response: httpcore.Response) -> bool:
    """Return whether an answer leaves its connection for a next call."""
    return response.status in _SUCCESS and not any(
        name.lower() == b"keep-alive" and _SHORT_LIVED.search(value)
        for name, value in response.headers
    )


def _innermost(connection: Any) -> Any:
    """Return the connection that speaks HTTP: it is in another, or in that of a tunnel."""
    while hasattr(connection, "_connection"):
        connection = connection._connection  # noqa: SLF001 - nothing public shows what is unparsed
    return connection


def _is_clean(connection: Any) -> bool:
    """Return whether an answer was read to its end, and nothing is behind it."""
    if not connection.is_available():
        return False
    h11_state = getattr(_innermost(connection), "_h11_state", None)
    has_no_more = h11_state is not None and not h11_state.trailing_data[0]
    return has_no_more and not connection.has_expired()


def _close_idle(idle: dict[int, list[httpcore.ConnectionInterface]]) -> None:
    connections = idle.get(os.getpid(), [])
    while connections:
        connections.pop().close()


class _Pool(httpcore.ConnectionPool):
    """Keeps idle connections in a list, where httpcore's own looks through all there are."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # By process: after a fork, those of the parent are neither used nor closed.
        self._idle: dict[int, list[httpcore.ConnectionInterface]] = {}
        self._is_closed = False
        weakref.finalize(self, _close_idle, self._idle)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """Return a connection with a backend of its own, which knows its socket."""
        connection = super().create_connection(origin)
        vars(connection)["_network_backend"] = Backend()
        return connection

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        for pause in _PAUSES:
            connection = self._take() or self.create_connection(request.url.origin)
            try:
                response = connection.handle_request(request)
                break
            except BaseException as error:
                connection.close()
                vars(connection)["_network_backend"].close()
                if not _may_retry(error, request, pause):
                    raise
            time.sleep(pause or 0)
        response.stream = _Content(self, connection, response)
        return response

    def _take(self) -> httpcore.ConnectionInterface | None:
        idle = self._idle.setdefault(os.getpid(), [])
        with contextlib.suppress(IndexError):  # there is none, or another thread has taken it
            while (connection := idle.pop()).has_expired():
                connection.close()
            return connection
        return None

    def may_keep(self) -> bool:
        """Return whether there is room for an idle connection."""
        return not self._is_closed and len(self._idle.get(os.getpid(), ())) < _MOST

    def keep(self, connection: httpcore.ConnectionInterface) -> None:
        """Keep a connection for the next call."""
        self._idle.setdefault(os.getpid(), []).append(connection)

    def close(self) -> None:
        self._is_closed = True
        _close_idle(self._idle)


class _Content(httpx.SyncByteStream):
    """A body whose connection goes back to its pool."""

    def __init__(
        self, pool: _Pool, connection: httpcore.ConnectionInterface, response: httpcore.Response
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._may_stay = _may_stay(response)
        self._stream: Any = response.stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        may_reuse = False
        try:
            self._stream.close()
            may_reuse = self._may_stay and self._pool.may_keep() and _is_clean(self._connection)
        finally:
            if may_reuse:
                self._pool.keep(self._connection)
            else:
                self._connection.close()


class _Loop:
    """What belongs to one event loop."""

    def __init__(self) -> None:
        self.idle: list[httpcore.AsyncConnectionInterface] = []
        self.gate = asyncio.Semaphore(_MOST)
        self.life = _close_at_end(self.idle)
        self.is_closed = False


async def _close_at_end(idle: list[httpcore.AsyncConnectionInterface]) -> AsyncGenerator[None]:
    """Close `idle` when the event loop ends its generators, or when the pool is dropped."""
    try:
        yield
    finally:
        while idle:
            await idle.pop().aclose()


class _NoLock:
    """Stands for httpcore's locks: a connection here serves one call at a time.

    Each lock costs a step of the event loop, whether anybody waits for it or not.
    """

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass


_NO_LOCK: Final = _NoLock()


class _AsyncPool(httpcore.AsyncConnectionPool):
    """Keeps idle connections as `_Pool` does, for each event loop its own."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # By process too: a loop that a fork has copied has the parent's connections.
        self._loops: dict[tuple[int, asyncio.AbstractEventLoop], _Loop] = {}

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        """Return a connection with a backend of its own, which knows its socket."""
        connection = super().create_connection(origin)
        vars(connection)["_network_backend"] = AsyncBackend()
        vars(connection)["_request_lock"] = _NO_LOCK
        return connection

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if trace := request.extensions.get("trace"):
            await trace("connection.wanted", {"request": request})
        loop = await self._enter_loop()
        await loop.gate.acquire()
        try:
            connection, response = await self._send(request, loop)
        except BaseException:
            loop.gate.release()
            raise
        response.stream = _AsyncContent(loop, connection, response)
        return response

    async def _enter_loop(self) -> _Loop:
        key = (os.getpid(), asyncio.get_running_loop())
        if key not in self._loops:
            for process, loop in list(self._loops):
                if process == key[0] and loop.is_closed():
                    del self._loops[process, loop]
            self._loops[key] = _Loop()
            await anext(self._loops[key].life)
        return self._loops[key]

    async def _send(
        self, request: httpcore.Request, loop: _Loop
    ) -> tuple[httpcore.AsyncConnectionInterface, httpcore.Response]:
        for pause in _PAUSES:
            connection = await _take(loop.idle) or self.create_connection(request.url.origin)
            try:
                return connection, await connection.handle_async_request(request)
            except BaseException as error:
                await connection.aclose()
                await vars(connection)["_network_backend"].aclose()
                if not _may_retry(error, request, pause):
                    raise
            await asyncio.sleep(pause or 0)
        raise AssertionError("after the last pause the error is raised")

    async def aclose(self) -> None:
        """Close the connections of this event loop, those in use when their call has ended."""
        loop = self._loops.pop((os.getpid(), asyncio.get_running_loop()), None)
        if loop is not None:
            loop.is_closed = True
            await loop.life.aclose()


async def _take(
    idle: list[httpcore.AsyncConnectionInterface],
) -> httpcore.AsyncConnectionInterface | None:
    while idle:
        connection = idle.pop()
        if not connection.has_expired():
            return connection
        await connection.aclose()
    return None


class _AsyncContent(httpx.AsyncByteStream):
    """A body whose connection goes back to its event loop."""

    def __init__(
        self,
        loop: _Loop,
        connection: httpcore.AsyncConnectionInterface,
        response: httpcore.Response,
    ) -> None:
        self._loop = loop
        self._connection = connection
        self._may_stay = _may_stay(response)
        self._stream: Any = response.stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        may_reuse = False
        try:
            await self._stream.aclose()
            is_open = self._may_stay and not self._loop.is_closed
            may_reuse = is_open and _is_clean(self._connection)
        finally:
            self._loop.gate.release()
            if may_reuse:
                vars(_innermost(self._connection))["_state_lock"] = _NO_LOCK
                self._loop.idle.append(self._connection)
            else:
                await self._connection.aclose()
