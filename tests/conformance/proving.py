"""Check cases; shrink a failing one, and give the command that runs it alone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tests.conformance.calling import Case, Way
from tests.conformance.cases import allowed_by
from tests.conformance.checking import faults

_TEST = "tests/conformance/test_conformance.py"


def prove(cases: Iterable[Case], ways: Sequence[Way]) -> None:
    """Raise AssertionError unless each case passes every way.

    The error has the smallest failing case, and the command that runs it alone.
    """
    __tracebackhide__ = True
    for case in cases:
        if failing := [way for way in ways if any(faults(way, case))]:
            raise AssertionError(report(smallest(case, failing[0]), ways))


def smallest(case: Case, way: Way) -> Case:
    """Return the smallest case that the document allows and that fails too."""
    allowed = allowed_by(way.operation)

    def fails(value: Any) -> bool:
        if not isinstance(value.get("parameters"), dict):
            return False
        smaller = Case(**value)
        return allowed(smaller) and any(faults(way, smaller))

    return Case(**shrink(case.as_value(), fails))


def report(case: Case, ways: Sequence[Way]) -> str:
    """Return the mistakes of a case for all ways, and the command that runs it alone."""
    operation_id = ways[0].operation.operation_id
    found: dict[str, list[str]] = {}
    for way in ways:
        for fault in faults(way, case):
            found.setdefault(fault, []).append(way.name)
    words = "\n  ".join(
        f"{'every way' if len(names) == len(ways) else '; '.join(names)}: {fault}"
        for fault, names in found.items()
    )
    alone = json.dumps({"operation": operation_id, **vars(case)})
    command = f".venv/bin/pytest {_TEST} --case {shlex.quote(alone)}"
    return f"{operation_id}:\n  {words}\nthis case alone:\n  {command}"


def shrink(value: Any, fails: Callable[[Any], bool]) -> Any:
    """Leave out parts of `value` as long as `fails` is true of the result.

    `fails` must be false for values that the schema does not allow.
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
    """Yield smaller variants of `value`, the smallest first."""
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
