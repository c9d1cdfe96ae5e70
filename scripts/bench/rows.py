"""The rows of the table: each measurement, its goal and its result."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from scripts.bench import measure, regenerating
from scripts.bench.measure import mebibytes, printed, process, rounds

SYNC: Final = ["httpx", "ours", "bare", "sdk", "requests", "socket"]
ASYNC: Final = ["httpx", "ours", "bare", "sdk"]
TOGETHER: Final = [*ASYNC, "aiohttp"]
_FRESH: Final = 9
_ROUNDS: Final = 30

_IMPORTS: Final = {
    "httpx": "import httpx",
    "ours": "import portkey_admin",
    "bare": "import portkey_generated.api.api_keys.create_api_key",
    "sdk": "import portkey_ai",
    "requests": "import requests",
}
_COMMAND: Final = """
import os, sys
sys.stdout = open(os.devnull, "w")
sys.argv = ["portkey-admin", *{!r}.split()]
from portkey_admin_cli.__main__ import main
main()
"""
_COMMANDS: Final = ("--help", "--version", "create --help", "completion")
_COMPLETION: Final = {
    "_PORTKEY_ADMIN_COMPLETE": "bash_complete",
    "COMP_WORDS": "portkey-admin ",
    "COMP_CWORD": "1",
}
_SECOND_CLIENT: Final = """
from timeit import repeat
from portkey_admin import PortkeyAdmin
PortkeyAdmin("k").close()
taken = sorted(repeat(lambda: PortkeyAdmin("k"), number=1, repeat=200))
print(taken[len(taken) // 2])
"""
_CHECKS: Final = """
from timeit import repeat
from calls import BODY
from portkey_admin import _checks, create_operation
schema = create_operation().body
check = lambda: list(_checks.find_problems(schema, BODY))
print(min(repeat(check, number=2000, repeat=9)) / 2000)
"""
_SHARED: Final = (
    *("anyio", "attr", "certifi", "h11", "httpcore", "httpx", "idna", "typing_extensions"),
    *("charset_normalizer", "requests", "urllib3", "_virtualenv", "click", "ruamel"),
    *("aio", "frozenlist", "httpx_aiohttp", "multidict", "propcache", "yarl"),
)

Samples = Mapping[str, list[float]]


class Row(NamedTuple):
    """One line of the table."""

    what: str
    goal: str
    ours: str
    reached: bool
    others: Mapping[str, str] = MappingProxyType({})
    """The medians of the other clients, by client."""


def every_row(url: str) -> Iterator[Row]:
    """Measure everything, row by row."""
    yield from _processes(url)
    yield from _calls(url)
    yield from _gathers(url)
    yield from _alone()
    with regenerating.tree(1) as root:
        measures = {
            "ours": partial(regenerating.regen, root),
            "bare": partial(regenerating.bare, root),
        }
        samples = rounds(measures, 5)
    row = _at_most("`make regen` with its checks, mypy aside", 1.5, samples, to="bare")
    bare = {"bare": f"{statistics.median(samples['bare']):.2f} s"}
    yield row._replace(goal="at most 1.5 times the bare generator", others=bare)


def _processes(url: str) -> Iterator[Row]:
    """Measure whole processes: imports, one create with its memory, and the command."""
    imports = rounds(
        {name: partial(process, name, code) for name, code in _IMPORTS.items()}, _FRESH
    )
    create = f"from calls import *\nSYNC[{{!r}}]({url!r})(BODY)"
    once = rounds({name: partial(process, name, create.format(name)) for name in SYNC}, _FRESH)
    commands: dict[str, Callable[[], measure.Process]] = {
        "click": partial(process, "ours", "import click")
    }
    for name in _COMMANDS:
        is_completion = name == "completion"
        code = _COMMAND.format("" if is_completion else name)
        commands[name] = partial(process, "ours", code, _COMPLETION if is_completion else {})
    cpu = _each(rounds(commands, _FRESH), "cpu")
    yield _at_most("`import portkey_admin`, whole process", 0.25, _each(imports, "seconds"))
    yield _at_most(
        "one shot over http: import, client, one create, exit", 1.0, _each(once, "seconds")
    )
    yield _at_most("peak memory of one create", 1.05, _each(once, "kib"))
    for name in _COMMANDS:
        pair = {"ours": cpu[name], "click": cpu["click"]}
        yield _at_most(f"`portkey-admin`: {name}, processor time", 1.60, pair, to="click")


def _each(samples: Mapping[str, list[measure.Process]], field: str) -> dict[str, list[float]]:
    return {name: [getattr(each, field) for each in taken] for name, taken in samples.items()}


def _calls(url: str) -> Iterator[Row]:
    """Measure calls over an open connection."""
    found = {}
    for mode, clients, times in (
        ("sync", SYNC, 60),
        ("async", ASYNC, 60),
        ("together", TOGETHER, 250),
    ):
        with measure.workers(clients, mode, url) as of:
            for call in of.values():
                call(times)
            found[mode] = rounds({name: partial(call, times) for name, call in of.items()}, _ROUNDS)
    yield _at_most("sync call, median, checks and deadline on", 1.12, found["sync"])
    yield _at_most("async call, one after the other", 0.70, found["async"])
    rates = {name: [1 / each for each in taken] for name, taken in found["together"].items()}
    aiohttp = {"ours": rates.pop("aiohttp"), "httpx": rates["httpx"]}
    yield _row("async, 50 at once, calls per second", 4, rates, "least")
    yield _row("the same with `httpx-aiohttp`'s transport", 4, aiohttp, "least")


def _gathers(url: str) -> Iterator[Row]:
    """Measure thousands of calls in one `asyncio.gather`."""
    for count in (1000, 10000):
        with measure.workers(["ours"], "gather", url) as of:
            found = of["ours"](count)
        created, each = found["created"], found["kib"] / count
        came = f"{created:,} created, {each:.1f} KiB per call, {found['seconds']:.1f} s"
        yield Row(f"async, {count:,} in one gather", "all succeed", came, created == count)


def _alone() -> Iterator[Row]:
    """Measure absolute numbers, which are not compared with other clients."""
    for what, code, goal, factor, unit, digits in (
        ("building a client, after the first", _SECOND_CLIENT, 1, 1e3, "ms", 2),
        ("checks of a full body", _CHECKS, 50, 1e6, "µs", 0),
    ):
        taken = float(printed("ours", "-c", code)) * factor
        yield Row(what, f"at most {goal} {unit}", f"{taken:.{digits}f} {unit}", taken <= goal)
    mine = mebibytes("ours", *_SHARED)
    own = mebibytes("ours", *_SHARED, "dateutil", "python_dateutil", "tzdata")
    size = f"{mine:.2f} MB, {own:.2f} without python-dateutil and its tzdata"
    sdk = {"sdk": f"{mebibytes('sdk', *_SHARED):.0f} MB"}
    yield Row("installed beyond httpx and attrs", "under 1 MB", size, mine < 1, sdk)


def growth(url: str) -> dict[str, dict[str, list[list[float]]]]:
    """Return the lines of each plot of growing costs, as points (x, seconds)."""
    compared = ["httpx", "ours", "requests"]
    number: dict[str, Any] = {client: [] for client in compared}
    size: dict[str, Any] = {client: [] for client in compared}
    with measure.workers(compared, "sync", url) as of:
        for call in of.values():
            call(100)
        for times in (1, 10, 50, 100, 250, 500, 1000):
            taken = rounds({name: partial(call, times) for name, call in of.items()}, 3)
            for name in compared:
                number[name].append([times, statistics.median(taken[name]) * times])
        for kilobytes in (1, 10, 50, 100, 300, 600, 900):
            taken = rounds(
                {name: partial(call, 15, kilobytes * 1000) for name, call in of.items()}, 5
            )
            for name in compared:
                size[name].append([kilobytes, statistics.median(taken[name])])
    operations = []
    for count in (1, 200, 800):
        with regenerating.tree(count) as root:
            operations.append([count, regenerating.regen(root)])
    return {
        "calls over one connection": number,
        "kilobytes of a body": size,
        "operations in regen": {"regen": operations},
    }


def _at_most(what: str, goal: float, samples: Samples, to: str = "httpx") -> Row:
    return _row(what, goal, samples, "most", to)


def _row(what: str, goal: float, samples: Samples, at: str, to: str = "httpx") -> Row:
    low, median, high = measure.ratio(samples, "ours", to)
    others = samples.keys() - {"ours", to}
    medians = {name: f"{measure.ratio(samples, name, to)[1]:.2f}" for name in others}
    reached = median >= goal if at == "least" else median <= goal
    words = f"{median:.2f} ({low:.2f} to {high:.2f})"
    compared = "" if to == "httpx" else f" times {to}"
    return Row(what, f"at {at} {goal:.2f}{compared}", words, reached, medians)
