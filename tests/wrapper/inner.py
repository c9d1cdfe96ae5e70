"""Transports whose answers a test chooses, and guards around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from portkey_admin import ApiKeyAuth, Secret
from portkey_admin._transport import Guard, Limits, effect_of
from portkey_admin_connections import Answer

SERVER = httpx.URL("https://h.example/v1")
LIMIT = 200
ADMIN = Secret("the-admin")
KEY_ID = "183f497a-2a7f-4f47-992e-26213fa863ce"
WHOLE = b'{"id": "%b", "key": "hidden", "object": "api-key"}' % KEY_ID.encode()

Part = bytes | BaseException | Callable[[], Any]


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A response's body in parts, possibly with a failure; for both kinds of client."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self.taken = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self.taken += 1
            if isinstance(part, BaseException):
                raise part
            if isinstance(part, bytes):
                yield part
            else:
                part()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            self.taken += 1
            if isinstance(part, BaseException):
                raise part
            if isinstance(part, bytes):
                yield part
            else:
                await part()

    def close(self) -> None:
        """Count the call."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count the call."""
        self.closed += 1


class Inner(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that reports trace events, then responds or fails; for both kinds of client."""

    def __init__(
        self,
        answer: Stream | BaseException,
        status: int = 200,
        headers: dict[str, str] | None = None,
        events: tuple[tuple[str, Any], ...] = (),
    ) -> None:
        self._answer = answer
        self._status = status
        self._headers = headers or {}
        self._events = events
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Report the events, and respond or fail."""
        for event, sent in self._events:
            request.extensions["trace"](event, {"request": sent})
        return self._answered(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Report the events, and respond or fail."""
        for event, sent in self._events:
            await request.extensions["trace"](event, {"request": sent})
        return self._answered(request)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._answer, BaseException):
            raise self._answer
        return httpx.Response(
            self._status,
            headers={"X-One": "1", **self._headers},
            stream=self._answer,
            extensions={"reason_phrase": b"hidden", "stream_id": 1},
        )

    def close(self) -> None:
        """Count the call."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count the call."""
        self.closed += 1


def limits(deadline: float | None = None, limit: int = LIMIT) -> Limits:
    """Return limits for the tests' server."""
    auth = ApiKeyAuth("x-key", ADMIN, SERVER)
    return Limits(auth, SERVER.host, deadline, limit, ADMIN)


def guarded(inner: Any, limits: Limits, *, is_async: bool = False) -> Guard:
    """Return a guard of a transport, in an httpx client of the given kind."""
    kind: Any = httpx.AsyncClient if is_async else httpx.Client
    client = inner if isinstance(inner, kind) else kind(transport=inner, trust_env=False)
    return Guard(client, limits, is_borrowed=client is inner)


def send_by(guard: Guard, request: httpx.Request) -> Answer:
    """Send a request, and return the answer."""
    return guard.send(request, guard.ends(), effect_of(request))


async def send_async_by(guard: Guard, request: httpx.Request) -> Answer:
    """Send a request, and return the answer."""
    return await guard.send_async(request, guard.ends(), effect_of(request))


class Sender:
    """Sends requests through a guard, synchronously or asynchronously."""

    def __init__(self, runner: asyncio.Runner, *, is_async: bool) -> None:
        self.is_async = is_async
        self._runner = runner

    def send(
        self,
        inner: Any,
        url: str = f"{SERVER}/x",
        *,
        deadline: float | None = None,
        limit: int = LIMIT,
    ) -> Answer:
        """Send a request, and return the answer."""
        guard = guarded(inner, limits(deadline, limit), is_async=self.is_async)
        request = httpx.Request("POST", url)
        if self.is_async:
            return self._runner.run(send_async_by(guard, request))
        return send_by(guard, request)

    def respond(self, inner: Any) -> httpx.Response:
        """Send a request through the guard as an httpx transport, and return the response."""
        guard = guarded(inner, limits(), is_async=self.is_async)
        request = httpx.Request("POST", f"{SERVER}/x")
        if self.is_async:
            return self._runner.run(guard.handle_async_request(request))
        return guard.handle_request(request)
