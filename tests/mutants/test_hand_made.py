"""The conformance cases find mistakes that people make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.mutants.hand_made import HandMade, hand_made
from tests.mutants.judging import PACKAGES, Trial, judge

MUTANTS = hand_made()


def by_kind() -> Iterator[Any]:
    """Yield every mutant; all but the first of each kind are slow tests."""
    for kind, mutants in itertools.groupby(MUTANTS, lambda each: each.kind):
        for number, each in enumerate(mutants):
            marks = [pytest.mark.slow] if number else []
            yield pytest.param(each, id=f"{kind}: {each.name}", marks=marks)


@pytest.mark.parametrize("mutant", list(by_kind()))
def test_cases_find_each_mistake(mutant: HandMade) -> None:
    """The cases find each mistake in hand_made.yaml."""
    verdict = mutant.verdict()
    assert verdict.killed
    assert verdict.by == "cases"
    assert verdict.cases > 0, verdict.reason


def test_unchanged_code_passes_every_case() -> None:
    """Unchanged code passes every case."""
    verdict = judge(Trial({}, cases=1000))
    assert not verdict.killed, verdict.reason
    assert verdict.cases >= 1000


def test_outdated_mistake_is_an_error() -> None:
    """A mistake that no longer fits the code is an error, and does not count as found."""
    mutant = MUTANTS[0]
    with pytest.raises(LookupError, match=r"stands 0 times in .*; the code has changed"):
        replace(mutant, old="no such text").verdict()
    with pytest.raises(LookupError, match=r"stands [0-9]+ times in "):
        replace(mutant, old="\n", which=None).verdict()


def test_endless_mistake_is_found_by_its_time() -> None:
    """A mistake that makes the client run or wait forever is found by the time limit."""
    init = PACKAGES[0] / "__init__.py"
    for source in ("while True: pass", "import signal\nwhile True: signal.pause()"):
        verdict = judge(Trial({init: source}, cases=1, seconds=0.5))
        assert (verdict.killed, verdict.by) == (True, "time")
