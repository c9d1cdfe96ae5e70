"""The output of `portkey-admin apply`: its progress, and the summary at the end."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from portkey_admin_cli.output import is_terminal, print_error, print_line, write
from portkey_admin_cli.plan import IN_DOUBT, NOT_TRIED, TO_CREATE, WAS_CREATED, Key
from portkey_admin_cli.records import table
from portkey_admin_cli.sending import quoted, success
from portkey_admin_cli.storing import failure_text

_WIDTH: Final = 30
_COLUMNS: Final = 79  # of a terminal that does not know its size
_MOST_NOT_TRIED: Final = 20
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Prints the outcome of each key on stderr, with a progress bar on a terminal."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self._total = total
        self._done = 0
        self._quiet = quiet
        is_dumb = os.environ.get("TERM") == "dumb"
        self._has_bar = is_terminal(sys.stderr) and not quiet and not is_dumb

    def show(self, key: Key) -> None:
        """Print the outcome of one more key."""
        self._done += 1
        if key.state == WAS_CREATED and not key.code:
            if not self._has_bar:
                self.note(success(f"created {quoted(key.name)}", key.id, key.secret_in))
        else:
            self._clear()
            print_error(f"{quoted(key.name)}: {key.state}: {key.reason}")
        self._draw()

    def note(self, text: str) -> None:
        """Print a line."""
        if not self._quiet:
            self._clear()
            print_line(text)
            self._draw()

    def end(self) -> None:
        """Remove the bar."""
        self._clear()

    def _draw(self) -> None:
        if self._has_bar:
            count, columns = f"{self._done}/{self._total} keys", _columns()
            width = min(_WIDTH, columns - len(f"[] {count}"))
            filled = "#" * (width * self._done // max(self._total, 1))
            bar = f"[{filled:-<{width}}] " if width > 0 else ""
            _write(f"{_CLEAR}{bar}{count}"[: len(_CLEAR) + columns])

    def _clear(self) -> None:
        if self._has_bar:
            _write(_CLEAR)


def _columns() -> int:
    """Return how many columns of the terminal can be used: a line in its last one may wrap."""
    with suppress(OSError):
        if columns := os.get_terminal_size(sys.stderr.fileno()).columns:
            return columns - 1
    return _COLUMNS


def _write(text: str) -> None:
    with suppress(OSError):
        write(sys.stderr, text.encode())


def print_summary(keys: list[Key], *, as_json: bool) -> None:
    """Print the states of the keys: their outcomes, or the plan of a dry run."""
    counts = Counter(key.state for key in keys)
    if as_json:
        text = json.dumps({"counts": counts, "keys": [key.members() for key in keys]})
    else:
        text = "\n".join(_table(keys, counts))
    try:
        write(sys.stdout, f"{text}\n".encode())
    except OSError as error:
        print_error(f"stdout: {failure_text(error)}; every created key is stored")


def _table(keys: list[Key], counts: Counter[str]) -> Iterator[str]:
    """Yield a line for each key with a remark, and one for each state with its count."""
    rows = [(key.state, quoted(key.name), _remark(key)) for key in keys if _remark(key)]
    not_tried = [row for row in rows if row[0] == NOT_TRIED]
    for row in not_tried[_MOST_NOT_TRIED:]:
        rows.remove(row)
    if more := not_tried[_MOST_NOT_TRIED:]:
        rows.append((NOT_TRIED, f"and {len(more)} more", ""))
    if rows:
        yield from (*table(rows), "")
    yield from table([(state, str(count)) for state, count in counts.items()])


def _remark(key: Key) -> str:
    """Return the remark on a key in the summary."""
    if key.state == TO_CREATE:
        return f"{key.place}; the secret goes into {key.path}"
    if key.state != IN_DOUBT:
        return key.reason
    if key.found is None:
        return f"{key.reason}; run apply again to look it up"
    if not key.found:
        return f"{key.reason}; no key of this name exists: run apply again with --retry-unknown"
    return (
        f"{key.reason}; keys of this name: {' '.join(key.found)}; delete the one whose secret is "
        "lost with portkey-admin delete ID, then run apply again with --retry-unknown"
    )
