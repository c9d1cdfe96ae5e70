"""Judge changed sources, each in another process, by drawn cases and then by tests.

The processes are forked from one that has imported third-party packages but none of ours, so that a
verdict takes little more time than the cases.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import resource
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = (
    ROOT / "src/portkey_admin",
    ROOT / "generated/portkey_generated",
    ROOT / "src/portkey_admin_connections",
    ROOT / "src/portkey_admin_cli",
    ROOT / "src/portkey_admin_stub",
)

_PROCESSES: Final = get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        *("anyio", "anyio._backends._asyncio", "attrs", "dateutil.parser", "httpx", "pytest"),
        *("dateutil.relativedelta", "httpcore", "jsonschema_rs", "hypothesis.strategies"),
        *("openapi_python_client.strings", "ruamel.yaml", "schemathesis.pytest.plugin"),
        *("click.testing", "werkzeug.serving"),
    ]
)
_SEED: Final = 1
_FEWER: Final = 10
_MOST_BYTES: Final = 4 * 1024**3
_SECONDS: Final = 15.0
# On a busy machine a process gets only a part of the time.
_MOST_WAITING: Final = 10


@dataclass(frozen=True)
class Verdict:
    """The result of a trial."""

    killed: bool
    by: str
    """The reason why it was killed: "cases", "tests", or "time" if one of these did not end."""
    cases: int = 0
    """The number of cases that were sent, including the failed one."""
    reason: str = ""
    """The failure."""


_SURVIVED: Final = Verdict(killed=False, by="")


@dataclass(frozen=True)
class Trial:
    """A changed source, and the cases and tests that judge it."""

    sources: Mapping[Path, str]
    """The changed text of each changed file."""
    cases: int
    """The most cases to send for the first operation; each other one gets a tenth of them."""
    tests: Sequence[str] = ()
    """The tests to run after the cases, in this order."""
    seconds: float = _SECONDS
    """The limit of processor time for the cases, and then for each test."""


def judge(trial: Trial) -> Verdict:
    """Return the verdict of a trial; a change that hangs or ends the process is killed."""
    # Not at the top: the processes import this module, but the client only after its change.
    from tests.conformance.measure.forms import draw_texts  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        _write_packages(Path(folder), trial.sources)
        receiving, sending = _PROCESSES.Pipe(duplex=False)
        process = _PROCESSES.Process(target=_judged, args=(sending, folder, trial, draw_texts()))
        process.start()
        sending.close()
        try:
            return _received(receiving, trial.seconds * _MOST_WAITING)
        except EOFError:
            process.join()
            return Verdict(
                killed=True, by="time", reason=f"its process ended by {process.exitcode}"
            )
        finally:
            # Kill its own child processes too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()
            receiving.close()


def _received(receiving: Connection, seconds: float) -> Verdict:
    """Return the received verdict, or "time" if nothing is received for `seconds`."""
    while receiving.poll(seconds):
        verdict: Verdict | None = receiving.recv()
        if verdict:
            return verdict
    return Verdict(killed=True, by="time", reason="it does not end")


def _write_packages(folder: Path, sources: Mapping[Path, str]) -> None:
    """Put the packages into a folder, with the changed sources."""
    for package in PACKAGES:
        shutil.copytree(package, folder / package.name, copy_function=os.symlink)
    for path, text in sources.items():
        [package] = (each for each in PACKAGES if path.is_relative_to(each))
        changed = folder / path.relative_to(package.parent)
        changed.unlink()
        changed.write_text(text, encoding="utf-8")


def _judged(sending: Connection, folder: str, trial: Trial, texts: Mapping[str, list[str]]) -> None:
    """Send the verdict on the packages in `folder`; runs in the forked process."""
    # A collection would look at all inherited objects, and so copy their memory.
    gc.freeze()
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    os.chdir(ROOT)
    # CI's profile draws the same cases each time, and saves none for the next run.
    os.environ |= {"PYTHONPATH": folder, "CI": "true"}
    sys.dont_write_bytecode = True
    sys.path[:0] = [folder, str(ROOT)]
    # A shell that runs this in the background ignores SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_PROF, trial.seconds)
    verdict = _by_cases(trial.cases, texts) if trial.cases else _SURVIVED
    if not verdict.killed and trial.tests:
        verdict = replace(_by_tests(trial, sending), cases=verdict.cases)
    sending.send(verdict)


def _by_cases(most: int, texts: Mapping[str, list[str]]) -> Verdict:
    cases = 0
    try:
        from tests.conformance.calling import KEYWORD_CALLS, ways  # noqa: PLC0415 - imports the client
        from tests.conformance.documents import OPERATIONS  # noqa: PLC0415
        from tests.conformance.measure.deep import Cases, run  # noqa: PLC0415
        from tests.conformance.measure.forms import DRAWN  # noqa: PLC0415

        DRAWN.update(texts)

        runner = asyncio.Runner()
        # Only operations with a method of the wrapper use the changed code. The first one, create,
        # uses nearly all of it.
        for number, operation in enumerate(map(OPERATIONS.__getitem__, KEYWORD_CALLS)):
            every_way = ways(operation, runner)
            count = most // _FEWER if number else most
            drawn = itertools.islice(Cases(operation).drawn(every_way, _SEED), count)
            result = run("compiled", drawn, every_way)
            cases += result.cases
            if result.failures:
                return Verdict(killed=True, by="cases", cases=cases, reason=result.failures[0].text)
    except BaseException as error:  # noqa: BLE001 - even the import may fail
        return Verdict(killed=True, by="cases", cases=cases, reason=repr(error))
    return replace(_SURVIVED, cases=cases)


def _by_tests(trial: Trial, sending: Connection) -> Verdict:
    plugin = _Wanted(trial, sending)
    files = sorted({name.partition("::")[0] for name in trial.tests})
    # hypothesis was imported before pytest could rewrite its assertions.
    options = ["-x", "-p", "no:cacheprovider", "-W", "ignore:Module already imported"]
    failed = pytest.main([*options, *files], plugins=[plugin]) != pytest.ExitCode.OK
    return Verdict(killed=True, by="tests", reason=plugin.failed) if failed else _SURVIVED


class _Wanted:
    """A pytest plugin that runs the wanted tests in their order, each with its time limit."""

    def __init__(self, trial: Trial, sending: Connection) -> None:
        self._place = {name: place for place, name in enumerate(trial.tests)}
        self._seconds = trial.seconds
        self._sending = sending
        self.failed = "collecting the tests"
        """The test that failed, if any."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._place]
        items.sort(key=lambda item: self._place[item.nodeid])

    def pytest_runtest_setup(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        self._sending.send(None)  # restarts the parent's time limit

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid
