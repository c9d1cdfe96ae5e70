"""An operation that the spec gains is covered without new test code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.regen import GENERATED, PACKAGE, ROOT, SPEC, derive
from tests.regen.tree import plant, replace, run

_NEEDED = ("src", "tests/__init__.py", "tests/conftest.py", "tests/conformance", "tests/corpus")
_MODULE = GENERATED / PACKAGE / "api" / "api_keys" / "change_api_key.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project whose spec has one more operation, with what is derived from it."""
    root = tmp_path / "project"
    root.mkdir()
    plant(root)
    for name in _NEEDED:
        (root / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    gained = Path(__file__).with_name("gained.yaml").read_text(encoding="utf-8")
    replace(root / "spec" / "upstream.yaml", "\ncomponents:\n", f"\n{gained}components:\n")
    derived = tmp_path / "derived"
    derived.mkdir()
    derive(root, derived)
    (derived / SPEC).rename(root / SPEC)
    (derived / GENERATED).rename(root / GENERATED)
    return root


def test_covers_what_the_spec_gains(tree: Path) -> None:
    """The tests that are there check the new operation, and find a mistake in its code."""
    passed = _run_conformance(tree)
    assert (passed.returncode, "2 passed" in passed.stdout) == (0, True), passed.stdout
    text = (tree / _MODULE).read_text(encoding="utf-8")
    head, marker, tail = text.partition("async def asyncio_detailed")
    assert "force=force," in tail
    broken = f"{head}{marker}{tail.replace('force=force,', '', 1)}"
    (tree / _MODULE).write_text(broken, encoding="utf-8")
    failed = _run_conformance(tree)
    assert failed.returncode == 1
    assert "parameters/force is lost" in failed.stdout


def _run_conformance(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the deterministic tests of the new operation."""
    imported = os.pathsep.join(str(tree / name) for name in (".", "src", "generated"))
    return run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("tests/conformance/test_conformance.py", "-k", "changeApiKey and not given"),
        ],
        tree,
        {"PYTHONPATH": imported},
    )
