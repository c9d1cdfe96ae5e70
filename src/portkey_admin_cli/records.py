"""Prints keys as JSON and as a table, without their secrets."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from portkey_admin import ApiKey, CreatedKey
from portkey_admin_cli.output import printable, write

_COLUMNS: Final = ("id", "name", "status", "type", "workspace_id", "expires_at")
_LONGEST: Final = 60


def members_of(record: ApiKey | CreatedKey) -> dict[str, Any]:
    """Return the fields of a record, except for the secret."""
    members = attrs.asdict(record)
    del members["key"]
    more = members.pop("additional_properties")
    return {**members, **more}


def print_json(value: Any) -> None:
    """Print JSON on stdout. Raises OSError."""
    write(sys.stdout, f"{json.dumps(value, indent=2, default=datetime.isoformat)}\n".encode())


def print_table(keys: Iterable[ApiKey]) -> None:
    """Print a line for each key. Raises OSError."""
    titles = [name.removesuffix("_id").replace("_", " ").upper() for name in _COLUMNS]
    rows = [[_cell(getattr(key, name)) for name in _COLUMNS] for key in keys]
    write(sys.stdout, "".join(f"{line}\n" for line in table([titles, *rows])).encode())


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, with aligned columns."""
    shown = [[*map(printable, row)] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in shown
    ]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(bool(unicodedata.combining(each)) for each in text)


def _cell(value: Any) -> str:
    """Return a value for a table, shortened: one long name would widen each line."""
    text = value.isoformat() if isinstance(value, datetime) else value or "-"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
