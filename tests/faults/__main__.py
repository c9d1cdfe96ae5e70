"""Print the outcome of each fault, for this client and for others: make faults."""

from __future__ import annotations

import sys
from typing import Final

from tests.faults.calls import CALLS, Result, run
from tests.faults.faults import FAULTS, Fault

# The seconds after which a call without a deadline counts as hung.
_LIMIT: Final = 2.0

_LEGEND: Final = """\
Each cell: creates that the server received, outcome for the caller, K if the caller has the key,
seconds, and the peak of Python's memory in MB.
sync, async: portkey-admin. bare: only the generated client. httpx: only httpx.
"""


def _cell(result: Result) -> str:
    key = "K" if result.key else " "
    megabytes = result.memory / 1e6
    outcome = f"{result.outcome:18.18}"
    return f"{result.creates} {outcome} {key} {result.seconds:4.1f}s {megabytes:6.1f}"


def main() -> int:
    """Run every fault with every call; return 0 if the client keeps its promises."""
    print(_LEGEND)
    print(f"{'fault':42}" + "".join(f" | {name:36}" for name in CALLS))
    broken: list[Fault] = []
    lost = dict.fromkeys(CALLS, 0)
    for fault in FAULTS:
        results = {
            name: run(fault, call, measure=True, limit=_LIMIT) for name, call in CALLS.items()
        }
        print(f"{fault.name:42.42}" + "".join(f" | {_cell(each)}" for each in results.values()))
        for name, result in results.items():
            lost[name] += fault.key and not result.key
        ours = {(results[name].outcome, results[name].creates) for name in ("sync", "async")}
        if ours != {(fault.outcome, fault.creates)}:
            broken.append(fault)
    kept = sum(fault.key for fault in FAULTS)
    print(f"\n{len(FAULTS)} faults; in {kept} the server's answer has the whole key. Keys lost:")
    print("  ".join(f"{name}: {count}" for name, count in lost.items()))
    for fault in broken:
        print(f"broken promise: {fault.name} (expected {fault.outcome}, {fault.creates} creates)")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
