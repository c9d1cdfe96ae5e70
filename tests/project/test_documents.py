"""The code of each page runs in order against the stub, and prints the shown output."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

import portkey_admin
from portkey_admin import PortkeyAdmin, RefusedError
from portkey_admin_stub import Stub
from portkey_admin_stub.api_keys import ApiKeys
from portkey_admin_stub.server import serve
from tests.conformance.documents import DOCUMENT
from tests.project.documents import PAGES, PRINTED, ROOT, Block, blocks

API_KEY = "the-admin-key"

# Addresses in the documents, which are replaced with the stub's.
PLACEHOLDERS = re.compile(r"https://portkey\.example\.com/v1|http://127\.0\.0\.1:8787/v1")

# Replaces the programs that take a secret: it logs its arguments, and stores its input in a file
# with its name.
STAND_IN = """\
#!/bin/sh
program=$(basename "$0")
echo "$program $*" >> "$CALLS"
case "$*" in
  *" get "*) printf %s the-admin-key ;;
  *"key=@"*) cat "${*##*@}" > "$STORE/$program" ;;
  *"--from-file="*) cat "${*##*=}" > "$STORE/$program" ;;
  *secret*set*|set*) cat > "$STORE/$program" ;;
esac
"""
STORES = ("vault", "kubectl", "gh", "keyring")
PROGRAMS = (*STORES, "integration-tests.sh")

# Commands that are not run here: they are tested elsewhere, or run until they are interrupted.
NAMED_ONLY = re.compile(r"make |pip install |portkey-admin stub$|\.venv/bin/pre-commit install$")

CLOUD = "https://api.portkey.ai/v1"

# The packages in install commands: from the index, a clone, or a wheel of this version.
PACKAGE = rf"portkey-admin|\.|dist/portkey_admin-{portkey_admin.__version__}-py3-none-any\.whl"


@pytest.fixture
def stub() -> Stub:
    """Return a stub of the effective spec that remembers the keys of a page."""
    return Stub(DOCUMENT, api_key=API_KEY, memory=ApiKeys())


@pytest.fixture
def server(stub: Stub) -> Iterator[str]:
    """Serve the stub at any free port."""
    with serve(stub) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a page runs, with replacements for the programs that it calls."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o700)
    for name in ("work", "store"):
        (tmp_path / name).mkdir()
    work = tmp_path / "work"
    shutil.copy(programs / "integration-tests.sh", work)
    path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    monkeypatch.chdir(work)
    for name, value in {
        "PATH": path,
        "HOME": str(tmp_path),
        "CALLS": str(tmp_path / "calls"),
        "COLUMNS": "80",
        "STORE": str(tmp_path / "store"),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_RUN_ID": "1",
        "PORTKEY_API_KEY": API_KEY,
        "PORTKEY_BASE_URL": server,
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "outputs").touch()
    return tmp_path


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """Restore the log level, which a page may raise."""
    logger = logging.getLogger("httpcore")
    before = logger.level
    yield
    logger.setLevel(before)


def run(block: Block, server: str) -> str:
    """Run a block, and return its output."""
    source = PLACEHOLDERS.sub(server, block.text)
    if block.kind == "python":
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, block.page, "exec"), {})  # noqa: S102 - our own documents
        return printed.getvalue()
    if block.kind == "sh":
        lines = source.splitlines(keepends=True)
        source = "".join(line for line in lines if not NAMED_ONLY.match(line))
        # A preview sends nothing, and so it can be that of a request to Portkey's cloud.
        if "--dry-run" in source:
            server = CLOUD
        return shell(source, {"PORTKEY_BASE_URL": server}, is_shown=block.shown is not None)
    assert block.kind == "yaml"
    document: Any = YAML(typ="safe").load(source)
    if "jobs" in document:
        [job] = document["jobs"].values()
        for step in job["steps"]:
            run_step(step)
    else:
        Path(f"{document['name']}.yaml").write_text(source)
    return ""


def shell(source: str, environment: dict[str, str], *, is_shown: bool = False) -> str:
    """Run a script in the user's shell, with an empty standard input.

    If its output is shown, that includes stderr, and it may fail.
    """
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", source],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if is_shown else subprocess.PIPE,
        text=True,
        check=False,
    )
    assert is_shown or result.returncode == 0, f"{source}\n{result.stderr}"
    return result.stdout


def run_step(step: dict[str, Any]) -> None:
    """Run a step of a GitHub Actions job, with its secrets and the outputs of earlier steps."""
    if not NAMED_ONLY.match(step["run"]):
        environment = {
            name: API_KEY if "secrets." in value else output(value)
            for name, value in step.get("env", {}).items()
        }
        shell(step["run"], environment)


def output(expression: str) -> str:
    """Return the output of a step that an expression names."""
    name = re.fullmatch(r"\$\{\{ steps\.\w+\.outputs\.(\w+) \}\}", expression)
    assert name
    content = Path(os.environ["GITHUB_OUTPUT"]).read_text()
    found = re.search(rf"^{name[1]}<<(\S+)\n(.*?)\n\1$", content, re.MULTILINE | re.DOTALL)
    assert found
    return found[2]


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CONTRIBUTING.md"])
def test_a_page_runs(page: str, server: str, folder: Path) -> None:
    """Each block of code runs after the ones above it, and prints the shown output."""
    assert folder.exists()
    for block in blocks(page):
        if block.kind in PRINTED:
            continue
        printed = run(block, server)
        if block.shown is not None:
            assert printed == block.shown, f"{page}:{block.line}"


class LosingTransport(httpx.HTTPTransport):
    """Loses the response to the first POST."""

    is_lost = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, and raise the error of a lost connection."""
        response = super().handle_request(request)
        if request.method == "POST" and not self.is_lost:
            self.is_lost = True
            response.close()
            raise httpx.ReadError("lost")
        return response


