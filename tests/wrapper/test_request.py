"""A call becomes the request that the generated builder makes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from portkey_generated.api.api_keys import create_api_key

from portkey_admin import NotSentError, Secret, create_operation
from portkey_admin._request import Call, build
from portkey_admin._response import EFFECTS
from tests.wrapper.caller import MINIMAL_BODY

HIDDEN = Secret("the-admin")


def call(sub_type: str = "user") -> Call:
    """Return a call."""
    return Call(
        operation=create_operation(),
        function=create_api_key.sync_detailed,
        effect=EFFECTS["createApiKey"],
        path={"type": "organisation", "sub_type": sub_type},
        query={},
        body=MINIMAL_BODY,
        validate=False,
    )


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("https://h.example", "/api-keys/organisation/user"),
        ("https://h.example/v1", "/v1/api-keys/organisation/user"),
        ("https://h.example/v1/", "/v1/api-keys/organisation/user"),
        ("https://h.example/a%2Fb", "/a%2Fb/api-keys/organisation/user"),
    ],
)
@pytest.mark.parametrize("kind", [httpx.Client, httpx.AsyncClient])
def test_request(base: str, path: str, kind: Any) -> None:
    """The request is that of the generated builder, below the client's base URL."""
    http = kind(base_url=base, headers={"x-more": "2"}, timeout=7)
    made = build(call(), http, HIDDEN)
    assert (made.method, made.url.host, made.url.raw_path) == ("POST", "h.example", path.encode())
    assert made.headers["x-more"] == "2"
    assert made.headers["content-type"] == "application/json"
    assert made.extensions["timeout"]["read"] == 7
    assert json.loads(made.content) == MINIMAL_BODY


def test_base_url_may_change() -> None:
    """A request uses the base URL that its client has at that time."""
    with httpx.Client(base_url="https://a.example") as http:
        assert build(call(), http, HIDDEN).url.host == "a.example"
        http.base_url = httpx.URL("https://b.example/v2")
        assert build(call(), http, HIDDEN).url == "https://b.example/v2/api-keys/organisation/user"


def test_request_whose_url_is_too_long() -> None:
    """A URL that is too long raises NotSentError."""
    with httpx.Client(base_url="https://h.example") as http, pytest.raises(NotSentError) as caught:
        build(call("x" * 70_000), http, HIDDEN)
    assert str(caught.value).startswith("the request has no URL: URL")
    assert caught.value.__cause__ is None


def test_request_of_a_closed_client() -> None:
    """A closed client sends nothing, and raises an error with that reason."""
    http = httpx.Client(base_url="https://h.example")
    http.close()
    with pytest.raises(NotSentError, match=r"^the client is closed$"):
        build(call(), http, HIDDEN)


def test_repr_of_a_call_has_no_arguments() -> None:
    """The repr of a call contains no argument."""
    assert "organisation" not in repr(call())
