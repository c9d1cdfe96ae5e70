"""The deep run: many cases, each sent by one of the routes in turn, and what they reach."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from portkey_admin.stub.schema import validator
from tests.conformance.calling import Case
from tests.conformance.forms import Form
from tests.conformance.operations import Operation
from tests.conformance.places import Mark, Place, place
from tests.conformance.routes import Route
from tests.conformance.shrinking import shrink


@dataclass(frozen=True)
class Failure:
    """A case that does not hold, made as small as it gets."""

    operation_id: str
    route: str
    case: Case
    told: str
    """What is wrong, and how to run this case alone."""
    sent: bytes | None
    """The body as it went out, where one did."""


@dataclass
class Run:
    """What came of the cases of one source, for one operation."""

    source: str
    operation_id: str
    cases: int = 0
    drawing: float = 0.0
    """Seconds that drawing the cases took."""
    checking: float = 0.0
    """Seconds that sending and checking them took, and noting what they reached."""
    failures: list[Failure] = field(default_factory=list)
    pending: frozenset[Mark] = frozenset()
    """What the cases have not reached."""

    @property
    def rate(self) -> float:
        """Return the cases a second, drawing and checking together."""
        seconds = self.drawing + self.checking
        return self.cases / seconds if seconds else 0.0

    def add(self, other: Run) -> None:
        """Count in what came of other cases of the same source and operation."""
        self.cases += other.cases
        self.drawing += other.drawing
        self.checking += other.checking
        self.failures += other.failures
        self.pending &= other.pending


class Cases:
    """All the cases of an operation that its schemas allow."""

    def __init__(self, operation: Operation) -> None:
        self.operation_id = operation.operation_id
        self._document = operation.document
        self._schema = _schema(operation)
        self._validator = validator(self._document, self._schema)

    def allow(self, value: Any) -> bool:
        """Tell whether a value is such a case."""
        return self._validator.is_valid(value)

    def place(self, allowed: Callable[[Form], bool] = lambda _: True) -> Place:
        """Return a new place of the cases, with the `allowed` forms of single values."""
        return place(self._document, self._schema, allowed)

    def drawn(self, routes: Sequence[Route], seed: int) -> Iterator[Case]:
        """Yield cases without end, for the routes in turn, each one that its route can carry."""
        random = Random(seed)
        carried, every = self.place(lambda form: form.carried), self.place()
        for route in itertools.cycle(routes):
            yield Case(**(every if route.refuses else carried).draw(random))


def _schema(operation: Operation) -> dict[str, Any]:
    """Return the schema of a case as an object: its parameters and its body."""
    required = [each["name"] for each in operation.parameters if each.get("required")]
    parameters = {
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in operation.parameters},
        "required": required,
        "additionalProperties": False,
    }
    body = {} if operation.body_schema is None else {"body": operation.body_schema}
    return {
        "type": "object",
        "properties": {"parameters": parameters, **body},
        "required": ["parameters", *body],
        "additionalProperties": False,
    }


def run(source: str, cases: Iterable[Case], routes: Sequence[Route], allowed: Cases) -> Run:
    """Send each case by the next one of `routes`, up to the first that does not hold."""
    result = Run(source, allowed.operation_id)
    measure = allowed.place()
    began = time.perf_counter()
    for case, route in zip(cases, itertools.cycle(routes), strict=False):
        was_drawn = time.perf_counter()
        result.drawing += was_drawn - began
        failed = route.told(case)
        measure.reach(vars(case))
        result.cases += 1
        began = time.perf_counter()
        result.checking += began - was_drawn
        if failed:
            result.failures.append(_smallest(case, route, allowed))
            break
    result.pending = frozenset(measure.pending())
    return result


def _smallest(case: Case, route: Route, allowed: Cases) -> Failure:
    def fails(value: Any) -> bool:
        return allowed.allow(value) and route.told(Case(**value)) is not None

    small = Case(**shrink(vars(case), fails))
    told = route.told(small) or ""
    return Failure(allowed.operation_id, route.name, small, told, route.sent())
