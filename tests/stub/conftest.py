"""Fixtures for the tests of the stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portkey_admin_stub.server import serve

from .wire import Reply, Request, Send, in_process, over_socket

if TYPE_CHECKING:
    from portkey_admin_stub import Stub


@pytest.fixture(params=["in process", "over a socket"])
def send(request: pytest.FixtureRequest) -> Send:
    """Return a function that sends requests; every test with it runs with both ways."""
    if request.param == "in process":
        return in_process

    def sent(stub: Stub, written: Request) -> Reply:
        with serve(stub) as base_url:
            return over_socket(base_url, written)

    return sent
