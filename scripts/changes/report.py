"""Show the changes as a table on the terminal, and as Markdown."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from scripts import overlay, yaml_document
from scripts.changes.documents import compare
from scripts.changes.verdicts import Change, Verdict
from scripts.changes.walk import ABSENT
from scripts.replace_file import replace_file

_LONGEST_VALUE: Final = 40
_COLUMNS: Final = ("change", "name", "old", "new", "where", "why")

Row = tuple[str, ...]


def show(changes: list[Change], file: Path | None = None) -> None:
    """Print the changes, and write them to `file` too if one is given.

    Raises OSError if the file cannot be written.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a spec may contain any character
    print(as_text(changes), end="")
    if file is not None:
        replace_file(file, as_markdown(changes).encode("utf-8", "backslashreplace"))


def show_texts(old: bytes | None, new: bytes, file: Path | None, root: Path | None = None) -> int:
    """Show the changes from one YAML text to another, with the overlays below `root` applied.

    Shows nothing if there is no old text, or if the texts are equal and no `file` is given. If the
    overlays do not fit both texts, prints that and compares them without overlays. If a text
    cannot be read (after a merge conflict, for example) or `file` cannot be written, prints the
    reason on stderr. Returns 1 if `file` was not written for such a reason, and else 0.
    """
    if old is None or (old == new and file is None):
        return 0
    print()
    try:
        documents = [yaml_document.load(text, "the spec") for text in (old, new)]
        if root is not None:
            documents = _repaired(documents, root)
        show(compare(*documents), file)
    except (OSError, yaml_document.DocumentError) as error:
        print(f"cannot show how the spec changed: {error}", file=sys.stderr)
        return 0 if file is None else 1
    return 0


def _repaired(documents: list[dict[str, Any]], root: Path) -> list[dict[str, Any]]:
    try:
        return [overlay.apply_all(each, root) for each in documents]
    except (OSError, yaml_document.DocumentError, overlay.OverlayError) as error:
        print(f"Compared without overlays, because one does not fit: {error}")
        return documents


def as_text(changes: list[Change]) -> str:
    """Return an aligned table of the changes by verdict, breaking first."""
    rows = [_COLUMNS, *map(_row, changes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(row: Row) -> str:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        return f"  {'  '.join(cells)}".rstrip()

    return _tables(changes, lambda head: f"{head}\n{line(_COLUMNS)}", line)


def as_markdown(changes: list[Change]) -> str:
    """Return the changes as a Markdown document with a table for each verdict."""

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    columns = f"{line(_COLUMNS)}\n{line('---' for _ in _COLUMNS)}"
    tables = _tables(
        changes,
        lambda head: f"## {head.capitalize()}\n\n{columns}",
        lambda row: line(re.sub(r"[\\`*_{}\[\]<>#|~]", r"\\\g<0>", cell) for cell in row),
    )
    return f"# Changes of the spec\n\n{tables}"


def _tables(
    changes: list[Change], heading: Callable[[str], str], line: Callable[[Row], str]
) -> str:
    tables = []
    for verdict in Verdict:
        if found := [_row(change) for change in changes if change.verdict is verdict]:
            lines = [heading(f"{verdict}: {len(found)}"), *map(line, found)]
            tables.append("".join(f"{each}\n" for each in lines))
    return "\n".join(tables) or "Nothing changed in the spec.\n"


def _row(change: Change) -> Row:
    """Return the cells with control characters escaped: the page may come from a stranger."""
    old, new = _shortened(change.old), _shortened(change.new)
    cells = (change.what, change.subject, old, new, change.pointer, change.why)
    return tuple(map(_printable, cells))


def _printable(text: str) -> str:
    escaped = (each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return "".join(escaped)


def _shortened(value: Any) -> str:
    text = "-" if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
