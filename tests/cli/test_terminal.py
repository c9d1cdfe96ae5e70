"""A terminal shows the secret only on request, and never the typed admin key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portkey_admin_stub import Stub
from tests.cli.command import CREATE, TO_STDOUT, files, run_on_terminal
from tests.faults.faults import ADMIN_KEY

WARNING = "warning: the terminal shows the secret, and may keep it in its history"


@pytest.fixture
def environment(stub: Stub) -> dict[str, str]:
    """Return the variable that names the server."""
    assert stub.exchanges == []
    return {"PORTKEY_BASE_URL": os.environ["PORTKEY_BASE_URL"], "NO_COLOR": "1"}


def test_create_on_a_terminal_needs_output(environment: dict[str, str], stub: Stub) -> None:
    """Without --output nothing is sent, and the error says what to do."""
    code, shown = run_on_terminal(CREATE, environment)
    assert (code, stub.exchanges) == (2, [])
    assert shown == "error: --output is required: a file for the secret, or - for stdout\r\n"


def test_the_secret_is_shown_once_with_a_warning(environment: dict[str, str], stub: Stub) -> None:
    """With --output - the warning comes first, and the secret is on its own line."""
    code, shown = run_on_terminal(TO_STDOUT, environment)
    secret = stub.exchanges[0].answer["key"]
    lines = shown.splitlines()
    assert (code, len(lines), lines[0]) == (0, 3, WARNING)
    assert secret in lines[1]
    assert shown.count(secret) == 1


def test_terminal_shows_no_secret_with_a_file(
    environment: dict[str, str], stub: Stub, work: Path
) -> None:
    """With a file, the terminal shows only the id and the file."""
    code, shown = run_on_terminal((*CREATE, "--output", "key"), environment)
    [exchange] = stub.exchanges
    assert (code, files(work)) == (0, {"key": exchange.answer["key"].encode()})
    assert shown == f'created "ci" (id {exchange.answer["id"]}); the secret is in key\r\n'


def test_a_dry_run_is_shown(environment: dict[str, str], stub: Stub) -> None:
    """A dry run prints the request on a terminal, because it contains no secret."""
    code, shown = run_on_terminal((*CREATE, "--dry-run"), environment)
    assert (code, stub.exchanges) == (0, [])
    assert "curl --request POST" in shown


def test_the_admin_key_is_typed_unseen(environment: dict[str, str], stub: Stub) -> None:
    """Without a key the command asks for it, and the terminal does not show it."""
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
    """Leaving the prompt sends nothing, and leaves no file."""
    ended, shown = run_on_terminal(
        (*CREATE, "--output", "key"), environment, typed=typed, without_key=True
    )
    assert (ended, stub.exchanges, files(work)) == (code, [], {})
    assert "Traceback" not in shown


def test_problems_are_reported_before_the_prompt(environment: dict[str, str]) -> None:
    """All problems are reported before the user has to type a key."""
    code, shown = run_on_terminal((*TO_STDOUT, "--user-id", "me"), environment, without_key=True)
    assert (code, shown.count("error: ")) == (2, 1)
    assert "Admin key" not in shown


@pytest.mark.parametrize(
    ("variables", "in_colour"), [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_no_color_switches_colours_off(
    variables: dict[str, str],
    in_colour: bool,  # noqa: FBT001
    environment: dict[str, str],
) -> None:
    """Errors are red on a terminal, unless NO_COLOR is set."""
    _, shown = run_on_terminal(CREATE, {**environment, **variables})
    assert ("\x1b[" in shown) == in_colour
    assert "error:" in shown


def test_help_uses_the_width_of_the_terminal(environment: dict[str, str]) -> None:
    """The lines of the help are as long as the terminal is wide."""
    for width in (60, 200):
        _, shown = run_on_terminal(("create", "-h"), {**environment, "COLUMNS": str(width)})
        lines = shown.partition("Examples:")[0].splitlines()
        assert width - 30 < max(map(len, lines)) <= width


def test_the_prompt_is_on_stderr(environment: dict[str, str], work: Path) -> None:
    """With stdout in a file, the terminal has the prompt, and the file only the secret."""
    code, shown = run_on_terminal(
        TO_STDOUT, environment, typed=f"{ADMIN_KEY}\n", without_key=True, stdout=work / "out"
    )
    assert code == 0
    assert shown.startswith("Admin key:")
    assert b"Admin" not in files(work)["out"]
    assert files(work)["out"]


def test_a_prompt_that_is_left_writes_nothing_to_stdout(
    environment: dict[str, str], work: Path
) -> None:
    """Leaving the prompt writes nothing, not even a line break, to stdout."""
    code, _ = run_on_terminal(
        TO_STDOUT, environment, typed="\x04", without_key=True, stdout=work / "out"
    )
    assert (code, files(work)) == (2, {"out": b""})
