"""Reads a request as it was sent from a WSGI environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .judge import Headers

RAW_HEADERS = "portkey_admin_stub.headers"
"""Where a server may leave the headers as they came; WSGI itself joins repeated ones."""

_DIGITS = re.compile("[0-9]{1,18}")


def read_target(environ: WSGIEnvironment) -> str:
    """Return the path and query, still encoded.

    Plain WSGI decodes the path, so an encoded "/" in it is only seen with servers that also give
    the raw one, as most do; werkzeug's test client gives it without the query.
    """
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    target = str(raw) if raw else quote(path, encoding="latin-1")
    query = environ.get("QUERY_STRING", "")
    return f"{target}?{query}" if query and "?" not in target else target


def read_headers(environ: WSGIEnvironment) -> Headers:
    """Return the headers: as they came if the server left them, or as WSGI names them."""
    if RAW_HEADERS in environ:
        return list(environ[RAW_HEADERS])
    return [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), value)
        for name, value in environ.items()
        if value and (name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH"))
    ]


def read_body(environ: WSGIEnvironment, most: int) -> bytes:
    """Return the body, or as much of it as a broken connection let through; at most so many."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not environ.get("wsgi.input_terminated"):
        most = min(most, int(length)) if _DIGITS.fullmatch(length) else 0
    try:
        return bytes(environ["wsgi.input"].read(most))
    except OSError:
        return b""
