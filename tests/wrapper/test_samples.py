"""The published code samples work against a real server on loopback."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portkey_admin_stub import Exchange, Stub
from portkey_admin_stub.server import serve
from tests.wrapper.documents import Json, operation, read_yaml, samples

UPSTREAM: Json = read_yaml("spec/upstream.yaml")
EFFECTIVE: Json = read_yaml("spec/openapi.yaml")
PYTHON = samples(UPSTREAM, "python")
CURL = samples(UPSTREAM, "curl")

USER = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"
PUBLIC: str = UPSTREAM["servers"][0]["url"]

# The placeholders that a reader of the samples must fill in.
PLACEHOLDERS = {
    "Default": set[str](),
    "Self-Hosted": {"SELF_HOSTED_CONTROL_PLANE_URL"},
    "User API Key": {"USER_ID"},
}
_CURL = shutil.which("curl")
_SHELL = "/bin/sh"
needs_curl = pytest.mark.skipif(
    _CURL is None or not Path(_SHELL).exists(), reason="curl or /bin/sh is not on this machine"
)


@pytest.fixture
def stub() -> Stub:
    """Return a stub of the effective spec that accepts only the samples' key."""
    return Stub(EFFECTIVE, api_key="PORTKEY_API_KEY")


@pytest.fixture
def url(stub: Stub) -> Iterator[str]:
    """Serve the stub, and yield its URL."""
    with serve(stub) as served:
        yield served


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with only these variables, and without the user's configuration."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def run_python(sample: str, folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run a Python sample with only the import and the class name changed."""
    program, imports = re.subn(
        r"^from (?:portkey_ai|portkey) import Portkey$",
        "from portkey_admin import PortkeyAdmin",
        sample,
        flags=re.MULTILINE,
    )
    program, makings = re.subn(r"\bPortkey\(", "PortkeyAdmin(", program)
    assert (imports, makings) == (1, 1)
    return run([sys.executable, "-W", "error", "-c", program], folder, PORTKEY_BASE_URL=url)


def filled(sample: str, url: str) -> str:
    """Return a sample with its placeholders filled in."""
    return sample.replace("SELF_HOSTED_CONTROL_PLANE_URL", url).replace("USER_ID", USER)


def given(sample: str) -> dict[str, Any]:
    """Return the arguments of create() in a Python sample."""
    calls = [node for node in ast.walk(ast.parse(sample)) if isinstance(node, ast.Call)]
    [call] = [each for each in calls if ast.unparse(each.func).endswith("api_keys.create")]
    return {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}


def check_arrived(stub: Stub, parameters: Json, body: Json) -> Exchange:
    """Return the only exchange, after a check that it was accepted and matches the sample."""
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert exchange.status == 200
    assert exchange.operation_id == operation(EFFECTIVE)[1]["operationId"]
    assert exchange.path_parameters == parameters
    assert exchange.body == body
    return exchange


def test_samples_are_known() -> None:
    """The spec has the expected samples with the expected placeholders."""
    assert PYTHON.keys() == CURL.keys() == PLACEHOLDERS.keys()
    for label, names in PLACEHOLDERS.items():
        for sample in (PYTHON[label], CURL[label]):
            found = {
                name for name in ("SELF_HOSTED_CONTROL_PLANE_URL", "USER_ID") if name in sample
            }
            assert found == names


@pytest.mark.parametrize("label", PYTHON)
def test_python_samples(label: str, stub: Stub, url: str, tmp_path: Path) -> None:
    """A Python sample with its placeholders filled in creates its key."""
    sample = filled(PYTHON[label], url)
    done = run_python(sample, tmp_path, url)
    assert (done.returncode, done.stderr) == (0, "")
    arguments = given(sample)
    path = {"type": arguments.pop("type"), "sub-type": arguments.pop("sub_type")}
    exchange = check_arrived(stub, path, arguments)
    assert done.stdout == (
        f"CreatedKey(id={exchange.answer['id']!r}, key=Secret('**********'), object='api-key')\n"
    )
    assert exchange.answer["key"] not in done.stdout


@pytest.mark.parametrize(
    ("label", "error"),
    {
        "Self-Hosted": "ConfigurationError: .*SELF_HOSTED_CONTROL_PLANE_URL is a placeholder",
        "User API Key": 'InvalidRequestError: 1 .*\n  /user_id: found "USER_ID"; allowed: a UUID',
    }.items(),
    ids=["Self-Hosted", "User API Key"],
)
def test_python_with_placeholders(
    label: str, error: str, stub: Stub, url: str, tmp_path: Path
) -> None:
    """A Python sample with a placeholder left in fails with an error that names it."""
    done = run_python(PYTHON[label], tmp_path, url)
    assert done.returncode == 1
    assert re.search(rf"^portkey_admin\._errors\.{error}", done.stderr, re.MULTILINE)
    assert stub.exchanges == []


def test_python_without_placeholders(stub: Stub, url: str, tmp_path: Path) -> None:
    """The sample without placeholders works as published."""
    [label] = [label for label, names in PLACEHOLDERS.items() if not names]
    assert run_python(PYTHON[label], tmp_path, url).returncode == 0
    assert len(stub.exchanges) == 1


def command(sample: str, url: str) -> str:
    """Return a curl sample with the backslash that its first line lacks."""
    first, rest = filled(sample, url).replace(PUBLIC, url).split("\n", 1)
    assert first.startswith("curl -X POST ")
    assert not first.endswith("\\")
    return f"{first} \\\n{rest}"


@needs_curl
@pytest.mark.parametrize("label", CURL)
def test_curl_samples(label: str, stub: Stub, url: str, tmp_path: Path) -> None:
    """A curl sample is accepted, although its body repeats the path parameters."""
    script = command(CURL[label], url)
    done = run([_SHELL, "-c", script], tmp_path, NO_PROXY="*")
    assert done.returncode == 0, done.stderr
    body = json.loads(script[script.index("-d '") + 4 : script.rindex("'")])
    path = {name: body[name] for name in ("type", "sub-type")}
    exchange = check_arrived(stub, path, body)
    assert json.loads(done.stdout) == exchange.answer


@needs_curl
def test_curl_with_a_placeholder(stub: Stub, url: str, tmp_path: Path) -> None:
    """A curl sample with its placeholder left in is refused for it."""
    script = command(CURL["User API Key"].replace("USER_ID", "USER-ID"), url)
    done = run([_SHELL, "-c", script], tmp_path, NO_PROXY="*")
    [exchange] = stub.exchanges
    assert exchange.status == 400
    assert "user_id" in done.stdout
