"""On a terminal the secret is shown when asked for alone, and the admin key is typed unseen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portkey_admin_stub import Stub
from tests.cli.command import CREATE, files, run_on_terminal
from tests.faults.faults import ADMIN_KEY

WARNING = "warning: this terminal shows the secret, this once, and may keep it in its history"


@pytest.fixture
def environment(stub: Stub) -> dict[str, str]:
    """Return the variable that names the server."""
    assert stub.exchanges == []
    return {"PORTKEY_BASE_URL": os.environ["PORTKEY_BASE_URL"]}


@pytest.mark.parametrize("style", ["raw", "github"])
def test_nothing_is_shown_unless_asked_for(
    style: str, environment: dict[str, str], stub: Stub, work: Path
) -> None:
    """Without --show and --output nothing is sent, and the line says what can be done."""
    work.joinpath("runner").touch()
    code, shown = run_on_terminal(
        (*CREATE, "--format", style), {**environment, "GITHUB_OUTPUT": "runner"}
    )
    assert (code, stub.exchanges) == (2, [])
    assert shown.startswith("error: --output: say in which file to store the secret, or pipe it")
    assert "--show" in shown


@pytest.mark.parametrize("style", ["raw", "json"])
def test_the_secret_is_shown_once_with_a_warning(
    style: str, environment: dict[str, str], stub: Stub
) -> None:
    """With --show the warning is first, and the secret is on a line of its own."""
    code, shown = run_on_terminal((*CREATE, "--show", "--format", style), environment)
    secret = stub.exchanges[0].answer["key"]
    lines = shown.splitlines()
    assert (code, len(lines), lines[0]) == (0, 3, WARNING)
    assert secret in lines[1]
    assert shown.count(secret) == 1


def test_a_file_leaves_the_terminal_without_a_secret(
    environment: dict[str, str], stub: Stub, work: Path
) -> None:
    """With --output the terminal has the id alone."""
    code, shown = run_on_terminal((*CREATE, "--output", "key"), environment)
    [exchange] = stub.exchanges
    assert (code, files(work)) == (0, {"key": exchange.answer["key"].encode()})
    assert shown == f"created the key {exchange.answer['id']}\r\n"


def test_a_dry_run_is_shown(environment: dict[str, str], stub: Stub) -> None:
    """A dry run shows the request on a terminal: there is no secret in it."""
    code, shown = run_on_terminal((*CREATE, "--dry-run"), environment)
    assert (code, stub.exchanges) == (0, [])
    assert "curl --request POST" in shown


def test_the_admin_key_is_typed_unseen(environment: dict[str, str], stub: Stub) -> None:
    """Without a key the terminal asks for it, and does not show what is typed."""
    code, shown = run_on_terminal(
        (*CREATE, "--output", "key"), environment, typed=f"{ADMIN_KEY}\n", without_key=True
    )
    assert (code, stub.exchanges[0].status) == (0, 200)
    assert shown.startswith("Admin key:")
    assert ADMIN_KEY not in shown


@pytest.mark.parametrize(("typed", "code"), [("\x03", 3), ("\x04", 2)], ids=["Ctrl-C", "Ctrl-D"])
def test_a_prompt_can_be_left(
    typed: str, code: int, environment: dict[str, str], stub: Stub, work: Path
) -> None:
    """Who types no key sends nothing, and leaves no file."""
    ended, shown = run_on_terminal(
        (*CREATE, "--output", "key"), environment, typed=typed, without_key=True
    )
    assert (ended, stub.exchanges, files(work)) == (code, [], {})
    assert "Traceback" not in shown


def test_nothing_is_asked_where_something_is_wrong(environment: dict[str, str]) -> None:
    """What is wrong is told before anybody types a key."""
    code, shown = run_on_terminal((*CREATE, "--user-id", "me"), environment, without_key=True)
    assert (code, shown.count("error: ")) == (2, 2)
    assert "Admin key" not in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}])
def test_there_are_no_colours(variables: dict[str, str], environment: dict[str, str]) -> None:
    """No control sequence is written, whatever the environment says."""
    for arguments in (("create", "--help"), CREATE):
        _, shown = run_on_terminal(arguments, {**variables, **environment})
        assert shown
        assert "\x1b" not in shown
