"""Every possible mistake in a request is refused with the reason, in process and on a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest

from portkey_admin_stub import MAX_BODY, NO_BODY, Stub
from portkey_admin_stub.problems import MAX_LENGTH, MAX_PROBLEMS, problem
from portkey_admin_stub.strict_json import StrictJsonError, parse

from .documents import KEY, LIBRARY
from .wire import Request, Send, in_process

BAD = HTTPStatus.BAD_REQUEST
UNAUTHORISED = HTTPStatus.UNAUTHORIZED
MEDIA_TYPE = HTTPStatus.UNSUPPORTED_MEDIA_TYPE

UUID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
SHELF: dict[str, Any] = {"title": "Notes", "isbn": UUID}


def shelf(**changes: object) -> bytes:
    """Return a valid body with some members changed."""
    return json.dumps({**SHELF, **changes}).encode()


GOOD = Request(
    "POST",
    "/v1/shelves/low/7?loud=true",
    (("X-Library-Key", KEY), ("Content-Type", "application/json"), ("Tries", "2")),
    shelf(),
)
CLEAR = Request("DELETE", "/v1/shelves/low/7", (("X-Library-Key", KEY),))
BOOK = Request("GET", "/v1/books/old", (("Authorization", f"Bearer {KEY}"),))
NEW_BOOK = Request("PUT", "/v1/books/new")


def json_body(raw: bytes) -> Request:
    """Return the request for a new book with a body."""
    return NEW_BOOK.but(body=raw).plus("Content-Type", "application/json")


ACCEPTED = {
    "as described": GOOD,
    "all that any client offers": GOOD.plus("Accept", "*/*")
    .plus("Accept", "text/html")
    .plus("Accept-Encoding", "gzip")
    .plus("Accept-Encoding", "br")
    .plus("Connection", "keep-alive")
    .plus("Connection", "close")
    .plus("User-Agent", "test"),
    "a header in other letters": GOOD.minus("Tries").plus("tRIES", "2"),
    "a repeated header that is a list": GOOD.plus("Langs", "en").plus("Langs", "de, fr"),
    "charset=utf-8": GOOD.minus("Content-Type").plus(
        "Content-Type", 'Application/JSON; charset="UTF-8"'
    ),
    "all query parameters": GOOD.but(
        target="/v1/shelves/low/7?loud=true&tag=a&tag=b%26+c&ids=1,-2,3"
    ),
    "an encoded slash in a path parameter": BOOK.but(target="/v1/books/a%2Fb%20%C3%A9"),
    "a bearer token": BOOK,
    "bearer in other letters": BOOK.but(headers=(("authorization", f"bearer {KEY}"),)),
    "the other way to authenticate": BOOK.but(
        headers=(("X-Library-Key", KEY), ("X-Second-Key", KEY))
    ),
    "no key where none is needed": NEW_BOOK.but(method="GET"),
    "no body where it is optional": NEW_BOOK,
    "upper-case UUID": GOOD.but(body=shelf(isbn=UUID.upper())),
    "time in lower case": GOOD.but(body=shelf(lent_at="2026-12-31t23:59:59.1234567z")),
    "leap second": GOOD.but(body=shelf(lent_at="2026-12-31T23:59:60Z")),
    "an escaped pair of surrogates": GOOD.but(body=shelf(title="\U0001f511")),
    "a large number": GOOD.but(body=shelf(weight=10**300)),
    "spaces and line ends around the body": GOOD.but(body=b" \r\n" + shelf() + b"\t "),
    "a recursive body": GOOD.but(body=shelf(parts=[{"parts": [{"page": 0, "parts": []}]}])),
    "the longest body": json_body(b" " * (MAX_BODY - 2) + b"{}"),
    "just deep enough": json_body(b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_valid_request_is_accepted(name: str, send: Send) -> None:
    """A request that the document allows gets a success response."""
    stub = Stub(LIBRARY, api_key=KEY)
    reply = send(stub, ACCEPTED[name])
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert reply.status == exchange.status
    assert reply.status in (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)


@dataclass(frozen=True)
class Refusal:
    """A request, the status with which it is refused, and a part of the reason."""

    request: Request
    status: HTTPStatus
    reason: str


def query(text: str, reason: str) -> Refusal:
    """Return a refusal because of the query."""
    return Refusal(GOOD.but(target=f"/v1/shelves/low/7{text}"), BAD, reason)


def body(raw: bytes, reason: str) -> Refusal:
    """Return a refusal because of the body, where any object is allowed."""
    return Refusal(json_body(raw), BAD, reason)


def member(reason: str, **changes: object) -> Refusal:
    """Return a refusal because of a member of a shelf."""
    return Refusal(GOOD.but(body=shelf(**changes)), BAD, reason)


def headers(*changed: tuple[str, str]) -> Request:
    """Return the valid request with headers replaced."""
    request = GOOD
    for name, _ in changed:
        request = request.minus(name)
    for name, value in changed:
        request = request.plus(name, value)
    return request


NOT_JSON = 'header "content-type": must be application/json in UTF-8'
KEY_MISSING = 'header "X-Library-Key": the key is missing'
KEY_WRONG = 'header "X-Library-Key": the key is wrong'

REFUSED = {
    # The operation
    "method": Refusal(
        GOOD.but(method="PUT"),
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method: PUT is not described for this path, only POST, DELETE",
    ),
    "method in lower case": Refusal(
        GOOD.but(method="post"), HTTPStatus.METHOD_NOT_ALLOWED, "post is not described"
    ),
    "method of a path with a variable": Refusal(
        BOOK.but(method="PUT"), HTTPStatus.METHOD_NOT_ALLOWED, "only GET"
    ),
    "path": Refusal(
        GOOD.but(target="/v1/shelf/low/7"),
        HTTPStatus.NOT_FOUND,
        "path: /v1/shelf/low/7 is not described",
    ),
    "slash at the end": Refusal(
        GOOD.but(target="/v1/shelves/low/7/"), HTTPStatus.NOT_FOUND, "is not described"
    ),
    "nothing before the path": Refusal(
        GOOD.but(target="/shelves/low/7"), HTTPStatus.NOT_FOUND, "is not described"
    ),
    "path of a server with variables": Refusal(
        GOOD.but(target="/v9/shelves/low/7"), HTTPStatus.NOT_FOUND, "is not described"
    ),
    "empty path parameter": Refusal(
        GOOD.but(target="/v1/shelves//7"), HTTPStatus.NOT_FOUND, "is not described"
    ),
    # Path parameters
    "path parameter not in the enum": Refusal(
        GOOD.but(target="/v1/shelves/middle/7?loud=true"),
        BAD,
        'path parameter "kind": the value is not one of "low" or "high"',
    ),
    "path parameter not an integer": Refusal(
        CLEAR.but(target="/v1/shelves/low/7.0"),
        BAD,
        'path parameter "row": the value is not of type "integer"',
    ),
    "path parameter with a zero before it": Refusal(
        CLEAR.but(target="/v1/shelves/low/07"), BAD, 'not of type "integer"'
    ),
    "path parameter too small": Refusal(
        CLEAR.but(target="/v1/shelves/low/0"), BAD, "less than the minimum of 1"
    ),
    "path parameter with a stray %": Refusal(
        BOOK.but(target="/v1/books/100%"),
        BAD,
        'path parameter "title": a % without two hexadecimal digits',
    ),
    "path parameter not UTF-8": Refusal(
        BOOK.but(target="/v1/books/%FF"), BAD, "not UTF-8 when percent-decoded"
    ),
    "path parameter that is a dot segment": Refusal(
        BOOK.but(target="/v1/books/%2E%2e"), BAD, "a dot segment"
    ),
    "path parameter that is one dot": Refusal(
        BOOK.but(target="/v1/books/%2e"), BAD, "a dot segment"
    ),
    "path parameter not encoded": Refusal(
        BOOK.but(target="/v1/books/a^b"),
        BAD,
        "target: holds a character that must be percent-encoded",
    ),
    "path parameter after one with a stray %": Refusal(
        CLEAR.but(target="/v1/shelves/100%/x"), BAD, 'path parameter "row": the value is not of'
    ),
    # Query parameters
    "query parameter after one with a stray %": query(
        "?loud=100%&ids=a", 'query parameter "ids" at /0: the value is not of type'
    ),
    "query parameter unknown": query("?loud=true&quiet=1", 'query: "quiet" is not described'),
    "query parameter missing": query("", 'query parameter "loud": required, but missing'),
    "query parameter twice": query("?loud=true&loud=true", '"loud": given more than once'),
    "query parameter of the wrong type": query("?loud=True", '"loud": the value is not of type'),
    "query parameter in other letters": query("?Loud=true", 'query: "Loud" is not described'),
    "query parameter not UTF-8": query("?loud=true&tag=%C3", '"tag": not UTF-8'),
    "query name with a stray %": query("?loud=true&%zz=1", "query: a % without"),
    "query with an empty pair": query("?loud=true&", 'query: "" is not described'),
    "query with an array of wrong items": query(
        "?loud=true&ids=1,x", '"ids" at /1: the value is not of type "integer"'
    ),
    "query with too many items": query("?loud=true&ids=1,2,3,4", "has more than 3 items"),
    "query with an array repeated for commas": query(
        "?loud=true&ids=1&ids=2", '"ids": given more than once'
    ),
    "query with commas encoded": query("?loud=true&ids=1%2C2", "at /0: the value is not of type"),
    # Headers
    "header parameter missing": Refusal(
        GOOD.minus("Tries"), BAD, 'header parameter "Tries": required, but missing'
    ),
    "header parameter of the wrong type": Refusal(
        headers(("Tries", "two")), BAD, 'header parameter "Tries": the value is not of type'
    ),
    "header not described": Refusal(
        GOOD.plus("X-Other", "1"), BAD, 'header "x-other": not described'
    ),
    "header with an underscore": Refusal(
        GOOD.plus("X_Other", "1"), BAD, 'header "x_other": not described'
    ),
    "header of another operation": Refusal(
        CLEAR.plus("Tries", "1"), BAD, 'header "tries": not described'
    ),
    "header with the name of a query parameter": Refusal(
        GOOD.plus("tag", "1"), BAD, 'header "tag": not described'
    ),
    "key where none is described": Refusal(
        NEW_BOOK.plus("X-Library-Key", KEY), BAD, 'header "x-library-key": not described'
    ),
    "header twice": Refusal(
        GOOD.plus("User-Agent", "a").plus("User-Agent", "a"),
        BAD,
        'header "user-agent": given more than once',
    ),
    "header parameter twice": Refusal(
        GOOD.plus("Tries", "2"), BAD, 'header "tries": given more than once'
    ),
    "key twice": Refusal(
        GOOD.plus("x-library-key", KEY), BAD, 'header "x-library-key": given more than once'
    ),
    # Authentication
    "key missing": Refusal(GOOD.minus("X-Library-Key"), UNAUTHORISED, KEY_MISSING),
    "key empty": Refusal(headers(("X-Library-Key", "")), UNAUTHORISED, KEY_MISSING),
    "key wrong": Refusal(headers(("X-Library-Key", "other")), UNAUTHORISED, KEY_WRONG),
    "key too long": Refusal(headers(("X-Library-Key", KEY + "x")), UNAUTHORISED, KEY_WRONG),
    "key not ASCII": Refusal(headers(("X-Library-Key", "\xe9")), UNAUTHORISED, KEY_WRONG),
    "token missing": Refusal(
        BOOK.but(headers=()), UNAUTHORISED, 'header "Authorization": the key is missing'
    ),
    "token wrong": Refusal(
        BOOK.but(headers=(("Authorization", "Bearer other"),)),
        UNAUTHORISED,
        'header "Authorization": the key is wrong',
    ),
    "token of another scheme": Refusal(
        BOOK.but(headers=(("Authorization", f"Basic {KEY}"),)),
        UNAUTHORISED,
        'header "Authorization": the key is missing',
    ),
    "one key of two": Refusal(
        BOOK.but(headers=(("X-Library-Key", KEY),)),
        UNAUTHORISED,
        'header "X-Second-Key": the key is missing',
    ),
    # Content type
    "content type missing": Refusal(GOOD.minus("Content-Type"), MEDIA_TYPE, NOT_JSON),
    "content type of a form": Refusal(
        headers(("Content-Type", "application/x-www-form-urlencoded")), MEDIA_TYPE, NOT_JSON
    ),
    "content type that is nearly JSON": Refusal(
        headers(("Content-Type", "application/json-patch+json")), MEDIA_TYPE, NOT_JSON
    ),
    "content type in another charset": Refusal(
        headers(("Content-Type", "application/json; charset=latin-1")), MEDIA_TYPE, NOT_JSON
    ),
    # The body as a whole
    "body missing": Refusal(GOOD.but(body=b""), BAD, "body: required, but missing"),
    "body where none is described": Refusal(
        CLEAR.but(body=b"{}").plus("Content-Type", "application/json"),
        BAD,
        "body: none is described",
    ),
    "body without a type where none is described": Refusal(
        CLEAR.but(body=b"{}"), BAD, "body: none is described"
    ),
    "body too long": Refusal(
        json_body(b" " * (MAX_BODY - 1) + b"{}"),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body: longer than 1048576 bytes",
    ),
    "body not UTF-8": body(b'{"a": "\xff"}', "body: not UTF-8 at byte 7"),
    "body with an encoded surrogate": body(b'{"a": "\xed\xa0\x80"}', "body: not UTF-8"),
    "body with a byte order mark": body(b"\xef\xbb\xbf{}", "body: begins with a byte order mark"),
    "body not JSON": body(b"{'a': 1}", "body: not JSON"),
    "body cut off": body(b'{"a": 1', "body: not JSON"),
    "body with more after it": body(b"{} {}", "body: not JSON: Extra data (character 3)"),
    "body with a comma too many": body(b'{"a": 1,}', "body: not JSON"),
    "body with a line end in a string": body(b'{"a": "\n"}', "body: not JSON"),
    "body of spaces": body(b"  ", "body: not JSON"),
    "NaN": body(b'{"a": [1, NaN]}', "body at /a/1: NaN is not JSON"),
    "Infinity": body(b'{"a": Infinity}', "body at /a: Infinity is not JSON"),
    "-Infinity": body(b'{"a": -Infinity}', "body at /a: -Infinity is not JSON"),
    "number too large for a float": body(b'{"a": 1e400}', "body at /a: the number is too large"),
    "number of too many digits": body(b"[" + b"9" * 5000 + b"]", "too many digits"),
    "name twice": body(
        b'{"a": {"b": 1, "c": 2, "b": 1}}', 'body at /a: the name "b" occurs more than once'
    ),
    "name twice, once escaped": body(rb'{"a": 1, "\u0061": 1}', 'the name "a" occurs more than'),
    "half a pair": body(rb'{"a": {"~/": "\ud83d"}}', "body at /a/~0~1: half a surrogate pair"),
    "pair the wrong way round": body(rb'{"a": "\udd11\ud83d"}', "half a surrogate pair"),
    "half a pair in a name": body(
        rb'{"a": {"\ud83d": 1}}', r"body at /a/\ud83d: half a surrogate pair in the name"
    ),
    "too deep": body(b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "nested more than 100 levels"),
    "far too deep": body(b"[" * 200_000, "body: "),
    # The body by its schema
    "required member missing": Refusal(
        GOOD.but(body=b'{"title": "a"}'), BAD, 'body: "isbn" is a required property'
    ),
    "body of the wrong type": Refusal(
        GOOD.but(body=b"[]"), BAD, 'body: the value is not of type "object"'
    ),
    "member of the wrong type": member("body at /title: the value is not of type", title=1),
    "true for a number": member("body at /copies: the value is not of type", copies=True),
    "null where it is not allowed": member("body at /genre", genre=None),
    "member not in the enum": member("body at /genre: the value is not one of", genre="essay"),
    "string too short": member("body at /title: the value is shorter than 1", title=""),
    "integer too small": member("body at /copies: the value is less than", copies=0),
    "integer too large for int32": member("body at /copies: the value is greater", copies=2**31),
    "fraction": member("body at /copies", copies=1.5),
    "UUID in braces": member('body at /isbn: the value is not a "uuid"', isbn=f"{{{UUID}}}"),
    "UUID without dashes": member("body at /isbn", isbn=UUID.replace("-", "")),
    "UUID as a URN": member("body at /isbn", isbn=f"urn:uuid:{UUID}"),
    "time without an offset": member(
        'body at /lent_at: the value is not a "date-time"', lent_at="2026-12-31T23:59:59"
    ),
    "time with seconds in the offset": member(
        "body at /lent_at", lent_at="2026-12-31T23:59:59+01:01:01"
    ),
    "time with a space": member("body at /lent_at", lent_at="2026-12-31 23:59:59Z"),
    "date": member("body at /lent_at", lent_at="2026-12-31"),
    "address without a domain": member('body at /owner: the value is not a "email"', owner="a"),
    "address with a name": member("body at /owner", owner="A <a@example.com>"),
    "member of a recursive schema": member(
        "body at /parts/0/parts/1/page: the value is less than the minimum of 0",
        parts=[{"parts": [{}, {"page": -1}]}],
    ),
    "member not allowed": member("'pages' was unexpected", parts=[{"pages": 1}]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_invalid_request_is_refused(name: str, send: Send) -> None:
    """A request that the document does not allow is refused with the right status and reason."""
    refusal = REFUSED[name]
    stub = Stub(LIBRARY, api_key=KEY)
    reply = send(stub, refusal.request)
    [exchange] = stub.exchanges
    assert (reply.status, exchange.status) == (refusal.status, refusal.status)
    assert any(refusal.reason in problem for problem in exchange.problems), exchange.problems
    assert reply.message == "; ".join(exchange.problems)


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_has_the_form_of_errors(name: str) -> None:
    """A refusal is JSON with Portkey's code for its status, and never contains the key."""
    refusal = REFUSED[name]
    reply = in_process(Stub(LIBRARY, api_key=KEY), refusal.request)
    assert json.loads(reply.body) == {
        "success": False,
        "data": {
            "message": reply.message,
            "errorCode": {404: "AB02", 401: "AB05"}.get(reply.status, "AB01"),
        },
    }
    assert reply.headers["content-type"] == "application/json"
    assert KEY not in reply.body.decode()


