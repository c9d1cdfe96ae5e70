"""Valid header fields, and the delay in Retry-After."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from portkey_admin_connections import (
    is_field_name,
    is_field_value,
    kept_fields,
    origin,
    retry_after,
)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("x-a", True), ("X_1!", True), ("", False), ("a b", False), ("a:", False), ("é", False)]
    + [(given, False) for given in (None, 5, b"x-a", "a\n")],
)
def test_names(name: Any, *, is_one: bool) -> None:
    """A name is valid if it is a token."""
    assert is_field_name(name) is is_one


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("", True), ("a", True), ("a b", True), (" a", False), ("a ", False), ("a\tb", False)]
    + [(given, False) for given in ("a\r\nb", "a\n", "é", "\x7f", None, 5, b"a")],
)
def test_values(value: Any, *, is_one: bool) -> None:
    """A valid value is ASCII without control characters, and without white space at its ends."""
    assert is_field_value(value) is is_one


def test_kept_fields() -> None:
    """Fields about the compressed body, cookies and redirects are left out; others may repeat."""
    kept = [("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")]
    left_out = [("Content-Encoding", "gzip"), ("Content-Length", "5"), ("Set-Cookie", "a=b")]
    left_out += [("Transfer-Encoding", "chunked"), ("Location", "/v1")]
    assert kept_fields(httpx.Headers([*left_out, *kept])) == kept


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Sat, 31 Feb 2026 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT (x)", None),
        ("1234567890", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float | None) -> None:
    """Retry-After is in whole seconds or an HTTP date, and never gives a negative time."""
    monkeypatch.setattr(time, "time", lambda: 40.0)
    assert retry_after(httpx.Headers({"retry-after": text})) == seconds


def test_no_retry_after() -> None:
    """Without Retry-After there is no time to wait."""
    assert retry_after(httpx.Headers()) is None


@pytest.mark.parametrize(
    ("url", "port"), [("https://h", 443), ("http://h", 80), ("https://h:8", 8), ("ftp://h", None)]
)
def test_origin(url: str, port: int | None) -> None:
    """The origin of a URL without a port has the scheme's default port."""
    parsed = httpx.URL(url)
    assert origin(parsed) == (parsed.scheme, "h", port)
