"""A dry run checks and prints the request, and does nothing else."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from portkey_admin import __version__
from portkey_admin_cli.flags import operation
from portkey_admin_stub import Stub
from portkey_admin_stub.server import serve
from tests.cli.command import BODY, CREATE, TO_STDOUT, files, run, run_shell
from tests.conformance.documents import DOCUMENT
from tests.faults.faults import ADMIN_KEY, KEY_ID
from tests.stub.wire import needs_ipv6

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")

# Bodies with characters that a shell, curl or JSON could get wrong.
BODIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "quotes": {"name": "it's \"quoted\" \\'", "description": "$HOME `id` $(id) !x"},
    "a file": {"name": "@/etc/passwd"},
    "lines": {"name": "a\nb\r\n\tc"},
    "letters": {"name": "caf\u00e9 \U0001f600 \u2028"},
    "braces": {"name": "{a,b}[1-3]", "defaults": {"metadata": {"a": [{}, None, 1.5, True]}}},
    "steering": {"name": "\x1b[2J\x9b1m\x7f", "description": "\u202ereversed\u2066"},
    "long": {"description": "x" * 20_000},
}


PRINTED = """\
printf 'x-portkey-api-key: %s\\n' "$PORTKEY_API_KEY" | curl \
--request POST --url http://127.0.0.1:9/v1/api-keys/organisation/service \\
  --header @- \\
  --header 'accept: */*' \\
  --header 'user-agent: portkey-admin/VERSION' \\
  --header 'accept-encoding: identity' \\
  --header 'content-type: application/json' \\
  --noproxy '*' \\
  --data-raw '{"name":"ci","scopes":["completions.write"]}'

{
  "method": "POST",
  "url": "http://127.0.0.1:9/v1/api-keys/organisation/service",
  "headers": {
    "host": "127.0.0.1:9",
    "accept": "*/*",
    "connection": "keep-alive",
    "user-agent": "portkey-admin/VERSION",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "content-length": "44",
    "x-portkey-api-key": "**********"
  },
  "body": {
    "name": "ci",
    "scopes": [
      "completions.write"
    ]
  }
}
"""


@needs_curl
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
def test_curl_sends_the_same(name: str, host: str) -> None:
    """The printed command, run with the real curl, sends the client's request."""
    stub = Stub(DOCUMENT, api_key=ADMIN_KEY)
    body = json.dumps(BODIES[name])
    with serve(stub, host=host) as url:
        options = (*CREATE[:3], "--body", "-", "--output", "-", "--server", url)
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
    """Return the headers of a request, except those of the connection."""
    return sorted(
        (name.lower(), value)
        for name, value in exchange.headers
        if name.lower() not in {"connection", "host", "content-length"}
    )


def test_dry_run_leaves_no_file(stub: Stub, work: Path) -> None:
    """A dry run with an output checks that it can be written, and leaves no file."""
    done = run(*CREATE, "--output", "key", "--dry-run")
    assert (done.code, files(work), stub.exchanges) == (0, {}, [])
    work.joinpath("key").touch()
    done = run(*CREATE, "--output", "key", "--dry-run")
    assert (done.code, done.problems) == (
        2,
        ["--output key: it exists; --force overwrites it"],
    )


def test_dry_run_reports_every_problem() -> None:
    """A dry run fails with the same problems as the command."""
    options = ("--user-id", "me", "--ca-file", "none.pem", "--output", "none/key", "--dry-run")
    done = run(*CREATE, *options, PORTKEY_API_KEY=" x")
    assert (done.code, done.out) == (2, b"")
    assert len(done.problems) == 3


def test_a_dry_run_prints_the_whole_request() -> None:
    """It prints a command for sh and the request as JSON, and nothing else."""
    done = run(*CREATE, "--dry-run", "--server", "http://127.0.0.1:9/v1")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == PRINTED.replace("VERSION", __version__)


