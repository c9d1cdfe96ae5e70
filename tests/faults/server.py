"""A server on a real socket that follows a script of failures."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Self

# The most seconds that a script waits for a client to disconnect.
PATIENCE = 60.0


class Connection:
    """One connection, for a script."""

    def __init__(self, server: FaultServer, sock: socket.socket) -> None:
        self._server = server
        self._socket = sock
        sock.settimeout(PATIENCE)
        # Send at once, without waiting for the client to acknowledge earlier bytes.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_request(self) -> bytes:
        """Return the request, or b"" if there is none; count it if it is complete."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += (received := self._socket.recv(65536))
            if not received:
                return b""
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += (received := self._socket.recv(65536))
            if not received:
                return b""
        self._server.count_create(head)
        return head + b"\r\n\r\n" + body

    def read_some(self) -> None:
        """Wait for the first byte of a request."""
        self._socket.recv(1)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._socket.sendall(data)

    def send_over(self, block: bytes, times: int) -> None:
        """Send `block` again and again, until the client disconnects."""
        for _ in range(times):
            self._socket.sendall(block)

    def drip(self, data: bytes, every: float) -> None:
        """Send single bytes with a pause after each, until the client disconnects."""
        for byte in data:
            self._socket.sendall(bytes([byte]))
            self.hang(every)

    def hang(self, seconds: float = PATIENCE) -> None:
        """Do nothing for some seconds. Raises OSError if the client disconnects."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            if not self._socket.recv(65536):
                raise ConnectionResetError
        self._socket.settimeout(PATIENCE)

    def reset(self) -> None:
        """Reset the connection."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Start TLS as the server."""
        self._socket = context.wrap_socket(self._socket, server_side=True)


Script = Callable[[Connection], object]


class FaultServer:
    """Runs `script` for each connection, and counts the creates that arrive completely."""

    def __init__(self, script: Script, *, scheme: str = "http", late: float = 0) -> None:
        """Bind to a free port; connections are refused until `late` seconds after the start."""
        self._script = script
        self._late = late
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._ends = threading.Semaphore(0)
        self._sockets: list[socket.socket] = []
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self.creates = 0
        """The number of creates, or other changes, that arrived completely."""
        self.reads = 0
        self.connections = 0
        self.ended = 0
        """The number of ends that were waited for."""
        self.heads: list[bytes] = []

    def count_create(self, head: bytes) -> None:
        """Count a request that arrived completely."""
        with self._lock:
            self.reads += head.startswith(b"GET ")
            self.creates += not head.startswith((b"GET ", b"CONNECT "))
            self.heads.append(head)

    def wait_for_an_end(self) -> None:
        """Wait until one more connection is closed."""
        assert self._ends.acquire(timeout=PATIENCE)
        self.ended += 1

    def hang_up(self) -> None:
        """End all connections."""
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        if not self._late:
            self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # Wakes the thread that waits in accept; close alone would not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            if self._late and not self._over.wait(self._late):
                self._listener.listen()
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._sockets.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with (
            contextlib.closing(Connection(self, sock)) as connection,
            contextlib.suppress(OSError),
        ):
            self._script(connection)
        self._ends.release()


@contextlib.contextmanager
def full_backlog() -> Iterator[str]:
    """Yield the URL of a server that neither accepts nor refuses connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        for each in waiting:
            each.close()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
