"""The report shows the worst changes first, and no text in them breaks its layout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.changes import report
from scripts.changes.documents import READ_BY_THE_WRAPPER, RESPONSE, compare
from scripts.changes.verdicts import Change, Verdict
from scripts.changes.walk import ABSENT
from scripts.regen import ROOT
from tests.changes.patching import at, patched
from tests.changes.test_verdicts import BASE
from tests.spec.documents import values

CHANGES = [
    Change(Verdict.BREAKING, "enum value removed", "unit", "/u", "rpw", ABSENT, "refused"),
    Change(Verdict.BREAKING, "url changed", "", "/s", "a" * 60, None, "moved"),
    Change(Verdict.DOCS_ONLY, "example added", "name", "/n", ABSENT, {"a": [1]}, "words"),
]

TEXT = f"""\
breaking: 2
  change              name  old                                       new         where  why
  enum value removed  unit  "rpw"                                     -           /u     refused
  url changed               "{"a" * 36}...  null        /s     moved

docs only: 1
  change              name  old                                       new         where  why
  example added       name  -                                         {{"a": [1]}}  /n     words
"""

MARKDOWN = f"""\
# Changes of the spec

## Breaking: 2

| change | name | old | new | where | why |
| --- | --- | --- | --- | --- | --- |
| enum value removed | unit | "rpw" | - | /u | refused |
| url changed |  | "{"a" * 36}... | null | /s | moved |

## Docs only: 1

| change | name | old | new | where | why |
| --- | --- | --- | --- | --- | --- |
| example added | name | - | \\{{"a": \\[1\\]\\}} | /n | words |
"""


def test_table_is_aligned_and_grouped() -> None:
    """The table for the terminal has aligned columns, and groups changes by verdict."""
    assert report.as_text(CHANGES) == TEXT


def test_markdown_has_the_same_changes() -> None:
    """The Markdown tables have the same cells."""
    assert report.as_markdown(CHANGES) == MARKDOWN


@pytest.mark.parametrize("render", [report.as_text, report.as_markdown])
def test_no_change_is_reported(render: type) -> None:
    """A report without changes says that nothing changed."""
    assert render([]).endswith("Nothing changed in the spec.\n")


def test_strange_text_stays_in_its_cell() -> None:
    """A line break, a pipe or a control character in a name does not leave its cell."""
    name = "a\n| b ` \x1b[31m \N{RIGHT-TO-LEFT OVERRIDE}"
    after = patched(BASE, {f"/components/schemas/Book/properties/{name}": {"type": "string"}})
    changes = compare(BASE, after)
    assert [each.subject for each in changes] == [name]
    text, markdown = report.as_text(changes), report.as_markdown(changes)
    assert len(text.splitlines()) == 3
    cells = re.split(r"(?<!\\)\|", markdown.splitlines()[-1])
    assert len(cells) == 8
    for shown in (text, markdown):
        assert all(letter.isprintable() for line in shown.split("\n") for letter in line)


def test_file_is_written_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is printed, and written to a file on request."""
    report.show(CHANGES, tmp_path / "CHANGES-SPEC.md")
    assert capsys.readouterr().out == TEXT
    assert (tmp_path / "CHANGES-SPEC.md").read_text() == MARKDOWN


def test_extensions_that_the_wrapper_reads_are_judged() -> None:
    """Extensions and components that src/portkey_admin reads are never judged as docs only."""
    source = (ROOT / "src" / "portkey_admin" / "_spec.py").read_text(encoding="utf-8")
    read = set(re.findall(r'\["components"\]\["(\w+)"\]\["(\w+)"\]', source))
    assert {f"/components/{kind}/{name}" for kind, name in read} == {READ_BY_THE_WRAPPER}
    assert set(re.findall(r'\["(x-[a-z-]+)"\]', " ".join(source.split()))) | set(
        re.findall(r'\[\s*"(x-[a-z-]+)"\s*\]', source)
    ) == {word for word in RESPONSE if word.startswith("x-")}
    assert at(values("openapi.yaml"), READ_BY_THE_WRAPPER)
