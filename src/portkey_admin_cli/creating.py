"""Runs `portkey-admin create`, `update`, `rotate` and `check`."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Final, NoReturn

from portkey_admin import PortkeyAdmin
from portkey_admin_cli import dry_run
from portkey_admin_cli.admin_key import ask_admin_key, read_admin_key, stand_in
from portkey_admin_cli.body import assemble
from portkey_admin_cli.connection import read_client
from portkey_admin_cli.flags import Flag
from portkey_admin_cli.output import (
    CREATED,
    InvalidInputError,
    Problems,
    exit_on_error,
    print_line,
    print_lines,
    write,
)
from portkey_admin_cli.sending import (
    Destination,
    change,
    create_and_store,
    quoted,
    raise_at_signals,
)
from portkey_admin_cli.storing import opened
from portkey_admin_cli.suspicious import warnings

_VARIABLE: Final = "PORTKEY_CREATED_API_KEY"
_WITH_VARIABLE: Final = ("env", "github")


def send(method: str, options: Mapping[str, Any], flags: tuple[Flag, ...]) -> NoReturn:
    """Create, update or rotate a key or print the request; end the process with its exit code."""
    raise_at_signals()
    with exit_on_error():
        sys.exit(_send(method, options, flags))


def check(file: str, path: Mapping[str, Any], *, allow_unknown: bool) -> None:
    """Check a file with a body; end the process with an exit code if it is not valid."""
    with exit_on_error():
        body = assemble(path, (), "FILE", file, allow_unknown=allow_unknown)
        dry_run.check(body, read_admin_key(None))
        print_lines([*warnings(body)], "warning")
        print_line(f"{file}: valid")


def _send(method: str, options: Mapping[str, Any], flags: tuple[Flag, ...]) -> int:
    """Check everything, then send or print the request; return the exit code."""
    # rotate has neither --body nor --allow-unknown.
    problems, file = Problems(), options.get("file")
    has_secret = method != "update"
    with ExitStack() as stack:
        if has_secret:
            problems += _contradictions(options)
        api_key, client = read_client(options, problems, file, needs_key=not options["dry_run"])
        with problems:
            allow = options.get("allow_unknown") is True
            body = assemble(options, flags, "--body", file, allow_unknown=allow, method=method)
            is_empty = body.arguments.keys() <= {"id", "extra"} and not body.arguments.get("extra")
            if method == "update" and is_empty and not body.problems:
                raise InvalidInputError("nothing to change: pass a flag, or --body")
            dry_run.check(body, api_key)
        with problems:
            if has_secret:
                store, place = _opened(options, stack)
        problems.check()
        if not options["quiet"]:
            print_lines([*warnings(body)], "warning")
        if options["dry_run"]:
            write(sys.stdout, dry_run.describe(body, api_key or stand_in(), client).encode())
            return CREATED
        portkey = stack.enter_context(PortkeyAdmin(api_key or ask_admin_key(), **client))
        call = partial(getattr(portkey.api_keys, method), **body.arguments)
        if not has_secret:
            code = change(call, method, f"show {options['id']}")
            if code == CREATED and not options["quiet"]:
                print_line(f"updated {options['id']}")
            return code
        destination = Destination(store, place, options["as_json"], options["quiet"])
        if method == "rotate":
            hint = f"show {options['id']}"
            return create_and_store(call, method, "rotated the key", hint, destination)
        name = body.arguments["name"]
        hint = f"list --name {shlex.quote(name)}"
        destination = destination._replace(members={"name": name})
        return create_and_store(call, method, f"created {quoted(name)}", hint, destination)


def _opened(options: Mapping[str, Any], stack: ExitStack) -> tuple[Callable[[Any], None], str]:
    """Return the function that stores the key, and the place; a dry run uses neither."""
    if options["dry_run"] and options["output"] is None:
        return print, ""
    variable = options["variable"] or _VARIABLE
    destination = opened(options["output"], options["style"], variable, force=options["force"])
    return stack.enter_context(destination)


def _contradictions(options: Mapping[str, Any]) -> list[str]:
    """Return the problems of options for the secret that are invalid, or cannot be combined."""
    style, variable = options["style"], options["variable"]
    found = {
        "--json cannot be combined with --output - or --format github, which use stdout": (
            options["as_json"] and (options["output"] == "-" or style == "github")
        ),
        "--variable is for --format env and --format github": (
            variable is not None and style not in _WITH_VARIABLE
        ),
        "--variable must be a name of letters, digits and _": (
            variable is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable)
        ),
    }
    return [problem for problem, holds in found.items() if holds]
