"""What a run reached, as tables and as one page of HTML."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.conformance.measure.deep import Proof
from tests.conformance.measure.places import PAIR, Mark

PACKAGES = ("openapi-python-client", "attrs", "httpx", "schemathesis", "hypothesis")


@dataclass(frozen=True)
class Score:
    """Some of the things to be reached, and those of them that were not."""

    marks: Sequence[Mark]
    missed: Sequence[Mark]

    @property
    def share(self) -> float:
        """Return the part that was reached, from 0 to 1."""
        return 1 - len(self.missed) / len(self.marks) if self.marks else 1.0

    def __str__(self) -> str:
        return f"{len(self.marks) - len(self.missed)} of {len(self.marks)}"


class Reached:
    """What was reached of an operation, or of one of its places."""

    def __init__(self, proof: Proof, marks: Iterable[Mark]) -> None:
        self.proof = proof
        self._marks = list(marks)
        self.kinds = self._score(mark for mark in self._marks if mark.keyword != PAIR)
        self.pairs = self._score(mark for mark in self._marks if mark.keyword == PAIR)

    def places(self) -> dict[str, Reached]:
        """Return the parts by place, in the order of the schema."""
        return self._parts("pointer")

    def keywords(self) -> dict[str, Reached]:
        """Return the parts by keyword; pairs are left out."""
        return Reached(self.proof, self.kinds.marks)._parts("keyword")

    def _parts(self, name: str) -> dict[str, Reached]:
        found: dict[str, list[Mark]] = {}
        for mark in self._marks:
            found.setdefault(getattr(mark, name), []).append(mark)
        return {value: Reached(self.proof, marks) for value, marks in found.items()}

    def _score(self, marks: Iterable[Mark]) -> Score:
        every = list(marks)
        return Score(every, [mark for mark in every if mark in self.proof.pending])


def table(reports: list[Reached]) -> Table:
    """Return a row for each operation; cases a second are those of one core."""
    found = Table(box=SIMPLE_HEAD, pad_edge=False)
    found.add_column("operation", overflow="fold")
    for heading in ("cases", "cases/s", "failures", "kinds of values", "pairs"):
        found.add_column(heading, justify="right")
    found.add_column("not measured", overflow="fold")
    for each in reports:
        runs = each.proof.runs
        cases = sum(run.cases for run in runs)
        seconds = sum(run.drawing + run.checking for run in runs)
        numbers = (f"{cases:,}", f"{cases / (seconds or 1):,.0f}", f"{len(each.proof.failures)}")
        reached = (str(each.kinds), str(each.pairs), ", ".join(each.proof.unmeasured))
        found.add_row(each.proof.operation_id, *numbers, *reached)
    return found


def write_html(
    path: Path, reports: list[Reached], limits: Sequence[Mapping[str, str]], when: datetime
) -> None:
    """Write one page that needs no other file."""
    # Autoescape: cases hold whatever JSON can hold.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["json"] = lambda case: json.dumps(vars(case), indent=2)
    page = environment.get_template("report.html.jinja").render(
        reports=reports,
        limits=limits,
        when=f"{when:%Y-%m-%d %H:%M} UTC",
        versions={
            "Python": platform.python_version(),
            **{each: version(each) for each in PACKAGES},
        },
    )
    path.write_text(page, encoding="utf-8")
