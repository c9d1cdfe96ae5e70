"""Operations that the generator cannot express are found, listed and left out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts import generator, regen
from scripts.limits import LIMITS, LimitsError, read_limits
from scripts.parts import operations, reached, without
from tests.regen.tree import copy_inputs, entries, replace

BEYOND = YAML(typ="safe").load(Path(__file__).with_name("beyond.yaml").read_bytes())
CONTENT = "/content/application~1json"


def document(case: dict[str, Any]) -> dict[str, Any]:
    """Return the complete document of a case."""
    done = {"204": {"description": "done"}}
    paths = {
        path: {
            name: {"responses": done, **value} if name in {"get", "put", "post"} else value
            for name, value in item.items()
        }
        for path, item in case["paths"].items()
    }
    components = {name: case.get(name, {}) for name in ("schemas", "parameters")}
    info = {"title": "Beyond", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


SETTINGS = generator.settings(regen.CONFIG)


@pytest.mark.parametrize("case", BEYOND.values(), ids=BEYOND)
def test_finds_operation_place_and_reason(case: dict[str, Any]) -> None:
    """Each fault has its operations, the smallest place, and a reason with the document's names."""
    found, _ = generator.read(document(case), SETTINGS)
    assert len(found) == len(case["found"])
    for each, (operation, at, words) in zip(found, case["found"], strict=True):
        assert (each.operation, each.at.replace(CONTENT, "")) == (operation, at)
        assert words in each.reason.replace(CONTENT, "")
        assert "object at 0x" not in each.reason


@pytest.mark.parametrize("case", BEYOND.values(), ids=BEYOND)
def test_rest_of_the_document_can_be_generated(case: dict[str, Any]) -> None:
    """Without the operations that are found, the generator can express the document."""
    whole = document(case)
    names = {each[0] for each in case["found"]}
    if "" not in names:
        found, reading = generator.read(without(whole, names), SETTINGS)
        assert found == []
        assert reading is not None
        assert len(reading.modules()) >= len({each.name for each in operations(whole)} - names)


def test_component_is_removed_with_its_last_operation() -> None:
    """A component is removed with the last operation that refers to it, not before."""
    case = BEYOND["component that two operations need"]
    whole = document({**case, "schemas": {**case["schemas"], "Unused": {"type": "object"}}})
    assert without(whole, set()) == whole
    one = without(whole, {"POST /a"})
    assert (list(one["paths"]), list(one["components"]["schemas"])) == (
        ["/b", "/ok"],
        ["A", "Unused"],
    )
    both = without(whole, {"POST /a", "GET /b"})
    assert (list(both["paths"]), list(both["components"]["schemas"])) == (["/ok"], ["Unused"])
    assert reached(whole, [whole["paths"]["/a"]]) == {
        ("components", "schemas", "A"),
        ("components", "schemas", "B"),
    }


# --- make regen ---

COUNTED = """\
  /counted:
    get:
      parameters:
        - {name: X-Ids, in: header, schema: {type: array, items: {type: string}}}
      responses: {'204': {description: done}}
    post:
      operationId: count
      responses: {'204': {description: done}}
"""
# The generator accepts both, but writes invalid Python for one, and code that mypy refuses.
BROKEN = """\
  /two-bodies:
    post:
      parameters: [{name: body, in: query, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {type: integer}}}}
      responses: {'204': {description: done}}
  /model:
    put:
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {to_dict: {type: string}}}}
      responses: {'204': {description: done}}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree that regen can read, with this project's derived files."""
    root = tmp_path / "tree"
    root.mkdir()
    copy_inputs(root)
    return root


def add_paths(root: Path, paths: str) -> None:
    """Add paths to upstream.yaml."""
    replace(root / "spec" / "upstream.yaml", "\ncomponents:\n", f"\n{paths}components:\n")


