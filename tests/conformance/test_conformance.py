"""Every request of the client matches the spec.

schemathesis draws a call from the spec (cases.py). It goes through the client in every possible way
(calling.py) to the stub, which judges it by the spec; then the request is compared with the
arguments of the call (checking.py). No test is about a certain operation, so new operations of the
spec need no change here. A failure prints the command that runs only its smallest case
(proving.py).
"""

from __future__ import annotations

import pytest

from tests.conformance.calling import Case, Way
from tests.conformance.cases import Source, untouched
from tests.conformance.checking import faults
from tests.conformance.operations import Operation
from tests.conformance.proving import prove, report

# The generator passes cookies with each request (limits.yaml, tolerated).
pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")


def test_sends_the_examples(operation: Operation, source: Source, every_way: list[Way]) -> None:
    """Every request example of the spec arrives unchanged."""
    prove(source.examples(operation).values(), every_way)


def test_sends_the_coverage_cases(
    operation: Operation, source: Source, every_way: list[Way]
) -> None:
    """Every case that schemathesis derives from a part of the schema arrives unchanged."""
    cases = list(source.coverage(operation))
    assert untouched(operation, cases) == set()
    prove(cases, every_way)


def test_sends_the_given_values(operation: Operation, source: Source, every_way: list[Way]) -> None:
    """Every call that the schema allows arrives unchanged."""
    prove(source.fuzzed(operation), every_way)


def test_one_case_alone(alone: tuple[Case, list[Way]]) -> None:
    """The case given by --case arrives unchanged, whichever way it is sent."""
    case, every_way = alone
    if any(any(faults(way, case)) for way in every_way):
        pytest.fail(report(case, every_way), pytrace=False)
