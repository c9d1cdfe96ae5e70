"""pytest fixtures for tests of code that uses portkey_admin: a stub of Portkey, and its clients.

pytest loads this module in every run, so it imports nothing before a fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
    from portkey_admin_stub.portkey import PortkeyStub

_KEY = "a-key-for-tests"


@pytest.fixture
def portkey_stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[PortkeyStub]:
    """A stub of Portkey on loopback, without keys.

    PORTKEY_BASE_URL and PORTKEY_API_KEY are set, so that `PortkeyAdmin()` uses the stub.
    `exchanges` has the requests and answers, `keys` the keys, and `faults` takes the next faults.
    """
    try:
        from portkey_admin_stub.portkey import serve_portkey  # noqa: PLC0415 - needs the extra
    except ImportError as error:
        reason = f"{error}; the fixture needs: pip install 'portkey-admin[stub]'"
        raise pytest.fail.Exception(reason, pytrace=False) from None
    with serve_portkey() as stub:
        monkeypatch.setenv("PORTKEY_BASE_URL", stub.url)
        monkeypatch.setenv("PORTKEY_API_KEY", _KEY)
        yield stub


@pytest.fixture
def portkey_client(portkey_stub: PortkeyStub) -> Iterator[PortkeyAdmin]:
    """A client that is connected to the stub."""
    from portkey_admin import PortkeyAdmin  # noqa: PLC0415 - few tests need it

    with PortkeyAdmin(_KEY, server=portkey_stub.url) as client:
        yield client


@pytest.fixture
def async_portkey_client(portkey_stub: PortkeyStub) -> AsyncPortkeyAdmin:
    """An asynchronous client that is connected to the stub; a test need not close it."""
    from portkey_admin import AsyncPortkeyAdmin  # noqa: PLC0415 - few tests need it

    # The stub closes each connection after its answer, so that none is left open.
    return AsyncPortkeyAdmin(_KEY, server=portkey_stub.url)
