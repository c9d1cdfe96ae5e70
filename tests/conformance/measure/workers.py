"""The operations, proven on every core."""

from __future__ import annotations

import asyncio
import functools
import itertools
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from rich.console import Console
from rich.progress import track

from tests.conformance.cases import Source
from tests.conformance.documents import DOCUMENT, OPERATIONS
from tests.conformance.measure.deep import Budget, Proof, proof


def proven(budget: Budget, seed: int, parts: int, console: Console) -> list[Proof]:
    """Return what came of each operation, whose cases are sent in so many parts at once."""
    tasks = list(itertools.product(OPERATIONS, range(parts)))
    found: dict[str, Proof] = {}
    # Not forked: there are threads in here.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_prove, name, budget, seed * parts + part) for name, part in tasks]
        done = as_completed(running)
        for _ in track(done, "operations", total=len(tasks), console=console):
            pass
    for (name, _), each in zip(tasks, running, strict=True):
        if name in found:
            found[name].add(each.result())
        else:
            found[name] = each.result()
    return list(found.values())


def _prove(operation_id: str, budget: Budget, seed: int) -> Proof:
    return proof(OPERATIONS[operation_id], _source(), _runner(), budget, seed)


@functools.cache
def _source() -> Source:
    return Source(DOCUMENT)


@functools.cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()
