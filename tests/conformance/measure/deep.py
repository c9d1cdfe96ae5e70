"""The deep run: many cases, each sent by one of the ways in turn, and what they reach."""

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
"""After so many cases it is asked whether everything is reached."""


@dataclass(frozen=True)
class Failure:
    """A case that does not hold, made as small as it gets; or what kept cases from being sent."""

    text: str
    """What is wrong, and how to run this case alone."""
    way: str = ""
    case: Case | None = None
    sent: bytes | None = None
    """The body as it went out, where one did."""


@dataclass
class Run:
    """What came of the cases of one source, for one operation."""

    source: str
    operation_id: str
    cases: int = 0
    drawing: float = 0.0
    """Seconds of the processor that drawing the cases took."""
    checking: float = 0.0
    """Seconds that sending and checking them took, and noting what they reached."""
    failures: list[Failure] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the cases a second, drawing and checking together."""
        seconds = self.drawing + self.checking
        return self.cases / seconds if seconds else 0.0


@dataclass
class Proof:
    """What came of one operation."""

    operation_id: str
    runs: list[Run] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    """All that there is to reach."""
    pending: frozenset[Mark] = frozenset()
    """What no case has reached."""
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    """The places for which nothing is drawn, and why."""

    @property
    def failures(self) -> list[Failure]:
        """Return what does not hold."""
        return [failure for each in self.runs for failure in each.failures]

    @property
    def kinds(self) -> list[Mark]:
        """Return the kinds of values that there are to reach."""
        return [mark for mark in self.marks if mark.keyword != PAIR]

    @property
    def pairs(self) -> list[Mark]:
        """Return the pairs of optional properties that there are to reach."""
        return [mark for mark in self.marks if mark.keyword == PAIR]

    @property
    def short(self) -> list[Mark]:
        """Return what should have been reached: each kind of value, and nearly all pairs."""
        missed = [mark for mark in self.pairs if mark in self.pending]
        kinds = [mark for mark in self.kinds if mark in self.pending]
        return kinds if len(missed) <= (1 - _ENOUGH_PAIRS) * len(self.pairs) else [*kinds, *missed]


@dataclass(frozen=True)
class Budget:
    """How many cases of an operation are compiled and sent."""

    cases: float = 20_000
    least: int = 1_000
    """So many at least, however soon everything is reached."""
    seconds: float = math.inf
    all_of_it: bool = False
    """Whether it is used up, even where everything is reached before."""

    def spend(self, cases: Iterable[Case], is_enough: Callable[[], bool]) -> Iterator[Case]:
        """Yield as many of the cases as there are to be."""
        until = time.monotonic() + self.seconds
        for number, case in enumerate(cases):
            may_end = not self.all_of_it and number >= self.least and number % _CHUNK == 0
            if number >= self.cases or time.monotonic() > until or (may_end and is_enough()):
                return
            yield case


class Cases:
    """All the cases of an operation that its schemas allow, and that HTTP can carry.

    Raises UnmeasuredError where nothing can be drawn for something that cannot be left out.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._allowed = allowed_by(operation)
        self.unmeasured: dict[str, str] = {}
        self.every = self._place(lambda _: True)
        """The place of all of them."""
        self.carried = self._place(lambda form: form.carried)
        """The place of those that the generated models carry exactly."""

    def _place(self, carries: Callable[[Form], bool]) -> Place:
        operation = self._operation

        def allowed(form: Form, pointer: str) -> bool:
            for key, each in operation.keys.items():
                if f"{pointer}/".startswith(f"/parameters/{key}/"):
                    return _is_carried_in(each["in"], form)
            return carries(form)

        return place(operation.document, operation.case_schema, allowed, self.unmeasured)

    def drawn(self, every_way: Sequence[Way], seed: int) -> Iterator[Case]:
        """Yield cases without end, for the ways in turn, each one that its way can carry."""
        random = Random(seed)
        for way in itertools.cycle(every_way):
            place = self.every if way.carries_all else self.carried
            while not self._allowed(case := Case(**place.draw(random))):
                pass
            yield case


def _is_carried_in(location: str, form: Form) -> bool:
    """Tell whether a parameter in a part of the request can carry a form."""
    carries = CARRIED[location].fullmatch
    return (
        form.carried
        and form.name != WHOLE  # parameters are texts, and 7.0 is no integer in one
        and all(carries(str(form.draw(Random(seed)))) for seed in range(20))
    )


def run(
    source: str, cases: Iterable[Case], every_way: Sequence[Way], measure: Place | None = None
) -> Run:
    """Send each case by the next way, up to the first that does not hold."""
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
    except AssertionError as error:  # the source itself: an example, for one, is not valid
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
    """Send the cases of every source, and measure what they reach."""
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
        return not found.short

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
    """Return what came of each operation of the effective spec, proven on every core."""
    # Not forked: there are threads in here.
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
