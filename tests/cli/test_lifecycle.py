"""The commands list, show, update, rotate and delete, with a stub that remembers keys."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portkey_admin_cli.commands import flags_of, update
from portkey_admin_cli.flags import operation
from portkey_admin_stub import Stub
from portkey_admin_stub.api_keys import ApiKeys
from portkey_admin_stub.server import serve
from tests.cli.command import (
    COMMAND,
    CREATE,
    PATIENCE,
    Done,
    files,
    run,
    run_on_terminal,
    run_shell,
    variables,
)
from tests.conformance.documents import DOCUMENT
from tests.faults.faults import ADMIN_KEY, KEY_ID, SECRET, answer, replies
from tests.faults.server import Connection, FaultServer

COMMANDS = (
    ("list",),
    ("show", KEY_ID),
    ("update", KEY_ID, "--name", "x"),
    ("rotate", KEY_ID, "--output", "key"),
    ("delete", KEY_ID, "--yes"),
)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiKeys]:
    """Serve a stub that remembers keys, as the server in the environment."""
    keys = ApiKeys()
    with serve(Stub(DOCUMENT, api_key=ADMIN_KEY, memory=keys)) as url:
        monkeypatch.setenv("PORTKEY_BASE_URL", url)
        yield keys


def environment() -> dict[str, str]:
    """Return the variables of a process on a terminal."""
    return {"PORTKEY_BASE_URL": os.environ["PORTKEY_BASE_URL"], "NO_COLOR": "1"}


def test_list_prints_json(keys: ApiKeys) -> None:
    """The keys of all pages are objects in one list, without their secrets."""
    ids = [keys.add(name=f"k{number}") for number in range(150)]
    done = run("list")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert {each["id"] for each in found} == set(ids)
    assert not [each for each in found if "key" in each]
    assert not [each for each in keys.kept.values() if each.secret.encode() in done.out]
    assert found[0]["expiry_enforced"] == 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*\+00:00", found[0]["created_at"])


def test_list_selects_keys(keys: ApiKeys) -> None:
    """--name and --workspace-id select keys."""
    wanted = keys.add(name="billing", workspace_id="ws-1")
    keys.add(name="billing", workspace_id="ws-2")
    keys.add(name="Billing", workspace_id="ws-1")
    for options in (("--name", "billing"), ()):
        done = run("list", "--workspace-id", "ws-1", "--json", *options)
        assert (wanted in {each["id"] for each in json.loads(done.out)}) is True
        assert len(json.loads(done.out)) == (1 if options else 2)
    assert len(json.loads(run("list", "--name", "billing").out)) == 2


def test_list_is_a_table_on_a_terminal(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal shows aligned columns without control characters; --json still prints JSON."""
    monkeypatch.setattr("portkey_admin_cli.keeping.is_terminal", lambda _: True)
    first = keys.add(name="a\x1b[2J", workspace_id="ws-1")
    second = keys.add(name="billing", expires_at="2031-01-31T12:00:00Z")
    assert run("list").out.decode().splitlines() == [
        f"ID{' ' * 36}NAME      STATUS  TYPE                  WORKSPACE  EXPIRES AT",
        f"{second}  billing   active  organisation-service  -          2031-01-31T12:00:00+00:00",
        f"{first}  a\\x1b[2J  active  organisation-service  ws-1       -",
    ]
    assert {each["id"] for each in json.loads(run("list", "--json").out)} == {first, second}


def test_list_notices_a_terminal(keys: ApiKeys) -> None:
    """If stdout is a real terminal, the list is a table."""
    keys.add(name="billing")
    code, shown = run_on_terminal(("list",), environment())
    assert (code, shown.split()[:2]) == (0, ["ID", "NAME"])