# Mistakes that break several rules: each way to authenticate, or both the type and the enum.
SEVERAL_PROBLEMS = {
    "null where it is not allowed": 2,
    "one key of two": 2,
    "query parameter in other letters": 2,
    "path parameter after one with a stray %": 2,
    "query parameter after one with a stray %": 2,
    "token missing": 3,
    "token of another scheme": 3,
    "token wrong": 3,
}


@pytest.mark.parametrize("name", REFUSED)
def test_one_mistake_is_reported_once(name: str) -> None:
    """A request with one mistake has only its problem."""
    stub = Stub(LIBRARY, api_key=KEY)
    in_process(stub, REFUSED[name].request)
    assert len(stub.exchanges[0].problems) == SEVERAL_PROBLEMS.get(name, 1)


def test_all_problems_are_reported_at_once(send: Send) -> None:
    """A response lists all problems of a request, with the status of the first one."""
    stub = Stub(LIBRARY, api_key=KEY)
    request = Request(
        "POST",
        "/v1/shelves/middle/0?loud=2&x=1",
        (("X-Library-Key", "other"), ("Content-Type", "text/plain"), ("X-Other", "1")),
        b'{"title": 1}',
    )
    reply = send(stub, request)
    assert reply.status == UNAUTHORISED
    for reason in (
        KEY_WRONG,
        NOT_JSON,
        'path parameter "kind"',
        'path parameter "row"',
        'query parameter "loud"',
        'query: "x"',
        'header parameter "Tries": required',
        'header "x-other"',
        "body at /title",
        'body: "isbn" is a required',
    ):
        assert reason in reply.message


