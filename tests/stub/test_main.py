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
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from ruamel.yaml import YAML

from portkey_admin_stub.__main__ import main

from .documents import KEY, LIBRARY

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGED = Path(__file__).parents[2] / "generated" / "portkey_generated" / "openapi.json"


@contextlib.contextmanager
def running(*arguments: str, key: str = "") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the program on a free port; yield its base URL and the process."""
    command = [sys.executable, "-m", "portkey_admin_stub", "--port", "0", *arguments]
    environment = {**os.environ, "PORTKEY_STUB_API_KEY": key}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
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


def interrupted(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Interrupt the program; return the rest of its stdout and its stderr."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=30)


@pytest.fixture(params=["json", "yaml"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the path of a file with a document, as JSON or YAML."""
    path = tmp_path / f"library.{request.param}"
    if request.param == "json":
        path.write_text(json.dumps(LIBRARY), "utf-8")
    else:
        YAML(typ="safe", pure=True).dump(LIBRARY, path)
    return str(path)


def test_each_request_is_one_line(spec: str) -> None:
    """Method, path, status and problems are printed, but no query, key or body."""
    with running("--spec", spec, key=KEY) as (base_url, process):
        body = {"title": "confidential", "isbn": "confidential"}
        good = {"X-Library-Key": KEY}
        wrong = {"X-Library-Key": "confidential", "Tries": "confidential"}
        url = f"{base_url}/shelves/low/7"
        assert httpx.delete(url, headers=good).status_code == HTTPStatus.NO_CONTENT
        httpx.post(f"{url}?loud=confidential", headers=wrong, json=body)
        httpx.get(f"{base_url}/%0a")
        output, errors = interrupted(process)
    problems = [
        'header "X-Library-Key": the key is wrong',
        'query parameter "loud": the value is not of type "boolean"',
        'header parameter "Tries": the value is not of type "integer"',
        'body at /isbn: the value is not a "uuid"',
    ]
    assert base_url.startswith("http://127.0.0.1:")
    assert output.splitlines() == [
        "DELETE /v1/shelves/low/7 204",
        f"POST /v1/shelves/low/7 401 {'; '.join(problems)}",
        "GET /v1/%0a 404 path: /v1/%0a is not described",
    ]
    assert (process.returncode, errors) == (0, "")


def test_any_key_is_accepted_without_one_in_the_environment(spec: str) -> None:
    """The key comes from the environment; without one, every key is accepted."""
    with running("--spec", spec) as (base_url, _):
        response = httpx.delete(f"{base_url}/shelves/low/7", headers={"X-Library-Key": "any"})
    assert response.status_code == HTTPStatus.NO_CONTENT


@pytest.mark.skipif(not find_spec("portkey_generated"), reason="the client is not on the path")
def test_packaged_document_is_the_default() -> None:
    """By default the packaged document of the client is served."""
    document = json.loads(PACKAGED.read_bytes())
    path, item = next(iter(document["paths"].items()))
    with running() as (base_url, _):
        response = httpx.get(base_url + re.sub(r"\{[^}]*\}", "x", path))
    assert response.headers["allow"] == ", ".join(
        method.upper() for method in item if method in ("get", "post", "put", "delete")
    )


@pytest.mark.skipif(not find_spec("portkey_generated"), reason="the client is not on the path")
def test_keys_are_remembered() -> None:
    """A created key is listed until it is deleted, and no secret is printed."""
    with running() as (base_url, process):
        url, headers = f"{base_url}/api-keys", {"x-portkey-api-key": "any"}
        body = {"name": "billing", "scopes": []}
        created = httpx.post(f"{url}/workspace/service", headers=headers, json=body).json()
        [listed] = httpx.get(url, headers=headers).json()["data"]
        deleted = httpx.delete(f"{url}/{created['id']}", headers=headers)
        missing = httpx.get(f"{url}/{created['id']}", headers=headers)
        output, errors = interrupted(process)
    assert (listed["id"], listed["name"]) == (created["id"], "billing")
    assert [deleted.status_code, missing.status_code] == [HTTPStatus.OK, HTTPStatus.NOT_FOUND]
    assert created["key"] not in output
    assert output.splitlines()[-1].endswith(f"/api-keys/{created['id']} 404")
    assert errors == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("{", "wrong.yaml"),
        ("[]", "not an OpenAPI document"),
        ("{}", "not of OpenAPI 3"),
    ],
)
def test_invalid_document_is_reported_in_one_line(
    text: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program ends with status 2 and the reason if it cannot use the document."""
    path = tmp_path / "wrong.yaml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(SystemExit, match="2"):
        main(["--spec", str(path)])
    assert reason in capsys.readouterr().err


def test_operations_that_cannot_be_judged_are_printed(tmp_path: Path) -> None:
    """Each operation that is not judged, or has no response body, is one line on stderr."""
    path = tmp_path / "limits.yaml"
    path.write_text("openapi: 3.0.0\npaths: {/a: {get: {}}}", "utf-8")
    with running("--spec", str(path)) as (base_url, process):
        assert httpx.get(f"{base_url}/a").status_code == HTTPStatus.NOT_IMPLEMENTED
        output, errors = interrupted(process)
    reason = "'responses' is missing"
    assert output.splitlines() == [f"GET /a 501 operation: it cannot be judged: {reason}"]
    assert errors.splitlines() == [f"GET /a at /paths/~1a/get/responses: {reason}"]


def test_yaml_is_read_like_json(tmp_path: Path) -> None:
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
    with running("--spec", str(path)) as (base_url, _):
        assert httpx.get(f"{base_url}/day").json() == "2026-12-31"


def test_help_names_the_default_port(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names the default port."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "8787" in capsys.readouterr().out


def test_impossible_port_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """An invalid port gives one line and exit code 2, like any invalid argument."""
    with pytest.raises(SystemExit) as caught:
        main(["--port", "65536"])
    assert (
        caught.value.code,
        "--port: must be a number from 0 to 65535" in capsys.readouterr().err,
    ) == (2, True)


def test_key_is_not_an_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """There is no option for the key, because other users can see arguments."""
    with pytest.raises(SystemExit, match="2"):
        main(["--api-key", "x"])
    assert "unrecognized arguments" in capsys.readouterr().err
