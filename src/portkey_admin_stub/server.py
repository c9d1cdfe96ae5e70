"""Serves a stub on a socket."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from .wsgi import RAW_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIEnvironment

    from . import Stub


class _QuietHandler(WSGIRequestHandler):
    """Writes no log, and passes the headers on unchanged."""

    # An idle connection is closed after this many seconds.
    timeout = 10

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        environ[RAW_HEADERS] = [(name, value.strip(" \t")) for name, value in self.headers.items()]
        return environ

    def connection_dropped(self, *_: object) -> None:
        self.close_connection = True  # or else Werkzeug would wait for another request

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - as Werkzeug says
        pass


@contextmanager
def serve(stub: Stub, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve a stub while the context lasts, and yield its base URL with the prefix.

    Port 0 is any free port. Each connection is closed after its answer, because Werkzeug keeps none
    alive. Raises OSError if the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Werkzeug would exit the process if the port was in use, so it gets a socket that is bound.
    with socket.create_server((host, port), family=family) as listener:
        server = make_server(
            host,
            port,
            stub.app,
            threaded=True,
            request_handler=_QuietHandler,
            fd=listener.fileno(),
        )
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.port}{stub.prefix}"
    finally:
        server.shutdown()
        thread.join()
