"""What becomes of a request, told by whatever its sending ends with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpcore
import httpx
import pytest

from portkey_admin import (
    ConfigurationError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
    Secret,
)
from portkey_admin._body import Body
from portkey_admin._pool import AsyncPoolTransport
from portkey_admin._transport import AsyncGuard, Guard, Limits
from tests.wrapper.clock import Clock

SERVER = httpx.URL("https://h.example/v1")
KEY_ID = "183f497a-2a7f-4f47-992e-26213fa863ce"
WHOLE = b'{"id": "%b", "key": "hidden", "object": "api-key"}' % KEY_ID.encode()
LIMIT = 200
ADMIN = Secret("admin")


class Answer(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A response's stream in parts, which may end in a failure; for both kinds of client."""

    def __init__(self, *parts: bytes | Exception | Callable[[], Any]) -> None:
        self._parts = parts
        self.taken = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self.taken += 1
            if isinstance(part, Exception):
                raise part
            if isinstance(part, bytes):
                yield part
            else:
                part()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            self.taken += 1
            if isinstance(part, Exception):
                raise part
            if isinstance(part, bytes):
                yield part
            else:
                await part()

    def close(self) -> None:
        """Count that it is closed."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count that it is closed."""
        self.closed += 1


class Inner(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers with a stream, or raises; for both kinds of client."""

    def __init__(self, answer: Answer | Exception, status: int = 200) -> None:
        self._answer = answer
        self._status = status
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer or raise."""
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return httpx.Response(self._status, headers={"X-One": "1"}, stream=self._answer)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer or raise."""
        return self.handle_request(request)

    def close(self) -> None:
        """Count that it is closed."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count that it is closed."""
        self.closed += 1


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Iterator[Callable[..., Body]]:
    """Return what sends a request by one of the two guards."""
    with asyncio.Runner() as runner:

        def by_guard(inner: Any, url: str = f"{SERVER}/x", deadline: float | None = None) -> Body:
            limits = Limits(SERVER, deadline, LIMIT, ADMIN)
            sent = httpx.Request("POST", url)
            if request.param == "sync":
                return Guard(inner, limits).send(sent)
            return runner.run(AsyncGuard(inner, limits).send(sent))

        yield by_guard


Send = Callable[..., Body]

NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
UNKNOWN = (
    *("ReadError", "WriteError", "ReadTimeout", "WriteTimeout"),
    *("RemoteProtocolError", "LocalProtocolError"),
)


@pytest.mark.parametrize("library", [httpx, httpcore])
@pytest.mark.parametrize("name", [*NOT_SENT, *UNKNOWN])
def test_failures(send: Send, library: Any, name: str) -> None:
    """A failure to connect has sent nothing, any other may have; the error says so and no more."""
    failure = getattr(library, name)("hidden")
    with pytest.raises(NotSentError if name in NOT_SENT else OutcomeUnknownError) as caught:
        send(Inner(failure))
    what = f"{name}: hidden" if name == "ConnectError" else name
    assert str(caught.value).partition(";")[0] == f"the connection failed ({what})"
    protocol = ("the text is left out: it quotes what was sent or received",)
    assert failure.args == (protocol if "Protocol" in name else ("hidden",))
    assert failure.__traceback__ is None
    assert caught.value.__cause__ is failure


@pytest.mark.parametrize("failure", [OSError("hidden"), RuntimeError("hidden"), ValueError()])
def test_other_failures(send: Send, failure: Exception) -> None:
    """What nobody expects may have come after the request was sent."""
    with pytest.raises(OutcomeUnknownError, match=type(failure).__name__) as caught:
        send(Inner(failure))
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is failure


def test_failure_to_connect_without_a_text(send: Send) -> None:
    """Where httpx says nothing the kind of the failure is said; a long text is cut."""
    with pytest.raises(NotSentError) as caught:
        send(Inner(httpx.ConnectError("")))
    assert str(caught.value) == "the connection failed (ConnectError)"
    with pytest.raises(NotSentError) as caught:
        send(Inner(httpcore.ConnectError("x" * 201)))
    assert str(caught.value) == f"the connection failed (ConnectError: {'x' * 200})"


@pytest.mark.parametrize("error", [ConfigurationError("x"), NotSentError("x")])
def test_own_errors_pass_through(send: Send, error: PortkeyAdminError) -> None:
    """What already says what became of the request is raised as it is."""
    with pytest.raises(type(error)) as caught:
        send(Inner(error))
    assert caught.value is error
    assert error.__cause__ is None


def test_no_failure_in_the_chain_shows_anything(send: Send) -> None:
    """What led to a failure keeps no frames and no text that quotes what was sent, all of it."""
    quoting = [httpcore.LocalProtocolError("hidden") for _ in range(3)]
    cause, context = OSError("cause"), OSError("context")
    for each in (*quoting, cause, context):
        with contextlib.suppress(Exception):
            raise each
    failure = ExceptionGroup("both", [quoting[0]])
    failure.__cause__, failure.__context__ = cause, context
    cause.__context__, context.__cause__ = quoting[1], quoting[2]
    quoting[2].__cause__ = failure  # a chain that has no end
    with pytest.raises(OutcomeUnknownError):
        send(Inner(failure))
    chain = (failure, cause, context, *quoting)
    assert [each.__traceback__ for each in chain] == [None] * len(chain)
    assert "hidden" not in f"{quoting}"
    assert (str(cause), str(context)) == ("cause", "context")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://other.example/v1/x", "other.example"),
        ("http://h.example/v1/x", "h.example"),
        ("https://h.example:444/v1/x", "h.example"),
    ],
)
def test_other_origins(send: Send, url: str, host: str) -> None:
    """Nothing is sent to any origin but the server's."""
    inner = Inner(Answer(WHOLE))
    with pytest.raises(NotSentError) as caught:
        send(inner, url)
    assert str(caught.value) == f"this client speaks to h.example only, not to {host}"
    assert inner.requests == []


