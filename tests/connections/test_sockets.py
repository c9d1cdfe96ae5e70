"""Synchronous sockets respect the deadline of the call in every operation."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpcore
import pytest

from portkey_admin_connections._sockets import Backend, Until
from tests.faults.server import PATIENCE
from tests.wrapper.clock import Clock

SECONDS = 10.0
# One byte more than a stream buffers.
LONG = bytes(16 * 1024 + 1)
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Recorder:
    """Replaces httpcore's backend and streams, and records the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failures: dict[str, Exception] = {}

    def connect_tcp(self, *given: Any) -> Recorder:
        """Connect, or raise the failure of the address."""
        self.calls.append(("connect_tcp", *given))
        if given[0] in self.failures:
            raise self.failures[given[0]]
        return self

    def start_tls(self, *given: Any) -> Recorder:
        """Return this stream, as if it spoke TLS now."""
        self.calls.append(("start_tls", *given))
        return self

    def read(self, *given: Any) -> bytes:
        """Return some bytes."""
        self.calls.append(("read", *given))
        return b"read"

    def write(self, *given: Any) -> None:
        """Take bytes."""
        self.calls.append(("write", *given))

    def close(self) -> None:
        """Close."""
        self.calls.append(("close",))

    def get_extra_info(self, info: str) -> str:
        """Return a made-up value."""
        return f"the {info}"


def resolved(host: Any, port: Any, **_: Any) -> list[Any]:
    """Return two addresses for any name."""
    return [(2, 1, 6, "", (f"{host}-{number}", port)) for number in (1, 2)]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return a replacement for the network in which each name has two addresses."""
    recorder = Recorder()
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: recorder)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return recorder


def connected(recorder: Recorder) -> httpcore.NetworkStream:
    """Return a connected stream, and clear the recorded calls."""
    stream = Backend().connect_tcp("host", 443)
    recorder.calls.clear()
    return stream


def until(clock: Clock, timeout: float | None = None, seconds: float = SECONDS) -> Until:
    """Return a step's timeout, in a call that ends after so many seconds."""
    return Until.of(timeout, clock.now + seconds)


def test_without_a_deadline(clock: Clock, recorder: Recorder) -> None:
    """Without a deadline, timeouts are unchanged."""
    stream = connected(recorder)
    clock.now += 1e9
    stream.read(1, 3.0)
    stream.read(1)
    stream.write(LONG)
    stream.read(2)
    stream.start_tls(CONTEXT)
    Backend().connect_tcp("host", 443)
    Backend().connect_tcp("host", 443, 0.5).read(3)
    assert recorder.calls == [
        ("read", 1, 3.0),
        ("read", 1, None),
        ("write", LONG[:-1], None),
        ("write", LONG[-1:], None),
        ("read", 2, None),
        ("start_tls", CONTEXT, None, None),
        ("connect_tcp", "host-1", 443, None, None, None),
        ("connect_tcp", "host-1", 443, 0.25, None, None),
        ("read", 3, None),
    ]


@pytest.mark.parametrize(
    ("timeout", "seconds", "left"),
    [(None, 10.0, 10.0), (3.0, 10.0, 3.0), (30.0, 10.0, 10.0), (3.0, 0.0, 0.0), (None, -1.0, 0.0)],
)
def test_timeout_of_a_step(
    clock: Clock, timeout: float | None, seconds: float, left: float
) -> None:
    """A step ends at its timeout or at the deadline, and knows the deadline."""
    made = until(clock, timeout, seconds)
    assert (made, made.ends) == (left, clock.now + seconds)


