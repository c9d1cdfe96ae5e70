"""The transports that hold, for every call, what a client for secrets must hold.

`Guard` and `AsyncGuard` stand below the httpx client, so that the generated functions have their
promises too: one origin, a deadline for the whole call, a cap on what is read, and an error that
says what became of the request. They stand on connections, or on what the caller brought.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator
from contextlib import aclosing, closing, contextmanager
from typing import Any, Final, NamedTuple, cast

import anyio
import httpcore
import httpx

from portkey_admin import _deadline
from portkey_admin._auth import origin
from portkey_admin._body import Body
from portkey_admin._connections import AsyncPoolTransport
from portkey_admin._created import read_created, read_id
from portkey_admin._errors import NotSentError, OutcomeUnknownError, PortkeyAdminError

# Raised while a connection is waited for or made, before anything of a request is sent.
_NOT_SENT: Final = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.UnsupportedProtocol, httpx.LocalProtocolError),
    *(httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.ProxyError),
    *(httpcore.UnsupportedProtocol, httpcore.LocalProtocolError),
)


class Limits(NamedTuple):
    """What a guard holds."""

    server: httpx.URL
    """The server; other origins are refused."""
    deadline: float | None
    """Seconds for the whole call, None for no limit."""
    response_bytes: int
    """The most that is read of a body, after inflating."""


class Guard(httpx.BaseTransport):
    """Sends requests by `inner`, within `limits`."""

    def __init__(self, inner: httpx.BaseTransport, limits: Limits) -> None:
        self._inner = inner
        self._limits = limits

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        _check_origin(request, self._limits)
        with _deadline.deadline(self._limits.deadline):
            with _outcome():
                response = self._inner.handle_request(request)
            body = Body(response, self._limits.response_bytes)
            cause = _drain(response, body)
        return _whole(body, cause)

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
        _check_origin(request, self._limits)
        watch = _Watch(self._inner, request)
        body: Body | None = None
        cause: Exception | None = None
        with anyio.move_on_after(self._limits.deadline), _outcome():
            response = await self._inner.handle_async_request(request)
            body = Body(response, self._limits.response_bytes)
            cause = await _drain_async(response, body)
        if body is None:
            raise (OutcomeUnknownError if watch.sending else NotSentError)(_deadline.PASSED)
        return _whole(body, cause)

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


@contextmanager
def _outcome() -> Iterator[None]:
    """Say of every failure to get a response whether the request may have been sent."""
    try:
        yield
    except PortkeyAdminError:
        raise
    except _NOT_SENT as error:
        raise NotSentError(_reason(error)) from error
    except Exception as error:
        raise OutcomeUnknownError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """Return what went wrong: httpx's own messages are empty at times, or quote a header."""
    kind = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpcore.ConnectError) and str(error):
        return f"the connection failed ({kind}: {str(error)[:200]})"
    return f"the connection failed ({kind})"


def _drain(response: httpx.Response, body: Body) -> Exception | None:
    """Read the response into `body`; return what ended it early.

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
        return error
    return None


async def _drain_async(response: httpx.Response, body: Body) -> Exception | None:
    """Do what _drain does; a deadline cancels it."""
    try:
        async with aclosing(response):
            async for chunk in cast("AsyncIterable[bytes]", response.stream):
                if not body.feed(chunk):
                    break
            else:
                body.end()
    except Exception as error:  # noqa: BLE001 - whatever it is, the status has arrived
        return error
    return None


def _whole(body: Body, cause: Exception | None) -> httpx.Response:
    """Return the response. Raises OutcomeUnknownError for a success that is not there whole.

    Of an error, what has arrived is enough.
    """
    if body.whole or not body.is_success:
        return body.response()
    why = body.cut or "its body did not arrive whole"
    raise OutcomeUnknownError(
        f"the server answered with status {body.status}, but {why}",
        status=body.status,
        created=read_created(body.content),
        key_id=read_id(body.content),
    ) from cause
