"""Cookies, and keys in unusual places, are judged like everything else."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from portkey_admin_stub import Stub
from tests.stub.documents import document, operation, parameter
from tests.stub.wire import Request, in_process

KEY = "user:the key+é"
BOOKS = Request("GET", "/books")


def stub(*parameters: dict[str, Any], scheme: dict[str, Any] | None = None) -> Stub:
    """Return a stub with one operation, with these parameters and this security."""
    security: list[dict[str, list[str]]] = [{"A": []}] if scheme else []
    described = document(
        {"/books": {"get": operation(parameters=list(parameters), security=security)}}
    )
    described["components"]["securitySchemes"] = {"A": scheme or {}}
    return Stub(described, api_key=KEY)


def problems(judge: Stub, request: Request) -> list[str]:
    """Return the problems that the stub finds in a request."""
    in_process(judge, request)
    return judge.exchanges[-1].problems


def test_cookies_are_read() -> None:
    """A cookie is read with the type of its schema, beside other cookies in the header."""
    judge = stub(
        parameter("level", "cookie", {"type": "integer"}, required=True),
        parameter("theme", "cookie", {"type": "string"}),
    )
    assert problems(judge, BOOKS.plus("Cookie", "level=3; theme=dark")) == []
    assert judge.exchanges[-1].cookie_parameters == {"level": 3, "theme": "dark"}


@pytest.mark.parametrize(
    ("cookies", "message"),
    [
        ([], 'cookie parameter "level": required, but missing'),
        (["level=a"], 'cookie parameter "level": the value is not of type "integer"'),
        (["level=1; level=2"], 'cookie parameter "level": given more than once'),
        (["level=1; other=2"], 'cookie: "other" is not described'),
        (['level="1"'], 'cookie parameter "level": holds a character that no cookie may'),
    ],
)
def test_wrong_cookies_are_refused(cookies: list[str], message: str) -> None:
    """A missing, invalid, repeated or unknown cookie is a problem that names it."""
    judge = stub(parameter("level", "cookie", {"type": "integer"}, required=True))
    request = BOOKS
    for each in cookies:
        request = request.plus("Cookie", each)
    assert message in problems(judge, request)


def test_each_cookie_is_judged() -> None:
    """A missing cookie does not prevent the next one from being judged."""
    judge = stub(
        parameter("q", "query", {"type": "string"}),
        parameter("theme", "cookie", {"type": "string"}),
        parameter("level", "cookie", {"type": "integer"}, required=True),
    )
    assert problems(judge, BOOKS) == ['cookie parameter "level": required, but missing']


def test_cookies_are_refused_if_none_is_described() -> None:
    """A parameter in another place does not allow a cookie of its name."""
    judge = stub(parameter("q", "query", {"type": "string"}))
    assert 'header "cookie": not described' in problems(judge, BOOKS.plus("Cookie", "q=1"))


def _basic(text: str) -> Request:
    return BOOKS.plus("Authorization", f"Basic {base64.b64encode(text.encode()).decode()}")


QUERY = {"type": "apiKey", "in": "query", "name": "k"}
CAPITAL = {"type": "apiKey", "in": "query", "name": "K"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "k"}
BASIC = {"type": "http", "scheme": "basic"}


@pytest.mark.parametrize(
    ("scheme", "request_", "message"),
    [
        (QUERY, BOOKS.but(target="/books?k=user%3Athe+key%2B%C3%A9"), None),
        (QUERY, BOOKS.but(target="/books?k=other"), 'query "k": the key is wrong'),
        (QUERY, BOOKS, 'query "k": the key is missing'),
        (QUERY, BOOKS.but(target="/books?k=a&j=b"), 'query: "j" is not described'),
        (QUERY, BOOKS.plus("K", KEY), 'header "k": not described'),
        (CAPITAL, BOOKS.but(target="/books?K=other"), 'query "K": the key is wrong'),
        (CAPITAL, BOOKS.but(target="/books?k=other"), 'query: "k" is not described'),
        (COOKIE, BOOKS.but(target="/books?k=a"), 'query: "k" is not described'),
        (COOKIE, BOOKS.plus("Cookie", "k=other"), 'cookie "k": the key is wrong'),
        (COOKIE, BOOKS, 'cookie "k": the key is missing'),
        (BASIC, _basic(KEY), None),
        ({**BASIC, "scheme": "BASIC"}, _basic(KEY), None),
        (BASIC, _basic("user:other"), 'header "Authorization": the key is wrong'),
        (BASIC, BOOKS.plus("Authorization", "Basic ?"), 'header "Authorization": the key is miss'),
        (BASIC, BOOKS.plus("Authorization", "Basic a2V5!"), 'header "Authorization": the key is m'),
        (BASIC, BOOKS, 'header "Authorization": the key is missing'),
    ],
)
def test_keys_are_judged(scheme: dict[str, Any], request_: Request, message: str | None) -> None:
    """The key is accepted only in the place that the document describes."""
    found = problems(stub(scheme=scheme), request_)
    assert any(each.startswith(message) for each in found) if message else found == []
