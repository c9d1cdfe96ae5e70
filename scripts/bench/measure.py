"""Interleaved measurements and their ratios."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from scripts.bench import environments

HERE = Path(__file__).parent

Samples = dict[str, list[float]]


class Ratio(NamedTuple):
    """The median of paired ratios, and the quartiles around it."""

    median: float
    low: float
    high: float


def rounds(measures: Mapping[str, Callable[[], float]], times: int) -> Samples:
    """Return what each measures, round by round, in another order each round."""
    order = random.Random(0)  # noqa: S311 - an order, no secret
    samples: Samples = {name: [] for name in measures}
    for _ in range(times):
        for name in order.sample(list(measures), len(measures)):
            samples[name].append(measures[name]())
    return samples


def ratio(samples: Samples, name: str, to: str = "httpx") -> Ratio:
    """Return how `name` compares with `to`, paired within each round."""
    pairs = [one / other for one, other in zip(samples[name], samples[to], strict=True)]
    low, median, high = statistics.quantiles(pairs, n=4)
    return Ratio(median, low, high)


def environment(client: str) -> str:
    """Return the environment that holds a client."""
    return "sdk" if client == "sdk" else "ours"


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a server that creates keys, in a process of its own."""
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


@contextmanager
def workers(
    clients: list[str], mode: str, url: str
) -> Iterator[dict[str, Callable[[int, int], float]]]:
    """Give a function for each client that makes calls in its process and returns the seconds."""
    with ExitStack() as stack:
        yield {client: stack.enter_context(_worker(client, mode, url)) for client in clients}


@contextmanager
def _worker(client: str, mode: str, url: str) -> Iterator[Callable[[int, int], float]]:
    python = environments.python(environment(client))
    command = [python, str(HERE / "worker.py"), client, mode, url]
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def call(times: int, size: int = 0) -> float:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("the worker has no pipes")
            process.stdin.write(f"{times} {size}\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        yield call
        if process.stdin is not None:
            process.stdin.close()


class Process(NamedTuple):
    """What a process took from its start to its end."""

    seconds: float
    cpu: float
    """Seconds of processor time, the system's included."""
    kib: int
    """The most memory that it had at once."""


def run(client: str, code: str, variables: Mapping[str, str] | None = None) -> Process:
    """Run `code` in a fresh process, in the environment of `client`."""
    python = environments.python(environment(client))
    began = perf_counter()
    child = os.posix_spawn(
        python, [python, "-c", code], {"PYTHONPATH": str(HERE), **(variables or {})}
    )
    _, status, used = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the measured process of {client} failed")
    return Process(perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss)