@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_whole_bodies(send: Send, status: int) -> None:
    """A body that arrives whole is returned, whatever the status; its stream is closed."""
    answer = Answer(WHOLE[:9], WHOLE[9:])
    body = send(Inner(answer, status))
    assert (body.content, body.whole, body.head.status_code) == (WHOLE, True, status)
    assert (answer.taken, answer.closed) == (2, 1)


@pytest.mark.parametrize("failure", [httpx.ReadError("x"), httpcore.RemoteProtocolError("hidden")])
def test_a_success_that_breaks_off(send: Send, failure: Exception) -> None:
    """The error has the status, the failure, and the id that did arrive."""
    answer = Answer(WHOLE[:50], failure)
    with pytest.raises(OutcomeUnknownError) as caught:
        send(Inner(answer))
    error = caught.value
    assert str(error).startswith("the server answered with status 200, but its body did not arrive")
    assert (error.status, error.created, error.key_id) == (200, None, KEY_ID)
    assert error.__cause__ is failure
    assert failure.__traceback__ is None
    assert "hidden" not in str(failure)
    assert answer.closed == 1


def test_a_success_that_breaks_off_behind_the_key(send: Send) -> None:
    """A key that arrived whole is in the error, with its id."""
    with pytest.raises(OutcomeUnknownError) as caught:
        send(Inner(Answer(WHOLE[:-20], httpx.ReadError("x"))))
    created = caught.value.created
    assert created is not None
    assert (created.key, created.id, caught.value.key_id) == (Secret("hidden"), KEY_ID, KEY_ID)


def test_an_id_that_shows_the_key_is_none(send: Send) -> None:
    """Where the id holds the key the error has no id, since it would show the key."""
    with pytest.raises(OutcomeUnknownError) as caught:
        send(Inner(Answer(b'{"id": "x-hidden", "key": "hidden", ', httpx.ReadError("x"))))
    assert caught.value.created is not None
    assert caught.value.key_id is None
    assert "hidden" not in str(caught.value)


