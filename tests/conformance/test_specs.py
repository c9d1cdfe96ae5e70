"""The harness is about any document: the small ones have what the effective spec does not."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conformance.deep import Cases, as_value, run
from tests.conformance.documents import SPECS
from tests.conformance.harness import Harness, harness
from tests.conformance.operations import described_operations
from tests.conformance.routes import routes

BREAKS: list[dict[str, Any]] = YAML(typ="safe").load(
    Path(__file__).with_name("breaks.yaml").read_bytes()
)
UNMEASURED = {"makeSeveral": "no places are written for prefixItems"}
"""The operations that the deep run refuses, and why."""

each_operation = pytest.mark.parametrize(
    ("name", "operation_id"),
    [
        (name, described["operationId"])
        for name, document in SPECS.items()
        for *_, described in described_operations(document)
    ],
)

# The generator gives cookies to single requests (limits.yaml, tolerated).
pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")


@each_operation
def test_sends_what_it_was_given(
    name: str, operation_id: str, spec: Callable[[str], Harness]
) -> None:
    """Every call that a document allows arrives unchanged."""
    spec(name).check(operation_id, fuzzed=15)


@each_operation
def test_is_measured(
    name: str, operation_id: str, spec: Callable[[str], Harness], runner: asyncio.Runner
) -> None:
    """The deep run is about any document as well, and reaches what generated models carry."""
    operation = spec(name).operations[operation_id]
    cases = Cases(operation)
    if operation_id in UNMEASURED:
        with pytest.raises(ValueError, match=UNMEASURED[operation_id]):
            cases.place()
        return
    measure = cases.place(lambda form: form.carried)
    every_route = routes(operation, spec(name).ways, runner)
    drawn = list(itertools.islice(cases.drawn(every_route, 1), 700))
    result = run("compiled", drawn[:200], every_route, cases)
    assert result.failures == []
    for case in drawn:
        measure.reach(as_value(case))
    assert list(measure.pending()) == []


def test_takes_the_examples(spec: Callable[[str], Harness]) -> None:
    """Each example of a body or a parameter is a case of its own."""
    bodies, parameters = spec("bodies"), spec("parameters")
    of_bodies = bodies.source.examples(bodies.operations["makeThings"])
    [of_parameters] = parameters.source.examples(parameters.operations["headLists"]).values()
    assert {name: len(case.body) for name, case in of_bodies.items()} == {"none": 0, "two": 2}
    assert of_parameters.parameters == {"after": "a b&c"}


@pytest.mark.parametrize("mistake", BREAKS, ids=[each["name"] for each in BREAKS])
def test_finds_a_mistake(
    mistake: dict[str, Any],
    spec: Callable[[str], Harness],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    runner: asyncio.Runner,
) -> None:
    """A mistake in generated code is found, and told with the way and the place."""
    spec(mistake["spec"])
    package = "broken_" + re.sub(r"\W", "_", mistake["name"])
    shutil.copytree(folder / f"spec_{mistake['spec']}", tmp_path / package)
    file = tmp_path / package / mistake["file"]
    text = file.read_text(encoding="utf-8")
    start = text.index(mistake["old"], text.index(mistake.get("after", "")))
    end = start + len(mistake["old"])
    file.write_text(f"{text[:start]}{mistake['new']}{text[end:]}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AssertionError, match=mistake["refusal"]):
        harness(SPECS[mistake["spec"]], package, runner).check(mistake["operation"], fuzzed=15)
