"""What README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from portkey_admin.stub import Stub
from portkey_admin.stub.server import serve
from tests.conformance.documents import DOCUMENT

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]

# The server that README's self-hosted example speaks to.
SELF_HOSTED = "https://portkey.example.com/v1"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve the stub, at any free port."""
    with serve(Stub(DOCUMENT, api_key="the-admin-key")) as url:
        yield url


def test_knows_every_kind_of_block() -> None:
    """There is no block in README that no test looks at."""
    assert {kind for kind, _ in BLOCKS} == {"sh", "python", "text"}


@pytest.mark.parametrize("number", [n for n, (kind, _) in enumerate(BLOCKS) if kind == "python"])
def test_examples_run(number: int, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each Python example runs against the stub and prints what the block below it shows."""
    monkeypatch.setenv("PORTKEY_API_KEY", "the-admin-key")
    monkeypatch.setenv("PORTKEY_BASE_URL", server)
    source = BLOCKS[number][1].replace(SELF_HOSTED, server)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "README.md", "exec"), {})  # noqa: S102 - our own README
    kind, text = BLOCKS[number + 1] if number + 1 < len(BLOCKS) else ("", "")
    if kind == "text":
        assert printed.getvalue() == text


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("make ")])
def test_commands_exist(command: str) -> None:
    """Each make command names a target; what they do is tested where they are at home."""
    result = subprocess.run(
        ["make", "--dry-run", *command.split()[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_knows_every_command() -> None:
    """README's commands are make's, and the installation that test_wheel does."""
    others = [each for each in COMMANDS if not each.startswith("make ")]
    assert others == ["pip install portkey-admin"]


def test_demo_shows_every_key_and_no_secret() -> None:
    """The demo creates each key with both clients, and shows neither their secrets nor its own."""
    result = subprocess.run(
        ["make", "demo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("POST /v1/api-keys/") == 8
    assert result.stdout.count("Secret('**********')") == 8
    assert "8 keys were created" in result.stdout
    assert "abssofjosfjs" not in result.stdout


def test_help_lists_every_target() -> None:
    """`make help` has a line for each target."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    listed = subprocess.run(
        ["make", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert set(re.findall(r"^  make (\S+)", listed, re.MULTILINE)) == targets
