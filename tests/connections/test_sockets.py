"""The sockets of synchronous connections keep to the end of a call, at every operation."""

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
# One byte more than a stream keeps.
LONG = bytes(16 * 1024 + 1)
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Recorder:
    """Stands for httpcore's own backend and streams, and keeps its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failures: dict[str, Exception] = {}

    def connect_tcp(self, *given: Any) -> Recorder:
        """Connect, or fail as the address says."""
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
        """Return what was asked for."""
        return f"the {info}"


def resolved(host: Any, port: Any, **_: Any) -> list[Any]:
    """Return two addresses for any name."""
    return [(2, 1, 6, "", (f"{host}-{number}", port)) for number in (1, 2)]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return what stands for the network; names have two addresses there."""
    recorder = Recorder()
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: recorder)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return recorder


def connected(recorder: Recorder) -> httpcore.NetworkStream:
    """Return a stream, and forget how it was made."""
    stream = Backend().connect_tcp("host", 443)
    recorder.calls.clear()
    return stream


def until(clock: Clock, timeout: float | None = None, seconds: float = SECONDS) -> Until:
    """Return the limit of a step of a call that ends after so many seconds."""
    return Until.of(timeout, clock.now + seconds)


def test_without_a_deadline(clock: Clock, recorder: Recorder) -> None:
    """Without the end of a call timeouts stay as given."""
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
def test_until(clock: Clock, timeout: float | None, seconds: float, left: float) -> None:
    """A step has its own timeout or the rest of the call, and knows when the call ends."""
    made = until(clock, timeout, seconds)
    assert (made, made.ends) == (left, clock.now + seconds)


OPERATIONS: dict[str, tuple[Callable[[Backend, Any, float | None], Any], Any]] = {
    "connect": (
        lambda backend, _, timeout: backend.connect_tcp("host", 443, timeout, "here", [(1, 2, 3)]),
        # Each of the two addresses has its share.
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
def test_the_time_that_is_left(
    clock: Clock,
    recorder: Recorder,
    operation: str,
    timeout: float | None,
    gone: float,
    left: float,
) -> None:
    """Each operation has the shorter of its own timeout and of what is left of the call."""
    act, expected = OPERATIONS[operation]
    stream, step = connected(recorder), until(clock, timeout)
    clock.now += gone
    act(Backend(), stream, step)
    assert recorder.calls == expected(left)


@pytest.mark.parametrize("gone", [SECONDS, SECONDS + 1])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_time_is_left(clock: Clock, recorder: Recorder, operation: str, gone: float) -> None:
    """When the time is over, no operation begins; the error is that of its own timeout."""
    act, _ = OPERATIONS[operation]
    stream, step = connected(recorder), until(clock)
    clock.now += gone
    with pytest.raises(ERRORS[operation], match=r"^the deadline of the call has passed$"):
        act(Backend(), stream, step)
    assert recorder.calls == []


def test_streams_keep_to_it_under_tls(clock: Clock, recorder: Recorder) -> None:
    """What start_tls makes of a stream has the deadline too."""
    secure = connected(recorder).start_tls(CONTEXT)
    step = until(clock)
    assert secure.read(1, step) == b"read"
    clock.now += SECONDS
    with pytest.raises(httpcore.ReadTimeout):
        secure.read(1, step)
    assert recorder.calls == [("start_tls", CONTEXT, None, None), ("read", 1, SECONDS)]


def test_long_writes_are_cut(
    clock: Clock, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is longer than a socket takes at once is written in parts, each in the time left."""
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


def test_a_handshake_with_a_proxy_has_an_end(clock: Clock, recorder: Recorder) -> None:
    """What has no timeout right after connecting ends with the call, as connecting does."""
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


def test_streams_are_closed_and_asked(recorder: Recorder) -> None:
    """A stream is httpcore's own in all that takes no time."""
    stream = connected(recorder)
    assert stream.get_extra_info("socket") == "the socket"
    stream.close()
    assert recorder.calls == [("close",)]


def test_a_backend_closes_its_stream(recorder: Recorder) -> None:
    """The stream that a backend has made can be closed by it; before, there is nothing to close."""
    backend = Backend()
    backend.close()
    backend.connect_tcp("host", 443)
    backend.close()
    assert recorder.calls[1:] == [("close",)]


@pytest.mark.parametrize("error", [httpcore.ConnectError("refused"), httpcore.ConnectTimeout()])
def test_the_next_address(recorder: Recorder, error: Exception) -> None:
    """Where one address does not answer the next one is tried; the last failure is recorder."""
    recorder.failures["host-1"] = error
    Backend().connect_tcp("host", 443)
    assert [call[1] for call in recorder.calls] == ["host-1", "host-2"]
    recorder.failures["host-2"] = httpcore.ConnectError("the last")
    with pytest.raises(httpcore.ConnectError, match="the last"):
        Backend().connect_tcp("host", 443)


def test_each_address_has_its_share(
    clock: Clock, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address has an equal part of the time that is left; the last one has all of that."""
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
def test_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without an address is an error of connecting, and so is one that is not found."""
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
def test_an_invalid_host_raises_connect_error(host: str, port: int) -> None:
    """A name or a port that cannot be is an error of connecting."""
    with pytest.raises(httpcore.ConnectError):
        Backend().connect_tcp(host, port)


def test_addresses(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """A name is looked up for TCP, and its addresses are taken in the order of the answer."""
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
        # In TLS inside TLS that cannot be seen.
        (CONTEXT.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="h"), True),
    ],
)
def test_bytes_received_by_tls_are_readable(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tls: Any, *, is_unread: bool, waits: bool
) -> None:
    """Bytes that are decrypted and not read are unread, and those that wait at the socket."""
    infos = {"ssl_object": tls, "is_readable": waits}
    stream = connected(recorder)
    monkeypatch.setattr(recorder, "get_extra_info", infos.get)
    assert stream.get_extra_info("is_readable") is (is_unread or waits)


def wait(stream: httpcore.NetworkStream) -> None:
    """Wait until something can be read."""
    assert select.select([stream.get_extra_info("socket")], [], [], PATIENCE)[0]


def test_unread_bytes_are_seen() -> None:
    """A socket that has bytes, or whose other end has gone, can be read; others cannot."""
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
