"""A stub is made from any small document, and is used from httpx, WSGI and many threads."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from werkzeug.test import Client

import portkey_admin_stub
from portkey_admin_stub import Answer, Exchange, Stub
from portkey_admin_stub.faults import NO_FAULT

from .documents import KEY, LIBRARY, document, in_json, one_answer, one_body, one_query, operation
from .wire import Request, in_process

BOOKS = Request("GET", "/books")


@pytest.mark.parametrize(
    ("prefix", "base"),
    [("", "/v1"), ("/", ""), ("/v2", "/v2"), ("v2/", "/v2"), ("/a/b", "/a/b")],
)
def test_prefix(prefix: str, base: str) -> None:
    """The API is mounted at the path of the first server without variables, or at `prefix`."""
    stub = Stub(LIBRARY, prefix=prefix)
    assert stub.prefix == base
    assert in_process(stub, BOOKS.but(target=f"{base}/books/new")).status == HTTPStatus.NO_CONTENT


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ({}, ""),
        ({"document": "https://x.example"}, ""),
        ({"document": "https://x.example/"}, ""),
        ({"document": "/api/"}, "/api"),
        ({"document": "{host}/v1"}, ""),
        ({"document": "/a", "item": "/b"}, "/b"),
        ({"document": "/a", "item": "/b", "operation": "/c"}, "/c"),
    ],
)
def test_nearest_servers_apply(servers: dict[str, str], base: str) -> None:
    """Servers of the operation override those of its path, which override the document's."""
    described = document({"/books": {"get": operation()}})
    places = {
        "document": described,
        "item": described["paths"]["/books"],
        "operation": described["paths"]["/books"]["get"],
    }
    for place, url in servers.items():
        places[place]["servers"] = [{"url": url}]
    stub = Stub(described)
    assert stub.prefix == base
    assert in_process(stub, BOOKS.but(target=f"{base}/books")).status == HTTPStatus.NO_CONTENT


def test_document_without_paths() -> None:
    """A stub without operations knows no path, and has no prefix."""
    stub = Stub(document({}))
    assert stub.prefix == ""
    assert in_process(stub, BOOKS).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "method", ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]
)
def test_every_method_can_be_described(method: str) -> None:
    """Each method of OpenAPI leads to its operation."""
    stub = Stub(document({"/books": {method.lower(): operation()}}))
    assert in_process(stub, BOOKS.but(method=method)).status == HTTPStatus.NO_CONTENT


def test_json_may_be_described_with_a_charset() -> None:
    """JSON content is found among others, with any parameters of its media type."""
    described = one_body({"type": "object"})
    described["paths"]["/books"]["post"]["requestBody"]["content"] = {
        "text/plain": {},
        "Application/JSON ; charset=utf-8": {"schema": {"type": "object"}},
    }
    stub = Stub(described)
    in_process(stub, Request("POST", "/books", (("Content-Type", "application/json"),), b"[]"))
    assert stub.exchanges[0].problems == ['body: the value is not of type "object"']


def test_fixed_paths_come_before_those_with_variables() -> None:
    """A path that matches two templates belongs to the one whose variables come later."""
    paths = ("/{kind}/new", "/books/{title}", "/books/new")
    stub = Stub(document({path: {"get": operation()} for path in paths}))
    for target in ("/books/new", "/books/newer", "/shelves/new"):
        in_process(stub, BOOKS.but(target=target))
    assert [exchange.operation_id for exchange in stub.exchanges] == [
        "GET /books/new",
        "GET /books/{title}",
        "GET /{kind}/new",
    ]


def test_operations_without_an_id_are_named_by_their_path() -> None:
    """Without an operationId, an exchange names its operation by method and path."""
    stub = Stub(document({"/books": {"get": operation()}}))
    in_process(stub, BOOKS)
    in_process(stub, BOOKS.but(target="/none"))
    in_process(stub, BOOKS.but(method="PUT"))
    assert [found.operation_id for found in stub.exchanges] == ["GET /books", None, None]


