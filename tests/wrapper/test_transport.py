"""Each way in which sending can end has its outcome."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Any

import httpcore
import httpx
import pytest

from portkey_admin import (
    ConfigurationError,
    CreatedKey,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
)
from portkey_admin_connections import Answer
from tests.wrapper.clock import Clock
from tests.wrapper.inner import (
    KEY_ID,
    SERVER,
    WHOLE,
    Inner,
    Sender,
    Stream,
    guarded,
    limits,
    send_async_by,
    send_by,
)

CONNECTING = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
OTHERS = (
    *("ReadError", "WriteError", "ReadTimeout", "WriteTimeout", "ProxyError"),
    *("RemoteProtocolError", "LocalProtocolError"),
)
SAFE = "; nothing was sent, and trying again is safe"
UNSAFE = (
    "; it may have taken effect: look with api_keys.find or api_keys.retrieve before you try again"
)
_POST = httpcore.Request("POST", "https://h.example/v1/x", extensions={"trace": None})
_CONNECT = httpcore.Request("CONNECT", "https://h.example/v1/x", extensions={"trace": None})
WANTED = ("connection.wanted", _POST)
BEGUN = ("http11.send_request_headers.started", _POST)
TUNNEL = ("http11.send_request_headers.started", _CONNECT)


def described(failure: Exception) -> str:
    """Return the text of the error for a failure with the text `hidden`."""
    name = type(failure).__name__
    if isinstance(failure, httpx.ProxyError):
        return "h.example: the proxy refused the connection (hidden)"
    what = f"{name}: hidden" if isinstance(failure, httpx.ConnectError) else name
    return f"h.example: the connection failed ({what})"


@pytest.mark.parametrize("library", [httpx, httpcore])
@pytest.mark.parametrize("name", [*CONNECTING, *OTHERS])
@pytest.mark.parametrize(
    ("events", "is_sent"),
    [
        ((WANTED,), False),
        ((("connection.connect_tcp.started", _POST), WANTED), False),
        ((WANTED, TUNNEL), False),
        ((WANTED, BEGUN), True),
        ((WANTED, TUNNEL, BEGUN), True),
        ((WANTED, ("http2.send_request_headers.started", _POST)), True),
        ((), True),
    ],
    ids=["wanted", "connecting", "tunnel", "begun", "begun in a tunnel", "HTTP/2", "untraced"],
)
def test_begun_headers_decide_the_outcome(
    sender: Sender, library: Any, name: str, events: Any, *, is_sent: bool
) -> None:
    """A failure is NotSentError if the request's headers were not begun, whatever its type."""
    failure = getattr(library, name)("hidden")
    events = tuple(
        (each, httpcore.Request(sent.method, sent.url, extensions={"trace": None}))
        for each, sent in events
    )
    with pytest.raises(PortkeyAdminError) as caught:
        sender.send(Inner(failure, events=events))
    assert type(caught.value) is (OutcomeUnknownError if is_sent else NotSentError)
    text = ("the text is left out: it quotes data of the exchange",)
    shown = described(failure)
    assert str(caught.value) == shown + (UNSAFE if is_sent else SAFE)
    assert failure.args == (text if "Protocol" in name else ("hidden",))
    assert failure.__traceback__ is None
    assert caught.value.__cause__ is failure


@pytest.mark.parametrize("name", [*CONNECTING, *OTHERS])
def test_failures_of_httpx_own_transports(sender: Sender, name: str) -> None:
    """Without trace events, a failed connect is NotSentError for httpx's own transports."""
    failure = getattr(httpx, name)("hidden")

    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    kind = NotSentError if name in CONNECTING else OutcomeUnknownError
    with pytest.raises(kind):
        sender.send(httpx.MockTransport(fail))


@pytest.mark.parametrize("failure", [OSError("hidden"), RuntimeError("hidden"), ValueError()])
def test_other_failures(sender: Sender, failure: Exception) -> None:
    """An unexpected failure leaves the outcome unknown."""
    with pytest.raises(OutcomeUnknownError, match=type(failure).__name__) as caught:
        sender.send(Inner(failure))
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is failure


def test_failure_to_connect_without_a_text(sender: Sender) -> None:
    """Without a text, the type of the failure is named; a long text is cut."""
    with pytest.raises(NotSentError) as caught:
        sender.send(Inner(httpx.ConnectError(""), events=(WANTED,)))
    assert str(caught.value) == f"h.example: the connection failed (ConnectError){SAFE}"
    with pytest.raises(NotSentError) as caught:
        sender.send(Inner(httpx.ConnectError("x" * 201), events=(WANTED,)))
    expected = f"h.example: the connection failed (ConnectError: {'x' * 200}){SAFE}"
    assert str(caught.value) == expected


