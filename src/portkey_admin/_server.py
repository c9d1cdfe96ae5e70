"""Which control plane to speak to."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import unquote

import httpx

from portkey_admin import _spec
from portkey_admin._errors import ConfigurationError

# An IPv6 address, or labels of 1 to 63 letters; and a port.
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|([\w-]{1,63}\.)*[\w-]{1,63}\.?)(:\d*)?", re.ASCII)
_PORTS: Final = range(1, 65536)


def server_url(given: str, source: str, *, allow_http: bool = False) -> httpx.URL:
    """Return the base URL `given`, its path prefix kept and without a slash at the end.

    Raises ConfigurationError, which names `source` and the reason but never the URL (a mistake may
    have put a password in it), where no request should be sent there.
    """
    reason = _reason_to_refuse(given, allow_http=allow_http)
    if reason:
        raise ConfigurationError(f"{source} is not usable: {reason}")
    return _parse(given)


def _parse(given: str) -> httpx.URL:
    # httpx knows a scheme's own port by the scheme in small letters only.
    scheme, separator, rest = given.rstrip("/").partition("://")
    return httpx.URL(f"{scheme.lower()}{separator}{rest}")


def _reason_to_refuse(given: object, *, allow_http: bool) -> str | None:
    if not isinstance(given, str):
        return f"it is of type {type(given).__name__}, not text"
    if not given.strip():
        return "it is empty"
    for name in _spec.placeholders():
        if name in given:
            return f"{name} is a placeholder; write your control plane's URL for it"
    if re.search(r"[^!-~]|\\", given):
        return "it has white space, a backslash or characters that must be percent-encoded"
    try:
        url = _parse(given)
        host = url.host
    except (httpx.InvalidURL, ValueError):  # which idna raises
        return "it is no URL, by its host or its port"
    authority = given.partition("//")[2].partition("/")[0]
    refused = {
        "it names no host": not host and "://" in given,
        "it is relative; write the whole URL, https://... with its prefix": url.is_relative_url,
        "it has a query": "?" in given,
        "it has a fragment": "#" in given,
        "it has a user name or password; the API key is given by api_key": "@" in authority,
        "its path has dot segments": bool({".", ".."} & set(unquote(given).split("/"))),
        "it names no host that there can be": not _HOST.fullmatch(authority),
        "its port is not one from 1 to 65535": url.port is not None and url.port not in _PORTS,
        f"its scheme is {url.scheme}, not https": url.scheme not in {"https", "http"},
        "plain http would show the API key to the network; write https, or allow_http=True": (
            url.scheme == "http" and not allow_http and not _is_loopback(host)
        ),
    }
    return next((reason for reason, applies in refused.items() if applies), None)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
