"""Which tests execute which lines of the client, and how long each takes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Generator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import coverage
import pytest

from tests.mutants.judging import PACKAGES

MODELS: Final = "tests/conformance/test_models.py"
TESTS: Final = ("tests/wrapper", "tests/connections", "tests/faults", MODELS)


@dataclass(frozen=True)
class Covering:
    """What the tests execute."""

    lines: dict[Path, dict[int, set[str]]]
    """The tests that execute a line, by file and number."""
    seconds: dict[str, float]
    """How long each test takes."""

    def tests(
        self, file: Path, lines: range, kills: Mapping[str, int], *, at_import: bool
    ) -> list[str]:
        """Return the tests that execute one of `lines`, the most promising first.

        Where importing executes these, any test may see what has come of it: those that execute
        some of the file, and then all the others.

        The tests of the models come before all others, and then those with the most `kills`. Of
        the rest the quickest come first, but a function's second parameters count as twice as long,
        its third ones as three times: they seldom find what the first ones do not.
        """
        executed = self.lines.get(file, {})
        numbers = executed if at_import else lines
        executing = {name for number in numbers for name in executed.get(number, ())}
        names = executing if executing and not at_import else self.seconds.keys()
        turns: Counter[str] = Counter()
        weights = {}
        for name in sorted(names, key=lambda name: (self.seconds[name], name)):
            function = name.partition("[")[0]
            turns[function] += 1
            weights[name] = self.seconds[name] * turns[function]

        def place(name: str) -> tuple[object, ...]:
            seen = -kills.get(name, 0), name not in executing
            return (MODELS not in name, *seen, weights[name], name)

        return sorted(names, key=place)


def covering() -> Covering:
    """Run the tests and return what they execute. Raises RuntimeError where one fails."""
    # In another process, in which nothing of the client has been imported yet.
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
        return pool.submit(_measured).result()


def _measured() -> Covering:
    os.environ["CI"] = "true"
    # So that pytest keeps the tests as it has rewritten them: the trials need not do it again.
    sys.dont_write_bytecode = False
    # A shell that runs this in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folders = [str(package / "*") for package in PACKAGES]
    measuring = coverage.Coverage(data_file=None, config_file=False, include=folders)
    plugin = _Contexts(measuring)
    options = ["-q", "-p", "no:cacheprovider", "-W", "ignore:Module already imported"]
    with measuring.collect():
        if pytest.main([*options, *TESTS], plugins=[plugin]) != pytest.ExitCode.OK:
            raise RuntimeError("the tests do not pass on the code as it is")
    data = measuring.get_data()
    lines = {
        Path(file): {
            number: {*names} - {""} for number, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return Covering(lines, plugin.seconds)


class _Contexts:
    """A plugin of pytest that says which test is running."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self._measuring = measuring
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        _forget()
        self._measuring.switch_context(item.nodeid)
        began = time.perf_counter()
        result = yield
        self.seconds[item.nodeid] = time.perf_counter() - began
        return result


def _forget() -> None:
    """Empty the client's caches: a line that fills one is executed by each test that needs it."""
    for module in [each for name, each in sys.modules.items() if name.startswith("portkey_")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
