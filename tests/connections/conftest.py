"""Fixtures for the tests of the connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpcore
import pytest

from tests.connections.fakes import Driver, Maker
from tests.wrapper.conftest import _empty_environment, clock

__all__ = ["_empty_environment", "clock"]


@pytest.fixture(params=["sync", "async"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Return a driver of each transport, synchronous and asynchronous."""
    with asyncio.Runner() as runner:
        yield Driver(runner, is_async=request.param == "async")


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Return a replacement for the function that makes connections in httpcore's pools."""
    maker = Maker()
    for pool in (httpcore.ConnectionPool, httpcore.AsyncConnectionPool):
        monkeypatch.setattr(
            pool, "create_connection", lambda _, origin: maker.create_connection(origin)
        )
    return maker
