"""Reads JSON strictly: refuses text that two parsers could read differently."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from .problems import MAX_PROBLEMS, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .schema import Json

MAX_DEPTH = 100

_SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJsonError(ValueError):
    """The text is not strict JSON; `args` has the problems with place and reason."""


def parse(raw: bytes, where: str) -> Json:
    """Return the value of a JSON text, whole numbers exact.

    Raises StrictJsonError when the text is not UTF-8, begins with a byte order mark, is not JSON,
    or holds NaN or Infinity, a name twice in one object, half a surrogate pair, a number that is
    too large for a float, or more than `MAX_DEPTH` levels. `where` begins each problem's text.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise StrictJsonError(problem(where, f"not UTF-8 at byte {error.start}")) from None
    if text.startswith("\ufeff"):
        raise StrictJsonError(problem(where, "begins with a byte order mark"))
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} (character {error.pos})"
        raise StrictJsonError(problem(where, reason)) from None
    except RecursionError:
        raise StrictJsonError(problem(where, _TOO_DEEP)) from None
    except ValueError:
        # Python's limit on the digits of an integer.
        raise StrictJsonError(problem(where, "a number has too many digits")) from None
    found = islice(_faults(value, ()), MAX_PROBLEMS + 1)
    faults = [problem(where, fault.reason, path) for path, fault in found]
    if faults:
        raise StrictJsonError(*faults)
    return value


class _Fault(NamedTuple):
    """Stands in a parsed value where the text was not strict, until its place is known."""

    reason: str


_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object] | _Fault:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
    return _Fault(f'the name "{twice}" occurs more than once')


def _float(text: str) -> float | _Fault:
    number = float(text)
    return number if math.isfinite(number) else _Fault("the number is too large for a float")


def _constant(name: str) -> _Fault:
    return _Fault(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def _faults(
    value: object, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], _Fault]]:
    """Find the faults in a parsed value, with their places."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            yield path, _Fault("half a surrogate pair")
    elif isinstance(value, _Fault):
        yield path, value
    elif isinstance(value, dict | list):
        if len(path) == MAX_DEPTH:
            yield path, _Fault(_TOO_DEEP)
            return
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in members:
            if isinstance(name, str) and _SURROGATE.search(name):
                yield (*path, name), _Fault("half a surrogate pair in the name")
            yield from _faults(member, (*path, name))
