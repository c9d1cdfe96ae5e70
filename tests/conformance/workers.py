"""Cases drawn by the compiled places, on every core."""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from functools import cache
from multiprocessing import get_context
from typing import Final

from tests.conformance.calling import ways
from tests.conformance.deep import Cases, Run, run
from tests.conformance.documents import DOCUMENT, OPERATIONS
from tests.conformance.routes import Route, routes

_CHUNK: Final = 500


@cache
def all_routes(operation_id: str) -> list[Route]:
    """Return the routes of an operation, which serve all the cases of this process."""
    return routes(OPERATIONS[operation_id], ways(DOCUMENT, _runner()), _runner())


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def compiled(cases: int, seconds: float, seed: int, advance: Callable[[int], None]) -> list[Run]:
    """Return what came of so many cases or, unless `seconds` is 0, of so long, by operation.

    `advance` is told how many more are done. After a failure no more are begun.
    """
    found: dict[str, Run] = {}
    waiting = _chunks(math.inf if seconds else cases, seed, seconds or math.inf)
    # Not forked: there are threads in here.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_chunk, *each) for each in itertools.islice(waiting, os.cpu_count())}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for result in (each.result() for each in done):
                advance(result.cases)
                if result.operation_id in found:
                    found[result.operation_id].add(result)
                else:
                    found[result.operation_id] = result
            if not any(each.failures for each in found.values()):
                more = itertools.islice(waiting, len(done))
                running |= {pool.submit(_chunk, *each) for each in more}
    return list(found.values())


def _chunks(cases: float, seed: int, seconds: float) -> Iterator[tuple[str, int, int]]:
    """Yield what to run next: an operation, a seed of its own, and how many cases."""
    until = time.monotonic() + seconds
    for number, operation_id in enumerate(itertools.cycle(OPERATIONS)):
        left = cases - number * _CHUNK
        if left <= 0 or time.monotonic() > until:
            return
        yield operation_id, seed * 1_000_000 + number, int(min(left, _CHUNK))


def _chunk(operation_id: str, seed: int, count: int) -> Run:
    cases = Cases(OPERATIONS[operation_id])
    routes_of_it = all_routes(operation_id)
    drawn = itertools.islice(cases.drawn(routes_of_it, seed), count)
    return run("compiled", drawn, routes_of_it, cases)
