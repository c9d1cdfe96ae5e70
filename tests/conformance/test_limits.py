"""What the generator cannot express is listed by name, and the list is true."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.checking import check
from tests.conformance.documents import LIMITS, SPECS, Json
from tests.conformance.harness import generate_once, harness
from tests.conformance.naming import read_naming
from tests.conformance.operations import described_operations, without

Limit = dict[str, Any]

REFUSED: list[Limit] = LIMITS["constructs"]
TOLERATED: list[Limit] = LIMITS["tolerated"]


@pytest.fixture(scope="session")
def package(folder: Path) -> str:
    """A package of all that the generator does generate, however wrong."""
    documents = [_document(limit) for limit in (*REFUSED, *TOLERATED)]
    paths = [each["paths"] for each in documents if _is_generated(each)]
    merged = {path: item for each in paths for path, item in each.items()}
    return generate_once({**documents[0], "paths": merged}, "limits", folder)


@pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")
@pytest.mark.parametrize("limit", REFUSED, ids=[each["construct"] for each in REFUSED])
def test_refuses_what_the_generator_cannot_express(
    limit: Limit, package: str, runner: asyncio.Runner
) -> None:
    """Each construct of the list is refused, for the reason that the list gives."""
    with pytest.raises((LookupError, ValueError, AssertionError)) as refusal:
        _check(_document(limit), package, runner)
    assert limit["refusal"] in str(refusal.value)


@pytest.mark.parametrize("limit", TOLERATED, ids=[each["construct"] for each in TOLERATED])
def test_tolerates(limit: Limit, package: str, runner: asyncio.Runner) -> None:
    """What is wrong and yet carried is seen, and nothing else is wrong."""
    checked = harness(_document(limit), package, runner)
    operation = checked.operations[limit["construct"]]
    *_, least = checked.source.coverage(operation)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        check(operation, least, checked.ways)
        exchange = checked.ways[0].call(operation, least)
    assert limit["seen"] in f"{exchange.headers} {[str(each.message) for each in warned]}"


def test_names_what_is_unchecked() -> None:
    """Each operation that is left out names the construct that it is left out for."""
    assert set(LIMITS["unchecked"].values()) <= {each["construct"] for each in REFUSED}


def test_leaves_out_what_is_unchecked() -> None:
    """An operation that is listed is left out, alone; one that there is not is an error."""
    small = SPECS["bodies"]
    names = {each["operationId"] for *_, each in described_operations(small)}
    left = without(small, {"makeThing"})
    assert {each["operationId"] for *_, each in described_operations(left)} == names - {"makeThing"}
    with pytest.raises(LookupError, match="makeThink"):
        without(small, {"makeThink"})


def _check(document: Json, package: str, runner: asyncio.Runner) -> None:
    checked = harness(document, package, runner)
    for operation_id in checked.operations:
        checked.check(operation_id, fuzzed=1)


def _document(limit: Limit) -> Json:
    """Return a document of the limit's operations, which are named after it."""
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
