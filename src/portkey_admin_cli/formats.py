"""The formats of a created key."""

from __future__ import annotations

import json
import re
import secrets
import shlex
from collections.abc import Callable
from typing import Final

from portkey_admin import CreatedKey

# The control characters of ASCII and Latin-1, and other characters that may end a line.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _env(created: CreatedKey, variable: str) -> bytes:
    """Return a line for `. FILE`, quoted only if the secret needs it."""
    secret = created.key.reveal()
    if _CONTROL.search(secret):
        raise ValueError("the secret has control characters, which --format env cannot represent")
    return f"{variable}={shlex.quote(secret)}\n".encode()


def rescued(created: CreatedKey) -> bytes:
    """Return id, key and object as JSON, which can represent every secret."""
    members = {"id": created.id, "key": created.key.reveal(), "object": created.object}
    return f"{json.dumps(members)}\n".encode()


def _raw(created: CreatedKey, _: str) -> bytes:
    """Return the secret without a line break, which a reader could take for a part of it."""
    return created.key.reveal().encode()


def _github(created: CreatedKey, variable: str) -> bytes:
    """Return an entry for GITHUB_OUTPUT and GITHUB_ENV, which can represent every secret.

    It begins with a line break in case the last line has none; the runner ignores empty lines.
    """
    end = f"end-{secrets.token_hex(16)}"
    return f"\n{variable}<<{end}\n{created.key.reveal()}\n{end}\n".encode()


def github_mask(created: CreatedKey) -> bytes:
    """Return the workflow command that keeps the secret out of the job's log."""
    escaped = created.key.reveal().replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::add-mask::{escaped}\n".encode()


def _json(created: CreatedKey, _: str) -> bytes:
    return rescued(created)


FORMATS: Final[dict[str, Callable[[CreatedKey, str], bytes]]] = {
    "raw": _raw,
    "env": _env,
    "json": _json,
    "github": _github,
}
