"""The options of connections, and the errors for invalid ones."""

from __future__ import annotations

import functools
import inspect
import math
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from portkey_admin import (
    AsyncPortkeyAdmin,
    ConfigurationError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdmin,
    PortkeyAdminError,
    create_operation,
)
from portkey_admin_connections import AsyncConnections, Connections
from tests.wrapper.caller import KEY, MINIMAL_BODY, Caller
from tests.wrapper.documents import TLS
from tests.wrapper.loopback import serve

AUTHORITY = TLS / "authority.pem"


def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=AUTHORITY)


# Numbers

_POSITIVE = ["timeout", "deadline", "max_response_bytes"]


@pytest.mark.parametrize("option", _POSITIVE)
@pytest.mark.parametrize(
    "value", [0, -1, -0.5, math.nan, math.inf, True, "5", b"5", [5]], ids=ascii
)
def test_invalid_numbers_are_refused(caller: Caller, option: str, value: object) -> None:
    """A number that is not positive or not finite is refused with the option's name."""
    with pytest.raises(ConfigurationError, match=rf"\b{option}\b"):
        caller.admin(**{option: value})


@pytest.mark.parametrize("value", [1e6, 1.5], ids=ascii)
def test_limit_of_bytes_as_a_float(caller: Caller, value: float) -> None:
    """A limit of bytes given as a float is refused, or works like an integer."""
    try:
        admin = caller.admin(max_response_bytes=value)
    except ConfigurationError as error:
        assert "max_response_bytes" in str(error)  # noqa: PT017 - both are right
        return
    assert caller.create_by(admin).key.reveal() == "made"


@pytest.mark.parametrize(
    ("timeout", "expected"),
    {
        "seconds": (7, {"connect": 7, "read": 7, "write": 7}),
        "fraction": (0.5, {"connect": 0.5, "read": 0.5, "write": 0.5}),
        "more than the deadline": (60, {"connect": 60, "read": 60, "write": 60}),
        "httpx's own": (
            httpx.Timeout(1, connect=2, read=3, write=4),
            {"connect": 2, "read": 3, "write": 4},
        ),
        "none": (httpx.Timeout(None), {"connect": None, "read": None, "write": None}),
        "default": (None, {"connect": 10, "read": None, "write": None}),
    }.values(),
)
@pytest.mark.parametrize("borrowed", [False, True], ids=["transport", "http_client"])
def test_timeout(caller: Caller, timeout: Any, expected: dict[str, Any], *, borrowed: bool) -> None:
    """The timeout reaches the transport unchanged."""
    options: dict[str, Any] = {"timeout": timeout, "deadline": None}
    if borrowed:
        theirs = caller.http_kind(transport=caller.transport(), timeout=99)
        options |= {"transport": None, "http_client": theirs}
    caller.create_by(caller.admin(**options))
    arrived = caller.requests[0].extensions["timeout"]
    assert {name: arrived[name] for name in expected} == expected


@pytest.mark.parametrize("option", ["timeout", "deadline"])
@pytest.mark.parametrize("how", ["own connections", "transport", "http_client"])
def test_silent_server(caller: Caller, option: str, how: str) -> None:
    """Timeout and deadline end a call without a response, with every transport."""
    options: dict[str, Any] = {option: 0.3}
    if how == "transport":
        options[how] = httpx.AsyncHTTPTransport() if caller.is_async else httpx.HTTPTransport()
    elif how == "http_client":
        options[how] = caller.http_kind(timeout=None)
    with serve(silent=True) as (url, asked):
        begun = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            caller.create_over(server=url, **options)
        assert time.monotonic() - begun < 2
        assert len(asked) == 1


# Headers


