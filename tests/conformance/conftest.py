"""The spec's operations, the ways to call them, and the option to run one case alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conformance.calling import Case, Way, ways
from tests.conformance.cases import Source
from tests.conformance.operations import Operation, operations

DOCUMENT: dict[str, Any] = YAML(typ="safe").load(
    Path(__file__).parents[2].joinpath("spec", "openapi.yaml").read_bytes()
)
OPERATIONS = operations(DOCUMENT, "portkey_generated")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that takes an operation for each one of the document."""
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@pytest.fixture(scope="session")
def source() -> Source:
    """Draws cases from the effective spec."""
    return Source(DOCUMENT)


@pytest.fixture(scope="session")
def every_way() -> Iterator[list[Way]]:
    """Every way to call an operation of the effective spec."""
    with asyncio.Runner() as runner:
        yield ways(DOCUMENT, runner)


@pytest.fixture
def alone(request: pytest.FixtureRequest) -> tuple[Operation, Case]:
    """Return the case given by --case."""
    given = json.loads(request.config.getoption("--case"))
    return OPERATIONS[given["operation"]], Case(given["parameters"], given["body"])
