"""The constructs that the generator cannot express are listed, and the list is correct."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from portkey_admin_stub import Stub
from scripts.parts import operations, without
from tests.conformance.calling import ways
from tests.conformance.documents import DOCUMENT, LIMITS, OPERATIONS, Json, load
from tests.conformance.documents import REFUSED as UNCALLABLE
from tests.conformance.measure.deep import Budget, Cases, proof
from tests.conformance.measure.places import UnmeasuredError
from tests.conformance.naming import read_naming
from tests.conformance.operations import Operation
from tests.conformance.proving import prove
from tests.conformance.small import SPECS, Small, generate_once, generated

Limit = dict[str, Any]

CONSTRUCTS = load(Path(__file__).with_name("limits.yaml"))
REFUSED: list[Limit] = CONSTRUCTS["constructs"]
TOLERATED: list[Limit] = CONSTRUCTS["tolerated"]


@pytest.fixture(scope="session")
def package(folder: Path) -> str:
    """Generate a package of all operations that the generator writes, correct or not."""
    documents = [_document(limit) for limit in (*REFUSED, *TOLERATED)]
    paths = [each["paths"] for each in documents if _is_generated(each)]
    merged = {path: item for each in paths for path, item in each.items()}
    return generate_once({**documents[0], "paths": merged}, "limits", folder)


@pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")
@pytest.mark.parametrize("limit", REFUSED, ids=[each["construct"] for each in REFUSED])
def test_refuses_operations_that_the_generator_cannot_express(
    limit: Limit, package: str, runner: asyncio.Runner
) -> None:
    """Each construct of the list is refused with the message in the list."""
    with pytest.raises((LookupError, AssertionError)) as refusal:
        _check(_document(limit), package, runner)
    assert limit["refusal"] in str(refusal.value)


@pytest.mark.parametrize("limit", TOLERATED, ids=[each["construct"] for each in TOLERATED])
def test_tolerated_mistakes_occur(limit: Limit, package: str, runner: asyncio.Runner) -> None:
    """The tolerated mistakes still occur, and no others."""
    small = Small(_document(limit), package)
    operation = small.operations[limit["construct"]]
    *_, least = small.source.coverage(operation)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        every_way = ways(operation, runner, generated)
        prove([least], every_way)
    seen = [each.headers for each in every_way[-1].stub.exchanges]
    assert limit["seen"] in f"{seen} {[str(each.message) for each in warned]}"


def test_operations_that_are_left_out_are_listed() -> None:
    """spec/limits.yaml lists exactly the operations that the stub and the drawing leave out."""
    found = {
        (label, "stub" if "the stub" in reason else "generate"): reason
        for label, reason in UNCALLABLE.items()
    }
    stub = Stub(DOCUMENT, prefix="/")
    found |= {(each.operation, "stub"): f"{each.at}: {each.reason}" for each in stub.limits}
    for operation in OPERATIONS.values():
        if undrawn := _undrawn(operation):
            found[operation.label, "draw"] = str(undrawn)
    listed = {
        (row["operation"], row["stage"]): row["reason"]
        for row in LIMITS
        if row["stage"] != "generate"
    }
    assert {key: found[key] for key in found.keys() - listed} == {}, "to be listed"
    assert {key: listed[key] for key in listed.keys() - found} == {}, "needed no more"


def _undrawn(operation: Operation) -> Mapping[str, str]:
    try:
        return Cases(operation).unmeasured
    except UnmeasuredError as error:
        return {error.pointer: error.reason}


FAULTY: Json = load(Path(__file__).with_name("faulty.yaml"))


@pytest.fixture
def faulty(folder: Path) -> Small:
    """Generate the operations of faulty.yaml that are not refused."""
    package = generate_once(without(FAULTY, FAULTY["x-refused"]), "faulty", folder)
    return Small(FAULTY, package)


@pytest.mark.parametrize("label", FAULTY["x-refused"])
def test_refusal_names_its_cause(label: str, faulty: Small) -> None:
    """Each operation is refused on its own, with the cause: spec, generator or harness."""
    assert faulty.refused.keys() == FAULTY["x-refused"].keys()
    assert re.search(FAULTY["x-refused"][label], faulty.refused[label])


@pytest.mark.parametrize("label", FAULTY["x-fails"])
def test_failure_names_its_cause(label: str, faulty: Small, runner: asyncio.Runner) -> None:
    """If no case can be sent, the error names the cause."""
    budget = Budget(least=10)
    proven = proof(faulty.operations[label], faulty.source, runner, budget, 0, generated)
    assert any(re.search(FAULTY["x-fails"][label], each.text) for each in proven.failures)


def test_operation_uses_its_own_servers(spec: Callable[[str], Small]) -> None:
    """An operation's servers apply only to it, and unusable servers are left out."""
    found = spec("parameters").operations
    assert found["deleteLists"].servers[:-1] == ["https://elsewhere.example/own"]
    assert "https://elsewhere.example/own" not in found["patchLists"].servers


def test_listed_operations_are_left_out() -> None:
    """An operation in the list is left out, and no other."""
    small = SPECS["bodies"]
    labels = {each.name for each in operations(small)}
    for label in ("POST /things", "POST /maps"):  # with an operationId, and without
        assert {each.name for each in operations(without(small, {label}))} == labels - {label}


def _check(document: Json, package: str, runner: asyncio.Runner) -> None:
    small = Small(document, package)
    if small.refused:
        raise AssertionError("; ".join(small.refused.values()))
    for operation in small.operations.values():
        cases = [*small.source.coverage(operation), *small.source.fuzzed(operation, count=5)]
        prove(cases, ways(operation, runner, generated))


def _document(limit: Limit) -> Json:
    """Return a document with the operations of a limit, named after it."""
    described = {
        "operationId": limit["construct"],
        "tags": [limit["construct"]],
        "responses": {"204": {"description": "done"}},
    }
    paths = {
        path: {method: {**described, **operation} for method, operation in item.items()}
        for path, item in limit["paths"].items()
    }
    return {"openapi": "3.1.0", "info": {"title": "Limits", "version": "1"}, "paths": paths}


def _is_generated(document: Json) -> bool:
    try:
        return not read_naming(document).left_out
    except LookupError:
        return False
