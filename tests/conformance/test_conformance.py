"""The client sends what the spec describes, and what it was given.

To run one case alone, as a failure prints it: .venv/bin/pytest tests/conformance --case JSON
"""

from __future__ import annotations

from hypothesis import given
from hypothesis.strategies import DataObject, data

from tests.conformance.calling import Case, Way
from tests.conformance.cases import Source, examples
from tests.conformance.checking import check
from tests.conformance.operations import Operation


def test_sends_the_examples(operation: Operation, every_way: list[Way]) -> None:
    """Every request example of the spec arrives unchanged."""
    found = examples(operation)
    assert found
    for case in found.values():
        check(operation, case, every_way)


def test_sends_the_coverage_cases(
    operation: Operation, source: Source, every_way: list[Way]
) -> None:
    """Every case that schemathesis derives from a part of the schema arrives unchanged."""
    count = 0
    for case in source.coverage(operation):
        check(operation, case, every_way)
        count += 1
    assert count > 50, "schemathesis derived next to nothing"


@given(drawn=data())
def test_sends_what_it_was_given(
    drawn: DataObject, operation: Operation, source: Source, every_way: list[Way]
) -> None:
    """Every call that the schema allows arrives unchanged."""
    check(operation, drawn.draw(source.fuzzed(operation)), every_way)


def test_one_case_alone(alone: tuple[Operation, Case], every_way: list[Way]) -> None:
    """The case given by --case arrives unchanged."""
    operation, case = alone
    check(operation, case, every_way)
