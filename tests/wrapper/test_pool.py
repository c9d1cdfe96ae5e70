"""Connections are made as asked, kept for the next call, and never used by two at once."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpcore
import httpx
import pytest
from anyio.lowlevel import checkpoint

from portkey_admin._deadline import DeadlineBackend
from portkey_admin._pool import AsyncPoolTransport, PoolTransport

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
MOST = 50


class Stream:
    """The stream of an answer, for both kinds of client."""

    def __init__(self) -> None:
        self.closed = False
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"an ", b"answer")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        """Close, or fail to."""
        self.closed = True
        if self.failure:
            raise self.failure

    async def aclose(self) -> None:
        """Close, or fail to, in more than one step."""
        await checkpoint()
        self.close()


class Connection:
    """A connection that answers everything, for both kinds of client."""

    def __init__(self, origin: httpcore.Origin) -> None:
        self.origin = origin
        self.available = True
        self.expired = False
        self.closed = 0
        self.failure: BaseException | None = None
        self.close_failure: BaseException | None = None
        self.requests: list[httpcore.Request] = []
        self.streams: list[Stream] = []

    def is_available(self) -> bool:
        """Tell whether it can carry another request: not before the last response is closed."""
        return self.available and all(each.closed for each in self.streams)

    def has_expired(self) -> bool:
        """Tell whether the other end has gone."""
        return self.expired

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Answer, or fail as told."""
        self.requests.append(request)
        if self.failure:
            raise self.failure
        self.streams.append(Stream())
        return httpcore.Response(
            201,
            headers=[(b"X-One", b"1")],
            content=self.streams[-1],
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Answer, or fail as told."""
        return self.handle_request(request)

    def close(self) -> None:
        """Count that it is closed, or fail to close."""
        self.closed += 1
        if self.close_failure:
            raise self.close_failure

    async def aclose(self) -> None:
        """Count that it is closed, in more than one step."""
        await checkpoint()
        self.close()


class Maker:
    """Stands for httpcore's pools, which make the connections."""

    def __init__(self) -> None:
        self.settings: list[dict[str, Any]] = []
        self.made: list[Connection] = []
        self.failure: Exception | None = None

    def __call__(self, **settings: Any) -> Maker:
        """Return this one as the pool, and keep how it was asked for."""
        self.settings.append(settings)
        return self

    def create_connection(self, origin: httpcore.Origin) -> Connection:
        """Return a new connection, or fail as told."""
        if self.failure:
            raise self.failure
        self.made.append(Connection(origin))
        return self.made[-1]


class Driver:
    """Uses one of the two transports, the asynchronous one in an event loop of its own."""

    def __init__(self, runner: asyncio.Runner, *, is_async: bool) -> None:
        self.kind: Any = AsyncPoolTransport if is_async else PoolTransport
        self._runner = runner if is_async else None

    def open(self, server: str = "https://h.example/v1", proxy: httpx.Proxy | None = None) -> Any:
        """Return a transport."""
        return self.kind(httpx.URL(server), CONTEXT, proxy)

    def send(self, transport: Any, request: httpx.Request | None = None) -> httpx.Response:
        """Return the response, its body unread."""
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
        """Return the whole answer to a request."""
        return self.read(self.send(transport))

    def _done(self, of: Any, method: str, async_method: str, *given: Any) -> Any:
        if self._runner is None:
            return getattr(of, method)(*given)
        return self._runner.run(getattr(of, async_method)(*given))


@pytest.fixture(params=["sync", "async"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Return a driver of each of the transports."""
    with asyncio.Runner() as runner:
        yield Driver(runner, is_async=request.param == "async")


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Return what makes the connections."""
    maker = Maker()
    monkeypatch.setattr(httpcore, "ConnectionPool", maker)
    monkeypatch.setattr(httpcore, "AsyncConnectionPool", maker)
    return maker


def test_settings(driver: Driver, maker: Maker) -> None:
    """Connections have the TLS asked for, two more attempts, and five seconds to be used again."""
    driver.call(driver.open())
    [settings] = maker.settings
    backend = settings.pop("network_backend", None)
    assert isinstance(backend, DeadlineBackend) == (driver.kind is PoolTransport)
    assert settings == {
        "ssl_context": CONTEXT,
        "proxy": None,
        "keepalive_expiry": 5.0,
        "retries": 2,
    }


def test_proxy(driver: Driver, maker: Maker) -> None:
    """A proxy is handed on with its URL, its user, its headers and its TLS."""
    proxy = httpx.Proxy(
        "https://user:word@p.example:8443", ssl_context=CONTEXT, headers={"X-Proxy": "1"}
    )
    driver.call(driver.open(proxy=proxy))
    given = maker.settings[0]["proxy"]
    assert given.url == httpcore.URL("https://p.example:8443/")
    assert given.auth == (b"user", b"word")
    assert (b"X-Proxy", b"1") in given.headers
    assert given.ssl_context is CONTEXT


@pytest.mark.parametrize(
    ("server", "origin"),
    [
        ("https://h.example/v1", httpcore.Origin(b"https", b"h.example", 443)),
        ("http://127.0.0.1:8080", httpcore.Origin(b"http", b"127.0.0.1", 8080)),
    ],
)
def test_origin(driver: Driver, maker: Maker, server: str, origin: httpcore.Origin) -> None:
    """Connections are made to the server's origin."""
    driver.call(driver.open(server))
    assert maker.made[0].origin == origin


def test_request_and_response(driver: Driver, maker: Maker) -> None:
    """Request and response pass through unchanged."""
    request = httpx.Request(
        "POST",
        "https://h.example:8443/v1/a%20b?c=d",
        headers={"X-Given": "2"},
        content=b"sent",
        extensions={"trace": "a trace"},
    )
    response = driver.send(driver.open(), request)
    [sent] = maker.made[0].requests
    assert sent.method == b"POST"
    assert sent.url == httpcore.URL("https://h.example:8443/v1/a%20b?c=d")
    assert sent.headers == request.headers.raw
    assert sent.stream is request.stream
    assert sent.extensions == {"trace": "a trace"}
    assert response.status_code == 201
    assert response.headers.raw == [(b"X-One", b"1")]
    assert response.extensions == {"http_version": b"HTTP/1.1"}
    assert driver.read(response) == b"an answer"
    assert maker.made[0].streams[0].closed


def test_is_used_again(driver: Driver, maker: Maker) -> None:
    """One connection serves calls that follow one another."""
    transport = driver.open()
    for _ in range(3):
        driver.call(transport)
    assert [len(each.requests) for each in maker.made] == [3]
    assert maker.made[0].closed == 0
    assert len(maker.settings) == 1


def test_is_used_by_one_at_a_time(driver: Driver, maker: Maker) -> None:
    """Until its response is closed, a connection is not used again."""
    transport = driver.open()
    first, second = driver.send(transport), driver.send(transport)
    driver.close(first)
    driver.call(transport)
    driver.close(second)
    assert [len(each.requests) for each in maker.made] == [2, 1]


@pytest.mark.parametrize("end", ["unavailable", "expired"])
def test_is_not_used_when_it_has_ended(driver: Driver, maker: Maker, end: str) -> None:
    """A connection that is not available, or that the server has ended, is closed, not used."""
    transport = driver.open()
    response = driver.send(transport)
    maker.made[0].available = end != "unavailable"
    driver.close(response)
    assert maker.made[0].closed == (end == "unavailable")
    maker.made[0].expired = end == "expired"
    driver.call(transport)
    assert [each.closed for each in maker.made] == [1, 0]
    assert [len(each.requests) for each in maker.made] == [1, 1]


def test_passes_over_all_that_have_ended(driver: Driver, maker: Maker) -> None:
    """Of several kept connections the first that still lives is used, the ended ones are closed."""
    transport = driver.open()
    for response in [driver.send(transport) for _ in range(3)]:
        driver.close(response)
    for each in maker.made[1:]:
        each.expired = True
    driver.call(transport)
    assert [(each.closed, len(each.requests)) for each in maker.made] == [(0, 2), (1, 1), (1, 1)]


@pytest.mark.parametrize("failure", [httpcore.ReadError("x"), KeyboardInterrupt()])
@pytest.mark.parametrize("available", [False, True])
def test_failures_pass_through(
    driver: Driver, maker: Maker, failure: BaseException, *, available: bool
) -> None:
    """What goes wrong in a call is raised as it is; the connection is kept only if it is usable."""
    transport = driver.open()
    driver.call(transport)
    maker.made[0].failure, maker.made[0].available = failure, available
    with pytest.raises(type(failure)):
        driver.send(transport)
    assert maker.made[0].closed == (not available)
    maker.made[0].failure = None
    driver.call(transport)
    assert len(maker.made) == (1 if available else 2)


def test_a_stream_that_cannot_be_closed(driver: Driver, maker: Maker) -> None:
    """A connection whose response cannot be closed is given back all the same."""
    transport = driver.open()
    response = driver.send(transport)
    maker.made[0].available = False
    maker.made[0].streams[0].failure = httpcore.ReadError("x")
    with pytest.raises(httpcore.ReadError):
        driver.close(response)
    assert maker.made[0].closed == 1


def test_close(driver: Driver, maker: Maker) -> None:
    """Closing closes what is kept, and what is in use as soon as it is given back."""
    transport = driver.open()
    kept, used = driver.send(transport), driver.send(transport)
    driver.close(kept)
    driver.close(transport)
    assert [each.closed for each in maker.made] == [1, 0]
    driver.close(used)
    assert [each.closed for each in maker.made] == [1, 1]
    driver.close(transport)
    assert [each.closed for each in maker.made] == [1, 1]


def test_close_before_the_first_call(driver: Driver, maker: Maker) -> None:
    """A transport that has sent nothing can be closed."""
    driver.close(driver.open())
    assert maker.made == []


def test_keeps_so_many(maker: Maker) -> None:
    """Of connections that were in use at once fifty are kept, the others are closed."""
    transport = PoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
    request = httpx.Request("POST", "https://h.example")
    for response in [transport.handle_request(request) for _ in range(MOST + 2)]:
        response.close()
    assert [each.closed for each in maker.made] == [0] * MOST + [1] * 2
    transport.close()
    assert [each.closed for each in maker.made] == [1] * (MOST + 2)


def test_after_a_fork(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process leaves its parent's connections alone, and keeps its own."""
    driver = Driver(asyncio.Runner(), is_async=False)
    transport = driver.open()
    assert transport._process == os.getpid()
    driver.call(transport)
    child = os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: child)
    for _ in range(2):
        driver.call(transport)
    assert [(each.closed, len(each.requests)) for each in maker.made] == [(0, 1), (0, 2)]


async def _waits(transport: AsyncPoolTransport) -> bool:
    """Tell whether one more call does not begin at once."""
    call = asyncio.ensure_future(transport.handle_async_request(_request()))
    for _ in range(5):
        await asyncio.sleep(0)
    if not call.done():
        call.cancel()
        return True
    await (await call).aclose()
    return False


def _request() -> httpx.Request:
    return httpx.Request("POST", "https://h.example/v1/x")


@pytest.mark.usefixtures("maker")
def test_only_so_many_at_once() -> None:
    """On an event loop fifty calls pass at once; the next one waits until one of them has ended."""

    async def use() -> None:
        transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
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


def test_a_failure_leaves_its_place(maker: Maker) -> None:
    """A call that fails, while connecting or later, keeps no other from its place."""

    async def use() -> None:
        transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
        maker.failure = httpcore.ConnectError("x")
        for _ in range(MOST):
            with pytest.raises(httpcore.ConnectError):
                await transport.handle_async_request(_request())
        maker.failure = None
        assert not await _waits(transport)
        for _ in range(MOST):
            maker.made[-1].failure = httpcore.ReadError("x")
            with pytest.raises(httpcore.ReadError):
                await transport.handle_async_request(_request())
        maker.made[-1].failure = None
        assert not await _waits(transport)

    asyncio.run(use())


def test_a_connection_that_cannot_be_closed_leaves_its_place(maker: Maker) -> None:
    """A call whose connection fails to close keeps no other from its place."""

    async def use() -> None:
        transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
        for _ in range(MOST):
            response = await transport.handle_async_request(_request())
            maker.made[-1].available = False
            maker.made[-1].close_failure = httpcore.ReadError("x")
            with pytest.raises(httpcore.ReadError):
                await response.aclose()
        assert not await _waits(transport)

    asyncio.run(use())


def test_a_call_cancelled_before_it_has_a_connection_leaves_its_place(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that is cancelled while it closes an ended connection leaves its place to others."""

    async def use() -> None:
        transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
        for _ in range(MOST):
            await (await transport.handle_async_request(_request())).aread()
            maker.made[-1].expired = True
            with anyio.CancelScope() as scope:

                async def cancel(scope: anyio.CancelScope = scope) -> None:
                    scope.cancel()
                    await checkpoint()

                monkeypatch.setattr(maker.made[-1], "aclose", cancel)
                await transport.handle_async_request(_request())
            assert scope.cancelled_caught
        assert not await _waits(transport)

    asyncio.run(use())


def test_transports_share_no_connections(maker: Maker) -> None:
    """In one event loop each transport has connections of its own: servers and trust differ."""

    async def use() -> None:
        for host in ("a.example", "b.example"):
            transport = AsyncPoolTransport(httpx.URL(f"https://{host}"), CONTEXT, None)
            await (await transport.handle_async_request(_request())).aread()

    asyncio.run(use())
    assert [each.origin.host for each in maker.made] == [b"a.example", b"b.example"]


def test_connections_belong_to_an_event_loop(maker: Maker) -> None:
    """A connection is used in the event loop that it was made in, and in no other."""
    transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)

    async def call() -> None:
        for _ in range(2):
            await (await transport.handle_async_request(_request())).aread()

    asyncio.run(call())
    asyncio.run(call())
    assert [len(each.requests) for each in maker.made] == [2, 2]


def test_opens_again(maker: Maker) -> None:
    """After it was closed, an asynchronous transport makes new connections and keeps them."""

    async def use() -> None:
        transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
        for _ in range(2):
            for _ in range(2):
                await (await transport.handle_async_request(_request())).aread()
            await transport.aclose()

    asyncio.run(use())
    assert [(each.closed, len(each.requests)) for each in maker.made] == [(1, 2), (1, 2)]
    assert len(maker.settings) == 2


def test_a_cancelled_call_closes_its_connection(maker: Maker) -> None:
    """What a cancelled call has is closed to the end, however many steps that takes."""

    async def use() -> None:
        transport = AsyncPoolTransport(httpx.URL("https://h.example"), CONTEXT, None)
        response = await transport.handle_async_request(_request())
        maker.made[0].available = False
        with anyio.CancelScope() as scope:
            scope.cancel()
            await response.aclose()

    asyncio.run(use())
    assert maker.made[0].streams[0].closed
    assert maker.made[0].closed == 1