def test_allowed_methods_are_listed(send: Send) -> None:
    """A refused method gets a list of the methods of the path."""
    reply = send(Stub(LIBRARY), GOOD.but(method="PATCH"))
    assert reply.headers["allow"] == "POST, DELETE"


@pytest.mark.parametrize("value", ["{length}0", "0", "-1", "+{length}", "{length}.0", ""])
def test_wrong_content_length_is_refused(value: str) -> None:
    """Content-Length must be the number of bytes in the body, in digits."""
    stub = Stub(LIBRARY, api_key=KEY)
    length = value.format(length=len(GOOD.body))
    reply = in_process(stub, GOOD.plus("Content-Length", length))
    assert reply.status == BAD
    assert stub.exchanges[0].problems == [
        f'header "content-length": not the {len(GOOD.body)} bytes of the body'
    ]


def test_problems_are_few_and_short() -> None:
    """Any request has at most 20 problems of at most 300 characters."""
    stub = Stub(LIBRARY, api_key=KEY)
    parts = [{"page" * 1000 + str(number): 1} for number in range(100)]
    in_process(stub, GOOD.but(body=shelf(parts=parts)))
    problems = stub.exchanges[0].problems
    assert (MAX_PROBLEMS, MAX_LENGTH) == (20, 300)
    assert len(problems) == MAX_PROBLEMS
    assert max(map(len, problems)) == MAX_LENGTH
    assert problems[-1] == "there are more problems than these"


