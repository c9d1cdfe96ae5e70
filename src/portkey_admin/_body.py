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


class _Inflater:
    """Inflates a text byte by byte, so that its pieces make no difference, nor what ends it."""

    def __init__(self, bits: int, limit: int) -> None:
        self._bits = bits
        self._limit = limit
        self._inflating = zlib.decompressobj(bits)
        self._at = 0
        self.content = bytearray()
        """What it has come to so far; at most one byte more than the limit."""

    @property
    def eof(self) -> bool:
        """Whether the text has come to its end."""
        return self._inflating.eof

    @property
    def is_certain(self) -> bool:
        """Whether the text is of this format: its header was right."""
        return len(self.content) > 0 and self._bits != _RAW

    def take(self, text: bytearray) -> None:
        """Inflate what is new at the end of `text`. Raises zlib.error."""
        while self._at < len(text) and len(self.content) <= self._limit and not self.eof:
            byte = text[self._at : self._at + 1]
            self._at += 1
            room = self._limit - len(self.content) + 1
            self.content += self._inflating.decompress(byte, room)


class Body:
    """What has arrived of a response's body so far; at most `limit` bytes after inflating."""

    def __init__(self, response: httpx.Response, limit: int) -> None:
        self.head = response
        """The response as it came, for its status and its headers."""
        self._limit = limit
        self._raw = bytearray()
        listed = response.headers.get("content-encoding", "").lower().split(",")
        encoding = ",".join(each.strip() for each in listed if each.strip() not in {"", "identity"})
        self._inflaters = [_Inflater(bits, limit) for bits in _FORMATS.get(encoding, ())]
        self.cut: str | None = None
        """Why no more of it is read, other than that the network has no more."""
        self.failure: Exception | None = None
        """What ended the reading, where something did."""
        self.whole = False
        """Whether all of it is there."""

    @property
    def content(self) -> bytes:
        """The bytes that are there."""
        return bytes(self._taken())

    def _taken(self) -> bytearray:
        return self._inflaters[0].content if self._inflaters else self._raw

    def feed(self, raw: bytes) -> bool:
        """Take in what came from the network; return whether more is wanted."""
        self._raw += raw[: self._limit - len(self._raw) + 1]
        self._inflate()
        if max(len(self._taken()), len(self._raw)) > self._limit:
            self.cut = f"its body is longer than {self._limit} bytes"
        elif self._inflaters:
            self.whole = self._inflaters[0].eof
        return not self.whole and self.cut is None

    def _inflate(self) -> None:
        """Inflate what has come; what is not of a format is of the next one, or of none."""
        while self._inflaters:
            try:
                self._inflaters[0].take(self._raw)
            except zlib.error:
                if self._inflaters[0].is_certain:
                    self.cut = "its body does not inflate"
                    return
                del self._inflaters[0]
            else:
                return

    def end(self) -> None:
        """Say that the network has no more."""
        self.whole = not (self._inflaters and self._raw)

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