def test_an_id_that_shows_the_admin_key_is_masked(send: Send) -> None:
    """What a server echoes of the admin key is in no error, whether the key has come or not."""
    for rest in (b'"key": "hid', b'"key": "hidden", '):
        with pytest.raises(OutcomeUnknownError) as caught:
            send(Inner(Answer(b'{"id": "of admin", ' + rest, httpx.ReadError("x"))))
        assert caught.value.key_id == "of **********"


@pytest.mark.parametrize("status", [200, 400])
def test_too_long_a_body(send: Send, status: int) -> None:
    """No more is read than the limit allows; of an error, what was read is enough."""
    answer = Answer(WHOLE[:-1], b" " * LIMIT, b" " * LIMIT, b"}")
    if status == 400:
        assert len(send(Inner(answer, status)).content) == LIMIT + 1
    else:
        with pytest.raises(OutcomeUnknownError, match=f"longer than {LIMIT} bytes") as caught:
            send(Inner(answer, status))
        assert caught.value.key_id == KEY_ID
        assert caught.value.__cause__ is None
    assert (answer.taken, answer.closed) == (2, 1)


def test_an_error_that_breaks_off(send: Send) -> None:
    """Of an error, what has arrived is enough; what ended it is noted."""
    failure = httpx.ReadError("x")
    body = send(Inner(Answer(b"part", failure), 403))
    assert (body.content, body.whole, body.failure) == (b"part", False, failure)


def test_guards_are_transports() -> None:
    """As httpx's transports they return the response whole, and close what they send by."""
    inner, limits = Inner(Answer(WHOLE)), Limits(SERVER, None, LIMIT, ADMIN)
    with httpx.Client(transport=Guard(inner, limits)) as client:
        response = client.post(f"{SERVER}/x")
    assert (response.content, response.headers["X-One"], inner.closed) == (WHOLE, "1", 1)

    async def use() -> httpx.Response:
        async with httpx.AsyncClient(transport=AsyncGuard(inner, limits)) as client:
            return await client.post(f"{SERVER}/x")

    response = asyncio.run(use())
    assert (response.content, response.headers["X-One"], inner.closed) == (WHOLE, "1", 2)


def test_deadline_while_a_body_arrives(clock: Clock) -> None:
    """When the time is over no more of a body is read, although more would come."""
    answer = Answer(WHOLE[:9], clock.go_on, WHOLE[9:50], clock.go_on, b"more", b"more")
    with pytest.raises(OutcomeUnknownError, match="did not arrive whole") as caught:
        send_sync(answer, 9.0)
    assert caught.value.key_id == KEY_ID
    assert (answer.taken, answer.closed) == (5, 1)
    assert send_sync(Answer(WHOLE), deadline=9.0) == WHOLE


def test_a_key_that_arrives_at_the_deadline(clock: Clock) -> None:
    """What has arrived when the time is over is taken, the key in it as well."""
    with pytest.raises(OutcomeUnknownError) as caught:
        send_sync(Answer(WHOLE[:9], lambda: clock.go_on(10), WHOLE[9:]), 9.0)
    assert caught.value.created is not None


def test_one_deadline_for_a_whole_call(clock: Clock) -> None:
    """The time until a response begins is no longer there for its body."""

    class Slow(Inner):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            clock.go_on()
            return super().handle_request(request)

    answer = Answer(WHOLE[:9], clock.go_on, WHOLE[9:50], b"more")
    guard = Guard(Slow(answer), Limits(SERVER, 9.0, LIMIT, ADMIN))
    with pytest.raises(OutcomeUnknownError):
        guard.send(httpx.Request("POST", f"{SERVER}/x"))
    assert answer.taken == 3