def test_items_and_parameters_may_be_references() -> None:
    """Path items, parameters and security schemes may be references."""
    described = document({"/books/{id}": {"$ref": "#/components/pathItems/Book"}}, version="3.1.0")
    described["components"] |= {
        "pathItems": {
            "Book": {"get": operation(parameters=[{"$ref": "#/components/parameters/Id"}])}
        },
        "parameters": {
            "Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        },
        "securitySchemes": {
            "A": {"$ref": "#/components/securitySchemes/B"},
            "B": {"type": "apiKey", "in": "header", "name": "K"},
        },
    }
    described["security"] = [{"A": []}]
    stub = Stub(described, api_key=KEY)
    assert in_process(stub, BOOKS.but(target="/books/1")).status == HTTPStatus.UNAUTHORIZED
    reply = in_process(stub, BOOKS.but(target="/books/1").plus("K", KEY))
    assert reply.status == HTTPStatus.NO_CONTENT


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "good", "wrong"),
    [
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1.5, 1),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, True, "a"),
        (
            {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "integer"}}}]},
            {"a": 1},
            {"a": "1"},
        ),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a"], ["a", "a"]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": "b"}, {"a": 1}),
        ({"type": "string", "pattern": r"^\d+$"}, "12", "1a"),
    ],
)
def test_bodies_are_judged_by_composed_schemas(
    version: str, schema: dict[str, Any], good: object, wrong: object
) -> None:
    """Bodies are judged by composed schemas of any kind, in both versions."""
    stub = Stub(one_body(schema, version=version))
    for value in (good, wrong):
        request = Request("POST", "/books", (("Content-Type", "application/json"),))
        in_process(stub, request.but(body=json.dumps(value).encode()))
    first, second = stub.exchanges
    assert first.problems == []
    assert len(second.problems) == 1


@pytest.mark.parametrize("required", [True, False])
def test_only_a_required_body_is_required(*, required: bool) -> None:
    """A body may be left out only if it is optional, even if Content-Type is sent."""
    stub = Stub(one_body({"type": "object"}, required=required))
    in_process(stub, Request("POST", "/books"))
    in_process(stub, Request("POST", "/books", (("Content-Type", "application/json"),)))
    assert [bool(exchange.problems) for exchange in stub.exchanges] == [required, required]


@pytest.mark.parametrize("described", [{}, {"swagger": "2.0"}])
def test_documents_of_another_kind_are_refused(described: dict[str, Any]) -> None:
    """A stub is made only from OpenAPI 3."""
    with pytest.raises(ValueError, match="not of OpenAPI 3"):
        Stub(described)


ANYTHING: dict[str, Any] = {"content": {"text/plain": {}}}


@pytest.mark.parametrize(
    ("path", "method", "described", "at", "reason"),
    [
        ("/a/{id}", "get", operation(), "parameters", "are not its path parameters"),
        ("/a", "get", {}, "responses", "'responses' is missing"),
        ("/a", "get", operation(security=[{"None": []}]), "security", "scheme None"),
        ("/a", "put", operation(requestBody=ANYTHING), "requestBody", "not text/plain"),
        ("/a", "put", operation(requestBody={}), "requestBody", "'content' is missing"),
        ("/a", "get", operation(parameters=[{"$ref": "#/x"}]), "parameters", "nothing is at"),
    ],
)
def test_unsupported_operation_is_refused_alone(
    path: str, method: str, described: dict[str, Any], at: str, reason: str
) -> None:
    """Its requests are refused with the reason, and other operations are still judged."""
    stub = Stub(document({path: {method: described}, "/books": {"get": operation()}}))
    target = path.replace("{id}", "1")
    refused = in_process(stub, BOOKS.but(method=method.upper(), target=target))
    assert refused.status == HTTPStatus.NOT_IMPLEMENTED
    assert reason in refused.message
    assert in_process(stub, BOOKS).status == HTTPStatus.NO_CONTENT
    [limit] = stub.limits
    assert limit.operation == f"{method.upper()} {path}"
    assert limit.at == f"/paths/{path.replace('/', '~1')}/{method}/{at}"
    assert reason in limit.reason


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "http", "scheme": "digest"},
        {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
        {"type": "oauth2", "flows": {}},
    ],
)
def test_unsupported_security(scheme: dict[str, Any]) -> None:
    """One supported way to authenticate is enough; an operation without any is refused."""
    paths = {
        "/books": {"get": operation(security=[{"Odd": []}])},
        "/either": {"get": operation(security=[{"Odd": []}, {"A": [], "B": []}])},
    }
    described = document(paths)
    described["components"]["securitySchemes"] = {
        "Odd": scheme,
        "A": {"type": "apiKey", "in": "header", "name": "A"},
        "B": {"type": "apiKey", "in": "query", "name": "b"},
    }
    stub = Stub(described, api_key="k")
    assert [each.reason for each in stub.limits] == ["the security scheme Odd cannot be judged"]
    assert in_process(stub, BOOKS).status == HTTPStatus.NOT_IMPLEMENTED
    either = BOOKS.but(target="/either?b=k")
    assert in_process(stub, either).status == HTTPStatus.UNAUTHORIZED
    assert in_process(stub, either.plus("A", "k")).status == HTTPStatus.NO_CONTENT


