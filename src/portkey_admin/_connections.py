"""What connections are made with (trust, proxy), and the caller's httpx client in their place."""

from __future__ import annotations

import functools
import os
import ssl
import urllib.request
from importlib.util import find_spec

import httpx

from portkey_admin._errors import ConfigurationError, NotSentError


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
    except OSError as error:
        raise ConfigurationError(f"SSL_CERT_FILE or SSL_CERT_DIR: {error}") from error


def proxy_for(server: httpx.URL, proxy: str | httpx.Proxy | None) -> httpx.Proxy | None:
    """Return the proxy to use: `proxy`, or for https the environment's (HTTPS_PROXY, NO_PROXY).

    Plain http takes no proxy from the environment, since that would see the API key.
    """
    exempt = map(urllib.request.proxy_bypass, (server.host, server.netloc.decode()))
    if proxy is None and server.scheme == "https" and not any(exempt):
        known = urllib.request.getproxies_environment()
        proxy = known.get("https") or known.get("all")
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
    if proxy is None:
        return None
    try:
        usable = proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    except (ValueError, TypeError, httpx.InvalidURL):
        raise ConfigurationError("the proxy is not a URL that can be used") from None
    if usable.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError("a SOCKS proxy needs the package socksio: httpx[socks]")
    return usable


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
