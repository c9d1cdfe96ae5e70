"""Where the admin key comes from; never from a flag, which other users of the machine see."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import click

from portkey_admin._secret import Secret
from portkey_admin_cli.body import read_input
from portkey_admin_cli.telling import InvalidInputError, say


def read_admin_key(file: str | None) -> Secret | None:
    """Return the key in `file` (`-` is stdin) or the environment, or None where it can be asked.

    Raises InvalidInputError where there is none.
    """
    if file is not None:
        content = read_input(f"--api-key-file {file}", file).rstrip(b"\r\n")
        _warn_of_readers(file)
        return Secret(content.decode(errors="surrogateescape"))
    if "PORTKEY_API_KEY" in os.environ:
        return Secret(os.environ["PORTKEY_API_KEY"])
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInputError("--api-key-file: there is no admin key; or set PORTKEY_API_KEY")
    return None


def ask_admin_key() -> Secret:
    """Return the key that the user types, unseen. Raises InvalidInputError where none is typed."""
    try:
        return Secret(click.prompt("Admin key", hide_input=True, err=True))
    except click.Abort:
        raise InvalidInputError("--api-key-file: no admin key was typed") from None


def _warn_of_readers(file: str) -> None:
    mode = 0 if file == "-" else Path(file).stat().st_mode
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        say(f"warning: --api-key-file {file}: others may read it; chmod 600 it")
