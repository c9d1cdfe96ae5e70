"""The deep run: many cases, each sent by one of the routes in turn, and what they reach."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.conformance.allowed import CARRIED, allowed_by
from tests.conformance.calling import Case
from tests.conformance.forms import WHOLE, Form
from tests.conformance.operations import Operation
from tests.conformance.places import Mark, Object, Place, place
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
    """All the cases of an operation that its schemas allow, and that HTTP can carry."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self.operation_id = operation.operation_id
        self.allow = allowed_by(operation)

    def place(self, allowed: Callable[[Form], bool] = lambda _: True) -> Place:
        """Return a new place of the cases, with the `allowed` forms of single values."""
        operation = self._operation
        keys = operation.keys
        parameters = {
            key: place(operation.document, each["schema"], _carried(each), f"/parameters/{key}")
            for key, each in keys.items()
        }
        required = frozenset(key for key, each in keys.items() if each.get("required"))
        members: dict[str, Place] = {
            "parameters": Object("/parameters", parameters, required, None, nullable=False)
        }
        if operation.body_schema is not None:
            members["body"] = place(operation.document, operation.body_schema, allowed, "/body")
        needed = frozenset(members if operation.body_required else ["parameters"])
        return Object("", members, needed, None, nullable=False)

    def drawn(self, routes: Sequence[Route], seed: int) -> Iterator[Case]:
        """Yield cases without end, for the routes in turn, each one that its route can carry."""
        random = Random(seed)
        carried, every = self.place(lambda form: form.carried), self.place()
        for route in itertools.cycle(routes):
            cases = every if route.refuses else carried
            while not self.allow(case := Case(**cases.draw(random))):
                pass
            yield case


def _carried(parameter: Mapping[str, Any]) -> Callable[[Form], bool]:
    """Return what tells whether the place of a parameter can carry a form."""
    carries = CARRIED[parameter["in"]].fullmatch
    return lambda form: (
        form.carried
        and form.name != WHOLE  # parameters are texts, and 7.0 is no integer in one
        and all(carries(str(form.draw(Random(seed)))) for seed in range(20))
    )


def as_value(case: Case) -> dict[str, Any]:
    """Return a case as a value at its place."""
    return {name: value for name, value in vars(case).items() if value is not None}


def run(source: str, cases: Iterable[Case], routes: Sequence[Route], allowed: Cases) -> Run:
    """Send each case by the next one of `routes`, up to the first that does not hold."""
    result = Run(source, allowed.operation_id)
    measure = allowed.place()
    began = time.perf_counter()
    for case, route in zip(cases, itertools.cycle(routes), strict=False):
        was_drawn = time.perf_counter()
        result.drawing += was_drawn - began
        failed = route.told(case)
        measure.reach(as_value(case))
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
        if not isinstance(value.get("parameters"), dict):
            return False
        smaller = Case(**value)
        return allowed.allow(smaller) and route.told(smaller) is not None

    small = Case(**shrink(as_value(case), fails))
    told = route.told(small) or ""
    return Failure(allowed.operation_id, route.name, small, told, route.sent())
