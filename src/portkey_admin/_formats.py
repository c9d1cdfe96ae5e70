"""The string formats that the spec uses, and that JSON itself has no types for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

WORDS: Final = {
    "date-time": "an RFC 3339 date-time with offset (2027-01-31T12:00:00Z), or an aware datetime",
    "uuid": "a UUID (8-4-4-4-12 hexadecimal digits)",
    "email": "an e-mail address",
}

# RFC 3339, section 5.6; the day of the month is looked at in _is_date_time.
_DATE_TIME: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])"
    r"[Tt](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)(?:\.\d+)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<ahead>[01]\d|2[0-3]):(?P<past>[0-5]\d))",
    re.ASCII,
)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# RFC 5321's Mailbox: dot-string or quoted string, then a domain or an address literal.
_EMAIL: Final = re.compile(
    rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*")'
    rf"@(?:{_LABEL}(?:\.{_LABEL})*|\[[!-Z^-~]+\])"
)


def refusal(name: str) -> Callable[[Any], bool]:
    """Return a function that tells whether a text is *not* of the format `name`.

    Raises NotImplementedError for a format it does not know.
    """
    if name not in _IS:
        raise NotImplementedError(f"no check is written for the format {name!r}")
    conforms = _IS[name]
    return lambda text: not conforms(text)


def _is_date_time(text: str) -> bool:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return False
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    try:
        date(year or 4, month, day)  # year 0 is a leap year that Python's dates do not have
    except ValueError:
        return False
    return match["second"] != "60" or _ends_a_utc_day(match)


def _ends_a_utc_day(match: re.Match[str]) -> bool:
    """Tell whether the minute is the last of a day in UTC, where leap seconds go."""
    offset = int(match["ahead"] or 0) * 60 + int(match["past"] or 0)
    minute = int(match["hour"]) * 60 + int(match["minute"])
    minute += offset if match["sign"] == "-" else -offset
    return minute % (24 * 60) == 24 * 60 - 1


_IS: Final[dict[str, Callable[[str], object]]] = {
    "date-time": _is_date_time,
    "uuid": _UUID.fullmatch,
    "email": _EMAIL.fullmatch,
}
