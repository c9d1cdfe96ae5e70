"""check-spec fails on a breaking change that is not announced."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scripts import check_spec, import_spec, regen, yaml_document
from tests.regen.tree import copy_inputs, replace, run_make, share_types

UPSTREAM = """\
openapi: 3.0.3
info: {title: Shelves, version: '1'}
paths:
  /shelves:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                name: {type: string, maxLength: 9}
                depth: {type: integer}
      responses: {'200': {description: OK}}
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: Repairs, version: 1.0.0}
actions:
  - target: $.paths['/shelves'].post
    description: A name
    update: {operationId: addShelf}
"""
LIFECYCLE = """\
overlay: 1.0.0
info: {title: More operations, version: 1.0.0}
actions:
  - target: $.paths['/shelves']
    description: Not on the page
    update: {get: {operationId: listShelves, responses: {'200': {description: OK}}}}
"""
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n{}\n## [0.1.0] - 2026-11-01\n\n{}"
POINTER = (
    "/paths/~1shelves/post/requestBody/content/application~1json/schema/properties/name/maxLength"
)
NARROWED = ("maxLength: 9", "maxLength: 8")


@pytest.fixture(autouse=True)
def own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep git away from the settings and the repository of the user who runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A maintainer")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "maintainer@example.com")


def git(root: Path, *words: str) -> None:
    """Run git in a tree."""
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with one commit and an up-to-date spec."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "upstream.yaml").write_text(UPSTREAM)
    (tmp_path / "spec" / "overlay.yaml").write_text(OVERLAY)
    (tmp_path / "spec" / "lifecycle.yaml").write_text(LIFECYCLE)
    derived = yaml_document.dump(regen.effective_spec(tmp_path))
    (tmp_path / regen.SPEC).write_bytes(derived)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG.format("", ""))
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message", "All of it")
    return tmp_path


def edit(root: Path, old: str, new: str) -> None:
    """Replace a text in upstream.yaml."""
    replace(root / "spec" / "upstream.yaml", old, new)


def test_no_change_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unchanged spec passes."""
    assert check_spec.main(["HEAD"], root=root) == 0
    assert capsys.readouterr().out == "Nothing changed in the spec.\n"


def test_compatible_change_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A compatible change is shown, and needs no announcement."""
    edit(root, "maxLength: 9", "maxLength: 10")
    assert check_spec.main(["HEAD"], root=root) == 0
    assert capsys.readouterr().out.startswith("compatible: 1\n")


def test_breaking_change_fails(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unannounced breaking change is reported, with the text to add to the changelog."""
    edit(root, *NARROWED)
    assert check_spec.main(["HEAD"], root=root) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("breaking: 1\n")
    assert POINTER in printed.out
    assert "`name`" in printed.err


def test_the_working_tree_is_judged(root: Path) -> None:
    """The current upstream and overlays are compared, not the checked-in derived file."""
    edit(root, *NARROWED)
    assert check_spec.main(["HEAD"], root=root) == 1
    git(root, "commit", "--all", "--message", "Narrower")
    assert check_spec.main(["HEAD"], root=root) == 1
    (root / regen.SPEC).write_bytes(yaml_document.dump(regen.effective_spec(root)))
    git(root, "commit", "--all", "--message", "Derived")
    assert check_spec.main(["HEAD"], root=root) == 0
    assert check_spec.main(["HEAD^"], root=root) == 1


BREAKING = "### Breaking\n\n- The limit of {} is lower.\n"


@pytest.mark.parametrize(
    ("unreleased", "released", "status"),
    [
        (BREAKING.format("`name`"), "", 0),
        (BREAKING.format(f"`{POINTER}`"), "", 0),
        (f"### Added\n\n- More.\n\n{BREAKING.format('`name`')}\n### Fixed\n\n- It.\n", "", 0),
        (BREAKING.format("`name` and `depth`"), "", 0),
        (BREAKING.format("name"), "", 1),
        (BREAKING.format("`depth`"), "", 1),
        (BREAKING.format("`names`"), "", 1),
        ("### Changed\n\n- `name`\n", "", 1),
        ("### Breaking\n\n- Nothing.\n\n### Fixed\n\n- `name`\n", "", 1),
        ("", BREAKING.format("`name`"), 1),
    ],
    ids=[
        "by name",
        "by pointer",
        "between other headings",
        "with another",
        "without backticks",
        "another name",
        "a longer name",
        "below another heading",
        "below the heading that follows",
        "of a release",
    ],
)
def test_announcement(root: Path, unreleased: str, released: str, status: int) -> None:
    """A change is announced by its name or pointer in backticks, in Breaking under Unreleased."""
    edit(root, *NARROWED)
    (root / "CHANGELOG.md").write_text(CHANGELOG.format(unreleased, released))
    assert check_spec.main(["HEAD"], root=root) == status


@pytest.mark.parametrize("revision", ["nowhere", "HEAD:spec", "", "HEAD~7", "a b"])
def test_bad_revision(root: Path, capsys: pytest.CaptureFixture[str], revision: str) -> None:
    """An invalid revision gives status 2 and one line on stderr."""
    assert check_spec.main([revision], root=root) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    assert line.startswith("check-spec: ")