def test_search_for_mistakes_in_json_is_limited() -> None:
    """One more mistake is found than is reported, to know that there are more."""
    with pytest.raises(StrictJsonError) as caught:
        parse(b"[" + b"NaN," * 100 + b"1]", "body")
    assert len(caught.value.args) == MAX_PROBLEMS + 1


@pytest.mark.parametrize(("count", "listed"), [(20, 20), (21, 20)])
def test_last_problem_mentions_more(count: int, listed: int) -> None:
    """All problems are listed up to the limit; above it, the last one mentions more."""
    stub = Stub(LIBRARY, api_key=KEY)
    in_process(stub, GOOD.but(body=shelf(parts=[1] * count)))
    problems = stub.exchanges[0].problems
    assert len(problems) == listed
    assert ("there are more problems than these" in problems) is (count > listed)


@pytest.mark.parametrize("length", [299, 300, 301])
def test_only_long_problems_are_cut(length: int) -> None:
    """A short text is not cut."""
    text = problem("where", "x" * (length - len("where: ")))
    assert len(text) == min(length, MAX_LENGTH)
    assert text.endswith("...") is (length > MAX_LENGTH)


def test_values_that_cannot_be_decoded_are_not_recorded() -> None:
    """An exchange has no value for a parameter that cannot be decoded."""
    stub = Stub(LIBRARY, api_key=KEY)
    in_process(stub, GOOD.but(target="/v1/shelves/low/%FF?loud=true&tag=%FF"))
    [exchange] = stub.exchanges
    assert exchange.path_parameters == {"kind": "low"}
    assert exchange.query_parameters == {"loud": True}


