"""Which server a call goes to, and which servers are refused."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from portkey_admin import (
    ConfigurationError,
    NotSentError,
    PortkeyAdmin,
    RefusedError,
    _options,
    create_operation,
)
from tests.wrapper.caller import KEY, Caller
from tests.wrapper.documents import Json, operation, read_yaml

DOCUMENT: Json = read_yaml("spec/openapi.yaml")
PATH = "/api-keys/organisation/service"

# A server as given, the base URL of the request, and its Host header.
HITS: dict[str, tuple[str, str, str]] = {
    "prefix": ("https://h.example/v1", "https://h.example/v1", "h.example"),
    "another prefix": ("https://h.example/albus/v2", "https://h.example/albus/v2", "h.example"),
    "no prefix": ("https://h.example", "https://h.example", "h.example"),
    "root": ("https://h.example/", "https://h.example", "h.example"),
    "trailing slash": ("https://h.example/v1/", "https://h.example/v1", "h.example"),
    "trailing slashes": ("https://h.example/v1//", "https://h.example/v1", "h.example"),
    "slashes within": ("https://h.example/a//v1/", "https://h.example/a//v1", "h.example"),
    "deep prefix": ("https://h.example/a/b/c/v1", "https://h.example/a/b/c/v1", "h.example"),
    "encoded prefix": ("https://h.example/a%2Fb%20c", "https://h.example/a%2Fb%20c", "h.example"),
    "prefix with marks": ("https://h.example/~a;b=1,2", "https://h.example/~a;b=1,2", "h.example"),
    "prefix in capitals": ("https://h.example/V1", "https://h.example/V1", "h.example"),
    "prefix that is the path": (
        "https://h.example/api-keys",
        "https://h.example/api-keys",
        "h.example",
    ),
    "port": ("https://h.example:8443/v1", "https://h.example:8443/v1", "h.example:8443"),
    "the scheme's own port": ("https://h.example:443/v1", "https://h.example/v1", "h.example"),
    "empty port": ("https://h.example:/v1", "https://h.example/v1", "h.example"),
    "host in capitals": ("https://H.Example/v1", "https://h.example/v1", "h.example"),
    "scheme in capitals": ("HTTPS://h.example/v1", "https://h.example/v1", "h.example"),
    "all in capitals, with its own port": (
        "HTTPS://H.EXAMPLE:443/V1/",
        "https://h.example/V1",
        "h.example",
    ),
    "IPv6": ("https://[2001:db8::1]/v1", "https://[2001:db8::1]/v1", "[2001:db8::1]"),
    "IPv6 with port": (
        "https://[2001:db8::1]:8443/v1/",
        "https://[2001:db8::1]:8443/v1",
        "[2001:db8::1]:8443",
    ),
    "IPv4": ("https://192.0.2.1/v1", "https://192.0.2.1/v1", "192.0.2.1"),
    "international host": (
        "https://xn--bcher-kva.example/v1",
        "https://xn--bcher-kva.example/v1",
        "xn--bcher-kva.example",
    ),
    "single label": ("https://portkey/v1", "https://portkey/v1", "portkey"),
    "localhost over http": (
        "http://localhost:8000/v1",
        "http://localhost:8000/v1",
        "localhost:8000",
    ),
    "loopback over http": ("http://127.0.0.1/v1", "http://127.0.0.1/v1", "127.0.0.1"),
    "another loopback over http": ("http://127.8.9.1:1/", "http://127.8.9.1:1", "127.8.9.1:1"),
    "IPv6 loopback over http": ("http://[::1]:80/v1", "http://[::1]/v1", "[::1]"),
}


@pytest.mark.parametrize(("server", "base", "host"), HITS.values(), ids=HITS.keys())
@pytest.mark.parametrize("way", ["create", "generated"])
def test_url_of_a_call(caller: Caller, server: str, base: str, host: str, way: str) -> None:
    """A call goes below the server's prefix, without a doubled slash or other additions."""
    admin = caller.admin(server=server)
    if way == "create":
        caller.create_by(admin)
    else:
        caller.call_generated(admin)
    [request] = caller.requests
    assert str(request.url) == base + PATH
    assert request.headers.get_list("host") == [host]
    assert request.headers["x-portkey-api-key"] == KEY


