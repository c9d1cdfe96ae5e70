"""Which tests execute which lines of our packages, and how long each takes."""

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
"""Those of the client, and of each other part."""
_STARTING: Final = frozenset({"subprocess.Popen", "os.fork", "os.forkpty"})


@dataclass(frozen=True)
class Covering:
    """What the tests execute."""

    lines: dict[Path, dict[int, set[str]]]
    """The tests that execute a line, by file and number."""
    seconds: dict[str, float]
    """How long each test takes."""
    starting: frozenset[str]
    """The tests that start a process, in which any line may be executed."""

    def tests(
        self, file: Path, lines: range, kills: Mapping[str, int], *, at_import: bool
    ) -> list[str]:
        """Return the tests that execute one of `lines`, the most promising first.

        Behind them come those that start a process. Where importing executes the lines, any test
        may see what has come of it: those that execute some of the file, and then all the others.

        The tests of the models come before all others, and then those with the most `kills`. Of
        the rest the quickest come first, but a function's second parameters count as twice as long,
        its third ones as three times: they seldom find what the first ones do not.
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
    """Run the tests of a part and return what they execute.

    Raises RuntimeError where one fails.
    """
    # In another process, in which nothing of the client has been imported yet.
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
        return pool.submit(_measured, TESTS[part]).result()


def _measured(tests: Sequence[str]) -> Covering:
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
        if pytest.main([*options, *tests], plugins=[plugin]) != pytest.ExitCode.OK:
            raise RuntimeError("the tests do not pass on the code as it is")
    data = measuring.get_data()
    lines = {
        Path(file): {
            number: {*names} - {""} for number, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return Covering(lines, plugin.seconds, frozenset(plugin.starting))


class _Contexts:
    """A plugin of pytest that says which test is running, and which start a process."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self._measuring = measuring
        self.seconds: dict[str, float] = {}
        self.starting: set[str] = set()
        self._running = ""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _: tuple[object, ...]) -> None:
        if event in _STARTING and self._running:
            self.starting.add(self._running)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        _forget()
        self._measuring.switch_context(item.nodeid)
        self._running = item.nodeid
        began = time.perf_counter()
        result = yield
        self._running = ""
        self.seconds[item.nodeid] = time.perf_counter() - began
        return result


def _forget() -> None:
    """Empty our caches: a line that fills one is executed by each test that needs it."""
    for module in [each for name, each in sys.modules.items() if name.startswith("portkey_")]:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
