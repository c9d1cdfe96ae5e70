"""The checks agree with an OpenAPI 3.0 validator, and describe the allowed values."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from portkey_admin import SpecError, _request, _spec
from portkey_admin._checks import MISSING, find_problems
from scripts.check_wrapper import check, check_schema

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
    "email": {"type": "string", "format": "email"},
    "date": {"type": "string", "format": "date"},
    "enum of numbers": {"enum": [1, 2.5, True, [1], {"a": 1}]},
    "enum of 1": {"enum": [1, [1], {"a": [1]}]},
    "enum of true": {"enum": [True, [True], {"a": [True]}]},
    "enum of objects": {"enum": [{"a": "x", "b": 2}, {}, [{}], [[1], 2]]},
    "const": {"const": 2},
    "const object": {"const": {"b": "x"}},
    "date of any type": {"format": "date"},
    "two types": {"type": ["string", "integer"]},
    "types": {"type": ["string", "integer", "null"]},
    "bounds of any type": {"minimum": 2, "minLength": 2, "minItems": 2, "minProperties": 2},
    "exclusiveMinimum": {"type": "number", "exclusiveMinimum": 2},
    "exclusiveMaximum": {"type": "number", "exclusiveMaximum": 2},
    "multipleOf": {"type": "number", "multipleOf": 0.5},
    "multipleOf 0.1": {"multipleOf": 0.1},
    "multipleOf 2": {"multipleOf": 2},
    "uniqueItems": {"type": "array", "items": {}, "uniqueItems": True},
    "uniqueItems or not": {"type": "array", "items": {}, "uniqueItems": False},
    "minProperties": {"type": "object", "minProperties": 1},
    "maxProperties": {"type": "object", "maxProperties": 1},
    "anyOf": {"anyOf": [STRING, {"type": "integer"}]},
    "oneOf": {"oneOf": [{"type": "number"}, {"type": "integer"}, STRING]},
    "not": {"not": {"type": "string"}},
    "items of any type": {"items": {"type": "integer"}},
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
        **dict.fromkeys(("title", "description", "default", "example", "$comment"), "x"),
        **dict.fromkeys(("discriminator", "externalDocs", "xml"), "x"),
        **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), True),
        "examples": ["x"],
    },
}
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 1.5, 2.0, 2.5, -1),
    *("", "a", "b", "aa", "abc", "183f497a-2a7f-4f47-992e-26213fa863ce", "a@example.com"),
    *("2027-01-31", "2027-02-29", [1, 1], [1, True], [{"a": 1}, {"a": 1.0}], {"a": 1}),
    *([], [1], [True], [1, 2], ["a", 2, 3.5], [None, None, None]),
    *({}, {"a": "x"}, {"b": "x"}, {"a": "x", "b": 2}, {"a": 1, "b": "x", "c": "y"}, {"c": 3}),
    *({"b": 2, "a": "x"}, {"b": "y"}, {"a": [1]}, {"a": [True]}, 0.3, 0.35, [{}], [[1], [1.0]]),
    *(
        [[]],
        [[], {}],
        [[1, 2]],
        [[1], 2],
        [[True], [1]],
        [{"a": 1}, {"b": 1}],
        [{"a": 1}, {"a": 2}],
    ),
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
    """The checks accept and refuse the same values as a validator."""
    schema = SCHEMAS[name]
    validator = jsonschema_rs.Draft202012Validator(in_json_schema(schema), validate_formats=True)
    check_schema(schema, "")
    for value in VALUES:
        findings = list(find_problems(schema, value, names=False))
        assert (not findings) == validator.is_valid(value), (value, findings)


def test_every_schema_accepts_and_refuses() -> None:
    """Each schema but those of anything tells some of the values from others."""
    for name, schema in SCHEMAS.items():
        verdicts = {not any(find_problems(schema, value, names=False)) for value in VALUES}
        assert verdicts == ({True} if name.startswith("anything") else {True, False}), name


def _found(schema: Json, value: Any) -> list[tuple[str, Any, str]]:
    findings = find_problems(schema, value, ("at",))
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
        (SCHEMAS["date"], "x", [("at", "x", "a date (2027-01-31)")]),
        (SCHEMAS["types"], 1.5, [("at", 1.5, "a string or an integer or null")]),
        (SCHEMAS["exclusiveMinimum"], 2, [("at", 2, "a number, above 2")]),
        (SCHEMAS["exclusiveMaximum"], 2, [("at", 2, "a number, below 2")]),
        (
            {"type": "number", "minimum": 2, "exclusiveMinimum": True},
            2,
            [("at", 2, "a number, above 2")],
        ),
        (SCHEMAS["multipleOf 2"], 3, [("at", 3, "a valid value, a multiple of 2")]),
        (SCHEMAS["uniqueItems"], [1, 1], [("at", [1, 1], "an array, no item twice")]),
        (SCHEMAS["uniqueItems or not"], 1, [("at", 1, "an array")]),
        (SCHEMAS["minProperties"], {}, [("at", {}, "an object, properties at least 1")]),
        (
            SCHEMAS["maxProperties"],
            {"a": 1, "b": 2},
            [("at", {"a": 1, "b": 2}, "an object, properties at most 1")],
        ),
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
                ("at/a", MISSING, "a valid value"),
                ("at/b", MISSING, "a string"),
            ],
        ),
        (
            {"type": "object", "required": ["a"]},
            {},
            [("at/a", MISSING, "a valid value")],
        ),
        (
            SCHEMAS["properties"],
            {"a": 1, "c": 1, "b": "x"},
            [
                ("at/a", 1, "a string"),
                ("at/c", 1, "no property of this name; known: a, b"),
                ("at/b", "x", "an integer"),
            ],
        ),
        (
            SCHEMAS["closed"],
            {"c": 1, "a": "x", "d": 2},
            [
                ("at/c", 1, "no property of this name; known: a"),
                ("at/d", 2, "no property of this name; known: a"),
            ],
        ),
        (
            SCHEMAS["open to integers"],
            {"c": "x", "a": "x", "d": "y"},
            [("at/c", "x", "an integer"), ("at/d", "y", "an integer")],
        ),
    ],
)
def test_problems_describe_the_allowed_values(
    schema: Json, value: Any, found: list[tuple[str, Any, str]]
) -> None:
    """A finding has the path, the value and the allowed values; all findings are reported."""
    assert _found(schema, value) == found


def test_one_finding_for_one_value() -> None:
    """A value that one keyword refuses is not passed to the next, which may expect its parts."""
    schema = {"type": "object", "minLength": 3, "required": ["a"], "properties": {"a": STRING}}
    assert _found(schema, "x") == [("at", "x", "an object, length at least 3")]


def test_refers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference is followed, to names with slashes and tildes too, wherever it stands."""
    parts = {
        "a/b": {"~c": {"$ref": "#/parts/last"}},
        "last": STRING,
        "p": {"properties": {"p": {}}},
    }
    document = {"parts": parts}
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
    assert _found(required, {}) == [("at/p", MISSING, "a string")]
    names = {"properties": {"q": STRING}, "allOf": [{"$ref": "#/parts/p"}]}
    assert _found(names, {"p": 1}) == []


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (
            {"type": "object", "properties": {"first_name": STRING, "age": STRING}},
            {"firstname": "x"},
            [("at/firstname", "x", "no property of this name; did you mean first_name?")],
        ),
        # Without any known name, or where others are allowed, each name is right.
        ({"type": "object"}, {"a": 1}, []),
        ({"type": "object", "properties": {}}, {"a": 1}, []),
        ({"properties": {"b": STRING}, "additionalProperties": True}, {"a": 1}, []),
        ({"properties": {"b": STRING}, "additionalProperties": {}}, {"a": 1}, []),
        # The names of all branches are known.
        ({"properties": {"b": STRING}, "allOf": [{"properties": {"a": {}}}]}, {"a": 1}, []),
        (
            {"properties": {"b": STRING}, "oneOf": [{"properties": {"a": {}}}, STRING]},
            {"a": 1, "b": ""},
            [],
        ),
        (
            {"properties": {"b": STRING}, "anyOf": [{"properties": {"a": {}}}]},
            {"c": 1},
            [("at/c", 1, "no property of this name; known: b, a")],
        ),
        ({"allOf": [{"properties": {"b": STRING}, "additionalProperties": True}]}, {"a": 1}, []),
        (
            {"properties": {"b": STRING}, "allOf": [{"anyOf": [{"additionalProperties": True}]}]},
            {"a": 1},
            [],
        ),
        ({"allOf": [{"properties": {"b": {}}}, {"properties": {"a": {}}}]}, {"a": 1, "b": 1}, []),
        (
            {"properties": {"p": {"properties": {"q": STRING}}}},
            {"p": {"r": 1}},
            [("at/p/r", 1, "no property of this name; known: q")],
        ),
        (
            {"items": {"properties": {"q": STRING}}},
            [{"q": ""}, {"r": 1}],
            [("at/1/r", 1, "no property of this name; known: q")],
        ),
    ],
)
def test_unknown_names(schema: Json, value: Any, found: list[tuple[str, Any, str]]) -> None:
    """A name that no part of the schema has is found; the nearest one, or all, are proposed."""
    assert _found(schema, value) == found


