"""The two clients: what they take, and how a call goes."""

from __future__ import annotations

import os
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from portkey_admin._api_keys import ApiKeys, Arguments, ResultT
from portkey_admin._errors import OutcomeUnknownError
from portkey_admin._secret import Secret

if TYPE_CHECKING:
    import ssl

    import httpx
    from portkey_generated import Client

    from portkey_admin._created import CreatedKey
    from portkey_admin._options import Options

TransportT = TypeVar("TransportT")
HttpClientT = TypeVar("HttpClientT")


class _Admin(Generic[TransportT, HttpClientT, ResultT]):
    """What the synchronous and the asynchronous client share."""

    api_keys: ApiKeys[ResultT]
    """API keys: `api_keys.create(...)`."""
    client: Client
    """The generated client, with auth and server set, for calling generated functions directly."""

    def __init__(  # noqa: PLR0913 - every option of a connection is its own argument
        self,
        api_key: str | Secret | None = None,
        *,
        server: str | None = None,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = 30.0,
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
            api_key: The admin key; without it, the environment variable PORTKEY_API_KEY.
            server: The base URL of a self-hosted control plane, with its prefix (`/v1`); without
                it, the environment variable PORTKEY_BASE_URL, and without that the spec's public
                endpoint. https, or http on loopback.
            base_url: Another name for `server`, as Portkey's own samples have it.
            allow_http: Allow plain http to any host: the admin key is then readable on the way.
            timeout: Seconds between bytes, for connecting and so on, as httpx takes it; by
                default 10 for connecting, and otherwise the deadline alone.
            deadline: Seconds for a whole call, None for no limit.
            max_response_bytes: The most that is read of a response, after decompression.
            ssl_context: For TLS; by default httpx's, shared by all clients of the process.
            ca_file: File of the certificate authorities to trust, instead of `ssl_context`.
            proxy: URL of a proxy; by default, for https, what HTTPS_PROXY and NO_PROXY say.
            headers: More headers for each request.
            transport: An httpx transport to send by, instead of connections of our own.
            http_client: An httpx client whose connections are used; its base URL, auth, headers,
                cookies, parameters and redirects are not. It stays open when this one is closed.

        Raises:
            ConfigurationError: An option is not usable; the message says why, and shows no key.
        """
        # From here on no local variable of this frame holds the key itself.
        api_key = Secret(api_key) if isinstance(api_key, str) else api_key
        from portkey_admin import _options  # noqa: PLC0415 - loads httpx, which an import need not

        options = _options.read(
            api_key,
            server=server,
            base_url=base_url,
            allow_http=allow_http,
            timeout=timeout,
            deadline=deadline,
            max_response_bytes=max_response_bytes,
            ssl_context=ssl_context,
            ca_file=ca_file,
            proxy=proxy,
            headers=headers,
        )
        # Connections that the caller brings have their own TLS and proxy.
        for own in ({"ssl_context": ssl_context}, {"ca_file": ca_file}, {"proxy": proxy}):
            _options.only_one(transport=transport, http_client=http_client, **own)
        self._api_key = options.api_key
        self.client = self._open(options, transport, http_client)
        self.api_keys = ApiKeys(self._call)

    @property
    def admin(self) -> Self:
        """This client, for samples that write `portkey.admin.api_keys`."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, '_api_key', None)!r})"

    def _open(
        self, options: Options, transport: TransportT | None, http_client: HttpClientT | None
    ) -> Client:
        raise NotImplementedError

    def _call(self, arguments: Arguments) -> ResultT:
        raise NotImplementedError


class PortkeyAdmin(_Admin["httpx.BaseTransport", "httpx.Client", "CreatedKey"]):
    """Creates API keys. A context manager; threads may share one."""

    def _open(
        self,
        options: Options,
        transport: httpx.BaseTransport | None,
        http_client: httpx.Client | None,
    ) -> Client:
        from portkey_admin import _opening  # noqa: PLC0415 - loads httpx, which an import need not

        self._guard = _opening.guard(options, transport, http_client)
        return _opening.client(options, self._guard)

    def _call(self, arguments: Arguments) -> CreatedKey:
        from portkey_admin import _exchange  # noqa: PLC0415 - loads the models at the first call

        http = self.client.get_httpx_client()
        request = _exchange.request(arguments, http, hide=self._api_key)
        try:
            body = self._guard.send(request)
        except OutcomeUnknownError as error:
            return _exchange.recovered(error)
        return _exchange.created_key(body, hide=self._api_key)

    def close(self) -> None:
        """Close the connections; a later call raises NotSentError."""
        self.client.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncPortkeyAdmin(
    _Admin["httpx.AsyncBaseTransport", "httpx.AsyncClient", Coroutine[Any, Any, "CreatedKey"]]
):
    """Creates API keys, awaited. An asynchronous context manager; tasks may share one."""

    def _open(
        self,
        options: Options,
        transport: httpx.AsyncBaseTransport | None,
        http_client: httpx.AsyncClient | None,
    ) -> Client:
        from portkey_admin import _opening  # noqa: PLC0415 - loads httpx, which an import need not

        self._guard = _opening.async_guard(options, transport, http_client)
        return _opening.async_client(options, self._guard)

    async def _call(self, arguments: Arguments) -> CreatedKey:
        from portkey_admin import _exchange  # noqa: PLC0415 - loads the models at the first call

        http = self.client.get_async_httpx_client()
        request = _exchange.request(arguments, http, hide=self._api_key)
        try:
            body = await self._guard.send(request)
        except OutcomeUnknownError as error:
            return _exchange.recovered(error)
        return _exchange.created_key(body, hide=self._api_key)

    async def aclose(self) -> None:
        """Close the connections; a later call raises NotSentError."""
        await self.client.get_async_httpx_client().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
