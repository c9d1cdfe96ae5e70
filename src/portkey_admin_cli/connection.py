"""The options of the client, and the admin key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from portkey_admin import PortkeyAdmin, Secret
from portkey_admin_cli.admin_key import read_admin_key, require_terminal, stand_in
from portkey_admin_cli.flags import operation
from portkey_admin_cli.output import InvalidInputError, Problems

_CLIENT: Final = ("server", "allow_http", "deadline", "ca_file")
_OF_SECRETS: Final = ("authorization", "cookie", "proxy-authorization")


def read_client(
    options: Mapping[str, Any], problems: Problems, file: str | None = None, *, needs_key: bool
) -> tuple[Secret | None, dict[str, Any]]:
    """Return the admin key, or None to ask for it, and the client's other options.

    Problems are added to `problems`. `file` is the input, which may be stdin.
    """
    api_key: Secret | None = None
    client = {name: options[name] for name in _CLIENT if options[name] is not None}
    with problems:
        client["headers"] = _headers(options["headers"])
    with problems:
        client |= _proxy(options["proxy"])
    with problems:
        if file == options["api_key_file"] == "-":
            option = "--body" if "file" in options else "FILE"
            raise InvalidInputError(f"--api-key-file - cannot be combined with {option} -")
        api_key = read_admin_key(options["api_key_file"])
        if api_key is None and needs_key:
            require_terminal()
    with problems:
        PortkeyAdmin(api_key or stand_in(), **client).close()
    return api_key, client


def server_of(client: Mapping[str, Any]) -> str:
    """Return the URL of the server of a client with these options."""
    given: str = client.get("server") or os.environ.get("PORTKEY_BASE_URL") or operation().server
    return given.rstrip("/")


def _proxy(url: str | None) -> dict[str, str]:
    """Return the proxy as an option of the client. Raises InvalidInputError, without the URL."""
    if url is not None and "@" in url:
        raise InvalidInputError(
            "--proxy must not contain a user name or password, because others on this machine "
            "can read flags; set HTTPS_PROXY instead"
        )
    return {} if url is None else {"proxy": url}


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    """Return the headers. Raises InvalidInputError, without their values."""
    headers: dict[str, str] = {}
    for each in given:
        name, separator, value = each.partition(":")
        if not separator:
            raise InvalidInputError("--header must be 'Name: value'")
        if name.strip().lower() in {*_OF_SECRETS, operation().api_key_header.lower()}:
            raise InvalidInputError(
                f"--header {name.strip()}: a flag cannot carry a secret, because others can read it"
            )
        headers[name] = value.strip()
    return headers
