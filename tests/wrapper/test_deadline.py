"""The time that is left of a call, handed down to every operation on a socket."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from portkey_admin import _deadline
from portkey_admin._deadline import DeadlineBackend, deadline, passed
from tests.wrapper.clock import Clock

SECONDS = 10.0
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Told:
    """Stands for httpcore's own backend and streams, and keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failures: dict[str, Exception] = {}

    def connect_tcp(self, *given: Any) -> Told:
        """Connect, or fail as the address says."""
        self.calls.append(("connect_tcp", *given))
        if given[0] in self.failures:
            raise self.failures[given[0]]
        return self

    def start_tls(self, *given: Any) -> Told:
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

    def sleep(self, *given: Any) -> None:
        """Sleep for no time."""
        self.calls.append(("sleep", *given))

    def close(self) -> None:
        """Close."""
        self.calls.append(("close",))

    def get_extra_info(self, info: str) -> str:
        """Return what was asked for."""
        return f"the {info}"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return what stands for the network; names have two addresses there."""
    told = Told()
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: told)
    monkeypatch.setattr(_deadline, "_addresses", lambda host, _: [f"{host}-1", f"{host}-2"])
    return told


def connected(told: Told) -> httpcore.NetworkStream:
    """Return a stream, and forget how it was made."""
    stream = DeadlineBackend().connect_tcp("host", 443)
    told.calls.clear()
    return stream


def test_without_a_deadline(clock: Clock, told: Told) -> None:
    """Outside of a deadline, and within one of None, nothing ends and timeouts stay as given."""
    stream = connected(told)
    clock.now += 1e9
    assert not passed()
    with deadline(None):
        assert not passed()
        stream.read(1, 3.0)
        stream.read(1)
        stream.write(b"x")
        stream.start_tls(CONTEXT)
        DeadlineBackend().connect_tcp("host", 443)
    assert told.calls == [
        ("read", 1, 3.0),
        ("read", 1, None),
        ("write", b"x", None),
        ("start_tls", CONTEXT, None, None),
        ("connect_tcp", "host-1", 443, None, None, None),
    ]


def test_a_deadline_begins_and_ends_with_its_block(clock: Clock) -> None:
    """The time is over at the deadline and not before; an outer deadline holds again afterwards."""
    with deadline(SECONDS):
        with deadline(1.0):
            clock.now += 0.9
            assert not passed()
            clock.now += 0.1
            assert passed()
        assert not passed()
    clock.now += 1e9
    assert not passed()


OPERATIONS: dict[str, tuple[Callable[[DeadlineBackend, Any, float | None], Any], Any]] = {
    "connect": (
        lambda backend, _, timeout: backend.connect_tcp("host", 443, timeout, "here", [(1, 2, 3)]),
        lambda left: ("connect_tcp", "host-1", 443, left, "here", [(1, 2, 3)]),
    ),
    "start_tls": (
        lambda _, stream, timeout: stream.start_tls(CONTEXT, "host", timeout),
        lambda left: ("start_tls", CONTEXT, "host", left),
    ),
    "read": (
        lambda _, stream, timeout: stream.read(7, timeout),
        lambda left: ("read", 7, left),
    ),
    "write": (
        lambda _, stream, timeout: stream.write(b"bytes", timeout),
        lambda left: ("write", b"bytes", left),
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
    clock: Clock, told: Told, operation: str, timeout: float | None, gone: float, left: float
) -> None:
    """Each operation has the shorter of its own timeout and of what is left of the call."""
    act, expected = OPERATIONS[operation]
    stream = connected(told)
    with deadline(SECONDS):
        clock.now += gone
        act(DeadlineBackend(), stream, timeout)
    assert told.calls == [expected(left)]


@pytest.mark.parametrize("gone", [SECONDS, SECONDS + 1])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_time_is_left(clock: Clock, told: Told, operation: str, gone: float) -> None:
    """When the time is over, no operation begins; the error is that of its own timeout."""
    act, _ = OPERATIONS[operation]
    stream = connected(told)
    with deadline(SECONDS):
        clock.now += gone
        with pytest.raises(ERRORS[operation], match=r"^the deadline of the call has passed$"):
            act(DeadlineBackend(), stream, None)
    assert told.calls == []


@pytest.mark.usefixtures("clock")
def test_streams_keep_to_it_under_tls(told: Told) -> None:
    """What start_tls makes of a stream has the deadline too."""
    stream = connected(told)
    with deadline(SECONDS):
        assert stream.start_tls(CONTEXT).read(1) == b"read"
    assert told.calls == [("start_tls", CONTEXT, None, SECONDS), ("read", 1, SECONDS)]


def test_long_writes_are_cut(clock: Clock, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer than a socket takes at once is written in parts, each in the time left."""
    stream = connected(told)
    text = bytes(range(250)) * 200
    with deadline(SECONDS):
        stream.write(text)
    parts = [part for _, part, _ in told.calls]
    assert b"".join(parts) == text
    assert [len(part) for part in parts[:-1]] == [16384] * 3

    def write_slowly(*_: Any) -> None:
        clock.now += 6

    monkeypatch.setattr(told, "write", write_slowly)
    with deadline(SECONDS), pytest.raises(httpcore.WriteTimeout):
        stream.write(text)
    assert clock.now == 1012


