"""Pools inside httpx's own transports, so that tools that patch those see every request.

The connections are httpcore's.
"""

from __future__ import annotations

import contextlib
import os
import re
import ssl
import time
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpcore
import httpx

from portkey_admin_connections._sockets import Backend, Until

# Seconds before each further attempt to connect. It is safe: a failure to connect sends nothing.
PAUSES: Final = (0.0, 0.5, None)
# The most calls at once in an event loop, and the most idle connections that are kept.
MOST_IDLE: Final = 50
# Servers close idle connections after 2 seconds or more, unless Keep-Alive names less.
_KEPT_SECONDS: Final = 1.0
_SHORT_LIVED: Final = re.compile(rb"timeout\s*=\s*\"?0*[01]?(?!\d)", re.IGNORECASE)
_CONNECTING: Final = (httpcore.ConnectError, httpcore.ConnectTimeout)
# Statuses of success that have a body. After a 204 or a 205, a server may send one by mistake when
# the connection is in use again.
_SUCCESS: Final = frozenset(range(200, 300)) - {204, 205}


class Connections(httpx.HTTPTransport):
    """Synchronous connections whose sockets keep the deadline of a call."""

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = _Pool(**settings(context, proxy), network_backend=Backend())


def settings(context: ssl.SSLContext, proxy: httpx.Proxy | None) -> dict[str, Any]:
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


def may_retry(error: BaseException, request: httpcore.Request, pause: float | None) -> bool:
    """Return whether to connect again: connecting failed, and the deadline leaves time."""
    if pause is None or not isinstance(error, _CONNECTING):
        return False
    until = request.extensions.get("timeout", {}).get("connect")
    return not isinstance(until, Until) or until.ends - time.monotonic() > pause


def _may_stay(response: httpcore.Response) -> bool:
    """Return whether an answer allows its connection to be reused."""
    return response.status in _SUCCESS and not any(
        name.lower() == b"keep-alive" and _SHORT_LIVED.search(value)
        for name, value in response.headers
    )


def innermost(connection: Any) -> Any:
    """Return the innermost connection, which is inside others, or inside that of a tunnel."""
    while hasattr(connection, "_connection"):
        connection = connection._connection  # noqa: SLF001 - nothing public shows what is unparsed
    return connection


def _is_clean(connection: Any) -> bool:
    """Return whether an answer was read to its end, and no parsed bytes follow it.

    Bytes that are not read yet are found before the connection is used again: it has expired then.
    """
    h11_state = getattr(innermost(connection), "_h11_state", None)
    has_no_more = h11_state is not None and not h11_state.trailing_data[0]
    return has_no_more and bool(connection.is_available())


def _close_idle(idle: dict[int, list[httpcore.ConnectionInterface]]) -> None:
    connections = idle.get(os.getpid(), [])
    while connections:
        connections.pop().close()


class _Pool(httpcore.ConnectionPool):
    """Keeps idle connections in a list; httpcore's own pool searches all connections."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # By process: a forked child neither uses nor closes those of the parent.
        self._idle: dict[int, list[httpcore.ConnectionInterface]] = {}
        self._is_closed = False
        weakref.finalize(self, _close_idle, self._idle)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """Return a connection with its own backend, which can close its socket."""
        connection = super().create_connection(origin)
        vars(connection)["_network_backend"] = Backend()
        return connection

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        for pause in PAUSES:
            connection = self._take() or self.create_connection(request.url.origin)
            try:
                response = connection.handle_request(request)
                break
            except BaseException as error:
                connection.close()
                vars(connection)["_network_backend"].close()
                if not may_retry(error, request, pause):
                    raise
            time.sleep(pause or 0)
        response.stream = Content(self, connection, response)
        return response

    def _take(self) -> httpcore.ConnectionInterface | None:
        idle = self._idle.setdefault(os.getpid(), [])
        with contextlib.suppress(IndexError):  # the list is empty, or another thread was faster
            while (connection := idle.pop()).has_expired():
                connection.close()
            return connection
        return None

    def may_keep(self) -> bool:
        """Return whether there is room for an idle connection."""
        return not self._is_closed and len(self._idle.get(os.getpid(), ())) < MOST_IDLE

    def keep(self, connection: httpcore.ConnectionInterface) -> None:
        """Keep a connection for the next call."""
        self._idle.setdefault(os.getpid(), []).append(connection)

    def close(self) -> None:
        self._is_closed = True
        _close_idle(self._idle)


class Content(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that returns its connection to the idle ones when it is closed."""

    def __init__(self, place: Any, connection: Any, response: httpcore.Response) -> None:
        self._place = place
        self._connection = connection
        self._may_stay = _may_stay(response)
        self._stream: Any = response.stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    def close(self) -> None:
        may_reuse = False
        try:
            self._stream.close()
            may_reuse = self._may_reuse()
        finally:
            if may_reuse:
                self._place.keep(self._connection)
            else:
                self._connection.close()

    async def aclose(self) -> None:
        may_reuse = False
        try:
            await self._stream.aclose()
            may_reuse = self._may_reuse()
        finally:
            self._place.gate.release()
            if may_reuse:
                self._place.keep(self._connection)
            else:
                await self._connection.aclose()

    def _may_reuse(self) -> bool:
        return self._may_stay and self._place.may_keep() and _is_clean(self._connection)