@pytest.mark.parametrize(
    ("scheme", "right", "wrong", "where"),
    [
        (
            {"type": "apiKey", "in": "query", "name": "k"},
            Request("GET", f"/books?k={quote_plus(KEY)}"),
            Request("GET", "/books?k=other"),
            'query "k"',
        ),
        (
            {"type": "apiKey", "in": "cookie", "name": "k"},
            BOOKS.plus("Cookie", f"k={KEY}"),
            BOOKS.plus("Cookie", "k=other"),
            'cookie "k"',
        ),
        (
            {"type": "http", "scheme": "basic"},
            BOOKS.plus("Authorization", f"Basic {b64encode(KEY.encode()).decode()}"),
            BOOKS.plus("Authorization", f"Basic {b64encode(b'other').decode()}"),
            'header "Authorization"',
        ),
    ],
    ids=["query", "cookie", "basic"],
)
def test_keys_are_judged_in_every_place(
    scheme: dict[str, Any], right: Request, wrong: Request, where: str
) -> None:
    """A key in the query, in a cookie or in Basic authentication must be present and right."""
    described = document({"/books": {"get": operation(security=[{"A": []}])}})
    described["components"]["securitySchemes"] = {"A": scheme}
    stub = Stub(described, api_key=KEY)
    for request in (right, wrong, BOOKS):
        in_process(stub, request)
    problems = [each.problems for each in stub.exchanges]
    assert problems == [[], [f"{where}: the key is wrong"], [f"{where}: the key is missing"]]


def test_token_that_is_not_base64_is_missing() -> None:
    """A Basic token that cannot be decoded counts as a missing key."""
    described = document({"/books": {"get": operation(security=[{"A": []}])}})
    described["components"]["securitySchemes"] = {"A": {"type": "http", "scheme": "basic"}}
    stub = Stub(described, api_key=KEY)
    for token in ("=", "w", "/w=="):
        in_process(stub, BOOKS.plus("Authorization", f"Basic {token}"))
    problems = {text for each in stub.exchanges for text in each.problems}
    assert problems == {'header "Authorization": the key is missing'}


@pytest.mark.parametrize("location", ["query", "cookie"])
def test_key_is_given_once(location: str) -> None:
    """A repeated key, an unknown name beside it, and a key that is not needed are refused."""
    scheme = {"type": "apiKey", "in": location, "name": "k"}
    paths = {
        "/books": {"get": operation(security=[{"A": []}])},
        "/open": {"get": operation(security=[])},
    }
    described = document(paths)
    described["components"]["securitySchemes"] = {"A": scheme}
    stub = Stub(described)
    for path, pairs in (("/books", ("k=1", "k=2", "x=3")), ("/open", ("k=1",))):
        request = Request("GET", f"{path}?{'&'.join(pairs)}")
        if location == "cookie":
            request = Request("GET", path).plus("Cookie", "; ".join(pairs))
        in_process(stub, request)
    first, second = stub.exchanges
    assert first.problems == [
        f'{location}: "x" is not described',
        f'{location} "k": given more than once',
    ]
    assert second.problems[0] == f'{location}: "k" is not described'


def test_werkzeugs_client_sends_its_query() -> None:
    """The query is read even if the raw target lacks it."""
    stub = Stub(one_query({"type": "integer"}))
    Client(stub.app).get("/books", query_string={"q": "1"})
    assert stub.exchanges[0].query_parameters == {"q": 1}


def test_missing_key_is_one_problem() -> None:
    """A missing key is one problem, even if several alternatives need it."""
    described = document({"/books": {"get": operation(security=[{"A": []}, {"A": [], "B": []}])}})
    described["components"]["securitySchemes"] = {
        name: {"type": "apiKey", "in": "header", "name": name} for name in ("A", "B")
    }
    stub = Stub(described)
    in_process(stub, BOOKS)
    assert stub.exchanges[0].problems == [
        'header "A": the key is missing',
        'header "B": the key is missing',
    ]


def test_httpx_clients_call_the_stub() -> None:
    """The transport serves synchronous and asynchronous httpx clients, with their headers."""
    stub = Stub(LIBRARY, api_key=KEY)
    headers = {"Authorization": f"Bearer {KEY}"}
    url = "https://library.example/v1/books/a%2Fb"

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=stub.transport()) as client:
            return await client.get(url, headers=headers)

    with httpx.Client(transport=stub.transport()) as client:
        responses = [client.get(url, headers=headers), asyncio.run(get())]
    assert [response.status_code for response in responses] == [204, 204]
    assert [found.path_parameters for found in stub.exchanges] == [{"title": "a/b"}] * 2
    assert [found.problems for found in stub.exchanges] == [[], []]


