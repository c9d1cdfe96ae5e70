"""The asynchronous pool, with connections for each event loop; only asyncio code loads it."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator
from typing import Any, Final

import httpcore
import httpx

from portkey_admin_connections._async_sockets import AsyncBackend
from portkey_admin_connections._pools import (
    MOST_IDLE,
    PAUSES,
    Content,
    innermost,
    may_retry,
    settings,
)


class AsyncConnections(httpx.AsyncHTTPTransport):
    """Asynchronous connections, separate for each event loop."""

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = _AsyncPool(**settings(context, proxy), network_backend=AsyncBackend())


class _Loop:
    """The idle connections of one event loop, and the gate for its calls."""

    def __init__(self) -> None:
        self.idle: list[httpcore.AsyncConnectionInterface] = []
        self.gate = asyncio.Semaphore(MOST_IDLE)
        self.life = _close_at_end(self.idle)
        self.is_closed = False

    def may_keep(self) -> bool:
        """Return whether connections are kept; the gate limits their number."""
        return not self.is_closed

    def keep(self, connection: Any) -> None:
        """Keep a connection for the next call."""
        vars(innermost(connection))["_state_lock"] = _NO_LOCK
        self.idle.append(connection)


async def _close_at_end(idle: list[httpcore.AsyncConnectionInterface]) -> AsyncGenerator[None]:
    """Close `idle` when the event loop ends its generators, or when the pool is dropped."""
    try:
        yield
    finally:
        while idle:
            await idle.pop().aclose()


class _NoLock:
    """Replaces httpcore's locks, because a connection serves one call at a time.

    Each lock takes a step of the event loop, even if nobody waits for it.
    """

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass


_NO_LOCK: Final = _NoLock()


class _AsyncPool(httpcore.AsyncConnectionPool):
    """Keeps idle connections as `_Pool` does, separately for each event loop."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # By process too: after a fork, the copy of a loop has the parent's connections.
        self._loops: dict[tuple[int, asyncio.AbstractEventLoop], _Loop] = {}

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        """Return a connection with its own backend, which can close its socket."""
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
            for pause in PAUSES:
                connection = await _take(loop.idle) or self.create_connection(request.url.origin)
                try:
                    response = await connection.handle_async_request(request)
                    break
                except BaseException as error:
                    await connection.aclose()
                    await vars(connection)["_network_backend"].aclose()
                    if not may_retry(error, request, pause):
                        raise
                await asyncio.sleep(pause or 0)
        except BaseException:
            loop.gate.release()
            raise
        response.stream = Content(loop, connection, response)
        return response

    async def _enter_loop(self) -> _Loop:
        key = (os.getpid(), asyncio.get_running_loop())
        if key not in self._loops:
            for process, loop in list(self._loops):
                if loop.is_closed():
                    del self._loops[process, loop]
            self._loops[key] = _Loop()
            await anext(self._loops[key].life)
        return self._loops[key]

    async def aclose(self) -> None:
        """Close the connections of this event loop; those in use close when their call ends."""
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
