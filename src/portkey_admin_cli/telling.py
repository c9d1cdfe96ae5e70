"""What is said on stderr, and the exit code that goes with it."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from portkey_admin._errors import (
    ConfigurationError,
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

_CODES: Final[dict[type[PortkeyAdminError], int]] = {
    NotSentError: NOT_SENT,
    RefusedError: REFUSED,
    OutcomeUnknownError: UNKNOWN,
}
# How the library's errors speak of its arguments, and what they are called here.
_PYTHON: Final = {
    r"^(?=server is|deadline is|ca_file )": "--",
    r"^--ca_file": "--ca-file",
    "; None is without$": "",
    "allow_http=True": "--allow-http",
    r"\bapi_key\b": "--api-key-file",
    ", or an aware datetime": "",
}


class InvalidInputError(Exception):
    """What was asked for cannot be done as it is; nothing was sent."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(*problems)


class Interrupted(BaseException):
    """A signal has asked the process to end; its text is the signal's name."""


class Problems(list[str]):
    """What is wrong so far: each `with` block adds what it finds, and the next one follows."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, InvalidInputError | ConfigurationError):
            return False
        self.extend(each for each in _problems(error) if each not in self)
        return True

    def check(self) -> None:
        """Raise InvalidInputError where there are problems."""
        if self:
            raise InvalidInputError(*self)


def in_flags(text: str) -> str:
    """Return what the library says of its arguments in the words of the command line."""
    for pattern, words in _PYTHON.items():
        text = re.sub(pattern, words, text)
    return text


def _problems(error: InvalidInputError | ConfigurationError) -> tuple[str, ...]:
    return error.problems if isinstance(error, InvalidInputError) else (in_flags(str(error)),)


def write(stream: TextIO | None, data: bytes) -> None:
    """Write `data` at once. Raises OSError, and nothing is written to the stream any more."""
    if stream is None:
        raise OSError(errno.EBADF, "it is closed")
    try:
        stream.buffer.write(data)
        stream.buffer.flush()
    except BaseException:
        # What is left in the buffer would be tried again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def say(text: str) -> None:
    """Print `text` as one line on stderr, where anybody reads it."""
    line = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    with suppress(OSError):
        write(sys.stderr, f"{line}\n".encode())


@contextmanager
def told() -> Iterator[None]:
    """Say what goes wrong, a line for each problem, and end the process with its exit code."""
    try:
        yield
    except (InvalidInputError, ConfigurationError) as error:
        problems, code = _problems(error), INVALID
    except PortkeyAdminError as error:
        problems, code = (str(error),), _CODES.get(type(error), INVALID)
    except Interrupted as signal:
        problems, code = (f"interrupted by {signal}; nothing was sent",), NOT_SENT
    except OSError as error:
        problems, code = (f"stdout: {error.strerror}; nothing was sent",), NOT_SENT
    else:
        return
    for problem in problems:
        say(f"error: {problem}")
    sys.exit(code)
