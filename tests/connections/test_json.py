"""JSON is read as far as possible: complete, cut off, or damaged in places."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portkey_admin_connections import read_json

BAD = b"nope"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b' \n{"a": [1, {"b": null}], "c": "d\\u00e9"}', {"a": [1, {"b": None}], "c": "d\u00e9"}),
        (b'"text"', "text"),
        (b"[]", []),
        (b"{}", {}),
        # Control characters, which JSON does not allow in text.
        (b'{"a": "x\ny"}', {"a": "x\ny"}),
        # Bytes behind a complete value.
        (b'{"a": 1}{"a": 2}', {"a": 1}),
    ],
)
def test_complete_json(content: bytes, value: Any) -> None:
    """Complete JSON gives the same value as json.loads; bytes behind it are ignored."""
    assert read_json(content) == (value, True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(encoding: str) -> None:
    """All encodings of JSON are read, and the result shows whether it was UTF-8."""
    content = '{"a": "\u00e9"}'.encode(encoding)
    assert read_json(content) == ({"a": "\u00e9"}, encoding == "utf-8-sig")


def test_invalid_bytes() -> None:
    """Invalid bytes become surrogates in UTF-8, and replacement characters in other encodings."""
    assert read_json(b'{"a": "\xff", "b": 1}') == ({"a": "\udcff", "b": 1}, True)
    content = '{"a": "x", "b": 1}'.encode("utf-16-le").replace(b"x\0", b"\0\xd8")
    assert read_json(content) == ({"a": "\ufffd", "b": 1}, False)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": 1, "b": "cu', {"a": 1}),
        (b'{"a": 1, "b": ', {"a": 1}),
        (b'{"a": 1, "b"', {"a": 1}),
        (b'{"a": 1,', {"a": 1}),
        (b'{"a": 1', {"a": 1}),
        (b"[1, 2", [1, 2]),
        (b'[1, {"a": [2, "', [1, {"a": [2]}]),
        (b'{"a": {"b": 1, "c": {"d"', {"a": {"b": 1, "c": {}}}),
        (b"{", {}),
        (b"[", []),
    ],
)
def test_cut_off_json(content: bytes, value: Any) -> None:
    """All complete members of JSON that is cut off are read."""
    assert read_json(content) == (value, True)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": null, "b": nope, "c": 2}', {"a": None, "c": 2}),
        (b"[1, nope, 2, nope]", [1, 2]),
        (b'{"a": nope}', {}),
        # An unreadable value ends outside of its strings and brackets.
        (b'{"a": nope "}, \\" ]" , "b": 1}', {"b": 1}),
        (b'{"a": nope [{"x": "]"}, [2]], "b": 1}', {"b": 1}),
        (b'{"a": nope {"x": [1, 2]}, "b": 1}', {"b": 1}),
        (b'[nope "cut, 1]', []),
        (b"[nope [1, 2]", []),
        (b"[nope [1, 2", []),
        (b'[nope [1] "x", 2]', []),
        (b'{"a": "no \\x escape", "b": 1}', {"b": 1}),
        (b'{"a": "no \\x escape, "b": 1}', {}),
        (b'{"a": "no \\', {}),
        # Something is missing inside, so the end of the value is unknown.
        (b'[{"a": nope,, 7]', [{}]),
        (b'[, {"a": nope,, 7]', [{}]),
        (b'[{"a": nope}, {"b": nope, "c": 3}, 4]', [{}, {"c": 3}, 4]),
        (b'{"a": [1, nope], "b": [nope]}', {"a": [1], "b": []}),
        (b'{"a": {"b": nope}, "c": 1} nope', {"a": {}, "c": 1}),
        # A member without a name, and one without a comma before it.
        (b'{"a": nope, 1: 2, "b": 3}', {}),
        (b'{"a": 1 "b": 2, "c": nope}', {"a": 1}),
        # A name keeps its escapes.
        (b'{"a\\"b": 1, "c": nope}', {'a\\"b': 1}),
        (b'{ "a" : 1 , "b" : nope , "c" : 2 }', {"a": 1, "c": 2}),
    ],
)
def test_damaged_json(content: bytes, value: Any) -> None:
    """All members of damaged JSON that json can read are read."""
    assert read_json(content) == (value, True)


def test_depth_of_damaged_json() -> None:
    """Damaged JSON is read down to the fourth level."""
    inside = b'{"e": 1, "f": nope}'
    assert read_json(b'{"a": {"b": {"c": %b}}}' % inside)[0] == {"a": {"b": {"c": {"e": 1}}}}
    assert read_json(b'{"a": {"b": {"c": {"d": %b}, "g": 2}}}' % inside)[0] == {
        "a": {"b": {"c": {}, "g": 2}}
    }


def test_number_of_members_of_damaged_json() -> None:
    """Damaged JSON is read up to a thousand members."""
    content = b"[" + b"1, " * 2000 + b"nope]"
    assert len(read_json(content)[0]) == 1001
    assert len(json.loads(content.replace(BAD, b"1"))) == len(
        read_json(content.replace(BAD, b"1"))[0]
    )


@pytest.mark.parametrize("end", [b"", b"]" * 100_000])
def test_endless_nesting(end: bytes) -> None:
    """Brackets that are never closed are read down to the fourth level."""
    assert read_json(b"[" * 100_000 + end) == ([[[[]]]], True)
