"""What requests are sent by: connections of our own, or the caller's httpx client."""

from __future__ import annotations

import functools
import os
import ssl
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final, NamedTuple

import httpcore
import httpx
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

from portkey_admin._deadline import DeadlineBackend
from portkey_admin._errors import ConfigurationError, NotSentError

# Attempts to connect after the first; what fails while connecting has sent nothing.
_RETRIES: Final = 2
_AT_ONCE: Final = 50
_KEPT_ALIVE: Final = httpx.Limits(max_keepalive_connections=20, keepalive_expiry=5)
_MOST_CONNECTIONS: Final = 100


@functools.cache
def _default_trust(_ca_file: str | None, _ca_directory: str | None) -> ssl.SSLContext:
    """Return the one context that all clients with the default trust share: it takes 40 ms to make.

    The parameters are the environment variables that it depends on.
    """
    return httpx.create_ssl_context()


def trust(
    server: httpx.URL, ssl_context: ssl.SSLContext | None, ca_file: str | os.PathLike[str] | None
) -> ssl.SSLContext:
    """Return the SSL context to use. Raises ConfigurationError where there is none."""
    if ssl_context is not None:
        if not isinstance(ssl_context, ssl.SSLContext):
            raise ConfigurationError("ssl_context is no ssl.SSLContext")
        return ssl_context
    if ca_file is not None:
        if not (isinstance(ca_file, str | os.PathLike) and os.fspath(ca_file)):
            raise ConfigurationError("ca_file is not the path of a file")
        try:
            return ssl.create_default_context(cafile=ca_file)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"ca_file cannot be used: {error}") from error
    if server.scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # for nobody: it trusts no certificate
    try:
        return _default_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"SSL_CERT_FILE or SSL_CERT_DIR: {error}") from error


def proxy_for(server: httpx.URL, proxy: str | httpx.Proxy | None) -> httpx.Proxy | None:
    """Return the proxy to use: `proxy`, or for https the environment's (HTTPS_PROXY, NO_PROXY).

    Plain http takes no proxy from the environment, since that would see the API key.
    """
    exempt = map(urllib.request.proxy_bypass, (server.host, server.netloc.decode()))
    if proxy is None and server.scheme == "https" and not any(exempt):
        known = urllib.request.getproxies()
        proxy = known.get("https") or known.get("all")
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
    if proxy is None:
        return None
    try:
        usable = proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    except (ValueError, AttributeError, TypeError, httpx.InvalidURL):
        raise ConfigurationError("the proxy is not a URL that can be used") from None
    if usable.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError("a SOCKS proxy needs the package socksio: httpx[socks]")
    return usable


class PoolTransport(httpx.BaseTransport):
    """A connection pool whose sockets keep to the deadline of a call.

    httpx.HTTPTransport would do, but that it leaves no place for a network backend.
    """

    def __init__(self, ssl_context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        self._new_pool = functools.partial(
            httpcore.ConnectionPool,
            ssl_context=ssl_context,
            proxy=None if proxy is None else _as_httpcore(proxy),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_KEPT_ALIVE.max_keepalive_connections,
            keepalive_expiry=_KEPT_ALIVE.keepalive_expiry,
            retries=_RETRIES,
            network_backend=DeadlineBackend(),
        )
        self._pool = self._new_pool()
        self._process = os.getpid()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises what httpcore raises."""
        if self._process != os.getpid():
            # After a fork: the connections are the parent's, which would read our answers.
            self._pool, self._process = self._new_pool(), os.getpid()
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=_url(request.url),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_ResponseStream(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _ResponseStream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _AsyncPool(NamedTuple):
    transport: httpx.AsyncHTTPTransport
    gate: CapacityLimiter


class AsyncPoolTransport(httpx.AsyncBaseTransport):
    """A connection pool for each event loop: connections live and die with theirs."""

    def __init__(self, ssl_context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        self._new_pool = functools.partial(
            httpx.AsyncHTTPTransport,
            verify=ssl_context,
            proxy=proxy,
            retries=_RETRIES,
            # The gate limits the connections: a queue before the pool is faster than one in it.
            limits=_KEPT_ALIVE,
            trust_env=False,
        )
        self._pool: RunVar[_AsyncPool | None] = RunVar("portkey_admin_pool", None)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises what httpx raises."""
        pool = self._pool.get()
        if pool is None:
            pool = _AsyncPool(self._new_pool(), CapacityLimiter(_AT_ONCE))
            self._pool.set(pool)
        async with pool.gate:
            return await pool.transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        pool = self._pool.get()
        if pool is not None:
            await pool.transport.aclose()


class BorrowedTransport(httpx.BaseTransport):
    """The caller's httpx client, used for its connections alone.

    Its base URL, auth, headers, cookies, parameters and redirects have no part in a request.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        _refuse_hooks(client)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises NotSentError where the client is closed."""
        _refuse_closed(self._client)
        _refuse_hooks(self._client)
        return self._client.send(request, auth=None, follow_redirects=False, stream=True)


class AsyncBorrowedTransport(httpx.AsyncBaseTransport):
    """The caller's httpx client, used as `BorrowedTransport` uses it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        _refuse_hooks(client)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, its body unread. Raises NotSentError where the client is closed."""
        _refuse_closed(self._client)
        _refuse_hooks(self._client)
        return await self._client.send(request, auth=None, follow_redirects=False, stream=True)


def _refuse_hooks(client: httpx.Client | httpx.AsyncClient) -> None:
    if any(client.event_hooks.values()):
        raise ConfigurationError(
            "the http_client has event hooks: one that raises after a key was created would lose "
            "it, and each sees the API key; give a client without"
        )


def _refuse_closed(client: httpx.Client | httpx.AsyncClient) -> None:
    if client.is_closed:
        raise NotSentError("the http_client is closed")


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _as_httpcore(proxy: httpx.Proxy) -> httpcore.Proxy:
    return httpcore.Proxy(
        url=_url(proxy.url),
        auth=proxy.raw_auth,
        headers=proxy.headers.raw,
        ssl_context=proxy.ssl_context,
    )
