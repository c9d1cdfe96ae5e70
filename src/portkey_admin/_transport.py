"""The transports that hold, for every call, what a client for secrets must hold.

`Guard` and `AsyncGuard` stand below the httpx client, so that the generated functions have their
promises too: one origin, a deadline for the whole call, a cap on what is read, and an error that
says what became of the request. They stand on connections, or on what the caller brought.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from contextlib import aclosing, closing
from typing import Any, Final, NamedTuple, cast

import anyio
import httpcore
import httpx

from portkey_admin import _deadline
from portkey_admin._auth import origin
from portkey_admin._body import Body
from portkey_admin._created import read_created, read_id
from portkey_admin._errors import NotSentError, OutcomeUnknownError, PortkeyAdminError
from portkey_admin._pool import AsyncPoolTransport
from portkey_admin._secret import Secret

# Raised while a connection is waited for or made, before anything of a request is sent.
_NOT_SENT: Final = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    httpx.UnsupportedProtocol,
    *(httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.ProxyError),
    httpcore.UnsupportedProtocol,
)


class Limits(NamedTuple):
    """What a guard holds."""

    server: httpx.URL
    """The server; other origins are refused."""
    deadline: float | None
    """Seconds for the whole call, None for no limit."""
    response_bytes: int
    """The most that is read of a body, after inflating."""
    hide: Secret
    """The API key, which no error shows, whatever a server sends."""


class Guard(httpx.BaseTransport):
    """Sends requests by `inner`, within `limits`."""

    def __init__(self, inner: httpx.BaseTransport, limits: Limits) -> None:
        self._inner = inner
        self._limits = limits

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        return self.send(request).response()

    def send(self, request: httpx.Request) -> Body:
        """Return the whole body of the response. Raises NotSentError and OutcomeUnknownError."""
        _check_origin(request, self._limits)
        with _deadline.deadline(self._limits.deadline):
            try:
                response = self._inner.handle_request(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told as what it means
                told = _told(error)
            else:
                body = Body(response, self._limits.response_bytes)
                _drain(response, body)
                return _whole(body, self._limits.hide)
        # Outside of the except clause: what is raised there would carry the failure as it is.
        raise told

    def close(self) -> None:
        """Close what it sends by."""
        self._inner.close()


class AsyncGuard(httpx.AsyncBaseTransport):
    """Sends requests by `inner`, within `limits`."""

    def __init__(self, inner: httpx.AsyncBaseTransport, limits: Limits) -> None:
        self._inner = inner
        self._limits = limits

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        return (await self.send(request)).response()

    async def send(self, request: httpx.Request) -> Body:
        """Return the whole body of the response. Raises NotSentError and OutcomeUnknownError."""
        _check_origin(request, self._limits)
        watch = _Watch(self._inner, request)
        told: PortkeyAdminError | None = None
        body: Body | None = None
        with anyio.move_on_after(self._limits.deadline):
            try:
                response = await self._inner.handle_async_request(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told as what it means
                told = _told(error)
            else:
                body = Body(response, self._limits.response_bytes)
                await _drain_async(response, body)
        if body is not None:
            return _whole(body, self._limits.hide)
        raise told or (OutcomeUnknownError if watch.sending else NotSentError)(_deadline.PASSED)

    async def aclose(self) -> None:
        """Close what it sends by."""
        await self._inner.aclose()


class _Watch:
    """Tells, by httpcore's trace extension, whether any of a request may have been sent."""

    def __init__(self, inner: httpx.AsyncBaseTransport, request: httpx.Request) -> None:
        self.sending = not isinstance(inner, AsyncPoolTransport)
        request.extensions = {**request.extensions, "trace": self._trace}

    async def _trace(self, event: str, _: dict[str, Any]) -> None:
        self.sending = self.sending or event.endswith("send_request_headers.started")


def _check_origin(request: httpx.Request, limits: Limits) -> None:
    if origin(request.url) != origin(limits.server):
        raise NotSentError(
            f"this client speaks to {limits.server.host} only, not to {request.url.host}"
        )


def _told(failure: Exception) -> PortkeyAdminError:
    """Return what a failure to get a response means: whether the request may have been sent."""
    if isinstance(failure, PortkeyAdminError):
        return failure
    kind = NotSentError if isinstance(failure, _NOT_SENT) else OutcomeUnknownError
    told = kind(_reason(failure))
    told.__cause__ = _without_secrets(failure)
    return told


def _without_secrets(failure: Exception) -> Exception:
    """Return a failure whose chain shows nothing of what was sent or received.

    Errors of the protocol quote the bytes that they are about, and frames hold them.
    """
    chain: list[BaseException] = [failure]
    for each in chain:
        each.__traceback__ = None
        if "Protocol" in type(each).__name__:
            each.args = ("the text is left out: it quotes what was sent or received",)
        links = (each.__cause__, each.__context__, *getattr(each, "exceptions", ()))
        chain += [link for link in links if link is not None and link not in chain]
    return failure


def _reason(error: Exception) -> str:
    """Return what went wrong: httpx's own messages are empty at times, or quote a header."""
    kind = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpcore.ConnectError) and str(error):
        return f"the connection failed ({kind}: {str(error)[:200]})"
    return f"the connection failed ({kind})"


def _drain(response: httpx.Response, body: Body) -> None:
    """Read the response into `body`, and note there what ended it early.

    Nothing is raised here, so that no traceback has this frame, which sees the secret's bytes.
    """
    try:
        with closing(response):
            for chunk in cast("Iterable[bytes]", response.stream):
                if not body.feed(chunk) or _deadline.passed():
                    break
            else:
                body.end()
    except Exception as error:  # noqa: BLE001 - whatever it is, the status has arrived
        body.failure = _without_secrets(error)


async def _drain_async(response: httpx.Response, body: Body) -> None:
    """Do what _drain does; a deadline cancels it."""
    try:
        async with aclosing(response):
            async for chunk in cast("AsyncIterable[bytes]", response.stream):
                if not body.feed(chunk):
                    break
            else:
                body.end()
    except Exception as error:  # noqa: BLE001 - whatever it is, the status has arrived
        body.failure = _without_secrets(error)


def _whole(body: Body, hide: Secret) -> Body:
    """Return `body`. Raises OutcomeUnknownError for that of a success that is not there whole.

    Of an error, what has arrived is enough.
    """
    if body.whole or not body.head.is_success:
        return body
    created = read_created(body.content, hide)
    why = body.cut or "its body did not arrive whole"
    raise OutcomeUnknownError(
        f"the server answered with status {body.head.status_code}, but {why}",
        status=body.head.status_code,
        created=created,
        key_id=created.id if created else read_id(body.content, hide),
    ) from body.failure