def test_failures_show_no_admin_key(sender: Sender) -> None:
    """The admin key is masked in the texts of failures, in the whole chain."""
    for failure in (httpx.ProxyError("of the-admin"), httpx.ConnectError("of the-admin")):
        failure.__cause__ = OSError("the-admin")
        with pytest.raises(OutcomeUnknownError) as caught:
            sender.send(Inner(failure))
        assert "of **********" in str(caught.value)
        assert "the-admin" not in f"{caught.value!r} {failure!r} {failure.__cause__!r}"


@pytest.mark.parametrize("error", [ConfigurationError("x"), NotSentError("x")])
def test_own_errors_pass_through(sender: Sender, error: PortkeyAdminError) -> None:
    """An error of this library is raised unchanged."""
    with pytest.raises(type(error)) as caught:
        sender.send(Inner(error))
    assert caught.value is error
    assert error.__cause__ is None


def test_failures_in_the_chain_are_cleaned(sender: Sender) -> None:
    """No failure in the chain keeps frames, or text that quotes the request."""
    quoting = [httpcore.LocalProtocolError("hidden") for _ in range(3)]
    cause, context = OSError("cause"), OSError("context")
    for each in (*quoting, cause, context):
        with contextlib.suppress(Exception):
            raise each
    failure = ExceptionGroup("both", [quoting[0]])
    failure.__cause__, failure.__context__ = cause, context
    cause.__context__, context.__cause__ = quoting[1], quoting[2]
    quoting[2].__cause__ = failure  # a cycle in the chain
    with pytest.raises(OutcomeUnknownError):
        sender.send(Inner(failure))
    chain = (failure, cause, context, *quoting)
    assert [each.__traceback__ for each in chain] == [None] * len(chain)
    assert "hidden" not in f"{quoting}"
    assert (str(cause), str(context)) == ("cause", "context")


def test_failures_do_not_keep_the_request(sender: Sender) -> None:
    """Errors of httpx do not keep the request, whose headers contain the admin key."""
    failure = httpx.ReadError("x", request=httpx.Request("POST", f"{SERVER}/x"))
    with pytest.raises(OutcomeUnknownError):
        sender.send(Inner(failure))
    with pytest.raises(RuntimeError):
        failure.request  # noqa: B018 - the access matters


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://other.example/v1/x", "other.example"),
        ("http://h.example/v1/x", "h.example"),
        ("https://h.example:444/v1/x", "h.example"),
        (f"https://{'h' * 201}/v1/x", "h" * 200),
    ],
)
def test_other_origins(sender: Sender, url: str, host: str) -> None:
    """Nothing is sent to any origin but the server's."""
    inner = Inner(Stream(WHOLE))
    with pytest.raises(NotSentError) as caught:
        sender.send(inner, url)
    assert str(caught.value) == f"this client sends requests to h.example only, not to {host}"
    assert inner.requests == []


def test_after_a_fork(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller's transport is not used in a forked process."""
    inner = Inner(Stream(WHOLE))
    guard = guarded(inner, limits(), is_async=sender.is_async)
    child = os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: child)
    request = httpx.Request("POST", f"{SERVER}/x")

    def send() -> None:
        if sender.is_async:
            asyncio.run(send_async_by(guard, request))
        else:
            send_by(guard, request)

    with pytest.raises(NotSentError, match="before the fork"):
        send()
    assert inner.requests == []


def test_wrong_kind_of_call() -> None:
    """A synchronous call with an asynchronous transport raises NotSentError, and vice versa."""
    request = httpx.Request("POST", f"{SERVER}/x")
    refusal = "^this client does not serve {}synchronous calls: use {}$"
    with pytest.raises(NotSentError, match=refusal.format("", "PortkeyAdmin")):
        send_by(guarded(httpx.AsyncHTTPTransport(), limits(), is_async=True), request)
    with pytest.raises(NotSentError, match=refusal.format("a", "AsyncPortkeyAdmin")):
        asyncio.run(send_async_by(guarded(httpx.HTTPTransport(), limits()), request))


def test_guards_are_transports() -> None:
    """As httpx transports, guards return the response and close the inner transport."""
    inner = Inner(Stream(WHOLE))
    with httpx.Client(transport=guarded(inner, limits())) as client:
        response = client.post(f"{SERVER}/x")
    assert (response.content, response.headers["X-One"], inner.closed) == (WHOLE, "1", 1)
    assert inner.requests[0].headers["x-key"] == "the-admin"

    async def use() -> httpx.Response:
        guard = guarded(inner, limits(), is_async=True)
        async with httpx.AsyncClient(transport=guard) as client:
            return await client.post(f"{SERVER}/x")

    response = asyncio.run(use())
    assert (response.content, response.headers["X-One"], inner.closed) == (WHOLE, "1", 2)


