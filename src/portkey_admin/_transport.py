"""The transport of every request: one origin, a deadline, a limit, and errors that say the outcome.

It stands below the httpx client, so that generated functions are promised the same.
"""

from __future__ import annotations

import os
import time
from typing import Any, Final, NamedTuple

import httpx

import portkey_admin_connections as connections
from portkey_admin._auth import ApiKeyAuth
from portkey_admin._errors import (
    ConfigurationError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
)
from portkey_admin._records import CreatedKey
from portkey_admin._response import EFFECTS, Effect, judge, read_done, require_whole
from portkey_admin._secret import Secret, showable
from portkey_admin_connections import Answer, Outcome

# Headers that are not true of an inflated body; cookies, since a request carries what the spec
# describes and nothing that an earlier response left behind; and where a redirect leads.
_DROPPED: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "location"}
)
# What is known of a call by a generated function.
_CHANGE: Final = Effect(
    read_done,
    "it may have taken effect: look with api_keys.find or api_keys.retrieve before you try again",
)
_BY_METHOD: Final = {
    "GET": EFFECTS["retrieveApiKey"],
    "POST": _CHANGE._replace(makes=CreatedKey),
}


class Limits(NamedTuple):
    """What a guard enforces: `deadline` is in seconds, and no error shows `hide`."""

    auth: ApiKeyAuth
    host: str
    deadline: float | None
    response_bytes: int
    hide: Secret


class Guard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests by the transports of an httpx client, of which nothing else is used.

    Our own connections are in one too: respx patches the choice of a transport there.
    """

    def __init__(self, client: Any, limits: Limits, *, is_borrowed: bool) -> None:
        self._client = client
        self._limits = limits
        self._is_borrowed = is_borrowed
        self._process = os.getpid()
        self._transport_for(None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        return self._response(self.send(request), request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        return self._response(await self.send_async(request), request)

    def ends(self) -> float:
        """Return when a call ends that begins now, by time.monotonic()."""
        deadline = self._limits.deadline
        return connections.FOREVER if deadline is None else time.monotonic() + deadline

    def send(
        self, request: httpx.Request, ends: float | None = None, effect: Effect | None = None
    ) -> Answer:
        """Return the answer as far as it came. Raises NotSentError and OutcomeUnknownError."""
        ends, effect = self.ends() if ends is None else ends, effect or _effect(request)
        transport = self._prepare(request, is_async=False)
        limit, mask = self._limits.response_bytes, self._limits.hide.masked_in
        return self._end(connections.send(transport, request, ends, limit, mask), effect, ends)

    async def send_async(
        self, request: httpx.Request, ends: float | None = None, effect: Effect | None = None
    ) -> Answer:
        """Return the answer as far as it came. Raises NotSentError and OutcomeUnknownError."""
        ends, effect = self.ends() if ends is None else ends, effect or _effect(request)
        transport = self._prepare(request, is_async=True)
        limit, mask = self._limits.response_bytes, self._limits.hide.masked_in
        outcome = await connections.send_async(transport, request, ends, limit, mask)
        return self._end(outcome, effect, ends)

    def close(self) -> None:
        """Close what it sends by, unless that is the caller's client."""
        if not self._is_borrowed:
            self._client._transport.close()  # noqa: SLF001 - an unused client closes nothing

    async def aclose(self) -> None:
        """Close what it sends by, unless that is the caller's client."""
        if not self._is_borrowed:
            await self._client._transport.aclose()  # noqa: SLF001 - an unused client closes nothing

    def _prepare(self, request: httpx.Request, *, is_async: bool) -> Any:
        """Sign the request, and return what to send it by. Raises NotSentError."""
        if not isinstance(self._client, httpx.AsyncClient if is_async else httpx.Client):
            name, kind = ("AsyncPortkeyAdmin", "a") if is_async else ("PortkeyAdmin", "")
            raise NotSentError(f"this client does not serve {kind}synchronous calls: use {name}")
        ours = connections.AsyncConnections if is_async else connections.Connections
        own = isinstance(self._client._transport, ours)  # noqa: SLF001 - httpx shows it nowhere else
        if not own and self._process != os.getpid():
            raise NotSentError(
                "the transport or http_client belongs to the process before the fork"
            )
        if not self._limits.auth.sign(request):
            host = showable(request.url.host)
            raise NotSentError(f"this client speaks to {self._limits.host} only, not to {host}")
        return self._transport_for(request)

    def _transport_for(self, request: httpx.Request | None) -> Any:
        client = self._client
        if any(client.event_hooks.values()):
            reason = "has event hooks, which would see the API key: give a client without them"
            raise ConfigurationError(reason, "http_client")
        if request is None:
            return None
        if client.is_closed:
            raise NotSentError("the http_client is closed")
        # Its send() would log the reason phrase, which may hold anything.
        return client._transport_for_url(request.url)  # noqa: SLF001

    def _end(self, outcome: Outcome, effect: Effect, ends: float) -> Answer:
        """Return the answer, or raise what its absence means.

        This is no longer inside `except`, so that the raw failure is no context of what is raised.
        """
        answer, failure = outcome.answer, outcome.failure
        if not (failure is None or isinstance(failure, Exception)):
            # The call was interrupted: a key that has arrived goes along.
            vars(failure)["created"] = answer and judge(answer, self._limits.hide, effect)[0]
            raise failure
        if answer is not None:
            return answer
        if isinstance(failure, PortkeyAdminError):
            raise failure
        reason = f"{self._limits.host}: {self._describe(failure, ends)}"
        error: PortkeyAdminError = OutcomeUnknownError(reason, effect.advice)
        if not outcome.may_be_sent:
            error = NotSentError(f"{reason}; nothing was sent, and trying again is safe")
        error.__cause__ = failure
        raise error

    def _describe(self, failure: Exception | None, ends: float) -> str:
        if time.monotonic() >= ends:
            return f"the deadline of {self._limits.deadline:g} seconds has passed"
        kind = type(failure).__name__
        if isinstance(failure, httpx.ProxyError):
            return f"the proxy refused the connection ({showable(str(failure), self._limits.hide)})"
        if isinstance(failure, httpx.ConnectError) and str(failure):
            kind = f"{kind}: {showable(str(failure), self._limits.hide)}"
        return f"the connection failed ({kind})"

    def _response(self, answer: Answer, request: httpx.Request) -> httpx.Response:
        require_whole(answer, self._limits.hide, _effect(request))
        headers = [each for each in answer.headers.multi_items() if each[0] not in _DROPPED]
        # Without the reason phrase: it may hold anything, and httpx logs it.
        return httpx.Response(answer.status, headers=headers, content=answer.content)


def _effect(request: httpx.Request) -> Effect:
    return _BY_METHOD.get(request.method, _CHANGE)
