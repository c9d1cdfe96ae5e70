"""Messages on stderr, and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from portkey_admin import (
    ConfigurationError,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
    RefusedError,
)

CREATED: Final = 0
INVALID: Final = 2
NOT_SENT: Final = 3
REFUSED: Final = 4
UNKNOWN: Final = 5
NOT_STORED: Final = 6
NOT_INSTALLED: Final = 7

MOST_PROBLEMS: Final = 20

_CODES: Final[dict[type[PortkeyAdminError], int]] = {
    NotSentError: NOT_SENT,
    RefusedError: REFUSED,
    OutcomeUnknownError: UNKNOWN,
}
_COLOURS: Final = {"error": 31, "warning": 33}


class InvalidInputError(Exception):
    """The input is not valid; nothing was sent."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems


class Interrupted(BaseException):
    """A signal asks the process to end; the text is the signal's name."""


class Problems(list[str]):
    """The problems found so far. Each `with` block adds its own, and the next block runs."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, InvalidInputError | ConfigurationError):
            return False
        self.extend(each for each in _problems(error) if each not in self)
        return True

    def check(self) -> None:
        """Raise InvalidInputError if there are problems."""
        if self:
            raise InvalidInputError(*self)


def _problems(error: InvalidInputError | ConfigurationError) -> tuple[str, ...]:
    if isinstance(error, InvalidInputError):
        return error.problems
    flags = " and ".join(map(_flag, error.options))
    return (f"{flags}: {error.reason}" if flags else error.reason,)


def _flag(option: str) -> str:
    """Return the name of a Python option on the command line; a variable's name stays."""
    if option == "api_key":
        return "the admin key"
    return option if option.isupper() else f"--{option.removesuffix('s').replace('_', '-')}"


def exit_code(error: PortkeyAdminError) -> int:
    """Return the exit code for one of the library's errors."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), INVALID)


def write(stream: TextIO | None, data: bytes) -> None:
    """Write `data` at once. After an error, nothing more is written to the stream."""
    if stream is None:
        raise OSError(errno.EBADF, "it is closed")
    try:
        stream.buffer.write(data)
        stream.buffer.flush()
    except BaseException:
        give_up(stream)
        raise


def give_up(stream: TextIO) -> None:
    """Drop the rest of the buffer, which Python would try to write when the process ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; None is a closed stream."""
    return stream is not None and stream.isatty()


def printable(text: str) -> str:
    """Return `text` in one line, with control characters escaped."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def print_line(text: str, label: str = "") -> None:
    """Print `text` as one line on stderr; ignore a closed stderr."""
    if label:
        in_colour = is_terminal(sys.stderr) and not os.environ.get("NO_COLOR")
        label = f"\x1b[1;{_COLOURS[label]}m{label}:\x1b[0m " if in_colour else f"{label}: "
    with suppress(OSError):
        write(sys.stderr, f"{label}{printable(text)}\n".encode())


def print_lines(lines: Sequence[str], label: str) -> None:
    """Print the first lines on stderr, and the number of the others."""
    for line in lines[:MOST_PROBLEMS]:
        print_line(line, label)
    if len(lines) > MOST_PROBLEMS:
        print_line(f"and {len(lines) - MOST_PROBLEMS} more", label)


def print_error(text: str) -> None:
    """Print an error on stderr."""
    print_line(text, "error")


def print_warning(text: str) -> None:
    """Print a warning on stderr."""
    print_line(text, "warning")


@contextmanager
def exit_on_error(nothing: str = "nothing was sent") -> Iterator[None]:
    """Print each problem as a line, and end the process with the exit code.

    `nothing` is the effect of an interruption, for its message.
    """
    try:
        yield
    except (InvalidInputError, ConfigurationError) as error:
        problems, code = _problems(error), INVALID
    except InvalidRequestError as error:
        problems, code = tuple(map(str, error.problems)), INVALID
    except PortkeyAdminError as error:
        problems, code = (str(error),), exit_code(error)
    except Interrupted as signal:
        problems, code = (f"interrupted by {signal}; {nothing}",), NOT_SENT
    except OSError as error:
        problems, code = (f"stdout: {error.strerror}; {nothing}",), NOT_SENT
    else:
        return
    print_lines(problems, "error")
    sys.exit(code)
