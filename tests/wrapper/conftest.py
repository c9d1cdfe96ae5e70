"""Fixtures for the tests of the wrapper."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Iterator

import pytest

from tests.wrapper.caller import Caller
from tests.wrapper.clock import Clock
from tests.wrapper.documents import TLS
from tests.wrapper.inner import Sender

_VARIABLES = ("PORTKEY_API_KEY", "PORTKEY_BASE_URL", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset all variables that the client reads, so that tests do not depend on the user's."""
    for name in os.environ:
        if name in _VARIABLES or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sync", "async"])
def caller(request: pytest.FixtureRequest) -> Caller:
    """Return a caller of each client: every test with it runs twice."""
    return Caller(is_async=request.param == "async")


@pytest.fixture(params=["sync", "async"])
def sender(request: pytest.FixtureRequest) -> Iterator[Sender]:
    """Return a sender of each kind: every test with it runs twice."""
    with asyncio.Runner() as runner:
        yield Sender(runner, is_async=request.param == "async")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of deadlines, and return the new one."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that calls make; they take no time."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(time, "sleep", made.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


@pytest.fixture(scope="session")
def server_tls() -> ssl.SSLContext:
    """Return the context of a TLS server on loopback; tls/authority.pem issued its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context
