"""The questions that a terminal shows, with typed answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from portkey_admin_stub import Stub
from tests.cli.command import CREATE, files, run
from tests.faults.faults import ADMIN_KEY, KEY_ID


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make stdin a terminal."""
    for module in ("admin_key", "keeping"):
        monkeypatch.setattr(f"portkey_admin_cli.{module}.is_terminal", lambda _: True)


@pytest.mark.parametrize(
    ("typed", "code", "shown", "sent"),
    [
        ("y\n", 0, f"deleted {KEY_ID}", ["DELETE"]),
        ("n\n", 3, "nothing was changed", []),
        ("\n", 3, "nothing was changed", []),
        ("", 3, "nothing was changed", []),
    ],
)
def test_delete_needs_the_answer_yes(
    typed: str, code: int, shown: str, sent: list[str], stub: Stub
) -> None:
    """Any other answer, or none, leaves the key unchanged."""
    done = run("delete", KEY_ID, stdin=typed)
    assert (done.code, [each.method for each in stub.exchanges]) == (code, sent)
    assert f"Delete the key {KEY_ID}? [y/N]:" in done.err
    assert shown in done.err.splitlines()
    assert b"Delete" not in done.out


def test_yes_asks_no_question(stub: Stub) -> None:
    """With --yes, a key is deleted without a question."""
    done = run("delete", KEY_ID, "--yes")
    assert (done.code, done.out, done.err) == (0, b"", f"deleted {KEY_ID}\n")
    assert [each.method for each in stub.exchanges] == ["DELETE"]


def test_the_typed_admin_key_is_used(stub: Stub, work: Path) -> None:
    """The admin key is asked for on stderr, and is not shown."""
    done = run(*CREATE, "--output", "key", PORTKEY_API_KEY="", stdin=f"{ADMIN_KEY}\n")
    [exchange] = stub.exchanges
    assert (done.code, files(work)) == (0, {"key": exchange.answer["key"].encode()})
    assert (
        f'created "ci" (id {exchange.answer["id"]}); the secret is in key' in done.err.splitlines()
    )
    assert "Admin key:" in done.err
    assert b"Admin key" not in done.out


def test_an_admin_key_that_is_not_typed_is_an_error(stub: Stub) -> None:
    """If the prompt gets no input, nothing is sent."""
    done = run(*CREATE, "--output", "key", PORTKEY_API_KEY="")
    assert (done.code, stub.exchanges) == (2, [])
    assert done.problems == ["the admin key is required, but the prompt got no input"]
