"""Stores a created key: checks the place before the request, and keeps existing files."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from portkey_admin import CreatedKey
from portkey_admin_cli.formats import FORMATS, github_mask, rescued
from portkey_admin_cli.output import (
    Interrupted,
    InvalidInputError,
    is_terminal,
    print_warning,
    write,
)

_OWNER_ONLY: Final = 0o600
# Bytes that are written in advance, so that a full disk is noticed before the request is sent.
_RESERVED: Final = 4096


@contextmanager
def opened(
    output: str | None, style: str, variable: str, *, force: bool
) -> Iterator[tuple[Callable[[CreatedKey], None], str]]:
    """Yield a function that stores a key, and the name of the place.

    Raises InvalidInputError if storing would fail. The function raises OSError or ValueError if it
    fails nevertheless.
    """
    runner = [os.environ.get(name) for name in ("GITHUB_OUTPUT", "GITHUB_ENV")]
    if style == "github":
        output = output or runner[0] or "-"
        if output == "-":
            raise InvalidInputError("--output: --format github needs a file, or GITHUB_OUTPUT")
    if output is None:
        raise InvalidInputError("--output is required: a file for the secret, or - for stdout")
    if sys.stdout is None and (output == "-" or style == "github"):
        raise InvalidInputError(f"--output {output}: stdout is closed")
    with ExitStack() as stack:
        put: Callable[[bytes], None] = _to_stdout
        if output != "-":
            append = style == "github" and output in runner
            opening = _appended(output) if append else new_file(Path(output), force=force)
            try:
                put = stack.enter_context(opening)
            except OSError as error:
                hint = "; --force overwrites it" if isinstance(error, FileExistsError) else ""
                raise InvalidInputError(f"--output {output}: {failure_text(error)}{hint}") from None

        def store(created: CreatedKey) -> None:
            data = FORMATS[style](created, variable)
            if style == "github":
                write(sys.stdout, github_mask(created))
            put(data)

        yield store, "stdout" if output == "-" else output


def failure_text(error: BaseException) -> str:
    """Return why something failed, without any data, and without the text of unexpected errors."""
    if isinstance(error, Interrupted):
        return f"interrupted by {error}"
    if isinstance(error, UnicodeError):
        return "the secret has characters that UTF-8 cannot encode"
    if isinstance(error, OSError | ValueError):
        return f"{getattr(error, 'strerror', None) or error}"
    return type(error).__name__


def _to_stdout(data: bytes) -> None:
    if is_terminal(sys.stdout):
        print_warning("the terminal shows the secret, and may keep it in its history")
        data = data.rstrip(b"\n") + b"\n"
    write(sys.stdout, data)


@contextmanager
def _appended(file: str) -> Iterator[Callable[[bytes], None]]:
    """Give a function that appends to an existing file, all or nothing."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)

    def append(data: bytes, *, keep: bool = True) -> None:
        with ExitStack() as undo:
            undo.callback(_cut_off, descriptor, os.fstat(descriptor).st_size)
            write_all(descriptor, data)
            if keep:
                undo.pop_all()

    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is not a regular file")
        append(b"\n" * _RESERVED, keep=False)  # the runner ignores empty lines
        yield append
    finally:
        os.close(descriptor)


def _cut_off(descriptor: int, size: int) -> None:
    with suppress(OSError):
        os.ftruncate(descriptor, size)


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that makes the file `path`, whole or not at all.

    The bytes go into a file without a name, or with a temporary name, which then gets its name.
    Without `force`, link() does that: it fails if the name exists by then.
    """
    _refuse_existing(path, force=force)
    folder = os.open(path.parent, os.O_DIRECTORY)
    with ExitStack() as stack:
        stack.callback(os.close, folder)
        temporary = f".portkey-admin-{secrets.token_hex()}"
        stack.callback(_unlink, temporary, folder)
        descriptor, source = _create(folder, temporary)
        stack.callback(os.close, descriptor)
        os.fchmod(descriptor, _OWNER_ONLY)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != _OWNER_ONLY:
            raise OSError("other users could read it on this file system")
        write_all(descriptor, bytes(_RESERVED))
        if source == temporary and not force:
            # Fails now on a file system without links. The second name is removed at once.
            _link(source, f"{temporary}-", folder)
            _unlink(f"{temporary}-", folder)
        os.fsync(folder)

        def make(data: bytes) -> None:
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, len(data))
            write_all(descriptor, data)
            if not force:
                _link(source, path.name, folder)
            elif source != temporary:
                _link(source, temporary, folder)
            if force:
                os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            _unlink(temporary, folder)
            os.fsync(folder)

        yield make


def _create(folder: int, temporary: str) -> tuple[int, str]:
    """Return the descriptor of a new file, and the name to link it by.

    On Linux it has no name in the folder, so that a SIGKILL leaves nothing there.
    """
    try:
        flags = os.O_WRONLY | os.O_TMPFILE
        probe = os.open(".", flags, _OWNER_ONLY, dir_fd=folder)
        try:
            _link(f"/proc/self/fd/{probe}", temporary, folder)
        finally:
            os.close(probe)
        _unlink(temporary, folder)
        descriptor = os.open(".", flags, _OWNER_ONLY, dir_fd=folder)
    except (AttributeError, OSError):  # another system, or a file system that lacks this
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        return os.open(temporary, flags, _OWNER_ONLY, dir_fd=folder), temporary
    return descriptor, f"/proc/self/fd/{descriptor}"


def _link(source: str, name: str, folder: int) -> None:
    os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)


def _refuse_existing(path: Path, *, force: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError("it exists and is not a regular file, but a folder, a link or a device")
    if not force:
        raise FileExistsError(errno.EEXIST, "it exists")


def sync_folder(path: Path) -> None:
    """Sync the names in a folder. Raises OSError."""
    descriptor = os.open(path, os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unlink(name: str, folder: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def write_all(descriptor: int, data: bytes) -> None:
    """Write and sync `data`. Raises OSError."""
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def rescue(created: CreatedKey) -> str:
    """Store a key elsewhere after a failure, and return the name of the place."""
    data = rescued(created)
    for folder in (Path.home, tempfile.gettempdir):
        with suppress(Exception):
            return _rescue_file(folder(), data)
    for stream, name in ((sys.stderr, "stderr"), (sys.stdout, "stdout")):
        with suppress(Exception):
            write(stream, data)
            return name
    return "no place: no file and no stream could be written"


def _rescue_file(folder: str | Path, data: bytes) -> str:
    descriptor, name = tempfile.mkstemp(prefix="portkey-admin-", suffix=".json", dir=folder)
    try:
        write_all(descriptor, data)
    except OSError:
        os.unlink(name)  # noqa: PTH108 - mkstemp gives no path
        raise
    finally:
        os.close(descriptor)
    return name