def test_show(keys: ApiKeys) -> None:
    """`show` prints a key as one JSON object, without its secret."""
    key_id = keys.add(name="billing", scopes=["logs.view"])
    found = json.loads(run("show", key_id).out)
    assert (found["id"], found["name"], found["scopes"]) == (key_id, "billing", ["logs.view"])
    assert "key" not in found
    done = run("show", KEY_ID)
    assert (done.code, done.out) == (4, b"")
    assert "status 404" in done.problems[0]


@pytest.mark.parametrize(
    ("flags", "changed"),
    [
        (("--name", "new"), {"name": "new"}),
        (("--credit-limit", "5"), {"usage_limits": {"credit_limit": 5}}),
        (("--no-usage-limits",), {"usage_limits": None}),
        (("--no-rate-limits", "--no-expires-at"), {"rate_limits": None, "expires_at": None}),
        (("--body", "body.yaml", "--scope", "b"), {"description": "x", "scopes": ["b"]}),
        (("--body", "null.yaml"), {"usage_limits": None}),
        (("--body", "new.yaml", "--allow-unknown"), {}),
    ],
)
def test_update_sends_only_given_fields(
    flags: tuple[str, ...], changed: dict[str, Any], keys: ApiKeys, work: Path
) -> None:
    """Only the fields of flags and file are sent, and null removes a value."""
    work.joinpath("body.yaml").write_text("description: x\nscopes: [a]\n")
    work.joinpath("new.yaml").write_text("new_field: 1\n")
    work.joinpath("null.yaml").write_text("usage_limits: null\n")
    before = {"usage_limits": {"credit_limit": 1}, "rate_limits": [], "description": "old"}
    key_id = keys.add(name="old", expires_at="2031-01-31T12:00:00Z", **before)
    kept = dict(keys.kept[key_id].members)
    done = run("update", key_id, *flags)
    assert (done.code, done.out, done.err) == (0, b"", f"updated {key_id}\n")
    now = dict(keys.kept[key_id].members)
    kept["last_updated_at"] = now["last_updated_at"]
    assert now == {**kept, **changed}


def test_update_resets_the_usage(keys: ApiKeys) -> None:
    """--reset-usage is sent."""
    key_id = keys.add(name="x")
    keys.kept[key_id].used = 5
    assert run("update", key_id, "--reset-usage", "--quiet").err == ""
    assert keys.kept[key_id].used == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("update", KEY_ID), "nothing to change: pass a flag, or --body"),
        (("update", KEY_ID, "--allow-unknown"), "nothing to change: pass a flag, or --body"),
        (("update", "me", "--name", "x"), "ID"),
        (("update", KEY_ID, "--credit-limit", "0"), "--credit-limit: found 0; allowed: "),
        (("update", KEY_ID, "--expires-at", "tomorrow"), "--expires-at must be a date and a time"),
        (
            ("update", KEY_ID, "--no-usage-limits", "--credit-limit", "1"),
            "--credit-limit cannot be combined with --no-usage-limits",
        ),
        (
            ("update", KEY_ID, "--expires-at", "2031-01-31T12:00Z", "--no-expires-at"),
            "--no-expires-at cannot be combined with --expires-at",
        ),
        (("rotate", KEY_ID), "--output is required"),
        (("rotate", "me", "--output", "key"), "ID"),
        (("rotate", KEY_ID, "--output", "key", "--key-transition-period-ms", "5"), "--key-trans"),
        (("rotate", KEY_ID, "--output", "nowhere/key"), "--output nowhere/key: "),
        (("delete", KEY_ID), "--yes is required, because stdin is not a terminal"),
        (("delete", "me", "--yes"), 'ID: found "me"; allowed: a UUID'),
        (("show", "me"), 'ID: found "me"; allowed: a UUID'),
        (("list", "--workspace-id", "\udcff"), '/workspace_id: found "\\udcff"; allowed: '),
    ],
)
def test_mistakes_are_reported_before_any_request(
    arguments: tuple[str, ...], problem: str, stub: Stub
) -> None:
    """Each mistake is reported by its flag, before any request."""
    done = run(*arguments)
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    assert done.problems[0].startswith(problem)


