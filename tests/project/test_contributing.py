"""The example in CONTRIBUTING shows the real output of an update of the spec."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.regen import ROOT
from tests.project.documents import blocks
from tests.regen.tree import copy_inputs, replace, run_make, share_types

SHOWN = {each.text.strip(): each.shown for each in blocks("CONTRIBUTING.md") if each.shown}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project, with the page of a spec that has two additions."""
    root = tmp_path_factory.mktemp("tree")
    copy_inputs(root)
    share_types(root)
    shutil.copytree(
        ROOT / "generated", root / "generated", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "spec" / "openapi.yaml", root / "spec")
    page = root / "create-api-key.md"
    shutil.copy(ROOT / "spec" / "upstream.yaml", page)
    unit = "                  - rpw\n"
    replace(page, unit, f"{unit}{unit.replace('rpw', 'rpmo')}")
    emails = "        alert_emails:\n          type: array\n"
    owner = "        owner:\n          type: string\n          maxLength: 80\n"
    replace(page, emails, owner + emails)
    return root


def test_the_commands_print_the_shown_output(tree: Path) -> None:
    """Each command prints the output that the page shows below it."""
    assert [command.split()[1] for command in SHOWN] == ["import-spec", "regen"]
    for command, shown in SHOWN.items():
        result = run_make(tree, *command.split()[1:])
        assert (result.returncode, result.stdout) == (0, shown), result.stderr