def test_option_for_a_revision(root: Path) -> None:
    """A revision that looks like an option is refused, and never reaches git as an option."""
    with pytest.raises(SystemExit) as caught:
        check_spec.main(["--output=here"], root=root)
    assert caught.value.code == 2
    assert check_spec.main(["--", "--output=here"], root=root) == 2
    assert not (root / "here").exists()


def test_revision_without_a_spec(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A revision without spec/openapi.yaml gives status 2."""
    git(root, "rm", "--cached", "spec/openapi.yaml")
    git(root, "commit", "--message", "None")
    assert check_spec.main(["HEAD"], root=root) == 2
    assert "spec/openapi.yaml" in capsys.readouterr().err


def test_no_repository(root: Path) -> None:
    """A folder that is not a repository gives status 2."""
    (root / ".git").rename(root / "elsewhere")
    assert check_spec.main(["HEAD"], root=root) == 2


def test_no_git(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without git, the check fails and gives that reason."""
    monkeypatch.setenv("PATH", str(root))
    assert check_spec.main(["HEAD"], root=root) == 2
    assert "git cannot be run" in capsys.readouterr().err


def test_spec_that_cannot_be_derived(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An overlay that does not fit gives status 2, not a report of no changes."""
    edit(root, "post:", "put:")
    assert check_spec.main(["HEAD"], root=root) == 2
    assert "spec/overlay.yaml: overlay action 1" in capsys.readouterr().err


# --- The report of make import-spec and make regen ---


def imported(root: Path, *more: str) -> int:
    """Import a page with a lower limit."""
    page = root / "page.yaml"
    page.write_text(UPSTREAM.replace(*NARROWED))
    return import_spec.main([*more, str(page)], root=root)


def test_import_reports_the_changes_of_upstream(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """import-spec reports the changes, compared with the overlays applied."""
    edit(root, "responses: {", "responses: {'404': {description: None}, ")
    assert imported(root, "--changes", str(root / "CHANGES-SPEC.md")) == 0
    printed = capsys.readouterr().out
    assert "breaking: 2" in printed
    assert "Compared without overlays" not in printed
    assert POINTER.replace("~", "\\~") in (root / "CHANGES-SPEC.md").read_text()


@pytest.mark.parametrize("name", ["overlay.yaml", "lifecycle.yaml"])
def test_import_without_a_fitting_overlay(
    root: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """If an overlay does not fit, import-spec prints that and compares without overlays."""
    replace(root / "spec" / name, "$.paths['/shelves']", "$.paths['/nowhere']")
    assert imported(root) == 0
    printed = capsys.readouterr().out
    assert (
        f"Compared without overlays, because one does not fit: spec/{name}: overlay act" in printed
    )
    assert "maxLength tightened" in printed


def test_import_of_the_same_document(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An equal document changes nothing; with --changes, the file has that result."""
    assert imported(root) == 0
    capsys.readouterr()
    assert imported(root) == 0
    assert "breaking" not in capsys.readouterr().out
    assert imported(root, "--changes", str(root / "CHANGES-SPEC.md")) == 0
    assert "Nothing changed" in (root / "CHANGES-SPEC.md").read_text()


def test_import_over_a_file_that_is_not_yaml(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken upstream.yaml is replaced, with a warning that the changes cannot be shown."""
    (root / "spec" / "upstream.yaml").write_text("openapi: [")
    assert imported(root) == 0
    assert (root / "spec" / "upstream.yaml").read_text() == UPSTREAM.replace(*NARROWED)
    assert "cannot show how" in capsys.readouterr().err
    (root / "spec" / "upstream.yaml").write_text("openapi: [")
    assert imported(root, "--changes", str(root / "CHANGES-SPEC.md")) == 1
    assert not (root / "CHANGES-SPEC.md").exists()


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a copy of the tree in which make can run, with the checked-in spec."""
    planted = tmp_path / "planted"
    planted.mkdir()
    copy_inputs(planted)
    (planted / regen.SPEC).write_bytes((regen.ROOT / regen.SPEC).read_bytes())
    return planted


def test_make_regen_reports_the_changes(planted: Path) -> None:
    """`make regen` reports the changes of spec/openapi.yaml; CHANGES=FILE also writes them."""
    share_types(planted)
    replace(planted / "spec" / "upstream.yaml", "maximum: 365", "maximum: 364")
    done = run_make(planted, "regen", "CHANGES=what changed.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert "breaking: 1" in done.stdout
    assert "maximum tightened" in (planted / "what changed.md").read_text()


def test_regen_reports_its_result_if_changes_cannot_be_shown(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the file of changes cannot be written, regen fails but has derived the spec."""
    monkeypatch.setattr(regen, "regenerate", lambda _root: [regen.SPEC.as_posix()])
    assert regen.main(["--changes", str(root / "no" / "where.md")], root=root) == 1
    assert "cannot show how" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "check-spec: AGAINST is missing"),
        (["AGAINST=nowhere"], "check-spec: nowhere has no spec"),
    ],
    ids=["no revision", "bad revision"],
)
def test_make_check_spec_refuses(planted: Path, words: list[str], message: str) -> None:
    """Without a valid revision, make fails with the reason."""
    done = run_make(planted, "check-spec", *words)
    assert done.returncode == 2
    assert message in done.stderr
