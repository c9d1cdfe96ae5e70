"""How property tests draw their cases: the same ones in CI, other ones at each local run."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings

# Not explain: it takes longer than all else, and a failure shows its minimal case anyway.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)

# No test depends on the proxies of the machine that it runs on; some set their own.
for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
    del os.environ[name]

settings.register_profile(
    "ci", derandomize=True, max_examples=200, database=None, deadline=None, phases=_PHASES
)
settings.register_profile("local", max_examples=100, deadline=None, phases=_PHASES)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take one case, as a failed property prints it."""
    parser.addoption("--case", metavar="JSON", help="run this conformance case alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --case run the test of one case and no other; without it, all others."""
    alone = config.getoption("--case") is not None
    items[:] = [item for item in items if ("alone" in getattr(item, "fixturenames", ())) == alone]