def test_headers(caller: Caller) -> None:
    """Extra headers are sent unchanged with each request."""
    given = {"X-Team": "a, b", "x-empty": "", "Accept": "application/json", "Cookie": "a=b"}
    admin = caller.admin(headers=given)
    caller.create_by(admin)
    caller.call_generated(admin)
    for request in caller.requests:
        assert {name: request.headers.get_list(name) for name in given} == {
            name: [value] for name, value in given.items()
        }
        assert request.headers["content-type"] == "application/json"


def test_keys_header_is_refused_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key's header is refused in any case of its letters, and of those in the spec."""
    changed = create_operation()._replace(api_key_header="X-Key")
    monkeypatch.setattr("portkey_admin._options.create_operation", lambda: changed)
    for name in ("x-key", "X-Key", "X-KEY"):
        reason = f"^headers: cannot have {name}: the client sets it$"
        with pytest.raises(ConfigurationError, match=reason):
            PortkeyAdmin(KEY, headers={name: "1"})


def test_headers_of_httpx(caller: Caller) -> None:
    """Headers may be an httpx.Headers."""
    caller.create_by(caller.admin(headers=httpx.Headers({"X-Team": "a"})))
    assert caller.requests[0].headers["x-team"] == "a"


@pytest.mark.parametrize("name", ["User-Agent", "user-agent", "USER-AGENT"])
def test_user_agent(caller: Caller, name: str) -> None:
    """A caller's user agent replaces ours, in any spelling of its name."""
    caller.create_by(caller.admin(headers={name: "mine"}))
    assert caller.requests[0].headers.get_list("user-agent") == ["mine"]


