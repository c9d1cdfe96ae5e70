"""Files, tests and faults that the documents name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portkey_admin_cli.commands import portkey_admin
from tests.faults.faults import FAULTS

ROOT = Path(__file__).parents[2]
RELIABILITY = (ROOT / "docs" / "reliability.md").read_text()


@pytest.mark.parametrize("module", sorted(set(re.findall(r"`(_\w+\.py)`", RELIABILITY))))
def test_named_modules_exist(module: str) -> None:
    """The modules that the page names for promises exist."""
    packages = ("portkey_admin", "portkey_admin_connections")
    assert any((ROOT / "src" / package / module).exists() for package in packages)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(faults/\w+\.py)`", RELIABILITY))))
def test_named_tests_exist(path: str) -> None:
    """The tests that the page names for promises exist."""
    assert (ROOT / "tests" / path).exists()


def test_quoted_faults_exist() -> None:
    """Each fault that the page quotes is in the table."""
    quoted = re.findall(r'\| "([^"]+)" \|', RELIABILITY)
    assert quoted
    assert set(quoted) <= {fault.name for fault in FAULTS}


def test_readme_links_to_the_promises() -> None:
    """README links to the page of promises."""
    assert "(docs/reliability.md)" in (ROOT / "README.md").read_text()


def test_the_page_of_the_command_has_every_exit_code() -> None:
    """The table of exit codes matches the help."""
    page = (ROOT / "docs" / "command-line.md").read_text()
    listed = portkey_admin.epilog.partition("Exit codes:")[2] if portkey_admin.epilog else ""
    codes = re.findall(r"^ +(\d)  (.+)$", listed, re.MULTILINE)
    assert len(codes) == 7
    for code, meaning in codes:
        assert f"| {code} | {meaning} |" in page
