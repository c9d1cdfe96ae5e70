"""The rows of the table: what is measured, its goal, and what came of it."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable
from typing import Final, NamedTuple

from scripts.bench import environments, measure, regenerating
from scripts.bench.measure import HERE, Ratio, Samples, ratio

SYNC: Final = ["httpx", "ours", "bare", "sdk", "requests", "socket"]
ASYNC: Final = ["httpx", "ours", "bare", "sdk"]
_FRESH: Final = 9
_ROUNDS: Final = 30
_KIB: Final = 1024

_IMPORTS: Final = {
    "httpx": "import httpx",
    "ours": "import portkey_admin",
    "bare": "import portkey_generated.api.api_keys.create_api_key",
    "sdk": "import portkey_ai",
    "requests": "import requests",
}
_SECOND_CLIENT: Final = """
from statistics import median
from time import perf_counter
from portkey_admin import PortkeyAdmin
PortkeyAdmin("k").close()
taken = []
for _ in range(200):
    began = perf_counter(); client = PortkeyAdmin("k"); taken.append(perf_counter() - began)
print(median(taken))
"""
_CHECKS: Final = """
from timeit import repeat
from calls import BODY, WHERE
from portkey_admin import create_operation
from portkey_admin._checks import check_rules, find_problems
operation = create_operation()
def check():
    for name, schema in operation.arguments.items():
        assert not [*find_problems(schema, WHERE[name], (name,))]
    assert not [*find_problems(operation.body, BODY), *check_rules(WHERE["sub_type"], BODY)]
