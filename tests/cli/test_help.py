"""The help of each command is the text in help.txt; run this module to write that text again."""

from __future__ import annotations

import difflib
from pathlib import Path

from portkey_admin_cli.commands import portkey_admin
from tests.cli.command import run

STORED = Path(__file__).with_name("help.txt")
RENEW = "Is the help as you want it? Then run: .venv/bin/python -m tests.cli.test_help"


def printed_help() -> str:
    """Return the help of the program and of each command, except that of the stub's parser."""
    names = sorted({*portkey_admin.commands} - {"stub"})
    texts = []
    for words in ([], *([name] for name in names)):
        title = " ".join(["$ portkey-admin", *words, "--help"])
        texts.append(f"{title}\n{run(*words, '--help').out.decode()}")
    return "\n".join(texts)


def test_help_is_the_stored_text() -> None:
    """The help of each command is complete and unchanged."""
    stored = STORED.read_text(encoding="utf-8").splitlines(keepends=True)
    printed = printed_help().splitlines(keepends=True)
    diff = "".join(difflib.unified_diff(stored, printed, "help.txt", "--help"))
    assert not diff, f"{RENEW}\n{diff}"


if __name__ == "__main__":
    STORED.write_text(printed_help(), encoding="utf-8")
