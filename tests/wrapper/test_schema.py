"""Schemas are compiled into checks that say what an OpenAPI 3.0 validator says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from portkey_admin import _spec
from portkey_admin._schema import MISSING, Finding, compile_schema

Json = dict[str, Any]

STRING = {"type": "string"}
SCHEMAS: dict[str, Json] = {
    "string": STRING,
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "array": {"type": "array", "items": {}},
    "object": {"type": "object"},
    "anything": {},
    "anything, which may be null": {"nullable": True},
    "nullable": {"type": "string", "nullable": True},
    "enum": {"type": "string", "enum": ["a", "b"]},
    "enum of any type": {"enum": ["a", 2, None]},
    "nullable enum": {"type": "string", "nullable": True, "enum": ["a", None]},
    "nullable enum without null": {"type": "string", "nullable": True, "enum": ["a"]},
    "uuid": {"type": "string", "format": "uuid"},
    "unknown to words": {"type": "string", "format": "email"},
    "minimum": {"type": "integer", "minimum": 2},
    "maximum": {"type": "number", "maximum": 2},
    "minLength": {"type": "string", "minLength": 2},
    "maxLength": {"type": "string", "maxLength": 2},
    "pattern": {"type": "string", "pattern": "b"},
    "items": {"type": "array", "items": {"type": "integer"}},
    "minItems": {"type": "array", "items": {}, "minItems": 2},
    "maxItems": {"type": "array", "items": {}, "maxItems": 2},
    "required": {"type": "object", "required": ["a", "b"], "properties": {"b": STRING}},
    "properties": {"type": "object", "properties": {"a": STRING, "b": {"type": "integer"}}},
    "closed": {
        "type": "object",
        "properties": {"a": STRING},
        "additionalProperties": False,
    },
    "closed without properties": {"type": "object", "additionalProperties": False},
    "open": {"type": "object", "properties": {"a": STRING}, "additionalProperties": True},
    "open to integers": {
        "type": "object",
        "properties": {"a": STRING},
        "additionalProperties": {"type": "integer"},
    },
    "allOf": {"allOf": [STRING, {"type": "string", "minLength": 2}, {"enum": ["a", "aa"]}]},
    "nullable allOf": {"allOf": [{"type": "string"}], "type": "string", "nullable": True},
    "extended": {"type": "string", "x-nullable": True, "x-more": 1},
    "annotated": {
        "type": "string",
        **dict.fromkeys(("title", "description", "default", "example"), "x"),
        **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), True),
    },
}
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 1.5, 2.0, 2.5, -1),
    *("", "a", "b", "aa", "abc", "183f497a-2a7f-4f47-992e-26213fa863ce", "a@example.com"),
    *([], [1], [1, 2], ["a", 2, 3.5], [None, None, None]),
    *({}, {"a": "x"}, {"b": "x"}, {"a": "x", "b": 2}, {"a": 1, "b": "x", "c": "y"}, {"c": 3}),
]


def in_json_schema(schema: Json) -> Json:
    """Return a schema of OpenAPI 3.0 as JSON Schema has it."""
    parts = {
        key: [in_json_schema(each) for each in value] if key == "allOf" else value
        for key, value in schema.items()
        if key != "nullable"
    }
    if not schema.get("nullable") or None not in schema.get("enum", [None]):
        return parts
    return {"anyOf": [parts, {"type": "null"}]}


@pytest.mark.parametrize("name", SCHEMAS)
def test_agrees_with_a_validator(name: str) -> None:
    """What a validator accepts passes, and what it refuses is found."""
    schema = SCHEMAS[name]
    validator = jsonschema_rs.Draft202012Validator(in_json_schema(schema), validate_formats=True)
    check = compile_schema(schema)
    for value in VALUES:
        findings: list[Finding] = []
        check(value, (), findings)
        assert (not findings) == validator.is_valid(value), (value, findings)


def test_every_schema_accepts_and_refuses() -> None:
    """Each schema but those of anything tells some of the values from others."""
    for name, schema in SCHEMAS.items():
        told = {not _found(schema, value) for value in VALUES}
        assert told == ({True} if name.startswith("anything") else {True, False}), name


def _found(schema: Json, value: Any) -> list[tuple[str, Any, str]]:
    findings: list[Finding] = []
    compile_schema(schema)(value, ("at",), findings)
    return [("/".join(map(str, each.path)), each.value, each.allowed) for each in findings]


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (SCHEMAS["string"], 1, [("at", 1, "a string")]),
        (SCHEMAS["boolean"], 1, [("at", 1, "true or false")]),
        (SCHEMAS["integer"], "x", [("at", "x", "an integer")]),
        (SCHEMAS["number"], "x", [("at", "x", "a number")]),
        (SCHEMAS["array"], "x", [("at", "x", "an array")]),
        (SCHEMAS["object"], "x", [("at", "x", "an object")]),
        (SCHEMAS["nullable"], 1, [("at", 1, "a string, or null")]),
        (SCHEMAS["enum"], "x", [("at", "x", '"a" or "b"')]),
        (SCHEMAS["enum"], 1, [("at", 1, '"a" or "b"')]),
        (SCHEMAS["enum of any type"], 3, [("at", 3, '"a" or 2')]),
        (SCHEMAS["nullable enum"], "x", [("at", "x", '"a", or null')]),
        (SCHEMAS["uuid"], "x", [("at", "x", "a UUID (8-4-4-4-12 hexadecimal digits)")]),
        (SCHEMAS["minimum"], 1, [("at", 1, "an integer, at least 2")]),
        (SCHEMAS["maximum"], 3, [("at", 3, "a number, at most 2")]),
        (SCHEMAS["minLength"], "x", [("at", "x", "a string, length at least 2")]),
        (SCHEMAS["maxLength"], "xxx", [("at", "xxx", "a string, length at most 2")]),
        (SCHEMAS["pattern"], "x", [("at", "x", "a string, matching b")]),
        (SCHEMAS["minItems"], [], [("at", [], "an array, items at least 2")]),
        (SCHEMAS["maxItems"], [1] * 3, [("at", [1] * 3, "an array, items at most 2")]),
        (
            SCHEMAS["allOf"],
            "b",
            [("at", "b", "a string, length at least 2"), ("at", "b", '"a" or "aa"')],
        ),
        (
            {"type": "integer", "nullable": True, "minimum": 1, "maximum": 5},
            9,
            [("at", 9, "an integer, at least 1, at most 5, or null")],
        ),
        (
            SCHEMAS["items"],
            [1, "x", 2, "y"],
            [("at/1", "x", "an integer"), ("at/3", "y", "an integer")],
        ),
        (
            SCHEMAS["required"],
            {},
            [
                ("at/a", MISSING, "any value (it is required)"),
                ("at/b", MISSING, "a string (it is required)"),
            ],
        ),
        (
            {"type": "object", "required": ["a"]},
            {},
            [("at/a", MISSING, "any value (it is required)")],
        ),
        (
            SCHEMAS["properties"],
            {"a": 1, "c": 1, "b": "x"},
            [("at/a", 1, "a string"), ("at/b", "x", "an integer")],
        ),
        (
            SCHEMAS["closed"],
            {"c": 1, "a": "x", "d": 2},
            [("at/c", 1, "no property of this name"), ("at/d", 2, "no property of this name")],
        ),
        (
            SCHEMAS["open to integers"],
            {"c": "x", "a": "x", "d": "y"},
            [("at/c", "x", "an integer"), ("at/d", "y", "an integer")],
        ),
    ],
)
def test_says_what_is_allowed(schema: Json, value: Any, found: list[tuple[str, Any, str]]) -> None:
    """A finding says where, what is there, and in words what the schema allows; all are found."""
    assert _found(schema, value) == found


def test_says_that_nothing_is_there() -> None:
    """What is missing is shown as nothing."""
    assert repr(MISSING) == "nothing"


def test_one_finding_for_one_value() -> None:
    """What one keyword refuses is not looked at by the next: its parts may not be there."""
    schema = {"type": "object", "minLength": 3, "required": ["a"], "properties": {"a": STRING}}
    assert _found(schema, "x") == [("at", "x", "an object, length at least 3")]


def test_refers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference is followed, to names with slashes and tildes too, wherever it stands."""
    document = {"parts": {"a/b": {"~c": {"$ref": "#/parts/last"}}, "last": STRING}}
    monkeypatch.setattr(_spec, "document", lambda: document)
    reference = {"$ref": "#/parts/a~1b/~0c"}
    for schema, value, where in (
        (reference, 1, "at"),
        ({"type": "array", "items": reference}, [1], "at/0"),
        ({"type": "object", "properties": {"p": reference}}, {"p": 1}, "at/p"),
        ({"type": "object", "additionalProperties": reference}, {"p": 1}, "at/p"),
        ({"allOf": [reference]}, 1, "at"),
    ):
        assert _found(schema, value) == [(where, 1, "a string")]
    required = {"type": "object", "required": ["p"], "properties": {"p": reference}}
    assert _found(required, {}) == [("at/p", MISSING, "a string (it is required)")]