@pytest.mark.usefixtures("clock")
def test_sleep_between_attempts(told: Told) -> None:
    """A pause before the next attempt is no longer than the time that is left."""
    backend = DeadlineBackend()
    backend.sleep(3.0)
    backend.sleep(0.0)
    with deadline(SECONDS):
        backend.sleep(3.0)
        backend.sleep(30.0)
    assert told.calls == [("sleep", 3.0), ("sleep", 0), ("sleep", 3.0), ("sleep", SECONDS)]


def test_streams_are_closed_and_asked(told: Told) -> None:
    """A stream is httpcore's own in all that takes no time."""
    stream = connected(told)
    assert stream.get_extra_info("socket") == "the socket"
    stream.close()
    assert told.calls == [("close",)]


@pytest.mark.parametrize("error", [httpcore.ConnectError("refused"), httpcore.ConnectTimeout()])
def test_the_next_address(told: Told, error: Exception) -> None:
    """Where one address does not answer the next one is tried; the last failure is told."""
    told.failures["host-1"] = error
    DeadlineBackend().connect_tcp("host", 443)
    assert [call[1] for call in told.calls] == ["host-1", "host-2"]
    told.failures["host-2"] = httpcore.ConnectError("the last")
    with pytest.raises(httpcore.ConnectError, match="the last"):
        DeadlineBackend().connect_tcp("host", 443)


def test_each_address_has_what_is_left(
    clock: Clock, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that one address has taken is no longer there for the next."""
    left = []

    def connect(*given: Any) -> None:
        left.append(given[2])
        clock.now += 4
        raise httpcore.ConnectTimeout

    monkeypatch.setattr(told, "connect_tcp", connect)
    with deadline(SECONDS), pytest.raises(httpcore.ConnectTimeout):
        DeadlineBackend().connect_tcp("host", 443)
    assert left == [10.0, 6.0]


def test_each_thread_has_its_own(clock: Clock) -> None:
    """The deadline of a call is that of its thread, whatever other threads do."""
    begun, end = threading.Event(), threading.Event()

    def call() -> None:
        with deadline(100.0):
            begun.set()
            end.wait()

    thread = threading.Thread(target=call)
    with deadline(1.0):
        thread.start()
        begun.wait()
        clock.now += 2
        over = passed()
        end.set()
        thread.join()
    assert over


@pytest.mark.usefixtures("told")
def test_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without an address is an error of connecting, and so is one that is not found."""
    monkeypatch.setattr(_deadline, "_addresses", lambda *_: [])
    with pytest.raises(httpcore.ConnectError, match="host has no address"):
        DeadlineBackend().connect_tcp("host", 443)
    monkeypatch.undo()

    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror("not found")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(httpcore.ConnectError) as caught:
        DeadlineBackend().connect_tcp("host", 443)
    assert caught.value.args == ("not found",)
    assert isinstance(caught.value.__cause__, socket.gaierror)


def test_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up for TCP, and its addresses are taken in the order of the answer."""
    asked = []

    def look_up(*given: Any, **options: Any) -> list[Any]:
        asked.append((given, options))
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 443, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert _deadline._addresses("host", 443) == ["::1", "127.0.0.1"]
    assert asked == [(("host", 443), {"type": socket.SOCK_STREAM})]