def test_borrowed_transport_is_not_closed() -> None:
    """The transport of a caller's client is not closed."""
    inner = Inner(Stream(WHOLE))
    guarded(httpx.Client(transport=inner), limits()).close()
    asyncio.run(guarded(httpx.AsyncClient(transport=inner), limits(), is_async=True).aclose())
    assert inner.closed == 0


@pytest.mark.parametrize(
    ("method", "advice", "has_key"),
    [
        ("GET", "nothing was changed, and trying again is safe", False),
        ("PUT", UNSAFE.removeprefix("; "), False),
        ("POST", UNSAFE.removeprefix("; "), True),
    ],
)
def test_effect_of_a_generated_function(method: str, advice: str, *, has_key: bool) -> None:
    """Of generated functions, GET changes nothing, and only POST may create a key."""
    guard = guarded(Inner(Stream(WHOLE, httpx.ReadError("x"))), limits())
    with pytest.raises(OutcomeUnknownError) as caught:
        guard.handle_request(httpx.Request(method, f"{SERVER}/x"))
    assert caught.value.advice == advice
    assert (caught.value.created is not None) == has_key


def test_callers_trace(sender: Sender) -> None:
    """A caller's trace gets all events of the request."""
    seen: list[str] = []

    def trace(event: str, _: Any) -> None:
        seen.append(event)

    async def trace_async(event: str, _: Any) -> None:
        seen.append(event)

    inner = Inner(Stream(WHOLE), events=(WANTED, BEGUN, ("http11.x.started", _POST)))
    guard = guarded(inner, limits(), is_async=sender.is_async)
    extensions = {"trace": trace_async if sender.is_async else trace, "more": 1}
    request = httpx.Request("POST", f"{SERVER}/x", extensions=extensions)
    if sender.is_async:
        asyncio.run(send_async_by(guard, request))
    else:
        send_by(guard, request)
    assert seen == [WANTED[0], BEGUN[0], "http11.x.started"]
    assert inner.requests[0].extensions["more"] == 1


# Deadlines


def send_sync(stream: Stream, deadline: float | None) -> Answer:
    """Send a request that the stream answers, and return the answer."""
    return send_by(guarded(Inner(stream), limits(deadline)), httpx.Request("POST", f"{SERVER}/x"))


def test_deadline_while_a_body_arrives(clock: Clock) -> None:
    """After the deadline no more of a body is read."""
    stream = Stream(WHOLE[:9], clock.go_on, WHOLE[9:50], clock.go_on, b"more", b"more")
    answer = send_sync(stream, 9.0)
    assert answer.complaint == "its body did not arrive whole"
    assert answer.content.startswith(WHOLE[:50])
    assert (stream.taken, stream.closed) == (5, 1)
    assert send_sync(Stream(WHOLE), deadline=9.0).complaint is None


def test_one_deadline_for_a_whole_call(clock: Clock) -> None:
    """The deadline covers the whole call: a slow response leaves less time for its body."""

    class Slow(Inner):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            clock.go_on()
            return super().handle_request(request)

    stream = Stream(WHOLE[:9], clock.go_on, WHOLE[9:50], b"more")
    answer = send_by(guarded(Slow(stream), limits(9.0)), httpx.Request("POST", f"{SERVER}/x"))
    assert answer.complaint == "its body did not arrive whole"
    assert stream.taken == 3


def test_steps_know_the_deadline(clock: Clock) -> None:
    """Each step of a synchronous call knows the deadline, besides its timeout."""
    inner = Inner(Stream(WHOLE))
    timeout = {"connect": 3.0, "read": None, "write": 100.0}
    request = httpx.Request("POST", f"{SERVER}/x", extensions={"timeout": timeout})
    send_by(guarded(inner, limits(9.0)), request)
    given = inner.requests[0].extensions["timeout"]
    assert given == {"connect": 3.0, "read": 9.0, "write": 9.0, "pool": 9.0}
    assert {each.ends for each in given.values()} == {clock.now + 9.0}
    request = httpx.Request("POST", f"{SERVER}/x", extensions={"timeout": timeout})
    send_by(guarded(inner, limits(None)), request)
    assert inner.requests[1].extensions["timeout"] is timeout


