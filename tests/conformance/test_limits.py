"""What the generator cannot express is listed by name, and the list is true."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.documents import Json, load
from tests.conformance.harness import generate_once, harness
from tests.conformance.naming import read_naming

LIMITS: list[dict[str, Any]] = load(Path(__file__).with_name("limits.yaml"))["constructs"]

pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies:DeprecationWarning")


@pytest.fixture(scope="session")
def package(folder: Path) -> str:
    """A package of all that the generator does generate, however wrong."""
    paths = [_document(limit)["paths"] for limit in LIMITS if _is_generated(_document(limit))]
    merged = {path: item for each in paths for path, item in each.items()}
    return generate_once({**_document(LIMITS[0]), "paths": merged}, "limits", folder)


@pytest.mark.parametrize("limit", LIMITS, ids=[each["construct"] for each in LIMITS])
def test_refuses_what_the_generator_cannot_express(
    limit: dict[str, Any], package: str, runner: asyncio.Runner
) -> None:
    """Each construct of the list is refused, for the reason that the list gives."""
    with pytest.raises((LookupError, ValueError, AssertionError)) as refusal:
        _check(_document(limit), package, runner)
    assert limit["refusal"] in str(refusal.value)


def _check(document: Json, package: str, runner: asyncio.Runner) -> None:
    checked = harness(document, package, runner)
    for operation_id in checked.operations:
        checked.check(operation_id, fuzzed=1)


def _document(limit: dict[str, Any]) -> Json:
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
