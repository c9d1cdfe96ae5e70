"""The httpx transport that every request goes through, and that enforces what a call is promised.

It stands below the httpx client, so that generated functions are promised the same: one origin, a
deadline for the whole call, a limit on what is read, and an error that says what became of the
request.
"""

from __future__ import annotations

import asyncio
import os
import time
import zlib
from collections.abc import AsyncIterable, Iterable
from contextlib import aclosing, closing
from typing import Any, Final, NamedTuple, cast

import httpx

from portkey_admin._auth import ApiKeyAuth, origin
from portkey_admin._errors import (
    ConfigurationError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
)
from portkey_admin._response import Answer, find_key, require_whole
from portkey_admin._secret import Secret, showable
from portkey_admin_connections import AsyncConnections, Connections, Sending, Until

_FOREVER: Final = float("inf")
# What httpx raises before anything of a request is sent. Other transports than its own raise these
# for other reasons too.
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
# Headers that are not true of an inflated body; cookies, since a request carries what the spec
# describes and nothing that an earlier response left behind; and where a redirect leads.
_DROPPED: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "location"}
)


class Limits(NamedTuple):
    """What a guard enforces."""

    auth: ApiKeyAuth
    """Signs requests to the server; others are refused."""
    host: str
    """The server's host, for errors."""
    deadline: float | None
    """Seconds for a whole call, None for no limit."""
    response_bytes: int
    """The most that is read of a body, after inflating."""
    hide: Secret
    """The API key, which no error shows, whatever a server sends."""


class Guard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests by `inner` within `limits`.

    `inner` is a synchronous or an asynchronous transport, or an httpx client of the caller's, of
    which only the transports are used.
    """

    def __init__(self, inner: Any, limits: Limits) -> None:
        self._inner = inner
        self._limits = limits
        self._process = os.getpid()
        self._transport_for(None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        return self._response(self.send(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        return self._response(await self.send_async(request))

    def ends(self) -> float:
        """Return when a call ends that begins now, by time.monotonic()."""
        deadline = self._limits.deadline
        return _FOREVER if deadline is None else time.monotonic() + deadline

    def send(self, request: httpx.Request, ends: float | None = None) -> Answer:
        """Return the answer as far as it came. Raises NotSentError and OutcomeUnknownError."""
        call = _Call(request, self.ends() if ends is None else ends, self._limits.response_bytes)
        failure: BaseException | None = None
        sending = self._prepare(request, is_async=False)
        if call.ends != _FOREVER:
            phases = request.extensions.get("timeout", {})
            until = {name: Until.of(seconds, call.ends) for name, seconds in phases.items()}
            request.extensions = {**request.extensions, "timeout": until}
        try:
            call.read(self._transport_for(request).handle_request(request))
        except BaseException as error:  # noqa: BLE001 - _end raises it, or what it means
            failure = _without_secrets(error, self._limits.hide)
        return self._end(call, sending, failure)

    async def send_async(self, request: httpx.Request, ends: float | None = None) -> Answer:
        """Return the answer as far as it came. Raises NotSentError and OutcomeUnknownError."""
        call = _Call(request, self.ends() if ends is None else ends, self._limits.response_bytes)
        failure: BaseException | None = None
        sending = self._prepare(request, is_async=True)
        try:
            async with asyncio.timeout(call.left()):
                await call.read_async(
                    await self._transport_for(request).handle_async_request(request)
                )
        except BaseException as error:  # noqa: BLE001 - _end raises it, or what it means
            failure = _without_secrets(error, self._limits.hide)
        return self._end(call, sending, failure)

    def close(self) -> None:
        """Close what it sends by, unless that is the caller's client."""
        if not isinstance(self._inner, httpx.Client):
            self._inner.close()

    async def aclose(self) -> None:
        """Close what it sends by, unless that is the caller's client."""
        if not isinstance(self._inner, httpx.AsyncClient):
            await self._inner.aclose()

    def _transport_for(self, request: httpx.Request | None) -> Any:
        """Return what to send by. Raises ConfigurationError and NotSentError."""
        client = self._inner
        if not isinstance(client, httpx.Client | httpx.AsyncClient):
            return client
        if any(client.event_hooks.values()):
            reason = "has event hooks, which would see the API key: give a client without them"
            raise ConfigurationError(reason, "http_client")
        if client.is_closed:
            raise NotSentError("the http_client is closed")
        # Its send() would log the reason phrase, which may hold anything.
        return request and client._transport_for_url(request.url)  # noqa: SLF001

    def _prepare(self, request: httpx.Request, *, is_async: bool) -> Sending:
        """Sign the request. Raises NotSentError where it must not leave."""
        kinds = (httpx.AsyncBaseTransport, httpx.AsyncClient) if is_async else ()
        if not isinstance(self._inner, kinds or (httpx.BaseTransport, httpx.Client)):
            name, kind = ("AsyncPortkeyAdmin", "a") if is_async else ("PortkeyAdmin", "")
            raise NotSentError(f"this client does not serve {kind}synchronous calls: use {name}")
        own = isinstance(self._inner, Connections | AsyncConnections)
        if not own and self._process != os.getpid():
            raise NotSentError(
                "the transport or http_client belongs to the process before the fork"
            )
        if not self._limits.auth.sign(request):
            host = showable(request.url.host)
            raise NotSentError(f"this client speaks to {self._limits.host} only, not to {host}")
        return Sending(request, is_async=is_async)

    def _end(self, call: _Call, sending: Sending, failure: BaseException | None) -> Answer:
        """Return the answer, or raise what its absence means.

        This is no longer inside `except`, so that the raw failure is no context of what is raised.
        """
        answer = call.answer()
        if not (failure is None or isinstance(failure, Exception)):
            # The call was interrupted: a key that has arrived goes along.
            vars(failure)["created"] = answer and find_key(answer, self._limits.hide)
            raise failure
        if answer is not None:
            return answer
        if isinstance(failure, PortkeyAdminError):
            raise failure
        reason = f"{self._limits.host}: {self._describe(failure, call)}"
        is_known = isinstance(self._inner, _TRANSPORTS) and isinstance(failure, _CONNECTING)
        error: PortkeyAdminError
        if sending.has_begun or not (sending.is_traced or is_known):
            error = OutcomeUnknownError(reason)
        else:
            error = NotSentError(f"{reason}; nothing was sent, and trying again is safe")
        error.__cause__ = failure
        raise error

    def _describe(self, failure: BaseException | None, call: _Call) -> str:
        if call.left() == 0:
            return f"the deadline of {self._limits.deadline:g} seconds has passed"
        kind = type(failure).__name__
        text = showable(str(failure), self._limits.hide)
        if isinstance(failure, httpx.ProxyError):
            return f"the proxy refused the connection ({text})"
        is_shown = isinstance(failure, httpx.ConnectError) and text
        return (
            f"the connection failed ({kind}: {text})"
            if is_shown
            else f"the connection failed ({kind})"
        )

    def _response(self, answer: Answer) -> httpx.Response:
        require_whole(answer, self._limits.hide)
        headers = [each for each in answer.headers.multi_items() if each[0] not in _DROPPED]
        # Without the reason phrase: it may hold anything, and httpx logs it.
        return httpx.Response(answer.status, headers=headers, content=answer.content)