def test_read_only_properties_are_not_required() -> None:
    """A read-only property is not required in a request."""
    schema = {"required": ["id", "a"], "properties": {"id": {"readOnly": True}, "a": STRING}}
    assert _found(schema, {}) == [("at/a", MISSING, "a string")]


def test_exclusive_bounds_of_openapi() -> None:
    """In OpenAPI 3.0, a boolean makes the bound beside it exclusive."""
    for keyword, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        schema = {"type": "number", keyword: 2, exclusive: True}
        check_schema(schema, "")
        assert _found(schema, 2)
        assert not _found({**schema, exclusive: False}, 2)


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("a@example.com", True),
        ("a.b+c@sub.example.com", True),
        ('"a b"@example.com', True),
        ("a@[192.0.2.1]", True),
        ("a@localhost", True),
        ("a", False),
        ("a@", False),
        ("@example.com", False),
        ("a@example..com", False),
        ("a.@example.com", False),
        ("a@-example.com", False),
        ("a@example.com\n", False),
    ],
)
def test_email(text: str, is_valid: bool) -> None:  # noqa: FBT001 - a parameter
    """An e-mail address is a mailbox by RFC 5321."""
    assert bool(_found(SCHEMAS["email"], text)) is not is_valid


UNREADABLE: list[tuple[Json, str, str]] = [
    ({"type": "string", "if": {}}, "", "if is not supported"),
    ({"patternProperties": {}}, "", "patternProperties is not supported"),
    ({"type": "tuple"}, "", "tuple is not supported"),
    ({"pattern": "("}, "", "Python cannot read the pattern: "),
]


@pytest.mark.parametrize(("schema", "at", "reason"), UNREADABLE)
@pytest.mark.parametrize(
    "where",
    ["", "items", "not", "additionalProperties", "properties/p", "allOf/0", "anyOf/0", "oneOf/0"],
)
def test_leaves_nothing_unchecked(schema: Json, at: str, reason: str, where: str) -> None:
    """An unsupported keyword or type is an error with its place, at every level."""
    keyword, _, below = where.partition("/")
    holder = {keyword: {below: schema} if below == "p" else [schema] if below else schema}
    with pytest.raises(SpecError) as caught:
        check_schema(holder if where else schema, "/at")
    start = f"/at/{where}{at}" if where else f"/at{at}"
    assert str(caught.value).startswith(f"{start}: {reason}")


def test_schemas_are_read_through_references(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target of a reference is read once, and reported with its own place."""
    node = {"properties": {"next": {"$ref": "#/parts/node"}, "bad": {"if": {}}}}
    monkeypatch.setattr(_spec, "document", lambda: {"parts": {"node": node}})
    with pytest.raises(SpecError, match=r"^/parts/node/properties/bad: if is not supported"):
        check_schema({"items": {"$ref": "#/parts/node"}}, "/at")
    del node["properties"]["bad"]
    check_schema({"items": {"$ref": "#/parts/node"}}, "/at")
    assert _found({"$ref": "#/parts/node"}, {"next": {"next": {"more": 1}}}) == [
        ("at/next/next/more", 1, "no property of this name; known: next")
    ]


def test_the_spec_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The spec of the package has nothing that the checks cannot read; another is refused."""
    check()
    for operation_id, part, at in (
        ("createApiKey", {"body": {"if": {}}}, "requestBody"),
        ("rotateApiKey", {"arguments": {"id": {"if": {}}}}, "parameters/id"),
        ("listApiKeys", {"query": {"page_size": {"if": {}}}}, "parameters/page_size"),
    ):
        changed = _spec.operation(operation_id)._replace(**part)

        def read(wanted: str, it: _spec.Operation = changed, its: str = operation_id) -> Any:
            return it if wanted == its else _spec.operation(wanted)

        monkeypatch.setattr(_request, "operation", read)
        with pytest.raises(SpecError, match=rf"^{changed.at}/{at}: if is not supported"):
            check()


def test_checks_may_be_used_again() -> None:
    """A check keeps nothing of a value: the next one is judged by itself."""
    values = [{"c": 1}, {"a": "x"}] * 2
    assert [len(_found(SCHEMAS["closed"], value)) for value in values] == [1, 0, 1, 0]
    schema = {"properties": {"b": STRING}, "allOf": [{"properties": {"a": STRING}}]}
    assert [len(_found(schema, {"a": 1})) for _ in range(2)] == [1, 1]
