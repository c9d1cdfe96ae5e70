"""Send many cases, each one way in turn, and measure their coverage."""

from __future__ import annotations

import asyncio
import functools
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from random import Random
from typing import Final

from rich.console import Console
from rich.progress import track

from tests.conformance.calling import Case, Clients, Way, ways, wrapper
from tests.conformance.cases import CARRIED, Source, allowed_by
from tests.conformance.checking import faults
from tests.conformance.documents import DOCUMENT, OPERATIONS
from tests.conformance.measure.forms import WHOLE, Form
from tests.conformance.measure.places import PAIR, Mark, Place, UnmeasuredError, place
from tests.conformance.operations import Operation
from tests.conformance.proving import report, smallest

_ENOUGH_PAIRS: Final = 0.99
_CHUNK: Final = 250
"""The number of cases between two checks whether everything is reached."""


@dataclass(frozen=True)
class Failure:
    """A failing case, shrunk; or the reason why cases could not be sent."""

    text: str
    """The mistake, and the command that runs this case alone."""
    way: str = ""
    case: Case | None = None
    sent: bytes | None = None
    """The body that was sent, if any."""


@dataclass
class Run:
    """The result of the cases of one source, for one operation."""

    source: str
    operation_id: str
    cases: int = 0
    drawing: float = 0.0
    """The processor seconds of drawing the cases."""
    checking: float = 0.0
    """The seconds of sending and checking them and recording their coverage."""
    failures: list[Failure] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the cases per second, drawing and checking together."""
        seconds = self.drawing + self.checking
        return self.cases / seconds if seconds else 0.0


@dataclass
class Proof:
    """The result of one operation."""

    operation_id: str
    runs: list[Run] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    """Everything that can be reached."""
    pending: frozenset[Mark] = frozenset()
    """The marks that no case has reached."""
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    """The places for which nothing is drawn, with the reasons."""

    @property
    def failures(self) -> list[Failure]:
        """Return the failures of all runs."""
        return [failure for each in self.runs for failure in each.failures]

    @property
    def kinds(self) -> list[Mark]:
        """Return the kinds of values that can be reached."""
        return [mark for mark in self.marks if mark.keyword != PAIR]

    @property
    def pairs(self) -> list[Mark]:
        """Return the pairs of optional properties that can be reached."""
        return [mark for mark in self.marks if mark.keyword == PAIR]

    @property
    def missing(self) -> list[Mark]:
        """Return the missing kinds of values, and the missing pairs if they are more than 1 %."""
        missed = [mark for mark in self.pairs if mark in self.pending]
        kinds = [mark for mark in self.kinds if mark in self.pending]
        return kinds if len(missed) <= (1 - _ENOUGH_PAIRS) * len(self.pairs) else [*kinds, *missed]


@dataclass(frozen=True)
class Budget:
    """The limits of how many cases of an operation are drawn and sent."""

    cases: float = 20_000
    least: int = 1_000
    """The number of cases that are sent even if everything is reached sooner."""
    seconds: float = math.inf
    all_of_it: bool = False
    """Whether to use up the budget even if everything is reached sooner."""

    def spend(self, cases: Iterable[Case], is_enough: Callable[[], bool]) -> Iterator[Case]:
        """Yield as many of the cases as the budget allows."""
        until = time.monotonic() + self.seconds
        for number, case in enumerate(cases):
            may_end = not self.all_of_it and number >= self.least and number % _CHUNK == 0
            if number >= self.cases or time.monotonic() > until or (may_end and is_enough()):
                return
            yield case


class Cases:
    """All cases of an operation that its schemas and HTTP allow.

    Raises UnmeasuredError if nothing can be drawn for a required value.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._allowed = allowed_by(operation)
        self.unmeasured: dict[str, str] = {}
        self.every = self._place(lambda _: True)
        """The place of all cases."""
        self.carried = self._place(lambda form: form.carried)
        """The place of the cases that the generated models represent exactly."""

    def _place(self, carries: Callable[[Form], bool]) -> Place:
        operation = self._operation

        def allowed(form: Form, pointer: str) -> bool:
            for key, each in operation.keys.items():
                if f"{pointer}/".startswith(f"/parameters/{key}/"):
                    return _is_carried_in(each["in"], form)
            return carries(form)

        return place(operation.document, operation.case_schema, allowed, self.unmeasured)

    def drawn(self, every_way: Sequence[Way], seed: int) -> Iterator[Case]:
        """Yield cases without end, each for the next way and within what that way can represent."""
        random = Random(seed)
        for way in itertools.cycle(every_way):
            place = self.every if way.carries_all else self.carried
            while not self._allowed(case := Case(**place.draw(random))):
                pass
            yield case