def test_httpx_clients_send_and_get_json() -> None:
    """JSON that httpx sends is read, and httpx reads the response as JSON."""
    described = one_body({"type": "object"})
    described["paths"]["/books"]["post"]["responses"] = {
        "201": {"description": "made", "content": in_json({"enum": ["made"]})}
    }
    stub = Stub(described)
    with httpx.Client(transport=stub.transport(), base_url="http://library.example") as client:
        made = client.post("/books", json={"a": "\xe9"})
        refused = client.post("/books", content=b"{}", headers={"Content-Type": "text/plain"})
    assert (made.json(), made.headers["content-type"]) == ("made", "application/json")
    assert refused.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert stub.exchanges[0].body == {"a": "\xe9"}


def wsgi(stub: Stub, **environ: object) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the status, headers and body of a call, as a plain WSGI server makes it."""
    started: list[Any] = []

    def start_response(*arguments: Any) -> Any:
        started.extend(arguments)

    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/books",
        "QUERY_STRING": "",
        "wsgi.input": BytesIO(b'{"a": 1} and more'),
        **environ,
    }
    body = b"".join(stub.app(environ, start_response))
    status, headers = started
    return status, headers, body


def test_any_wsgi_server_can_serve_a_stub() -> None:
    """Path and headers are read without the variables that Werkzeug adds to the environment."""
    stub = Stub(LIBRARY, api_key=KEY)
    status, headers, body = wsgi(
        stub,
        SCRIPT_NAME="/v1",
        PATH_INFO="/books/a b\xc3\xa9",
        QUERY_STRING="",
        HTTP_AUTHORIZATION=f"Bearer {KEY}",
        CONTENT_TYPE="",
        CONTENT_LENGTH="",
    )
    assert (status, headers, body) == ("204 No Content", [], b"")
    assert stub.exchanges[0].target == "/v1/books/a%20b%C3%A9"
    assert stub.exchanges[0].path_parameters == {"title": "a b\xe9"}
    assert stub.exchanges[0].headers == [("authorization", f"Bearer {KEY}")]


@pytest.mark.parametrize("name", ["REQUEST_URI", "RAW_URI"])
def test_raw_target_is_used(name: str) -> None:
    """The undecoded target is used if the server gives it, so that encoded slashes are seen."""
    stub = Stub(LIBRARY, api_key=KEY)
    raw = {name: "/v1/books/a%2Fb?", "PATH_INFO": "/v1/books/a/b"}
    status, _, _ = wsgi(stub, HTTP_AUTHORIZATION=f"Bearer {KEY}", **raw)
    assert status == "204 No Content"
    assert stub.exchanges[0].path_parameters == {"title": "a/b"}


def test_an_answer_can_be_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending an answer does not change it, so each time it has one Content-Length."""
    stub, down = Stub(LIBRARY), Answer(HTTPStatus.SERVICE_UNAVAILABLE, [], b"")
    monkeypatch.setattr(stub, "handle", lambda *_: down)
    for _ in range(2):
        assert wsgi(stub) == ("503 Service Unavailable", [("Content-Length", "0")], b"")


def test_wsgi_needs_neither_names_nor_query() -> None:
    """A server may leave empty variables out, and pass the headers on unchanged."""
    headers = [("A", "1"), ("a", "2")]
    environ = {
        "REQUEST_METHOD": "GET",
        "wsgi.input": BytesIO(),
        "portkey_admin_stub.headers": headers,
    }
    stub = Stub(LIBRARY)
    b"".join(stub.app(environ, lambda *_: print))
    [exchange] = stub.exchanges
    assert (exchange.target, exchange.headers, exchange.raw_body) == ("", headers, b"")


def test_wsgi_body_ends_at_its_content_length() -> None:
    """Only Content-Length bytes of the stream are read, and none without that header."""
    stub = Stub(one_body({"type": "object"}))
    for length in ("8", "", "many"):
        wsgi(
            stub,
            REQUEST_METHOD="POST",
            QUERY_STRING="x=1",
            CONTENT_LENGTH=length,
            CONTENT_TYPE="application/json",
        )
    assert [found.raw_body for found in stub.exchanges] == [b'{"a": 1}', b"", b""]
    assert stub.exchanges[0].target == "/books?x=1"
    assert ("content-type", "application/json") in stub.exchanges[0].headers
    assert ("content-length", "8") in stub.exchanges[0].headers


