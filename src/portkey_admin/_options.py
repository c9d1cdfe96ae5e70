"""The options of a client, checked: server, deadline, headers and the rest."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import ssl
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import httpx
from portkey_generated import Client

from portkey_admin import __version__
from portkey_admin._auth import ApiKeyAuth
from portkey_admin._errors import ConfigurationError
from portkey_admin._secret import Secret
from portkey_admin._spec import create_operation
from portkey_admin._transport import Guard, Limits
from portkey_admin_connections import AsyncConnections, Connections, proxy_for, trust

_CONNECT_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 86_400
_MOST_RETRIES: Final = 10
# Connections that the caller brings have their own TLS and proxy.
_EXCLUSIVE: Final = (
    ("server", "base_url"),
    ("transport", "http_client"),
    *(("ssl_context", "ca_file", each) for each in ("transport", "http_client")),
    *(("proxy", each) for each in ("transport", "http_client")),
)

# Headers that are the request's own: the wrapper, the generated builder or HTTP sets them.
_RESERVED: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)
# RFC 9110: a token, and a field value in ASCII.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE: Final = re.compile(r"[!-~]([ -~]*[!-~])?|")
# An IPv6 address, or labels of 1 to 63 letters; and a port.
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|([\w-]{1,63}\.)*[\w-]{1,63}\.?)(:\d*)?", re.ASCII)


class Settings(NamedTuple):
    """What a client is made of."""

    api_key: Secret
    guard: Guard
    http: dict[str, Any]
    """The arguments of httpx.Client and httpx.AsyncClient."""
    retries: int


def read(options: dict[str, Any], *, is_async: bool) -> Settings | ConfigurationError:
    """Return what a client is made of, or the error that says which option is invalid and why.

    The error is returned, so that no traceback leads to the values: one may be a secret.
    """
    try:
        return _read(options, is_async=is_async)
    except ConfigurationError as error:
        error.__context__ = None
        return error.with_traceback(None)


def _read(options: dict[str, Any], *, is_async: bool) -> Settings:
    key, deadline, retries = options["api_key"], options["deadline"], options["retries"]
    if key is None and "PORTKEY_API_KEY" not in os.environ:
        raise ConfigurationError("is missing: give it, or set PORTKEY_API_KEY", "api_key")
    key = Secret(os.environ["PORTKEY_API_KEY"]) if key is None else key
    text = key.reveal() if isinstance(key, Secret) else key
    if not isinstance(text, str) or text is key:
        raise ConfigurationError(f"is {type(text).__name__}, not str", "api_key")
    for name, kinds in _kinds(is_async=is_async).items():
        given = options[name]
        if given is not None and not isinstance(given, kinds):
            allowed = " or ".join(kind.__name__ for kind in kinds)
            raise ConfigurationError(f"is {type(given).__name__}, not {allowed}", name)
    for names in _EXCLUSIVE:
        _only_one(options, *names)
    url = _find_server(options)
    if deadline is not None and _positive("deadline", deadline) > _LONGEST_SECONDS:
        reason = f"must be at most {_LONGEST_SECONDS} seconds; use None for no deadline"
        raise ConfigurationError(reason, "deadline")
    most = _positive("max_response_bytes", options["max_response_bytes"])
    for name, number in {"max_response_bytes": most, "retries": retries}.items():
        if not isinstance(number, int) or isinstance(number, bool):
            raise ConfigurationError("must be a whole number", name)
    if not 0 <= retries <= _MOST_RETRIES:
        raise ConfigurationError(f"must be 0 to {_MOST_RETRIES}", "retries")
    auth = ApiKeyAuth(create_operation().api_key_header, key, url)
    http = {
        "base_url": url,
        "headers": _headers(options["headers"] or {}),
        "timeout": _phases(options["timeout"], deadline),
        "follow_redirects": False,
        "trust_env": False,  # proxy_for and trust read what is of use there
    }
    guard = Guard(
        _inner(options, url, is_async=is_async), Limits(auth, url.host, deadline, most, key)
    )
    return Settings(key, guard, {**http, "transport": guard}, retries)


def _kinds(*, is_async: bool) -> dict[str, tuple[type, ...]]:
    """Return the types of those options that are objects."""
    return {
        "ssl_context": (ssl.SSLContext,),
        "ca_file": (str, os.PathLike),
        "proxy": (str, httpx.Proxy),
        "headers": (Mapping,),
        "transport": (httpx.AsyncBaseTransport if is_async else httpx.BaseTransport,),
        "http_client": (httpx.AsyncClient if is_async else httpx.Client,),
    }


def open_client(settings: Settings, *, is_async: bool) -> Client:
    """Return the generated client; those that its with_headers() derives are guarded too."""
    client = Client(
        base_url=str(settings.http["base_url"]),
        timeout=settings.http["timeout"],
        httpx_args={"transport": settings.guard, "trust_env": False},
    )
    if is_async:
        return client.set_async_httpx_client(httpx.AsyncClient(**settings.http))
    return client.set_httpx_client(httpx.Client(**settings.http))


def _inner(options: dict[str, Any], url: httpx.URL, *, is_async: bool) -> Any:
    """Return what the guard sends by: the caller's transport or client, or our own connections."""
    for name in ("transport", "http_client"):
        if options[name] is not None:
            return options[name]
    try:
        context = trust(url, options["ssl_context"], options["ca_file"])
    except (OSError, ValueError) as error:
        names = ("SSL_CERT_FILE", "SSL_CERT_DIR") if options["ca_file"] is None else ("ca_file",)
        raise ConfigurationError(f"cannot be used: {error}", *names) from error
    try:
        proxy = proxy_for(url, options["proxy"])
    except ValueError as error:
        raise ConfigurationError(str(error), *(["proxy"] if options["proxy"] else [])) from None
    return (AsyncConnections if is_async else Connections)(context, proxy)


