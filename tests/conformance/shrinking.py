"""Make a failing value as small as it gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any


def shrink(value: Any, fails: Callable[[Any], bool]) -> Any:
    """Return the smallest value found by leaving out parts of `value` for which `fails` is true.

    `fails` is asked of values that a schema may not allow: it is to say no to those.
    """
    while True:
        size = _size(value)
        for smaller in _smaller(value):
            if _size(smaller) < size and fails(smaller):
                value = smaller
                break
        else:
            return value


def _size(value: Any) -> tuple[int, str]:
    text = json.dumps(value)
    return len(text), text


def _smaller(value: Any) -> Iterator[Any]:
    """Yield values like `value` with less in them, the smallest first."""
    if isinstance(value, dict):
        for name in value:
            yield {each: part for each, part in value.items() if each != name}
        for name, part in value.items():
            yield from ({**value, name: smaller} for smaller in _smaller(part))
    elif isinstance(value, list):
        yield []
        for at, part in enumerate(value):
            yield [*value[:at], *value[at + 1 :]]
            yield from ([*value[:at], smaller, *value[at + 1 :]] for smaller in _smaller(part))
    elif isinstance(value, str):
        middle = len(value) // 2
        yield from ("", "a", value[:middle], value[middle:])
        yield from (value[:at] + value[at + 1 :] for at in range(min(len(value), 20)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (0, 1, int(value) // 2 if abs(value) < 1e300 else 0)
