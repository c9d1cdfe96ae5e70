"""The pytest plugin gives each test a stub and clients, and costs nothing where it is not used."""

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
    """Run pytest on a test file as a user would, after a line of Python; return what it prints."""
    (folder / "test_ours.py").write_text(source, encoding="utf-8")
    program = f"{before}\nimport sys, pytest\nsys.exit(pytest.main(['-q', '-W', 'error']))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={
            **os.environ,
            # The plugins of our own tools load much of what this one loads late.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p portkey_admin_pytest -p no:cacheprovider",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_client_speaks_to_the_stub(
    portkey_stub: PortkeyStub, portkey_client: PortkeyAdmin
) -> None:
    """A key that is created is one of the stub's, and the stub has the request."""
    created = portkey_client.api_keys.create(
        type="workspace", sub_type="service", name="ci", scopes=["logs.view"]
    )
    assert portkey_stub.keys.kept[str(created.id)].secret == created.key
    [exchange] = portkey_stub.exchanges
    assert (exchange.problems, exchange.body["name"]) == ([], "ci")


def test_an_asynchronous_client_speaks_to_the_stub(
    portkey_stub: PortkeyStub, async_portkey_client: AsyncPortkeyAdmin
) -> None:
    """The client works in one event loop after another."""

    async def create() -> CreatedKey:
        return await async_portkey_client.api_keys.create(
            type="workspace", sub_type="service", name="ci", scopes=[]
        )

    ids = [asyncio.run(create()).id for _ in range(2)]
    assert list(portkey_stub.keys.kept) == ids


def test_a_client_without_options_reaches_the_stub(portkey_stub: PortkeyStub) -> None:
    """Code that takes server and key from the environment speaks to the stub."""
    with PortkeyAdmin() as portkey:
        portkey.api_keys.create(type="workspace", sub_type="service", name="ci", scopes=[])
    assert len(portkey_stub.exchanges) == 1


@pytest.mark.parametrize("_time", [1, 2])
def test_each_test_has_a_stub_of_its_own(portkey_stub: PortkeyStub, _time: int) -> None:
    """Neither keys nor exchanges nor faults of another test are there."""
    assert portkey_stub.keys.kept == {}
    assert portkey_stub.exchanges == []
    with PortkeyAdmin() as portkey:
        portkey.api_keys.create(type="workspace", sub_type="service", name="ci", scopes=[])
    portkey_stub.faults.answer(500)


def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    """Each test on the page passes, in the order of the page, and none is left out."""
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


def test_it_loads_nothing_before_it_is_used(tmp_path: Path) -> None:
    """In a run that uses no fixture of it, the plugin has imported pytest alone."""
    code, printed = run_pytest(tmp_path, UNUSED)
    assert (code, "1 passed" in printed) == (0, True), printed


@pytest.mark.parametrize("missing", ["werkzeug", "jsonschema_rs"])
def test_without_the_extra_the_error_names_it(tmp_path: Path, missing: str) -> None:
    """Tests without the fixtures pass, and one with them says what to install."""
    source = "def test_other(): pass\ndef test_ours(portkey_client): pass\n"
    before = f"import sys; sys.modules[{missing!r}] = None"
    code, printed = run_pytest(tmp_path, source, before=before)
    assert code == 1
    assert "1 passed, 1 error" in printed
    assert "pip install 'portkey-admin[stub]'" in printed
    assert "During handling of" not in printed
