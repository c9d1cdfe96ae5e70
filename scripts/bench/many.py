"""Create many keys in one gather, and print what came of it: `many.py COUNT URL`."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from time import perf_counter

from calls import ASYNC, BODY  # type: ignore[import-not-found]


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def _main(count: int, url: str) -> None:
    create = ASYNC["ours"](url)
    await create(BODY)
    before, began = _peak(), perf_counter()
    made = await asyncio.gather(*(create(BODY) for _ in range(count)), return_exceptions=True)
    created = sum(not isinstance(each, BaseException) for each in made)
    seconds = perf_counter() - began
    print(json.dumps({"created": created, "seconds": seconds, "kib": _peak() - before}))


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), sys.argv[2]))
