"""Responses are made up from the document, valid by it, and differ for each created object."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any

import pytest

from portkey_admin_stub import NO_BODY, Stub
from portkey_admin_stub.schema import validator

from .documents import document, in_json, one_answer, operation
from .wire import Request, in_process

GET = Request("GET", "/books")
NODE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "left": {"$ref": "#/components/schemas/Node"},
        "right": {"$ref": "#/components/schemas/Node"},
        "rest": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
    },
}


def answer(described: dict[str, Any]) -> Any:
    """Return the first response of a stub for a document, after a check that it is valid."""
    stub = Stub(described)
    reply = in_process(stub, GET)
    value = json.loads(reply.body)
    content = described["paths"]["/books"]["get"]["responses"]["200"]["content"]
    assert validator(described, content["application/json"]["schema"]).is_valid(value)
    assert stub.exchanges[0].answer == value
    return value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "enum": ["b", "a"], "example": "a"}, "b"),
        ({"type": "string", "example": "k"}, "k-1"),
        ({"type": "string", "default": "d"}, "d-1"),
        ({"type": "string"}, "string-1"),
        ({"type": "string", "format": "made up"}, "string-1"),
        ({"type": "string", "minLength": 12}, "stringxxxxxx-1"),
        ({"type": "string", "maxLength": 5}, "str-1"),
        ({"type": "string", "maxLength": 1}, "-"),
        ({"type": "string", "pattern": "^[a-c]+$", "example": "abc"}, "abc"),
        ({"type": "string", "format": "date-time"}, "2030-01-31T12:00:00Z"),
        ({"type": "integer", "example": 7}, 7),
        ({"type": "integer", "default": 8}, 8),
        ({"type": "integer", "minimum": 9}, 9),
        ({"type": "integer", "minimum": 9, "exclusiveMinimum": True}, 10),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "format": "int32"}, 0),
        ({"type": "integer", "maximum": -3, "exclusiveMaximum": True}, -4),
        ({"type": "number", "minimum": 0.5}, 0.5),
        ({"type": "number", "example": 2.5}, 2.5),
        ({"type": "integer", "minimum": 0.5}, 1),
        ({"type": "boolean"}, True),
        ({"type": "boolean", "example": False}, False),
        ({"type": "string", "nullable": True, "example": None}, "string-1"),
        ({"type": "array", "items": {"type": "integer"}}, [0]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["string-1", "string-1"]),
        ({"type": "array", "items": {}, "maxItems": 0}, []),
        ({"type": "object"}, {}),
        ({"type": "object", "example": {"a": 1}, "minProperties": 1}, {"a": 1}),
        (
            {"properties": {"a": {"enum": [1]}, "b": {"enum": [2]}}, "required": ["a"]},
            {"a": 1, "b": 2},
        ),
        (
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"enum": [1]}}},
                    {"required": ["b"], "properties": {"b": {"enum": [2]}}},
                ]
            },
            {"a": 1, "b": 2},
        ),
        ({"oneOf": [{"enum": ["x"]}, {"type": "integer"}]}, "x"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}], "minimum": 3}, 3),
        ({"items": {"enum": [1]}}, [1]),
        ({}, "string-1"),
    ],
)
def test_values_follow_from_the_schema(schema: dict[str, Any], value: object) -> None:
    """A value is the first enum value, the example, the default, or one within the limits."""
    assert answer(one_answer(schema)) == value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": ["null", "integer"]}, 0),
        ({"type": "null"}, None),
        ({"type": ["null"]}, None),
        ({"type": "array"}, ["string-1"]),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}]}, [1, 2]),
        ({"prefixItems": [{"const": 1}], "items": {"const": 3}, "minItems": 3}, [1, 3, 3]),
        ({"const": "c"}, "c"),
        ({"type": "integer", "exclusiveMinimum": 4}, 5),
        ({"type": "string", "examples": ["e"]}, "e-1"),
        ({"properties": {"a": False, "b": {"const": 1}}}, {"b": 1}),
        ({"$ref": "#/components/schemas/A", "properties": {"b": {"const": 2}}}, {"a": 1, "b": 2}),
    ],
)
def test_values_follow_from_schemas_of_3_1(schema: dict[str, Any], value: object) -> None:
    """The keywords that OpenAPI 3.1 adds are supported."""
    schemas = {"A": {"type": "object", "properties": {"a": {"const": 1}}}}
    assert answer(one_answer(schema, version="3.1.0", schemas=schemas)) == value


@pytest.mark.parametrize(
    "form",
    [
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "idn-email",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "iri",
        "iri-reference",
        "json-pointer",
        "regex",
        "relative-json-pointer",
        "time",
        "uri",
        "uri-reference",
        "uri-template",
        "uuid",
    ],
)
def test_formats_have_valid_values(form: str) -> None:
    """A value is valid for every format that the validator knows, even if the example is not."""
    assert answer(one_answer({"type": "string", "format": form, "example": "( %"}))


def test_recursive_schemas_end() -> None:
    """A property that would repeat its own schema is left out."""
    described = one_answer({"$ref": "#/components/schemas/Node"}, schemas={"Node": NODE})
    assert answer(described) == {"name": "string-1", "rest": []}


def test_endless_branch_is_skipped() -> None:
    """The first of several branches that is not endless is used."""
    schemas = {
        "Tree": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["in"],
                    "properties": {"in": {"$ref": "#/components/schemas/Tree"}},
                },
                {"enum": ["leaf"]},
            ]
        }
    }
    assert answer(one_answer({"$ref": "#/components/schemas/Tree"}, schemas=schemas)) == "leaf"


def test_two_answers_differ() -> None:
    """Ids are new for each response and other strings are numbered; refusals do not count."""
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid", "example": "not even a UUID"},
            "key": {"type": "string", "example": "key"},
        },
    }
    stub = Stub(one_answer(schema))
    first, refused, second = (
        json.loads(in_process(stub, request).body)
        for request in (GET, GET.but(target="/books?x=1"), GET)
    )
    assert (first["key"], second["key"]) == ("key-1", "key-2")
    assert uuid.UUID(first["id"]) != uuid.UUID(second["id"])
    assert not refused["success"]


def test_changing_a_recorded_answer_changes_no_other() -> None:
    """Each exchange has its own copy of the response."""
    stub = Stub(one_answer({"type": "object", "example": {"a": []}}))
    in_process(stub, GET)
    stub.exchanges[0].answer["a"].append(1)
    assert json.loads(in_process(stub, GET).body) == {"a": []}


def test_first_success_response_is_used() -> None:
    """The status is that of the first 2xx response, whatever precedes it."""
    responses = {
        "default": {"description": "wrong"},
        "404": {"description": "none"},
        "202": {"description": "later", "content": in_json({"enum": ["later"]})},
        "200": {"description": "now"},
    }
    stub = Stub(document({"/books": {"get": {"responses": responses}}}))
    reply = in_process(stub, GET)
    assert (reply.status, json.loads(reply.body)) == (HTTPStatus.ACCEPTED, "later")
    assert reply.headers == {"content-type": "application/json"}


@pytest.mark.parametrize(("status", "given"), [("2XX", 200), (200, 200), ("299", 299)])
def test_statuses_may_be_written_differently(status: str | int, given: int) -> None:
    """A status may be a range, or a number instead of a string."""
    stub = Stub(document({"/books": {"get": {"responses": {status: {"description": "OK"}}}}}))
    assert in_process(stub, GET).status == given


def test_response_without_content_is_empty() -> None:
    """If the document describes no content, the response has none."""
    stub = Stub(document({"/books": {"get": operation()}}))
    reply = in_process(stub, GET)
    assert (reply.status, reply.body, reply.headers) == (HTTPStatus.NO_CONTENT, b"", {})
    assert stub.exchanges[0].answer is NO_BODY


BOOKS_200 = "/paths/~1books/get/responses/200"


@pytest.mark.parametrize(
    ("described", "at", "reason"),
    [
        (
            one_answer({"type": "string", "pattern": "^xyz$"}),
            BOOKS_200,
            'the generated answer is not valid: answer: the value does not match "^xyz$"',
        ),
        (
            one_answer(schema=False, version="3.1.0"),
            BOOKS_200,
            "the generated answer is not valid: answer: {} is not allowed for the value",
        ),
        (
            one_answer({"type": "array", "items": False, "minItems": 1}, version="3.1.0"),
            BOOKS_200,
            "the generated answer is not valid: answer: the value has less than 1 item",
        ),
        (
            one_answer(
                {"$ref": "#/components/schemas/A"},
                schemas={
                    "A": {
                        "type": "object",
                        "required": ["a"],
                        "properties": {"a": {"$ref": "#/components/schemas/A"}},
                    }
                },
            ),
            BOOKS_200,
            "no answer can be generated: the schema allows no finite value",
        ),
        (
            one_answer({"$ref": "#/components/schemas/None"}),
            BOOKS_200,
            "no answer can be generated: nothing is at '#/components/schemas/None'",
        ),
        (
            document({"/books": {"get": {"responses": {"404": {"description": "none"}}}}}),
            "/paths/~1books/get/responses",
            "no response of success is described",
        ),
        (
            document({"/books": {"get": {"responses": {"200": {"content": {"text/csv": {}}}}}}}),
            BOOKS_200,
            "only application/json can be generated, not text/csv",
        ),
    ],
)
def test_response_that_cannot_be_made_up_has_no_body(
    described: dict[str, Any], at: str, reason: str
) -> None:
    """Requests are still judged, and the stub lists why the response is empty."""
    stub = Stub(described)
    reply = in_process(stub, GET)
    assert (reply.status, reply.body) == (HTTPStatus.OK, b"")
    assert stub.exchanges[0].answer is NO_BODY
    [limit] = stub.limits
    assert (limit.operation, limit.at, limit.judged) == ("GET /books", at, True)
    assert limit.reason == reason
    in_process(stub, GET.but(target="/books?q=1"))
    assert stub.exchanges[1].problems == ['query: "q" is not described']


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"b": {}}, "required": ["a"]},
        {"type": "object", "minProperties": 2, "properties": {"a": {"type": "integer"}}},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 3},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 2},
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "minItems": 2},
        {"type": "integer", "minimum": 4, "multipleOf": 7},
        {"type": "number", "minimum": 0.1, "multipleOf": 0.5},
        {"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]},
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]},
                {"properties": {"a": {"enum": ["y", "z"]}}},
            ]
        },
        {"allOf": [{"type": ["string", "null"]}, {"type": ["null", "integer"]}]},
        {"allOf": [{"type": "number", "minimum": 1}, {"type": "integer", "minimum": 3}]},
        {"type": ["string", "null"], "pattern": "^xyz$"},
        {"type": "string", "pattern": "^[a-z]+-[0-9]+$"},
        {
            "oneOf": [
                {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"type": "object", "properties": {"b": {"type": "integer"}}},
            ]
        },
        {"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}}},
    ],
    ids=str,
)
def test_responses_follow_combined_keywords(schema: dict[str, Any]) -> None:
    """Responses obey keywords that concern several parts at once, every time."""
    stub = Stub(one_answer(schema, version="3.1.0"))
    assert stub.limits == []
    allowed = validator({"openapi": "3.1.0"}, schema)
    for _ in range(3):
        assert allowed.is_valid(json.loads(in_process(stub, GET).body))


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ({"default": {"description": "any"}}, HTTPStatus.OK),
        ({"400": {"description": "no"}, "default": {"description": "any"}}, HTTPStatus.OK),
        ({"302": {"description": "elsewhere"}}, HTTPStatus.FOUND),
        ({"3XX": {"description": "elsewhere"}}, HTTPStatus.MULTIPLE_CHOICES),
        ({"302": {}, "default": {}, "2xx": {"description": "done"}}, HTTPStatus.OK),
    ],
    ids=str,
)
def test_success_response_is_preferred(responses: dict[str, Any], status: HTTPStatus) -> None:
    """A success response is preferred to the default, and the default to a redirect."""
    stub = Stub(document({"/books": {"get": {"responses": responses}}}))
    assert in_process(stub, GET).status == status
    assert stub.limits == []
