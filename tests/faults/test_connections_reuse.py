"""No call gets the answer of another: a connection is reused only if that is safe."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from portkey_admin import OutcomeUnknownError, PortkeyAdminError
from tests.faults.clients import OWNERS, STYLES, Caller, in_tls
from tests.faults.faults import CREATED, GOOD, SECRET, answer, chunked
from tests.faults.server import Connection, FaultServer

STRAY = answer(json.dumps(CREATED | {"key": "pk-somebody-elses"}).encode())
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"

# The server's bytes for the first request, in one segment or in two.
STRAYS = {
    "two answers": (answer() + STRAY, b""),
    "two answers, in segments": (answer(), STRAY),
    "chunks and an answer": (chunked(GOOD) + STRAY, b""),
    "chunks and an answer, in segments": (chunked(GOOD), STRAY),
    "Content-Length too short": (answer(GOOD + b" " * 20, length=len(GOOD)), b""),
    "Content-Length too short, in segments": (answer(), b" " * 20 + STRAY),
    "Content-Length 0": (answer(length=0), b""),
    "204 with a body": (NOTHING + STRAY, b""),
    "204 with a body, in segments": (NOTHING, STRAY),
    "205 and an answer": (answer(b"", 205), STRAY),
    "400, then 200": (answer(b"", 400) + STRAY, b""),
    "400, then 200, in segments": (answer(b"", 400), STRAY),
    "500, then 200": (answer(b"", 500), STRAY),
    "a line break after the answer": (answer() + b"\r\n", b""),
    "an early hint after the answer": (answer() + b"HTTP/1.1 103 Hints\r\n\r\n", b""),
}


def key_of(call: Callable[[], Any]) -> str | None:
    """Return the secret that a call returns, or None for an error of ours."""
    try:
        key: str = call().key.reveal()
    except PortkeyAdminError:
        return None
    return key


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", STRAYS)
def test_stray_bytes_reach_no_other_call(name: str, style: str, scheme: str) -> None:
    """Bytes after an answer reach no other call: the next one uses a new connection."""
    first, later = STRAYS[name]
    went = threading.Event()

    def script(connection: Connection) -> None:
        if server.connections == 1:
            connection.read_request()
            connection.send(first)
            if later:
                connection.send(later)
            went.set()
            connection.hang()
        else:
            connection.read_request()
            connection.send(answer())

    tls = scheme == "https"
    with (
        FaultServer(in_tls(script) if tls else script, scheme=scheme) as server,
        Caller(style, server.url, tls=tls) as caller,
    ):
        assert key_of(caller.create) in {SECRET, None}
        assert went.wait(10)
        assert caller.create().key == SECRET
        assert (server.creates, server.connections) == (2, 2)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("status", [204, 205, 302, 400, 429, 500])
def test_only_answers_with_a_key_keep_the_connection(style: str, status: int) -> None:
    """A connection is closed after every answer except a success with a body."""

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(answer(b"", status) if server.connections == 1 else answer())
        connection.hang()

    with FaultServer(script) as server, Caller(style, server.url) as caller:
        assert key_of(caller.create) is None
        assert caller.create().key == SECRET
        assert server.connections == 2
        server.wait_for_an_end()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("value", "connections"),
    [
        ("timeout=2", 1),
        ("timeout=5, max=100", 1),
        ("max=100, timeout=10", 1),
        ("timeout=1", 2),
        ("timeout=0", 2),
        ("Timeout = 1, max=9", 2),
        ("max=100, timeout=1", 2),
        ('timeout="1"', 2),
        ("timeout=01", 2),
        ("timeout\t=\t1", 2),
        ("timeout=1.9", 2),
    ],
)
def test_connection_kept_for_a_second_is_not_reused(
    style: str, value: str, connections: int
) -> None:
    """A connection is not reused if its server keeps it for at most a second."""

    def script(connection: Connection) -> None:
        while connection.read_request():
            connection.send(answer(GOOD, 200, f"Keep-Alive: {value}"))

    with FaultServer(script) as server, Caller(style, server.url) as caller:
        assert [caller.create().key for _ in range(2)] == [SECRET] * 2
        assert server.connections == connections


@pytest.mark.parametrize("style", STYLES)
def test_connection_idle_for_a_second_is_not_reused(style: str) -> None:
    """A connection that was idle for a second is not reused."""

    def script(connection: Connection) -> None:
        while connection.read_request():
            connection.send(answer())

    with FaultServer(script) as server, Caller(style, server.url) as caller:
        for _ in range(3):
            caller.create()
        assert server.connections == 1
        [idle] = _idle(caller)
        expires = idle._connection._expire_at
        assert expires - time.monotonic() <= 1
        idle._connection._expire_at = expires - 1
        caller.create()
        assert server.connections == 2


def _idle(caller: Caller) -> list[Any]:
    """Return the idle connections of a client."""
    http = caller.client.client
    pool = (http._client or http._async_client)._transport._client._transport._pool
    of_process = pool._idle if hasattr(pool, "_idle") else pool._loops
    [kept] = of_process.values()
    idle: list[Any] = getattr(kept, "idle", kept)
    return idle


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("owner", OWNERS)
def test_clean_answers_reuse_one_connection(style: str, owner: str) -> None:
    """Calls with clean answers share one connection, of any kind."""

    def script(connection: Connection) -> None:
        while connection.read_request():
            connection.send(answer())

    with FaultServer(script) as server, Caller(style, server.url, owner) as caller:
        assert {caller.create().key for _ in range(5)} == {SECRET}
        assert (server.creates, server.connections) == (5, 1)


@pytest.mark.parametrize("style", STYLES)
def test_connection_with_a_cut_off_answer_is_not_reused(style: str) -> None:
    """After an answer that is cut off, the next call uses a new connection."""

    def script(connection: Connection) -> None:
        connection.read_request()
        if server.connections == 1:
            connection.send(answer(GOOD[:10], length=len(GOOD)))
            connection.hang()
        connection.send(answer())

    with FaultServer(script) as server, Caller(style, server.url, deadline=0.3) as caller:
        with pytest.raises(OutcomeUnknownError):
            caller.create()
        assert caller.create().key == SECRET
