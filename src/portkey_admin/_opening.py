"""From options to a generated client that is ready: with server, auth and guarded transport."""

from __future__ import annotations

import ssl

import httpx
from portkey_generated import Client

from portkey_admin._connections import (
    AsyncBorrowedTransport,
    BorrowedTransport,
    proxy_for,
    trust,
)
from portkey_admin._errors import ConfigurationError
from portkey_admin._options import Options
from portkey_admin._pool import AsyncPoolTransport, PoolTransport
from portkey_admin._transport import AsyncGuard, Guard


def guard(
    options: Options, transport: httpx.BaseTransport | None, http_client: httpx.Client | None
) -> Guard:
    """Return what synchronous calls are sent by. Raises ConfigurationError."""
    _check_type("transport", transport, httpx.BaseTransport)
    _check_type("http_client", http_client, httpx.Client)
    inner: httpx.BaseTransport
    if http_client is not None:
        inner = BorrowedTransport(http_client)
    else:
        inner = transport or PoolTransport(*_connecting(options))
    return Guard(inner, options.limits)


def async_guard(
    options: Options,
    transport: httpx.AsyncBaseTransport | None,
    http_client: httpx.AsyncClient | None,
) -> AsyncGuard:
    """Return what asynchronous calls are sent by. Raises ConfigurationError."""
    _check_type("transport", transport, httpx.AsyncBaseTransport)
    _check_type("http_client", http_client, httpx.AsyncClient)
    inner: httpx.AsyncBaseTransport
    if http_client is not None:
        inner = AsyncBorrowedTransport(http_client)
    else:
        inner = transport or AsyncPoolTransport(*_connecting(options))
    return AsyncGuard(inner, options.limits)


def client(options: Options, guard: Guard) -> Client:
    """Return a generated client for synchronous calls."""
    http = httpx.Client(transport=guard, **options.http)
    return _generated(options, guard).set_httpx_client(http)


def async_client(options: Options, guard: AsyncGuard) -> Client:
    """Return a generated client for asynchronous calls."""
    http = httpx.AsyncClient(transport=guard, **options.http)
    return _generated(options, guard).set_async_httpx_client(http)


def _generated(options: Options, guard: Guard | AsyncGuard) -> Client:
    """Return a generated client of which those that its with_headers() derives are guarded too."""
    return Client(
        base_url=str(options.limits.server),
        timeout=options.http["timeout"],
        httpx_args={"auth": options.http["auth"], "transport": guard, "trust_env": False},
    )


def _connecting(options: Options) -> tuple[httpx.URL, ssl.SSLContext, httpx.Proxy | None]:
    server = options.limits.server
    context = trust(server, options.ssl_context, options.ca_file)
    return server, context, proxy_for(server, options.proxy)


def _check_type(name: str, value: object, kind: type) -> None:
    if value is not None and not isinstance(value, kind):
        raise ConfigurationError(
            f"{name} is a {type(value).__name__}, not an httpx.{kind.__name__}"
        )
