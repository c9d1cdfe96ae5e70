"""Where a created key goes: proven to take it before the request is sent, and never overwritten."""

from __future__ import annotations

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from portkey_admin._created import CreatedKey
from portkey_admin_cli.formats import FORMATS, github_mask
from portkey_admin_cli.telling import InvalidInputError, say, write

_OWNER_ONLY: Final = 0o600
# Written in advance, so that a full disk or a quota shows before the request is sent.
_RESERVED: Final = bytes(4096)


@contextmanager
def opened(
    output: str | None, style: str, *, force: bool, show: bool
) -> Iterator[Callable[[CreatedKey], None]]:
    """Give a function that stores a key where it is told to go, in the format `style`.

    Raises InvalidInputError where that would fail. The function raises OSError or ValueError where
    it fails all the same.
    """
    runners = [os.environ.get(name) or None for name in ("GITHUB_OUTPUT", "GITHUB_ENV")]
    file = None if output == "-" else output
    if style == "github":
        file = file or runners[0]
        if file is None:
            raise InvalidInputError(
                "--output: --format github needs it, or GITHUB_OUTPUT in the environment"
            )
    if file is None or style == "github":
        _check_stdout(show=show)
    with ExitStack() as stack:
        put: Callable[[bytes], None] = _to_stdout
        if file is not None:
            append = style == "github" and file in runners
            opening = _appended(file) if append else _new_file(Path(file), force=force)
            try:
                put = stack.enter_context(opening)
            except (OSError, ValueError) as error:
                raise InvalidInputError(f"--output {file}: {reason(error)}") from None

        def store(created: CreatedKey) -> None:
            data = FORMATS[style](created)
            if style == "github":
                write(sys.stdout, github_mask(created))
            put(data)

        yield store


def reason(error: BaseException) -> str:
    """Return why something could not be written, without what it was."""
    if isinstance(error, UnicodeError):
        return "there are characters that UTF-8 lacks"
    return str(getattr(error, "strerror", None) or error)


def _check_stdout(*, show: bool) -> None:
    if sys.stdout is None:
        raise InvalidInputError("--output: stdout is closed; say in which file to store the secret")
    if sys.stdout.isatty() and not show:
        raise InvalidInputError(
            "--output: say in which file to store the secret, or pipe it; on this terminal it is "
            "shown only with --show"
        )


def _to_stdout(data: bytes) -> None:
    if sys.stdout is not None and sys.stdout.isatty():
        say("warning: this terminal shows the secret, this once, and may keep it in its history")
        data = data.rstrip(b"\n") + b"\n"
    write(sys.stdout, data)


@contextmanager
def _appended(file: str) -> Iterator[Callable[[bytes], None]]:
    """Give a function that appends to a file that is there, all or nothing."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:

        def append(data: bytes) -> None:
            before = os.fstat(descriptor).st_size
            try:
                _write_all(descriptor, data)
            except BaseException:
                os.ftruncate(descriptor, before)
                raise

        yield append
    finally:
        os.close(descriptor)


@contextmanager
def _new_file(path: Path, *, force: bool) -> Iterator[Callable[[bytes], None]]:
    """Give a function that makes the file `path`, whole or not at all.

    The bytes go to a file beside it, which is there already and then gets the name. Without `force`
    the name is given by link(), which replaces nothing, whoever has taken it meanwhile.
    """
    _refuse_what_is_there(path, force=force)
    temporary = f".portkey-admin-{secrets.token_hex(8)}"
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with ExitStack() as stack:
        stack.callback(os.close, folder)
        descriptor = _create(temporary, folder)
        stack.callback(os.close, descriptor)
        stack.callback(_unlink, temporary, folder)
        os.fchmod(descriptor, _OWNER_ONLY)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != _OWNER_ONLY:
            raise OSError("the file system does not keep others from reading it")
        _write_all(descriptor, _RESERVED)
        if not force:
            # A file system without links shows now. The second name is gone again at once.
            os.link(temporary, f"{temporary}-", src_dir_fd=folder, dst_dir_fd=folder)
            _unlink(f"{temporary}-", folder)
        os.fsync(folder)

        def make(data: bytes) -> None:
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, len(data))
            _write_all(descriptor, data)
            name_it = os.replace if force else os.link
            name_it(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            _unlink(temporary, folder)
            os.fsync(folder)

        yield make


def _refuse_what_is_there(path: Path, *, force: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError("it is there, and no plain file but a folder, a link or a device")
    if not force:
        raise OSError("it is there already; --force replaces it")


def _create(name: str, folder: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, _OWNER_ONLY, dir_fd=folder)


def _unlink(name: str, folder: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write and sync `data`. Raises OSError."""
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def rescue(created: CreatedKey) -> str:
    """Put a key that could not be stored as told where it can be, and return where that is."""
    data = FORMATS["json"](created)
    # Whatever is wrong with one place, the next one may take it.
    for folder in (Path.home, tempfile.gettempdir):
        with suppress(Exception):
            return _rescue_file(folder(), data)
    for stream, name in ((sys.stderr, "stderr"), (sys.stdout, "stdout")):
        with suppress(Exception):
            write(stream, data)
            return name
    return "nothing: no file and no stream takes it"


def _rescue_file(folder: str | Path, data: bytes) -> str:
    descriptor, name = tempfile.mkstemp(prefix="portkey-admin-", suffix=".json", dir=folder)
    try:
        _write_all(descriptor, data)
    except OSError:
        os.unlink(name)  # noqa: PTH108 - mkstemp gives no path
        raise
    finally:
        os.close(descriptor)
    return name