OPERATIONS: dict[str, tuple[Callable[[Backend, Any, float | None], Any], Any]] = {
    "connect": (
        lambda backend, _, timeout: backend.connect_tcp("host", 443, timeout, "here", [(1, 2, 3)]),
        # Each of the two addresses gets half of the time.
        lambda left: [("connect_tcp", "host-1", 443, left / 2, "here", [(1, 2, 3)])],
    ),
    "start_tls": (
        lambda _, stream, timeout: stream.start_tls(CONTEXT, "host", timeout),
        lambda left: [("start_tls", CONTEXT, "host", left)],
    ),
    "read": (
        lambda _, stream, timeout: stream.read(7, timeout),
        lambda left: [("read", 7, left)],
    ),
    "write": (
        lambda _, stream, timeout: stream.write(LONG, timeout),
        lambda left: [("write", LONG[:-1], left), ("write", LONG[-1:], left)],
    ),
}
ERRORS = {
    "connect": httpcore.ConnectTimeout,
    "start_tls": httpcore.ConnectTimeout,
    "read": httpcore.ReadTimeout,
    "write": httpcore.WriteTimeout,
}


@pytest.mark.parametrize(
    ("timeout", "gone", "left"),
    [(None, 4.0, 6.0), (3.0, 4.0, 3.0), (8.0, 4.0, 6.0), (None, 9.5, 0.5)],
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_ends_at_timeout_or_deadline(
    clock: Clock,
    recorder: Recorder,
    operation: str,
    timeout: float | None,
    gone: float,
    left: float,
) -> None:
    """The limit of an operation is its timeout or the rest of the call, whichever is shorter."""
    act, expected = OPERATIONS[operation]
    stream, step = connected(recorder), until(clock, timeout)
    clock.now += gone
    act(Backend(), stream, step)
    assert recorder.calls == expected(left)


@pytest.mark.parametrize("gone", [SECONDS, SECONDS + 1])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_operation_begins_after_the_deadline(
    clock: Clock, recorder: Recorder, operation: str, gone: float
) -> None:
    """No operation begins after the deadline; it raises its usual timeout error."""
    act, _ = OPERATIONS[operation]
    stream, step = connected(recorder), until(clock)
    clock.now += gone
    with pytest.raises(ERRORS[operation], match=r"^the deadline of the call has passed$"):
        act(Backend(), stream, step)
    assert recorder.calls == []


def test_tls_streams_respect_the_deadline(clock: Clock, recorder: Recorder) -> None:
    """A stream made by start_tls respects the deadline too."""
    secure = connected(recorder).start_tls(CONTEXT)
    step = until(clock)
    assert secure.read(1, step) == b"read"
    clock.now += SECONDS
    with pytest.raises(httpcore.ReadTimeout):
        secure.read(1, step)
    assert recorder.calls == [("start_tls", CONTEXT, None, None), ("read", 1, SECONDS)]


def test_long_writes_are_split(
    clock: Clock, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that is too long for the socket is split, and each part has the time left."""
    stream = connected(recorder)
    text = bytes(range(250)) * 200
    stream.write(text, until(clock))
    parts = [part for _, part, _ in recorder.calls]
    assert b"".join(parts) == text
    assert [len(part) for part in parts[:-1]] == [16384] * 3

    def write_slowly(*_: Any) -> None:
        clock.now += 6

    monkeypatch.setattr(recorder, "write", write_slowly)
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(text, until(clock))
    assert clock.now == 1012


def test_proxy_handshake_respects_the_deadline(clock: Clock, recorder: Recorder) -> None:
    """Operations without a timeout, right after connecting, end at the deadline of the connect."""
    stream = Backend().connect_tcp("host", 443, until(clock))
    recorder.calls.clear()
    clock.now += 4
    stream.write(b"hello")
    stream.read(7)
    clock.now += 6
    with pytest.raises(httpcore.ReadTimeout):
        stream.read(7)
    assert recorder.calls == [("write", b"hello", 6.0), ("read", 7, 6.0)]
    recorder.calls.clear()
    stream.read(7, until(clock))
    clock.now += SECONDS
    stream.read(7)
    assert recorder.calls == [("read", 7, SECONDS), ("read", 7, None)]


def test_close_and_extra_info_pass_through(recorder: Recorder) -> None:
    """Closing a stream and its extra info pass through to httpcore's stream."""
    stream = connected(recorder)
    assert stream.get_extra_info("socket") == "the socket"
    stream.close()
    assert recorder.calls == [("close",)]


def test_backend_closes_its_stream(recorder: Recorder) -> None:
    """Closing the backend closes its stream; without a stream it does nothing."""
    backend = Backend()
    backend.close()
    backend.connect_tcp("host", 443)
    backend.close()
    assert recorder.calls[1:] == [("close",)]


@pytest.mark.parametrize("error", [httpcore.ConnectError("refused"), httpcore.ConnectTimeout()])
def test_next_address_is_tried_in_parallel(recorder: Recorder, error: Exception) -> None:
    """If an address fails, the next one is tried; the last failure is raised."""
    recorder.failures["host-1"] = error
    Backend().connect_tcp("host", 443)
    assert [call[1] for call in recorder.calls] == ["host-1", "host-2"]
    recorder.failures["host-2"] = httpcore.ConnectError("the last")
    with pytest.raises(httpcore.ConnectError, match="the last"):
        Backend().connect_tcp("host", 443)


def test_addresses_share_the_time(
    clock: Clock, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each address gets an equal part of the time left, and the last one all of it."""
    left = []

    def connect(*given: Any) -> None:
        left.append(given[2])
        clock.now += 2
        raise httpcore.ConnectTimeout

    monkeypatch.setattr(recorder, "connect_tcp", connect)
    with pytest.raises(httpcore.ConnectTimeout):
        Backend().connect_tcp("host", 443, until(clock))
    assert left == [5.0, 8.0]


@pytest.mark.usefixtures("recorder")
def test_name_without_address_raises_connect_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without an address, or one that is not found, raises ConnectError."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(httpcore.ConnectError, match="host has no address"):
        Backend().connect_tcp("host", 443)

    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror("not found")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(httpcore.ConnectError) as caught:
        Backend().connect_tcp("host", 443)
    assert caught.value.args == ("not found",)
    assert isinstance(caught.value.__cause__, socket.gaierror)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("a" * 70 + ".example", 443)])
def test_invalid_host_raises_connect_error(host: str, port: int) -> None:
    """An invalid host name or port raises ConnectError."""
    with pytest.raises(httpcore.ConnectError):
        Backend().connect_tcp(host, port)


def test_addresses_keep_their_order(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """A name is looked up for TCP, and its addresses are tried in the order of the answer."""
    asked = []

    def look_up(*given: Any, **options: Any) -> list[Any]:
        asked.append((given, options))
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 443, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    recorder.failures["::1"] = httpcore.ConnectError("refused")
    Backend().connect_tcp("host", 443)
    assert [call[1] for call in recorder.calls] == ["::1", "127.0.0.1"]
    assert asked == [(("host", 443), {"type": socket.SOCK_STREAM})]


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("tls", "is_unread"),
    [
        (None, False),
        (SimpleNamespace(pending=lambda: 0), False),
        (SimpleNamespace(pending=lambda: 1), True),
        # With TLS inside TLS, they cannot be seen.
        (CONTEXT.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="h"), True),
    ],
)
def test_bytes_received_by_tls_are_readable(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tls: Any, *, is_unread: bool, waits: bool
) -> None:
    """A stream is readable if bytes wait at the socket, or decrypted in the TLS layer."""
    infos = {"ssl_object": tls, "is_readable": waits}
    stream = connected(recorder)
    monkeypatch.setattr(recorder, "get_extra_info", infos.get)
    assert stream.get_extra_info("is_readable") is (is_unread or waits)


def wait(stream: httpcore.NetworkStream) -> None:
    """Wait until the stream is readable."""
    assert select.select([stream.get_extra_info("socket")], [], [], PATIENCE)[0]


def test_unread_bytes_are_seen() -> None:
    """A socket is readable if it has bytes or its peer has closed it, and not otherwise."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = Backend().connect_tcp(*listener.getsockname())
        theirs, _ = listener.accept()
        with theirs:
            assert stream.get_extra_info("is_readable") is False
            theirs.sendall(b"x")
            wait(stream)
            assert stream.get_extra_info("is_readable") is True
            assert stream.read(9) == b"x"
            assert stream.get_extra_info("is_readable") is False
        wait(stream)
        assert stream.get_extra_info("is_readable") is True
        stream.close()
