"""The code samples that the spec publishes work with this client, or with curl."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from portkey_admin import ConfigurationError, InvalidRequestError
from portkey_admin.stub import Stub
from portkey_admin.stub.server import serve
from tests.conformance.conftest import DOCUMENT

UPSTREAM: dict[str, Any] = YAML(typ="safe").load(
    Path(__file__).parents[2].joinpath("spec", "upstream.yaml").read_bytes()
)
[PATH] = UPSTREAM["paths"]
SAMPLES: list[dict[str, str]] = UPSTREAM["paths"][PATH]["post"]["x-code-samples"]
PYTHON = {each["label"]: each["source"] for each in SAMPLES if each["lang"] == "python"}
CURL = {each["label"]: each["source"] for each in SAMPLES if each["lang"] == "curl"}

USER_ID = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"


@pytest.fixture
def stub() -> Stub:
    """Accepts the samples' own placeholder for a key."""
    return Stub(DOCUMENT, api_key="PORTKEY_API_KEY")


@pytest.fixture
def server(stub: Stub) -> Iterator[str]:
    """Serve the stub."""
    with serve(stub) as url:
        yield url


def test_all_samples_are_known() -> None:
    """There are three samples in Python and three for curl."""
    assert set(PYTHON) == set(CURL) == {"Default", "Self-Hosted", "User API Key"}


def run(source: str) -> None:
    """Run a Python sample with the import and the class name of this client, all else as it is."""
    source, imports = re.subn(
        r"from portkey(_ai)? import Portkey", "from portkey_admin import PortkeyAdmin", source
    )
    source, calls = re.subn(r"= Portkey\(", "= PortkeyAdmin(", source)
    assert (imports, calls) == (1, 1)
    exec(compile(source, "sample", "exec"), {})  # noqa: S102 - the spec's own sample


def fill_in(source: str, server: str) -> str:
    """Return a sample with values for what no server takes as it stands."""
    source = source.replace("SELF_HOSTED_CONTROL_PLANE_URL", server)
    return source.replace('"USER_ID"', f'"{USER_ID}"')


@pytest.mark.parametrize("label", PYTHON)
def test_python(
    label: str, stub: Stub, server: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Each Python sample creates its key, and prints it masked."""
    monkeypatch.setenv("PORTKEY_BASE_URL", server)
    run(fill_in(PYTHON[label], server))
    [exchange] = stub.exchanges
    assert exchange.status == 200
    assert exchange.answer["id"] in capsys.readouterr().out


def test_python_default_as_it_stands(
    stub: Stub, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default sample needs nothing filled in at all."""
    monkeypatch.setenv("PORTKEY_BASE_URL", server)
    run(PYTHON["Default"])
    assert stub.exchanges[0].body["workspace_id"] == "WORKSPACE_ID"


def test_python_placeholder_of_a_server() -> None:
    """The placeholder that is no URL is named by the error."""
    with pytest.raises(ConfigurationError, match="SELF_HOSTED_CONTROL_PLANE_URL is a placeholder"):
        run(PYTHON["Self-Hosted"])


def test_python_placeholder_of_a_user() -> None:
    """The placeholder that is no UUID is named by the error, and nothing is sent."""
    with pytest.raises(InvalidRequestError) as caught:
        run(PYTHON["User API Key"])
    [problem] = caught.value.problems
    assert (problem.pointer, problem.found) == ("/user_id", '"USER_ID"')


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
@pytest.mark.parametrize("label", CURL)
def test_curl(label: str, stub: Stub, server: str) -> None:
    """Each curl sample is accepted as curl sends it, once its lines are joined."""
    source = fill_in(CURL[label], server).replace("https://api.portkey.ai/v1", server)
    # The samples lack the backslash before the first of their options.
    command = re.sub(r"\n  -H", r" \\\n  -H", source, count=1)
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command.rstrip()} --silent --noproxy '*'"],
        capture_output=True,
        text=True,
        check=True,
    )
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert exchange.answer["key"] in done.stdout
