"""How property tests draw their cases: the same ones in CI, other ones at each local run."""

from __future__ import annotations

import itertools
import os
from random import Random

import pytest
from hypothesis import Phase, settings

# Not explain: it takes longer than all else, and a failure shows its minimal case anyway.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)

# No test depends on the proxies of the machine that it runs on; some set their own.
for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
    del os.environ[name]

settings.register_profile(
    "ci", derandomize=True, max_examples=100, database=None, deadline=None, phases=_PHASES
)
settings.register_profile("local", max_examples=50, deadline=None, phases=_PHASES)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take one case, as a failed property prints it, and the seed of another order."""
    parser.addoption("--case", metavar="JSON", help="run this conformance case alone")
    parser.addoption("--shuffle", metavar="SEED", type=int, help="run the tests in another order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --case run the test of one case and no other; without it, all others, maybe shuffled."""
    alone = config.getoption("--case") is not None
    items[:] = [item for item in items if ("alone" in getattr(item, "fixturenames", ())) == alone]
    if (seed := config.getoption("--shuffle")) is not None:
        _shuffle(items, Random(seed))


def _shuffle(items: list[pytest.Item], random: Random) -> None:
    """Change the order of the files, and of the tests in each: what a file shares is made once."""
    files = [list(tests) for _, tests in itertools.groupby(items, lambda item: item.path)]
    random.shuffle(files)
    for tests in files:
        random.shuffle(tests)
    items[:] = itertools.chain.from_iterable(files)