# An invalid server, words of the reason, and the part that must not be shown.
REFUSED: dict[str, tuple[str, str, str]] = {
    "placeholder": ("SELF_HOSTED_CONTROL_PLANE_URL", "SELF_HOSTED_CONTROL_PLANE_URL is a", ""),
    "placeholder in braces": (
        "{SELF_HOSTED_CONTROL_PLANE_URL}",
        "SELF_HOSTED_CONTROL_PLANE_URL is a placeholder",
        "",
    ),
    "placeholder with a slash": ("SELF_HOSTED_CONTROL_PLANE_URL/", "placeholder", ""),
    "placeholder with a prefix": ("SELF_HOSTED_CONTROL_PLANE_URL/v1", "placeholder", ""),
    "placeholder in braces with a prefix": (
        "{SELF_HOSTED_CONTROL_PLANE_URL}/v1",
        "placeholder",
        "",
    ),
    "placeholder as a host": ("https://SELF_HOSTED_CONTROL_PLANE_URL/v1", "placeholder", ""),
    "empty": ("", "empty", ""),
    "blank": (" \t", "empty", ""),
    "host alone": ("h.example/v1", "has no scheme", "h.example"),
    "host and port alone": ("localhost:8000/v1", "has no scheme", "localhost"),
    "path alone": ("/v1", "has no scheme", ""),
    "no scheme": ("//h.example/v1", "has no scheme", "h.example"),
    "no slashes": ("https:h.example/v1", "has no scheme", "h.example"),
    "no host": ("https:///v1", "has no host", ""),
    "port alone": ("https://:443/v1", "has no host", ""),
    "query": ("https://h.example/v1?token=hidden", "query", "hidden"),
    "empty query": ("https://h.example/v1?", "query", "h.example"),
    "fragment": ("https://h.example/v1#hidden", "fragment", "hidden"),
    "empty fragment": ("https://h.example/v1#", "fragment", "h.example"),
    "user and password": ("https://user:hidden@h.example/v1", "password", "hidden"),
    "user": ("https://hidden@h.example/v1", "user name", "hidden"),
    "password with an at sign": ("https://user:hid@den@h.example/v1", "user name", "hid"),
    "empty userinfo": ("https://@h.example/v1", "user name", "h.example"),
    "password, and no host": ("https://user:hidden", "URL|port", "hidden"),
    "ftp": ("ftp://h.example/v1", "has the scheme ftp", "h.example"),
    "ws": ("wss://h.example/v1", "has the scheme wss", "h.example"),
    "ftp on loopback": ("ftp://127.0.0.1/v1", "has the scheme ftp", ""),
    "http": ("http://h.example/v1", "plain http", "h.example"),
    "http in capitals": ("HTTP://h.example/v1", "plain http", "h.example"),
    "http to a private address": ("http://192.168.0.1/v1", "plain http", "192.168"),
    "http to every address": ("http://[::]:8000/v1", "plain http", "[::]"),
    "http to a host that begins as loopback": (
        "http://127.0.0.1.h.example/",
        "plain http",
        "h.example",
    ),
    "http to a host that begins as localhost": (
        "http://localhost.h.example/",
        "plain http",
        "h.example",
    ),
    "http to a short address": ("http://127.1/v1", "plain http|URL", ""),
    "space before": (" https://h.example/v1", "white space", "h.example"),
    "line break behind": ("https://h.example/v1\n", "white space", "h.example"),
    "space within": ("https://h.example/v 1", "white space", "h.example"),
    "backslash": ("https://h.example\\@hidden.example/v1", "backslash", "hidden"),
    "letters beyond ASCII": ("https://b\u00fccher.example/v1", "characters", "cher"),
    "full width dots": ("https://h\uff0eexample/v1", "characters", "example"),
    "dot segments": ("https://h.example/a/../v1", "dot segments", "h.example"),
    "dot segment at the end": ("https://h.example/v1/.", "dot segments", "h.example"),
    "port that is no number": ("https://h.example:hidden/v1", "URL|port", "hidden"),
    "port 0": ("https://h.example:0/v1", "port", "h.example"),
    "negative port": ("https://h.example:-1/v1", "port|host|URL", "h.example"),
    "port beyond 65535": ("https://h.example:65536/v1", "port", "h.example"),
    "bracket left open": ("https://[::1/v1", "URL|host", ""),
    "no IPv6 address": ("https://[::g]/v1", "URL|host", ""),
    "no IPv4 address": ("https://256.1.1.1/v1", "URL|host", ""),
    "no international host": ("https://xn--/v1", "host|URL", ""),
    "no international host, longer": ("https://xn--zzzzzz99999.example/", "host|URL", "zzz"),
    "empty label": ("https://h..example/v1", "host|URL", "example"),
    "label of 64 letters": (f"https://{'a' * 64}.example/v1", "host|URL", "aaa"),
}


