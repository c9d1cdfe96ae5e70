"""A small version of a document like Portkey's; `python -m tests.regen.large` has large ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scripts import import_spec, regen
from scripts.limits import LIMITS
from scripts.parts import operations
from tests.regen.large import large, proposed_rows
from tests.regen.tree import copy_inputs

pytestmark = pytest.mark.slow


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree that regen can read, with a page of seventeen operations."""
    copy_inputs(tmp_path)
    (tmp_path / "openapi.yaml").write_text(large(17), "utf-8")
    return tmp_path


def imported(root: Path, *words: str) -> list[str]:
    """Import from the page, and return the names of the imported operations."""
    assert import_spec.main([*words, str(root / "openapi.yaml")], root=root) == 0
    upstream = (root / "spec" / "upstream.yaml").read_bytes()
    return [each.name for each in operations(YAML(typ="safe").load(upstream))]


def test_whole_document_is_imported_and_generated(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every operation, except the listed ones, has a module."""
    assert len(imported(tree)) == 17
    assert regen.main([], root=tree) == 1
    rows = proposed_rows(capsys.readouterr().err)
    assert rows.count("- operation:") == 1
    (tree / LIMITS).write_text(rows, "utf-8")
    assert regen.main([], root=tree) == 0
    api = tree / regen.GENERATED / regen.PACKAGE / "api"
    modules = {each.stem for each in api.glob("*/*.py")} - {"__init__"}
    assert len(modules) == 16 + 5  # from spec/lifecycle.yaml
    assert modules > {"create_api_key", "put_on_shelf_0", "get_shelves_0", "get_shelves_1_thing_id"}


def test_some_paths_are_imported_and_generated(tree: Path) -> None:
    """Some paths cut from the whole document are a document that regen accepts unchanged."""
    assert imported(tree, "--only", "/api-keys") == ["POST /api-keys/{type}/{sub-type}"]
    assert regen.main([], root=tree) == 0
    before = (regen.ROOT / regen.SPEC).read_bytes()
    shelves = imported(tree, "--only", "/shelves-1")
    assert len(shelves) == 8
    after = (tree / regen.SPEC).read_bytes()
    assert b"x-shelves" in after
    assert [each for each in before.splitlines() if each not in after.splitlines()] == []
