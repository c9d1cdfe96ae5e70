"""A stub can be served on a socket, where it works as in process."""

from __future__ import annotations

import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from portkey_admin_stub import MAX_BODY, Stub
from portkey_admin_stub.server import _QuietHandler, serve

from .documents import LIBRARY, document, one_body, operation
from .wire import Request, needs_ipv6, over_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

POST = Request("POST", "/books", (("Content-Type", "application/json"),), b'{"a": 1}')


def has_listener(base_url: str) -> bool:
    """Return whether a connection to the address succeeds."""
    url = urlsplit(base_url)
    try:
        socket.create_connection((url.hostname, url.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_base_url_has_the_prefix() -> None:
    """A client needs only the yielded URL, which is different for each server."""
    stub = Stub(LIBRARY)
    with serve(stub) as base_url, serve(Stub(LIBRARY)) as other:
        assert base_url != other
        assert base_url.startswith("http://127.0.0.1:")
        assert base_url.endswith("/v1")
        assert httpx.get(f"{base_url}/books/new").status_code == HTTPStatus.NO_CONTENT
    assert stub.exchanges[0].problems == []


def test_server_stops_with_its_context() -> None:
    """After the context, nothing listens on the port, and another server can use it at once."""
    with serve(Stub(LIBRARY)) as base_url:
        assert has_listener(base_url)
    assert not has_listener(base_url)
    with serve(Stub(LIBRARY), port=urlsplit(base_url).port or 0) as again:
        assert again == base_url


def test_server_stops_after_a_failure() -> None:
    """An exception inside the context stops the server too."""
    with pytest.raises(ZeroDivisionError), serve(Stub(LIBRARY)) as base_url:
        raise ZeroDivisionError
    assert not has_listener(base_url)


def test_running_server_does_not_keep_a_program_alive() -> None:
    """A program can end although its server was never stopped."""
    before = {*threading.enumerate()}
    with serve(Stub(LIBRARY)):
        assert [thread.daemon for thread in {*threading.enumerate()} - before] == [True]


def test_used_port_is_an_error() -> None:
    """A port that is in use raises OSError, and does not end the process."""
    with serve(Stub(LIBRARY)) as base_url:
        port = urlsplit(base_url).port
        assert port
        with pytest.raises(OSError, match=r"[Aa]ddress"), serve(Stub(LIBRARY), port=port):
            pass


@needs_ipv6
def test_ipv6_addresses_are_in_brackets() -> None:
    """A server on an IPv6 address yields a URL that works."""
    with serve(Stub(document({"/books": {"get": operation()}})), host="::1") as base_url:
        assert base_url.startswith("http://[::1]:")
        assert httpx.get(f"{base_url}/books").status_code == HTTPStatus.NO_CONTENT


def test_many_clients_are_served_at_once() -> None:
    """An idle connection does not block others."""
    stub = Stub(LIBRARY)
    with serve(stub) as base_url:
        url = urlsplit(base_url)
        with socket.create_connection((url.hostname, url.port), timeout=30):
            assert httpx.get(f"{base_url}/books/new").status_code == HTTPStatus.NO_CONTENT


def test_body_that_ends_early_is_refused() -> None:
    """A Content-Length above the number of received bytes is a problem, and does not hang."""
    stub = Stub(one_body({"type": "object"}))
    with serve(stub) as base_url:
        reply = over_socket(base_url, POST.plus("Content-Length", "99"), half_close=True)
    assert reply.status == HTTPStatus.BAD_REQUEST
    assert reply.message == 'header "content-length": not the 8 bytes of the body'


def test_chunked_body_is_refused() -> None:
    """A chunked body is read, and its header is refused like any unknown one."""
    stub = Stub(one_body({"type": "object"}))

    def pieces() -> Iterator[bytes]:
        yield b'{"a": '
        yield b"1}"

    with serve(stub) as base_url:
        headers = {"Content-Type": "application/json"}
        response = httpx.post(f"{base_url}/books", content=pieces(), headers=headers)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert stub.exchanges[0].problems == ['header "transfer-encoding": not described']
    assert stub.exchanges[0].body == {"a": 1}


def test_broken_chunks_are_refused() -> None:
    """A body with broken chunks counts as missing."""
    stub = Stub(one_body({"type": "object"}))
    with serve(stub) as base_url:
        request = POST.but(body=b"none\r\n").plus("Transfer-Encoding", "chunked")
        reply = over_socket(base_url, request, half_close=True)
    assert reply.status == HTTPStatus.BAD_REQUEST
    assert "body: required, but missing" in reply.message


def test_too_long_body_is_answered() -> None:
    """A client sees the refusal of a body that is too long to keep."""
    stub = Stub(one_body({"type": "object"}))
    with serve(stub) as base_url:
        response = httpx.post(f"{base_url}/books", content=b" " * (4 * MAX_BODY))
    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert len(stub.exchanges[0].raw_body) == MAX_BODY + 1


def test_each_response_closes_its_connection() -> None:
    """Clients are asked not to reuse a connection."""
    with serve(Stub(LIBRARY)) as base_url:
        reply = over_socket(base_url, Request("GET", "/v1/books/new"))
    assert reply.headers["connection"] == "close"


def test_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server closes a connection without a request after some seconds."""
    monkeypatch.setattr(_QuietHandler, "timeout", _QuietHandler.timeout / 200)
    with serve(Stub(LIBRARY)) as base_url:
        url = urlsplit(base_url)
        with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
            assert connection.recv(1) == b""


def test_spaces_around_a_header_are_not_part_of_it() -> None:
    """Headers are recorded without the spaces and tabs around their values."""
    stub = Stub(LIBRARY)
    with serve(stub) as base_url:
        over_socket(base_url, Request("GET", "/v1/books/new", (("User-Agent", " \t a b \t "),)))
    assert stub.exchanges[0].headers[0] == ("User-Agent", "a b")


def test_nothing_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    """The server prints neither requests nor its start."""
    with serve(Stub(LIBRARY)) as base_url:
        httpx.get(f"{base_url}/books/new")
        over_socket(base_url, Request("GET", "no path"))
    assert capfd.readouterr() == ("", "")
