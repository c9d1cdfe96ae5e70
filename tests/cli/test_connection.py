"""Problems of the options of the client and of the admin key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portkey_admin_cli.flags import operation
from portkey_admin_stub import Stub
from tests.cli.command import CREATE, run
from tests.faults.faults import ADMIN_KEY

NO_KEY = "the admin key is required: set PORTKEY_API_KEY, or use --api-key-file"
INVALID_KEY = (
    "the admin key: the API key is empty, starts or ends with white space, or has characters that "
    "a header cannot contain (line breaks, or characters outside ASCII)"
)
NO_ID = 'ID: found "me"; allowed: a UUID (8-4-4-4-12 hexadecimal digits)'
NO_YES = "--yes is required, because stdin is not a terminal"


@pytest.mark.parametrize("key", [ADMIN_KEY, ""])
def test_each_option_has_its_problem(key: str, stub: Stub) -> None:
    """The problems of headers, proxy, key and client are all reported, in this order."""
    flags = ("--header", "x", "--proxy", "http://me:secret@proxy", "--deadline", "0")
    done = run(*CREATE, *flags, "--output", "none/key", PORTKEY_API_KEY=key)
    assert (done.code, stub.exchanges) == (2, [])
    assert done.problems == [
        "--header must be 'Name: value'",
        (
            "--proxy must not contain a user name or password, because others on this machine "
            "can read flags; set HTTPS_PROXY instead"
        ),
        *([] if key else [NO_KEY]),
        "--deadline: must be greater than 0",
        "--output none/key: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("arguments", "key", "problems"),
    [
        (("list",), "", [NO_KEY]),
        (("list",), " x", [INVALID_KEY]),
        (("show", "me"), "", [NO_KEY, NO_ID]),
        (("show", "me"), " x", [INVALID_KEY, NO_ID]),
        (("delete", "me"), "", [NO_YES, NO_KEY, NO_ID]),
        ((*CREATE, "--dry-run", "--deadline", "0"), "", ["--deadline: must be greater than 0"]),
    ],
)
def test_a_missing_admin_key_is_reported_with_the_other_problems(
    arguments: tuple[str, ...], key: str, problems: list[str], stub: Stub
) -> None:
    """Without a terminal, each command that sends something needs a valid admin key."""
    done = run(*arguments, PORTKEY_API_KEY=key)
    assert (done.code, done.problems, stub.exchanges) == (2, problems, [])


def test_plain_http_must_be_allowed() -> None:
    """Without --allow-http, the admin key is not sent unencrypted."""
    http = (*CREATE, "--dry-run", "--server", "http://portkey.example.com")
    problem = "--server: must be https: plain http would send the API key unencrypted"
    assert run(*http).problems == [problem]
    assert run(*http, "--allow-http").problems == []


@pytest.mark.parametrize(
    "name", ["Authorization", "cookie", "proxy-authorization", " Cookie ", "x-portkey-API-key"]
)
def test_headers_for_secrets_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """--header refuses headers for secrets, because other users could read them."""
    spec = operation()._replace(api_key_header="X-Portkey-Api-Key")
    monkeypatch.setattr("portkey_admin_cli.connection.operation", lambda: spec)
    done = run(*CREATE, "--dry-run", "--header", f"{name}: x")
    problem = f"--header {name.strip()}: a flag cannot carry a secret, because others can read it"
    assert (done.code, done.problems) == (2, [problem])


def test_check_masks_the_admin_key_in_problems(work: Path) -> None:
    """A body that holds the admin key by mistake is refused without showing the key."""
    (work / "key.json").write_text(json.dumps({"name": "ci", "scopes": ADMIN_KEY}))
    done = run("check", "organisation", "service", "key.json")
    assert done.code == 2
    assert "**********" in done.err
    assert ADMIN_KEY not in done.err
