"""The asynchronous pool, of each event loop its own; a synchronous process does not load it."""

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
    """Asynchronous connections, of each event loop its own."""

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = _AsyncPool(**settings(context, proxy), network_backend=AsyncBackend())


class _Loop:
    """What belongs to one event loop."""

    def __init__(self) -> None:
        self.idle: list[httpcore.AsyncConnectionInterface] = []
        self.gate = asyncio.Semaphore(MOST_IDLE)
        self.life = _close_at_end(self.idle)
        self.is_closed = False

    def may_keep(self) -> bool:
        """Return whether connections are kept; the gate bounds their number."""
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

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
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
