"""Show the coverage of a run, as a table and as an HTML page."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.conformance.measure.deep import Proof
from tests.conformance.measure.places import Mark

PACKAGES = ("openapi-python-client", "attrs", "httpx", "schemathesis", "hypothesis")


def table(proofs: Sequence[Proof]) -> Table:
    """Return a row for each operation; the cases per second are those of one core."""
    found = Table(box=SIMPLE_HEAD, pad_edge=False)
    found.add_column("operation", overflow="fold")
    for heading in ("cases", "cases/s", "failures", "kinds of values", "pairs"):
        found.add_column(heading, justify="right")
    found.add_column("not measured", overflow="fold")
    for each in proofs:
        cases = sum(run.cases for run in each.runs)
        seconds = sum(run.drawing + run.checking for run in each.runs)
        numbers = (f"{cases:,}", f"{cases / (seconds or 1):,.0f}", f"{len(each.failures)}")
        reached = (_score(marks, each.pending) for marks in (each.kinds, each.pairs))
        found.add_row(each.operation_id, *numbers, *reached, ", ".join(each.unmeasured))
    return found


def _score(marks: Sequence[Mark], pending: frozenset[Mark]) -> str:
    return f"{sum(mark not in pending for mark in marks)} of {len(marks)}"


def write_html(
    path: Path, proofs: Sequence[Proof], limits: Sequence[Mapping[str, str]], when: datetime
) -> None:
    """Write one page that needs no other files."""
    # Autoescape, because cases contain any text.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["json"] = lambda case: json.dumps(vars(case), indent=2)
    page = environment.get_template("report.html.jinja").render(
        proofs=proofs,
        limits=limits,
        when=f"{when:%Y-%m-%d %H:%M} UTC",
        versions={
            "Python": platform.python_version(),
            **{each: version(each) for each in PACKAGES},
        },
    )
    path.write_text(page, encoding="utf-8")
