"""What a run reached, as tables, as one page of HTML and as JUnit's XML."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.conformance.measure.deep import Proof, Run
from tests.conformance.measure.places import PAIR, Mark

PACKAGES = ("openapi-python-client", "attrs", "httpx", "schemathesis", "hypothesis")


@dataclass(frozen=True)
class Score:
    """How many of the things to be reached were."""

    reached: int
    of: int

    @property
    def share(self) -> float:
        """Return the part that was reached, from 0 to 1."""
        return self.reached / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{self.reached} of {self.of}"


@dataclass(frozen=True)
class PlaceReport:
    """One place of a schema, and what was reached there."""

    pointer: str
    depth: int
    keywords: dict[str, list[tuple[str, bool]]]
    """By keyword: each kind of value, and whether it was reached. Pairs are left out."""
    pairs: Score
    missed_pairs: list[str]

    @property
    def kinds(self) -> Score:
        """Return how many kinds of single values were reached."""
        found = [reached for kinds in self.keywords.values() for _, reached in kinds]
        return Score(sum(found), len(found))

    @property
    def missed(self) -> list[str]:
        """Return what was not reached, by name."""
        return [
            f"{keyword}: {name}"
            for keyword, kinds in self.keywords.items()
            for name, reached in kinds
            if not reached
        ] + self.missed_pairs


@dataclass(frozen=True)
class OperationReport:
    """One operation, and what all the sources together reached of it."""

    operation_id: str
    places: list[PlaceReport]
    unmeasured: Mapping[str, str]
    """The places for which nothing is drawn, and why."""

    @property
    def kinds(self) -> Score:
        """Return how many kinds of single values were reached."""
        return _sum(each.kinds for each in self.places)

    @property
    def pairs(self) -> Score:
        """Return how many pairs of optional properties were reached."""
        return _sum(each.pairs for each in self.places)


def _sum(scores: Iterator[Score]) -> Score:
    every = list(scores)
    return Score(sum(each.reached for each in every), sum(each.of for each in every))


def measured(proof: Proof) -> OperationReport:
    """Return what was reached, place by place, in the order of the schema."""
    here: dict[str, list[Mark]] = {}
    for mark in proof.marks:
        here.setdefault(mark.pointer, []).append(mark)
    places = []
    for pointer, marks in here.items():
        keywords: dict[str, list[tuple[str, bool]]] = {}
        for mark in marks:
            if mark.keyword != PAIR:
                reached = mark not in proof.pending
                keywords.setdefault(mark.keyword, []).append((mark.name, reached))
        pairs = [mark for mark in marks if mark.keyword == PAIR]
        missed = [mark.name for mark in pairs if mark in proof.pending]
        score = Score(len(pairs) - len(missed), len(pairs))
        places.append(PlaceReport(pointer, pointer.count("/"), keywords, score, missed))
    return OperationReport(proof.operation_id, places, proof.unmeasured)


def source_table(runs: list[Run]) -> Table:
    """Return the sources of cases, with the cases that each gave a second on one core."""
    table = _table("source", "operation")
    for heading in ("cases", "drawing s", "checking s", "cases/s", "failures"):
        table.add_column(heading, justify="right")
    for run in runs:
        times = (f"{run.drawing:.2f}", f"{run.checking:.2f}", f"{run.rate:,.0f}")
        table.add_row(
            run.source, run.operation_id, f"{run.cases:,}", *times, str(len(run.failures))
        )
    return table


def place_table(report: OperationReport) -> Table:
    """Return the places of an operation's schema, with what was reached of each keyword."""
    table = _table("place", "kinds of values reached, by keyword", "pairs", "not reached")
    for each in report.places:
        scores = (
            f"{keyword} {sum(reached for _, reached in kinds)}/{len(kinds)}"
            for keyword, kinds in each.keywords.items()
        )
        pairs = str(each.pairs) if each.pairs.of else ""
        table.add_row(each.pointer, ", ".join(scores), pairs, "; ".join(each.missed))
    for pointer, reason in report.unmeasured.items():
        table.add_row(pointer, "not measured", "", reason)
    return table


def _table(*headings: str) -> Table:
    table = Table(*headings, box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    return table


def write_html(
    path: Path,
    proofs: list[Proof],
    reports: list[OperationReport],
    limits: Sequence[Mapping[str, str]],
    when: datetime,
) -> None:
    """Write one page that needs no other file."""
    # Autoescape: cases hold whatever JSON can hold.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("report.html.jinja").render(
        runs=[run for proof in proofs for run in proof.runs],
        reports=reports,
        limits=limits,
        failures=[
            (
                proof.operation_id,
                failure,
                failure.case and json.dumps(vars(failure.case), indent=2, ensure_ascii=True),
            )
            for proof in proofs
            for failure in proof.failures
        ],
        when=f"{when:%Y-%m-%d %H:%M} UTC",
        versions={
            "Python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
    )
    path.write_text(page, encoding="utf-8")


def write_junit(path: Path, proofs: list[Proof], reports: list[OperationReport]) -> None:
    """Write a test case for each source and operation, and for each place that is measured."""
    root = ET.Element("testsuites", name="conformance")
    suite = ET.SubElement(root, "testsuite", name="cases")
    for run in [run for proof in proofs for run in proof.runs]:
        seconds = f"{run.drawing + run.checking:.3f}"
        case = ET.SubElement(
            suite, "testcase", classname=run.operation_id, name=run.source, time=seconds
        )
        for failure in run.failures:
            ET.SubElement(case, "failure", message=failure.way).text = ascii(failure.told)
    suite = ET.SubElement(root, "testsuite", name="measure")
    for report in reports:
        for each in report.places:
            case = ET.SubElement(
                suite, "testcase", classname=report.operation_id, name=each.pointer or "/"
            )
            if each.missed:
                ET.SubElement(case, "failure", message="not reached").text = "\n".join(each.missed)
    for suite in root:
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
