"""What a response means for the key, and what is told of it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from portkey_admin import CreatedKey, NotSentError, OutcomeUnknownError, RefusedError, Secret
from portkey_admin._api_keys import Arguments
from portkey_admin._body import Body
from portkey_admin._exchange import created_key, recovered, request
from tests.wrapper.caller import MINIMAL_BODY

HIDDEN = Secret("admin")
KEY_ID = "183f497a-2a7f-4f47-992e-26213fa863ce"
MADE = {"id": KEY_ID, "key": "made", "object": "api-key"}
ARGUMENTS = Arguments(
    {"type": "organisation", "sub_type": "user"}, MINIMAL_BODY, None, validate=False
)


def told(
    status: int, content: Any, headers: dict[str, str] | None = None
) -> CreatedKey | RefusedError | OutcomeUnknownError:
    """Return what is told of a response whose body is `content`, as JSON or in bytes."""
    body = Body(httpx.Response(status, headers=headers or {}), 100_000)
    body.feed(content if isinstance(content, bytes) else json.dumps(content).encode())
    try:
        return created_key(body, HIDDEN)
    except (RefusedError, OutcomeUnknownError) as error:
        return error


@pytest.mark.parametrize("status", [200, 201, 299])
def test_created(status: int) -> None:
    """A success with a key is that key."""
    created = told(status, MADE)
    assert isinstance(created, CreatedKey)
    assert (created.id, created.key.reveal(), created.object) == (KEY_ID, "made", "api-key")


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (199, "status 199, says that it failed"),
        (200, "status 200, holds no readable key"),
        (204, "status 204, holds no readable key"),
        (500, "status 500, says that it failed"),
        (599, "status 599, says that it failed"),
    ],
)
def test_unknown(status: int, what: str) -> None:
    """A success without a key, and what is neither success nor refusal, leave it unknown."""
    error = told(status, {"id": f"{KEY_ID} admin"})
    assert isinstance(error, OutcomeUnknownError)
    assert error.reason == f"the server's answer, {what}"
    assert (error.status, error.created) == (status, None)
    assert error.key_id == f"{KEY_ID} **********"
    assert "admin" not in str(error)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_key_in_an_error(status: int) -> None:
    """A key that comes with an error is not lost: the error holds it."""
    error = told(status, MADE)
    assert isinstance(error, OutcomeUnknownError)
    assert error.created is not None
    assert (error.created.key.reveal(), error.key_id, error.status) == ("made", KEY_ID, status)
    assert recovered(error) is error.created


def test_an_id_that_shows_the_admin_key_is_masked() -> None:
    """The id of a key that comes with an error does not show the admin key."""
    error = told(500, {"id": "for admin", "key": "made"})
    assert isinstance(error, OutcomeUnknownError)
    assert error.key_id == "for **********"


def test_white_space_in_a_secret() -> None:
    """The admin key is masked as it is, before white space is made one."""
    body = Body(httpx.Response(403), 100)
    body.feed(b'{"message": "is ad  min known"}')
    with pytest.raises(RefusedError) as caught:
        created_key(body, Secret("ad  min"))
    assert caught.value.server_message == "is ********** known"


def test_nothing_to_recover() -> None:
    """An unknown outcome without a key is raised."""
    error = OutcomeUnknownError("x")
    with pytest.raises(OutcomeUnknownError) as caught:
        recovered(error)
    assert caught.value is error


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ({"data": {"message": "m", "errorCode": "AB03"}}, "AB03", "m"),
        ({"error": {"message": "m", "code": "c"}}, "c", "m"),
        ({"message": "m", "errorCode": "AB03"}, "AB03", "m"),
        ({"message": "m"}, None, "m"),
        ({"message": "m", "code": 7}, None, "m"),
        ({"message": "m", "errorCode": "a", "code": "b"}, "a", "m"),
        ({"data": {"message": "d"}, "error": {"message": "e"}, "message": "t"}, None, "d"),
        ({"data": {"message": 1}, "error": {"message": "e"}, "message": "t"}, None, "e"),
        ({"data": {"errorCode": "x"}, "message": "t"}, None, "t"),
        ({"data": "d", "error": "e"}, None, "e"),
        ({"error": 5}, None, None),
        ({}, None, None),
        ([{"message": "m"}], None, None),
        (b"{not JSON", None, None),
        (b"[" * 99_999, None, None),
        ({"message": "a\n b\tadmin"}, None, "a b **********"),
        ({"message": "m", "code": "admin"}, "**********", "m"),
        ({"message": "x" * 201}, None, "x" * 200),
        ({"message": "x" * 200}, None, "x" * 200),
        ({"message": "x" * 198 + "admin"}, None, "x" * 198 + "**"),
        ({"message": ""}, None, ""),
    ],
)
def test_refused(content: Any, code: str | None, message: str | None) -> None:
    """A refusal has the server's code and message, in one line and without the admin key."""
    error = told(403, content)
    assert isinstance(error, RefusedError)
    assert (error.status, error.code, error.server_message) == (403, code, message)


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (403, "AB03", True),
        (403, "unknown", False),
        (403, None, False),
        (302, "AB03", "Redirects are not followed; write the server's own URL."),
        (399, None, "Redirects are not followed; write the server's own URL."),
    ],
)
def test_hints(status: int, code: str | None, hint: str | bool) -> None:  # noqa: FBT001 - a parameter
    """A code that the spec explains is explained, and so is a redirect."""
    error = told(status, {"message": "m", "errorCode": code})
    assert isinstance(error, RefusedError)
    assert error.hint == hint if isinstance(hint, str) else (error.hint is not None) == hint


