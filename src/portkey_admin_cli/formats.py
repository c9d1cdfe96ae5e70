"""How a created key is written."""

from __future__ import annotations

import json
import re
import secrets
import shlex
from collections.abc import Callable
from typing import Final

from portkey_admin._created import CreatedKey

_VARIABLE: Final = "PORTKEY_API_KEY"
# What ends a line, for one reader or another, and the rest of ASCII's and Latin-1's controls.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _env(created: CreatedKey) -> bytes:
    """Return a line for `. FILE`, without quotes where the secret needs none."""
    secret = created.key.reveal()
    if _CONTROL.search(secret):
        raise ValueError("the secret has control characters, which the format env cannot hold")
    return f"{_VARIABLE}={shlex.quote(secret)}\n".encode()


def _json(created: CreatedKey) -> bytes:
    members = {"id": created.id, "key": created.key.reveal(), "object": created.object}
    return f"{json.dumps(members)}\n".encode()


def _raw(created: CreatedKey) -> bytes:
    """Return the secret, with no line break: what reads it may take one for a part of it."""
    return created.key.reveal().encode()


def _github(created: CreatedKey) -> bytes:
    """Return what GITHUB_OUTPUT and GITHUB_ENV take, whatever the secret or they hold.

    The first line break is for a file whose last line has none; empty lines mean nothing there.
    """
    end = f"end-{secrets.token_hex(16)}"
    return f"\n{_VARIABLE}<<{end}\n{created.key.reveal()}\n{end}\n".encode()


def github_mask(created: CreatedKey) -> bytes:
    """Return the workflow command that keeps the secret out of the job's log."""
    escaped = created.key.reveal().replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::add-mask::{escaped}\n".encode()


FORMATS: Final[dict[str, Callable[[CreatedKey], bytes]]] = {
    "raw": _raw,
    "env": _env,
    "json": _json,
    "github": _github,
}
