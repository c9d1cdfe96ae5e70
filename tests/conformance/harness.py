"""All that is needed to check a document: its operations, where cases come from, and the ways."""

from __future__ import annotations

import asyncio
import fcntl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings

from scripts.regen import CONFIG, generate
from tests.conformance.calling import Case, Clients, Way, ways
from tests.conformance.cases import Source, untouched
from tests.conformance.checking import check
from tests.conformance.credentials import generated
from tests.conformance.documents import Json
from tests.conformance.operations import Operation, operations


@dataclass(frozen=True)
class Harness:
    """What a document is checked with."""

    operations: Mapping[str, Operation]
    source: Source
    ways: list[Way]

    def check(self, operation_id: str, *, fuzzed: int) -> None:
        """Raise AssertionError unless an operation's cases arrive unchanged, and touch everything.

        They are its examples, the coverage cases, and some that are `fuzzed`.
        """
        operation = self.operations[operation_id]
        cases = [*self.source.examples(operation).values(), *self.source.coverage(operation)]
        if missed := untouched(operation, cases):
            raise AssertionError(f"no case has {sorted(missed)}")
        for case in cases:
            check(operation, case, self.ways)

        @settings(max_examples=fuzzed, derandomize=True, database=None)
        @given(self.source.fuzzed(operation))
        def check_fuzzed(case: Case) -> None:
            check(operation, case, self.ways)

        check_fuzzed()


def harness(
    document: Json, package: str, runner: asyncio.Runner, clients: Clients = generated
) -> Harness:
    """Return what checks a document and the package that was generated from it.

    Raises LookupError or ValueError, which says what, for a document that cannot be checked.
    """
    found = operations(document, package)
    return Harness(found, Source(document), ways(document, runner, clients))


def generate_once(document: Json, name: str, folder: Path) -> str:
    """Generate a package of a document, unless another process has; return its importable name.

    `folder` is shared by all processes of a test session.
    """
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            making = folder / f"making-{name}"
            making.mkdir()
            generate(document, making / name, CONFIG)
            (making / name).rename(folder / name)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return name
