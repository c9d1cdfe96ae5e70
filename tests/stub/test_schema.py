"""Schemas of OpenAPI keep their meaning when they are translated to JSON Schema."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from portkey_admin_stub.schema import compiled, merged, resolve, to_json_schema, validator

if TYPE_CHECKING:
    from portkey_admin_stub.schema import Schema

V3_0 = {"openapi": "3.0.3"}
V3_1 = {"openapi": "3.1.0"}
UUID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": "string", "nullable": True}, ["a", None], [1]),
        ({"type": "string", "nullable": False}, ["a"], [None]),
        ({"type": "string", "nullable": True, "enum": ["a"]}, ["a"], [None, "b"]),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, ["a", None], ["b"]),
        ({"nullable": True, "allOf": [{"type": "string"}]}, ["a"], [None]),
        ({"minimum": 1, "exclusiveMinimum": True}, [1.1, 2], [1]),
        ({"minimum": 1, "exclusiveMinimum": False}, [1], [0]),
        ({"maximum": 1, "exclusiveMaximum": True}, [0.9], [1]),
        ({"type": "object", "required": ["a"], "properties": {"a": {"readOnly": True}}}, [], [{}]),
        ({"exclusiveMinimum": True}, [0], []),
        ({"minLength": 2, "maxLength": 3, "pattern": "^a"}, ["ab"], ["a", "abcd", "b"]),
        ({"minItems": 1, "maxItems": 2, "uniqueItems": True}, [[1]], [[], [1, 2, 3], [1, 1]]),
        ({"anyOf": [{"type": "string", "nullable": True}]}, ["a", None], [1]),
        ({"multipleOf": 2}, [2], [3]),
        ({"minProperties": 1, "maxProperties": 2}, [{"a": 1}], [{}, {"a": 1, "b": 2, "c": 3}]),
        # Keywords that OpenAPI 3.0 does not have.
        ({"const": 1, "if": {"type": "null"}, "else": False}, [2], []),
        # Names that look like keywords, and data that looks like a schema.
        ({"properties": {"nullable": {"type": "null"}}}, [{"nullable": None}], [{"nullable": 1}]),
        ({"enum": [{"$ref": "#/x"}]}, [{"$ref": "#/x"}], [{}]),
        (
            {"additionalProperties": {"type": "integer", "nullable": True}},
            [{"a": None}],
            [{"a": "b"}],
        ),
        ({"not": {"type": "string", "nullable": True}}, [1], [None]),
        ({"items": {"type": "string", "nullable": True}}, [[None]], [[1]]),
    ],
)
def test_3_0_schemas_have_the_meaning_of_3_0(
    schema: dict[str, Any], valid: list[Any], invalid: list[Any]
) -> None:
    """Keywords that differ between OpenAPI 3.0 and JSON Schema are translated everywhere."""
    compiled = validator(V3_0, schema)
    assert [value for value in valid if not compiled.is_valid(value)] == []
    assert [value for value in invalid if compiled.is_valid(value)] == []


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"type": "string", "nullable": True}, ["a"], [None]),
        ({"exclusiveMinimum": 1}, [2], [1]),
        ({"const": 1}, [1], [2]),
        ({"properties": {"a": False}}, [{}], [{"a": 1}]),
        ({"prefixItems": [{"$ref": "#/components/schemas/A"}]}, [["a"]], [[1]]),
        ({"$ref": "#/components/schemas/A", "maxLength": 1}, ["a"], ["ab", 1]),
        (
            {"unevaluatedProperties": False, "allOf": [{"properties": {"a": {}}}]},
            [{"a": 1}],
            [{"b": 1}],
        ),
        (
            {
                "properties": {"a": {"$dynamicRef": "#b"}, "c": {"$ref": "#/components/schemas/A"}},
                "$defs": {"B": {"$dynamicAnchor": "b", "type": "integer"}},
            },
            [{"a": 1, "c": "c"}],
            [{"a": "1"}, {"c": 1}],
        ),
        (True, [1], []),
        (False, [], [1, None]),
    ],
)
def test_3_1_schemas_are_json_schemas(schema: Schema, valid: list[Any], invalid: list[Any]) -> None:
    """Schemas of OpenAPI 3.1 stay unchanged, except for their references."""
    compiled = validator({**V3_1, "components": {"schemas": {"A": {"type": "string"}}}}, schema)
    assert [value for value in valid if not compiled.is_valid(value)] == []
    assert [value for value in invalid if compiled.is_valid(value)] == []


@pytest.mark.parametrize(
    "word",
    [
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ],
)
def test_references_are_followed_in_all_keywords(word: str) -> None:
    """References are translated in every keyword of JSON Schema that has a schema."""
    document = {**V3_1, "components": {"schemas": {"A": {"type": "string"}}}}
    reference = {"$ref": "#/components/schemas/A"}
    rewritten = {"$ref": "#/$defs/components~1schemas~1A"}
    assert to_json_schema(document, {word: reference})[word] == rewritten


@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf", "prefixItems"])
def test_references_are_followed_in_lists(word: str) -> None:
    """References are translated in every keyword that has a list of schemas."""
    document = {**V3_1, "components": {"schemas": {"A": {"type": "string"}}}}
    translated = to_json_schema(document, {word: [{"$ref": "#/components/schemas/A"}]})
    assert translated[word] == [{"$ref": "#/$defs/components~1schemas~1A"}]


@pytest.mark.parametrize("word", ["$defs", "dependentSchemas", "patternProperties", "properties"])
def test_references_are_followed_in_maps(word: str) -> None:
    """References are translated in every keyword that has named schemas."""
    document = {**V3_1, "components": {"schemas": {"A": {"type": "string"}}}}
    translated = to_json_schema(document, {word: {"a": {"$ref": "#/components/schemas/A"}}})
    assert translated[word]["a"] == {"$ref": "#/$defs/components~1schemas~1A"}


@pytest.mark.parametrize("document", [V3_0, V3_1], ids=["3.0", "3.1"])
@pytest.mark.parametrize(
    ("form", "valid", "invalid"),
    [
        (
            "uuid",
            [UUID, UUID.upper(), "00000000-0000-0000-0000-000000000000"],
            [
                "",
                f"{{{UUID}}}",
                f"urn:uuid:{UUID}",
                UUID.replace("-", ""),
                UUID[:-1],
                f"{UUID}\n",
                f" {UUID}",
                "a1b2c3d4e5f6-7890-abcd-ef12-34567890",
                UUID[:-1] + "g",
            ],
        ),
        (
            "date-time",
            [
                "2026-12-31T23:59:59Z",
                "2026-12-31t23:59:59z",
                "2024-02-29T00:00:00.123456789-00:00",
                "2026-12-31T23:59:60Z",
                "2026-12-31T18:59:60-05:00",
                "0001-01-01T00:00:00+23:59",
            ],
            [
                "2026-12-31",
                "2026-12-31T23:59:59",
                "2026-12-31 23:59:59Z",
                "2026-12-31T23:59Z",
                "2026-02-29T00:00:00Z",
                "2026-12-31T24:00:00Z",
                "2026-12-31T12:59:60Z",
                "2026-12-31T23:59:61Z",
                "2026-12-31T23:59:59+0100",
                "2026-12-31T23:59:59+24:00",
                "2026-12-31T23:59:59+01:01:01",
                "2026-12-31T23:59:59.Z",
                "2026-12-31T23:59:59Z\n",
            ],
        ),
        (
            "email",
            ["a@example.com", "a+b.c@x-y.example.com", '"a b"@example.com', "a@localhost"],
            [
                "",
                "a",
                "a@",
                "@a",
                "a@b@c",
                "a b@example.com",
                "A <a@example.com>",
                ".a@example.com",
                "a..b@example.com",
                "a@-example.com",
                "a@example..com",
                "a@example.com\n",
            ],
        ),
        ("int32", [2**31 - 1, -(2**31), "text"], [2**31, -(2**31) - 1]),
        ("int64", [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1]),
        ("float", [3.4028234663852886e38, 1], [3.4028234663852888e38, -3.4028235e38, 10**39]),
        ("double", [1.7976931348623157e308, -1.7976931348623157e308], [10**309, -(10**309)]),
        ("made up", ["anything"], []),
    ],
)
def test_formats_are_judged(
    document: dict[str, Any], form: str, valid: list[Any], invalid: list[Any]
) -> None:
    """Formats are checked, strictly."""
    compiled = validator(document, {"format": form})
    assert [value for value in valid if not compiled.is_valid(value)] == []
    assert [value for value in invalid if compiled.is_valid(value)] == []


def test_ranges_of_formats_add_to_other_limits() -> None:
    """The range of a number's format does not replace the schema's own limits."""
    compiled = validator(V3_0, {"format": "int32", "minimum": 5, "allOf": [{"maximum": 9}]})
    assert [value for value in (4, 5, 9, 10) if compiled.is_valid(value)] == [5, 9]


def test_siblings_of_references_count_from_3_1_on() -> None:
    """Keywords beside a reference are ignored in OpenAPI 3.0, as it specifies, but not in 3.1."""
    components = {"components": {"schemas": {"A": {"type": "string"}}}}
    schema = {"$ref": "#/components/schemas/A", "maxLength": 1}
    assert validator({**V3_0, **components}, schema).is_valid("ab")
    assert not validator({**V3_1, **components}, schema).is_valid("ab")


def test_recursive_schemas_are_translated() -> None:
    """A schema that contains itself is translated, with only the definitions that it needs."""
    tree = {
        "type": "object",
        "properties": {"a/b": {"$ref": "#/components/schemas/Tree"}, "n": {"type": "integer"}},
    }
    schemas = {"Tree": tree, "Other": {"type": "string"}}
    document = {**V3_0, "components": {"schemas": schemas}}
    reference = {"$ref": "#/components/schemas/Tree"}
    assert list(to_json_schema(document, reference)["$defs"]) == ["components/schemas/Tree"]
    compiled = validator(document, reference)
    assert compiled.is_valid({"a/b": {"a/b": {"n": 1}}})
    assert not compiled.is_valid({"a/b": {"a/b": {"n": "1"}}})


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/A%20b~1c~0/properties/x",
        "#/paths/~1books/get/responses/200/content/application~1json/schema",
        "#/components/lists/0",
    ],
)
def test_references_to_any_part_of_the_document(reference: str) -> None:
    """A reference may point to any part of the document, with escapes."""
    target = {"type": "string"}
    document = {
        **V3_0,
        "paths": {
            "/books": {
                "get": {"responses": {"200": {"content": {"application/json": {"schema": target}}}}}
            }
        },
        "components": {"schemas": {"A b/c~": {"properties": {"x": target}}}, "lists": [target]},
    }
    assert resolve(document, reference) is target
    compiled = validator(document, {"$ref": reference})
    assert compiled.is_valid("a")
    assert not compiled.is_valid(1)


@pytest.mark.parametrize(
    "reference",
    [
        *("other.yaml#/A", "https://x.example/", "#/none", "#anchor", "#/openapi/0", "openapi", ""),
        *("#/servers/0", "#/servers/x"),
    ],
)
def test_broken_references_are_refused(reference: str) -> None:
    """A reference that cannot be resolved is an error."""
    with pytest.raises(ValueError, match=r"reference|nothing is at"):
        validator({**V3_0, "servers": []}, {"items": {"$ref": reference}})


def test_nothing_is_fetched() -> None:
    """The stub never connects to an address in a schema."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        assert validator(V3_1, {"$schema": address, "type": "string"}).is_valid("a")
        with pytest.raises(ValueError, match="is not present"):
            validator(V3_1, {"$dynamicRef": address})
        with pytest.raises(ValueError, match=f"'{address}' is not fetched"):
            compiled({"$ref": address})
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_invalid_schema_is_refused() -> None:
    """An invalid schema is an error of one line, with the place."""
    with pytest.raises(ValueError, match="schema") as caught:
        validator(V3_0, {"items": {"minLength": -1}})
    reason = "the value is less than the minimum of 0"
    assert str(caught.value) == f"schema at /items/minLength: {reason}"


