"""Header fields (RFC 9110): valid names and values, and Retry-After."""

from __future__ import annotations

import contextlib
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# In ASCII; white space at the ends would be lost.
_VALUE: Final = re.compile(r"([!-~]([ -~]*[!-~])?)?")
_DELAY: Final = re.compile(r"[0-9]{1,9}")
_DATE: Final = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
# Fields that do not describe a decompressed body; cookies, since no request carries data of an
# earlier answer; and the target of a redirect.
_DROPPED: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "location"}
)


def is_field_name(name: Any) -> bool:
    """Return whether a header field can have this name."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def is_field_value(value: Any) -> bool:
    """Return whether a header field can carry this text, and the other side gets it unchanged."""
    return isinstance(value, str) and _VALUE.fullmatch(value) is not None


def kept_fields(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Return the fields of an answer that are true of its decompressed body, without redirects."""
    return [field for field in headers.multi_items() if field[0] not in _DROPPED]


def retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds of Retry-After, or None if it is missing or malformed."""
    given = headers.get("retry-after", "")
    with contextlib.suppress(ValueError):  # for a date that does not exist
        if _DATE.fullmatch(given):
            return max(parsedate_to_datetime(given).timestamp() - time.time(), 0.0)
    return float(given) if _DELAY.fullmatch(given) else None
