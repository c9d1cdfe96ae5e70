"""One request and its response: send() and send_async() return the outcome."""

from __future__ import annotations

import asyncio
import functools
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from portkey_admin_connections import FOREVER, Outcome, send, send_async
from tests.wrapper.clock import Clock

URL = "https://h.example/v1/x"
LIMIT = 100
BODY = b"an answer" * 3
# without the time in its header
zipped = functools.partial(gzip.compress, mtime=0)
RAW_DEFLATE = zlib.compress(BODY, wbits=-zlib.MAX_WBITS)
TRACE = "http11.send_request_headers.started"

both = pytest.mark.parametrize("is_async", [False, True])


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces, which may break off."""

    def __init__(self, *pieces: bytes | BaseException | Callable[[], None]) -> None:
        self._pieces = pieces
        self.closed = 0
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.taken += 1
            if isinstance(piece, BaseException):
                raise piece
            if isinstance(piece, bytes):
                yield piece
            else:
                piece()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        """Count the call."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count the call."""
        self.closed += 1


class Inner(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that reports some events, and then responds or fails."""

    def __init__(self, given: httpx.Response | BaseException, *events: tuple[str, bytes]) -> None:
        self._given = given
        self._events = events
        self.timeouts: Any = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond, or fail."""
        trace = request.extensions["trace"]
        for event, method in self._events:
            trace(event, self._info(request, method))
        return self._end(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail."""
        trace = request.extensions["trace"]
        for event, method in self._events:
            await trace(event, self._info(request, method))
        return self._end(request)

    def _info(self, request: httpx.Request, method: bytes) -> dict[str, Any]:
        return {"request": SimpleNamespace(method=method, extensions=request.extensions)}

    def _end(self, request: httpx.Request) -> httpx.Response:
        self.timeouts = request.extensions.get("timeout")
        if isinstance(self._given, BaseException):
            raise self._given
        return self._given


def exchange(
    transport: Any,
    *,
    is_async: bool,
    ends: float = FOREVER,
    extensions: dict[str, Any] | None = None,
    mask: Callable[[str], str] = str,
) -> Outcome:
    """Send a request and return its outcome."""
    request = httpx.Request("POST", URL, extensions=extensions or {})
    given = (transport, request, ends, LIMIT, mask)
    return asyncio.run(send_async(*given)) if is_async else send(*given)


def answer_of(outcome: Outcome) -> tuple[bytes, str | None]:
    """Return the body of an outcome, and the reason if it is incomplete."""
    assert outcome.answer is not None
    assert type(outcome.answer.content) is bytes
    return outcome.answer.content, outcome.answer.complaint


@both
def test_answer(*, is_async: bool) -> None:
    """An answer has the status, headers and body of its response, which is closed."""
    body = Body(b"an ", b"", b"answer")
    headers = [("X-A", "1"), ("X-A", "2")]
    response = httpx.Response(
        201, headers=headers, stream=body, extensions={"reason_phrase": b"secret", "x": 1}
    )
    outcome = exchange(Inner(response), is_async=is_async)
    assert outcome.answer is not None
    assert (outcome.answer.status, outcome.answer.is_from_server) == (201, True)
    assert outcome.answer.headers.multi_items() == [("x-a", "1"), ("x-a", "2")]
    assert answer_of(outcome) == (b"an answer", None)
    assert (outcome.failure, outcome.may_be_sent) == (None, True)
    assert (body.closed, response.extensions) == (1, {"x": 1})
    assert repr(outcome).endswith(f"Outcome object at {hex(id(outcome))}>")
    assert repr(outcome.answer).endswith(f"Answer object at {hex(id(outcome.answer))}>")


@both
@pytest.mark.parametrize(
    ("pieces", "taken"),
    [
        ((bytes(LIMIT),), 1),
        ((bytes(60), bytes(40)), 2),
        ((bytes(LIMIT + 1),), 1),
        ((bytes(60), bytes(41), b"more"), 2),
        ((bytes(1000), b"more"), 1),
        ((bytes(60), bytes(1000)), 2),
    ],
)
def test_body_above_the_limit_is_cut(
    pieces: tuple[bytes, ...], taken: int, *, is_async: bool
) -> None:
    """A body is read up to the limit, plus one byte that shows that it is longer."""
    body = Body(*pieces)
    outcome = exchange(Inner(httpx.Response(200, stream=body)), is_async=is_async)
    whole = sum(map(len, pieces)) <= LIMIT
    content = bytes(LIMIT if whole else LIMIT + 1)
    assert answer_of(outcome) == (content, None if whole else "its body is longer than 100 bytes")
    assert (body.taken, body.closed) == (taken, 1)


@both
@pytest.mark.parametrize("size", [0, LIMIT, LIMIT + 1, LIMIT + 2])
def test_response_that_was_read(size: int, *, is_async: bool) -> None:
    """A response that the transport has read is used unchanged, up to the limit."""
    headers = {"Content-Encoding": "gzip"} if size == LIMIT else {}
    content = zipped(bytes(size)) if headers else bytes(size)
    outcome = exchange(
        Inner(httpx.Response(200, headers=headers, content=content)), is_async=is_async
    )
    complaint = "its body is longer than 100 bytes" if size > LIMIT else None
    assert answer_of(outcome) == (bytes(min(size, LIMIT + 1)), complaint)


@both
@pytest.mark.parametrize("failure", [httpx.ReadError("x"), KeyboardInterrupt()])
def test_body_that_breaks_off(failure: BaseException, *, is_async: bool) -> None:
    """The outcome has the bytes that arrived, and the failure."""
    body = Body(b"some", failure)
    outcome = exchange(Inner(httpx.Response(200, stream=body)), is_async=is_async)
    assert answer_of(outcome) == (b"some", "its body did not arrive whole")
    assert (outcome.failure, body.closed) == (failure, 1)


@pytest.mark.parametrize(
    ("encoding", "raw", "content", "complaint"),
    [
        ("gzip", zipped(BODY), BODY, None),
        ("X-GZip", zipped(BODY), BODY, None),
        ("identity, gzip ,", zipped(BODY), BODY, None),
        ("deflate", zlib.compress(BODY), BODY, None),
        ("deflate", RAW_DEFLATE, BODY, None),
        ("gzip", zlib.compress(BODY), BODY, None),
        ("identity", BODY, BODY, None),
        # In another format, or an unknown one.
        ("br", BODY, BODY, None),
        ("gzip, gzip", BODY, BODY, None),
        ("gzip", BODY, BODY, None),
        ("gzip", RAW_DEFLATE, RAW_DEFLATE, None),
        ("deflate", BODY, BODY, None),
        ("gzip", b"", b"", None),
        # Five bytes that look like the format without a header, as any bytes may.
        ("deflate", b"\0\5\0\xfa\xffhello\7", b"\0\5\0\xfa\xffhello\7", None),
        # Cut off, damaged, and followed by more bytes.
        ("gzip", zipped(BODY)[:-1], BODY, "its body did not arrive whole"),
        ("deflate", RAW_DEFLATE[:-1], BODY, "its body did not arrive whole"),
        ("gzip", zipped(BODY)[:-8] + bytes(8), BODY, "its body could not be decompressed"),
        ("gzip", zipped(BODY) + b"more", BODY, None),
        # Longer than the limit only after decompression, or only before.
        ("gzip", zipped(bytes(LIMIT)), bytes(LIMIT), None),
        ("gzip", zipped(bytes(9999)), bytes(LIMIT + 1), "its body is longer than 100 bytes"),
        ("gzip", zipped(bytes(90), 0), bytes(86), "its body is longer than 100 bytes"),
    ],
)
def test_encodings(encoding: str, raw: bytes, content: bytes, complaint: str | None) -> None:
    """A body is decompressed as its header names it; other bytes stay unchanged."""
    response = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Body(raw))
    assert answer_of(exchange(Inner(response), is_async=False)) == (content, complaint)


def test_response_that_was_read_is_not_decompressed_again() -> None:
    """A body that httpx has decompressed is not decompressed again."""
    content = zipped(BODY)
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=zipped(content))
    assert answer_of(exchange(Inner(response), is_async=False)) == (content, None)


def test_compressed_body_is_complete_at_its_own_end() -> None:
    """A connection that breaks off after the end of a compressed body loses nothing."""
    body = Body(zipped(BODY), httpx.ReadError("x"))
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=body)
    assert answer_of(exchange(Inner(response), is_async=False)) == (BODY, None)


def test_damage_is_reported_before_an_early_end() -> None:
    """If a body is damaged and breaks off, the damage is reported."""
    body = Body(zipped(BODY)[:-8] + bytes(8), httpx.ReadError("x"))
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=body)
    outcome = exchange(Inner(response), is_async=False)
    assert answer_of(outcome) == (BODY, "its body could not be decompressed")


def of_pieces(raw: bytes, limit: int) -> tuple[bytes, str | None]:
    """Send a request with a body of several pieces, and return the body and the complaint."""
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body(raw))
    return answer_of(send(Inner(response), httpx.Request("POST", URL), FOREVER, limit, str))


def test_limit_in_later_pieces() -> None:
    """Later pieces too are decompressed only up to the limit."""
    content, complaint = of_pieces(zipped(bytes(9_999_999)), 1_500_000)
    assert (len(content), complaint) == (1_500_001, "its body is longer than 1500000 bytes")


def test_end_of_a_format_in_a_later_piece() -> None:
    """A body as long as the limit is complete, even if its end is in a later piece."""
    content = bytes(5000)
    deflated = zlib.compress(content, wbits=-zlib.MAX_WBITS)
    # With a file name in the header, the compressed data ends with the first piece.
    head = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (1024 - 11 - len(deflated)) + b"\0"
    end = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    assert of_pieces(head + deflated + end, len(content)) == (content, None)


def test_damage_in_a_later_piece() -> None:
    """Everything before the damage is decompressed, also if the damage is in a later piece."""
    content = bytes(range(256)) * 40
    raw = bytearray(zlib.compress(content, 0))
    raw[-1] ^= 1
    response = httpx.Response(
        200,
        headers={"Content-Encoding": "deflate"},
        stream=Body(bytes(raw[:9000]), bytes(raw[9000:])),
    )
    outcome = send(Inner(response), httpx.Request("POST", URL), FOREVER, 99_999, str)
    assert answer_of(outcome) == (content, "its body could not be decompressed")


def test_deadline_while_a_body_arrives(clock: Clock) -> None:
    """A body that is not complete at the deadline is reported as incomplete."""
    body = Body(b"some", clock.go_on, b"thing", b"more")
    outcome = exchange(Inner(httpx.Response(200, stream=body)), is_async=False, ends=clock.now + 5)
    assert answer_of(outcome) == (b"something", "its body did not arrive whole")
    assert (outcome.failure, body.closed) == (None, 1)


@pytest.mark.parametrize("ends", [0.01, -1.0])
def test_deadline_of_an_asynchronous_call(ends: float) -> None:
    """An asynchronous call that waits ends in TimeoutError at its deadline."""

    class Waiting(Inner):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    outcome = exchange(Waiting(httpx.Response(200)), is_async=True, ends=time.monotonic() + ends)
    assert isinstance(outcome.failure, TimeoutError)
    assert outcome.answer is None


PHASES = {"connect": 3.0, "read": 30.0, "write": None, "pool": 3.0}


@both
def test_timeouts_end_with_the_call(clock: Clock, *, is_async: bool) -> None:
    """Synchronous timeouts are cut to the deadline; in asynchronous calls, asyncio enforces it."""
    real = asyncio.timeout
    given = []

    def timeout(seconds: float | None) -> Any:
        given.append(seconds)
        return real(None)

    inner = Inner(httpx.Response(200))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "timeout", timeout)
        exchange(inner, is_async=is_async, ends=clock.now + 10, extensions={"timeout": PHASES})
        limited = inner.timeouts
        exchange(inner, is_async=is_async, extensions={"timeout": PHASES})
    if is_async:
        assert limited == PHASES
        assert limited["connect"].ends == clock.now + 10
        assert given == [10.0, None]
    else:
        assert limited == {"connect": 3.0, "read": 10.0, "write": 10.0, "pool": 3.0}
        assert {each.ends for each in limited.values()} == {clock.now + 10}
    assert inner.timeouts == PHASES


def test_deadline_without_timeouts(clock: Clock) -> None:
    """A request without timeouts still ends at the deadline."""
    inner = Inner(httpx.Response(200))
    exchange(inner, is_async=False, ends=clock.now + 10)
    assert inner.timeouts == dict.fromkeys(("connect", "read", "write", "pool"), 10.0)


class Httpx(Inner, httpx.HTTPTransport):
    """One of httpx's own transports."""


class AsyncHttpx(Inner, httpx.AsyncHTTPTransport):
    """One of httpx's own transports."""


@both
@pytest.mark.parametrize(
    ("failure", "is_connecting"),
    [
        (httpx.ConnectError("x"), True),
        (httpx.ConnectTimeout("x"), True),
        (httpx.PoolTimeout("x"), True),
        (httpx.UnsupportedProtocol("x"), True),
        (httpx.ReadError("x"), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_whether_it_may_be_sent(
    failure: BaseException, *, is_connecting: bool, is_async: bool
) -> None:
    """Trace events decide; without any, only httpx's transports tell that connecting failed."""

    def outcome_of(kind: type[Inner], *events: tuple[str, bytes]) -> bool:
        return exchange(kind(failure, *events), is_async=is_async).may_be_sent

    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    own = AsyncHttpx if is_async else Httpx
    assert outcome_of(Inner)
    assert outcome_of(own) is not is_connecting
    mock = httpx.MockTransport(fail)
    assert exchange(mock, is_async=is_async).may_be_sent is not is_connecting
    for kind in (Inner, own):
        assert not outcome_of(kind, ("connection.connect_tcp.started", b"POST"))
        assert not outcome_of(kind, (TRACE, b"CONNECT"))
        assert outcome_of(kind, (TRACE, b"CONNECT"), (TRACE, b"POST"))


def test_request_that_reached_no_transport_is_not_sent() -> None:
    """Outside of a task, where asyncio.timeout fails, the transport is not called."""
    request = httpx.Request("POST", URL)
    coroutine = send_async(Inner(httpx.Response(200)), request, FOREVER, LIMIT, str)
    with pytest.raises(StopIteration) as caught:
        coroutine.send(None)
    outcome = caught.value.value
    assert isinstance(outcome.failure, RuntimeError)
    assert (outcome.answer, outcome.may_be_sent) == (None, False)


@both
@pytest.mark.parametrize("is_asked", [False, True])
def test_callers_trace(*, is_asked: bool, is_async: bool) -> None:
    """A caller's trace gets all events; without one, no events are sent after the headers."""
    events: list[str] = []

    def trace(event: str, _: Any) -> None:
        events.append(event)

    async def trace_async(event: str, _: Any) -> None:
        events.append(event)

    given = {"trace": trace_async if is_async else trace, "x": 1}
    request = httpx.Request("POST", URL, extensions=given if is_asked else {"x": 1})
    inner = Inner(httpx.Response(200), ("one", b"POST"), (TRACE, b"POST"))
    if is_async:
        asyncio.run(send_async(inner, request, FOREVER, LIMIT, str))
    else:
        send(inner, request, FOREVER, LIMIT, str)
    assert events == (["one", TRACE] if is_asked else [])
    assert request.extensions["x"] == 1
    assert ("trace" in request.extensions) is is_asked


@pytest.mark.parametrize(
    ("url", "history", "is_from_server"),
    [
        (URL, [], True),
        ("https://h.example/other", [], True),
        ("http://h.example/v1/x", [], False),
        ("https://other.example/v1/x", [], False),
        ("https://h.example:8443/v1/x", [], False),
        (URL, [httpx.Response(307)], False),
    ],
)
def test_answer_of_another_origin_is_not_from_the_server(
    url: str, history: list[httpx.Response], *, is_from_server: bool
) -> None:
    """An answer of another origin, or after a redirect, is not from the server."""
    response = httpx.Response(200, request=httpx.Request("POST", url), history=history)
    outcome = exchange(Inner(response), is_async=False)
    assert outcome.answer is not None
    assert outcome.answer.is_from_server is is_from_server


def masked(text: str) -> str:
    """Return a text without the secret."""
    return text.replace("secret", "*")


@both
def test_failures_show_no_secrets(*, is_async: bool) -> None:
    """Texts in a failure and its whole chain are masked, and other objects are removed."""
    request = httpx.Request("POST", URL)
    context, cause = ValueError("a secret", 1, 2.5, None, [1]), httpx.ReadError("the secret")
    cause.request = request
    cause.__context__ = context
    context.__context__ = cause  # a cycle in the chain
    member = OSError(5, "secret")
    failure = ExceptionGroup("group", [member])
    failure.__cause__ = cause
    vars(failure).update(more={"x": "secret"}, text="a secret", number=5)
    outcome = exchange(Inner(failure), is_async=is_async, mask=masked)
    assert outcome.failure is failure
    kept = {name: vars(failure)[name] for name in ("more", "text", "number")}
    assert kept == {"more": None, "text": "a *", "number": 5}
    assert context.args == ("a *", 1, 2.5, None, None)
    assert (cause.args, vars(cause)["_request"]) == (("the *",), None)
    assert member.args == (5, "*")
    for each in (failure, cause, context, member):
        assert each.__traceback__ is None


@pytest.mark.parametrize("kind", [httpx.RemoteProtocolError, httpx.LocalProtocolError])
def test_protocol_errors_have_no_text(kind: type[httpx.TransportError]) -> None:
    """Protocol errors lose their text, because it quotes bytes of the exchange."""
    outcome = exchange(Inner(kind("any bytes")), is_async=False)
    assert outcome.failure is not None
    assert outcome.failure.args == ("the text is left out: it quotes data of the exchange",)


def test_final_errors_are_unchanged() -> None:
    """An error that is marked final stays unchanged."""
    failure = ValueError("the secret")
    vars(failure)["is_final"] = True
    failure.__cause__ = cause = ValueError("the secret")
    outcome = exchange(Inner(failure), is_async=False, mask=masked)
    assert outcome.failure is failure
    assert (failure.args, cause.args) == (("the secret",), ("the secret",))
    assert failure.__traceback__ is not None
