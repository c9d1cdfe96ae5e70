"""The options of a client, checked."""

from __future__ import annotations

import math
import os
import re
import ssl
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx

from portkey_admin import __version__, _spec
from portkey_admin._auth import ApiKeyAuth
from portkey_admin._errors import ConfigurationError
from portkey_admin._secret import Secret
from portkey_admin._server import server_url
from portkey_admin._transport import Limits

_CONNECT_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 86_400

# Headers that are the request's own: the wrapper, the generated builder or HTTP sets them.
_RESERVED: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)
# RFC 9110: a token, and a field value in ASCII.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE: Final = re.compile(r"[!-~]([ -~]*[!-~])?|")


class Options(NamedTuple):
    """What the synchronous and the asynchronous client are made from."""

    api_key: Secret
    limits: Limits
    http: dict[str, Any]
    """The keyword arguments of httpx.Client and httpx.AsyncClient."""
    ssl_context: ssl.SSLContext | None
    ca_file: str | os.PathLike[str] | None
    proxy: str | httpx.Proxy | None


def read(  # noqa: PLR0913 - the options of a client
    api_key: Secret | None,
    *,
    server: str | None,
    base_url: str | None,
    allow_http: bool,
    timeout: float | httpx.Timeout | None,
    deadline: float | None,
    max_response_bytes: int,
    ssl_context: ssl.SSLContext | None,
    ca_file: str | os.PathLike[str] | None,
    proxy: str | httpx.Proxy | None,
    headers: Mapping[str, str] | None,
) -> Options:
    """Return the options. Raises ConfigurationError, which shows no key and no header's value."""
    key = _find_api_key(api_key)
    url = _find_server(server, base_url, allow_http=allow_http)
    if deadline is not None:
        _check_positive("deadline", deadline)
        if deadline > _LONGEST_SECONDS:
            raise ConfigurationError(
                f"deadline is above {_LONGEST_SECONDS} seconds; None is without"
            )
    _check_positive("max_response_bytes", max_response_bytes)
    if not isinstance(max_response_bytes, int):
        raise ConfigurationError("max_response_bytes is not a whole number")
    only_one(ssl_context=ssl_context, ca_file=ca_file)
    header = _spec.api_key_header()
    return Options(
        api_key=key,
        limits=Limits(url, deadline, max_response_bytes, key),
        http={
            "base_url": url,
            "auth": ApiKeyAuth(header, key, url),
            "headers": _headers({} if headers is None else headers, header),
            "timeout": _phases(timeout, deadline),
            "follow_redirects": False,
            "trust_env": False,  # what it has of use is looked up in _connections
        },
        ssl_context=ssl_context,
        ca_file=ca_file,
        proxy=proxy,
    )


def only_one(**options: object) -> None:
    """Raise ConfigurationError where more than one of `options` is given."""
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise ConfigurationError(f"{' and '.join(given)} exclude each other")


def _find_api_key(given: Secret | None) -> Secret:
    if given is not None and not isinstance(given, Secret):
        raise ConfigurationError(f"the API key is a {type(given).__name__}, not text")
    if given is None and "PORTKEY_API_KEY" not in os.environ:
        raise ConfigurationError("there is no API key: give api_key, or set PORTKEY_API_KEY")
    return given or Secret(os.environ["PORTKEY_API_KEY"])


def _find_server(server: str | None, base_url: str | None, *, allow_http: bool) -> httpx.URL:
    only_one(server=server, base_url=base_url)
    sources = {
        "server": server,
        "base_url": base_url,
        "PORTKEY_BASE_URL": os.environ.get("PORTKEY_BASE_URL"),
        "the spec's public endpoint": _spec.public_endpoint(),
    }
    source, given = next((name, url) for name, url in sources.items() if url is not None)
    return server_url(given, source, allow_http=allow_http)


def _check_positive(name: str, value: object) -> None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    if not usable or value == math.inf:
        raise ConfigurationError(f"{name} is not a number above 0")


def _phases(timeout: float | httpx.Timeout | None, deadline: float | None) -> httpx.Timeout:
    """Return the timeouts of a call's phases, none of them beyond the deadline.

    Where the connections are the caller's, they are all that ends a wait for the next byte.
    """
    if timeout is None:
        timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS)
    elif not isinstance(timeout, httpx.Timeout):
        _check_positive("timeout", timeout)
        timeout = httpx.Timeout(timeout)
    for phase, seconds in timeout.as_dict().items():
        if seconds is not None:
            _check_positive(f"the {phase} timeout", seconds)

    def within(seconds: float | None) -> float | None:
        return min((each for each in (seconds, deadline) if each is not None), default=None)

    return httpx.Timeout(
        connect=within(timeout.connect),
        read=within(timeout.read),
        write=within(timeout.write),
        pool=within(timeout.pool),
    )


def _headers(headers: Mapping[str, str], api_key_header: str) -> httpx.Headers:
    """Return the headers of every request: the caller's, and those of the client."""
    if not isinstance(headers, Mapping):
        raise ConfigurationError("headers is not a mapping of names to values")
    for name, value in headers.items():
        if not (isinstance(name, str) and _TOKEN.fullmatch(name)):
            raise ConfigurationError("a name in headers is not one that HTTP allows")
        if name.lower() == api_key_header.lower():
            raise ConfigurationError(
                f"the header {name} is set from api_key; leave it out of headers"
            )
        if name.lower() in _RESERVED:
            raise ConfigurationError(
                f"the header {name} is set by the client; leave it out of headers"
            )
        if not (isinstance(value, str) and _VALUE.fullmatch(value)):
            raise ConfigurationError(
                f"the value of the header {name} is not text that a header can carry"
            )
    own = httpx.Headers({"User-Agent": f"portkey-admin/{__version__}"})
    own.update(headers)
    own["Accept-Encoding"] = "identity"  # a hundred bytes are not worth inflating
    return own