def _only_one(options: dict[str, Any], *names: str) -> None:
    given = [name for name in names if options[name] is not None]
    if len(given) > 1:
        raise ConfigurationError("cannot be used together", *given)


def _positive(name: str, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise ConfigurationError("must be greater than 0", name)
    return value


def _phases(timeout: Any, deadline: float | None) -> httpx.Timeout:
    """Return the timeouts of a call's phases, none of them beyond the deadline.

    Where the connections are the caller's, they are all that ends a wait for the next byte.
    """
    if timeout is None:
        timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS)
    elif not isinstance(timeout, httpx.Timeout):
        timeout = httpx.Timeout(_positive("timeout", timeout))
    phases = {}
    for phase, seconds in timeout.as_dict().items():
        given = [each for each in (seconds, deadline) if each is not None]
        phases[phase] = min(_positive("timeout", each) for each in given) if given else None
    return httpx.Timeout(**phases)


def _headers(headers: Mapping[str, str]) -> httpx.Headers:
    """Return the headers of every request: the caller's, and those of the client."""
    for name, value in headers.items():
        if not (isinstance(name, str) and _TOKEN.fullmatch(name)):
            raise ConfigurationError("has a name that HTTP does not allow", "headers")
        if name.lower() in {*_RESERVED, create_operation().api_key_header.lower()}:
            reason = f"cannot have {name}: the client sets it"
            raise ConfigurationError(reason, "headers")
        if not (isinstance(value, str) and _VALUE.fullmatch(value)):
            raise ConfigurationError(f"has a value of {name} that HTTP does not allow", "headers")
    own = httpx.Headers({"User-Agent": f"portkey-admin/{__version__}"})
    own.update(headers)
    own["Accept-Encoding"] = "identity"  # a hundred bytes are not worth inflating
    return own


def _find_server(options: dict[str, Any]) -> httpx.URL:
    """Return the server's URL, its path prefix kept and without a slash at the end."""
    for source in ("server", "base_url"):
        if options[source] is not None:
            break
    else:
        source = "PORTKEY_BASE_URL"
    given = options.get(source, os.environ.get(source))
    url = create_operation().server if given is None else given
    reason = _reason_to_refuse(url, allow_http=options["allow_http"])
    if reason:  # which never shows the URL: a mistake may have put a password in it
        raise ConfigurationError(reason, source)
    return _parse(url)


def _parse(given: str) -> httpx.URL:
    # httpx knows a scheme's own port by the scheme in small letters only.
    scheme, separator, rest = given.rstrip("/").partition("://")
    return httpx.URL(f"{scheme.lower()}{separator}{rest}")


def _reason_to_refuse(given: Any, *, allow_http: bool) -> str | None:
    if not isinstance(given, str):
        return f"is {type(given).__name__}, not str"
    if not given.strip():
        return "is empty"
    for name in create_operation().placeholders:
        if name in given:
            return f"{name} is a placeholder; write your control plane's URL for it"
    if re.search(r"[^!-~]|\\", given):
        return "has white space, a backslash or characters that must be percent-encoded"
    try:
        url = _parse(given)
        host = url.host
    except (httpx.InvalidURL, ValueError):  # which idna raises
        return "is not a URL: its host or its port is invalid"
    authority = given.partition("//")[2].partition("/")[0]
    refused = {
        "has no host": not host and "://" in given,
        "has no scheme: write https://host/v1": url.is_relative_url,
        "has a query": "?" in given,
        "has a fragment": "#" in given,
        "has a user name or password: give the API key as api_key": "@" in authority,
        "has dot segments in its path": bool({".", ".."} & set(unquote(given).split("/"))),
        "has an invalid host name": not _HOST.fullmatch(authority),
        "has a port that is not from 1 to 65535": url.port is not None and not 0 < url.port < 65536,  # noqa: PLR2004
        f"has the scheme {url.scheme}, not https": url.scheme not in {"https", "http"},
        "must be https: plain http would send the API key unencrypted": (
            url.scheme == "http" and not allow_http and not _is_loopback(host)
        ),
    }
    return next((reason for reason, applies in refused.items() if applies), None)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
