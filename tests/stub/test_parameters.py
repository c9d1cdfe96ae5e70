"""Parameters of all kinds are read as the document describes them."""

from __future__ import annotations

from typing import Any

import pytest

from portkey_admin_stub import Stub

from .documents import document, one_query, operation, parameter
from .wire import Request, in_process

ARRAY = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "query", "value"),
    [
        ({"type": "string"}, "q=12", "12"),
        ({"type": "string"}, "q=true", "true"),
        ({"type": "string"}, "q=", ""),
        ({"type": "string"}, "q", ""),
        ({"type": "string"}, "q=a=b", "a=b"),
        (
            {"type": "string", "format": "date-time"},
            "q=2026-12-31T23:59:59%2B01:00",
            "2026-12-31T23:59:59+01:00",
        ),
        ({"type": "integer"}, "q=-12", -12),
        ({"type": "integer"}, "q=123456789012345678901", 123456789012345678901),
        ({"type": "number"}, "q=12", 12),
        ({"type": "number"}, "q=-1.5e3", -1500.0),
        ({"type": "boolean"}, "q=false", False),
        ({"type": "boolean", "nullable": True}, "q=true", True),
        ({"enum": [1, 2]}, "q=1", 1),
        ({"enum": [1.5, None]}, "q=1.5", 1.5),
        ({"enum": [["a"], None]}, "q=a", ["a"]),
        ({}, "q=1", "1"),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, "q=1", 1),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "q=a", "a"),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "q=1", 1),
        (ARRAY, "q=1&q=2", [1, 2]),
        (ARRAY, "q=1", [1]),
        ({**ARRAY, "nullable": True}, "q=1", [1]),
        ({"type": "array", "items": {}}, "q=1,2", ["1,2"]),
    ],
)
def test_values_are_typed(schema: dict[str, Any], query: str, value: object) -> None:
    """A text is converted to the type of the schema."""
    stub = Stub(one_query(schema))
    in_process(stub, Request("GET", f"/books?{query}"))
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert exchange.query_parameters == {"q": value}
    assert type(exchange.query_parameters["q"]) is type(value)


@pytest.mark.parametrize(
    ("schema", "query"),
    [
        ({"type": "integer"}, "q=1.0"),
        ({"type": "integer"}, "q=+1"),
        ({"type": "integer"}, "q=%2B1"),
        ({"type": "integer"}, "q=01"),
        ({"type": "integer"}, "q=1_0"),
        ({"type": "integer"}, "q=%D9%A1"),
        ({"type": "integer"}, "q="),
        ({"type": "integer"}, "q=" + "9" * 5000),
        ({"type": "integer", "format": "int32"}, "q=2147483648"),
        ({"type": "number"}, "q=.5"),
        ({"type": "number"}, "q=NaN"),
        ({"type": "number"}, "q=Infinity"),
        ({"type": "number"}, "q=1e999"),
        ({"type": "boolean"}, "q=1"),
        ({"type": "boolean"}, "q=TRUE"),
        ({"type": "boolean", "nullable": True}, "q=null"),
        ({"type": "boolean", "nullable": True}, "q=None"),
        ({"type": "string", "format": "uuid"}, "q=1"),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "q=0"),
        (ARRAY, "q=1&q=a"),
        (ARRAY, "q=1,2"),
        ({**ARRAY, "minItems": 2}, "q=1"),
    ],
)
def test_values_of_other_types_are_problems(schema: dict[str, Any], query: str) -> None:
    """A text that does not fit the schema is not converted."""
    stub = Stub(one_query(schema))
    in_process(stub, Request("GET", f"/books?{query}"))
    [problem] = stub.exchanges[0].problems
    assert problem.startswith('query parameter "q"')


