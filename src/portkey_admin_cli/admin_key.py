"""The admin key: from a file, the environment or a prompt, never from a flag that others see."""

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

# Its value is never shown: it may be the key itself, given to the wrong flag.
_OPTION: Final = "--api-key-file"


def read_admin_key(file: str | None) -> Secret | None:
    """Return the key in `file` (`-` is stdin) or in the environment, if there is one.

    An empty variable is none: CI has it where a secret is not available.
    """
    if file is not None:
        content = read_input(f"{_OPTION} (must be the name of a file)", file).rstrip(b"\r\n")
        _warn_of_readers(file)
        return Secret(content.decode(errors="surrogateescape"))
    key = os.environ.get("PORTKEY_API_KEY")
    return Secret(key) if key else None


def require_terminal() -> None:
    """Raise InvalidInputError if nobody can be asked for the key."""
    if not is_terminal(sys.stdin):
        raise InvalidInputError(f"the admin key is required: set PORTKEY_API_KEY, or use {_OPTION}")


def ask_admin_key() -> Secret:
    """Return the key that the user types, unseen. Raises InvalidInputError for none."""
    try:
        return Secret(click.prompt("Admin key", hide_input=True, err=True))
    except click.Abort:
        raise InvalidInputError("the admin key is required: none was typed") from None


def stand_in() -> Secret:
    """Return a key for checks that need none; it stands in no text, so that it masks nothing."""
    return Secret(secrets.token_urlsafe())


def _warn_of_readers(file: str) -> None:
    mode = 0 if file == "-" else Path(file).stat().st_mode
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        print_warning(f"others may read the file of {_OPTION}; run chmod 600 on it")
