"""Requests in plain form, and two ways to send them: in process, and over a socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from portkey_admin_stub import Stub


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")


@dataclass(frozen=True)
class Request:
    """A request, written out."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def but(
        self,
        *,
        method: str | None = None,
        target: str | None = None,
        headers: tuple[tuple[str, str], ...] | None = None,
        body: bytes | None = None,
    ) -> Request:
        """Return the request with some parts replaced."""
        return Request(
            self.method if method is None else method,
            self.target if target is None else target,
            self.headers if headers is None else headers,
            self.body if body is None else body,
        )

    def plus(self, name: str, value: str) -> Request:
        """Return the request with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))

    def minus(self, name: str) -> Request:
        """Return the request without a header."""
        kept = tuple(field for field in self.headers if field[0].lower() != name.lower())
        return replace(self, headers=kept)

    def complete(self) -> Request:
        """Return the request with the headers that every client adds."""
        names = {name.lower() for name, _ in self.headers}
        request = self if "host" in names else self.plus("Host", "library.example")
        if not self.body or names & {"content-length", "transfer-encoding"}:
            return request
        return request.plus("Content-Length", str(len(self.body)))


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """Return the text of a refusal."""
        return str(json.loads(self.body)["data"]["message"])


Send = Callable[["Stub", Request], Reply]


def in_process(stub: Stub, request: Request) -> Reply:
    """Send a request to a stub directly."""
    sent = request.complete()
    answer = stub.handle(sent.method, sent.target, list(sent.headers), sent.body)
    headers = {name.lower(): value for name, value in answer.headers}
    return Reply(answer.status, headers, answer.body)


def over_socket(base_url: str, request: Request, *, half_close: bool = False) -> Reply:
    """Send a request to a server, with exactly the given bytes."""
    sent = request.complete()
    lines = [f"{sent.method} {sent.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in sent.headers]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    url = urlsplit(base_url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(head + sent.body)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    return Reply(
        int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body
    )
