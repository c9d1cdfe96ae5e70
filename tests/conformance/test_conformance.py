"""The client sends what the spec describes, and what it was given.

To run one case alone, as a failure prints it: .venv/bin/pytest tests/conformance --case JSON
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data

from tests.conformance.calling import Case, Way
from tests.conformance.cases import Source, untouched
from tests.conformance.checking import check
from tests.conformance.operations import Operation
from tests.conformance.routes import Route

# The generator gives cookies to single requests (limits.yaml, tolerated).
pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")


def test_sends_the_examples(operation: Operation, source: Source, every_way: list[Way]) -> None:
    """Every request example of the spec arrives unchanged."""
    for case in source.examples(operation).values():
        check(operation, case, every_way)


def test_sends_the_coverage_cases(
    operation: Operation, source: Source, every_way: list[Way]
) -> None:
    """Every case that schemathesis derives from a part of the schema arrives unchanged."""
    cases = list(source.coverage(operation))
    for case in cases:
        check(operation, case, every_way)
    assert untouched(operation, cases) == set()


@given(drawn=data())
def test_sends_what_it_was_given(
    drawn: DataObject, operation: Operation, source: Source, every_way: list[Way]
) -> None:
    """Every call that the schema allows arrives unchanged."""
    check(operation, drawn.draw(source.fuzzed(operation)), every_way)


def test_one_case_alone(alone: tuple[Case, list[Route]]) -> None:
    """The case given by --case arrives unchanged, by every route."""
    case, every_route = alone
    told = (route.told(case) for route in every_route)
    assert [each for each in told if each] == []