@pytest.mark.parametrize("seconds", [9, 10])
def test_error_at_the_deadline(clock: Clock, seconds: float) -> None:
    """An error at the deadline names the deadline, not the socket's error."""

    class Slow(Inner):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            clock.go_on(seconds)
            return super().handle_request(request)

    inner = Slow(httpx.ReadTimeout("x"))
    with pytest.raises(OutcomeUnknownError) as caught:
        send_by(guarded(inner, limits(9.0)), httpx.Request("POST", f"{SERVER}/x"))
    assert caught.value.reason == "h.example: the deadline of 9 seconds has passed"


async def forever() -> None:
    """Wait for ever."""
    await asyncio.Event().wait()


class Waiting(Inner):
    """A transport that reports trace events and then waits."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Report the events, and wait."""
        await super().handle_async_request(request)
        await forever()
        raise AssertionError


def send_async(inner: httpx.AsyncBaseTransport) -> Answer:
    """Send a request with a very short deadline, and return the answer."""
    request = httpx.Request("POST", f"{SERVER}/x", extensions={"more": 1})
    return asyncio.run(send_async_by(guarded(inner, limits(0.01), is_async=True), request))


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ((), OutcomeUnknownError),
        ((WANTED,), NotSentError),
        ((WANTED, TUNNEL), NotSentError),
        ((WANTED, BEGUN), OutcomeUnknownError),
        ((BEGUN, ("http11.x.started", _POST)), OutcomeUnknownError),
    ],
    ids=["untraced", "wanted", "tunnel", "begun", "begun, and more"],
)
def test_deadline_before_a_response(events: Any, error: type[PortkeyAdminError]) -> None:
    """A deadline before any header was begun raises NotSentError."""
    _POST.extensions["trace"] = _CONNECT.extensions["trace"] = None
    inner = Waiting(Stream(), events=events)
    reason = r"h\.example: the deadline of 0\.01 seconds has passed"
    with pytest.raises(error, match=f"^{reason}; ") as caught:
        send_async(inner)
    assert type(caught.value) is error
    assert inner.requests[0].extensions.keys() == {"more", "timeout", "trace"}


def test_calls_are_independent() -> None:
    """Whether a call was sent does not depend on other calls."""
    _POST.extensions["trace"] = None

    async def use() -> None:
        guards = [Waiting(Stream(), events=(BEGUN,)), Waiting(Stream(), events=(WANTED,))]
        for inner, error in zip(guards, (OutcomeUnknownError, NotSentError), strict=True):
            with pytest.raises(error):
                await send_async_by(
                    guarded(inner, limits(0.01), is_async=True),
                    httpx.Request("POST", f"{SERVER}/x"),
                )

    asyncio.run(use())


def test_deadline_while_a_body_arrives_async() -> None:
    """After the deadline no more of a body is read, and the part that arrived is returned."""
    for status in (200, 500):
        stream = Stream(WHOLE[:50], forever)
        answer = send_async(Inner(stream, status))
        assert (answer.status, answer.content) == (status, WHOLE[:50])
        assert (answer.complaint, stream.closed) == ("its body did not arrive whole", 1)


# Interruptions


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("arrived", "is_there"), [(WHOLE[:9], False), (WHOLE[:-3], True), (WHOLE, True)]
)
def test_interrupt_while_a_body_arrives(arrived: bytes, *, is_there: bool) -> None:
    """Ctrl-C closes the response, and carries a key that has arrived."""
    stream = Stream(arrived, _interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        send_sync(stream, None)
    assert stream.closed == 1
    created: Any = caught.value.created  # type: ignore[attr-defined]
    assert (created is not None) is is_there
    if is_there:
        assert isinstance(created, CreatedKey)
        assert (created.key.reveal(), created.id) == ("hidden", KEY_ID)


def test_interrupt_before_a_response() -> None:
    """Ctrl-C before a response is raised unchanged, without a key."""
    guard = guarded(Inner(KeyboardInterrupt()), limits())
    with pytest.raises(KeyboardInterrupt) as caught:
        send_by(guard, httpx.Request("POST", f"{SERVER}/x"))
    assert caught.value.created is None  # type: ignore[attr-defined]


def test_cancelled_call() -> None:
    """A cancelled call closes the response, and carries a key that has arrived."""
    stream = Stream(WHOLE, forever)

    async def use() -> None:
        guard = guarded(Inner(stream), limits(), is_async=True)
        request = httpx.Request("POST", f"{SERVER}/x")
        call = asyncio.ensure_future(send_async_by(guard, request))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
        created: Any = caught.value.created  # type: ignore[attr-defined]
        assert created.key.reveal() == "hidden"

    asyncio.run(use())
    assert stream.closed == 1
