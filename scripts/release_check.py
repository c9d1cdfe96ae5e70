"""List the steps that are missing for a release, or print the command that releases.

It changes, tags and uploads nothing.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from scripts import regen

_HEADING: Final = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<date>\S+))?$", re.MULTILINE)


class CheckError(Exception):
    """A step is missing for a release; the message names it."""


def version(root: Path) -> str:
    """Return the version in pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def check_version(root: Path) -> None:
    """Raise CheckError unless the package has the same version, and it is not released yet."""
    package = (root / "src" / "portkey_admin" / "__init__.py").read_text(encoding="utf-8")
    if f'__version__ = "{version(root)}"\n' not in package:
        raise CheckError(f"__version__ is not {version(root)}, the version in pyproject.toml")
    tags = _git(root, "tag", "--list", "v*").split()
    if f"v{version(root)}" in tags:
        raise CheckError(f"v{version(root)} is tagged already: choose the next version")
    if any(_numbers(version(root)) <= _numbers(tag.removeprefix("v")) for tag in tags):
        raise CheckError(f"{version(root)} is not above the released versions: {', '.join(tags)}")


def check_changelog(root: Path) -> None:
    """Raise CheckError unless the newest release in CHANGELOG.md is this version, dated today."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    if not headings or headings[0]["version"] != "Unreleased":
        raise CheckError("CHANGELOG.md does not begin with ## [Unreleased]")
    newest = headings[1]["version"] if len(headings) > 1 else "no version"
    if newest != version(root):
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        raise CheckError(
            f"CHANGELOG.md has {newest} below Unreleased: move the released changes to "
            f"## [{version(root)}] - {today}"
        )
    if text[headings[0].end() : headings[1].start()].strip():
        raise CheckError("CHANGELOG.md still has changes under Unreleased")
    if date.fromisoformat(headings[1]["date"] or "0001-01-01") != datetime.now(UTC).date():
        raise CheckError(f"the date of {version(root)} in CHANGELOG.md is not today (UTC)")


def check_tree(root: Path) -> None:
    """Raise CheckError unless everything is committed, on main."""
    if changed := _git(root, "status", "--porcelain").splitlines():
        raise CheckError(f"not committed: {', '.join(line[3:] for line in changed)}")
    if (branch := _git(root, "branch", "--show-current").strip()) != "main":
        raise CheckError(f"the branch is {branch or '(none)'}, not main")


def check_derived(root: Path) -> None:
    """Raise CheckError unless spec/openapi.yaml and generated/ are up to date."""
    if regen.main(["--check"], root=root):
        raise CheckError("derived files are not up to date: run make regen")


def check_wheel(root: Path) -> None:
    """Raise CheckError unless two builds give the same wheel, with all files that it needs."""
    with tempfile.TemporaryDirectory() as name:
        one, other = (_wheel(root, Path(name, each)) for each in ("one", "other"))
        digests = {hashlib.sha256(each.read_bytes()).hexdigest() for each in (one, other)}
        names = set(zipfile.ZipFile(one).namelist())
    if len(digests) > 1:
        raise CheckError("two builds of the wheel differ")
    packages = ("portkey_admin", "portkey_generated")
    needed = {*(f"{each}/py.typed" for each in packages), "portkey_generated/openapi.json"}
    if missing := needed - names:
        raise CheckError(f"the wheel lacks {', '.join(sorted(missing))}")


CHECKS: Final[dict[str, Callable[[Path], None]]] = {
    "the version is new and the same everywhere": check_version,
    "CHANGELOG.md has the release": check_changelog,
    "everything is committed, on main": check_tree,
    "derived files are up to date": check_derived,
    "the wheel is complete and reproducible": check_wheel,
}


def main(root: Path = regen.ROOT) -> int:
    """Print each check, with the missing step if it fails; return 0 if all checks pass."""
    ready = True
    for promise, check in CHECKS.items():
        try:
            check(root)
        except CheckError as error:
            ready = False
            print(f"[ ] {promise}\n    {error}")
        else:
            print(f"[x] {promise}")
    if not ready:
        return 1
    tag = f"v{version(root)}"
    print(f"\nready; the tag publishes it:\n    git tag {tag} && git push origin main {tag}")
    return 0


def _git(root: Path, *words: str) -> str:
    return subprocess.run(  # noqa: S603 - the words are written in this file
        ["git", *words],  # noqa: S607 - git from PATH
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _wheel(root: Path, into: Path) -> Path:
    result = subprocess.run(  # noqa: S603 - the words are written in this file
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise CheckError(f"the wheel cannot be built: {result.stderr.strip()}")
    [built] = into.glob("*.whl")
    return built


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", text))


if __name__ == "__main__":
    sys.exit(main())
