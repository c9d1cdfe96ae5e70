"""Sockets that keep a deadline, and show whether there are unread bytes.

httpx only limits the time between bytes. Here the timeouts that httpcore passes on contain the end
of the whole call, so that it ends in time even if a header arrives byte by byte.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore

PASSED: Final = "the deadline of the call has passed"

# A write of this size either goes into the socket's buffer or waits for room once.
_PIECE: Final = 16 * 1024
# An invalid host name raises UnicodeError.
NO_CONNECTION: Final = (OSError, UnicodeError)


class Until(float):
    """Seconds for a step of a call, with the end of the whole call."""

    ends: float
    """By time.monotonic()."""

    @classmethod
    def of(cls, seconds: float | None, ends: float) -> Until:
        """Return the limit of a step that may take `seconds`, in a call that ends at `ends`."""
        left = max(ends - time.monotonic(), 0.0)
        until = cls(left if seconds is None else min(seconds, left))
        until.ends = ends
        return until


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    """Return the seconds that are left for a step. Raises `error` if no time is left."""
    if not isinstance(timeout, Until):
        return timeout
    left = min(timeout, timeout.ends - time.monotonic())
    if left <= 0:
        raise error(PASSED)
    return left


class Backend(httpcore.NetworkBackend):
    """httpcore's own sockets, bound to the deadline of the call that uses them."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()
        self._stream: _Stream | None = None

    def close(self) -> None:
        """Close the socket: httpcore leaves it open if a SOCKS proxy fails."""
        if self._stream is not None:
            self._stream.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; they share the time that is left."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except NO_CONNECTION as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for index, (*_, address) in enumerate(found):
            left = _left(timeout, httpcore.ConnectTimeout)
            share = None if left is None else left / (len(found) - index)
            try:
                stream = self._backend.connect_tcp(
                    str(address[0]), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self._stream = _Stream(stream)
                if isinstance(timeout, Until):
                    self._stream.connecting = timeout
                return self._stream
        raise failure


class _Stream(httpcore.NetworkStream):
    connecting: Until | None = None
    """The limit for connecting, until an operation has its own limit."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            left = self._left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _PIECE], left)

    def _left(self, timeout: float | None, error: type[Exception]) -> float | None:
        # httpcore gives the handshake with a SOCKS proxy no timeout: it is a part of connecting.
        if timeout is not None:
            self.connecting = None
        return _left(self.connecting if timeout is None else timeout, error)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            tls = self._stream.get_extra_info("ssl_object")
            # In TLS inside TLS, received bytes that are not decrypted yet cannot be seen.
            if tls is not None and (isinstance(tls, ssl.SSLObject) or tls.pending()):
                return True
        return self._stream.get_extra_info(info)
