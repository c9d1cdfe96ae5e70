"""How tests are run: which cases properties draw, in which order, and by how many workers."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Generator
from random import Random

import pytest
from hypothesis import Phase, settings

# Without the phase `explain`: it is slow, and a failure shows its minimal case anyway.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)

# No test depends on the machine's proxies; some set their own.
for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
    del os.environ[name]

settings.register_profile(
    "ci", derandomize=True, max_examples=100, database=None, deadline=None, phases=_PHASES
)
settings.register_profile("local", max_examples=30, deadline=None, phases=_PHASES)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector away from the 400,000 objects that live until the last test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Run two workers more than there are cores: many tests wait for a deadline or a process."""
    return (yield) + 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --case, for the case of a failed property, and --shuffle, for another order."""
    parser.addoption("--case", metavar="JSON", help="run this conformance case alone")
    parser.addoption("--shuffle", metavar="SEED", type=int, help="run the tests in another order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --case run only the test of one case; without it all others, maybe shuffled."""
    alone = config.getoption("--case") is not None
    items[:] = [item for item in items if ("alone" in getattr(item, "fixturenames", ())) == alone]
    if (seed := config.getoption("--shuffle")) is not None:
        _shuffle(items, Random(seed))


def _shuffle(items: list[pytest.Item], random: Random) -> None:
    """Shuffle the files, and the tests in each: so a file's shared fixtures are made once."""
    files = [list(tests) for _, tests in itertools.groupby(items, lambda item: item.path)]
    random.shuffle(files)
    for tests in files:
        random.shuffle(tests)
    items[:] = itertools.chain.from_iterable(files)
