"""A process that measures one client on request: `worker.py CLIENT MODE URL`.

Each line on its standard input has the number of calls and the size of their body in bytes (0 for
the usual body). It answers each with a line of JSON: the seconds of one call, or the results of one
gather.
"""

from __future__ import annotations

import asyncio
import functools
import json
import resource
import statistics
import sys
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from timeit import repeat
from typing import Any, Final

from calls import ASYNC, BODY, SYNC  # type: ignore[import-not-found]

_AT_ONCE: Final = 50

Create = Callable[[], Awaitable[object]]
Measure = Callable[[Create, int], Coroutine[Any, Any, object]]


def _body(size: int) -> dict[str, Any]:
    padding = max(0, size - len(json.dumps(BODY)))
    return {**BODY, "description": BODY["description"] + "x" * padding}


def _sync(create: Callable[[], object], times: int) -> float:
    """Return the median time of sequential calls."""
    return statistics.median(repeat(create, "gc.enable()", number=1, repeat=times))


async def _async(create: Create, times: int) -> float:
    taken = []
    for _ in range(times):
        began = perf_counter()
        await create()
        taken.append(perf_counter() - began)
    return statistics.median(taken)


async def _together(create: Create, times: int) -> float:
    """Return the mean time of concurrent calls."""
    left = iter(range(times))

    async def caller() -> None:
        for _ in left:
            await create()

    began = perf_counter()
    await asyncio.gather(*(caller() for _ in range(_AT_ONCE)))
    return (perf_counter() - began) / times


async def _gather(create: Create, times: int) -> dict[str, float]:
    """Create so many keys in one gather; return how many were created, the time and the memory."""
    await create()
    before, began = _peak(), perf_counter()
    made = await asyncio.gather(*(create() for _ in range(times)), return_exceptions=True)
    created = sum(not isinstance(each, BaseException) for each in made)
    return {"created": created, "seconds": perf_counter() - began, "kib": _peak() - before}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _main(client: str, mode: str, url: str) -> None:
    call = (SYNC if mode == "sync" else ASYNC)[client](url)
    measures: dict[str, Measure] = {"async": _async, "together": _together, "gather": _gather}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            times, size = map(int, line.split())
            create = functools.partial(call, _body(size))
            found = (
                _sync(create, times)
                if mode == "sync"
                else runner.run(measures[mode](create, times))
            )
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
