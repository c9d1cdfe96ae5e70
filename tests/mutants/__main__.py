"""Change the code in many ways and print the changes that no test notices: make mutants.

It starts with mistakes that people make in a client. Then follows every mechanical change of the
wrapper, the connections, the command, the stub, and the request side of the generated code.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.mutants.covering import Covering, covering
from tests.mutants.hand_made import HandMade, hand_made
from tests.mutants.judging import Trial, Verdict, judge
from tests.mutants.mechanical import Module, equivalents, modules, stale
from tests.mutants.mutator import Mutant, unchanged

_CASES = 300


@dataclass
class Judged:
    """A mutant and its verdict."""

    module: str
    mutant: Mutant
    verdict: Verdict
    seconds: float


def main(arguments: list[str] | None = None) -> int:
    """Judge the mutants and print the results; return 0 if equivalents.yaml has every survivor."""
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    with ThreadPoolExecutor(options.jobs) as pool:
        missed = 0 if options.module else _judge_hand_made(console, pool)
        chosen = [each for each in modules() if each.name in options.module or not options.module]
        return _judge_mechanical(console, pool, chosen) + missed and 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    names = [each.name for each in modules()]
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument(
        "--module", action="append", default=[], choices=names, help="judge only this module"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="mutants judged at once (%(default)s)"
    )
    return parser.parse_args(arguments)


def _judge_hand_made(console: Console, pool: ThreadPoolExecutor) -> int:
    """Print a table of the hand-made mutants, and return the number of survivors."""
    table = Table("kind", "mistake", "cases", title="mistakes that people make")
    survived = 0
    mutants = hand_made()
    for mutant, verdict in zip(mutants, pool.map(HandMade.verdict, mutants), strict=True):
        survived += not verdict.killed
        table.add_row(
            mutant.kind, mutant.name, str(verdict.cases) if verdict.killed else "[red]survived"
        )
    console.print(table)
    return survived


def _judge_mechanical(console: Console, pool: ThreadPoolExecutor, chosen: list[Module]) -> int:
    """Print a table by module, the survivors and stale entries, and return the number of both."""
    covered = {part: covering(part) for part in {each.part: None for each in chosen}}
    for part, by_tests in covered.items():
        of_it = [each for each in chosen if each.part == part]
        _check_that_unchanged_survives(of_it, _most_cases(part), by_tests)
    listed = equivalents([each.name for each in chosen])
    found = [(module, mutant) for module in chosen for mutant in module.mutants()]
    to_judge = [
        (module, mutant)
        for module, mutant in found
        if not any(each.is_of(module.name, mutant) for each in listed)
    ]

    kills: Counter[str] = Counter()

    def judged(of: tuple[Module, Mutant]) -> Judged:
        began = time.perf_counter()
        verdict = judge(_trial(*of, covered[of[0].part], kills))
        kills[verdict.reason] += verdict.by == "tests"
        return Judged(of[0].name, of[1], verdict, time.perf_counter() - began)

    with Progress(console=console) as progress:
        results = list(
            progress.track(pool.map(judged, to_judge), total=len(to_judge), description="mutants")
        )
    console.print(_table(chosen, found, results))
    survivors = [each for each in results if not each.verdict.killed]
    for each in survivors:
        head = f"{each.module}: {each.mutant.function or 'the module'}: {each.mutant.change}"
        console.print(head, style="red", markup=False, highlight=False)
        console.print(each.mutant.text, each.mutant.diff, sep="\n", markup=False, highlight=False)
    unmatched = list(stale(listed, found))
    for entry in unmatched:
        message = f"equivalents.yaml lists a change that does not exist: {entry}"
        console.print(message, style="red", markup=False, highlight=False)
    return len(survivors) + len(unmatched)


def _trial(module: Module, mutant: Mutant, covered: Covering, kills: Mapping[str, int]) -> Trial:
    at_import = not mutant.is_in_a_body
    tests = covered.tests(module.file, mutant.lines, kills, at_import=at_import)
    return Trial({module.file: mutant.source}, _most_cases(module.part), tests)


def _most_cases(part: str) -> int:
    return 0 if part else _CASES  # the cases test only the client


def _check_that_unchanged_survives(chosen: list[Module], cases: int, covered: Covering) -> None:
    """Raise RuntimeError if unchanged code fails, because then no verdict is valid."""
    sources = {each.file: unchanged(each.file.read_text(encoding="utf-8")) for each in chosen}
    verdict = judge(Trial(sources, cases, list(covered.seconds)))
    if verdict.killed:
        raise RuntimeError(f"the unchanged code fails: {verdict.reason}")


def _table(
    chosen: list[Module], found: list[tuple[Module, Mutant]], results: list[Judged]
) -> Table:
    table = Table(title="mechanical mutants")
    for name in ("module", "mutants", "by cases", "by tests", "by time"):
        table.add_column(name, justify="left" if name == "module" else "right")
    for name in ("survived", "equivalent", "seconds"):
        table.add_column(name, justify="right")
    for module in [each.name for each in chosen]:
        every = sum(each.name == module for each, _ in found)
        of_it = [each for each in results if each.module == module]
        by = [each.verdict.by for each in of_it]
        counts = (*(by.count(name) for name in ("cases", "tests", "time", "")), every - len(of_it))
        seconds = sum(each.seconds for each in of_it)
        table.add_row(module, str(every), *map(str, counts), f"{seconds:.0f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
