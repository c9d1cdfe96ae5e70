"""Reading and writing YAML keeps its text, and what is read is what JSON can say."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from scripts.yaml_document import DocumentError, dump, load
from tests.spec.documents import text

LAYOUT = b"""\
# A comment
plain: text
single: 'text'  # beside it
double: "text"

literal: |
  one

  two
folded: >-
  one
  two
flow: {a: 1, b: [1, 2]}
empty: {}
numbers: [010, 0x1F, 1.50, 1e3, '1']
words: [no, off, 'null', null]
"""


def test_layout_survives() -> None:
    """Comments, both kinds of quotes, empty lines, blocks and flow keep their text."""
    assert dump(load(LAYOUT, "layout")) == LAYOUT


def test_line_endings_do_not_show() -> None:
    """Upstream saved with CRLF is written as it would be without."""
    crlf = text("upstream.yaml").replace(b"\n", b"\r\n")
    assert dump(load(crlf, "crlf")) == text("upstream.yaml")


@pytest.mark.parametrize("date", ["2026-05-01", "2026-05-01T00:00:00Z", "2026-05-01 00:00:00 +1"])
def test_unquoted_date_is_text(date: str) -> None:
    """A date without quotes is read as the text it is, and written so that all read it as text."""
    document = load(f"date: {date}\n".encode(), "dated")
    assert document == {"date": date}
    assert dump(document) == f"date: '{date}'\n".encode()


@pytest.mark.parametrize("null", ["", " ~", " null", " Null"])
def test_null_is_written_out(null: str) -> None:
    """However null is written, it is read as null and written so that it can be seen."""
    assert dump(load(f"a:{null}\nb: 1\n".encode(), "null")) == b"a: null\nb: 1\n"


@pytest.mark.parametrize(
    "yaml",
    [
        b"a: &shared true\nb: *shared\n",
        b"responses:\n  200: {}\n  '200': {}\n",
        b"a: &endless\n  b: *endless\n",
    ],
    ids=["anchored boolean", "two keys that are one", "cycle"],
)
def test_json_says_what_the_yaml_says(yaml: bytes) -> None:
    """openapi.json never says anything else than openapi.yaml: what would differ is refused."""
    try:
        document = load(yaml, "ambiguous")
    except DocumentError:
        return
    as_json = json.dumps(document)
    reader = YAML(typ="safe", pure=True)
    assert as_json == json.dumps(reader.load(yaml))
    assert json.loads(as_json) == reader.load(dump(document))


def test_number_for_a_key_is_text() -> None:
    """A status without quotes is the text that JSON has for it, and is written in quotes."""
    document = load(b"responses:\n  200: {}\n", "unquoted")
    assert document == {"responses": {"200": {}}}
    assert dump(document) == b"responses:\n  '200': {}\n"
