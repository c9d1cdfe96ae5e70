"""A dry run is the request, checked and printed, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from portkey_admin_stub import Stub
from portkey_admin_stub.server import serve
from tests.cli.command import BODY, CREATE, files, run, run_shell
from tests.conformance.documents import DOCUMENT
from tests.faults.faults import ADMIN_KEY

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")

# Bodies whose text a shell, curl or JSON could get wrong.
BODIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "quotes": {"name": "it's \"quoted\" \\'", "description": "$HOME `id` $(id) !x"},
    "a file": {"name": "@/etc/passwd"},
    "lines": {"name": "a\nb\r\n\tc"},
    "letters": {"name": "caf\u00e9 \U0001f600 \u2028"},
    "braces": {"name": "{a,b}[1-3]", "colour": [{}, None, 1.5, True]},
    "long": {"description": "x" * 20_000},
}


@needs_curl
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_curl_sends_the_same(name: str, host: str) -> None:
    """The printed command, run by sh with the real curl, sends what the client itself sends."""
    stub = Stub(DOCUMENT, api_key=ADMIN_KEY)
    body = json.dumps(BODIES[name])
    with serve(stub, host=host) as url:
        options = (*CREATE[:3], "--body", "-", "--server", url)
        body = json.dumps({**BODY, **BODIES[name]})
        printed = run(*options, "--dry-run", stdin=body)
        assert (printed.code, stub.exchanges) == (0, [])
        command, _, described = printed.out.decode().partition("\n\n")
        assert run(*options, stdin=body).code == 0
        sent = run_shell(command, http_proxy="http://127.0.0.1:9")
    by_client, by_curl = stub.exchanges
    assert json.loads(sent.out) == by_curl.answer
    assert (by_client.status, by_curl.status) == (200, 200)
    assert (by_client.method, by_client.target) == (by_curl.method, by_curl.target)
    assert by_client.body == by_curl.body == json.loads(described)["body"] == json.loads(body)
    assert headers(by_client) == headers(by_curl)
    assert json.loads(described)["url"] == f"{url}/api-keys/organisation/service"


def headers(exchange: Any) -> list[tuple[str, str]]:
    """Return the headers of a request, those of the connection aside."""
    return sorted(
        (name.lower(), value)
        for name, value in exchange.headers
        if name.lower() not in {"connection", "host"}
    )


def test_nothing_is_left(stub: Stub, work: Path) -> None:
    """A dry run with an output proves that it can be written, and leaves no file."""
    done = run(*CREATE, "--output", "key", "--dry-run")
    assert (done.code, files(work), stub.exchanges) == (0, {}, [])
    work.joinpath("key").touch()
    done = run(*CREATE, "--output", "key", "--dry-run")
    assert (done.code, done.problems) == (
        2,
        ["--output key: it is there already; --force replaces it"],
    )


def test_everything_is_checked() -> None:
    """What would stop the command stops the dry run."""
    options = ("--user-id", "me", "--ca-file", "none.pem", "--output", "none/key", "--dry-run")
    done = run(*CREATE, *options, PORTKEY_API_KEY="")
    assert (done.code, done.out) == (2, b"")
    assert len(done.problems) == 3


def test_options_are_curls_own(tmp_path: Path) -> None:
    """Authorities and deadline go along, and https takes the proxy that curl finds."""
    authorities = Path(__file__).parents[1] / "wrapper" / "tls" / "authority.pem"
    copy = tmp_path / "an authority.pem"
    copy.write_bytes(authorities.read_bytes())
    done = run(
        *(*CREATE, "--dry-run", "--server", "https://portkey.example.com/v1"),
        *("--ca-file", str(copy), "--deadline", "2.5"),
    )
    command = done.out.decode().partition("\n\n")[0]
    assert f"--cacert '{copy}'" in command
    assert "--max-time 2.5" in command
    assert "--noproxy" not in command


def test_the_admin_key_is_not_shown(stub: Stub) -> None:
    """Neither the header nor a body that holds the admin key by mistake shows it."""
    done = run(*CREATE, "--dry-run", "--description", f"made with {ADMIN_KEY}")
    assert done.out.count(b"made with **********") == 2
    assert json.loads(done.out.partition(b"\n\n")[2])["headers"]["x-portkey-api-key"] == "*" * 10
    assert stub.exchanges == []


def test_a_reader_that_goes_is_no_traceback(stub: Stub) -> None:
    """A dry run into a full disk says so in one line."""
    done = run_shell(f"portkey-admin {' '.join(CREATE)} --dry-run > /dev/full", **os.environ)
    assert (done.code, done.problems) == (3, ["stdout: No space left on device; nothing was sent"])
    assert stub.exchanges == []


def test_the_recorder_is_given_the_request(stub: Stub) -> None:
    """The JSON names the method, the URL and each header that the client sends."""
    described = json.loads(run(*CREATE, "--dry-run").out.partition(b"\n\n")[2])
    assert run(*CREATE).code == 0
    [exchange] = stub.exchanges
    sent = httpx.Headers(exchange.headers)
    sent["x-portkey-api-key"] = "*" * 10
    assert described["method"] == exchange.method
    assert described["headers"] == dict(sent)
    assert described["body"] == exchange.body