def test_wsgi_responses_have_their_length() -> None:
    """Responses have a Content-Length, and no body for HEAD."""
    responses = {"200": {"description": "OK", "content": in_json({"enum": ["a"]})}}
    described = operation(responses=responses)
    stub = Stub(document({"/books": {"get": described, "head": described}}))
    headers = [("Content-Type", "application/json"), ("Content-Length", "3")]
    assert wsgi(stub) == ("200 OK", headers, b'"a"')
    assert wsgi(stub, REQUEST_METHOD="HEAD") == ("200 OK", headers, b"")


def test_status_without_a_name_is_unknown() -> None:
    """A status that HTTP does not define has the reason Unknown."""
    stub = Stub(document({"/books": {"get": operation()}}))
    stub.faults.answer(520)
    assert wsgi(stub)[0] == "520 Unknown"


def test_many_threads_may_use_a_stub() -> None:
    """With concurrent requests no exchange is lost, and no number is given twice."""
    stub = Stub(one_answer({"type": "string", "example": "k"}))
    count = 400
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: in_process(stub, BOOKS).body, range(count)))
    assert len(stub.exchanges) == count
    assert sorted(bodies) == sorted(f'"k-{number}"'.encode() for number in range(1, count + 1))


def test_exchange_keeps_its_headers() -> None:
    """An exchange does not change with the list that was passed."""
    stub = Stub(document({"/books": {"get": operation()}}))
    headers = [("Host", "library.example")]
    stub.handle("GET", "/books", headers, b"")
    headers.clear()
    assert stub.exchanges[0].headers == [("Host", "library.example")]


def test_recording_can_be_replaced() -> None:
    """A subclass can replace recording, so that a long-running server need not keep exchanges."""
    seen: list[Exchange] = []

    class Watched(Stub):
        def record(self, exchange: Exchange) -> None:
            seen.append(exchange)

    stub = Watched(document({"/books": {"get": operation()}}))
    in_process(stub, BOOKS)
    assert [exchange.method for exchange in seen] == ["GET"]
    assert stub.exchanges == []


def test_keys_are_not_shown() -> None:
    """Neither the repr of a stub nor that of an exchange shows a key."""
    stub = Stub(LIBRARY, api_key=KEY)
    in_process(stub, BOOKS.but(target="/v1/books/a").plus("Authorization", f"Bearer {KEY}"))
    assert KEY not in repr(stub) + repr(stub.exchanges)


def test_values_cannot_be_changed() -> None:
    """A memory cannot change the operation that it answers, nor a test what is recorded."""
    stub = Stub({**LIBRARY, "paths": {**LIBRARY["paths"], "/odd": {"get": {}}}})
    [shelf] = [each for each in stub._operations if each.operation_id == "addToShelf"]
    answer = stub.handle("GET", "/v1/odd", [], b"")
    parts = (shelf.parameters[0], shelf.credentials[0][0], shelf.body, shelf.answer)
    for each in (shelf, *parts, *stub.limits, *stub.exchanges, answer, NO_FAULT):
        with pytest.raises(FrozenInstanceError):
            each.status = 500  # type: ignore[union-attr, misc]


def test_exports() -> None:
    """The package exports what tests need to make a stub and to read its exchanges."""
    names = {"MAX_BODY", "NO_BODY", "Answer", "Exchange", "Limit", "Memory", "Stub"}
    assert {*portkey_admin_stub.__all__} == names


def test_stub_is_independent() -> None:
    """The stub imports neither the generated client nor the wrapper."""
    assert portkey_admin_stub.__file__
    for path in Path(portkey_admin_stub.__file__).parent.glob("*.py"):
        imports = re.findall(r"^\s*(?:from|import) (\S+)", path.read_text("utf-8"), re.MULTILINE)
        assert [name for name in imports if name.startswith("portkey")] == []


def test_special_characters_in_a_path() -> None:
    """Characters that a path may contain unescaped are not escaped in requests either."""
    stub = Stub(document({"/books:find/a(b)@c": {"get": operation()}}))
    in_process(stub, Request("GET", "/books:find/a(b)@c"))
    assert stub.exchanges[0].problems == []


def test_limit_names_all_reasons() -> None:
    """A limit lists all unsupported ways to authenticate, and all unsupported kinds of content."""
    described = document(
        {
            "/keys": {"get": operation(security=[{"A": []}, {"B": []}])},
            "/text": {"put": operation(requestBody={"content": {"text/csv": {}, "a/b": {}}})},
        }
    )
    assert [each.reason for each in Stub(described).limits] == [
        "the security scheme A cannot be judged; the security scheme B cannot be judged",
        "only application/json can be judged, not text/csv, a/b",
    ]
