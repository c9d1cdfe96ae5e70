"""The stub runs as a program that prints each request, without secrets."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from http import HTTPStatus
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import httpx
import pytest
from ruamel.yaml import YAML

from portkey_admin_stub.__main__ import main

from .documents import KEY, LIBRARY
from .wire import Request, over_socket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Run: TypeAlias = "Callable[..., tuple[list[str], list[str]]]"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the program on a free port until some requests are sent.

    `send` sends them to the base URL. The lines of stdout after the base URL are returned, and
    those of stderr.
    """

    def run(
        *arguments: str, send: Callable[[str], object], key: str = ""
    ) -> tuple[list[str], list[str]]:
        def wait() -> None:
            printed = capsys.readouterr()
            errors.append(printed.err)
            send(printed.out.removesuffix("\n"))
            raise KeyboardInterrupt

        errors: list[str] = []
        # Instead of waiting for Ctrl-C.
        threading = SimpleNamespace(Event=lambda: SimpleNamespace(wait=wait))
        monkeypatch.setattr("portkey_admin_stub.__main__.threading", threading)
        monkeypatch.setenv("PORTKEY_STUB_API_KEY", key)
        assert main(["--port", "0", *arguments]) == 0
        printed = capsys.readouterr()
        return printed.out.splitlines(), "".join([*errors, printed.err]).splitlines()

    return run


