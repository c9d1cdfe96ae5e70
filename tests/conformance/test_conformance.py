"""The client sends what the spec describes.

A call is drawn from the spec by schemathesis (cases.py), goes through the client by every way there
is (calling.py) to the stub, which judges it by the spec, and is compared with what was given
(checking.py). Nothing in here is about one operation: what the spec gains is proven by these tests
as they are. A failure ends with the command that runs its smallest case alone (proving.py).
"""

from __future__ import annotations

import pytest

from tests.conformance.calling import Case, Way
from tests.conformance.cases import Source, untouched
from tests.conformance.checking import faults
from tests.conformance.operations import Operation
from tests.conformance.proving import prove, report

# The generator gives cookies to single requests (limits.yaml, tolerated).
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
    """The case given by --case arrives unchanged, by every way."""
    case, every_way = alone
    if any(any(faults(way, case)) for way in every_way):
        pytest.fail(report(case, every_way), pytrace=False)
