"""The operations, proven on every core."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from rich.console import Console
from rich.progress import track

from tests.conformance.cases import Source
from tests.conformance.documents import DOCUMENT, OPERATIONS
from tests.conformance.measure.deep import Budget, Proof, proof


def proven(budget: Budget, seed: int, console: Console) -> list[Proof]:
    """Return what came of each operation."""
    # Not forked: there are threads in here.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_prove, name, budget, seed) for name in OPERATIONS]
        done = as_completed(running)
        for _ in track(done, "operations", total=len(running), console=console):
            pass
    return [each.result() for each in running]


def _prove(operation_id: str, budget: Budget, seed: int) -> Proof:
    return proof(OPERATIONS[operation_id], _source(), _runner(), budget, seed)


@functools.cache
def _source() -> Source:
    return Source(DOCUMENT)


@functools.cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()
