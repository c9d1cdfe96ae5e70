"""Real servers on loopback: one that creates keys, one that never answers, and a proxy."""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.wrapper.caller import CREATED

# Longer than any client should wait: a client that never gives up fails the test, not hangs it.
_PATIENCE = 60.0


class _Server(ThreadingHTTPServer):
    """Records requests; a `silent` server does not respond."""

    daemon_threads = True

    def __init__(self, *, silent: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.silent = silent
        self.ended = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing, because some tests make clients disconnect."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self._record()
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.silent:
            self.server.ended.wait(_PATIENCE)
            self.close_connection = True
            return
        answer = json.dumps(CREATED).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer)

    def do_CONNECT(self) -> None:
        self._record()
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as target:
            self.send_response(200)
            self.end_headers()
            _tunnel(self.connection, target)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server says
        pass

    def _record(self) -> None:
        self.server.asked.append((self.requestline, dict(self.headers.items())))


def _tunnel(one: socket.socket, other: socket.socket) -> None:
    """Pass on bytes in both directions until one side ends."""
    ways = {one: other, other: one}
    while True:
        for readable in select.select(list(ways), [], [], _PATIENCE)[0]:
            data = readable.recv(65536)
            if not data:
                return
            ways[readable].sendall(data)


Asked = list[tuple[str, dict[str, str]]]


@contextmanager
def serve(
    tls: ssl.SSLContext | None = None, *, silent: bool = False
) -> Iterator[tuple[str, Asked]]:
    """Yield the URL of a server, which is also a proxy, and the list of requests to it.

    Each entry of the list is a request line with its headers.
    """
    with _Server(silent=silent) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            scheme = "http" if tls is None else "https"
            yield f"{scheme}://127.0.0.1:{server.server_port}", server.asked
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
