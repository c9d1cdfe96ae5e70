"""Send many cases, measure what they reach, and write reports: make conformance.

First come the document's examples, schemathesis's coverage cases and its fuzzing; then, on every
core, cases drawn by the compiled places, until there are enough of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.conformance.calling import Case
from tests.conformance.cases import Source
from tests.conformance.deep import Cases, Run, run
from tests.conformance.documents import DOCUMENT, OPERATIONS
from tests.conformance.report import (
    OperationReport,
    measured,
    place_table,
    source_table,
    write_html,
    write_junit,
)
from tests.conformance.workers import all_routes, compiled

CASES: Final = 20_000
ENOUGH_PAIRS: Final = 0.99

_FUZZED: Final = 200


def main(arguments: list[str] | None = None) -> int:
    """Run, print the tables and write the reports; return 0 where everything holds.

    That is: no case fails and, with as many cases as by default or more, every kind of value and
    99 % of the pairs of optional properties are reached.
    """
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    runs = [each for name in OPERATIONS for each in _given(name, options.seed)]
    with _progress(console, None if options.minutes else options.cases) as advance:
        runs += compiled(options.cases, (options.minutes or 0) * 60, options.seed, advance)
    reports = [_report(name, runs) for name in OPERATIONS]
    options.into.mkdir(parents=True, exist_ok=True)
    write_html(options.into / "conformance.html", runs, reports, datetime.now(UTC))
    write_junit(options.into / "conformance.xml", runs, reports)
    for report in reports:
        console.print(place_table(report))
    console.print(source_table(runs))
    for failure in (each for one in runs for each in one.failures):
        console.print(failure.told, style="red", markup=False, highlight=False)
    for report in reports:
        console.print(
            f"{report.operation_id}: {report.kinds} kinds of values and {report.pairs} pairs of "
            "optional properties reached"
        )
    console.print(f"{options.into / 'conformance.html'} shows all of it; beside it JUnit's XML")
    counts = sum(each.cases for each in runs) >= CASES
    enough = all(each.kinds.share == 1 and each.pairs.share >= ENOUGH_PAIRS for each in reports)
    return 1 if any(each.failures for each in runs) or (counts and not enough) else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--cases", type=int, default=CASES, help="how many to draw (%(default)s)")
    limit.add_argument("--minutes", type=float, help="how long to draw cases")
    parser.add_argument("--seed", type=int, default=0, help="of the drawn cases (%(default)s)")
    parser.add_argument("--into", type=Path, default=Path("reports"), help="folder (%(default)s)")
    return parser.parse_args(arguments)


def _given(operation_id: str, seed: int) -> Iterator[Run]:
    """Yield what came of the sources other than our own."""
    operation = OPERATIONS[operation_id]
    source = Source(DOCUMENT)
    for name, cases in {
        "the document's examples": source.examples(operation).values(),
        "schemathesis, coverage": source.coverage(operation),
        "schemathesis, fuzzing": _fuzzed(source, operation_id, seed),
    }.items():
        yield run(name, cases, all_routes(operation_id), Cases(operation))


def _fuzzed(source: Source, operation_id: str, seed: int) -> Iterator[Case]:
    """Yield what schemathesis draws, which it hands out all at once."""
    found: list[Case] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=_FUZZED,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(source.fuzzed(OPERATIONS[operation_id]))
    def keep(case: Case) -> None:
        found.append(case)

    keep()
    yield from found


@contextmanager
def _progress(console: Console, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar, which the function given advances by some cases."""
    columns = (TextColumn("cases"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("cases", total=total)
        yield lambda cases: progress.advance(bar, cases)


def _report(operation_id: str, runs: list[Run]) -> OperationReport:
    """Return what all the sources together reached of an operation."""
    pending = [each.pending for each in runs if each.operation_id == operation_id]
    marks = list(Cases(OPERATIONS[operation_id]).place().marks())
    return measured(operation_id, marks, frozenset.intersection(*pending))


if __name__ == "__main__":
    sys.exit(main())