def test_header_of_the_key_may_have_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the spec writes the header of the admin key with capitals, it is still masked."""
    spec = operation()._replace(api_key_header="X-Portkey-Api-Key")
    monkeypatch.setattr("portkey_admin_cli.dry_run.operation", lambda: spec)
    done = run(*CREATE, "--dry-run", "--server", "http://127.0.0.1:9/v1")
    printed = PRINTED.replace("VERSION", __version__)
    assert done.out.decode() == printed.replace(
        "printf 'x-portkey-api-key", "printf 'X-Portkey-Api-Key"
    )


CHECK = ("check", "organisation", "service", "-")


@pytest.mark.parametrize("key", [ADMIN_KEY, " x", ""])
def test_check_works_with_any_environment(key: str) -> None:
    """A body can be checked with an invalid server or key in the environment."""
    environment = {"PORTKEY_API_KEY": key, "PORTKEY_BASE_URL": "nonsense"}
    done = run(*CHECK, stdin=json.dumps(BODY), **environment)
    assert (done.code, done.err) == (0, "-: valid\n")


def test_check_masks_the_admin_key_with_an_invalid_server() -> None:
    """The admin key is masked in a problem, even if the server is invalid."""
    body = json.dumps({**BODY, "user_id": ADMIN_KEY})
    [problem] = run(*CHECK, stdin=body, PORTKEY_BASE_URL="nonsense").problems
    assert problem.startswith('FILE - /user_id: found "**********"; allowed: a UUID')


def test_options_become_options_of_curl(tmp_path: Path) -> None:
    """Headers, proxy, CA file and deadline become options of curl."""
    authorities = Path(__file__).parents[1] / "wrapper" / "tls" / "authority.pem"
    copy = tmp_path / "an authority.pem"
    copy.write_bytes(authorities.read_bytes())
    done = run(
        *("update", KEY_ID, "--no-expires-at", "--dry-run", "--server", "https://example.com/v1"),
        *("--ca-file", str(copy), "--deadline", "2.5", "--header", "X-Team: a b"),
        *("--proxy", "http://127.0.0.1:8"),
    )
    command = done.out.decode().partition("\n\n")[0]
    assert command.splitlines() == [
        (
            "printf 'x-portkey-api-key: %s\\n' \"$PORTKEY_API_KEY\" | curl "
            f"--request PUT --url https://example.com/v1/api-keys/{KEY_ID} \\"
        ),
        "  --header @- \\",
        "  --header 'accept: */*' \\",
        f"  --header 'user-agent: portkey-admin/{__version__}' \\",
        "  --header 'x-team: a b' \\",
        "  --header 'accept-encoding: identity' \\",
        "  --header 'content-type: application/json' \\",
        "  --proxy http://127.0.0.1:8 \\",
        f"  --cacert '{copy}' \\",
        "  --max-time 2.5 \\",
        "  --data-raw '{\"expires_at\":null}'",
    ]


def test_the_admin_key_is_not_shown(stub: Stub) -> None:
    """The admin key is masked in the header, and in a body that contains it by mistake."""
    done = run(*CREATE, "--dry-run", "--description", f"made with {ADMIN_KEY}")
    assert done.out.count(b"made with **********") == 2
    assert json.loads(done.out.partition(b"\n\n")[2])["headers"]["x-portkey-api-key"] == "*" * 10
    assert stub.exchanges == []


@pytest.mark.parametrize("key", ["pk-quote'and\"more", "pk-back\\slash\\", "pk-$HOME-`id`-key"])
def test_any_admin_key_is_masked(key: str, work: Path) -> None:
    """An admin key that JSON or the shell would escape is masked in both formats."""
    work.joinpath("key").write_text(key)
    work.joinpath("key").chmod(0o600)
    body = json.dumps({"description": f"by {key}.", "defaults": {"metadata": {key: [key]}}})
    done = run(
        *(*CREATE, "--dry-run", "--api-key-file", "key", "--body", "-", "--header", f"X-A: a{key}"),
        stdin=body,
    )
    assert done.code == 0
    command, _, described = done.out.decode().partition("\n\n")
    sent = json.loads(shlex.split(command.partition("| curl")[2])[-1])
    mask = "*" * 10
    assert sent["description"] == f"by {mask}."
    assert sent["defaults"] == {"metadata": {mask: [mask]}}
    assert json.loads(described)["body"] == sent
    assert json.loads(described)["headers"]["x-a"] == f"a{mask}"
    for form in (key, json.dumps(key)[1:-1], shlex.quote(key)[1:-1]):
        assert form not in done.out.decode()


@pytest.mark.parametrize("key", ["1", "a", "k", "e"])
def test_a_short_admin_key_breaks_nothing(key: str) -> None:
    """With a very short admin key, numbers stay unmasked, and the output stays valid."""
    flags = ("--rate-limit", "requests:1110/rpm", "--credit-limit", "1", "--dry-run")
    done = run(*CREATE, *flags, PORTKEY_API_KEY=key)
    assert done.code == 0
    command, _, described = done.out.decode().partition("\n\n")
    printed = json.loads(described)
    assert printed["headers"]["x-portkey-api-key"] == "*" * 10
    assert json.loads(shlex.split(command.partition("| curl")[2])[-1]) == printed["body"]
    assert "1110" in described


def test_control_characters_are_escaped(stub: Stub) -> None:
    """Control and bidirectional characters are escaped in both formats; letters are not."""
    body = json.dumps({**BODIES["steering"], "workspace_id": "caf\u00e9"})
    done = run(*CREATE[:3], "--scope", "a", "--body", "-", "--dry-run", stdin=body)
    assert (done.code, stub.exchanges) == (0, [])
    for text in (
        r'"name":"\u001b[2J\u009b1m\u007f"',
        r'"description":"\u202ereversed\u2066"',
        '"workspace_id":"caf\u00e9"',
    ):
        assert text in done.out.decode()
        assert text.replace('":"', '": "') in done.out.decode()


@pytest.mark.parametrize(
    ("scheme", "flags"), [("http", ("--proxy", "http://127.0.0.1:8")), ("https", ())]
)
def test_noproxy_is_for_http_without_a_proxy(scheme: str, flags: tuple[str, ...]) -> None:
    """Over https and with --proxy, curl may use the proxy that the client uses."""
    done = run(*CREATE, "--dry-run", "--server", f"{scheme}://127.0.0.1:9/v1", *flags)
    command = done.out.decode().partition("\n\n")[0]
    assert ("--proxy http://127.0.0.1:8 " in command) == bool(flags)
    assert "--noproxy" not in command


def test_failed_output_is_one_error_line(stub: Stub) -> None:
    """If the output cannot be written, the error is one line without a traceback."""
    done = run_shell(f"portkey-admin {' '.join(CREATE)} --dry-run > /dev/full", **os.environ)
    assert (done.code, done.problems) == (3, ["stdout: No space left on device; nothing was sent"])
    assert stub.exchanges == []


def test_json_has_the_request(stub: Stub) -> None:
    """The printed JSON has the method, headers and body that the client sends."""
    described = json.loads(run(*CREATE, "--dry-run").out.partition(b"\n\n")[2])
    assert run(*TO_STDOUT).code == 0
    [exchange] = stub.exchanges
    sent = httpx.Headers(exchange.headers)
    sent["x-portkey-api-key"] = "*" * 10
    assert described["method"] == exchange.method
    assert described["headers"] == dict(sent)
    assert described["body"] == exchange.body
