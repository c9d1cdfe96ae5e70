"""The TLS settings and the proxy of connections."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import urllib.request
from importlib.util import find_spec
from typing import Final

import httpx

_LAST_PORT: Final = 65535


@functools.cache
def _default_trust(_ca_file: str | None, _ca_directory: str | None) -> ssl.SSLContext:
    """Return the context that all clients with default trust share: making one takes 40 ms.

    The parameters are the environment variables that it depends on.
    """
    return httpx.create_ssl_context()


def trust(
    server: httpx.URL, ssl_context: ssl.SSLContext | None, ca_file: str | os.PathLike[str] | None
) -> ssl.SSLContext:
    """Return the SSL context to use. Raises OSError for files that cannot be used."""
    if ssl_context is not None:
        return ssl_context
    if ca_file is not None:
        os.stat(ca_file)  # noqa: PTH116 - Path("") is the folder; an empty name stands for the default
        return ssl.create_default_context(cafile=ca_file)
    if server.scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused over http; trusts nothing
    return _default_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


def proxy_for(server: httpx.URL, proxy: str | httpx.Proxy | None) -> httpx.Proxy | None:
    """Return the proxy to use: `proxy`, or for https the environment's (HTTPS_PROXY, NO_PROXY).

    Plain http ignores the environment's proxy, since it would see the API key. Raises ValueError,
    which names the variable but does not show the URL: it may contain a password.
    """
    source = "it"
    if proxy is None and server.scheme == "https":
        known = urllib.request.getproxies_environment()
        source = "HTTPS_PROXY" if known.get("https") else "ALL_PROXY"
        exempt = {"no": known.get("no", "").replace("*.", ".")}
        host = f"[{server.host}]" if ":" in server.host else server.host
        hosts = (server.host, f"{host}:{server.port or 443}")
        # typeshed lacks it
        bypasses = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
        if not any(bypasses(host, exempt) for host in hosts):
            proxy = known.get("https") or known.get("all")
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
    if proxy is None:
        return None
    usable = None
    with contextlib.suppress(ValueError, TypeError, httpx.InvalidURL):
        usable = proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    if usable is None or not usable.url.host or (usable.url.port or 0) > _LAST_PORT:
        schemes = "http://, https://, socks5:// or socks5h://"
        raise ValueError(f"{source} is not the URL of a proxy, {schemes} and a host") from None
    if usable.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ValueError(
            f"{source} is a SOCKS proxy, which needs the package socksio: httpx[socks]"
        )
    return usable
