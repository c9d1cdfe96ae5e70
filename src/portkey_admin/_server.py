"""Which control plane to speak to."""

from __future__ import annotations

import ipaddress
import re

import httpx

from portkey_admin import _spec
from portkey_admin._errors import ConfigurationError


def server_url(given: str, source: str, *, allow_http: bool = False) -> httpx.URL:
    """Return the base URL `given`, its path prefix kept and without a slash at the end.

    Raises ConfigurationError, which names `source` and the reason but never the URL (a mistake may
    have put a password in it), where no request should be sent there.
    """
    reason = _reason_to_refuse(given, allow_http=allow_http)
    if reason:
        raise ConfigurationError(f"{source} is not usable: {reason}")
    return httpx.URL(given.rstrip("/"))


def _reason_to_refuse(given: object, *, allow_http: bool) -> str | None:
    if not isinstance(given, str) or not given.strip():
        return "it is empty"
    if given.strip("{} /") in _spec.placeholders():
        return f"{given.strip('{} /')} is a placeholder; write your control plane's URL for it"
    if re.search(r"[^!-~]|\\", given):
        return "it has white space, a backslash or characters that must be percent-encoded"
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL as error:
        return f"it is no URL ({error})"
    refused = {
        "it is relative; write the whole URL, https://... with its prefix": url.is_relative_url,
        "it names no host": not url.host,
        "it has a query": "?" in given,
        "it has a fragment": "#" in given,
        "it has a user name or password; the API key is given by api_key": bool(url.userinfo),
        "its path has dot segments": bool({".", ".."} & set(given.split("/"))),
        f"its scheme is {url.scheme}, not https": url.scheme not in {"https", "http"},
        "plain http would show the API key to the network; write https, or allow_http=True": (
            url.scheme == "http" and not allow_http and not _is_loopback(url.host)
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