@pytest.mark.parametrize(("server", "reason", "hidden"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("option", ["server", "base_url", "PORTKEY_BASE_URL"])
def test_invalid_server_is_refused(
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    server: str,
    reason: str,
    hidden: str,
    option: str,
) -> None:
    """A server that must not get the key is refused with the reason, and not shown."""
    options = {"server": None, option: server}
    if option == "PORTKEY_BASE_URL":
        monkeypatch.setenv(option, server)
        del options[option]
    with pytest.raises(ConfigurationError, match=reason) as caught:
        caller.admin(**options)
    assert str(caught.value).startswith(f"{option}: ")
    assert caught.value.options == (option,)
    assert not hidden or hidden not in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (b"https://h.example/v1", "bytes"),
        (httpx.URL("https://h.example/v1"), "URL"),
        (8000, "int"),
        (False, "bool"),
    ],
)
@pytest.mark.parametrize("option", ["server", "base_url"])
def test_server_must_be_text(caller: Caller, server: Any, kind: str, option: str) -> None:
    """A server that is not text is refused with its type, and not shown."""
    with pytest.raises(ConfigurationError, match=rf"\b{kind}\b") as caught:
        caller.admin(**{"server": None, option: server})
    assert "h.example" not in str(caught.value)
    assert "8000" not in str(caught.value)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (5, "is int, not str"),
        ("  ", "is empty"),
        (
            "SELF_HOSTED_CONTROL_PLANE_URL",
            "SELF_HOSTED_CONTROL_PLANE_URL is a placeholder; write your control plane's URL for it",
        ),
        (
            "https://h.example/a b",
            "has white space, a backslash or characters that must be percent-encoded",
        ),
        ("https://h.example:x", "is not a URL: its host or its port is invalid"),
        ("https://xn--/v1", "is not a URL: its host or its port is invalid"),
        ("https://[::g]/v1", "is not a URL: its host or its port is invalid"),
        ("h.example/v1", "has no scheme: write https://host/v1"),
        ("https:///v1", "has no host"),
        ("https://h.example/v1?x", "has a query"),
        ("https://h.example/v1#x", "has a fragment"),
        (
            "https://u@h.example/v1",
            "has a user name or password: pass the API key as api_key",
        ),
        ("https://h.example/a/../v1", "has dot segments in its path"),
        ("https://h.example/a/%2E/v1", "has dot segments in its path"),
        ("https://h..example/v1", "has an invalid host name"),
        ("https://h.example:0/v1", "has a port that is not from 1 to 65535"),
        ("ftp://h.example/v1", "has the scheme ftp, not https"),
        ("http://h.example/v1", "must be https: plain http would send the API key unencrypted"),
    ],
)
def test_reason_of_an_invalid_server(server: Any, reason: str) -> None:
    """The reason says what is wrong, and how to fix it if that is not obvious."""
    with pytest.raises(ConfigurationError) as caught:
        PortkeyAdmin(KEY, server=server)
    assert str(caught.value) == f"server: {reason}"
    assert caught.value.reason == reason


def test_default_port_is_omitted(caller: Caller) -> None:
    """The scheme's default port is omitted, in any spelling of the scheme."""
    for server in ("HTTPS://h.example:443/v1", "https://h.example:443/v1", "https://h.example/v1/"):
        base = caller.http(caller.admin(server=server)).base_url
        assert (base, base.port) == ("https://h.example/v1/", None)


def test_relative_server_of_the_spec_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative server in the spec is refused with the reason."""
    relative = create_operation()._replace(server="/v1")
    monkeypatch.setattr("portkey_admin._options.create_operation", lambda: relative)
    with pytest.raises(ConfigurationError, match=r"has no scheme: write https://host/v1$"):
        PortkeyAdmin(KEY)


@pytest.mark.parametrize("server", ["http://h.example/v1", "http://192.168.0.1:8000/"])
def test_http_when_allowed(caller: Caller, server: str) -> None:
    """With allow_http, plain http goes to any host."""
    caller.create_by(caller.admin(server=server, allow_http=True))
    assert str(caller.requests[0].url) == server.rstrip("/") + PATH


def test_allow_http_allows_nothing_else(caller: Caller) -> None:
    """With allow_http, other schemes and user names are still refused."""
    for server in ("ftp://h.example/", "http://user@h.example/", "h.example"):
        with pytest.raises(ConfigurationError):
            caller.admin(server=server, allow_http=True)


def test_public_endpoint(caller: Caller) -> None:
    """Without a server, calls go to the first server of the operation in the spec."""
    path, described = operation(DOCUMENT)
    listed = described.get("servers") or DOCUMENT["paths"][path].get("servers")
    caller.create_by(caller.admin(server=None))
    assert str(caller.requests[0].url) == listed[0]["url"] + PATH
    assert re.match(r"https://[a-z.]+/v1$", listed[0]["url"])


def test_environment(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server, calls go to PORTKEY_BASE_URL, with its prefix."""
    monkeypatch.setenv("PORTKEY_BASE_URL", "https://env.example/albus/v2/")
    caller.create_by(caller.admin(server=None))
    caller.create_by(caller.admin(server="https://given.example"))
    caller.create_by(caller.admin(server=None, base_url="https://given.example/v1"))
    assert [str(request.url) for request in caller.requests] == [
        f"https://env.example/albus/v2{PATH}",
        f"https://given.example{PATH}",
        f"https://given.example/v1{PATH}",
    ]