def test_problems_are_one_line_of_ascii() -> None:
    """Names from a request cannot add lines to a log."""
    stub = Stub(LIBRARY)
    in_process(stub, NEW_BOOK.but(target="/v1/books/new?%0A%1B%C3%A9=1"))
    assert stub.exchanges[0].problems == [r'query: "\n\x1b\xe9" is not described']


def test_values_are_not_quoted() -> None:
    """The reason for a refused value does not quote the value, which may be secret."""
    stub = Stub(LIBRARY, api_key=KEY)
    in_process(stub, GOOD.but(body=shelf(isbn="secret", genre="secret", copies="secret")))
    assert "secret" not in str(stub.exchanges[0].problems)


def test_any_key_is_accepted_if_none_is_set(send: Send) -> None:
    """A stub without a key accepts any key, but a key is required."""
    assert send(Stub(LIBRARY), headers(("X-Library-Key", "any"))).status == HTTPStatus.CREATED
    assert send(Stub(LIBRARY), headers(("X-Library-Key", " "))).status == UNAUTHORISED


def test_extra_headers_are_allowed(send: Send) -> None:
    """Headers in extra_headers may be sent once."""
    request = GOOD.plus("X-Trace", "1")
    stub = Stub(LIBRARY, api_key=KEY, extra_headers=["x-TRACE"])
    assert send(stub, request).status == HTTPStatus.CREATED
    assert send(stub, request.plus("X-Trace", "1")).status == BAD


