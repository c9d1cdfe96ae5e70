"""A process that measures one client when told to: `worker.py CLIENT MODE URL`.

Each line on its standard input is the number of calls and the size of their body in bytes (0 for
the usual one); it answers each with the seconds of one call.
"""

from __future__ import annotations

import asyncio
import functools
import json
import statistics
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final

from calls import ASYNC, BODY, SYNC  # type: ignore[import-not-found]

_AT_ONCE: Final = 50


def _body(size: int) -> dict[str, Any]:
    padding = max(0, size - len(json.dumps(BODY)))
    return {**BODY, "description": BODY["description"] + "x" * padding}


def _in_turn(call: Callable[[], object], times: int) -> float:
    """Return the median of calls one after the other."""
    taken = []
    for _ in range(times):
        began = perf_counter()
        call()
        taken.append(perf_counter() - began)
    return statistics.median(taken)


async def _in_turn_async(call: Callable[[], Awaitable[object]], times: int) -> float:
    taken = []
    for _ in range(times):
        began = perf_counter()
        await call()
        taken.append(perf_counter() - began)
    return statistics.median(taken)


async def _together(call: Callable[[], Awaitable[object]], times: int) -> float:
    """Return the mean of calls of which so many are under way at once."""
    left = iter(range(times))

    async def caller() -> None:
        for _ in left:
            await call()

    began = perf_counter()
    await asyncio.gather(*(caller() for _ in range(_AT_ONCE)))
    return (perf_counter() - began) / times


def _main(client: str, mode: str, url: str) -> None:
    with asyncio.Runner() as runner:
        call = (SYNC if mode == "sync" else ASYNC)[client](url)
        measure = _together if mode == "together" else _in_turn_async
        for line in sys.stdin:
            times, size = map(int, line.split())
            create = functools.partial(call, _body(size))
            if mode == "sync":
                print(_in_turn(create, times), flush=True)
            else:
                print(runner.run(measure(create, times)), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
