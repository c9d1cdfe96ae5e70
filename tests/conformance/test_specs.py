"""The harness works for any document: small ones cover features that the effective spec lacks."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.calling import ways
from tests.conformance.cases import untouched
from tests.conformance.documents import load
from tests.conformance.measure.deep import Cases, run
from tests.conformance.operations import described_operations
from tests.conformance.proving import prove
from tests.conformance.small import SPECS, Small, generated

BREAKS: list[dict[str, Any]] = load(Path(__file__).with_name("breaks.yaml"))
UNMEASURED = {"makeSeveral": {"/body/oneOf/1/pair"}, "changeThing": {"/body/file"}}
"""The places for which the deep run draws nothing."""

each_operation = pytest.mark.parametrize(
    ("name", "operation_id"),
    [
        (name, described["operationId"])
        for name, document in SPECS.items()
        for *_, described in described_operations(document)
    ],
)

# The generator passes cookies with each request (limits.yaml, tolerated).
pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")


def check(small: Small, operation_id: str, runner: asyncio.Runner) -> None:
    """Raise AssertionError unless an operation's cases arrive unchanged, and cover all parts."""
    operation = small.operations[operation_id]
    cases = [*small.source.examples(operation).values(), *small.source.coverage(operation)]
    assert untouched(operation, cases) == set()
    every_way = ways(operation, runner, generated)
    prove(cases, every_way)
    prove(itertools.islice(Cases(operation).drawn(every_way, 1), 150), every_way[:1])
    # Last, because drawing is slow and few mistakes are left to find.
    prove(small.source.fuzzed(operation, count=8), every_way)


@each_operation
def test_sends_the_given_values(
    name: str, operation_id: str, spec: Callable[[str], Small], runner: asyncio.Runner
) -> None:
    """Every call that a document allows arrives unchanged."""
    check(spec(name), operation_id, runner)


@each_operation
def test_any_document_is_measured(
    name: str, operation_id: str, spec: Callable[[str], Small], runner: asyncio.Runner
) -> None:
    """The deep run covers every value that the models of any document can represent."""
    operation = spec(name).operations[operation_id]
    cases = Cases(operation)
    assert cases.unmeasured.keys() == UNMEASURED.get(operation_id, set())
    every_way = ways(operation, runner, generated)
    drawn = list(itertools.islice(cases.drawn(every_way, 1), 1000))
    result = run("compiled", drawn[:100], every_way)
    assert result.failures == []
    for case in drawn:
        cases.carried.reach(case.as_value())
    assert list(cases.carried.pending()) == []


def test_examples_become_cases(spec: Callable[[str], Small]) -> None:
    """Each example of a body or a parameter is a case."""
    bodies, parameters = spec("bodies"), spec("parameters")
    of_bodies = bodies.source.examples(bodies.operations["makeThings"])
    [of_parameters] = parameters.source.examples(parameters.operations["headLists"]).values()
    assert {name: len(case.body) for name, case in of_bodies.items()} == {"none": 0, "two": 2}
    assert of_parameters.parameters == {"after": "a b&c"}


@pytest.mark.parametrize("mistake", BREAKS, ids=[each["name"] for each in BREAKS])
def test_mistake_in_generated_code_is_found(
    mistake: dict[str, Any],
    spec: Callable[[str], Small],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    runner: asyncio.Runner,
) -> None:
    """A mistake in generated code is found, with the way and the place."""
    spec(mistake["spec"])
    package = "broken_" + re.sub(r"\W", "_", mistake["name"])
    shutil.copytree(folder / f"spec_{mistake['spec']}", tmp_path / package)
    file = tmp_path / package / mistake["file"]
    text = file.read_text(encoding="utf-8")
    start = text.index(mistake["old"], text.index(mistake.get("after", "")))
    end = start + len(mistake["old"])
    file.write_text(f"{text[:start]}{mistake['new']}{text[end:]}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    small = Small(SPECS[mistake["spec"]], package)
    with pytest.raises(AssertionError, match=mistake["refusal"]):
        check(small, mistake["operation"], runner)
