"""JSON is read as far as it can be: whole, cut off, or damaged in places."""

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
        # Bytes behind a whole value.
        (b'{"a": 1}{"a": 2}', {"a": 1}),
    ],
)
def test_whole(content: bytes, value: Any) -> None:
    """What is whole is what json reads; what stands behind it is left alone."""
    assert read_json(content) == (value, True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(encoding: str) -> None:
    """Every encoding that JSON has had is read, and whether it is UTF-8 is known."""
    content = '{"a": "\u00e9"}'.encode(encoding)
    assert read_json(content) == ({"a": "\u00e9"}, encoding == "utf-8-sig")


def test_bytes_of_no_encoding() -> None:
    """In UTF-8 such bytes become surrogates, in other encodings replacement characters."""
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
def test_cut_off(content: bytes, value: Any) -> None:
    """Of what is cut off all whole members are read."""
    assert read_json(content) == (value, True)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": null, "b": nope, "c": 2}', {"a": None, "c": 2}),
        (b"[1, nope, 2, nope]", [1, 2]),
        (b'{"a": nope}', {}),
        # What ends a value that cannot be read is not inside of its strings and brackets.
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
        # Inside of it something is missing, so that nobody knows where it ends.
        (b'[{"a": nope,, 7]', [{}]),
        (b'[, {"a": nope,, 7]', [{}]),
        (b'[{"a": nope}, {"b": nope, "c": 3}, 4]', [{}, {"c": 3}, 4]),
        (b'{"a": [1, nope], "b": [nope]}', {"a": [1], "b": []}),
        (b'{"a": {"b": nope}, "c": 1} nope', {"a": {}, "c": 1}),
        # A member without a name, and one without a comma before it.
        (b'{"a": nope, 1: 2, "b": 3}', {}),
        (b'{"a": 1 "b": 2, "c": nope}', {"a": 1}),
        # The text of a name with its escapes, unread.
        (b'{"a\\"b": 1, "c": nope}', {'a\\"b': 1}),
        (b'{ "a" : 1 , "b" : nope , "c" : 2 }', {"a": 1, "c": 2}),
    ],
)
def test_damaged(content: bytes, value: Any) -> None:
    """Of what is damaged all members are read that json reads."""
    assert read_json(content) == (value, True)


def test_how_deep_damage_is_read() -> None:
    """Below the fourth level nothing is read of what is damaged."""
    inside = b'{"e": 1, "f": nope}'
    assert read_json(b'{"a": {"b": {"c": %b}}}' % inside)[0] == {"a": {"b": {"c": {"e": 1}}}}
    assert read_json(b'{"a": {"b": {"c": {"d": %b}, "g": 2}}}' % inside)[0] == {
        "a": {"b": {"c": {}, "g": 2}}
    }


def test_how_many_members_are_read() -> None:
    """The time is that of a thousand members of what is damaged."""
    content = b"[" + b"1, " * 2000 + b"nope]"
    assert len(read_json(content)[0]) == 1001
    assert len(json.loads(content.replace(BAD, b"1"))) == len(
        read_json(content.replace(BAD, b"1"))[0]
    )


@pytest.mark.parametrize("end", [b"", b"]" * 100_000])
def test_nesting_that_json_does_not_read(end: bytes) -> None:
    """Brackets without end are read down to the fourth level."""
    assert read_json(b"[" * 100_000 + end) == ([[[[]]]], True)