def test_environment_is_read_when_a_client_is_made(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client keeps the server with which it was made."""
    monkeypatch.setenv("PORTKEY_BASE_URL", "https://first.example")
    admin = caller.admin(server=None)
    monkeypatch.setenv("PORTKEY_BASE_URL", "https://second.example")
    caller.create_by(admin)
    assert caller.requests[0].url.host == "first.example"


def test_invalid_environment_is_ignored_if_a_server_is_given(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invalid PORTKEY_BASE_URL is ignored if a server is given."""
    monkeypatch.setenv("PORTKEY_BASE_URL", "")
    caller.create_by(caller.admin(server="https://given.example"))
    assert caller.requests[0].url.host == "given.example"


def test_server_with_base_url_is_refused(caller: Caller) -> None:
    """The options server and base_url cannot be used together."""
    with pytest.raises(ConfigurationError, match=r"^server and base_url: cannot be used together$"):
        caller.admin(server="https://h.example", base_url="https://h.example")


# Redirects

_STATUSES = [301, 302, 303, 307, 308]
_LOCATIONS = {
    "another host": "https://stranger.example/v1/api-keys",
    "same server": "/v1/other",
    "plain http": "http://portkey.example.com/v1",
    "no URL": "https://[",
}


@pytest.mark.parametrize("status", _STATUSES)
@pytest.mark.parametrize("location", _LOCATIONS.values(), ids=_LOCATIONS.keys())
def test_redirects_are_not_followed(caller: Caller, status: int, location: str) -> None:
    """A redirect is a refusal, and no second request is made."""
    answer = httpx.Response(status, headers={"Location": location})
    admin = caller.admin(transport=caller.transport(lambda _: answer))
    with pytest.raises(RefusedError) as caught:
        caller.create_by(admin)
    assert len(caller.requests) == 1
    assert caught.value.status == status
    assert "edirect" in str(caught.value.hint)
    assert "stranger" not in str(caught.value)


@pytest.mark.parametrize("status", _STATUSES)
def test_redirects_of_generated_functions(caller: Caller, status: int) -> None:
    """A generated function returns the redirect."""
    answer = httpx.Response(status, headers={"Location": "/v1/other"})
    response = caller.call_generated(caller.admin(transport=caller.transport(lambda _: answer)))
    assert (response.status_code, response.parsed) == (status, None)
    assert len(caller.requests) == 1


@pytest.mark.parametrize("status", [307, 308])
def test_redirects_of_a_borrowed_client(caller: Caller, status: int) -> None:
    """A caller's httpx client that follows redirects does not follow those of our calls."""
    answer = httpx.Response(status, headers={"Location": "https://stranger.example/"})
    theirs = caller.http_kind(transport=caller.transport(lambda _: answer), follow_redirects=True)
    with pytest.raises(RefusedError):
        caller.create_by(caller.admin(transport=None, http_client=theirs))
    assert len(caller.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://stranger.example/v1",
        "http://portkey.example.com/v1",
        "https://portkey.example.com:8443/v1",
        "https://portkey.example.com.stranger.example/",
    ],
)
def test_other_origins(caller: Caller, url: str) -> None:
    """Direct use of the httpx client reaches no other origin, not even by redirects."""
    answer = httpx.Response(307, headers={"Location": url})
    http = caller.http(caller.admin(transport=caller.transport(lambda _: answer)))
    with pytest.raises(NotSentError):
        caller.run(http.post(url))
    assert caller.requests == []
    assert caller.run(http.post("/", follow_redirects=True)).status_code == 307
    assert [request.url.host for request in caller.requests] == ["portkey.example.com"]


def test_invalid_server_of_the_spec_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the spec's own server is invalid, the error names it as the source."""
    changed = create_operation()._replace(server="ftp://h.example")
    monkeypatch.setattr(_options, "create_operation", lambda: changed)
    with pytest.raises(ConfigurationError, match=r"^the spec's server: "):
        PortkeyAdmin(KEY)
