"""Run the command and kill it at a chosen step, each time in a fork of one process.

A step is one of the system calls in STEPS; a killed write still writes half of its text.
Run as a program, this module forks for each line on stdin.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.cli.command import PATIENCE, variables

ROOT = Path(__file__).parents[2]
STEPS = ("open", "write", "fsync", "link", "unlink", "ftruncate", "lseek")


class Runner:
    """Runs the command, and returns its exit code and output; the code of a killed run is -9."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *arguments: str, kill_at: int = 0) -> tuple[int, str]:
        """Run the command in the current folder, and kill it at step `kill_at` if it gets there."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([str(Path.cwd()), kill_at, *arguments]) + "\n")
        self._process.stdin.flush()
        code, out = json.loads(self._process.stdout.readline())
        return int(code), str(out)


@contextlib.contextmanager
def runner() -> Iterator[Runner]:
    """Yield a runner."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cli.killing"],
        cwd=ROOT,
        env=variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Runner(process)
        assert process.stdin
        process.stdin.close()
        process.wait(PATIENCE)


def _main() -> None:
    from portkey_admin_cli import applying, commands  # noqa: PLC0415

    # Loaded here, so that the forks need not load it.
    assert applying
    for line in sys.stdin:
        folder, kill_at, *arguments = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.chdir(folder)
            os.dup2(writing, 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os.close(reading)
            os.close(writing)
            if kill_at:
                _kill_at(kill_at)
            _run(commands.portkey_admin, arguments)
        os.close(writing)
        with os.fdopen(reading) as output:
            out = output.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([code, out]), flush=True)


def _run(command: Any, arguments: Sequence[str]) -> None:
    code = 1
    try:
        command(arguments, prog_name="portkey-admin")
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        os._exit(code)


def _kill_at(number: int) -> None:
    """Kill this process at a step: before the call, or in the middle of a write."""
    count = itertools.count(1)
    lock = threading.Lock()

    def stepping(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            with lock:
                is_last = next(count) == number
            if is_last and call.__name__ == "write":
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return step

    for name in STEPS:
        setattr(os, name, stepping(getattr(os, name)))


if __name__ == "__main__":
    _main()