def refused(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Check that regen refuses and changes nothing, and return the error."""
    before = entries(root)
    assert regen.main([], root=root) == 1
    assert entries(root) == before
    return capsys.readouterr().err


def rows(error: str) -> str:
    """Return the rows for spec/limits.yaml in an error."""
    lines = error.splitlines(keepends=True)
    return "".join(
        each
        for each in lines
        if each.startswith(("- operation:", "  at:", "  stage:", "  reason:"))
    )


def test_only_the_listed_operation_is_left_out(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error has the row for the list; with it, only that operation is left out."""
    add_paths(tree, COUNTED)
    error = refused(tree, capsys)
    assert rows(error) == (
        '- operation: "GET /counted"\n'
        '  at: "/paths/~1counted/get/parameters/0"\n'
        "  stage: generate\n"
        '  reason: "list[str] | Unset is not allowed in header"\n'
    )
    (tree / LIMITS).write_text(rows(error))
    assert regen.main([], root=tree) == 0
    package = tree / regen.GENERATED / regen.PACKAGE
    assert [each.name for each in (package / "api" / "default").iterdir()] == [
        "__init__.py",
        "count.py",
    ]
    assert "/counted" in json.loads((package / "openapi.json").read_bytes())["paths"]
    assert regen.main(["--check"], root=tree) == 0


def test_second_operation_of_a_module_is_a_limit(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If two operations share a module, the row for the second one makes the first one work."""
    free = COUNTED.replace("array, items: {type: string}", "string")
    add_paths(tree, free + "  /again:\n    get:\n      operationId: Count\n      responses: {}\n")
    error = refused(tree, capsys)
    assert '- operation: "GET /again"\n  at: "/paths/~1again/get"\n' in error
    assert "same name as the module of POST /counted" in error
    (tree / LIMITS).write_text(rows(error))
    assert regen.main([], root=tree) == 0
    module = tree / regen.GENERATED / regen.PACKAGE / "api" / "default" / "count.py"
    assert '"/counted"' in module.read_text()


@pytest.mark.slow
def test_unusable_generated_code_is_a_limit(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Generated code that Python or mypy refuses gives rows for the list too."""
    add_paths(tree, COUNTED.replace("array, items: {type: string}", "string") + BROKEN)
    proposed_rows = ""
    for name, at in (
        ("POST /two-bodies", "/paths/~1two-bodies/post"),
        ("PUT /model", f"/paths/~1model/put/requestBody{CONTENT}/schema"),
    ):
        error = refused(tree, capsys)
        assert f'- operation: "{name}"\n  at: "{at}"\n' in error
        proposed_rows += rows(error)
        (tree / LIMITS).write_text(proposed_rows)
    assert regen.main([], root=tree) == 0
    modules = (tree / regen.GENERATED / regen.PACKAGE / "api" / "default").iterdir()
    assert sorted(each.name for each in modules) == ["__init__.py", "count.py", "get_counted.py"]


@pytest.mark.slow
def test_module_that_cannot_be_imported_is_a_limit(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The row is for the operation of the last module in the traceback."""
    free = COUNTED.replace("array, items: {type: string}", "string")
    body = "requestBody: {content: {application/json: {schema: {type: object}}}}"
    add_paths(tree, free.replace("operationId: count\n", f"operationId: count\n      {body}\n"))
    hook = (
        "import os; path = 'models/count_body.py'; "
        "os.path.exists(path) and open(path, 'a').write('import portkey_generated.nowhere')"
    )
    with (tree / regen.CONFIG.name).open("a") as settings:
        settings.write(f"  - {json.dumps(f'python -c {json.dumps(hook)}')}\n")
    error = refused(tree, capsys)
    assert rows(error) == (
        '- operation: "POST /counted"\n'
        f'  at: "/paths/~1counted/post/requestBody{CONTENT}/schema"\n'
        "  stage: generate\n"
        "  reason: \"ModuleNotFoundError: No module named 'portkey_generated.nowhere'\"\n"
    )
    (tree / LIMITS).write_text(rows(error))
    assert regen.main([], root=tree) == 0


def test_unneeded_rows_are_refused(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for an operation that works, does not exist or fails elsewhere is refused."""
    add_paths(tree, COUNTED)
    needed = {
        "operation": "GET /counted",
        "at": "/paths/~1counted/get/parameters/0",
        "stage": "generate",
        "reason": "no lists in headers",
    }
    wrong = [
        {**needed, "operation": f"{method.upper()} /counted", "at": f"/paths/~1counted/{method}"}
        for method in ("post", "delete", "get")
    ]
    (tree / LIMITS).write_text(json.dumps([needed, *wrong]))
    assert regen.main(["--check"], root=tree) == 1
    unneeded, _, faults = capsys.readouterr().err.partition("These are the faults:")
    assert "spec/limits.yaml has rows that are not needed" in unneeded
    for row in wrong:
        assert f'- operation: "{row["operation"]}"\n  at: "{row["at"]}"\n' in unneeded
    assert needed["at"] not in unneeded
    assert needed["at"] in faults


def test_component_that_no_operation_needs_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an operation to leave out, the error has the place, the reason and instructions."""
    upstream = tree / "spec" / "upstream.yaml"
    replace(upstream, "\n  schemas:\n", "\n  schemas:\n    Unused: {type: array}\n")
    error = refused(tree, capsys)
    assert "/components/schemas/Unused: type array must have items" in error
    assert "remove them in spec/overlay.yaml" in error
    assert rows(error) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n", "is not a list"),
        ("- a\n", "row 1"),
        ("- {operation: GET /a, at: /paths, stage: generate}\n", "row 1: a row must have exactly"),
        ("- {operation: GET /a, at: /p, stage: x, reason: r}\n", "row 1: the stage must be one"),
        ("- {operation: GET /a, at: 1, stage: stub, reason: r}\n", "row 1: each value must"),
        ("- {operation: GET /a, at: /p, stage: stub, reason: ' '}\n", "each value must be text"),
        ("- [\n", "is not YAML"),
    ],
    ids=["mapping", "text", "no reason", "stage", "number", "blank reason", "no YAML"],
)
def test_malformed_list_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    """The error names a malformed row."""
    (tree / LIMITS).write_text(text)
    assert words in refused(tree, capsys)


def test_each_stage_reads_only_its_own_rows(tmp_path: Path) -> None:
    """Each stage reads only its own rows, and the file may be missing."""
    (tmp_path / "spec").mkdir()
    assert read_limits(tmp_path, "stub") == []
    row = "- {operation: GET /a, at: /p, stage: %s, reason: of %s}\n"
    text = "".join(row % (stage, stage) for stage in ("generate", "stub", "draw"))
    (tmp_path / LIMITS).write_text(text)
    assert [each.reason for each in read_limits(tmp_path, "draw")] == ["of draw"]
    (tmp_path / LIMITS).write_text("- 1\n")
    with pytest.raises(LimitsError):
        read_limits(tmp_path, "draw")


# --- The wrapper ---


def test_spec_that_the_wrapper_cannot_read_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A keyword that the wrapper does not support is refused with its pointer."""
    shutil.copytree(regen.ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    with (tree / "spec" / "overlay.yaml").open("a") as overlay:
        overlay.write(
            "  - target: $.components.schemas.CreateApiKeyObject.properties.name\n"
            "    description: A keyword that the checks do not support.\n"
            "    update: {contentEncoding: base64}\n"
        )
    error = refused(tree, capsys)
    assert "/post/requestBody/properties/name: contentEncoding is not supported" in error
    assert error.endswith("regen: spec/ and generated/ are unchanged\n")


def test_package_that_breaks_the_wrapper_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrapper that cannot be imported with the new package refuses it."""
    (tree / "src" / "portkey_admin").mkdir(parents=True)
    (tree / "src" / "portkey_admin" / "__init__.py").write_text(
        "from portkey_generated.models import Nowhere\n"
    )
    assert "ImportError: cannot import name 'Nowhere'" in refused(tree, capsys)
