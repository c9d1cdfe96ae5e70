"""Checks base URLs, and builds the URLs of requests."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import Any, Final
from urllib.parse import unquote

import httpx

# An IPv6 address, or labels of 1 to 63 letters; and a port.
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|([\w-]{1,63}\.)*[\w-]{1,63}\.?)(:\d*)?", re.ASCII)


def server_url(given: Any, *, allow_http: bool) -> httpx.URL:
    """Return the base URL `given` with its path prefix, and without a slash at the end.

    Raises ValueError if the URL is invalid or unsafe. Its text has the reason and not the URL,
    which may contain a password by mistake.
    """
    reason = _reason_to_refuse(given, allow_http=allow_http)
    if reason:
        raise ValueError(reason)
    return _parse(given)


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Return scheme, host and port, the scheme's own port included (RFC 6454)."""
    own = {"https": 443, "http": 80}.get(url.scheme)
    return url.scheme, url.host, own if url.port is None else url.port


@functools.lru_cache
def url_below(base: httpx.URL, path: str) -> httpx.URL:
    """Return the URL of a path below a base URL; cached, because httpx takes long for it."""
    return base.copy_with(raw_path=base.raw_path.rstrip(b"/") + path.encode())


def _parse(given: str) -> httpx.URL:
    # httpx knows a scheme's own port by the scheme in small letters only.
    scheme, separator, rest = given.rstrip("/").partition("://")
    return httpx.URL(f"{scheme.lower()}{separator}{rest}")


def _reason_to_refuse(given: Any, *, allow_http: bool) -> str | None:
    if not isinstance(given, str):
        return f"is {type(given).__name__}, not str"
    if not given.strip():
        return "is empty"
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
        "has a user name or password: pass the API key as api_key": "@" in authority,
        "has dot segments in its path": not {".", ".."}.isdisjoint(unquote(given).split("/")),
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
