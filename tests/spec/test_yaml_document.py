"""Reading and writing YAML keeps its text, and gives only JSON values."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts import yaml_document
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
    """Comments, quotes, empty lines, blocks and flow style stay as written."""
    assert dump(load(LAYOUT, "layout")) == LAYOUT


def test_crlf_is_written_as_lf() -> None:
    """Upstream saved with CRLF is written with LF."""
    crlf = text("upstream.yaml").replace(b"\n", b"\r\n")
    assert dump(load(crlf, "crlf")) == text("upstream.yaml")


@pytest.mark.parametrize("date", ["2026-05-01", "2026-05-01T00:00:00Z", "2026-05-01 00:00:00 +1"])
def test_unquoted_date_is_text(date: str) -> None:
    """An unquoted date is read as text, and written in quotes, so that all readers see text."""
    document = load(f"date: {date}\n".encode(), "dated")
    assert document == {"date": date}
    assert dump(document) == f"date: '{date}'\n".encode()


@pytest.mark.parametrize("text", ["!!str 5", "!!str true", "=", "<<"])
def test_tagged_text_is_text(text: str) -> None:
    """Values with the tag !!str, and `=` and `<<` of YAML 1.1, are read as text."""
    document = load(f"a: [{text}]\n".encode(), "text")
    assert document == {"a": [text.rsplit(maxsplit=1)[-1]]}
    assert YAML(typ="safe", pure=True).load(dump(document)) == document


@pytest.mark.parametrize("null", ["", " ~", " null", " Null"])
def test_null_is_written_out(null: str) -> None:
    """Every spelling of null is read as null, and written as `null`."""
    assert dump(load(f"a:{null}\nb: 1\n".encode(), "null")) == b"a: null\nb: 1\n"


@pytest.mark.parametrize(
    "yaml",
    [
        b"a: &shared true\nb: *shared\n",
        b"a: &shared 010\nb: *shared\n",
        b"a: &shared\nb: *shared\n",
        b"a: &shared |\n  text\nb: *shared\n",
        b"a: &shared\n  - b: 1\n# A comment\nc: *shared\n",
        b"a: &outer {b: &inner [1]}\nc: *inner\nd: *outer\n",
        b"a: &again 1\nb: &again 2\nc: *again\n",
        b"a: &key b\n*key : 1\n",
        b"a: &base {x: 1, y: 1}\nb:\n  <<: *base\n  y: 2\n",
        b"a: &one {x: 1}\nb: &two {x: 2, y: 2}\nc: {<<: [*one, *two], z: 3}\n",
        b"responses: {200: &ok {x: 1}, '404': *ok}\n",
    ],
    ids=[
        "boolean",
        "number",
        "nothing",
        "block of text",
        "list before a comment",
        "anchor in an anchor",
        "anchor defined twice",
        "key",
        "merged mapping",
        "two merged mappings",
        "below a number for a key",
    ],
)
def test_alias_is_read_by_the_rules_of_yaml(yaml: bytes) -> None:
    """An alias has the value of its anchor; neither is written."""
    document = load(yaml, "aliases")
    reader = YAML(typ="safe", pure=True)
    reader.composer.warn_double_anchors = False
    assert json.dumps(document) == json.dumps(_text_keys(reader.load(yaml)))
    written = dump(document)
    assert reader.load(written) == json.loads(json.dumps(document))
    assert not {b"&", b"*", b"<<"} & set(re.findall(rb"&|\*|<<", written))


def _text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _text_keys(each) for key, each in value.items()}
    return value


def test_each_alias_is_a_separate_copy() -> None:
    """A change at one place changes neither the anchor nor another alias."""
    document = load(b"a: &shared [{b: 1}]\nc: *shared\nd: *shared\n", "aliases")
    document["c"][0]["b"] = 2
    assert document == {"a": [{"b": 1}], "c": [{"b": 2}], "d": [{"b": 1}]}


@pytest.mark.parametrize(
    "yaml",
    [b"a: &endless\n  b: *endless\n", b"a: &endless [[*endless]]\n", b"a: &b\n  <<: *b\n"],
    ids=["mapping", "list", "merged"],
)
def test_alias_in_its_own_anchor_is_refused(yaml: bytes) -> None:
    """An alias inside its own anchor is an error."""
    with pytest.raises(DocumentError, match="an alias stands for a value that contains the alias"):
        load(yaml, "endless")


def _doubled(levels: int, link: str) -> bytes:
    lines = [b"a0: &a0 {k0: x}\n"]
    for level in range(1, levels):
        below = f"*a{level - 1}"
        lines.append(f"a{level}: &a{level} {link.format(below=below, level=level)}\n".encode())
    return b"".join(lines)


@pytest.mark.parametrize(
    "yaml",
    [
        _doubled(100, "[{below}, {below}]"),
        _doubled(3000, "{{<<: {below}, k{level}: x}}"),
        b"a: &a '" + b"x" * 100_000 + b"'\nb: [" + b"*a, " * 1000 + b"]\n",
    ],
    ids=["doubling", "merging", "long text"],
)
def test_aliases_that_repeat_too_much_are_refused(
    yaml: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short text of nested aliases is not copied without limit."""
    copied: list[str] = []
    copy = yaml_document._Composer._copied

    def count(composer: yaml_document._Composer, node: Any) -> Any:
        copied.append(node.id)
        return copy(composer, node)

    monkeypatch.setattr(yaml_document._Composer, "_copied", count)
    with pytest.raises(DocumentError, match="its aliases repeat too much"):
        load(yaml, "bomb")
    assert len(copied) <= 100_001


def test_values_without_text_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many aliases of an empty list repeat too much, long before they do by their text."""
    monkeypatch.setattr(yaml_document, "_MOST_COPIED", 100_000)
    assert load(b"a: &a []\nb: [" + b"*a, " * 900 + b"]\n", "lists")["b"] == [[]] * 900
    with pytest.raises(DocumentError, match="its aliases repeat too much"):
        load(b"a: &a []\nb: [" + b"*a, " * 1100 + b"]\n", "bomb")


def test_aliases_that_nest_too_deep_are_refused() -> None:
    """A flat text whose aliases make a value too deep is an error."""
    with pytest.raises(DocumentError):
        load(_doubled(3000, "[{below}]"), "nested")


def test_number_for_a_key_is_text() -> None:
    """An unquoted number as a key is read as text, and written in quotes."""
    document = load(b"responses:\n  200: {}\n", "unquoted")
    assert document == {"responses": {"200": {}}}
    assert dump(document) == b"responses:\n  '200': {}\n"
