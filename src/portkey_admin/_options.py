"""Checks the options of a client, and builds the parts of a client from them."""

from __future__ import annotations

import math
import os
import ssl
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx
from portkey_generated import Client

import portkey_admin_connections as connections
from portkey_admin import __version__
from portkey_admin._errors import ConfigurationError
from portkey_admin._secret import Secret
from portkey_admin._spec import create_operation
from portkey_admin._transport import ApiKeyAuth, Guard, Limits

_CONNECT_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 86_400
_MOST_RETRIES: Final = 10
# The caller's own connections have their own TLS and proxy.
_EXCLUSIVE: Final = (
    ("server", "base_url"),
    ("ssl_context", "ca_file", "transport", "http_client"),
    ("proxy", "transport", "http_client"),
)

# Headers that callers cannot set: the wrapper, the generated function or HTTP sets them.
_RESERVED: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)


class Settings(NamedTuple):
    """The parts of a client."""

    api_key: Secret
    retries: int
    guard: Guard
    client: Client


def read(options: dict[str, Any], *, is_async: bool) -> Settings | ConfigurationError:
    """Return the parts of a client, or the error for an invalid option.

    The error is returned, so that no traceback leads to the values: one may be a secret.
    """
    try:
        return _read(options, is_async=is_async)
    except ConfigurationError as error:
        error.__context__ = None
        return error.with_traceback(None)


def _read(options: dict[str, Any], *, is_async: bool) -> Settings:
    new: Any = httpx.AsyncClient if is_async else httpx.Client
    kinds = {
        "ssl_context": (ssl.SSLContext,),
        "ca_file": (str, os.PathLike),
        "proxy": (str, httpx.Proxy),
        "headers": (Mapping,),
        "transport": (httpx.AsyncBaseTransport if is_async else httpx.BaseTransport,),
        "http_client": (new,),
    }
    for name, allowed in kinds.items():
        if options[name] is not None and not isinstance(options[name], allowed):
            kind = " or ".join(each.__name__ for each in allowed)
            raise ConfigurationError(f"is {type(options[name]).__name__}, not {kind}", name)
    for names in _EXCLUSIVE:
        given = [name for name in names if options[name] is not None]
        if len(given) > 1:
            raise ConfigurationError("cannot be used together", *given)
    key, deadline = _find_api_key(options["api_key"]), options["deadline"]
    url = _find_server(options)
    if deadline is not None and _positive("deadline", deadline) > _LONGEST_SECONDS:
        reason = f"must be at most {_LONGEST_SECONDS} seconds; use None for no deadline"
        raise ConfigurationError(reason, "deadline")
    for name in ("max_response_bytes", "retries"):
        if not isinstance(options[name], int) or isinstance(options[name], bool):
            raise ConfigurationError("must be a whole number", name)
    if not 0 <= (retries := options["retries"]) <= _MOST_RETRIES:
        raise ConfigurationError(f"must be from 0 to {_MOST_RETRIES}", "retries")
    auth = ApiKeyAuth(create_operation().api_key_header, key, url)
    most = _positive("max_response_bytes", options["max_response_bytes"])
    limits = Limits(auth, url.host, deadline, most, key)
    borrowed, timeout = options["http_client"], _phases(options["timeout"])
    sender = borrowed or new(transport=_inner(options, url, is_async=is_async))
    guard = Guard(sender, limits, is_borrowed=borrowed is not None)
    # Not from the environment: trust and proxy_for read the variables that are safe.
    shared: dict[str, Any] = {"transport": guard, "trust_env": False}
    client = Client(base_url=str(url), timeout=timeout, httpx_args=shared)
    http = new(base_url=url, timeout=timeout, headers=_headers(options["headers"] or {}), **shared)
    (client.set_async_httpx_client if is_async else client.set_httpx_client)(http)
    return Settings(key, retries, guard, client)


def _inner(options: dict[str, Any], url: httpx.URL, *, is_async: bool) -> Any:
    """Return the caller's transport, or our own connections."""
    if options["transport"] is not None:
        return options["transport"]
    try:
        context = connections.trust(url, options["ssl_context"], options["ca_file"])
    except (OSError, ValueError) as error:
        names = ("SSL_CERT_FILE", "SSL_CERT_DIR") if options["ca_file"] is None else ("ca_file",)
        raise ConfigurationError(f"cannot be used: {error}", *names) from None
    try:
        proxy = connections.proxy_for(url, options["proxy"])
    except ValueError as error:
        raise ConfigurationError(str(error), *(["proxy"] if options["proxy"] else [])) from None
    kind = connections.AsyncConnections if is_async else connections.Connections
    return kind(context, proxy)


def _find_api_key(given: Secret | None) -> Secret:
    if given is None and "PORTKEY_API_KEY" not in os.environ:
        raise ConfigurationError("is missing: pass it, or set PORTKEY_API_KEY", "api_key")
    key = given or Secret(os.environ["PORTKEY_API_KEY"])
    if not isinstance(key.reveal(), str):
        raise ConfigurationError(f"is {type(key.reveal()).__name__}, not str", "api_key")
    return key


def _positive(name: str, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise ConfigurationError("must be greater than 0", name)
    return value


def _phases(timeout: float | httpx.Timeout | None) -> httpx.Timeout:
    """Return the timeouts of a call's phases; the guard keeps them within the deadline."""
    if timeout is None:
        return httpx.Timeout(None, connect=_CONNECT_SECONDS)
    if not isinstance(timeout, httpx.Timeout):
        timeout = httpx.Timeout(_positive("timeout", timeout))
    for seconds in timeout.as_dict().values():
        _positive("timeout", 1 if seconds is None else seconds)
    return timeout


def _headers(headers: Mapping[str, str]) -> httpx.Headers:
    """Return the headers of every request: the caller's and the client's."""
    for name, value in headers.items():
        if not connections.is_field_name(name):
            raise ConfigurationError("has a name that HTTP does not allow", "headers")
        if name.lower() in {*_RESERVED, create_operation().api_key_header.lower()}:
            raise ConfigurationError(f"cannot have {name}: the client sets it", "headers")
        if not connections.is_field_value(value):
            raise ConfigurationError(f"has a value of {name} that HTTP does not allow", "headers")
    own = httpx.Headers({"User-Agent": f"portkey-admin/{__version__}"})
    own.update(headers)
    own["Accept-Encoding"] = "identity"  # compression does not pay for a hundred bytes
    return own


def _find_server(options: dict[str, Any]) -> httpx.URL:
    """Return the server's URL with its path prefix, and without a slash at the end."""
    sources = {
        "server": options["server"],
        "base_url": options["base_url"],
        "PORTKEY_BASE_URL": os.environ.get("PORTKEY_BASE_URL"),
        "the spec's server": create_operation().server,
    }
    source, given = next(each for each in sources.items() if each[1] is not None)
    for name in create_operation().placeholders:
        if isinstance(given, str) and name in given:
            reason = f"{name} is a placeholder; write your control plane's URL for it"
            raise ConfigurationError(reason, source)
    try:
        return connections.server_url(given, allow_http=options["allow_http"])
    except ValueError as error:
        raise ConfigurationError(str(error), source) from None