def test_translation_does_not_change_the_document() -> None:
    """Translation does not change the given schemas."""
    schema = {"type": "integer", "nullable": True, "format": "int32", "maximum": 3}
    schema["exclusiveMaximum"] = True
    before = dict(schema)
    to_json_schema(V3_0, schema)
    assert schema == before


def test_merging_joins_properties_and_requirements() -> None:
    """Parts of allOf become one schema, in which the first value of a keyword wins."""
    root = {"$defs": {"A": {"required": ["a"], "properties": {"a": True}, "title": "A"}}}
    schema = {
        "title": "all",
        "required": ["b"],
        "allOf": [{"$ref": "#/$defs/A"}, {"properties": {"b": False}}],
    }
    assert merged(root, schema) == {
        "title": "all",
        "required": ["b", "a"],
        "properties": {"a": True, "b": False},
    }


NESTED: list[dict[str, Any]] = [
    {"items": {}},
    {"anyOf": [{}]},
    {"properties": {}},
    {"$ref": "#/none"},
]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"type": "number"}, {"type": "integer"}, {"type": ["integer"]}),
        ({"type": "integer"}, {"type": "number"}, {"type": ["integer"]}),
        ({"type": "number"}, {"type": "number"}, {"type": ["number"]}),
        ({"type": ["number", "null"]}, {"type": ["null", "string"]}, {"type": ["null"]}),
        ({"enum": [1, 2, 3]}, {"enum": [3, 2]}, {"enum": [2, 3]}),
        ({"title": "a"}, {"title": "b"}, {"title": "a"}),
        *(
            ({word: one}, {word: 3 - one}, {word: both})
            for one in (1, 2)
            for ends, both in (("minimum exclusiveMinimum", 2), ("maximum exclusiveMaximum", 1))
            for word in ends.split()
        ),
        *(
            ({end + what: one}, {end + what: 3 - one}, {end + what: both})
            for one in (1, 2)
            for end, both in (("min", 2), ("max", 1))
            for what in ("Length", "Items", "Properties")
        ),
        *(
            ({"properties": {"a": a}}, {"properties": {"a": b}}, {"properties": {"a": both}})
            for a, b, both in (
                ({"minimum": 1, "title": "a"}, {"minimum": 2}, {"minimum": 2, "title": "a"}),
                (True, {"minimum": 2}, {"minimum": 2}),
                # What may contain itself is not merged: the first one counts.
                *((nested, {"minimum": 2}, nested) for nested in NESTED),
                *(({"minimum": 2}, nested, {"minimum": 2}) for nested in NESTED),
            )
        ),
    ],
)
def test_keywords_of_two_parts_are_combined(
    one: dict[str, Any], other: dict[str, Any], both: dict[str, Any]
) -> None:
    """A value that is valid by the merged schema is valid by both parts."""
    assert merged({}, {"allOf": [one, other]}) == both


def test_a_boolean_schema_is_translated_to_a_mapping() -> None:
    """True allows everything, and False nothing; neither has definitions."""
    assert [to_json_schema(V3_1, each) for each in (True, False)] == [{}, {"not": {}}]


def test_a_version_may_be_a_number() -> None:
    """YAML without quotes has the number 3.0, which is read as the version 3.0."""
    assert validator({"openapi": 3.0}, {"type": "string", "nullable": True}).is_valid(None)