def test_own_headers(caller: Caller) -> None:
    """Without extra headers, a request has those of HTTP and the spec, and a user agent."""
    caller.create()
    [request] = caller.requests
    assert request.headers.keys() == {
        *("host", "accept", "accept-encoding", "connection", "user-agent"),
        *("content-type", "content-length", "x-portkey-api-key"),
    }
    assert request.headers["user-agent"].startswith("portkey-admin/")
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("headers", "reason"),
    {
        "the key's header": (
            {"x-portkey-api-key": "hidden"},
            "^headers: cannot have (?i:x-portkey-api-key): the client sets it$",
        ),
        "the key's header in capitals": (
            {"X-PORTKEY-API-KEY": "hidden"},
            "^headers: cannot have (?i:x-portkey-api-key): the client sets it$",
        ),
        "Host": ({"Host": "hidden"}, "^headers: cannot have Host: the client sets it$"),
        "content-type": (
            {"content-type": "hidden"},
            "^headers: cannot have [A-Za-z-]+: the client sets it$",
        ),
        "Content-Length": (
            {"Content-Length": "0"},
            "^headers: cannot have [A-Za-z-]+: the client sets it$",
        ),
        "Transfer-Encoding": (
            {"Transfer-Encoding": "hidden"},
            "^headers: cannot have [A-Za-z-]+: the client sets it$",
        ),
        "Accept-Encoding": (
            {"Accept-Encoding": "hidden"},
            "^headers: cannot have [A-Za-z-]+: the client sets it$",
        ),
        "Connection": (
            {"Connection": "hidden"},
            "^headers: cannot have [A-Za-z-]+: the client sets it$",
        ),
        "line break in a value": (
            {"X-A": "hidden\r\nX-B: 1"},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "NUL in a value": (
            {"X-A": "hidden\0"},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "space around a value": (
            {"X-A": " hidden"},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "Latin-1 in a value": (
            {"X-A": "hidden\u00e9"},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "bytes as a value": (
            {"X-A": b"hidden"},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "None as a value": (
            {"X-A": None},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "list as a value": (
            {"X-A": ["hidden"]},
            "^headers: has a value of X-A that HTTP does not allow$",
        ),
        "space in a name": ({"hidden a": "1"}, "^headers: has a name that HTTP does not allow$"),
        "colon in a name": ({"hidden:": "1"}, "^headers: has a name that HTTP does not allow$"),
        "line break in a name": (
            {"hidden\n": "1"},
            "^headers: has a name that HTTP does not allow$",
        ),
        "empty name": ({"": "1"}, "^headers: has a name that HTTP does not allow$"),
        "bytes as a name": ({b"hidden": "1"}, "^headers: has a name that HTTP does not allow$"),
        "name beyond ASCII": (
            {"hidden\u00e9": "1"},
            "^headers: has a name that HTTP does not allow$",
        ),
        "list": ([("X-A", "hidden")], "headers"),
        "text": ("X-A: hidden", "headers"),
        "number": (5, "headers"),
    }.values(),
)
def test_invalid_headers_are_refused(caller: Caller, headers: Any, reason: str) -> None:
    """A header that HTTP does not allow, or that the client sets, is refused and not shown."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        caller.admin(headers=headers)
    assert "hidden" not in str(caught.value)


# Trust


@pytest.mark.parametrize("ca_file", [AUTHORITY, str(AUTHORITY)], ids=["Path", "text"])
def test_ca_file(caller: Caller, server_tls: ssl.SSLContext, ca_file: Path | str) -> None:
    """A server is trusted if an authority in the file issued its certificate."""
    with serve(server_tls) as (url, asked):
        created = caller.create_over(server=f"{url}/v1", ca_file=ca_file)
    assert created.key.reveal() == "made"
    [(line, headers)] = asked
    assert line == "POST /v1/api-keys/organisation/service HTTP/1.1"
    assert headers["x-portkey-api-key"] == KEY


def test_ssl_context(caller: Caller, server_tls: ssl.SSLContext) -> None:
    """The given context is used."""
    with serve(server_tls) as (url, asked):
        assert caller.create_over(server=url, ssl_context=_trusting()).key.reveal() == "made"
    assert len(asked) == 1


def test_default_trust(caller: Caller, server_tls: ssl.SSLContext) -> None:
    """By default, a server without a known authority is refused."""
    with serve(server_tls) as (url, asked):
        with pytest.raises(NotSentError, match="CERTIFICATE_VERIFY_FAILED"):
            caller.create_over(server=url)
        assert asked == []


def test_trust_from_the_environment(
    caller: Caller, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE replaces the default trust, as in httpx."""
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    with serve(server_tls) as (url, _):
        assert caller.create_over(server=url).key.reveal() == "made"


_NO_AUTHORITIES: dict[str, Callable[[Path], Any]] = {
    "no such file": lambda _: "/nowhere/at/all.pem",
    "folder": str,
    "no certificate": lambda folder: _written(folder, "nothing"),
    "empty file": lambda folder: _written(folder, ""),
    "empty name": lambda _: "",
    "no name that a file can have": lambda _: "a\0b",
    "number": lambda _: 5,
    "False": lambda _: False,
}


@pytest.mark.parametrize("make", _NO_AUTHORITIES.values(), ids=_NO_AUTHORITIES.keys())
def test_invalid_ca_file_is_refused(
    caller: Caller, tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    """A file without an authority, and an empty name, are refused when the client is made."""
    with pytest.raises(ConfigurationError, match="ca_file"):
        caller.kind(KEY, ca_file=make(tmp_path))


def _written(folder: Path, text: str) -> Path:
    path = folder / "authority.pem"
    path.write_text(text)
    return path


def test_missing_ssl_cert_file_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing SSL_CERT_FILE is an error that names it, when the client is made."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all.pem")
    with pytest.raises(ConfigurationError) as caught:
        caller.kind(KEY)
    assert caught.value.options == ("SSL_CERT_FILE", "SSL_CERT_DIR")


def test_invalid_https_proxy_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error about the environment's proxy names no option."""
    monkeypatch.setenv("HTTPS_PROXY", "hidden://nowhere")
    with pytest.raises(ConfigurationError) as caught:
        caller.kind(KEY)
    assert caught.value.options == ()


@pytest.mark.parametrize("context", [False, True, "", "authority.pem", 0], ids=ascii)
def test_invalid_ssl_context_is_refused(caller: Caller, context: object) -> None:
    """Values that are not SSL contexts are refused, such as False, which httpx would accept."""
    with pytest.raises(ConfigurationError, match="ssl_context"):
        caller.kind(KEY, ssl_context=context)  # type: ignore[arg-type]


def test_context_may_disable_verification(caller: Caller, server_tls: ssl.SSLContext) -> None:
    """A caller's own context may disable verification."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with serve(server_tls) as (url, _):
        assert caller.create_over(server=url, ssl_context=context).key.reveal() == "made"


# Proxies


def test_proxy(caller: Caller, server_tls: ssl.SSLContext) -> None:
    """A call to https goes through the proxy's tunnel, and the proxy does not see the key."""
    with serve(server_tls) as (url, asked), serve() as (proxy, tunnelled):
        created = caller.create_over(server=url, ca_file=AUTHORITY, proxy=proxy)
    assert created.key.reveal() == "made"
    assert len(asked) == 1
    [(line, headers)] = tunnelled
    assert line == f"CONNECT {url.removeprefix('https://')} HTTP/1.1"
    assert KEY not in str(headers)


def test_proxy_of_httpx(caller: Caller, server_tls: ssl.SSLContext) -> None:
    """An httpx.Proxy is used with its user and its headers."""
    with serve(server_tls) as (url, asked), serve() as (address, tunnelled):
        proxy = httpx.Proxy(address, auth=("me", "pass"), headers={"X-Team": "a"})
        caller.create_over(server=url, ca_file=AUTHORITY, proxy=proxy)
    [(_, headers)] = tunnelled
    assert headers["Proxy-Authorization"].startswith("Basic ")
    assert headers["X-Team"] == "a"
    assert "X-Team" not in asked[0][1]


def test_proxy_for_http(caller: Caller) -> None:
    """A given proxy is also used for plain http."""
    with serve() as (url, asked), serve() as (proxy, forwarded):
        caller.create_over(server=url, proxy=proxy)
    assert asked == []
    assert forwarded[0][0] == f"POST {url}/api-keys/organisation/service HTTP/1.1"


_ENVIRONMENTS: dict[str, tuple[dict[str, str], bool]] = {
    "HTTPS_PROXY": ({"HTTPS_PROXY": "{proxy}"}, True),
    "https_proxy": ({"https_proxy": "{proxy}"}, True),
    "ALL_PROXY": ({"ALL_PROXY": "{proxy}"}, True),
    "without a scheme": ({"HTTPS_PROXY": "{address}"}, True),
    "HTTP_PROXY": ({"HTTP_PROXY": "{proxy}"}, False),
    "empty": ({"HTTPS_PROXY": ""}, False),
    "NO_PROXY": ({"HTTPS_PROXY": "{proxy}", "NO_PROXY": "a.example,127.0.0.1"}, False),
    "no_proxy": ({"HTTPS_PROXY": "{proxy}", "no_proxy": "127.0.0.1"}, False),
    "NO_PROXY with the port": ({"HTTPS_PROXY": "{proxy}", "NO_PROXY": "{server}"}, False),
    "NO_PROXY for all": ({"HTTPS_PROXY": "{proxy}", "NO_PROXY": "*"}, False),
    "NO_PROXY for others": ({"HTTPS_PROXY": "{proxy}", "NO_PROXY": "h.example"}, True),
    "empty NO_PROXY": ({"HTTPS_PROXY": "{proxy}", "NO_PROXY": ""}, True),
}


@pytest.mark.parametrize(("variables", "proxied"), _ENVIRONMENTS.values(), ids=_ENVIRONMENTS.keys())
def test_proxy_from_the_environment(
    caller: Caller,
    server_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    *,
    proxied: bool,
) -> None:
    """For https, HTTPS_PROXY and NO_PROXY work as in other programs."""
    with serve(server_tls) as (url, asked), serve() as (proxy, tunnelled):
        names = {
            "proxy": proxy,
            "address": proxy.removeprefix("http://"),
            "server": url.removeprefix("https://"),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(**names))
        caller.create_over(server=url, ca_file=AUTHORITY)
    assert (len(asked), len(tunnelled)) == (1, proxied)


@pytest.mark.parametrize("brought", ["transport", "http_client"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "socks5://127.0.0.1:9"),
        ("HTTPS_PROXY", "hidden://nowhere"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem"),
    ],
)
def test_environment_does_not_affect_own_connections(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, brought: str, name: str, value: str
) -> None:
    """The environment does not affect a caller's own connections."""
    options: dict[str, Any] = {"transport": caller.transport()}
    if brought == "http_client":
        options = {"transport": None, brought: caller.http_kind(transport=caller.transport())}
    monkeypatch.setenv(name, value)
    assert caller.create_by(caller.admin(**options)).key.reveal() == "made"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_no_proxy_for_http(caller: Caller, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Plain http does not use the environment's proxy, which could read the key."""
    with serve() as (url, asked), serve() as (proxy, forwarded):
        monkeypatch.setenv(name, proxy)
        caller.create_over(server=url)
    assert (len(asked), forwarded) == (1, [])


def test_proxy_overrides_the_environment(
    caller: Caller, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option proxy overrides HTTPS_PROXY and NO_PROXY."""
    monkeypatch.setenv("HTTPS_PROXY", "hidden://nowhere")
    monkeypatch.setenv("NO_PROXY", "*")
    with serve(server_tls) as (url, _), serve() as (proxy, tunnelled):
        caller.create_over(server=url, ca_file=AUTHORITY, proxy=proxy)
    assert len(tunnelled) == 1


@pytest.mark.parametrize(
    "proxy",
    ["", " ", "hidden", "//hidden", "ftp://hidden", "http://hidden:x", 5, True],
    ids=ascii,
)
def test_invalid_proxy_is_refused(caller: Caller, proxy: Any) -> None:
    """An invalid proxy URL is refused when the client is made, and is not shown."""
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        caller.kind(KEY, proxy=proxy)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("source", ["proxy", "HTTPS_PROXY"])
def test_socks_without_its_package(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Without its package, a SOCKS proxy is refused, or the call raises NotSentError."""
    options = {}
    if source == "proxy":
        options["proxy"] = "socks5://127.0.0.1:9"
    else:
        monkeypatch.setenv(source, "socks5://127.0.0.1:9")
    with pytest.raises((ConfigurationError, NotSentError)):
        caller.create_over(**options)


# A caller's transports and clients


def test_transport_is_closed_with_the_client(caller: Caller) -> None:
    """A client closes the transport that it was given, as httpx does."""
    closed: list[str] = []

    class Transport(httpx.MockTransport):
        def close(self) -> None:
            closed.append("close")

        async def aclose(self) -> None:
            closed.append("aclose")

    caller.close(caller.admin(transport=Transport(lambda _: httpx.Response(500))))
    assert closed == ["aclose" if caller.is_async else "close"]


def test_http_client(caller: Caller) -> None:
    """Only the connections of a caller's client are used, not its settings."""
    theirs: Any = caller.http_kind(
        transport=caller.transport(),
        base_url="https://stranger.example/v9",
        auth=("user", "pass"),
        headers={"X-Theirs": "1", "User-Agent": "theirs", "Content-Type": "text/plain"},
        cookies={"theirs": "1"},
        params={"theirs": "1"},
    )
    admin = caller.admin(transport=None, http_client=theirs, headers={"X-Ours": "1"})
    caller.create_by(admin)
    caller.call_generated(admin)
    for request in caller.requests:
        assert str(request.url) == "https://portkey.example.com/v1/api-keys/organisation/service"
        assert request.headers.get_list("x-portkey-api-key") == [KEY]
        assert not {"x-theirs", "authorization", "cookie"} & request.headers.keys()
        assert request.headers["user-agent"].startswith("portkey-admin/")
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-ours"] == "1"
    caller.close(admin)
    assert not theirs.is_closed
    assert KEY not in str(dict(theirs.headers))


def test_mounts_of_an_http_client(caller: Caller) -> None:
    """The transport that a caller's client mounts for the server is used."""
    theirs = caller.http_kind(
        transport=httpx.MockTransport(lambda _: httpx.Response(500)),
        mounts={"https://portkey.example.com": caller.transport()},
    )
    caller.create_by(caller.admin(transport=None, http_client=theirs))
    assert len(caller.requests) == 1


def test_http_client_over_the_network(caller: Caller, server_tls: ssl.SSLContext) -> None:
    """A caller's client brings its own trust."""
    with serve(server_tls) as (url, asked):
        theirs = caller.http_kind(verify=_trusting())
        assert caller.create_over(server=url, http_client=theirs).key.reveal() == "made"
    assert len(asked) == 1


def test_closed_http_client(caller: Caller) -> None:
    """A call with a closed client of the caller's raises NotSentError."""
    theirs: Any = caller.http_kind(transport=caller.transport())
    admin = caller.admin(transport=None, http_client=theirs)
    caller.run(theirs.aclose() if caller.is_async else theirs.close())
    with pytest.raises(NotSentError, match="http_client is closed"):
        caller.create_by(admin)
    assert caller.requests == []


@pytest.mark.parametrize("event", ["request", "response"])
def test_http_client_with_hooks(caller: Caller, event: str) -> None:
    """A client with event hooks, which see the key, is refused."""
    theirs = caller.http_kind(event_hooks={event: [print]})
    with pytest.raises(ConfigurationError, match="event hooks"):
        caller.admin(transport=None, http_client=theirs)


def test_wrong_types_are_refused(caller: Caller) -> None:
    """A transport or client of the wrong type is refused with the option's name."""
    other_client = httpx.Client() if caller.is_async else httpx.AsyncClient()
    other_transport = httpx.HTTPTransport() if caller.is_async else httpx.AsyncHTTPTransport()
    for options in (
        {"transport": other_transport},
        {"transport": "x"},
        {"transport": httpx.HTTPTransport},
        {"http_client": other_client},
        {"http_client": "x"},
        {"http_client": caller.http_kind},
    ):
        [name] = options
        with pytest.raises(ConfigurationError, match=name):
            caller.kind(KEY, **options)


_HOOKS = "has event hooks, which would see the API key: pass a client without them"
_HTTP_CLIENT = "http_client"
_NO_FILE = "cannot be used: [Errno 2] No such file or directory"


@pytest.mark.parametrize(
    ("options", "name", "reason"),
    [
        ({"deadline": 0}, "deadline", "must be greater than 0"),
        (
            {"deadline": 86_401},
            "deadline",
            "must be at most 86400 seconds; use None for no deadline",
        ),
        ({"max_response_bytes": 0}, "max_response_bytes", "must be greater than 0"),
        ({"max_response_bytes": 1.5}, "max_response_bytes", "must be a whole number"),
        ({"retries": -1}, "retries", "must be from 0 to 10"),
        ({"retries": 11}, "retries", "must be from 0 to 10"),
        ({"retries": 1.0}, "retries", "must be a whole number"),
        ({"retries": True}, "retries", "must be a whole number"),
        ({"retries": "1"}, "retries", "must be a whole number"),
        ({"timeout": "5"}, "timeout", "must be greater than 0"),
        ({"timeout": httpx.Timeout(1, write=0)}, "timeout", "must be greater than 0"),
        ({"api_key": 5}, "api_key", "is int, not str"),
        ({"api_key": None}, "api_key", "is missing: pass it, or set PORTKEY_API_KEY"),
        ({"headers": 5}, "headers", "is int, not Mapping"),
        ({"headers": {"a b": "1"}}, "headers", "has a name that HTTP does not allow"),
        ({"headers": {"Host": "1"}}, "headers", "cannot have Host: the client sets it"),
        ({"headers": {"X-A": "\n"}}, "headers", "has a value of X-A that HTTP does not allow"),
        ({"ssl_context": "x"}, "ssl_context", "is str, not SSLContext"),
        ({"ca_file": 5}, "ca_file", "is int, not str or PathLike"),
        ({"ca_file": ""}, "ca_file", f"{_NO_FILE}: ''"),
        ({"ca_file": "/no"}, "ca_file", f"{_NO_FILE}: '/no'"),
        (
            {"proxy": "h"},
            "proxy",
            "it is not the URL of a proxy, http://, https://, socks5:// or socks5h:// and a host",
        ),
        (
            {"proxy": "http://"},
            "proxy",
            "it is not the URL of a proxy, http://, https://, socks5:// or socks5h:// and a host",
        ),
        ({"proxy": 5}, "proxy", "is int, not str or Proxy"),
        ({"transport": "x"}, "transport", "is str, not BaseTransport"),
        ({"http_client": "x"}, _HTTP_CLIENT, "is str, not Client"),
        (
            {"http_client": httpx.Client(event_hooks={"request": [print]})},
            _HTTP_CLIENT,
            _HOOKS,
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_errors_name_the_option_and_the_reason(
    options: dict[str, Any], name: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of an option names it, the problem and the fix."""
    monkeypatch.delenv("PORTKEY_API_KEY", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        PortkeyAdmin(**{"api_key": KEY, **options})
    assert str(caught.value) == f"{name}: {reason}"
    assert (caught.value.options, caught.value.reason) == ((name,), reason)


@pytest.mark.parametrize("deadline", [86_400, 1e-6, None])
def test_longest_deadline(caller: Caller, deadline: float | None) -> None:
    """A deadline may be a day, almost nothing, or None."""
    guard = caller.http(caller.admin(deadline=deadline))._transport
    ends = float("inf") if deadline is None else time.monotonic() + deadline
    assert guard.ends() == pytest.approx(ends, abs=60)


def _answer(content: bytes, _: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=content)


def test_defaults(caller: Caller) -> None:
    """By default a call may last 30 seconds, connecting 10, and a response may have one MiB."""
    assert caller.http(caller.admin()).timeout == httpx.Timeout(None, connect=10.0)
    assert inspect.signature(PortkeyAdmin).parameters["deadline"].default == 30
    for size, kind in ((1024**2, type(None)), (1024**2 + 1, OutcomeUnknownError)):
        body = b'{"key": "made"}'.ljust(size)
        transport = caller.transport(functools.partial(_answer, body))
        admin = caller.admin(transport=transport)
        error = None
        try:
            caller.call_generated(admin)
        except OutcomeUnknownError as failure:
            error = failure
        assert type(error) is kind


def test_derived_generated_clients(caller: Caller) -> None:
    """Clients that with_headers() returns keep the server, timeouts and transport."""
    admin = caller.kind(KEY, server="https://h.example/v1", timeout=7.0)
    derived = admin.client.with_headers({"x-more": "1"})
    for client in (admin.client, derived):
        http: Any = (
            client.get_async_httpx_client() if caller.is_async else client.get_httpx_client()
        )
        assert http.base_url == "https://h.example/v1/"
        assert http.timeout == httpx.Timeout(7.0)
        assert http.trust_env is False
        assert http.follow_redirects is False
        assert http._transport is caller.http(admin)._transport


def test_derived_generated_clients_send_the_key(caller: Caller) -> None:
    """A derived client's requests have the key, and are limited to one origin."""
    admin = caller.admin()
    derived = admin.client.with_headers({"x-more": "1"})
    http: Any = derived.get_async_httpx_client() if caller.is_async else derived.get_httpx_client()
    caller.run(http.post("/x"))
    [request] = caller.requests
    assert (request.headers["x-more"], request.headers["x-portkey-api-key"]) == ("1", KEY)
    with pytest.raises(NotSentError):
        caller.run(http.post("https://stranger.example/"))


def test_own_connections(caller: Caller) -> None:
    """Without a transport or client, a call uses our own connections."""
    kind: type = AsyncConnections if caller.is_async else Connections
    with serve() as (url, asked):
        admin = caller.kind(KEY, server=url)
        assert isinstance(caller.http(admin)._transport._client._transport, kind)
        assert caller.create_by(admin).key.reveal() == "made"
    assert len(asked) == 1


def test_asynchronous_types() -> None:
    """The asynchronous client's errors name the types that it accepts."""
    for name, kind in (("transport", "AsyncBaseTransport"), ("http_client", "AsyncClient")):
        options: dict[str, Any] = {name: "x"}
        with pytest.raises(ConfigurationError) as caught:
            AsyncPortkeyAdmin(KEY, **options)
        assert str(caught.value) == f"{name}: is str, not {kind}"


_CONNECTION: dict[str, Any] = {
    "ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    "ca_file": AUTHORITY,
    "proxy": "http://h.example",
}


def test_ssl_context_with_ca_file_is_refused(caller: Caller) -> None:
    """An SSL context and a CA file cannot be used together."""
    with pytest.raises(
        ConfigurationError, match=r"^ssl_context and ca_file: cannot be used together$"
    ):
        caller.kind(KEY, ssl_context=_CONNECTION["ssl_context"], ca_file=AUTHORITY)


def test_transport_with_http_client_is_refused(caller: Caller) -> None:
    """A transport and a client cannot be used together."""
    with pytest.raises(
        ConfigurationError, match=r"^transport and http_client: cannot be used together$"
    ):
        caller.admin(http_client=caller.http_kind())


@pytest.mark.parametrize("option", _CONNECTION)
@pytest.mark.parametrize("brought", ["transport", "http_client"])
def test_options_that_would_have_no_effect(caller: Caller, option: str, brought: str) -> None:
    """Options of connections cannot be used with a caller's transport or client."""
    options: dict[str, Any] = {option: _CONNECTION[option]}
    options[brought] = caller.transport() if brought == "transport" else caller.http_kind()
    with pytest.raises(ConfigurationError, match=f"{option}.*{brought}|{brought}.*{option}"):
        caller.kind(KEY, **options)


# Connections


def test_hooks_that_are_added_later(caller: Caller) -> None:
    """A client that gets event hooks after it was passed sends nothing more."""
    lent: Any = caller.http_kind(transport=caller.transport())
    admin = caller.admin(transport=None, http_client=lent)
    caller.create_by(admin)
    lent.event_hooks["response"].append(print)
    with pytest.raises(ConfigurationError, match="event hooks"):
        caller.create_by(admin)
    assert len(caller.requests) == 1


def test_refused_connection(caller: Caller) -> None:
    """A server that refuses the connection raises NotSentError."""
    with serve() as (url, _):
        pass
    with pytest.raises(NotSentError) as caught:
        caller.create_over(server=url)
    assert url not in str(caught.value)


def test_loopback(caller: Caller) -> None:
    """By default a call uses a new connection, unencrypted on loopback."""
    with serve() as (url, asked):
        created = caller.create_over(server=f"{url}/albus/v2/")
    assert (created.key.reveal(), created.object) == ("made", "api-key")
    [(line, headers)] = asked
    assert line == "POST /albus/v2/api-keys/organisation/service HTTP/1.1"
    assert headers["Host"] == url.removeprefix("http://")
    assert int(headers["Content-Length"]) == len(str(MINIMAL_BODY).replace(" ", ""))


def test_failed_client_leaves_nothing_open(caller: Caller) -> None:
    """A client whose construction fails has opened nothing."""
    with pytest.raises(PortkeyAdminError):
        caller.kind(KEY, server="http://h.example")
