"""The body of a response, read and inflated up to a limit."""

from __future__ import annotations

import zlib
from typing import Final

import httpx

# zlib's own numbers for how to read its formats. Servers that say deflate send either of the two.
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS
_FORMATS: Final = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}

# Headers that are no longer true of a body once it is inflated and whole; cookies, since a request
# carries what the spec describes and nothing that an earlier response left behind; and where to go
# next, so that no redirect can be followed.
_DROPPED: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "location"}
)


class Body:
    """What has arrived of a response's body so far; at most `limit` bytes after inflating."""

    def __init__(self, response: httpx.Response, limit: int) -> None:
        self.head = response
        """The response as it came, for its status and its headers."""
        self._limit = limit
        self._content = bytearray()
        listed = response.headers.get("content-encoding", "").lower().split(",")
        encoding = ",".join(each.strip() for each in listed if each.strip() != "identity")
        self._inflaters = [zlib.decompressobj(bits) for bits in _FORMATS.get(encoding, ())]
        self.cut: str | None = None
        """Why no more of it is read, other than that the network has no more."""
        self.failure: Exception | None = None
        """What ended the reading, where something did."""
        self.whole = False
        """Whether all of it is there."""

    @property
    def content(self) -> bytes:
        """The bytes that are there."""
        return bytes(self._content)

    def feed(self, raw: bytes) -> bool:
        """Take in what came from the network; return whether more is wanted."""
        room = self._limit - len(self._content) + 1
        self._content += self._inflated(raw, room)[:room]
        if len(self._content) > self._limit:
            self.cut = f"its body is longer than {self._limit} bytes"
        elif self._inflaters and self._inflaters[0].eof:
            self.whole = True
        return not self.whole and self.cut is None

    def _inflated(self, raw: bytes, room: int) -> bytes:
        """Return at most `room` bytes of what `raw` inflates to, or `raw` as it is."""
        while self._inflaters:
            try:
                return self._inflaters[0].decompress(raw, room)
            except zlib.error:
                del self._inflaters[0]
        return raw

    def end(self) -> None:
        """Say that the network has no more."""
        self.whole = not (self._inflaters and self._content)

    def response(self) -> httpx.Response:
        """Return the response with the body that is there, read and inflated."""
        headers = [item for item in self.head.headers.multi_items() if item[0] not in _DROPPED]
        return httpx.Response(
            self.head.status_code,
            headers=headers,
            content=self.content,
            # Without the reason phrase: it may hold anything, and httpx logs it.
            extensions={
                name: value
                for name, value in self.head.extensions.items()
                if name == "http_version"
            },
        )
