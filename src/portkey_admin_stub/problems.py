"""The texts of problems with a request: place and reason, in one short line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema_rs import Draft202012Validator

MAX_LENGTH = 300
MAX_PROBLEMS = 20


def problem(where: str, reason: str, path: Iterable[str | int] = ()) -> str:
    """Return the text of a problem at a path of names and indices within a part of a request.

    The path is given as a JSON pointer. The text is `one_line`.
    """
    at = pointer(path)
    return one_line(f"{where} at {at}: {reason}" if at else f"{where}: {reason}")


def pointer(path: Iterable[str | int]) -> str:
    """Return a path of names and indices as a JSON pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def one_line(text: str) -> str:
    """Return a text as one line of ASCII, cut to `MAX_LENGTH`.

    Names that a request made up may hold line ends, or surrogates, which cannot be printed.
    """
    line = text.encode("unicode_escape").decode("ascii")
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 3] + "..."


def schema_problems(validator: Draft202012Validator, value: object, where: str) -> list[str]:
    """Return the problems that a validator finds in a value; an empty list if it is valid."""
    errors = islice(validator.iter_errors(value), MAX_PROBLEMS + 1)
    return [problem(where, error.message, error.instance_path) for error in errors]


def bounded(problems: list[str]) -> list[str]:
    """Return at most `MAX_PROBLEMS` texts; the last one mentions that there are more."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    return [*problems[: MAX_PROBLEMS - 1], "there are more problems than these"]
