"""Reads a request as it was sent from a WSGI environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .judge import Headers

RAW_HEADERS = "portkey_admin_stub.headers"
"""The key of a server's unchanged list of headers; WSGI itself joins repeated headers."""

_DIGITS = re.compile("[0-9]{1,18}")


def read_target(environ: WSGIEnvironment) -> str:
    """Return the path and query, still encoded.

    WSGI decodes the path, so an encoded "/" in it is only visible with servers that also pass on
    the raw path, as most do; Werkzeug's test client passes it on without the query.
    """
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    target: str = (
        environ.get("REQUEST_URI") or environ.get("RAW_URI") or quote(path, encoding="latin-1")
    )
    query = environ.get("QUERY_STRING", "")
    return f"{target}?{query}" if query and "?" not in target else target


def read_headers(environ: WSGIEnvironment) -> Headers:
    """Return the headers: unchanged if the server passes them on, or else with WSGI's names."""
    if RAW_HEADERS in environ:
        raw: Headers = environ[RAW_HEADERS]
        return raw
    return [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), value)
        for name, value in environ.items()
        if value and (name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH"))
    ]


def read_body(environ: WSGIEnvironment, most: int) -> bytes:
    """Return at most `most` bytes of the body; none if the connection breaks."""
    length = environ.get("CONTENT_LENGTH")
    if not environ.get("wsgi.input_terminated"):
        most = min(most, int(length)) if length and _DIGITS.fullmatch(length) else 0
    try:
        body: bytes = environ["wsgi.input"].read(most)
    except OSError:
        return b""
    return body