def _is_carried_in(location: str, form: Form) -> bool:
    """Return whether a parameter at a location can have values of a form."""
    carries = CARRIED[location].fullmatch
    return (
        form.carried
        and form.name != WHOLE  # parameters are texts, in which 7.0 is not an integer
        and all(carries(str(form.draw(Random(seed)))) for seed in range(20))
    )


def run(
    source: str, cases: Iterable[Case], every_way: Sequence[Way], measure: Place | None = None
) -> Run:
    """Send each case the next way, up to the first failure."""
    operation = every_way[0].operation
    result = Run(source, operation.operation_id)
    began = time.process_time()
    try:
        for case, way in zip(cases, itertools.cycle(every_way), strict=False):
            was_drawn = time.process_time()
            result.drawing += was_drawn - began
            failed = any(faults(way, case))
            if measure:
                measure.reach(case.as_value())
            result.cases += 1
            began = time.process_time()
            result.checking += began - was_drawn
            if failed:
                small = smallest(case, way)
                text = report(small, [way])
                sent = way.stub.exchanges[-1].raw_body if way.stub.exchanges else None
                result.failures.append(Failure(text, way.name, small, sent))
                break
    except AssertionError as error:  # from the source itself: an invalid example, for instance
        result.failures.append(Failure(str(error)))
    return result


def proof(
    operation: Operation,
    source: Source,
    runner: asyncio.Runner,
    budget: Budget,
    seed: int,
    clients: Clients = wrapper,
) -> Proof:
    """Send the cases of every source, and measure their coverage."""
    found = Proof(operation.operation_id)
    every_way = ways(operation, runner, clients)
    drawn: Iterable[Case] = ()
    measure = None
    try:
        compiled = Cases(operation)
    except UnmeasuredError as error:
        found.unmeasured = {error.pointer: error.reason}
    else:
        drawn = compiled.drawn(every_way, seed)
        everything = any(each.carries_all for each in every_way)
        measure = compiled.every if everything else compiled.carried
        found.marks, found.unmeasured = list(measure.marks()), compiled.unmeasured

    def is_enough() -> bool:
        found.pending = frozenset(measure.pending() if measure else ())
        return not found.missing

    for name, cases in {
        "the document's examples": _examples(source, operation),
        "schemathesis, coverage": source.coverage(operation),
        "compiled": budget.spend(drawn, is_enough),
    }.items():
        found.runs.append(run(name, cases, every_way, measure))
    is_enough()
    return found


def _examples(source: Source, operation: Operation) -> Iterator[Case]:
    yield from source.examples(operation).values()


def proven(budget: Budget, seed: int, console: Console) -> list[Proof]:
    """Return the result of each operation of the effective spec, using every core."""
    # Not forked, because this process has threads.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_prove, name, budget, seed) for name in OPERATIONS]
        done = as_completed(running)
        for _ in track(done, "operations", total=len(running), console=console):
            pass
    return [each.result() for each in running]


def _prove(operation_id: str, budget: Budget, seed: int) -> Proof:
    return proof(OPERATIONS[operation_id], *_once(), budget, seed)


@functools.cache
def _once() -> tuple[Source, asyncio.Runner]:
    return Source(DOCUMENT), asyncio.Runner()
