"""Send many cases, and measure and show their coverage: make conformance.

For each operation it sends the document's examples, schemathesis's coverage cases, and then drawn
cases until every kind of value and nearly every pair of optional properties is reached, or the
budget of the operation is used up.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.conformance.documents import LIMITS, OPERATIONS, REFUSED
from tests.conformance.measure.deep import Budget, Proof, proven
from tests.conformance.measure.report import table, write_html


def main(arguments: list[str] | None = None) -> int:
    """Run, print a table and write the page; return 0 if everything passes.

    It passes if every operation that spec/limits.yaml does not list can be called, no case fails,
    and all kinds of values and 99 % of the pairs of optional properties are reached.
    """
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--cases", type=int, help="number of cases to draw for each operation")
    limit.add_argument("--minutes", type=float, help="time for drawing, all operations together")
    parser.add_argument("--seed", type=int, default=0, help="seed of the cases (%(default)s)")
    parser.add_argument(
        "--into", type=Path, default=Path("reports"), help="folder of the page (%(default)s)"
    )
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    budget = Budget()
    if options.minutes:
        seconds = options.minutes * 60 * min(1, (os.cpu_count() or 1) / len(OPERATIONS))
        budget = Budget(math.inf, seconds=seconds, all_of_it=True)
    elif options.cases:
        budget = Budget(options.cases, all_of_it=True)
    proofs = proven(budget, options.seed, console)
    options.into.mkdir(parents=True, exist_ok=True)
    write_html(options.into / "conformance.html", proofs, LIMITS, datetime.now(UTC))
    console.print(table(proofs))
    # Print these without rich, which would wrap long lines.
    for row in LIMITS:
        print(f"left out: {row['operation']} at {row['at']}: {row['reason']}")
    print(f"full report: {options.into / 'conformance.html'}")
    wrong = [*_refused(), *(line for each in proofs for line in _wrong(each))]
    print("".join(f"\n{line}\n" for line in wrong), end="", file=sys.stderr)
    return 1 if wrong else 0


def _refused() -> Iterator[str]:
    listed = {row["operation"] for row in LIMITS}
    yield from (f"{label}: {why}" for label, why in REFUSED.items() if label not in listed)


def _wrong(proof: Proof) -> Iterator[str]:
    yield from (failure.text for failure in proof.failures)
    if proof.missing:
        names = "; ".join(f"{mark.pointer} {mark.keyword}: {mark.name}" for mark in proof.missing)
        sent = sum(run.cases for run in proof.runs)
        yield f"{proof.operation_id}: {sent:,} cases did not reach {names}"


if __name__ == "__main__":
    sys.exit(main())
