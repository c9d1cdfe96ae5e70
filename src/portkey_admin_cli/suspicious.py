"""Values that the spec allows, but that are probably mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portkey_admin_cli.body import Body
from portkey_admin_cli.flags import Path, operation

_FAR: Final = timedelta(days=3660)
_VARIABLE: Final = re.compile(r"\$[A-Za-z_{(]|\{\{|^<[^<>]*>$")


def warnings(body: Body) -> Iterator[str]:
    """Yield a warning for each value that looks like a mistake."""
    for path, text, schema in _texts((), body.arguments, operation(body.method).body):
        instant = _instant(text) if schema.get("format") == "date-time" else None
        signs = {
            "is empty": not text.strip(),
            "begins or ends with white space": text != text.strip(),
            "has invisible characters": not text.replace("\n", "").isprintable(),
            f"is the text {text}, not an empty value": text in {"null", "None", "undefined"},
            "looks like a variable that was not replaced": _VARIABLE.search(text),
            "looks like several values in one; pass each of them separately": (
                path[-1].isdigit() and re.search(r"""[\s,;\[\]"']""", text)
            ),
            f"is in the year {text[:4]}": instant and instant > datetime.now(UTC) + _FAR,
        }
        if sign := next((sign for sign, holds in signs.items() if holds), None):
            yield f"{body.place(path)} {sign}"


def past_instants(body: Body) -> Iterator[str]:
    """Yield a problem for each date-time in the past."""
    for path, text, schema in _texts((), body.arguments, operation(body.method).body):
        instant = _instant(text) if schema.get("format") == "date-time" else None
        if instant and instant <= datetime.now(UTC):
            yield f"{body.place(path)} is in the past"


def _texts(
    path: Path, value: Any, schema: dict[str, Any]
) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Yield each text that the schema describes, with its path and its schema."""
    if isinstance(value, str):
        yield path, value, schema
    elif isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            yield from _texts((*path, name), value.get(name), inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts((*path, str(index)), item, schema.get("items", {}))


def _instant(text: str) -> datetime | None:
    """Return the instant of a date-time, or None if the text is invalid."""
    try:
        instant = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return instant if instant.tzinfo else None