@pytest.fixture(params=["json", "yaml"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the path of a file with a document, as JSON or YAML."""
    path = tmp_path / f"library.{request.param}"
    if request.param == "json":
        path.write_text(json.dumps(LIBRARY), "utf-8")
    else:
        YAML(typ="safe", pure=True).dump(LIBRARY, path)
    return str(path)


@contextlib.contextmanager
def running(*arguments: str, key: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the program on a free port in a process; yield its base URL and the process."""
    command = [sys.executable, "-m", "portkey_admin_stub", "--port", "0", *arguments]
    environment = {**os.environ, "PORTKEY_STUB_API_KEY": key}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    # Or else Python would print each line at once, whatever the program does.
    environment.pop("PYTHONUNBUFFERED", None)
    # A test run in the background may ignore SIGINT, and the process would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def test_program_runs_until_it_is_interrupted(tmp_path: Path) -> None:
    """The program prints its URL at once, then each request, and ends with status 0."""
    spec = tmp_path / "library.json"
    spec.write_text(json.dumps(LIBRARY), "utf-8")
    with running("--spec", str(spec), key=KEY) as (base_url, process):
        response = httpx.delete(f"{base_url}/shelves/low/7", headers={"X-Library-Key": KEY})
        assert response.status_code == HTTPStatus.NO_CONTENT
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert base_url.startswith("http://127.0.0.1:")
    assert (output, errors) == ("DELETE /v1/shelves/low/7 204\n", "")
    assert process.returncode == 0


def test_each_request_is_one_line(run: Run, spec: str) -> None:
    """Method, path, status and problems are printed, but no query, key or body."""

    def send(base_url: str) -> None:
        body = {"title": "confidential", "isbn": "confidential"}
        wrong = {"X-Library-Key": "confidential", "Tries": "confidential"}
        url = f"{base_url}/shelves/low/7"
        httpx.delete(url, headers={"X-Library-Key": KEY})
        httpx.post(f"{url}?loud=confidential", headers=wrong, json=body)
        httpx.get(f"{base_url}/%0a")
        over_socket(base_url, Request("GET", "/v1/\x1b[1m"))

    problems = [
        'header "X-Library-Key": the key is wrong',
        'query parameter "loud": the value is not of type "boolean"',
        'header parameter "Tries": the value is not of type "integer"',
        'body at /isbn: the value is not a "uuid"',
    ]
    assert run("--spec", spec, send=send, key=KEY) == (
        [
            "DELETE /v1/shelves/low/7 204",
            f"POST /v1/shelves/low/7 401 {'; '.join(problems)}",
            "GET /v1/%0a 404 path: /v1/%0a is not described",
            r"GET /v1/\x1b[1m 404 path: /v1/\x1b[1m is not described",
        ],
        [],
    )


def test_any_key_is_accepted_without_one_in_the_environment(run: Run, spec: str) -> None:
    """The key comes from the environment; without one, every key is accepted."""

    def send(base_url: str) -> None:
        httpx.delete(f"{base_url}/shelves/low/7", headers={"X-Library-Key": "any"})

    assert run("--spec", spec, send=send) == (["DELETE /v1/shelves/low/7 204"], [])


@pytest.mark.skipif(not find_spec("portkey_generated"), reason="the client is not on the path")
def test_keys_are_remembered(run: Run) -> None:
    """By default Portkey is served: a key is listed until it is deleted; no secret is printed."""
    ids: list[str] = []

    def send(base_url: str) -> None:
        url, headers = f"{base_url}/api-keys", {"x-portkey-api-key": "any"}
        body = {"name": "billing", "scopes": []}
        created = httpx.post(f"{url}/workspace/service", headers=headers, json=body).json()
        [listed] = httpx.get(url, headers=headers).json()["data"]
        assert (listed["id"], listed["name"]) == (created["id"], "billing")
        httpx.delete(f"{url}/{created['id']}", headers=headers)
        httpx.get(f"{url}/{created['id']}", headers=headers)
        ids.append(created["id"])

    output, errors = run(send=send)
    place = f"/v1/api-keys/{ids[0]}"
    assert output == [
        "POST /v1/api-keys/workspace/service 200",
        "GET /v1/api-keys 200",
        f"DELETE {place} 200",
        f"GET {place} 404",
    ]
    assert errors == []


def failure(
    capsys: pytest.CaptureFixture[str], *arguments: str, program: str = "portkey-admin stub"
) -> str:
    """Run the program, which ends with status 2; return its reason."""
    with pytest.raises(SystemExit) as caught:
        main(arguments, program=program)
    output, errors = capsys.readouterr()
    assert (caught.value.code, output) == (2, "")
    return str(errors.partition(f"\n{program}: error: ")[2])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "[Errno 2] No such file or directory: '{path}'\n"),
        (
            "{",
            """while parsing a flow node
expected the node content, but found '<stream end>'
  in "{path}", line 1, column 2
""",
        ),
        ("[]", "{path}: not an OpenAPI document\n"),
        ("{}", "the document is not of OpenAPI 3\n"),
    ],
)
def test_invalid_document_is_reported(
    text: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program ends with status 2 and the reason if it cannot use the document."""
    path = tmp_path / "wrong.yaml"
    if text is not None:
        path.write_text(text, "utf-8")
    assert failure(capsys, "--spec", str(path)) == reason.replace("{path}", str(path))


def test_only_yaml_needs_ruamel(
    run: Run, spec: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ruamel.yaml, a JSON document is served, and a YAML document is an error."""
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    if spec.endswith(".json"):
        assert run("--spec", spec, send=lambda _: None) == ([], [])
    else:
        reason = "import of ruamel.yaml halted; None in sys.modules\n"
        assert failure(capsys, "--spec", spec) == reason


def test_operations_that_cannot_be_judged_are_printed(run: Run, tmp_path: Path) -> None:
    """Each operation that is not judged, or has no response body, is one line on stderr."""
    path = tmp_path / "limits.yaml"
    path.write_text(
        """
openapi: 3.0.0
paths:
  /a:
    get: {}
    put: {parameters: [{name: q, in: query, schema: {minLength: -1}}]}
""",
        "utf-8",
    )

    def send(base_url: str) -> None:
        assert httpx.get(f"{base_url}/a").status_code == HTTPStatus.NOT_IMPLEMENTED

    invalid = "schema at /minLength: the value is less than the minimum of 0"
    assert run("--spec", str(path), send=send) == (
        ["GET /a 501 operation: it cannot be judged: 'responses' is missing"],
        [
            "GET /a at /paths/~1a/get/responses: 'responses' is missing",
            f"PUT /a at /paths/~1a/put/parameters: {invalid}",
        ],
    )


def test_yaml_is_read_like_json(run: Run, tmp_path: Path) -> None:
    """Unquoted statuses and dates in YAML are strings, as in JSON."""
    path = tmp_path / "dates.yaml"
    path.write_text(
        """
openapi: 3.1.0
paths:
  /day:
    get:
      responses:
        200:
          content:
            application/json:
              schema: {const: 2026-12-31}
""",
        "utf-8",
    )
    answers: list[Any] = []
    run("--spec", str(path), send=lambda url: answers.append(httpx.get(f"{url}/day").json()))
    assert answers == ["2026-12-31"]


def test_help_is_complete(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help names every option with its default, and the variable for the key."""
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    assert capsys.readouterr().out == (
        "usage: python -m portkey_admin_stub [-h] [--host HOST] [--port PORT] [--spec FILE]\n"
        "\n"
        "Serve a stub of an API, which checks requests against an OpenAPI document.\n"
        "\n"
        "options:\n"
        "  -h, --help   show this help message and exit\n"
        "  --host HOST  address to listen on (127.0.0.1)\n"
        "  --port PORT  port to listen on, 0 for a free one (8787)\n"
        "  --spec FILE  OpenAPI document (default: the packaged one)\n"
        "\n"
        "The stub accepts the key in PORTKEY_STUB_API_KEY, or any key if it is not set.\n"
    )


@pytest.mark.parametrize("port", ["65536", "x", "-1"])
def test_impossible_port_is_an_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An invalid port gives one line and exit code 2, like any invalid argument."""
    reason = "argument --port: must be a number from 0 to 65535\n"
    assert failure(capsys, f"--port={port}") == reason


def test_highest_port_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Port 65535 is accepted: only the file is reported as missing."""
    reason = failure(capsys, "--port=65535", "--spec", str(tmp_path / "none"))
    assert reason.startswith("[Errno 2] No such file")


def test_host_and_port_are_used(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The server listens on the given address; it is an error if that is in use."""
    errors: list[str] = []

    def send(base_url: str) -> None:
        port = str(urlsplit(base_url).port)
        assert base_url == f"http://localhost:{port}/v1"
        errors.append(failure(capsys, "--host", "localhost", "--port", port))

    run("--host", "localhost", send=send)
    assert re.fullmatch(r"\[Errno .*[Aa]ddress .*\('localhost', [0-9]+\)\)\n", errors[0])


def test_key_is_not_an_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """There is no option for the key, because other users can see arguments."""
    assert failure(capsys, "--api-key", "x") == "unrecognized arguments: --api-key x\n"