def defined(function: str) -> Any:
    """Return a function that a block of the page on errors defines."""
    [block] = [each for each in blocks("docs/errors.md") if f"def {function}(" in each.text]
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(block.text, names)  # noqa: S102 - our own documents
    return names[function]


@pytest.mark.usefixtures("folder")
def test_a_create_whose_response_is_lost_leaves_one_key() -> None:
    """The function of the page on errors deletes the orphan and returns the other key."""
    create_once = defined("create_once")
    with PortkeyAdmin(transport=LosingTransport()) as portkey:
        created = create_once(portkey, "search")
        [key] = portkey.api_keys.find("search")
    assert key.id == created.id


@pytest.mark.usefixtures("folder")
def test_a_rotation_whose_response_is_lost_is_not_repeated() -> None:
    """The function of the page on errors ends with the exit code in the page."""
    rotate = defined("rotate")
    with PortkeyAdmin() as portkey:
        created = portkey.api_keys.create(
            type="organisation", sub_type="service", name="again", scopes=["completions.write"]
        )
    with (
        PortkeyAdmin(transport=LosingTransport()) as portkey,
        pytest.raises(RefusedError) as refused,
    ):
        rotate(portkey, created.id)
    assert refused.value.code == "AB07"


RECIPES = [block for block in blocks("docs/recipes.md") if block.kind not in PRINTED]


def test_recipes_store_the_secret(stub: Stub, server: str, folder: Path) -> None:
    """Each store gets the secret of its own key, and no command line contains a key."""
    stub.exchanges.clear()
    for block in RECIPES:
        run(block, server)
    keys = {each.answer["key"] for each in stub.exchanges}
    assert len(keys) == len(stub.exchanges)
    stored = [path.read_text() for path in (folder / "store").iterdir()]
    assert len(set(stored)) == len(STORES)
    assert set(stored) <= keys
    calls = (folder / "calls").read_text()
    for program in PROGRAMS:
        assert program in calls
    assert not any(key in calls for key in (API_KEY, *keys))


@pytest.mark.parametrize("block", RECIPES, ids=lambda block: f"line {block.line}")
def test_failed_recipe_changes_no_store(block: Block, folder: Path) -> None:
    """If the create is refused, the stores are unchanged, and their programs not even called."""
    env, outputs = Path(".env"), Path(os.environ["GITHUB_OUTPUT"])
    for name in STORES:
        (folder / "store" / name).write_text("before")
    env.write_text("before")
    refusing = Stub(DOCUMENT, api_key="another-admin-key")
    # A user who replaces a secret adds --force.
    changed = replace(block, text=block.text.replace("--output .env", "--output .env --force"))
    with serve(refusing) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTKEY_BASE_URL", server)
        if changed.kind == "sh":  # like a terminal, where the shell continues after a failure
            subprocess.run(["sh", "-c", changed.text], stdin=subprocess.DEVNULL, check=False)
        else:
            with contextlib.suppress(AssertionError):
                run(changed, server)
    assert {exchange.status for exchange in refusing.exchanges} == {401}
    for name in STORES:
        assert (folder / "store" / name).read_text() == "before"
    assert (env.read_text(), outputs.read_text()) == ("before", "")
    calls = Path(os.environ["CALLS"])
    called = calls.read_text().splitlines() if calls.exists() else []
    assert [each for each in called if " get " not in each] == []
    assert not [*Path().glob("*.key"), *Path().glob("*.secret")]


@pytest.mark.parametrize("page", PAGES)
def test_named_commands_exist(page: str) -> None:
    """Each make command of a page is a target, and each extra exists."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for block in blocks(page):
        for line in block.text.splitlines() if block.kind == "sh" else ():
            if line.startswith("make "):
                subprocess.run(
                    ["make", "--dry-run", *shlex.split(line)[1:]],
                    cwd=ROOT,
                    check=True,
                    capture_output=True,
                )
            if line.startswith("pip install "):
                named = re.fullmatch(rf"pip install '?(?:{PACKAGE})(?:\[([a-z,]+)\])?'?", line)
                assert named, line
                assert set((named[1] or "").split(",")) <= {"", *extras}
