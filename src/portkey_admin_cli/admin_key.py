"""Reads the admin key from a file, the environment or a prompt; others could read a flag."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Final

import click

from portkey_admin import Secret
from portkey_admin_cli.body_file import read_input
from portkey_admin_cli.output import InvalidInputError, is_terminal, print_warning

# Its value is never shown: it may be the key itself, passed to the wrong flag.
_OPTION: Final = "--api-key-file"


def read_admin_key(file: str | None) -> Secret | None:
    """Return the key from `file` (`-` is stdin) or from the environment, or None.

    An empty variable counts as unset: in CI, the variable of a missing secret is empty.
    """
    if file is not None:
        content = read_input(f"{_OPTION} (must be the name of a file)", file).rstrip(b"\r\n")
        _warn_of_readers(file)
        return Secret(content.decode(errors="surrogateescape"))
    key = os.environ.get("PORTKEY_API_KEY")
    return Secret(key) if key else None


def require_terminal() -> None:
    """Raise InvalidInputError if stdin is no terminal to ask for the key."""
    if not is_terminal(sys.stdin):
        raise InvalidInputError(f"the admin key is required: set PORTKEY_API_KEY, or use {_OPTION}")


def ask_admin_key() -> Secret:
    """Return the key that the user types, hidden. Raises InvalidInputError if there is no input."""
    try:
        return Secret(click.prompt("Admin key", hide_input=True, err=True))
    except click.Abort:
        raise InvalidInputError("the admin key is required, but the prompt got no input") from None


def stand_in() -> Secret:
    """Return a random key for checks without a key; no text contains it, so it masks nothing."""
    return Secret(secrets.token_urlsafe())


def _warn_of_readers(file: str) -> None:
    mode = 0 if file == "-" else Path(file).stat().st_mode
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        print_warning(f"other users can read the file of {_OPTION}; run chmod 600 on it")