def test_rotate_stores_the_new_secret(keys: ApiKeys, work: Path) -> None:
    """The new secret is stored like that of create, and nowhere else."""
    key_id = keys.add(name="x")
    old = keys.kept[key_id].secret
    done = run("rotate", key_id, "--output", "key", "--json", "--key-transition-period-ms=3600000")
    new = keys.kept[key_id].secret
    assert (done.code, files(work)) == (0, {"key": new.encode()})
    assert old != new
    assert done.err == f"rotated the key (id {key_id}); the secret is in key\n"
    members = json.loads(done.out)
    assert (members["id"], members["secret_in"]) == (key_id, "key")
    assert "key_transition_expires_at" in members
    again = run("rotate", key_id, "--output", "key2")
    assert (again.code, files(work)) == (4, {"key": new.encode()})


def test_a_rotated_secret_that_cannot_be_stored_is_rescued(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rotated secret that cannot be stored goes to the home folder."""

    def script(connection: Connection) -> None:
        connection.read_request()
        monkeypatch.setattr(os, "link", None)
        connection.send(answer())

    with FaultServer(script) as server:
        done = run("rotate", KEY_ID, "--output", "key", "--server", server.url)
    [path] = home.iterdir()
    assert (done.code, json.loads(path.read_bytes())["key"], files(work)) == (6, SECRET, {})
    assert done.problems[0].startswith("the key was rotated, but could not be stored: ")


@pytest.mark.parametrize("method", ["update", "rotate"])
def test_a_dry_run_shows_the_request(method: str, stub: Stub) -> None:
    """A dry run sends nothing, and needs no admin key."""
    flags = ("--name", "x") if method == "update" else ("--key-transition-period-ms", "1800000")
    done = run(method, KEY_ID, *flags, "--dry-run", PORTKEY_API_KEY="")
    assert (done.code, stub.exchanges) == (0, [])
    assert f"/api-keys/{KEY_ID}" in done.out.decode()


def test_delete(keys: ApiKeys) -> None:
    """--yes deletes a key; the second time it does not exist."""
    key_id = keys.add(name="x")
    done = run("delete", key_id, "--yes")
    assert (done.code, done.err, keys.kept) == (0, f"deleted {key_id}\n", {})
    done = run("delete", key_id, "--yes")
    assert (done.code, "deleted" in done.err) == (4, False)
    done = run("update", key_id, "--name", "y")
    assert (done.code, "updated" in done.err) == (4, False)


def test_delete_is_quiet(keys: ApiKeys) -> None:
    """With --quiet a success prints nothing; update does the same."""
    done = run("delete", keys.add(name="x"), "--yes", "--quiet")
    assert (done.code, done.out, done.err, keys.kept) == (0, b"", "", {})


def test_invalid_id_is_refused_before_the_prompt(keys: ApiKeys) -> None:
    """The id is checked before the user is asked to confirm."""
    code, shown = run_on_terminal(("delete", "me"), environment())
    assert (code, "[y/N]" in shown, "error: ID: found" in shown, keys.kept) == (2, False, True, {})


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("\x04", 3)])
def test_delete_asks_on_a_terminal(typed: str, code: int, keys: ApiKeys, work: Path) -> None:
    """Only the answer yes deletes the key, and the question is on stderr."""
    key_id = keys.add(name="x")
    out = work / "out"
    found, shown = run_on_terminal(("delete", key_id), environment(), typed=typed, stdout=out)
    assert files(work) == {"out": b""}
    assert (found, len(keys.kept)) == (code, int(code != 0))
    assert shown.startswith(f"Delete the key {key_id}? [y/N]:")
    assert shown.endswith(f"deleted {key_id}\r\n" if code == 0 else "nothing was changed\r\n")
    assert "Traceback" not in shown


def test_reads_ask_for_the_admin_key_on_a_terminal(keys: ApiKeys) -> None:
    """On a terminal a missing key is asked for."""
    key_id = keys.add(name="billing")
    code, shown = run_on_terminal(
        ("show", key_id), environment(), typed=f"{ADMIN_KEY}\n", without_key=True
    )
    assert (code, '"name": "billing"' in shown) == (0, True)


def test_failing_stdout_is_an_error(keys: ApiKeys) -> None:
    """If the list cannot be printed, the command fails."""
    done = run_shell("portkey-admin list > /dev/full", **environment())
    problem = "stdout: No space left on device; nothing was changed"
    assert (done.code, done.problems, keys.kept) == (3, [problem], {})


@pytest.mark.parametrize("arguments", COMMANDS)
def test_each_outcome_has_a_code(arguments: tuple[str, ...], work: Path) -> None:
    """A refusal, a failure and an unreachable server have the exit codes of create."""
    for status, code in ((403, 4), (500, 5)):
        with FaultServer(replies(answer(b"", status))) as server:
            done = run(*arguments, "--server", server.url)
        assert (done.code, done.out, files(work)) == (code, b"", {})
        assert len(done.problems) == 1
        is_change = arguments[0] in {"update", "rotate", "delete"}
        hint = f"To look it up: portkey-admin show {KEY_ID}"
        assert (hint in done.err) == (is_change and code == 5)
        assert ("; the key may have " in done.problems[0]) == (is_change and code == 5)
        assert "api_keys" not in done.err
    done = run(*arguments, "--server", "http://127.0.0.1:9/v1")
    assert (done.code, len(done.problems)) == (3, 1)


def test_an_unknown_create_names_the_command_that_looks_it_up(keys: ApiKeys) -> None:
    """The printed command lists the keys with that name."""
    key_id = keys.add(name="it's")
    with FaultServer(replies(answer(b"", 500))) as server:
        done = run(*CREATE, "--name", "it's", "--output", "key", "--server", server.url)
    [line] = [each for each in done.err.splitlines() if each.startswith("To look it up: ")]
    program, *arguments = shlex.split(line.removeprefix("To look it up: "))
    assert (done.code, program) == (5, "portkey-admin")
    assert [each["id"] for each in json.loads(run(*arguments).out)] == [key_id]


@pytest.mark.parametrize("arguments", [("list",), ("update", KEY_ID, "--name", "x")])
def test_a_signal_ends_a_call(arguments: tuple[str, ...], work: Path) -> None:
    """A signal interrupts a read; the outcome of a change is unknown."""
    running: list[subprocess.Popen[bytes]] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].send_signal(signal.SIGTERM)
        connection.hang()

    with FaultServer(script) as server:
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--server", server.url],
            env=variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        out, err = process.communicate(timeout=PATIENCE)
    done = Done(process.returncode, out, err.decode())
    is_read = arguments[0] == "list"
    assert (done.code, done.out, files(work)) == (3 if is_read else 5, b"", {})
    assert done.problems[0].startswith("interrupted by SIGTERM")
    assert ("nothing was changed" in done.problems[0]) == is_read


def test_update_has_a_flag_for_each_simple_value() -> None:
    """Each property has a flag, or flags for its members, and --no-NAME if it is nullable."""
    properties = operation("update").body["properties"]
    flags = flags_of(update)
    assert {flag.path[0] for flag in flags} == set(properties)
    nullable = {name for name, each in properties.items() if each.get("nullable")}
    names = {flag.name for flag in flags}
    assert {f"--no-{name.replace('_', '-')}" for name in nullable} <= names
    assert len(names) == len(flags)


def test_no_admin_key_is_shown(keys: ApiKeys) -> None:
    """A name that contains the admin key is masked."""
    key_id = keys.add(name=f"of {ADMIN_KEY}")
    for arguments in (("list",), ("show", key_id)):
        assert b"of **********" in run(*arguments).out
