"""Regen writes generated/ completely and reproducibly, or changes nothing."""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scripts import regen
from tests.regen.tree import (
    TOOLS,
    Entry,
    append,
    contents,
    copy_inputs,
    entries,
    replace,
    run,
    run_make,
)

ROOT = regen.ROOT
PACKAGE = Path("generated", regen.PACKAGE)

Break = Callable[[Path], None]


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a freshly generated tree, which no test changes."""
    root = tmp_path_factory.mktemp("derived")
    copy_inputs(root)
    assert regen.main([], root=root) == 0
    return root


@pytest.fixture
def tree(derived: Path, tmp_path: Path) -> Path:
    """Return a copy of that tree, which a test may change."""
    root = tmp_path / "tree"
    shutil.copytree(derived, root)
    return root


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the checks of the package, for tests of something else."""
    for check in ("check_package", "check_wrapper"):
        monkeypatch.setattr(regen, check, lambda *_: None)


@pytest.fixture
def staged(derived: Path, unchecked: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Replace the generator too, for tests of later steps."""

    def derive(_root: Path, into: Path) -> None:
        for part in ("spec", "generated"):
            shutil.copytree(derived / part, into / part)

    monkeypatch.setattr(regen, "derive", derive)


def left_over(root: Path) -> list[str]:
    """Return the names of the temporary folders that regen has left."""
    return [path.name for path in root.glob(".regen-*")]


def drift(root: Path) -> None:
    """Make the derived files differ from their sources in every way."""
    append(root / PACKAGE / "client.py", "# edited by hand\n")
    (root / PACKAGE / "errors.py").unlink()
    (root / PACKAGE / "models" / "stray.py").write_text("")
    (root / "generated" / "beside.txt").write_text("")
    replace(root / regen.SPEC, "operationId: createApiKey", "operationId: makeApiKey")


DRIFT = {
    f"{PACKAGE}/client.py",
    f"{PACKAGE}/errors.py",
    f"{PACKAGE}/models/stray.py",
    "generated/beside.txt",
    "spec/openapi.yaml",
}


def test_checked_in_files_are_derived(derived: Path) -> None:
    """The checked-in files are exactly what regen generates from the checked-in sources."""
    differing = [path for path, _, _ in regen.differences(ROOT, derived)]
    assert differing == []


def test_package_is_typed_and_holds_the_spec(derived: Path) -> None:
    """The package has py.typed, and an openapi.json equal to spec/openapi.yaml."""
    assert (derived / PACKAGE / "py.typed").read_bytes() == b""
    as_json = json.loads((derived / PACKAGE / "openapi.json").read_bytes())
    assert as_json == YAML(typ="safe", pure=True).load(derived / regen.SPEC)


def test_package_has_only_source_files(derived: Path) -> None:
    """generated/ has no caches, compiled modules or project files."""
    files = {path for path in (derived / "generated").rglob("*") if path.is_file()}
    assert {path.suffix for path in files} == {".py", ".typed", ".json"}
    assert [path.name for path in (derived / "generated").iterdir()] == [regen.PACKAGE]
    assert not [path for path in files if "cache" in str(path.relative_to(derived))]
    assert left_over(derived) == []


def test_generator_has_no_custom_templates() -> None:
    """The package comes from the generator's own templates."""
    folders = ("generated", "scripts", "spec", "src")
    assert [path for name in folders for path in (ROOT / name).rglob("*.jinja")] == []


# A letter outside ASCII and a date without quotes, which an environment could change.
BENDABLE = (
    ("summary: Create API Keys", "summary: Cr\N{LATIN SMALL LETTER E WITH ACUTE}er"),
    ("example: '2026-06-01T00:00:00Z'", "example: 2026-06-01T00:00:00Z"),
)


@pytest.fixture(scope="module")
def sensitive(derived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tree with sources that an environment could change, derived in this process."""
    root = tmp_path_factory.mktemp("sensitive") / "tree"
    shutil.copytree(derived, root)
    for old, new in BENDABLE:
        replace(root / "spec" / "upstream.yaml", old, new)
    for part in (regen.GENERATED, regen.SPEC):
        shutil.rmtree(root / part) if (root / part).is_dir() else (root / part).unlink()
    into = root.parent / "into"
    into.mkdir()
    regen.derive(root, into)
    for part in (regen.GENERATED, regen.SPEC):
        (into / part).rename(root / part)
    return root


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a folder with other settings and another ruff."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "ruff.toml").write_text("line-length = 40\n")
    (folder / "mypy.ini").write_text("[mypy]\npython_version = 2.7\n")
    (folder / "ruff").write_text("#!/bin/sh\nexit 1\n")
    (folder / "ruff").chmod(0o755)
    return folder


def test_environment_does_not_affect_the_output(sensitive: Path, foreign: Path) -> None:
    """Hash seed, locale, time zone, current folder and PATH do not affect the output."""
    environment = {
        "PYTHONPATH": str(sensitive),
        "PYTHONHASHSEED": "4242",
        # In an ASCII locale, Python does not start in a folder with a name outside ASCII.
        "LC_ALL": "C" if str(ROOT).isascii() else "C.UTF-8",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "TZ": "America/St_Johns",
        "PATH": f"{foreign}{os.pathsep}{os.environ['PATH']}",
        "MYPYPATH": str(foreign),
    }
    command = [sys.executable, "-m", "scripts.regen", "--check"]
    done = run(command, foreign, environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_tools_run_in_one_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed, locale and zone are set for every tool, and the caller's settings are not passed on."""
    show = "import json, os; open('seen', 'w').write(json.dumps(dict(os.environ)))"
    seen: list[dict[str, str]] = []
    for value in ("1", "2"):
        for name in ("PYTHONHASHSEED", "LC_ALL", "LANG", "TZ", "MYPYPATH", "RUFF_CONFIG"):
            monkeypatch.setenv(name, value)
        regen._run([sys.executable, "-c", show], tmp_path)
        seen.append(json.loads((tmp_path / "seen").read_bytes()))
    assert seen[0] == seen[1]
    assert seen[0].keys() >= {"PYTHONHASHSEED", "LC_ALL", "TZ"}


@pytest.mark.usefixtures("staged")
def test_diff_is_printed_in_any_encoding(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A diff with a letter that the terminal lacks is printed, and names the command to run."""
    replace(tree / regen.SPEC, "operationId: createApiKey", "operationId: cr\u00e9er")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert regen.main(["--check"], root=tree) == 1
    terminal.seek(0)
    assert "cr\\xe9er" in (printed := terminal.read())
    assert "run `make regen`" in printed


def test_project_ruff_settings_do_not_affect_generated_code(tree: Path) -> None:
    """The project's ruff settings do not affect generated code."""
    replace(tree / "pyproject.toml", "line-length = 100", "line-length = 40")
    (tree / "ruff.toml").write_text("line-length = 40\n")
    assert regen.main(["--check"], root=tree) == 0


def break_overlay(tree: Path) -> None:
    """Let upstream adopt a repair."""
    upstream = tree / "spec" / "upstream.yaml"
    replace(upstream, "      requestBody:\n", "      requestBody:\n        required: true\n")


def add_an_operation(tree: Path) -> None:
    """Let upstream add an operation that an overlay also adds, in other words."""
    replace(
        tree / "spec" / "upstream.yaml",
        "paths:\n",
        "paths:\n  /api-keys:\n    get:\n      summary: Keys\n      responses: {}\n",
    )


def break_overlay_yaml(tree: Path) -> None:
    """Make the overlay invalid YAML."""
    append(tree / "spec" / "overlay.yaml", "]\n")


def break_upstream_yaml(tree: Path) -> None:
    """Repeat a key in upstream."""
    append(tree / "spec" / "upstream.yaml", "openapi: 3.0.0\n")


def remove_upstream(tree: Path) -> None:
    """Delete upstream."""
    (tree / "spec" / "upstream.yaml").unlink()


def use_an_omission_of_the_generator(tree: Path) -> None:
    """Add a schema that the generator skips with a warning: an array without items."""
    replace(
        tree / "spec" / "upstream.yaml",
        "        scopes:\n          type: array\n          items:\n            type: string\n",
        "        scopes:\n          type: array\n",
    )


def use_a_refusal_of_the_generator(tree: Path) -> None:
    """Change the document so that the generator cannot read it at all."""
    replace(tree / "spec" / "upstream.yaml", "openapi: 3.0.0", "openapi: 2.0.0")


def break_the_configuration(tree: Path) -> None:
    """Make the generator crash on its settings."""
    append(tree / "generator-config.yaml", "literal_enums: [\n")


def break_the_formatting(tree: Path) -> None:
    """Make ruff fail on a module with a syntax error."""
    config = tree / "generator-config.yaml"
    replace(
        config, "post_hooks:\n", "post_hooks:\n  - python -c \"open('broken.py','w').write('(')\"\n"
    )


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (break_overlay, "regen: spec/overlay.yaml: overlay action 7, target $.paths["),
        (
            add_an_operation,
            "spec/lifecycle.yaml: overlay action 8, target $.paths['/api-keys']: get exists",
        ),
        (break_overlay_yaml, "regen: spec/overlay.yaml is not YAML"),
        (break_upstream_yaml, 'found duplicate key "openapi"'),
        (remove_upstream, "upstream.yaml"),
        (use_an_omission_of_the_generator, "type array must have items"),
        (use_a_refusal_of_the_generator, "Only OpenAPI versions 3.* are supported"),
        (break_the_configuration, "regen: the generator failed"),
        (break_the_formatting, "regen: the generator failed"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_failure_changes_no_file(
    tree: Path, capsys: pytest.CaptureFixture[str], break_it: Break, words: str
) -> None:
    """Whichever step fails, regen prints the reason and changes no file."""
    break_it(tree)
    check_refused(tree, capsys, words)


def check_refused(tree: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    """Check that regen fails with some words, and changes nothing."""
    before = entries(tree)
    assert regen.main([], root=tree) == 1
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.endswith("regen: spec/ and generated/ are unchanged\n")
    assert entries(tree) == before


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import portkey_generated.nowhere\n", "regen: the import of every module failed"),
        (
            "def lazy() -> None:\n    from .models import Nowhere  # type: ignore\n",
            "No module named 'portkey_generated.models.Nowhere'",
        ),
        (
            "__all__ = ('Nowhere',)\n",
            "module 'portkey_generated.client' has no attribute 'Nowhere'",
        ),
        ("number: int = 'one'\n", "error: Incompatible types in assignment"),
        (
            "def untyped(value):\n    return value\n",
            "error: Function is missing a type annotation",
        ),
    ],
    ids=["import", "lazy import", "export", "type", "strictness"],
)
def test_broken_package_changes_no_file(
    derived: Path,
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    words: str,
) -> None:
    """A module that cannot be used, or that mypy refuses, is an error and changes no file."""

    def derive(_root: Path, into: Path) -> regen.Generated:
        for part in ("spec", "generated"):
            shutil.copytree(derived / part, into / part)
        append(into / PACKAGE / "client.py", code)
        return regen.Generated({"paths": {}}, {}, [])

    monkeypatch.setattr(regen, "derive", derive)
    check_refused(tree, capsys, words)


def test_missing_formatter_is_an_error(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ruff, unformatted code does not replace the existing files."""
    bare = tmp_path / "bare"
    (bare / "bin").mkdir(parents=True)
    (bare / "bin" / "python").symlink_to(sys.executable)
    (bare / "lib").symlink_to(TOOLS.parent / "lib")
    shutil.copy(TOOLS.parent / "pyvenv.cfg", bare)
    monkeypatch.setattr(sys, "executable", str(bare / "bin" / "python"))
    monkeypatch.setenv("PATH", str(bare / "bin"))
    append(tree / "spec" / "upstream.yaml", "x-new: true\n")
    before = entries(tree)
    assert regen.main([], root=tree) == 1
    assert "ruff is not in PATH" in capsys.readouterr().err
    assert entries(tree) == before


@pytest.mark.parametrize("tool", ["openapi-python-client", "ruff"])
@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["regen", "check-regen"])
def test_tool_of_another_version_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str], tool: str, arguments: list[str]
) -> None:
    """A newer or older tool than the pinned one is refused."""
    installed = importlib.metadata.version(tool)
    replace(tree / "pyproject.toml", f'"{tool}=={installed}"', f'"{tool}==0.0.1"')
    before = entries(tree)
    assert regen.main(arguments, root=tree) == 1
    assert f"{tool} is {installed}, but pyproject.toml pins 0.0.1" in capsys.readouterr().err
    assert entries(tree) == before


def unpin(tree: Path) -> None:
    """Turn the pin of ruff into a lower bound."""
    replace(tree / "pyproject.toml", '"ruff==', '"ruff>=')


def remove_the_pin(tree: Path) -> None:
    """Remove the requirement of ruff."""
    replace(tree / "pyproject.toml", '"ruff==', '"another==')


def break_the_pins(tree: Path) -> None:
    """Make pyproject.toml invalid TOML."""
    append(tree / "pyproject.toml", "]\n")


@pytest.mark.parametrize("break_it", [unpin, remove_the_pin, break_the_pins])
def test_tool_without_an_exact_pin_is_refused(
    tree: Path, capsys: pytest.CaptureFixture[str], break_it: Break
) -> None:
    """A tool that is not pinned exactly is an error."""
    break_it(tree)
    assert regen.main([], root=tree) == 1
    assert "regen: " in capsys.readouterr().err


def test_missing_tool_is_an_error(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing tool is an error that names it."""

    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert regen.main([], root=tree) == 1
    assert "openapi-python-client" in capsys.readouterr().err


@pytest.mark.parametrize(
    "value",
    [".nan", "!!binary aGk=", "!mine a", '"\\ud800"'],
    ids=["not a number", "binary", "tag of its own", "lone surrogate"],
)
def test_yaml_value_outside_json_is_an_error(
    tree: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    """A YAML value that JSON does not allow is an error."""
    append(tree / "spec" / "upstream.yaml", f"x-value: {value}\n")
    assert regen.main([], root=tree) == 1
    assert "regen: " in capsys.readouterr().err


def fail_at(monkeypatch: pytest.MonkeyPatch, number: int, when: str) -> None:
    """Make the given rename fail before it happens, or be interrupted just after it."""
    done: list[Path] = []
    really_rename = Path.rename

    def rename(path: Path, target: Path) -> Path:
        done.append(path)
        if len(done) != number:
            return really_rename(path, target)
        if when == "after":
            really_rename(path, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", rename)


@pytest.mark.usefixtures("staged")
@pytest.mark.parametrize(
    ("number", "when"),
    [
        (1, "before"),
        (1, "after"),
        (2, "before"),
        (2, "after"),
        (3, "before"),
        (3, "after"),
        (4, "before"),
        (4, "after"),
    ],
)
def test_swap_that_fails_is_undone(
    tree: Path, monkeypatch: pytest.MonkeyPatch, number: int, when: str
) -> None:
    """If moving the files fails at any step, the old files are restored."""
    drift(tree)
    before = contents(tree)
    fail_at(monkeypatch, number, when)
    with pytest.raises(KeyboardInterrupt):
        regen.regenerate(tree)
    assert contents(tree) == before


@pytest.mark.usefixtures("staged")
@pytest.mark.parametrize(
    ("number", "when"),
    [
        (1, "before"),
        (1, "after"),
        (2, "before"),
        (2, "after"),
    ],
)
def test_first_swap_that_fails_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, when: str
) -> None:
    """If moving the first derived files fails, nothing is left behind."""
    copy_inputs(tmp_path)
    before = contents(tmp_path)
    fail_at(monkeypatch, number, when)
    with pytest.raises(KeyboardInterrupt):
        regen.regenerate(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.usefixtures("staged")
@pytest.mark.parametrize("step", ["derive", "check_package", "check_wrapper"])
def test_interrupt_changes_no_file(tree: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Ctrl-C while regen prepares changes nothing, and leaves no folder behind."""

    def interrupt(*_arguments: Path) -> None:
        assert left_over(tree)
        raise KeyboardInterrupt

    drift(tree)
    before = entries(tree)
    monkeypatch.setattr(regen, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        regen.main([], root=tree)
    assert entries(tree) == before


@pytest.mark.usefixtures("staged")
def test_regen_repairs_changed_files(
    derived: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run restores edited, missing and extra files, and names them."""
    drift(tree)
    assert regen.main([], root=tree) == 0
    files, _, changes = capsys.readouterr().out.partition("\n\n")
    assert set(files.splitlines()) == DRIFT
    assert "operation renamed" in changes
    assert contents(tree) == contents(derived)


@pytest.mark.usefixtures("staged")
def test_check_shows_every_difference(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """check-regen shows a diff, names missing and extra files, and prints the command to run."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    drift(tree)
    before = entries(tmp_path)
    assert regen.main(["--check"], root=tree) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"--- checked in: {PACKAGE}/client.py" in lines
    assert f"+++ derived: {PACKAGE}/client.py" in lines
    assert "-# edited by hand" in lines
    assert "-      operationId: makeApiKey" in lines
    assert "+      operationId: createApiKey" in lines
    assert f"missing: {PACKAGE}/errors.py" in lines
    assert f"not generated: {PACKAGE}/models/stray.py" in lines
    assert "not generated: generated/beside.txt" in lines
    assert "5 derived file(s) are out of date" in lines[-2]
    assert "run `make regen`" in lines[-1]
    assert entries(tmp_path) == before


def test_check_prints_nothing_if_all_is_current(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compiled modules do not count, and nothing is written or printed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for folder in (tree / PACKAGE, tree / PACKAGE / "models"):
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "client.cpython-311.pyc").write_bytes(b"compiled")
    before = entries(tmp_path)
    assert regen.main(["--check"], root=tree) == 0
    assert capsys.readouterr().out == ""
    assert entries(tmp_path) == before


@pytest.mark.usefixtures("unchecked")
def test_check_needs_no_commit(tree: Path) -> None:
    """Changed sources pass once the files are derived again; nothing has to be committed."""
    append(tree / "spec" / "upstream.yaml", "x-new: true\n")
    assert regen.regenerate(tree) == [f"{PACKAGE}/openapi.json", "spec/openapi.yaml"]
    assert regen.main(["--check"], root=tree) == 0


HEAD = "--- checked in: f\n+++ derived: f\n"


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (None, b"", "missing: f\n"),
        (b"", None, "not generated: f\n"),
        (b"a\nb\n", b"a\nc\n", f"{HEAD}@@ -1,2 +1,2 @@\n a\n-b\n+c\n"),
        (b"a", b"a\n", f"{HEAD}@@ -1 +1 @@\n-a\n\\ no line break at the end\n+a\n"),
        (b"\xff\n", b"a\n", f"{HEAD}@@ -1 +1 @@\n-\ufffd\n+a\n"),
        (b"", b"a\n", f"{HEAD}@@ -0,0 +1 @@\n+a\n"),
    ],
    ids=["missing", "stray", "edited", "no line break at the end", "no text", "empty"],
)
def test_report_is_readable(here: bytes | None, there: bytes | None, expected: str) -> None:
    """Each kind of difference is shown in complete lines."""
    assert regen.report("f", here, there) == expected


@pytest.mark.usefixtures("staged")
@pytest.mark.parametrize("kind", ["folder in place of a file", "broken link", "link to a folder"])
def test_check_reports_an_entry_that_is_not_a_file(
    tree: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """An entry that is not a regular file is reported as a difference."""
    strange = tree / PACKAGE / "strange"
    if kind == "folder in place of a file":
        (tree / PACKAGE / "client.py").unlink()
        (tree / PACKAGE / "client.py").mkdir()
    else:
        strange.symlink_to(tree / ("nowhere" if kind == "broken link" else "spec"))
    assert regen.main(["--check"], root=tree) == 1
    assert "make regen" in capsys.readouterr().out


def test_make_check_regen_fails_with_instructions(tree: Path) -> None:
    """`make check-regen` fails with the diff if a derived file has changed."""
    drift(tree)
    before = entries(tree)
    done = run_make(tree, "check-regen")
    assert done.returncode == 2
    assert "-# edited by hand" in done.stdout.splitlines()
    assert "run `make regen`" in done.stdout
    assert entries(tree) == before


def test_make_regen_reports_that_all_is_current(tree: Path) -> None:
    """`make regen` on an up-to-date tree writes no file, not even an equal one."""
    before: dict[str, Entry] = entries(tree)
    done = run_make(tree, "regen")
    assert (done.returncode, done.stdout) == (0, "regen: everything is up to date already\n")
    assert entries(tree) == before
