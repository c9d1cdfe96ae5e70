"""Show changes: a table for the terminal, and the same as Markdown."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from scripts import overlay, yaml_document
from scripts.changes.documents import compare
from scripts.changes.places import ABSENT
from scripts.changes.verdicts import Change, Verdict
from scripts.replace_file import replace_file

_LONGEST_VALUE: Final = 40
_COLUMNS: Final = ("what", "of", "old", "new", "where", "why")
_NOTHING: Final = "Nothing changed in the spec."


def show(changes: list[Change], file: Path | None = None) -> None:
    """Print the changes, and write them to `file` too where one is given.

    Raises OSError where the file cannot be written.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a spec may hold any letter
    print(as_text(changes), end="")
    if file is not None:
        replace_file(file, as_markdown(changes).encode("utf-8", "backslashreplace"))


def show_texts(old: bytes | None, new: bytes, file: Path | None, root: Path | None = None) -> int:
    """Show what changed from one YAML text to another, with the overlays below `root` applied.

    Nothing is shown where there was no text, nor, unless it is to go to a file, where it is the
    same. Where the overlays do not fit both, that is said, and they are compared without it.
    Return 0, or 1 where `file` could not be written; one line on stderr says so, and also where
    there is nothing to compare with: an old text that is no YAML (a conflict of a merge, say).
    """
    if old is None or (old == new and file is None):
        return 0
    print()
    try:
        before, after = (yaml_document.load(text, "the spec") for text in (old, new))
        if root is not None:
            before, after = _repaired(before, after, root)
        show(compare(before, after), file)
    except (OSError, yaml_document.DocumentError) as error:
        print(f"what changed in the spec is not shown: {error}", file=sys.stderr)
        return 0 if file is None else 1
    return 0


def _repaired(
    before: dict[str, Any], after: dict[str, Any], root: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return overlay.apply_all(before, root), overlay.apply_all(after, root)
    except (OSError, yaml_document.DocumentError, overlay.OverlayError) as error:
        print(f"Compared as published, for an overlay does not fit: {error}")
        return before, after


def as_text(changes: list[Change]) -> str:
    """Return an aligned table of the changes by verdict, breaking first."""
    rows = [_COLUMNS, *(_row(change) for change in changes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for verdict, found in _grouped(changes):
        lines += ["", f"{verdict}: {len(found)}"]
        for row in (_COLUMNS, *map(_row, found)):
            cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join([*(lines[1:] or [_NOTHING]), ""])


def as_markdown(changes: list[Change]) -> str:
    """Return the changes as a Markdown document with a table for each verdict."""
    lines = ["# What the change of the spec means"]
    for verdict, found in _grouped(changes):
        lines += ["", f"## {verdict.capitalize()}: {len(found)}", ""]
        lines += [_line(_COLUMNS), _line("---" for _ in _COLUMNS)]
        lines += [_line(map(_cell, _row(change))) for change in found]
    return "\n".join([*lines, *([] if changes else ["", _NOTHING]), ""])


def _grouped(changes: list[Change]) -> Iterator[tuple[Verdict, list[Change]]]:
    for verdict in Verdict:
        found = [change for change in changes if change.verdict is verdict]
        if found:
            yield verdict, found


def _row(change: Change) -> tuple[str, ...]:
    old, new = _shortened(change.old), _shortened(change.new)
    cells = (change.what, change.subject, old, new, change.pointer, change.why)
    return tuple(map(_printable, cells))


def _shortened(value: Any) -> str:
    text = "-" if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def _printable(text: str) -> str:
    """Return text without what a terminal obeys: it may come from a stranger's page."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Return text in which Markdown means nothing, and no cell ends early."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|~" else letter for letter in text)
