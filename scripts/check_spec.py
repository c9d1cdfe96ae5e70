"""Report the changes of the spec since a git revision, and fail on an unannounced breaking one.

It compares spec/openapi.yaml at the revision with the result of spec/upstream.yaml and the overlays
now. A breaking change is announced if CHANGELOG.md has its JSON pointer or its name (as in the
report) in backticks, below "## [Unreleased]" and "### Breaking". Exit status: 0, or 1 for breaking
changes not announced, or 2 if the comparison is impossible; `make` turns both into 2.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from scripts import yaml_document
from scripts.changes.documents import compare
from scripts.changes.report import show
from scripts.changes.verdicts import Change, Verdict
from scripts.regen import ROOT, SPEC, RegenError, effective_spec


class RevisionError(Exception):
    """The spec of a revision cannot be read; the message gives the reason."""


def spec_at(revision: str, root: Path) -> bytes:
    """Return spec/openapi.yaml at `revision`. Raises RevisionError."""
    try:
        commit = _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        return _git(root, "show", f"{commit.decode().strip()}:./{SPEC.as_posix()}")
    except RevisionError as error:
        raise RevisionError(f"{revision} has no spec to compare with: {error}") from None


def announced(changelog: str) -> set[str]:
    """Return the texts in backticks below Breaking in the section Unreleased."""
    unreleased = _section(changelog, r"## \[?Unreleased\]?")
    return set(re.findall(r"`([^`\n]+)`", _section(unreleased, "### Breaking")))


def unannounced(changes: list[Change], changelog: str) -> list[Change]:
    """Return the breaking changes that the changelog does not announce."""
    names = announced(changelog)
    return [
        change
        for change in changes
        if change.verdict is Verdict.BREAKING and not names & {change.pointer, change.subject}
    ]


def _section(text: str, heading: str) -> str:
    """Return the text below a heading, up to the next heading of its level or above."""
    level = heading.index(" ")
    found = re.search(
        rf"^{heading}[ \t]*$(.*?)(?=^#{{1,{level}}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return found[1] if found else ""


def _git(root: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the revision cannot be an option
            ["git", *words],  # noqa: S607 - git from PATH
            cwd=root,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise RevisionError(f"git cannot be run: {error}") from None
    if done.returncode:
        raise RevisionError(" ".join(done.stderr.decode(errors="replace").split()))
    return done.stdout


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Compare below `root`; return the exit status."""
    parser = argparse.ArgumentParser(prog="check_spec", description=__doc__.splitlines()[0])
    parser.add_argument("revision", help="the git revision to compare with")
    revision: str = parser.parse_args(arguments).revision
    try:
        before = yaml_document.load(spec_at(revision, root), f"{SPEC} at {revision}")
        changes = compare(before, effective_spec(root))
        changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    except (OSError, RegenError, RevisionError, yaml_document.DocumentError) as error:
        print(f"check-spec: {error}", file=sys.stderr)
        return 2
    show(changes)
    missing = unannounced(changes, changelog)
    if missing:
        names = sorted({f"`{change.subject or change.pointer}`" for change in missing})
        print(
            f"check-spec: {len(missing)} breaking change(s) not announced. Write a line below "
            f"### Breaking in the section Unreleased of CHANGELOG.md with: {', '.join(names)}",
            file=sys.stderr,
        )
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
