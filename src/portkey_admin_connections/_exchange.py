"""One request and its answer: sent once, within a deadline, and read up to a limit.

The outcome is returned, not raised: the answer, which may be cut off, the failure that ended the
exchange early, and whether the request may have been sent.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import AsyncIterable, Callable, Iterable
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx

from portkey_admin_connections._sending import Sending
from portkey_admin_connections._sockets import Until

FOREVER: Final = float("inf")
# httpx raises these before anything of a request is sent. Other transports raise them for other
# reasons too.
_CONNECTING: Final = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol),
)
_TRANSPORTS: Final = (httpx.HTTPTransport, httpx.AsyncHTTPTransport, httpx.MockTransport)
# zlib's number for gzip and zlib alike; servers that say deflate send zlib or the bare format.
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_FORMATS: Final = {
    "gzip": (_GZIP_OR_ZLIB,),
    "x-gzip": (_GZIP_OR_ZLIB,),
    "deflate": (_GZIP_OR_ZLIB, -zlib.MAX_WBITS),
}
_PIECE: Final = 1024
_PHASES: Final = ("connect", "read", "write", "pool")
_CONNECT: Final = ("connect",)


@dataclass(repr=False)
class Answer:
    """An answer, which may be cut off; its repr shows none of its content."""

    status: int
    headers: httpx.Headers
    content: bytes
    """The body, decompressed."""
    complaint: str | None
    """Why the body is not whole; None if it is whole."""
    is_from_server: bool
    """Whether it comes from the requested URL, and not from the target of a redirect."""
    is_too_long: bool
    """Whether its body is longer than the limit, and was read up to the limit."""


@dataclass(repr=False)
class Outcome:
    """The outcome of a request; its repr shows none of its content."""

    answer: Answer | None
    """The answer, if at least its head arrived."""
    failure: BaseException | None
    """The failure that ended the exchange early; its chain shows no data of the exchange."""
    may_be_sent: bool


def send(
    transport: Any, request: httpx.Request, ends: float, limit: int, mask: Callable[[str], str]
) -> Outcome:
    """Send a request, and return its outcome at the latest at `ends` by time.monotonic().

    At most `limit` bytes of the body are read, after decompression; `mask` is applied to the texts
    of failures. An error with an attribute `is_final` is the caller's own, and is not changed.
    """
    sending = Sending(request, is_async=False)
    _limit(request, ends, _PHASES)
    received = _Received(request, ends, limit)
    failure: BaseException | None = None
    try:
        sending.is_handed_over = True
        received.read(transport.handle_request(request))
    except BaseException as error:  # noqa: BLE001 - it is returned
        failure = _without_secrets(error, mask)
    return Outcome(received.answer(), failure, _may_be_sent(sending, transport, failure))


async def send_async(
    transport: Any, request: httpx.Request, ends: float, limit: int, mask: Callable[[str], str]
) -> Outcome:
    """Send a request, and return its outcome, as `send` does."""
    import asyncio  # noqa: PLC0415 - a synchronous process does not load it

    sending = Sending(request, is_async=True)
    _limit(request, ends, _CONNECT)  # the rest ends by asyncio's timeout
    received = _Received(request, ends, limit)
    failure: BaseException | None = None
    try:
        async with asyncio.timeout(None if ends == FOREVER else ends - time.monotonic()):
            sending.is_handed_over = True
            await received.read_async(await transport.handle_async_request(request))
    except BaseException as error:  # noqa: BLE001 - it is returned
        failure = _without_secrets(error, mask)
    return Outcome(received.answer(), failure, _may_be_sent(sending, transport, failure))


def _limit(request: httpx.Request, ends: float, phases: Iterable[str]) -> None:
    """Limit phases of a request to the end of its call."""
    if ends != FOREVER:
        timeouts = request.extensions.get("timeout", {})
        until = {each: Until.of(each, ends) for each in {None, *timeouts.values()}}
        limited = {phase: until[timeouts.get(phase)] for phase in phases}
        request.extensions = {**request.extensions, "timeout": {**timeouts, **limited}}


def _may_be_sent(sending: Sending, transport: Any, failure: BaseException | None) -> bool:
    if sending.is_traced or not sending.is_handed_over:
        return sending.has_begun
    return not (isinstance(transport, _TRANSPORTS) and isinstance(failure, _CONNECTING))


class _Received:
    """An answer while it arrives; its repr shows none of its content."""

    def __init__(self, request: httpx.Request, ends: float, limit: int) -> None:
        self._request = request
        self._ends = ends
        self._limit = limit
        self._response: httpx.Response | None = None
        self._raw = bytearray()
        self._is_whole = self._is_inflated = False

    def read(self, response: httpx.Response) -> None:
        """Read a response until it ends, or is longer than the limit."""
        with closing(response):
            if self._begin(response):
                self._is_whole = all(map(self._take, cast("Iterable[bytes]", response.stream)))

    async def read_async(self, response: httpx.Response) -> None:
        """Read a response until it ends, or is longer than the limit."""
        async with aclosing(response):
            if self._begin(response):
                async for piece in cast("AsyncIterable[bytes]", response.stream):
                    if not self._take(piece):
                        return
                self._is_whole = True

    def _begin(self, response: httpx.Response) -> bool:
        """Take the head, and return whether the body must still be read."""
        response.extensions.pop("reason_phrase", None)  # it may hold anything, and repr shows it
        self._response = response
        try:
            self._raw += response.content[: self._limit + 1]
        except httpx.ResponseNotRead:
            return True
        self._is_whole = self._is_inflated = True  # by the caller's transport
        return False

    def _take(self, piece: bytes) -> bool:
        """Take a piece of the body, and return whether to read on."""
        self._raw += piece[: self._limit - len(self._raw) + 1]
        return len(self._raw) <= self._limit and time.monotonic() < self._ends

    def answer(self) -> Answer | None:
        """Return the answer, which may be cut off, or None if its head did not arrive."""
        response = self._response
        if response is None:
            return None
        content, complaint = bytes(self._raw), None
        if not self._is_inflated:
            encoding = response.headers.get("content-encoding", "")
            content, complaint, is_whole = _inflate(content, encoding, self._limit)
            self._is_whole = self._is_whole or is_whole
        is_too_long = max(len(content), len(self._raw)) > self._limit
        if is_too_long:
            complaint = f"its body is longer than {self._limit} bytes"
        elif not self._is_whole:
            complaint = complaint or "its body did not arrive whole"
        return Answer(
            response.status_code,
            response.headers,
            content,
            complaint,
            _is_answer_to(self._request, response),
            is_too_long,
        )


def _is_answer_to(request: httpx.Request, response: httpx.Response) -> bool:
    """Return False for an answer whose URL shows that a transport has followed a redirect."""
    try:
        url, asked = response.url, request.url
    except RuntimeError:  # it shows no URL
        return True
    same = (url.scheme, url.host, url.port) == (asked.scheme, asked.host, asked.port)
    return same and not response.history


def _inflate(raw: bytes, encoding: str, limit: int) -> tuple[bytes, str | None, bool]:
    """Return the decompressed body, why it ended early, and whether its format marks it as whole.

    A body that does not have the format of its header is returned unchanged.
    """
    listed = (each.strip() for each in encoding.lower().split(","))
    for bits in _FORMATS.get(",".join(each for each in listed if each not in {"", "identity"}), ()):
        inflating, content = zlib.decompressobj(bits), bytearray()
        at, size = 0, _PIECE
        while at < len(raw) and not inflating.eof and len(content) <= limit:
            before = inflating.copy()
            try:
                content += inflating.decompress(raw[at : at + size], limit - len(content) + 1)
            except zlib.error:
                if size == 1:
                    break
                inflating, size = before, 1  # byte by byte up to the damage
            else:
                at += size
        else:
            complaint = None if inflating.eof or not raw else "its body did not arrive whole"
            return bytes(content), complaint, inflating.eof
        if content and bits == _GZIP_OR_ZLIB:
            return bytes(content), "its body could not be decompressed", False
    return raw, None, False


def _without_secrets(failure: BaseException, mask: Callable[[str], str]) -> BaseException:
    """Return a failure whose chain shows no data that was sent or received.

    Protocol errors quote these bytes, and frames and requests contain them, so these are removed.
    """

    def plain(value: object) -> object:
        if isinstance(value, str):
            return mask(value)
        return value if isinstance(value, int | float) else None

    chain: list[BaseException] = [] if hasattr(failure, "is_final") else [failure]
    for each in chain:
        each.__traceback__ = None
        if "Protocol" in type(each).__name__:
            each.args = ("the text is left out: it quotes data of the exchange",)
        each.args = tuple(map(plain, each.args))
        for name, value in vars(each).items():
            vars(each)[name] = plain(value)
        links = (each.__cause__, each.__context__, *getattr(each, "exceptions", ()))
        chain += [link for link in links if link is not None and link not in chain]
    return failure