def test_an_interruption_ends_a_call() -> None:
    """Ctrl-C while a body arrives is no failure of the call, and closes the response."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    answer = Answer(WHOLE[:9], interrupt)
    with pytest.raises(KeyboardInterrupt):
        send_sync(answer, None)
    assert answer.closed == 1


def test_a_cancellation_ends_a_call() -> None:
    """A task that is cancelled while a body arrives is cancelled, and closes the response."""
    answer = Answer(WHOLE, forever)

    async def use() -> None:
        guard = AsyncGuard(Inner(answer), Limits(SERVER, None, LIMIT, ADMIN))
        call = asyncio.ensure_future(guard.send(httpx.Request("POST", f"{SERVER}/x")))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(use())
    assert answer.closed == 1


def send_sync(answer: Answer, deadline: float | None) -> bytes:
    """Return the body of an answer."""
    limits = Limits(SERVER, deadline, LIMIT, ADMIN)
    return Guard(Inner(answer), limits).send(httpx.Request("POST", f"{SERVER}/x")).content


async def forever() -> None:
    """Wait for what does not come."""
    await asyncio.Event().wait()


class Waiting(AsyncPoolTransport):
    """Connections of our own that tell what they do and then wait."""

    def __init__(self, *events: str) -> None:
        self.events = events
        self.extensions: dict[str, Any] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Trace the events, and wait."""
        self.extensions = dict(request.extensions)
        for event in self.events:
            await request.extensions["trace"](event, {})
        await forever()
        raise AssertionError

    async def aclose(self) -> None:
        """Close nothing."""


def send_async(inner: httpx.AsyncBaseTransport) -> Body:
    """Return what a deadline of next to no time ends in."""
    request = httpx.Request("POST", f"{SERVER}/x", extensions={"more": 1})
    return asyncio.run(AsyncGuard(inner, Limits(SERVER, 0.01, LIMIT, ADMIN)).send(request))


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([], NotSentError),
        (["connection.connect_tcp.started", "connection.connect_tcp.complete"], NotSentError),
        (["http11.send_request_headers.started"], OutcomeUnknownError),
        (["http11.send_request_headers.started", "http11.x.started"], OutcomeUnknownError),
    ],
)
def test_deadline_before_a_response(events: list[str], error: type[PortkeyAdminError]) -> None:
    """Only where no header was begun is it known that nothing was sent."""
    inner = Waiting(*events)
    with pytest.raises(error, match="the deadline of the call has passed") as caught:
        send_async(inner)
    assert type(caught.value) is error
    assert inner.extensions.keys() == {"more", "trace"}


def test_calls_do_not_know_of_each_other() -> None:
    """What was sent of one call is not taken for another's."""

    async def use() -> None:
        inner = Waiting("http11.send_request_headers.started")
        guard = AsyncGuard(inner, Limits(SERVER, 0.01, LIMIT, ADMIN))
        for error in (OutcomeUnknownError, NotSentError):
            with pytest.raises(error):
                await guard.send(httpx.Request("POST", f"{SERVER}/x"))
            inner.events = ()

    asyncio.run(use())


def test_deadline_of_the_callers_connections() -> None:
    """What connections of the caller's did until the deadline is not known."""

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await forever()
            raise AssertionError(request)

    with pytest.raises(OutcomeUnknownError, match="the deadline of the call has passed"):
        send_async(Silent())


def test_deadline_while_a_body_arrives_async() -> None:
    """When the time is over a body is read no further, and what is there is told."""
    answer = Answer(WHOLE[:50], forever)
    with pytest.raises(OutcomeUnknownError, match="did not arrive whole") as caught:
        send_async(Inner(answer))
    assert (caught.value.status, caught.value.key_id, answer.closed) == (200, KEY_ID, 1)
    body = send_async(Inner(Answer(b"part", forever), 500))
    assert (body.content, body.whole) == (b"part", False)
