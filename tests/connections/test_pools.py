"""Connections have the requested settings, are reused, and are never shared by two calls."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from contextlib import aclosing
from typing import Any

import httpcore
import httpx
import pytest

from portkey_admin_connections import AsyncConnections, Connections
from portkey_admin_connections._async_sockets import AsyncBackend
from portkey_admin_connections._sockets import Backend, Until
from tests.connections.fakes import CONTEXT, Connection, Driver, Maker
from tests.wrapper.clock import Clock

MOST = 50


def test_transports_are_httpx_own(driver: Driver) -> None:
    """Transports and pools are those of httpx and httpcore, so that tools that patch them work."""
    transport = driver.open()
    kind = httpx.AsyncHTTPTransport if driver.is_async else httpx.HTTPTransport
    pool = httpcore.AsyncConnectionPool if driver.is_async else httpcore.ConnectionPool
    assert isinstance(transport, kind)
    assert isinstance(transport._pool, pool)
    assert "handle_request" not in vars(Connections)
    assert "handle_async_request" not in vars(AsyncConnections)


def test_settings(driver: Driver) -> None:
    """Connections have the given TLS context, our own sockets, and one second to be reused."""
    pool = driver.open()._pool
    assert pool._ssl_context is CONTEXT
    assert isinstance(pool._network_backend, AsyncBackend if driver.is_async else Backend)
    connection = pool.create_connection(httpcore.Origin(b"https", b"h.example", 443))
    assert (connection._keepalive_expiry, connection._retries) == (1.0, 0)


def test_proxy(driver: Driver) -> None:
    """The pool gets the proxy's URL, user, headers and TLS context."""
    proxy = httpx.Proxy(
        "https://user:word@p.example:8443", ssl_context=CONTEXT, headers={"X-Proxy": "1"}
    )
    given = driver.open(proxy)._pool._proxy
    assert given.url == httpcore.URL("https://p.example:8443/")
    assert given.auth == (b"user", b"word")
    assert (b"X-Proxy", b"1") in given.headers
    assert given.ssl_context is CONTEXT
    assert driver.open()._pool._proxy is None


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://h.example/v1", httpcore.Origin(b"https", b"h.example", 443)),
        ("http://127.0.0.1:8080", httpcore.Origin(b"http", b"127.0.0.1", 8080)),
    ],
)
def test_origin(driver: Driver, maker: Maker, url: str, origin: httpcore.Origin) -> None:
    """Connections go to the origin of the request."""
    driver.read(driver.send(driver.open(), httpx.Request("POST", url)))
    assert maker.made[0].origin == origin


def test_request_and_response(driver: Driver, maker: Maker) -> None:
    """Requests and responses pass through unchanged."""
    events: list[tuple[str, Any]] = []

    async def trace_async(event: str, info: Any) -> None:
        events.append((event, info))

    def trace(event: str, info: Any) -> None:
        events.append((event, info))

    given = trace_async if driver.is_async else trace
    request = httpx.Request(
        "POST",
        "https://h.example:8443/v1/a%20b?c=d",
        headers={"X-Given": "2"},
        content=b"sent",
        extensions={"trace": given},
    )
    response = driver.send(driver.open(), request)
    [sent] = maker.made[0].requests
    assert sent.method == b"POST"
    assert sent.url == httpcore.URL("https://h.example:8443/v1/a%20b?c=d")
    assert sent.headers == request.headers.raw
    assert sent.stream is request.stream
    assert sent.extensions == {"trace": given}
    assert events == ([("connection.wanted", {"request": sent})] if driver.is_async else [])
    assert response.status_code == 201
    assert response.headers.raw == [(b"X-One", b"1")]
    assert response.extensions == {"http_version": b"HTTP/1.1"}
    assert driver.read(response) == b"an answer"
    assert maker.made[0].streams[0].closed


def test_connection_is_reused(driver: Driver, maker: Maker) -> None:
    """Consecutive calls use one connection."""
    transport = driver.open()
    for _ in range(3):
        assert driver.call(transport) == b"an answer"
    assert (maker.used(), maker.closed()) == ([3], [0])