def _unknown() -> Iterator[tuple[Json, str]]:
    """Yield schemas that no check is written for, and what is said of them."""
    yield {"type": "string", "oneOf": [], "not": {}}, "the schema keywords ['not', 'oneOf']"
    yield {"type": "string", "format": "ipv4"}, "the format 'ipv4'"
    for keyword, value in {"minimum": 1, "pattern": "x", "items": {}, "properties": {}}.items():
        yield {keyword: value}, f"['{keyword}'] without a type"
    yield {"nullable": True, "maximum": 1}, "['maximum', 'nullable'] without a type"


@pytest.mark.parametrize(("schema", "said"), [*_unknown()])
@pytest.mark.parametrize("where", ["itself", "items", "properties", "additional", "allOf"])
def test_leaves_nothing_unchecked(schema: Json, said: str, where: str) -> None:
    """A keyword, a format or a combination that has no check is an error, wherever it stands."""
    holders: dict[str, Json] = {
        "itself": schema,
        "items": {"type": "array", "items": schema},
        "properties": {"type": "object", "properties": {"p": schema}},
        "additional": {"type": "object", "additionalProperties": schema},
        "allOf": {"allOf": [STRING, schema]},
    }
    with pytest.raises(NotImplementedError) as caught:
        compile_schema(holders[where])
    assert str(caught.value) == f"no check is written for {said}"


def test_checks_may_be_used_again() -> None:
    """A check keeps nothing of a value: the next one is judged by itself."""
    check = compile_schema(SCHEMAS["closed"])
    found = []
    for value in itertools.islice(itertools.cycle([{"c": 1}, {"a": "x"}]), 4):
        findings: list[Finding] = []
        check(value, (), findings)
        found.append(len(findings))
    assert found == [1, 0, 1, 0]