def test_exchanges_record_the_values(send: Send) -> None:
    """An exchange has the decoded and typed parameters, the body and the response."""
    stub = Stub(LIBRARY, api_key=KEY)
    number = 12345678901234567890123
    request = GOOD.but(
        target="/v1/shelves/low/7?loud=false&tag=a%2Cb&tag=c+d%2B&ids=1,2",
        body=shelf(notes={"n": number}),
    ).plus("Langs", "en, de")
    reply = send(stub, request)
    [exchange] = stub.exchanges
    assert exchange.operation_id == "addToShelf"
    assert (exchange.method, exchange.target) == (request.method, request.target)
    assert ("X-Library-Key", KEY) in exchange.headers
    assert exchange.path_parameters == {"kind": "low", "row": 7}
    assert exchange.query_parameters == {"loud": False, "tag": ["a,b", "c d+"], "ids": [1, 2]}
    assert exchange.header_parameters == {"Tries": 2, "Langs": ["en", "de"]}
    assert exchange.body == {**SHELF, "notes": {"n": number}}
    assert exchange.raw_body == request.body
    assert exchange.answer == json.loads(reply.body)


def test_no_body_is_distinguished_from_null() -> None:
    """A missing or unreadable body is recorded as NO_BODY, not as null."""
    stub = Stub(LIBRARY)
    for raw in (b"", b"{", b"null"):
        in_process(stub, json_body(raw))
    assert [exchange.body for exchange in stub.exchanges] == [NO_BODY, NO_BODY, None]
    assert "no body" in repr(NO_BODY)
    assert stub.exchanges[0].answer is NO_BODY
