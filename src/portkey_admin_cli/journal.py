"""The journal of `portkey-admin apply`: the keys that were requested, and their outcomes.

It is a file of JSON Lines next to the secrets, with one line before each request and one with its
outcome, each synced before the next step. It has no secrets. After a kill it shows which keys may
exist.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from portkey_admin import NotSentError
from portkey_admin_cli.output import InvalidInputError
from portkey_admin_cli.storing import failure_text, new_file, sync_folder, write_all

FILE: Final = "apply.jsonl"
_FORMAT: Final = 1
_READ_ONLY: Final = -1  # the descriptor of no file, by which nothing can be written

SENDING: Final = "sending"
CREATED: Final = "created"
UNKNOWN: Final = "unknown"
_IN_DOUBT: Final = (SENDING, UNKNOWN)


class Journal:
    """The records of earlier runs, by the name of each key; the current run adds lines."""

    def __init__(self, path: Path, server: str, descriptor: int) -> None:
        """Read the lines of earlier runs. Raises InvalidInputError or OSError."""
        self.path = path
        self.records: dict[str, dict[str, Any]] = {}
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._header: dict[str, Any] = {
            "format": _FORMAT,
            "server": server,
            "salt": secrets.token_hex(),
        }
        content = path.read_bytes() if path.exists() else b""
        whole, _, torn = content.rpartition(b"\n")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self._take(json.loads(line), is_first=number == 1)
            except (ValueError, LookupError, TypeError):
                raise InvalidInputError(f"{path}, line {number}: the journal is damaged") from None
        if self._header["server"] != server:
            raise InvalidInputError(
                f"{path}: the journal belongs to {self._header['server']}; use another "
                f"--output-dir for {server}"
            )
        self._is_new = not whole
        if descriptor != _READ_ONLY:  # `torn` is a line that was being written at a kill
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - len(torn))

    def _take(self, line: dict[str, Any], *, is_first: bool) -> None:
        if is_first:
            self._header = {name: line[name] for name in self._header}
            if line["format"] != _FORMAT:
                raise ValueError
        elif line["state"] == SENDING:
            self.records[line["name"]] = {"state": SENDING, "fingerprint": line["fingerprint"]}
        else:
            self.records[line["name"]] |= line

    def fingerprint(self, content: Any) -> str:
        """Return a digest of a JSON value, salted for this journal."""
        text = json.dumps(content, sort_keys=True).encode()
        salt = self._header["salt"].encode()
        return hashlib.blake2b(text, key=salt, digest_size=16).hexdigest()

    def state(self, name: str) -> str | None:
        """Return the state of a key: created, unknown, or None if it can be created."""
        state = self.records.get(name, {}).get("state")
        return CREATED if state == CREATED else UNKNOWN if state in _IN_DOUBT else None

    def write(self, name: str, state: str, **members: Any) -> None:
        """Add a line, and sync it. Raises OSError without changing the journal."""
        line = {"name": name, "state": state, **members, "at": datetime.now(UTC).isoformat()}
        with self._lock:
            self._append({"journal": "portkey-admin apply", **self._header}, line)

    def _append(self, header: Mapping[str, Any], line: Mapping[str, Any]) -> None:
        lines = [header, line] if self._is_new else [line]
        size = os.fstat(self._descriptor).st_size
        try:
            write_all(
                self._descriptor, b"".join(json.dumps(each).encode() + b"\n" for each in lines)
            )
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise
        self._is_new = False


@contextmanager
def open_journal(folder: Path, server: str, *, read_only: bool) -> Iterator[Journal]:
    """Yield the journal of a folder; the folder is made if it is missing, and must be writable.

    An unused journal and an empty folder are removed again. Raises InvalidInputError, and
    NotSentError while another apply uses the folder. With `read_only` nothing is made or locked.
    """
    with ExitStack() as stack:
        try:
            descriptor = _READ_ONLY if read_only else _open_and_lock(folder, stack)
            journal = Journal(folder / FILE, server, descriptor)
        except OSError as error:
            raise InvalidInputError(f"--output-dir {folder}: {failure_text(error)}") from None
        yield journal


def _open_and_lock(folder: Path, stack: ExitStack) -> int:
    path = folder / FILE
    if not folder.exists():
        folder.mkdir(mode=0o700)
        stack.callback(_remove_if_empty, folder)
    with new_file(folder / ".portkey-admin-probe", force=False):
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
    stack.callback(os.close, descriptor)
    busy = NotSentError(f"another apply uses {folder} now; nothing was sent")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy from None
    if not os.fstat(descriptor).st_nlink:  # another apply has just removed it
        raise busy
    stack.callback(_remove_if_unused, path, descriptor)
    sync_folder(folder)
    return descriptor


def _remove_if_unused(path: Path, descriptor: int) -> None:
    if not os.fstat(descriptor).st_size:
        path.unlink(missing_ok=True)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
