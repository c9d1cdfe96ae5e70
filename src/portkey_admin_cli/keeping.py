"""Runs `portkey-admin list`, `show` and `delete`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from portkey_admin import PortkeyAdmin
from portkey_admin_cli import dry_run
from portkey_admin_cli.admin_key import ask_admin_key
from portkey_admin_cli.body import Body, assemble
from portkey_admin_cli.connection import read_client
from portkey_admin_cli.output import (
    CREATED,
    NOT_SENT,
    Problems,
    exit_on_error,
    is_terminal,
    print_line,
)
from portkey_admin_cli.records import members_of, print_json, print_table
from portkey_admin_cli.sending import change, raise_at_signals


def list_keys(options: Mapping[str, Any]) -> None:
    """Print the keys of a workspace or a name, or all of them."""
    name, workspace = options["name"], options["workspace_id"]
    only = {} if workspace is None else {"workspace_id": workspace}
    with _client(options, Problems()) as portkey:
        api_keys = portkey.api_keys
        keys = api_keys.list(**only) if name is None else api_keys.find(name, **only)
        if is_terminal(sys.stdout) and not options["as_json"]:
            print_table(keys)
        else:
            print_json([members_of(key) for key in keys])


def show(key_id: str, options: Mapping[str, Any]) -> None:
    """Print a key as JSON."""
    with _client(options, Problems(), _body("retrieve", key_id)) as portkey:
        print_json(members_of(portkey.api_keys.retrieve(key_id)))


def delete(key_id: str, options: Mapping[str, Any]) -> None:
    """Delete a key, and end the process with its exit code."""
    problems = Problems()
    if not (options["yes"] or is_terminal(sys.stdin)):
        problems.append("--yes is required, because stdin is not a terminal")
    with _client(options, problems, _body("delete", key_id)) as portkey:
        if not (options["yes"] or _confirms(f"Delete the key {key_id}?")):
            print_line("nothing was changed")
            sys.exit(NOT_SENT)
        code = change(partial(portkey.api_keys.delete, key_id), "delete", f"show {key_id}")
        if code == CREATED and not options["quiet"]:
            print_line(f"deleted {key_id}")
        sys.exit(code)


def _confirms(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        return False


def _body(method: str, key_id: str) -> Body:
    return assemble({"id": key_id}, (), "", None, method=method)


@contextmanager
def _client(
    options: Mapping[str, Any], problems: Problems, body: Body | None = None
) -> Iterator[PortkeyAdmin]:
    """Yield a client after checking `body`; a failure ends the process with its exit code."""
    raise_at_signals()
    with exit_on_error("nothing was changed"):
        api_key, client = read_client(options, problems, needs_key=True)
        with problems:
            if body:
                dry_run.check(body, api_key)
        problems.check()
        with PortkeyAdmin(api_key or ask_admin_key(), **client) as portkey:
            yield portkey