class _Call:
    """A request and its answer while that arrives; its repr shows nothing of them."""

    def __init__(self, request: httpx.Request, ends: float, limit: int) -> None:
        self.ends = ends
        self._request = request
        self._limit = limit
        self._response: httpx.Response | None = None
        self._raw = bytearray()
        self._is_whole = self._is_inflated = False

    def left(self) -> float | None:
        """Return the seconds that are left, None without a deadline."""
        return None if self.ends == _FOREVER else max(self.ends - time.monotonic(), 0)

    def read(self, response: httpx.Response) -> None:
        """Read a response until it ends, or is longer than the limit."""
        with closing(response):
            if self._begin(response):
                pieces = cast("Iterable[bytes]", response.stream)
                self._is_whole = all(map(self._take, pieces))

    async def read_async(self, response: httpx.Response) -> None:
        """Read a response until it ends, or is longer than the limit."""
        async with aclosing(response):
            if self._begin(response):
                async for piece in cast("AsyncIterable[bytes]", response.stream):
                    if not self._take(piece):
                        return
                self._is_whole = True

    def _begin(self, response: httpx.Response) -> bool:
        """Take the head; return whether the body is still to be read."""
        response.extensions.pop("reason_phrase", None)  # it may hold anything, and repr shows it
        self._response = response
        try:
            self._raw += response.content[: self._limit + 1]
        except httpx.ResponseNotRead:
            return True
        self._is_whole = self._is_inflated = True  # by the caller's transport
        return False

    def _take(self, piece: bytes) -> bool:
        """Take a piece of the body; return whether more is wanted."""
        self._raw += piece[: self._limit - len(self._raw) + 1]
        return len(self._raw) <= self._limit and self.left() != 0

    def answer(self) -> Answer | None:
        """Return the answer as far as it came, None if not even its head did."""
        response = self._response
        if response is None:
            return None
        content, complaint = bytes(self._raw), None
        if not self._is_inflated:
            encoding = response.headers.get("content-encoding", "")
            content, complaint, is_whole = _inflate(content, encoding, self._limit)
            self._is_whole = self._is_whole or is_whole
        if max(len(content), len(self._raw)) > self._limit:
            complaint = f"its body is longer than {self._limit} bytes"
        elif not self._is_whole:
            complaint = complaint or "its body did not arrive whole"
        try:
            shown = origin(response.url) == origin(self._request.url) and not response.history
        except RuntimeError:  # the transport does not show which URL has answered
            shown = True
        return Answer(response.status_code, response.headers, content, complaint, shown)


def _inflate(raw: bytes, encoding: str, limit: int) -> tuple[bytes, str | None, bool]:
    """Return a body inflated, why that ended early, and whether its format says that it is whole.

    What is not of the format that its header names is returned unchanged.
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
        if content and bits > 0:
            return bytes(content), "its body could not be decompressed", False
    return raw, None, False


def _without_secrets(failure: BaseException, hide: Secret) -> BaseException:
    """Return a failure whose chain shows nothing of what was sent or received.

    Errors of the protocol quote the bytes that they are about, and frames and requests hold them.
    """
    chain: list[BaseException] = [failure]
    for each in chain:
        each.__traceback__ = None
        if "Protocol" in type(each).__name__:
            each.args = ("the text is left out: it quotes what was sent or received",)
        each.args = tuple(hide.masked_in(arg) if isinstance(arg, str) else arg for arg in each.args)
        for name, value in vars(each).items():
            if isinstance(value, httpx.Request | httpx.Response):
                vars(each)[name] = None
        links = (each.__cause__, each.__context__, *getattr(each, "exceptions", ()))
        chain += [link for link in links if link is not None and link not in chain]
    return failure