@pytest.mark.parametrize("required", [True, False])
def test_only_required_parameters_are_required(*, required: bool) -> None:
    """A parameter may be left out only if it is not required."""
    stub = Stub(one_query({"type": "string"}, required=required))
    in_process(stub, Request("GET", "/books"))
    in_process(stub, Request("GET", "/books?"))
    for exchange in stub.exchanges:
        assert bool(exchange.problems) is required
        assert exchange.query_parameters == {}


@pytest.mark.parametrize("schema", [{"type": ["integer", "null"]}, {"const": 3}])
def test_types_of_3_1(schema: dict[str, Any]) -> None:
    """A list of types, or a constant, of OpenAPI 3.1 gives the type of a text."""
    stub = Stub(one_query(schema, version="3.1.0"))
    in_process(stub, Request("GET", "/books?q=3"))
    assert stub.exchanges[0].query_parameters == {"q": 3}


@pytest.mark.parametrize(
    ("schema", "segment", "value"),
    [
        ({"type": "boolean"}, "true", True),
        ({"type": "integer"}, "0", 0),
        ({"type": "string"}, "%252F", "%2F"),
        ({"type": "string"}, "a+b", "a+b"),
        (ARRAY, "1,2", [1, 2]),
        ({"type": "array", "items": {"type": "string"}}, "a%2Cb,c", ["a,b", "c"]),
    ],
)
def test_path_parameters_are_decoded_and_typed(
    schema: dict[str, Any], segment: str, value: object
) -> None:
    """A segment of the path is decoded and converted to the type of its schema."""
    described = operation(parameters=[parameter("id", "path", schema, required=True)])
    stub = Stub(document({"/books/{id}": {"get": described}}))
    in_process(stub, Request("GET", f"/books/{segment}"))
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert exchange.path_parameters == {"id": value}


def test_commas_are_part_of_single_values() -> None:
    """Only arrays are split at commas, whatever `explode` is."""
    text = {"type": "string"}
    described = operation(
        parameters=[
            parameter("p", "path", text, required=True),
            parameter("q", "query", text, explode=False),
            parameter("H", "header", text),
        ]
    )
    stub = Stub(document({"/books/{p}": {"get": described}}))
    in_process(stub, Request("GET", "/books/a,b?q=c,d", (("H", "e, f"),)))
    [exchange] = stub.exchanges
    assert exchange.path_parameters == {"p": "a,b"}
    assert exchange.query_parameters == {"q": "c,d"}
    assert exchange.header_parameters == {"H": "e, f"}


def test_default_styles_may_be_explicit() -> None:
    """The default style may be given explicitly."""
    text = {"type": "string"}
    described = operation(
        parameters=[
            parameter("p", "path", text, required=True, style="simple"),
            parameter("q", "query", text, style="form"),
            parameter("H", "header", text, style="simple"),
            parameter("c", "cookie", text, style="form"),
        ]
    )
    stub = Stub(document({"/books/{p}": {"get": described}}))
    in_process(stub, Request("GET", "/books/a?q=b", (("H", "c"), ("Cookie", "c=d"))))
    assert stub.exchanges[0].problems == []


@pytest.mark.parametrize("name", ["Accept", "Authorization", "Content-Type"])
def test_some_header_parameters_are_ignored(name: str) -> None:
    """Parameters with the names of special headers are ignored in headers, not in queries."""
    required = {"schema": {"type": "integer"}, "required": True}
    for location in ("header", "query"):
        described = operation(parameters=[{"name": name, "in": location, **required}])
        stub = Stub(document({"/books": {"get": described}}))
        in_process(stub, Request("GET", "/books"))
        assert bool(stub.exchanges[0].problems) is (location == "query")


def test_segment_with_several_parameters() -> None:
    """Fixed text around parameters in a segment is taken literally."""
    described = operation(
        parameters=[
            parameter("page", "path", {"type": "integer"}, required=True),
            parameter("name", "path", {"type": "string"}, required=True),
        ]
    )
    stub = Stub(document({"/a b.c/{name}-{page}.txt": {"get": described}}))
    in_process(stub, Request("GET", "/a%20b.c/x-y-3.txt"))
    in_process(stub, Request("GET", "/a%20b!c/x-3.txt"))
    first, second = stub.exchanges
    assert first.path_parameters == {"name": "x-y", "page": 3}
    assert second.operation_id is None


