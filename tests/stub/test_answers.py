"""Responses are made up from the document, valid by it, and differ for each created object."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any

import pytest

from portkey_admin_stub import NO_BODY, Stub
from portkey_admin_stub.answers import refusal
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
        ({"type": "string", "example": ""}, "-1"),
        ({"type": "string", "not": {"enum": ["string-2"]}}, "string-1"),
        ({"type": "string", "pattern": "^[a-c]+$", "example": "abc"}, "abc"),
        ({"type": "string", "pattern": "^[a-z]+$", "maxLength": 2}, "a"),
        ({"type": "string", "pattern": "^[A-Z0-9]+$", "minLength": 2}, "AB12"),
        ({"type": "string", "pattern": "^xyz$", "nullable": True}, None),
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
        ({"type": "array", "items": {"enum": [1]}, "minItems": 2.0}, [1, 1]),
        ({"type": "array", "items": {}, "maxItems": 0}, []),
        ({"type": "object"}, {}),
        ({"type": "object", "example": {"a": 1}, "minProperties": 1}, {"a": 1}),
        ({"properties": {"a": {"enum": [1]}}, "example": {"a": 2}}, {"a": 1}),
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
        (
            {"oneOf": [{"type": "string"}, {"type": "null"}], "not": {"enum": ["string-2"]}},
            "string-1",
        ),
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
        ({"prefixItems": [{"const": 1}]}, [1]),
        ({"prefixItems": [{"const": 1}], "items": False}, [1]),
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


def test_formats_have_valid_values() -> None:
    """Every format that the validator knows has a valid value, even if the example is not."""
    values = {
        "date": "2030-01-31",
        "date-time": "2030-01-31T12:00:00Z",
        "duration": "P1D",
        "email": "someone@example.com",
        "hostname": "example.com",
        "idn-email": "someone@example.com",
        "idn-hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "iri": "https://example.com/",
        "iri-reference": "/",
        "json-pointer": "/a",
        "regex": "a",
        "relative-json-pointer": "0",
        "time": "12:00:00Z",
        "uri": "https://example.com/",
        "uri-reference": "/",
        "uri-template": "/{a}",
    }
    text = {"type": "string", "example": "( %"}
    properties = {form: {**text, "format": form} for form in [*values, "uuid"]}
    made = answer(one_answer({"properties": properties}))
    assert uuid.UUID(made.pop("uuid"))
    assert made == values


def test_usual_patterns_have_matching_values() -> None:
    """Without an example, common patterns have a value that matches."""
    patterns = {
        "string": "^[a-z]{2,}$",
        "a": "^[a-z]$",
        "A": "^[A-Z]$",
        "0": "^[0-9]$",
        "a1": "^[a-z][0-9]$",
        "a-1": "^[a-z]+-[0-9]+$",
        "ab_12": "^[a-z]+_[0-9]+$",
        "AB12": "^[A-Z]+[0-9]+$",
        "1.0": r"^[0-9]+\.[0-9]+$",
        "2030-01-31": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "/a": "^/",
        "a@example.com": "^.+@.+$",
    }
    properties = {text: {"type": "string", "pattern": each} for text, each in patterns.items()}
    assert answer(one_answer({"properties": properties})) == {text: text for text in patterns}


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


def test_refusals_have_portkeys_codes() -> None:
    """A refusal has all its problems, and Portkey's code for its status or the general one."""
    assert refusal(HTTPStatus.CONFLICT, ["one", "two"]) == {
        "success": False,
        "data": {"message": "one; two", "errorCode": "AB07"},
    }
    codes = {status: refusal(status, [])["data"]["errorCode"] for status in range(400, 600)}
    assert {status: code for status, code in codes.items() if code != "AB01"} == {
        401: "AB05",
        402: "AB09",
        403: "AB03",
        404: "AB02",
        409: "AB07",
        429: "AB06",
        500: "AB04",
    }


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
NOT_FINITE = "no answer can be generated: the schema allows no finite value"
PARENT = "#/components/schemas/Parent"
PARENTS = {"Parent": {"required": ["child"], "properties": {"child": {"$ref": PARENT}}}}


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
        (one_answer({"$ref": PARENT}, schemas=PARENTS), BOOKS_200, NOT_FINITE),
        (one_answer({"oneOf": [{"$ref": PARENT}]}, schemas=PARENTS), BOOKS_200, NOT_FINITE),
        (one_answer({"allOf": [{"enum": [1]}, {"enum": [2]}]}), BOOKS_200, NOT_FINITE),
        (
            one_answer(
                {
                    "required": ["b"],
                    "properties": {each: {"type": "string", "pattern": "^xyz$"} for each in "ab"},
                }
            ),
            BOOKS_200,
            'the generated answer is not valid: answer at /a: the value does not match "^xyz$"',
        ),
        (
            one_answer({"oneOf": []}),
            BOOKS_200,
            "no answer can be generated: schema at /oneOf: the value has less than 1 item",
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
            document(
                {
                    "/books": {
                        "get": {"responses": {"200": {"content": {"text/csv": {}, "a/b": {}}}}}
                    }
                }
            ),
            BOOKS_200,
            "only application/json can be generated, not text/csv, a/b",
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


def different(items: dict[str, Any], count: int) -> dict[str, Any]:
    """Return the schema of an array of at least so many different items."""
    return {"type": "array", "items": items, "uniqueItems": True, "minItems": count}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"required": ["a"], "properties": {}, "additionalProperties": {"enum": [1]}}, {"a": 1}),
        ({"properties": {"b": {"const": 1}}, "required": ["a"]}, {"b": 1, "a": "string-1"}),
        (
            {
                "minProperties": 3,
                "properties": {"a": {}},
                "required": ["a"],
                "additionalProperties": {"const": 1},
            },
            {"a": "string-1", "other_1": 1, "other_2": 1},
        ),
        ({"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}}}, {}),
        (
            {"maxProperties": 1, "properties": {"a": {}, "b": {"const": 1}}, "required": ["b"]},
            {"b": 1},
        ),
        (different({"type": "string"}, 1), ["string-1"]),
        (different({"type": "string"}, 3), ["string-1000", "string-1001", "string-1002"]),
        (different({"enum": [1, 2, 3]}, 2), [1, 2]),
        (different({"type": "integer", "minimum": 0.5}, 2), [1, 2]),
        (different({"type": "number", "minimum": 0.5}, 2), [0.5, 1.5]),
        (different({"type": "integer", "minimum": 3, "multipleOf": 2}, 3), [4, 6, 8]),
        ({"type": "integer", "minimum": 4, "multipleOf": 7}, 7),
        ({"type": "number", "minimum": 0.1, "multipleOf": 0.5}, 0.5),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, "b"),
        (
            {
                "allOf": [
                    {"properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]},
                    {"properties": {"a": {"enum": ["y", "z"]}}},
                ]
            },
            {"a": "y"},
        ),
        ({"allOf": [{"type": ["string", "null"]}, {"type": ["null", "integer"]}]}, None),
        ({"allOf": [{"type": "number", "minimum": 1}, {"type": "integer", "minimum": 3}]}, 3),
        (
            {
                "oneOf": [
                    {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                    {"type": "object", "properties": {"b": {"type": "integer"}}},
                ]
            },
            {"b": 0},
        ),
        ({"anyOf": [{"enum": [1]}, {"enum": [2]}], "minimum": 2}, 2),
    ],
    ids=str,
)
def test_responses_follow_combined_keywords(schema: dict[str, Any], value: object) -> None:
    """Responses obey keywords that concern several parts at once, every time."""
    described = one_answer(schema, version="3.1.0")
    assert answer(described) == value
    stub = Stub(described)
    allowed = validator(described, schema)
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
