"""The transport of every request: it enforces one origin, a deadline and a size limit.

It is inside the httpx client, so that this holds for generated functions too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import httpx

import portkey_admin_connections as connections
from portkey_admin._errors import (
    ConfigurationError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
)
from portkey_admin._records import CreatedKey
from portkey_admin._response import EFFECTS, Effect, Reading
from portkey_admin._secret import Secret, showable
from portkey_admin_connections import Answer, Outcome, describe_failure, is_field_value, origin


class ApiKeyAuth(httpx.Auth):
    """Sets a header to an API key on requests to one origin, and on no others.

    An httpx client that follows redirects sends the header to the new origin, as it does with all
    headers except Authorization. PortkeyAdmin follows no redirects.

    Raises ConfigurationError, which does not show the key, if a header cannot contain it.
    """

    def __init__(self, header: str, api_key: Secret, server: httpx.URL) -> None:
        self._header = header
        self._api_key = api_key
        self._origin = origin(server)
        if not (api_key.reveal() and is_field_value(api_key.reveal())):
            raise ConfigurationError(
                "the API key is empty, starts or ends with white space, or has characters that a "
                "header cannot contain (line breaks, or characters outside ASCII)",
                "api_key",
            )

    def __repr__(self) -> str:
        return f"ApiKeyAuth({self._header!r}, {self._api_key!r}, origin={self._origin!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield `request`, signed if it goes to the origin."""
        self.sign(request)
        yield request

    def sign(self, request: httpx.Request) -> bool:
        """Set the header if `request` goes to the origin, and return whether it does."""
        own = origin(request.url) == self._origin
        if own:
            request.headers[self._header] = self._api_key.reveal()
        return own


class Limits(NamedTuple):
    """Limits that a guard enforces: `deadline` is in seconds, and `hide` is masked in errors."""

    auth: ApiKeyAuth
    host: str
    deadline: float | None
    response_bytes: int
    hide: Secret


class Guard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests with the transports of an httpx client, and uses nothing else of it.

    Our own connections are in an httpx client too, because respx patches its choice of transport.
    """

    def __init__(self, client: Any, limits: Limits, *, is_borrowed: bool) -> None:
        self._client = client
        self._limits = limits
        # An httpx client that was not used does not close its transport.
        self._own = None if is_borrowed else client._transport  # noqa: SLF001
        self._process = os.getpid()
        self._refuse_hooks()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        effect = effect_of(request)
        return self._response(self.send(request, self.ends(), effect), effect)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole response. Raises NotSentError and OutcomeUnknownError."""
        effect = effect_of(request)
        return self._response(await self.send_async(request, self.ends(), effect), effect)

    def ends(self) -> float:
        """Return the end of a call that begins now, by time.monotonic()."""
        deadline = self._limits.deadline
        return connections.FOREVER if deadline is None else time.monotonic() + deadline

    def send(self, request: httpx.Request, ends: float, effect: Effect) -> Answer:
        """Return the answer, maybe cut off. Raises NotSentError and OutcomeUnknownError."""
        outcome = connections.send(*self._prepare(request, ends, is_async=False))
        return self._end(outcome, effect, ends)

    async def send_async(self, request: httpx.Request, ends: float, effect: Effect) -> Answer:
        """Return the answer, maybe cut off. Raises NotSentError and OutcomeUnknownError."""
        outcome = await connections.send_async(*self._prepare(request, ends, is_async=True))
        return self._end(outcome, effect, ends)

    def close(self) -> None:
        """Close the connections, unless they belong to the caller's client."""
        if self._own is not None:
            self._own.close()

    async def aclose(self) -> None:
        """Close the connections, unless they belong to the caller's client."""
        if self._own is not None:
            await self._own.aclose()

    def _refuse_hooks(self) -> None:
        if any(self._client.event_hooks.values()):
            reason = "has event hooks, which would see the API key: pass a client without them"
            raise ConfigurationError(reason, "http_client")

    def _prepare(
        self, request: httpx.Request, ends: float, *, is_async: bool
    ) -> tuple[Any, httpx.Request, float, int, Callable[[str], str]]:
        """Sign the request, and return the arguments that send it. Raises NotSentError."""
        limits, client = self._limits, self._client
        if not isinstance(client, httpx.AsyncClient if is_async else httpx.Client):
            name, kind = ("AsyncPortkeyAdmin", "a") if is_async else ("PortkeyAdmin", "")
            raise NotSentError(f"this client does not serve {kind}synchronous calls: use {name}")
        ours = connections.AsyncConnections if is_async else connections.Connections
        if self._process != os.getpid() and not isinstance(self._own, ours):
            reason = "the transport or http_client was made before the fork: make another one"
            raise NotSentError(reason)
        if not limits.auth.sign(request):
            host = showable(request.url.host)
            raise NotSentError(f"this client sends requests to {limits.host} only, not to {host}")
        self._refuse_hooks()
        if client.is_closed:
            raise NotSentError("the http_client is closed")
        # Its send() would log the reason phrase, which may hold anything.
        transport = client._transport_for_url(request.url)  # noqa: SLF001
        return transport, request, ends, limits.response_bytes, limits.hide.masked_in

    def _end(self, outcome: Outcome, effect: Effect, ends: float) -> Answer:
        """Return the answer, or raise the error for its absence.

        This is outside `except`, so that the raw failure does not become `__context__`.
        """
        answer, failure = outcome.answer, outcome.failure
        if not (failure is None or isinstance(failure, Exception)):
            # The call was interrupted: the exception carries a key that has arrived.
            vars(failure)["created"] = answer and Reading(answer, self._limits.hide, effect).found
            raise failure
        if answer is not None:
            return answer
        if isinstance(failure, PortkeyAdminError):
            raise failure
        reason = describe_failure(failure, lambda text: showable(text, self._limits.hide))
        if time.monotonic() >= ends:
            reason = f"the deadline of {self._limits.deadline:g} seconds has passed"
        reason = f"{self._limits.host}: {reason}"
        if not outcome.may_be_sent:
            raise NotSentError(f"{reason}; nothing was sent, and trying again is safe") from failure
        raise OutcomeUnknownError(reason, effect.advice) from failure

    def _response(self, answer: Answer, effect: Effect) -> httpx.Response:
        is_whole = answer.is_from_server and not answer.complaint
        if httpx.codes.is_success(answer.status) and not is_whole:
            raise Reading(answer, self._limits.hide, effect).error("is not whole")
        headers = connections.kept_fields(answer.headers)
        # Without the reason phrase: it may hold anything, and httpx logs it.
        return httpx.Response(answer.status, headers=headers, content=answer.content)


def effect_of(request: httpx.Request) -> Effect:
    """Return the effect of a generated function's call, by its HTTP method."""
    if request.method == "GET":
        return EFFECTS["retrieveApiKey"]
    advice = "look with api_keys.find or api_keys.retrieve before you try again"
    makes = CreatedKey if request.method == "POST" else None
    return Effect(Reading.done, f"it may have taken effect: {advice}", makes=makes)
