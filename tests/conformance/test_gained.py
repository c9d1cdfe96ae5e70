"""The tests cover new operations of the spec without a change, and a failure can be run alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.regen import GENERATED, PACKAGE, ROOT, SPEC, derive
from tests.conformance.documents import OPERATIONS
from tests.regen.tree import copy_inputs, replace, run

_MODELS = GENERATED / PACKAGE / "models"
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")


@pytest.fixture(scope="module")
def gained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project whose spec has five more operations, with its derived files.

    Its path has a space and a character outside ASCII.
    """
    root = tmp_path_factory.mktemp("a project, \xe9")
    copy_inputs(root)
    for name in ("src", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "wrapper", "faults")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    more = Path(__file__).with_name("gained.yaml").read_text(encoding="utf-8")
    _, _, more = more.partition("\npaths:\n")
    replace(root / "spec" / "upstream.yaml", "\ncomponents:\n  schemas:\n", f"\n{more}")
    derived = root / "derived"
    derived.mkdir()
    derive(root, derived)
    (derived / SPEC).rename(root / SPEC)
    (derived / GENERATED).rename(root / GENERATED)
    # The commands that failures print use the .venv of the project.
    (root / ".venv").symlink_to(sys.prefix)
    return root


def test_new_parts_of_the_spec_are_proven(gained: Path) -> None:
    """The unchanged tests pass for new queries, ids, optional bodies and answers."""
    tests = ("conformance", "answers", "models", "limits")
    files = [f"tests/conformance/test_{name}.py" for name in tests]
    # The measure draws the cases of an operation.
    passed = _run(gained, *_PYTEST, "-vv", *files, "-k", "(robot or left_out) and not given")
    assert passed.returncode == 0, passed.stdout
    for operation in ("listRobots", "getRobot", "changeRobot", "DELETE /robots/{id}"):
        assert passed.stdout.count(f"[{operation}] PASSED") >= 2, passed.stdout


@pytest.mark.slow
def test_new_parts_of_the_spec_are_measured(gained: Path) -> None:
    """The measure covers each operation within its own budget, and writes its page."""
    result = _run(gained, sys.executable, "-m", "tests.conformance.measure")
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    page = (gained / "reports" / "conformance.html").read_text(encoding="utf-8")
    for operation in ("listRobots", "DELETE /robots/{id}", "rotateRobot", *OPERATIONS):
        assert f" {operation} " in result.stdout
        assert operation in page


def test_prints_the_command_that_runs_the_smallest_case(gained: Path) -> None:
    """The printed command fails while the client is broken, and passes once it is repaired."""
    path = gained / _MODELS / "create_api_key_object.py"
    whole = path.read_text(encoding="utf-8")
    replace(path, "in self.rate_limits:", "in self.rate_limits[:5]:")
    try:
        fuzzing = ("tests/conformance/test_conformance.py", "-k", "given and createApiKey")
        failed = _run(gained, *_PYTEST, *fuzzing)
        assert "FlakyStrategyDefinition" not in failed.stdout
        [command] = {
            line.removeprefix("E").strip()
            for line in failed.stdout.splitlines()
            if "--case" in line
        }
        alone = _run(gained, "sh", "-c", command)
        assert (alone.returncode, "1 failed" in alone.stdout) == (1, True), alone.stdout
    finally:
        path.write_text(whole, encoding="utf-8")
    mended = _run(gained, "sh", "-c", command)
    assert (mended.returncode, "1 passed" in mended.stdout) == (0, True), mended.stdout


def _run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    imported = os.pathsep.join(str(root / name) for name in (".", "src", "generated"))
    # CI's profile draws the same cases each time; compiled modules are shared by all processes.
    environment = {"PYTHONPATH": imported, "CI": "true", "PYTHONDONTWRITEBYTECODE": ""}
    return run([*command], root, environment)
