"""The spec's operations, the ways to call them, and the option to run one case alone."""

from __future__ import annotations

import asyncio
import functools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.calling import Case, Way, ways
from tests.conformance.cases import Source
from tests.conformance.documents import DOCUMENT, OPERATIONS
from tests.conformance.operations import Operation
from tests.conformance.small import SPECS, Small, generate_once, generated


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test with an operation for each operation of the document."""
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@pytest.fixture(scope="session")
def source() -> Source:
    """Return a source of cases for the effective spec."""
    return Source(DOCUMENT)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """Return the event loop of all asynchronous calls."""
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture
def every_way(operation: Operation, runner: asyncio.Runner) -> list[Way]:
    """Return all ways to call an operation of the effective spec."""
    return ways(operation, runner)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for generated packages, shared by all processes of the session."""
    base = tmp_path_factory.getbasetemp()
    found = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "generated"
    found.mkdir(exist_ok=True)
    return found


@pytest.fixture(scope="session")
def spec(folder: Path) -> Callable[[str], Small]:
    """Return a function that returns a small document and its package, generated only once."""

    @functools.cache
    def read(name: str) -> Small:
        return Small(SPECS[name], generate_once(SPECS[name], f"spec_{name}", folder))

    return read


@pytest.fixture
def alone(
    request: pytest.FixtureRequest, spec: Callable[[str], Small], runner: asyncio.Runner
) -> tuple[Case, list[Way]]:
    """Return the case given by --case, and the ways of its operation."""
    given = json.loads(request.config.getoption("--case"))
    case = Case(given["parameters"], given["body"])
    if given["operation"] in OPERATIONS:
        return case, ways(OPERATIONS[given["operation"]], runner)
    small = next(each for each in map(spec, SPECS) if given["operation"] in each.operations)
    return case, ways(small.operations[given["operation"]], runner, generated)