print(min(repeat(check, number=2000, repeat=9)) / 2000)
"""


class Row(NamedTuple):
    """One line of the table."""

    what: str
    goal: str
    ours: str
    reached: bool
    others: dict[str, str]
    """The medians of what it is compared with, by client."""


def fresh(url: str) -> list[Row]:
    """Measure whole processes: imports, one create, and the memory of that."""
    imports = measure.rounds(
        {client: _process(client, code).time for client, code in _IMPORTS.items()}, _FRESH
    )
    once = {
        client: _process(client, f"from calls import *\nSYNC[{client!r}]({url!r})(BODY)")
        for client in SYNC
    }
    seconds = measure.rounds({client: each.time for client, each in once.items()}, _FRESH)
    memory: Samples = {client: each.kib for client, each in once.items()}
    return [
        _at_most("`import portkey_admin`, whole process", 0.6, imports),
        _at_most("one shot over http: import, client, one create, exit", 1.0, seconds),
        _at_most("peak memory of one create", 1.05, memory),
    ]


def calls(url: str) -> list[Row]:
    """Measure calls over a connection that is kept."""
    with measure.workers(SYNC, "sync", url) as of:
        sync = _rounds(of, 60)
    with measure.workers(ASYNC, "async", url) as of:
        in_turn = _rounds(of, 60)
    with measure.workers(ASYNC, "together", url) as of:
        together = _rounds(of, 250)
    rates = {client: [1 / each for each in taken] for client, taken in together.items()}
    return [
        _at_most("sync call, median, checks and deadline on", 1.10, sync),
        _at_most("async call, one after the other", 0.80, in_turn),
        _row("async, 50 at once, calls per second", 2.2, rates, at_least=True),
    ]


def many(url: str) -> list[Row]:
    """Measure thousands of calls in one gather."""
    rows = []
    for count in (1000, 10000):
        told = json.loads(_printed("ours", str(HERE / "many.py"), str(count), url))
        each = f"{told['kib'] / count:.1f} KiB per call, {told['seconds']:.1f} s"
        created = told["created"]
        what, came = f"async, {count:,} in one gather", f"{created:,} created, {each}"
        rows.append(Row(what, "all succeed", came, created == count, {}))
    return rows


def alone() -> list[Row]:
    """Measure what is compared with nothing: absolute numbers."""
    client = float(_printed("ours", "-c", _SECOND_CLIENT)) * 1e3
    checks = float(_printed("ours", "-c", _CHECKS)) * 1e6
    shared = ("anyio", "attr", "certifi", "h11", "httpcore", "httpx", "idna", "typing_extensions")
    others = ("charset_normalizer", "requests", "urllib3", "_virtualenv")
    mine = environments.installed_bytes("ours", *shared, *others) / _KIB**2
    dates = ("dateutil", "python_dateutil", "tzdata")
    own = environments.installed_bytes("ours", *shared, *others, *dates) / _KIB**2
    sdk = environments.installed_bytes("sdk", *shared, *others) / _KIB**2
    size = f"{mine:.2f} MB, {own:.2f} without python-dateutil and its tzdata"
    return [
        Row(
            "building a client, after the first",
            "at most 1 ms",
            f"{client:.2f} ms",
            client <= 1,
            {},
        ),
        Row("checks of a full body", "at most 50 µs", f"{checks:.0f} µs", checks <= 50, {}),  # noqa: PLR2004 - the goal
        Row(
            "installed beyond httpx and attrs",
            "under 1 MB",
            size,
            mine < 1,
            {"sdk": f"{sdk:.0f} MB"},
        ),
    ]


def regen() -> list[Row]:
    """Measure regen beside the generator alone."""
    with regenerating.tree(1) as root:
        samples = measure.rounds(
            {"regen": lambda: regenerating.regen(root), "bare": lambda: regenerating.bare(root)}, 5
        )
    found = ratio(samples, "regen", to="bare")
    seconds = f"{statistics.median(samples['bare']):.2f} s"
    goal = 1.5
    words = f"at most {goal} times the bare generator"
    reached = found.median <= goal
    what = "`make regen` with its checks, mypy aside"
    return [Row(what, words, _text(found), reached, {"bare": seconds})]


def growth(url: str) -> dict[str, dict[str, list[list[float]]]]:
    """Return, for each plot, lines of points (x, seconds): how the cost grows."""
    compared = ["httpx", "ours", "requests"]
    number: dict[str, list[list[float]]] = {client: [] for client in compared}
    size: dict[str, list[list[float]]] = {client: [] for client in compared}
    with measure.workers(compared, "sync", url) as of:
        for client in compared:
            of[client](100, 0)
        for times in (1, 10, 50, 100, 250, 500, 1000):
            for client, taken in measure.rounds(
                {name: _total(call, times) for name, call in of.items()}, 3
            ).items():
                number[client].append([times, statistics.median(taken)])
        for kilobytes in (1, 10, 50, 100, 300, 600, 900):
            for client, taken in measure.rounds(
                {name: _sized(call, kilobytes * 1000) for name, call in of.items()}, 5
            ).items():
                size[client].append([kilobytes, statistics.median(taken)])
    operations = []
    for count in (1, 200, 800):
        with regenerating.tree(count) as root:
            operations.append([count, regenerating.regen(root)])
    return {
        "calls over one connection": number,
        "kilobytes of a body": size,
        "operations in regen": {"regen": operations},
    }


class _Fresh(NamedTuple):
    time: Callable[[], float]
    kib: list[float]


def _process(client: str, code: str) -> _Fresh:
    kib: list[float] = []

    def time() -> float:
        process = measure.run(client, code)
        kib.append(process.kib)
        return process.seconds

    return _Fresh(time, kib)


def _rounds(of: dict[str, Callable[[int, int], float]], times: int) -> Samples:
    for call in of.values():
        call(times, 0)
    return measure.rounds({name: _sized(call, 0, times) for name, call in of.items()}, _ROUNDS)


def _sized(call: Callable[[int, int], float], size: int, times: int = 15) -> Callable[[], float]:
    return lambda: call(times, size)


def _total(call: Callable[[int, int], float], times: int) -> Callable[[], float]:
    return lambda: call(times, 0) * times


def _printed(client: str, *arguments: str) -> str:
    command = [environments.python(measure.environment(client)), *arguments]
    done = subprocess.run(  # noqa: S603 - our own
        command, check=True, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(HERE)}
    )
    return done.stdout


def _at_most(what: str, goal: float, samples: Samples) -> Row:
    return _row(what, goal, samples, at_least=False)


def _row(what: str, goal: float, samples: Samples, *, at_least: bool) -> Row:
    found = ratio(samples, "ours")
    others = {
        client: f"{ratio(samples, client).median:.2f}"
        for client in samples
        if client not in ("ours", "httpx")
    }
    reached = found.median >= goal if at_least else found.median <= goal
    words = f"at {'least' if at_least else 'most'} {goal:.2f} times httpx"
    return Row(what, words, _text(found), reached, others)


def _text(found: Ratio) -> str:
    return f"{found.median:.2f} ({found.low:.2f} to {found.high:.2f})"
