"""The two clients."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar, cast

from portkey_admin._api_keys import ApiKeys
from portkey_admin._errors import ConfigurationError, OutcomeUnknownError
from portkey_admin._listing import Listing
from portkey_admin._secret import Secret

if TYPE_CHECKING:
    import ssl

    import httpx
    from portkey_generated import Client

    from portkey_admin._options import Settings
    from portkey_admin._records import ApiKey, CreatedKey, RotatedKey
    from portkey_admin._request import Call

TransportT = TypeVar("TransportT")
HttpClientT = TypeVar("HttpClientT")
ApiKeysT = TypeVar("ApiKeysT")


class _Admin(Generic[TransportT, HttpClientT, ApiKeysT]):
    """Base class of the synchronous and the asynchronous client."""

    # The class, so that help() finds the methods; each client has an instance of its own.
    api_keys: ApiKeysT = cast("ApiKeysT", ApiKeys)
    """API keys: `api_keys.create(...)`, `api_keys.find(...)` and so on."""
    client: Client
    """The generated client, with auth and server set, for calling generated functions directly."""
    _is_async = False

    def __init__(  # noqa: PLR0913 - every option of a connection is its own argument
        self,
        api_key: str | Secret | None = None,
        *,
        server: str | None = None,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = 30.0,
        retries: int = 0,
        max_response_bytes: int = 1024 * 1024,
        ssl_context: ssl.SSLContext | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        proxy: str | httpx.Proxy | None = None,
        headers: Mapping[str, str] | None = None,
        transport: TransportT | None = None,
        http_client: HttpClientT | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            api_key: The admin key; by default the environment variable PORTKEY_API_KEY.
            server: The base URL of a self-hosted control plane, with its prefix (`/v1`); by
                default the environment variable PORTKEY_BASE_URL, or else the spec's public
                endpoint. https, or http on loopback.
            base_url: Another name for `server`, used in Portkey's own samples.
            allow_http: Allow plain http to any host, which sends the admin key unencrypted.
            timeout: Time limit for each phase of a call, in seconds or as httpx.Timeout; by
                default 10 for connecting, and only the deadline for the other phases.
            deadline: Time limit for a whole call in seconds; use None for no deadline.
            retries: How often a call that the server refuses with 429 is tried again, after the
                time in Retry-After and within the deadline.
            max_response_bytes: The largest response that is read, after decompression.
            ssl_context: For TLS; by default httpx's, shared by all clients of the process.
            ca_file: File of the certificate authorities to trust, instead of `ssl_context`.
            proxy: URL of a proxy; by default, for https, HTTPS_PROXY and NO_PROXY are honoured.
            headers: Additional headers for each request.
            transport: An httpx transport to send with, instead of our own connections.
            http_client: An httpx client to send with; only its connections are used. It stays open
                when this client is closed.

        Raises:
            ConfigurationError: An option is invalid. The message names it, and shows no key.
        """
        if not (api_key is None or isinstance(api_key, Secret)):
            api_key = Secret(api_key)
        from portkey_admin import _options  # noqa: PLC0415 - loads httpx, which is slow

        settings = _options.read(
            {
                "api_key": api_key,
                "server": server,
                "base_url": base_url,
                "allow_http": allow_http,
                "timeout": timeout,
                "deadline": deadline,
                "retries": retries,
                "max_response_bytes": max_response_bytes,
                "ssl_context": ssl_context,
                "ca_file": ca_file,
                "proxy": proxy,
                "headers": headers,
                "transport": transport,
                "http_client": http_client,
            },
            is_async=self._is_async,
        )
        # A traceback would show these, and one may be a secret.
        del api_key, server, base_url, proxy, headers, ca_file
        if isinstance(settings, ConfigurationError):
            raise settings
        self._api_key = settings.api_key
        self.client = settings.client
        # Not methods of this class: a reference cycle would keep a dropped client alive.
        calls = (AsyncCalls if self._is_async else Calls)(settings)
        self.api_keys = cast("ApiKeysT", ApiKeys(calls))

    @property
    def admin(self) -> Self:
        """This client, for samples that write `portkey.admin.api_keys`."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, '_api_key', None)!r})"


_ApiKeys = ApiKeys["CreatedKey", "RotatedKey", "ApiKey", Iterator["ApiKey"], "list[ApiKey]", None]
_AsyncApiKeys = ApiKeys[
    Coroutine[Any, Any, "CreatedKey"],
    Coroutine[Any, Any, "RotatedKey"],
    Coroutine[Any, Any, "ApiKey"],
    AsyncIterator["ApiKey"],
    Coroutine[Any, Any, "list[ApiKey]"],
    Coroutine[Any, Any, None],
]


class PortkeyAdmin(_Admin["httpx.BaseTransport", "httpx.Client", _ApiKeys]):
    """Manages API keys. A context manager; threads may share one."""

    def close(self) -> None:
        """Close the connections; a later call raises NotSentError."""
        self.client.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncPortkeyAdmin(_Admin["httpx.AsyncBaseTransport", "httpx.AsyncClient", _AsyncApiKeys]):
    """Manages API keys for asyncio. An asynchronous context manager; tasks may share one."""

    _is_async = True

    async def aclose(self) -> None:
        """Close the connections; a later call raises NotSentError."""
        await self.client.get_async_httpx_client().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Calls(NamedTuple):
    """Makes the calls of PortkeyAdmin."""

    settings: Settings

    def send(self, call: Call) -> Any:
        from portkey_admin import _request, _response  # noqa: PLC0415 - at the first call

        guard, hide = self.settings.guard, self.settings.api_key
        request = _request.build(call, self.settings.client.get_httpx_client(), hide)
        attempts = _response.Attempts(call.effect, self.settings.retries, ends := guard.ends())
        while True:
            try:
                answer = guard.send(request, ends, call.effect)
            except OutcomeUnknownError:
                if (pause := attempts.pause(None)) is None:
                    raise
            else:
                if (pause := attempts.pause(answer)) is None:
                    return call.effect.read(_response.Reading(answer, hide, call.effect))
            time.sleep(pause)

    def pages(self, call: Call) -> Iterator[ApiKey]:
        listing = Listing()
        while listing.number is not None:
            yield from listing.take(self.send(call.at_page(listing.number)))

    def find(self, call: Call) -> list[ApiKey]:
        return [key for key in self.pages(call) if key.name == call.name]


class AsyncCalls(NamedTuple):
    """Makes the calls of AsyncPortkeyAdmin."""

    settings: Settings

    async def send(self, call: Call) -> Any:
        import asyncio  # noqa: PLC0415 - loads ssl, which is slow

        from portkey_admin import _request, _response  # noqa: PLC0415 - at the first call

        guard, hide = self.settings.guard, self.settings.api_key
        request = _request.build(call, self.settings.client.get_async_httpx_client(), hide)
        attempts = _response.Attempts(call.effect, self.settings.retries, ends := guard.ends())
        while True:
            try:
                answer = await guard.send_async(request, ends, call.effect)
            except OutcomeUnknownError:
                if (pause := attempts.pause(None)) is None:
                    raise
            else:
                if (pause := attempts.pause(answer)) is None:
                    return call.effect.read(_response.Reading(answer, hide, call.effect))
            await asyncio.sleep(pause)

    async def pages(self, call: Call) -> AsyncIterator[ApiKey]:
        listing = Listing()
        while listing.number is not None:
            for key in listing.take(await self.send(call.at_page(listing.number))):
                yield key

    async def find(self, call: Call) -> list[ApiKey]:
        return [key async for key in self.pages(call) if key.name == call.name]
