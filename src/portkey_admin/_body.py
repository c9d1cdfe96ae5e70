"""The body of a response, read and inflated up to a limit."""

from __future__ import annotations

import zlib
from typing import Final

import httpx

# zlib's own numbers: 32 + 15 finds out by itself whether the header is gzip's or zlib's.
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS

# Headers that are no longer true of a body once it is inflated and whole, and cookies: a request
# carries what the spec describes and nothing that an earlier response left behind.
_DROPPED: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie"}
)


class Body:
    """What has arrived of a response's body so far; at most `limit` bytes after inflating."""

    def __init__(self, response: httpx.Response, limit: int) -> None:
        self._response = response
        self._limit = limit
        self._content = bytearray()
        encoding = response.headers.get("content-encoding", "").strip().lower()
        self._inflater = (
            zlib.decompressobj(_GZIP_OR_ZLIB) if encoding in {"gzip", "x-gzip", "deflate"} else None
        )
        self.cut: str | None = None
        """Why no more of it is read, other than that the network has no more."""
        self.whole = False
        """Whether all of it is there."""

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return self._response.status_code

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return self._response.is_success

    @property
    def content(self) -> bytes:
        """The bytes that are there."""
        return bytes(self._content)

    def feed(self, raw: bytes) -> bool:
        """Take in what came from the network; return whether more is wanted."""
        room = self._limit - len(self._content) + 1
        try:
            chunk = raw if self._inflater is None else self._inflater.decompress(raw, room)
        except zlib.error:
            self.cut = "its body is not compressed as its header says"
            return False
        self._content += chunk[:room]
        if len(self._content) > self._limit:
            self.cut = f"its body is longer than {self._limit} bytes"
        return self.cut is None

    def end(self) -> None:
        """Say that the network has no more."""
        self.whole = self._inflater is None or self._inflater.eof or not self._content

    def response(self) -> httpx.Response:
        """Return the response with the body that is there, read and inflated."""
        headers = [
            (name, value)
            for name, value in self._response.headers.multi_items()
            if name.lower() not in _DROPPED
        ]
        return httpx.Response(
            self._response.status_code,
            headers=headers,
            content=self.content,
            extensions={
                name: value
                for name, value in self._response.extensions.items()
                if name in {"http_version", "reason_phrase"}
            },
        )