@pytest.mark.parametrize("status", [200, 203, 206, 299])
def test_connection_is_reused_after_each_success(driver: Driver, maker: Maker, status: int) -> None:
    """A connection is kept after each success with a body."""
    transport = driver.open()
    maker.status = status
    driver.call(transport)
    assert maker.closed() == [0]


def test_no_other_trust_is_loaded(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """No TLS context but the given one is created, because that takes time."""
    monkeypatch.delattr("ssl.create_default_context")
    driver.open()


def test_connection_is_used_by_one_call_at_a_time(driver: Driver, maker: Maker) -> None:
    """A connection is not reused before its response is closed."""
    transport = driver.open()
    first, second = driver.send(transport), driver.send(transport)
    driver.close(first)
    driver.call(transport)
    driver.close(second)
    assert maker.used() == [2, 1]


@pytest.mark.parametrize("end", ["unavailable", "expired"])
def test_ended_connection_is_not_reused(driver: Driver, maker: Maker, end: str) -> None:
    """A connection that is unavailable or has expired is closed and not used again."""
    transport = driver.open()
    response = driver.send(transport)
    maker.made[0].available = end != "unavailable"
    maker.made[0].expired = end == "expired"
    driver.close(response)
    assert maker.closed() == [int(end == "unavailable")]
    driver.call(transport)
    assert (maker.closed(), maker.used()) == ([1, 0], [1, 1])


@pytest.mark.parametrize("status", [199, 204, 205, 300, 302, 400, 403, 429, 500])
def test_connection_is_closed_after_an_error(driver: Driver, maker: Maker, status: int) -> None:
    """A connection is closed after any response but a success with a body."""
    transport = driver.open()
    maker.status = status
    driver.call(transport)
    assert maker.closed() == [1]


def test_connection_with_unexpected_bytes_is_closed(driver: Driver, maker: Maker) -> None:
    """A connection with bytes behind the response is closed, so that they are not the next one."""
    transport = driver.open()
    response = driver.send(transport)
    maker.made[0].leave(b"HTTP/1.1 200 OK")
    driver.close(response)
    assert maker.closed() == [1]


def test_connection_of_an_unknown_protocol_is_closed(driver: Driver, maker: Maker) -> None:
    """A connection that does not show unexpected bytes is closed."""
    transport = driver.open()
    response = driver.send(transport)
    del maker.made[0]._connection._h11_state
    driver.close(response)
    assert maker.closed() == [1]


@pytest.mark.parametrize(
    ("name", "value", "is_kept"),
    [
        (b"Keep-Alive", b"timeout=0", False),
        (b"keep-alive", b"timeout=1", False),
        (b"Keep-Alive", b'max=5, timeout = "1"', False),
        (b"Keep-Alive", b"TIMEOUT=", False),
        (b"Keep-Alive", b"timeout=2", True),
        (b"Keep-Alive", b"timeout=15", True),
        (b"Keep-Alive", b"max=5", True),
        (b"X-Keep-Alive", b"timeout=0", True),
    ],
)
def test_servers_that_close_soon(
    driver: Driver, maker: Maker, name: bytes, value: bytes, *, is_kept: bool
) -> None:
    """A connection is not kept if the server announces that it closes within about a second."""
    transport = driver.open()
    maker.headers = [(name, value)]
    driver.call(transport)
    assert maker.closed() == [not is_kept]


def test_first_live_connection_is_reused(driver: Driver, maker: Maker) -> None:
    """The first live connection of several is reused, and the ended ones are closed."""
    transport = driver.open()
    for response in [driver.send(transport) for _ in range(3)]:
        driver.close(response)
    for each in maker.made[1:]:
        each.expired = True
    driver.call(transport)
    assert (maker.closed(), maker.used()) == ([0, 1, 1], [2, 1, 1])


def test_each_event_loop_keeps_its_connections(maker: Maker) -> None:
    """A connection of one event loop stays open while another loop is used."""
    transport = AsyncConnections(CONTEXT, None)
    with asyncio.Runner() as one, asyncio.Runner() as other:
        for runner in (one, other, one):
            Driver(runner, is_async=True).call(transport)
    assert maker.used() == [2, 1]


def test_failed_call_closes_its_socket(
    driver: Driver, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed connection's socket is closed, even if httpcore leaves it open."""
    closed: list[Any] = []

    async def aclose(backend: AsyncBackend) -> None:
        closed.append(backend)

    def close(backend: Backend) -> None:
        closed.append(backend)

    monkeypatch.setattr(Backend, "close", close)
    monkeypatch.setattr(AsyncBackend, "aclose", aclose)
    maker.failures = [httpcore.ReadError("x")]
    with pytest.raises(httpx.ReadError):
        driver.call(driver.open())
    assert closed == [vars(maker.made[0])["_network_backend"]]


@pytest.mark.parametrize(
    "failure", [httpcore.ReadError("x"), httpcore.WriteTimeout("x"), KeyboardInterrupt()]
)
def test_failures_pass_through(driver: Driver, maker: Maker, failure: BaseException) -> None:
    """A failure is raised unchanged, and its connection is not reused."""
    transport = driver.open()
    driver.call(transport)
    maker.made[0].failure = failure
    with pytest.raises(BaseException, match=r"x|^$") as caught:
        driver.send(transport)
    assert isinstance(failure, KeyboardInterrupt) or caught.value.__cause__ is failure
    assert type(caught.value).__name__ == type(failure).__name__
    driver.call(transport)
    assert (maker.closed(), maker.used()) == ([1, 0], [2, 1])


def test_connection_of_an_unclosed_response_is_not_reused(driver: Driver, maker: Maker) -> None:
    """The next call does not use the connection of a response that could not be closed."""
    transport = driver.open()
    response = driver.send(transport)
    maker.made[0].streams[0].failure = RuntimeError("x")
    with pytest.raises(RuntimeError):
        driver.close(response)
    driver.call(transport)
    assert maker.used() == [1, 1]


# Connecting again


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch, driver: Driver) -> list[float]:
    """Return the pauses that are made; they take no time."""
    made: list[float] = []

    async def sleep_async(seconds: float) -> None:
        made.append(seconds)

    async def close(connection: Connection) -> None:
        connection.close()

    if driver.is_async:
        monkeypatch.setattr(Connection, "aclose", close)
        monkeypatch.setattr(asyncio, "sleep", sleep_async)
    else:
        monkeypatch.setattr(time, "sleep", made.append)
    return made


@pytest.mark.parametrize("kind", [httpcore.ConnectError, httpcore.ConnectTimeout])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_connecting_is_retried(
    driver: Driver, maker: Maker, kind: type[Exception], count: int, pauses: list[float]
) -> None:
    """A failed connect is retried at once, and once more after half a second."""
    maker.failures = [kind(str(number)) for number in range(count)]
    transport = driver.open()
    if count < 3:
        driver.call(transport)
    else:
        with pytest.raises(getattr(httpx, kind.__name__), match="2"):
            driver.call(transport)
    assert pauses[: min(count, 2)] == [0.0, 0.5][:count]
    assert sum(pauses) == sum([0.0, 0.5][:count])
    assert len(maker.made) == min(count + 1, 3)
    assert maker.closed()[:count] == [1] * min(count, 3)


@pytest.mark.parametrize(
    "failure", [httpcore.ReadError("x"), httpcore.WriteError("x"), httpcore.ReadTimeout("x")]
)
def test_sent_request_is_not_retried(driver: Driver, maker: Maker, failure: Exception) -> None:
    """A request that may have been sent is not sent again."""
    maker.failures = [failure]
    with pytest.raises(httpx.HTTPError):
        driver.send(driver.open())
    assert maker.used() == [1]


@pytest.mark.parametrize(("left", "attempts"), [(0.4, 2), (0.5, 2), (0.6, 3), (-1.0, 1)])
@pytest.mark.usefixtures("pauses")
def test_connecting_is_not_retried_after_the_deadline(
    maker: Maker, clock: Clock, driver: Driver, left: float, attempts: int
) -> None:
    """A connect is not retried if the deadline leaves no time for it."""
    maker.failures = [httpcore.ConnectError("x") for _ in range(3)]
    timeout = {"connect": Until.of(10.0, clock.now + left)}
    request = httpx.Request("POST", "https://h.example", extensions={"timeout": timeout})
    with pytest.raises(httpx.ConnectError):
        driver.send(driver.open(), request)
    assert len(maker.made) == attempts


# The life of a pool


def test_close(driver: Driver, maker: Maker) -> None:
    """Closing closes idle connections at once, and busy ones when their response is closed."""
    transport = driver.open()
    kept, used = driver.send(transport), driver.send(transport)
    driver.close(kept)
    driver.close(transport)
    assert maker.closed() == [1, 0]
    driver.close(used)
    assert maker.closed() == [1, 1]
    driver.close(transport)
    assert maker.closed() == [1, 1]


def test_close_before_the_first_call(driver: Driver, maker: Maker) -> None:
    """A transport that has sent nothing can be closed."""
    driver.close(driver.open())
    assert maker.made == []


def test_dropped_pool_closes_its_connections(maker: Maker) -> None:
    """A synchronous pool that nobody closes closes its connections when it is deleted."""
    driver = Driver(asyncio.Runner(), is_async=False)
    driver.call(driver.open())
    gc.collect()
    assert maker.closed() == [1]


def test_fifty_connections_are_kept(maker: Maker) -> None:
    """Of the connections that were used at once, fifty are kept and the others closed."""
    transport = Connections(CONTEXT, None)
    for response in [transport.handle_request(_request()) for _ in range(MOST + 2)]:
        response.close()
    assert maker.closed() == [0] * MOST + [1] * 2
    transport.close()
    assert maker.closed() == [1] * (MOST + 2)


def test_after_a_fork(driver: Driver, maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process does not use its parent's connections, and keeps its own."""
    transport = driver.open()
    driver.call(transport)
    child = os.getpid() + 1
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: child)
        for _ in range(2):
            driver.call(transport)
        driver.close(transport)
        assert (maker.closed(), maker.used()) == ([0, 1], [1, 2])


def test_transports_share_no_connections(driver: Driver, maker: Maker) -> None:
    """Each transport has separate connections, because servers and trust may differ."""
    transports = [driver.open(), driver.open()]
    for transport in transports:
        driver.call(transport)
    assert maker.used() == [1, 1]


# Event loops


def _request() -> httpx.Request:
    return httpx.Request("POST", "https://h.example/v1/x")


async def _waits(transport: AsyncConnections) -> bool:
    """Return whether another call has to wait."""
    call = asyncio.ensure_future(transport.handle_async_request(_request()))
    for _ in range(5):
        await asyncio.sleep(0)
    if not call.done():
        call.cancel()
        return True
    await (await call).aclose()
    return False


@pytest.mark.usefixtures("maker")
def test_fifty_calls_at_once() -> None:
    """An event loop runs fifty calls at once; the next one waits for one of them to end."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        begun = [await transport.handle_async_request(_request()) for _ in range(MOST - 1)]
        assert not await _waits(transport)
        begun.append(await transport.handle_async_request(_request()))
        assert await _waits(transport)
        waiting = asyncio.ensure_future(transport.handle_async_request(_request()))
        await begun.pop().aclose()
        begun.append(await waiting)
        assert await _waits(transport)
        for each in begun:
            await each.aclose()
        assert not await _waits(transport)

    asyncio.run(use())


def test_failed_call_frees_its_place(maker: Maker) -> None:
    """A call that fails, while connecting or later, frees its place for another."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        for _ in range(MOST):
            maker.failures = [httpcore.ReadError("x")]
            with pytest.raises(httpx.ReadError):
                await transport.handle_async_request(_request())
        assert not await _waits(transport)

    asyncio.run(use())


def test_failed_close_frees_its_place(maker: Maker) -> None:
    """A call whose connection fails to close frees its place."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        for _ in range(MOST):
            response = await transport.handle_async_request(_request())
            maker.made[-1].available = False
            maker.made[-1].close_failure = RuntimeError("x")
            with pytest.raises(RuntimeError):
                await response.aclose()
        assert not await _waits(transport)

    asyncio.run(use())


async def _forever(*_: object) -> Any:
    await asyncio.Event().wait()


async def _call(transport: AsyncConnections, *, slowly: bool = False) -> None:
    async with aclosing(await transport.handle_async_request(_request())):
        if slowly:
            await _forever()


async def _cancel(call: asyncio.Future[None], *, begun: bool = True) -> None:
    if begun:
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("where", ["not begun", "sending", "reading"])
def test_cancelled_call_frees_its_place(
    maker: Maker, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A call that is cancelled at any step frees its place."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        with monkeypatch.context() as patched:
            if where == "sending":
                patched.setattr(Connection, "handle_async_request", _forever)
            for _ in range(MOST + 1):
                call = asyncio.ensure_future(_call(transport, slowly=where == "reading"))
                await _cancel(call, begun=where != "not begun")
        assert where != "sending" or maker.closed() == [1] * (MOST + 1)
        assert not await _waits(transport)

    asyncio.run(use())


def test_call_cancelled_while_closing_frees_its_place(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that is cancelled while it closes an ended connection frees its place."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        for _ in range(MOST + 1):
            await _call(transport)
            maker.made[-1].expired = True
            monkeypatch.setattr(maker.made[-1], "aclose", _forever)
            await _cancel(asyncio.ensure_future(_call(transport)))
        assert not await _waits(transport)

    asyncio.run(use())


def test_waiting_call_can_be_cancelled(maker: Maker) -> None:
    """A call that waits for its place can be cancelled, and the next one gets the place."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        begun = [await transport.handle_async_request(_request()) for _ in range(MOST)]
        waiting = [
            asyncio.ensure_future(transport.handle_async_request(_request())) for _ in range(3)
        ]
        await asyncio.sleep(0)
        await begun.pop().aclose()  # this wakes the first of them
        waiting[0].cancel()
        waiting[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting[1]
        await (await waiting[2]).aclose()
        for each in begun:
            await each.aclose()
        assert not await _waits(transport)

    asyncio.run(use())
    assert maker.used()[0] >= 1


def test_connections_belong_to_an_event_loop(maker: Maker) -> None:
    """A connection is used only in the event loop that made it, and ends with that loop."""
    transport = AsyncConnections(CONTEXT, None)

    async def call() -> None:
        for _ in range(2):
            await (await transport.handle_async_request(_request())).aread()

    for _ in range(3):
        asyncio.run(call())
    assert maker.used() == [2, 2, 2]
    assert maker.closed() == [1, 1, 1]
    assert len(transport._pool._loops) == 1  # type: ignore[attr-defined]


def test_closed_transport_opens_again(maker: Maker) -> None:
    """A closed asynchronous transport makes and keeps new connections."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        for _ in range(2):
            for _ in range(2):
                await (await transport.handle_async_request(_request())).aread()
            await transport.aclose()

    asyncio.run(use())
    assert (maker.closed(), maker.used()) == ([1, 1], [2, 2])


def test_cancelled_close_closes_the_connection(maker: Maker) -> None:
    """If closing a response is cancelled, its connection is still closed."""

    async def use() -> None:
        transport = AsyncConnections(CONTEXT, None)
        response = await transport.handle_async_request(_request())
        closing = asyncio.ensure_future(response.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert not await _waits(transport)

    asyncio.run(use())
    assert maker.closed()[0] == 1
    assert maker.used()[0] == 1
