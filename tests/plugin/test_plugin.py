"""The pytest plugin gives each test a stub and clients, and loads nothing if it is not used."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, PortkeyAdmin
from portkey_admin_stub.portkey import PortkeyStub
from tests.project.documents import blocks


def run_pytest(folder: Path, source: str, *, before: str = "") -> tuple[int, str]:
    """Run a line of Python and then pytest on a test file, as a user would; return the output."""
    (folder / "test_ours.py").write_text(source, encoding="utf-8")
    program = f"{before}\nimport sys, pytest\nsys.exit(pytest.main(['-q', '-W', 'error']))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={
            **os.environ,
            # Without the plugins of our own tools, which load the same modules.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p portkey_admin_pytest -p no:cacheprovider",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_client_calls_the_stub(portkey_stub: PortkeyStub, portkey_client: PortkeyAdmin) -> None:
    """A key that the client creates is in the stub, which has recorded the request."""
    created = portkey_client.api_keys.create(
        type="workspace", sub_type="service", name="ci", scopes=["logs.view"]
    )
    assert portkey_stub.keys.kept[str(created.id)].secret == created.key
    [exchange] = portkey_stub.exchanges
    assert (exchange.problems, exchange.body["name"]) == ([], "ci")


def test_asynchronous_client_calls_the_stub(
    portkey_stub: PortkeyStub, async_portkey_client: AsyncPortkeyAdmin
) -> None:
    """The client works in several event loops, one after another."""

    async def create() -> CreatedKey:
        return await async_portkey_client.api_keys.create(
            type="workspace", sub_type="service", name="ci", scopes=[]
        )

    ids = [asyncio.run(create()).id for _ in range(2)]
    assert list(portkey_stub.keys.kept) == ids


def test_client_without_options_calls_the_stub(portkey_stub: PortkeyStub) -> None:
    """Code that reads server and key from the environment calls the stub."""
    with PortkeyAdmin() as portkey:
        portkey.api_keys.create(type="workspace", sub_type="service", name="ci", scopes=[])
    assert len(portkey_stub.exchanges) == 1


@pytest.mark.parametrize("_time", [1, 2])
def test_each_test_has_a_new_stub(portkey_stub: PortkeyStub, _time: int) -> None:
    """A test sees no keys, exchanges or faults of another test."""
    assert portkey_stub.keys.kept == {}
    assert portkey_stub.exchanges == []
    with PortkeyAdmin() as portkey:
        portkey.api_keys.create(type="workspace", sub_type="service", name="ci", scopes=[])
    portkey_stub.faults.answer(500)


def test_examples_of_the_page_pass(tmp_path: Path) -> None:
    """All tests on the documentation page pass, in its order."""
    source = "\n\n".join(each.text for each in blocks("docs/testing.md") if each.kind == "python")
    count = len(re.findall("^def test_", source, re.MULTILINE))
    code, printed = run_pytest(tmp_path, source)
    assert (code, f"{count} passed" in printed) == (0, True), printed
    assert count > 5


NEEDED = ("httpx", "jsonschema_rs", "portkey_admin", "portkey_admin_stub", "werkzeug")
UNUSED = f"""
import sys

def test_nothing_is_loaded():
    assert "portkey_admin_pytest" in sys.modules
    assert not sys.modules.keys() & set({NEEDED!r})
"""


def test_loads_nothing_before_it_is_used(tmp_path: Path) -> None:
    """In a run that uses none of its fixtures, the plugin has imported only pytest."""
    code, printed = run_pytest(tmp_path, UNUSED)
    assert (code, "1 passed" in printed) == (0, True), printed


@pytest.mark.parametrize("missing", ["werkzeug", "jsonschema_rs"])
def test_missing_extra_is_named(tmp_path: Path, missing: str) -> None:
    """Without the extra, tests without the fixtures pass, and others fail with what to install."""
    source = "def test_other(): pass\ndef test_ours(portkey_client): pass\n"
    before = f"import sys; sys.modules[{missing!r}] = None"
    code, printed = run_pytest(tmp_path, source, before=before)
    assert code == 1
    assert "1 passed, 1 error" in printed
    assert "pip install 'portkey-admin[stub]'" in printed
    assert "During handling of" not in printed
