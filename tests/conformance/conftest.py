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
from tests.conformance.documents import DOCUMENT, OPERATIONS, SPECS
from tests.conformance.harness import Harness, generate_once, harness
from tests.conformance.routes import Route, routes
from tests.conformance.workers import all_routes


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that takes an operation for each one of the document."""
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@pytest.fixture(scope="session")
def source() -> Source:
    """Draws cases from the effective spec."""
    return Source(DOCUMENT)


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of all asynchronous calls."""
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture(scope="session")
def every_way(runner: asyncio.Runner) -> list[Way]:
    """Every way to call an operation of the effective spec."""
    return ways(DOCUMENT, runner)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for generated packages, shared by all processes of the session."""
    base = tmp_path_factory.getbasetemp()
    found = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "generated"
    found.mkdir(exist_ok=True)
    return found


@pytest.fixture(scope="session")
def spec(folder: Path, runner: asyncio.Runner) -> Callable[[str], Harness]:
    """Return what checks the small document of a name, generated once a session."""

    @functools.cache
    def checked(name: str) -> Harness:
        package = generate_once(SPECS[name], f"spec_{name}", folder)
        return harness(SPECS[name], package, runner)

    return checked


@pytest.fixture
def alone(
    request: pytest.FixtureRequest, spec: Callable[[str], Harness], runner: asyncio.Runner
) -> tuple[Case, list[Route]]:
    """Return the case given by --case, and the routes of its operation."""
    given = json.loads(request.config.getoption("--case"))
    case = Case(given["parameters"], given["body"])
    if given["operation"] in OPERATIONS:
        return case, all_routes(given["operation"])
    small = next(each for each in map(spec, SPECS) if given["operation"] in each.operations)
    return case, routes(small.operations[given["operation"]], small.ways, runner)
