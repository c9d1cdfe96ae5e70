"""The built documentation has every name, option and code, and its search finds them."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import portkey_admin
import portkey_admin_stub
from portkey_admin._spec import error_codes
from portkey_admin_cli.commands import portkey_admin as command
from tests.project.documents import PAGES, PRINTED, ROOT, blocks

# The characters that fit beside the navigation of a page of 1,280 pixels.
MOST_COLUMNS = 80
# Words that visitors search for, and the page that explains them.
SOUGHT = {
    "revoke": "python.html",
    "pytest": "testing.html",
    "--output": "commands.html",
    "exit code": "command-line.html",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the pages without a warning: each link leads to an existing page and heading."""
    folder = tmp_path_factory.mktemp("site")
    settings = ROOT / "scripts" / "site" / "mkdocs.yml"
    # With --quiet, warnings are not counted.
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", settings, "-d", folder],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return folder


def text(page: Path) -> str:
    """Return the text of a page."""
    return html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("package", [portkey_admin, portkey_admin_stub])
def test_the_reference_has_every_public_name(site: Path, package: Any) -> None:
    """Each name that a package exports is in the reference."""
    reference = (site / "reference.html").read_text(encoding="utf-8")
    for name in package.__all__:
        assert f'id="{package.__name__}.{name}"' in reference


def test_every_page_is_built_and_in_the_navigation(site: Path) -> None:
    """Each document has a page, and the navigation of the first page links to it."""
    first = (site / "index.html").read_text(encoding="utf-8")
    for page in PAGES:
        if page.startswith("docs/"):
            built = Path(page).with_suffix(".html").name
            assert (site / built).exists()
            assert f'href="{built}"' in first or built == "index.html"


def test_pages_can_be_opened_as_files(site: Path) -> None:
    """The script that replaces a server exists; without it, no button works."""
    script = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert script.startswith('var __index = {"config"')


def test_every_option_is_described(site: Path) -> None:
    """Each argument and option of each command is on the page of commands."""
    shown = text(site / "commands.html")
    for name, each in command.commands.items():
        assert f"portkey-admin {name}" in shown
        context = click.Context(each, **command.context_settings)
        # The stub has another parser of options.
        for param in each.get_params(context) if each.add_help_option else ():
            if record := param.get_help_record(context):
                assert all(part.replace("`", "") in shown for part in record), record
    assert "--port PORT" in shown


def test_every_error_code_is_explained(site: Path) -> None:
    """The page of errors has each of Portkey's codes, with its meaning."""
    shown = text(site / "errors.html")
    for code, each in error_codes().items():
        assert code in shown
        assert each["meaning"] in shown


@pytest.mark.parametrize("words", SOUGHT)
def test_search_finds_the_words(words: str, site: Path) -> None:
    """The search index has the words in the page that explains them."""
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = [
        each["location"].partition("#")[0]
        for each in index["docs"]
        if words in f"{each['title']} {each['text']}".lower()
    ]
    assert SOUGHT[words] in found


def test_the_version_and_the_changes_are_shown(site: Path) -> None:
    """Each page shows the version, and the changelog is that of the project."""
    for page in site.glob("*.html"):
        assert f"portkey-admin {portkey_admin.__version__}" in text(page)
    assert "[Unreleased]" in text(site / "changelog.html")


def test_page_for_a_wrong_address_links_to_real_pages(site: Path) -> None:
    """The page for a wrong address links to existing pages and has the search."""
    missing = (site / "404.html").read_text(encoding="utf-8").partition("<h1>")[2]
    links = re.findall(r'<li><a href="/([^"]+)"', missing)
    assert len(links) == 5
    assert all((site / link).exists() for link in links)
    assert 'for="__search"' in missing


def test_site_fetches_nothing_from_other_hosts(site: Path) -> None:
    """Scripts, styles, fonts and pictures come from the site itself."""
    for page in site.glob("*.html"):
        source = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="https?://', source)


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_code_fits_the_page(page: str) -> None:
    """No line of code is wider than the page; output may be, and wraps."""
    code = [block for block in blocks(page) if block.kind not in PRINTED]
    long = [line for block in code for line in block.text.splitlines() if len(line) > MOST_COLUMNS]
    assert long == []
