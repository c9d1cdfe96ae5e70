"""The measured environments and processes, and interleaved measurements of them."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NamedTuple, TypeVar

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).parent
FOLDER: Final = ROOT / ".bench"
REQUIREMENTS: Final = HERE / "requirements"

T = TypeVar("T")
Call = Callable[..., Any]
"""Takes a number of calls and the size of their body in bytes; returns the seconds of one call."""


def prepare() -> None:
    """Install the pinned environments if they have changed, and this tree's wheel anew."""
    uv = [str(Path(sys.executable).with_name("uv")), "--quiet"]
    install = [*uv, "pip", "install", "--native-tls", "--compile-bytecode", "--python"]
    for pins in sorted(REQUIREMENTS.glob("*.txt")):
        done = FOLDER / pins.stem / "pins.txt"
        if not done.exists() or done.read_bytes() != pins.read_bytes():
            _run(*uv, "venv", "--clear", "--python", sys.executable, str(done.parent))
            _run(*install, python(pins.stem), "--requirement", str(pins))
            shutil.copy(pins, done)
    wheels = FOLDER / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(wheels))
    _run(*install, python("ours"), "--no-deps", "--reinstall", *map(str, wheels.glob("*.whl")))


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own


def python(client: str) -> str:
    """Return the Python interpreter of a client's environment, or of the plot's."""
    name = client if client in ("sdk", "plot") else "ours"
    return str(FOLDER / name / "bin" / "python")


def mebibytes(client: str, *but: str) -> float:
    """Return the size of a client's environment, without bytecode and the packages in `but`."""
    [packages] = Path(python(client)).parents[1].glob("lib/python*/site-packages")
    files = (file for file in packages.rglob("*") if file.is_file() and file.suffix != ".pyc")
    counted = (file for file in files if not file.relative_to(packages).parts[0].startswith(but))
    return sum(file.stat().st_size for file in counted) / 2**20


def printed(client: str, *arguments: str) -> str:
    """Run Python in the environment of a client, and return its output."""
    command, variables = [python(client), *arguments], {"PYTHONPATH": str(HERE)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=variables)  # noqa: S603 - our own
    return done.stdout


class Process(NamedTuple):
    """The cost of a process, from start to end."""

    seconds: float
    cpu: float
    """Seconds of processor time, including the system's."""
    kib: float
    """The peak of its memory."""


def process(client: str, code: str, variables: Mapping[str, str] | None = None) -> Process:
    """Run `code` in a fresh process, in the environment of `client`."""
    command, began = [python(client), "-c", code], perf_counter()
    child = os.posix_spawn(command[0], command, {"PYTHONPATH": str(HERE), **(variables or {})})
    _, status, used = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the measured process of {client} failed")
    return Process(perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss)


@contextmanager
def server() -> Iterator[str]:
    """Run a server that creates keys in another process, and yield its URL."""
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - ours
        try:
            yield f"http://127.0.0.1:{(running.stdout or sys.stdin).readline().strip()}/v1"
        finally:
            running.terminate()


@contextmanager
def workers(clients: list[str], mode: str, url: str) -> Iterator[dict[str, Call]]:
    """Yield a function for each client, which makes calls in a process of that client."""
    with ExitStack() as stack:
        yield {client: stack.enter_context(_worker(client, mode, url)) for client in clients}


@contextmanager
def _worker(client: str, mode: str, url: str) -> Iterator[Call]:
    command = [python(client), str(HERE / "worker.py"), client, mode, url]
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        asked, answered = running.stdin, running.stdout

        def call(times: int, size: int = 0) -> Any:
            print(times, size, file=asked, flush=True)
            return json.loads(answered.readline()) if answered else None

        yield call
        running.communicate()


def rounds(measures: Mapping[str, Callable[[], T]], times: int) -> dict[str, list[T]]:
    """Return the results of each measurement, by rounds, each in another order."""
    order = random.Random(0)  # noqa: S311 - an order, no secret
    samples: dict[str, list[T]] = {name: [] for name in measures}
    for _ in range(times):
        for name in order.sample(list(measures), len(measures)):
            samples[name].append(measures[name]())
    return samples


def ratio(samples: Mapping[str, list[float]], name: str, to: str) -> list[float]:
    """Return the quartiles of the ratio of `name` to `to`, paired within each round."""
    pairs = [one / other for one, other in zip(samples[name], samples[to], strict=True)]
    return statistics.quantiles(pairs, n=4)
