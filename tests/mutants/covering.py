"""Find out which tests execute which lines of our packages, and how long each takes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import coverage
import pytest

from tests.mutants.judging import PACKAGES

MODELS: Final = "tests/conformance/test_models.py"
TESTS: Final = {
    "": ("tests/wrapper", "tests/connections", "tests/faults", MODELS),
    "cli": ("tests/cli",),
    "stub": ("tests/stub", "tests/plugin"),
}
"""The tests of the client and of each other part."""
_STARTING: Final = frozenset({"subprocess.Popen", "os.fork", "os.forkpty"})


@dataclass(frozen=True)
class Covering:
    """The lines that the tests execute."""

    lines: dict[Path, dict[int, set[str]]]
    """The tests that execute a line, by file and number."""
    seconds: dict[str, float]
    """How long each test takes."""
    starting: frozenset[str]
    """The tests that start a process, which may execute any line."""

    def tests(
        self, file: Path, lines: range, kills: Mapping[str, int], *, at_import: bool
    ) -> list[str]:
        """Return the tests that execute one of `lines`, the most promising first.

        Tests that start a process come last. If importing executes the lines, any test may notice
        the change: first those that execute some line of the file, and then all others.

        The tests of the models come first, then those with the most `kills`, and then the quickest.
        For this, the second row of parameters of a test counts as twice as long, the third as three
        times, because later rows rarely find more.
        """
        executed = self.lines.get(file, {})
        numbers = executed if at_import else lines
        executing = {name for number in numbers for name in executed.get(number, ())}
        is_seen = executing and not at_import
        names = executing | self.starting if is_seen else self.seconds.keys()
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


def covering(part: str) -> Covering:
    """Run the tests of a part, and return the lines that they execute.

    Raises RuntimeError if a test fails.
    """
    # In another process, which has not imported the client yet.
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
        return pool.submit(_measured, TESTS[part]).result()


def _measured(tests: Sequence[str]) -> Covering:
    os.environ["CI"] = "true"
    # Let pytest cache its rewritten tests for the trials.
    sys.dont_write_bytecode = False
    # A shell that runs this in the background ignores SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folders = [str(package / "*") for package in PACKAGES]
    measuring = coverage.Coverage(data_file=None, config_file=False, include=folders)
    plugin = _Contexts(measuring)
    options = ["-q", "-p", "no:cacheprovider", "-W", "ignore:Module already imported"]
    with measuring.collect():
        if pytest.main([*options, *tests], plugins=[plugin]) != pytest.ExitCode.OK:
            raise RuntimeError("the tests fail on the unchanged code")
    data = measuring.get_data()
    lines = {
        Path(file): {
            number: {*names} - {""} for number, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return Covering(lines, plugin.seconds, frozenset(plugin.starting))


class _Contexts:
    """A pytest plugin that records which test is running, and which tests start a process."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self._measuring = measuring
        self.seconds: dict[str, float] = {}
        self.starting: set[str] = set()
        self._running = ""
        sys.addaudithook(self._record_event)

    def _record_event(self, event: str, _: tuple[object, ...]) -> None:
        if event in _STARTING and self._running:
            self.starting.add(self._running)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        _clear_caches()
        self._measuring.switch_context(item.nodeid)
        self._running = item.nodeid
        began = time.perf_counter()
        result = yield
        self._running = ""
        self.seconds[item.nodeid] = time.perf_counter() - began
        return result


def _clear_caches() -> None:
    """Clear our caches, so that each test executes the lines that fill them."""
    for module in [each for name, each in sys.modules.items() if name.startswith("portkey_")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
