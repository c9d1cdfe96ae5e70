"""The tests of the command run in an empty folder, with an empty environment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from portkey_admin_stub import Stub
from portkey_admin_stub.server import serve
from tests.conformance.documents import DOCUMENT
from tests.faults.faults import ADMIN_KEY


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's home; the working folder is another empty folder."""
    for name in os.environ:
        if name.startswith(("PORTKEY_", "GITHUB_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("home", "work", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore the signal handlers after each test, because the command never restores them.

    During the test they have their default handlers, as in a foreground process.
    """
    each = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    before = [signal.signal(number, signal.SIG_DFL) for number in each]
    yield
    for number, handler in zip(each, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def work() -> Path:
    """Return the working folder."""
    return Path.cwd()


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """Serve a stub as the server in the environment."""
    stub = Stub(DOCUMENT, api_key=ADMIN_KEY)
    with serve(stub) as url:
        monkeypatch.setenv("PORTKEY_BASE_URL", url)
        yield stub