def test_headers() -> None:
    """The headers that the spec has for errors are in the refusal."""
    headers = {
        "x-portkey-request-id": "r admin",
        "x-portkey-trace-id": "t",
        "Retry-After": "5",
    }
    error = told(429, {}, headers)
    assert isinstance(error, RefusedError)
    assert (error.request_id, error.trace_id, error.retry_after) == ("r **********", "t", "5")
    bare = told(429, {})
    assert isinstance(bare, RefusedError)
    assert (bare.request_id, bare.trace_id, bare.retry_after) == (None, None, None)


class _Signing(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["x-signed"] = "1"
        yield request


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("https://h.example", "/api-keys/organisation/user"),
        ("https://h.example/v1", "/v1/api-keys/organisation/user"),
        ("https://h.example/v1/", "/v1/api-keys/organisation/user"),
        ("https://h.example/a%2Fb", "/a%2Fb/api-keys/organisation/user"),
    ],
)
def test_request(base: str, path: str) -> None:
    """The request is what the generated builder made, under the base URL, and signed."""
    with httpx.Client(base_url=base, auth=_Signing(), headers={"x-more": "2"}) as http:
        made = request(ARGUMENTS, http, HIDDEN)
    assert (made.method, made.url.host, made.url.raw_path) == ("POST", "h.example", path.encode())
    assert (made.headers["x-signed"], made.headers["x-more"]) == ("1", "2")
    assert made.headers["content-type"] == "application/json"
    assert json.loads(made.content) == MINIMAL_BODY


def test_request_without_auth() -> None:
    """A client whose auth was taken away sends without."""
    with httpx.Client(base_url="https://h.example") as http:
        assert "x-signed" not in request(ARGUMENTS, http, HIDDEN).headers


def test_request_whose_url_is_too_long() -> None:
    """What makes too long a URL is told as what it is, and is not sent."""
    arguments = ARGUMENTS._replace(path={"type": "organisation", "sub_type": "x" * 70_000})
    with httpx.Client(base_url="https://h.example") as http, pytest.raises(NotSentError) as caught:
        request(arguments, http, HIDDEN)
    assert str(caught.value).startswith("the request has no URL: URL")
    assert caught.value.__cause__ is None


def test_request_of_a_closed_client() -> None:
    """A client that is closed sends nothing, and says so."""
    http = httpx.Client(base_url="https://h.example")
    http.close()
    with pytest.raises(NotSentError, match=r"^the client is closed$"):
        request(ARGUMENTS, http, HIDDEN)