def test_header_parameters_are_read() -> None:
    """Headers are typed, repeated lists joined, and missing ones refused only if required."""
    described = operation(
        parameters=[
            parameter("X-On", "header", {"type": "boolean"}, required=True),
            parameter("X-Ids", "header", ARRAY),
        ]
    )
    stub = Stub(document({"/books": {"get": described}}))
    request = Request("GET", "/books").plus("x-on", "true")
    in_process(stub, request.plus("x-ids", "1,2").plus("X-IDS", " 3"))
    in_process(stub, request)
    in_process(stub, Request("GET", "/books").plus("x-ids", "1,,2"))
    first, second, third = stub.exchanges
    assert (first.problems, second.problems) == ([], [])
    assert first.header_parameters == {"X-On": True, "X-Ids": [1, 2, 3]}
    assert second.header_parameters == {"X-On": True}
    assert third.problems == [
        'header parameter "X-On": required, but missing',
        'header parameter "X-Ids" at /1: the value is not of type "integer"',
    ]


def test_cookie_parameters_are_read() -> None:
    """Cookies are typed; missing required, unknown, repeated and invalid ones are refused."""
    described = operation(
        parameters=[
            parameter("level", "cookie", {"type": "integer"}, required=True),
            parameter("theme", "cookie", {"type": "string"}),
        ]
    )
    stub = Stub(document({"/books": {"get": described}}))
    request = Request("GET", "/books")
    for cookies in ("level=1; theme=dark", "theme=a b", "level=1; other=1", "level=1; level=2"):
        in_process(stub, request.plus("Cookie", cookies))
    first, second, third, fourth = stub.exchanges
    assert (first.problems, first.cookie_parameters) == ([], {"level": 1, "theme": "dark"})
    assert second.problems == [
        'cookie parameter "level": required, but missing',
        'cookie parameter "theme": holds a character that no cookie may',
    ]
    assert third.problems == ['cookie: "other" is not described']
    assert fourth.problems == ['cookie parameter "level": given more than once']


def test_null_alone_is_not_an_array() -> None:
    """A parameter that may only be null is a text, not a list."""
    stub = Stub(one_query({"type": "null"}, version="3.1.0"))
    in_process(stub, Request("GET", "/books?q=a"))
    assert stub.exchanges[0].query_parameters == {"q": "a"}


def test_items_of_an_array_may_be_in_all_of() -> None:
    """The type of items may be inside allOf."""
    stub = Stub(one_query({"allOf": [{"type": "array", "items": {"type": "integer"}}]}))
    in_process(stub, Request("GET", "/books?q=1&q=2"))
    [exchange] = stub.exchanges
    assert (exchange.query_parameters, exchange.problems) == ({"q": [1, 2]}, [])


@pytest.mark.parametrize(
    "described",
    [
        parameter("q", "cookie", ARRAY),
        parameter("q", "query", {"type": "object"}),
        parameter("q", "query", ARRAY, style="pipeDelimited"),
        parameter("q", "query", {"type": "array", "items": ARRAY}),
        parameter("q", "query", {"anyOf": [ARRAY, {"type": "string"}]}),
        parameter("q", "matrix", {"type": "string"}),
        {"name": "q", "in": "query", "content": {"application/json": {}}},
    ],
)
def test_parameters_that_cannot_be_judged_are_refused(described: dict[str, Any]) -> None:
    """An operation with unsupported parameters is listed as a limit."""
    stub = Stub(document({"/books": {"get": operation(parameters=[described])}}))
    [limit] = stub.limits
    assert '"q": this kind of parameter cannot be judged' in limit.reason
