"""The release check lists the missing steps, or prints the command that releases."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts import release_check
from scripts.regen import ROOT

COPIED = ("pyproject.toml", "CHANGELOG.md", "README.md", "LICENSE", "generator-config.yaml")


def git(root: Path, *words: str) -> None:
    """Run git with a fixed author."""
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *author, *words], cwd=root, check=True, capture_output=True)


def edit(path: Path, pattern: str, replacement: str) -> None:
    """Replace the first match of a pattern in a file."""
    text, count = re.subn(pattern, replacement, path.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """Return a tree of version 9.0.0 that can be released today."""
    root = tmp_path / "tree"
    root.mkdir()
    for name in COPIED:
        shutil.copy(ROOT / name, root)
    for name in ("src", "generated", "spec"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    edit(root / "pyproject.toml", '^version = ".*"', 'version = "9.0.0"')
    edit(root / "src/portkey_admin/__init__.py", "^__version__ = .*", '__version__ = "9.0.0"')
    edit(
        root / "CHANGELOG.md",
        r"^## \[Unreleased\]$",
        f"## [Unreleased]\n\n## [9.0.0] - {datetime.now(UTC):%Y-%m-%d}",
    )
    git(root, "init", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--message=all")
    git(root, "tag", "v8.9.10")
    return root


def test_prints_the_command_that_releases(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If no step is missing, the check succeeds and prints the command that publishes."""
    assert release_check.main(ready) == 0
    printed = capsys.readouterr().out
    assert printed.count("[x]") == len(release_check.CHECKS)
    assert "git tag v9.0.0 && git push origin main v9.0.0" in printed


def _change(name: str, pattern: str, replacement: str) -> Callable[[Path], None]:
    return lambda root: edit(root / name, pattern, replacement)


@pytest.mark.parametrize(
    ("spoil", "check", "message"),
    [
        (
            _change("src/portkey_admin/__init__.py", "9.0.0", "9.0.1"),
            release_check.check_version,
            "__version__ is not 9.0.0",
        ),
        (lambda root: git(root, "tag", "v9.0.0"), release_check.check_version, "tagged already"),
        (lambda root: git(root, "tag", "v10.0.0"), release_check.check_version, "not above"),
        (
            _change("CHANGELOG.md", r"^## \[9.0.0\] - \S+", "## [8.9.10] - 2020-01-01"),
            release_check.check_changelog,
            "has 8.9.10 below Unreleased",
        ),
        (
            _change("CHANGELOG.md", r"^## \[9.0.0\] - \S+", "## [9.0.0] - 2020-01-01"),
            release_check.check_changelog,
            "is not today",
        ),
        (
            _change("CHANGELOG.md", r"^## \[Unreleased\]$", "## [Unreleased]\n\n- more"),
            release_check.check_changelog,
            "still has changes under Unreleased",
        ),
        (
            _change("CHANGELOG.md", r"^## \[Unreleased\]$", ""),
            release_check.check_changelog,
            "does not begin with",
        ),
        (lambda root: (root / "new").touch(), release_check.check_tree, "not committed: new"),
        (lambda root: git(root, "switch", "-c", "x"), release_check.check_tree, "the branch is x"),
        (
            _change("spec/openapi.yaml", "^openapi:", "# by hand\nopenapi:"),
            release_check.check_derived,
            "run make regen",
        ),
        (
            lambda root: (root / "src/portkey_admin/py.typed").unlink(),
            release_check.check_wheel,
            "lacks portkey_admin/py.typed",
        ),
        (
            _change("pyproject.toml", '^name = "portkey-admin"', 'name = ""'),
            release_check.check_wheel,
            "cannot be built",
        ),
    ],
)
def test_reports_the_missing_steps(
    ready: Path, spoil: Callable[[Path], None], check: Callable[[Path], None], message: str
) -> None:
    """Each missing step is reported by its own check, and by no other."""
    check(ready)
    spoil(ready)
    with pytest.raises(release_check.CheckError, match=re.escape(message)):
        check(ready)


def test_one_missing_step_fails_the_check(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One missing step is enough to fail, and the other checks still run."""
    (ready / "new").touch()
    assert release_check.main(ready) == 1
    printed = capsys.readouterr().out
    assert printed.count("[x]") == len(release_check.CHECKS) - 1
    assert "git tag" not in printed
