"""The admin key comes from its sources, goes only to its server, and is never shown."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from portkey_admin import (
    ApiKeyAuth,
    ConfigurationError,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
    RefusedError,
    Secret,
)
from tests.wrapper.caller import KEY, SERVER, Caller, created
from tests.wrapper.documents import WRAPPER, Json, operation, read_yaml

DOCUMENT: Json = read_yaml("spec/openapi.yaml")
_SECURITY: Any = operation(DOCUMENT)[1].get("security", DOCUMENT["security"])
[[SCHEME]] = _SECURITY
HEADER: str = DOCUMENT["components"]["securitySchemes"][SCHEME]["name"]

USABLE = {
    "plain": "pk-abcDEF123",
    "one character": "k",
    "plus, slash and equals": "ab+/cd==",
    "every mark": "".join(map(chr, range(0x21, 0x7F))),
    "space within": "ab cd",
    "long": "k" * 4000,
    "the sample's own": "PORTKEY_API_KEY",
}
UNUSABLE = {
    "empty": "",
    "blank": "   ",
    "tab": "\t",
    "line break at the end": "hidden-key\n",
    "line break within": "hidden\nkey",
    "carriage return": "hidden\rkey",
    "header after it": "hidden\r\nX-More: key",
    "space at the end": "hidden-key ",
    "space at the beginning": " hidden-key",
    "tab within": "hidden\tkey",
    "NUL": "hidden\0key",
    "escape": "hidden\x1bkey",
    "delete": "hidden\x7fkey",
    "Latin-1": "hidden\u00e9key",
    "no-break space": "hidden-key\u00a0",
    "line separator": "hidden\u2028key",
    "emoji": "hidden\U0001f511key",
    "lone surrogate": "hidden\ud800key",
}


def _sources(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, key: str
) -> dict[str, Callable[[], Any]]:
    """Return the ways to give a client its key."""

    def from_the_environment() -> Any:
        monkeypatch.setenv("PORTKEY_API_KEY", key)
        return caller.admin(None)

    return {
        "text": lambda: caller.admin(key),
        "Secret": lambda: caller.admin(Secret(key)),
        "environment": from_the_environment,
    }


@pytest.mark.parametrize("key", USABLE.values(), ids=USABLE.keys())
@pytest.mark.parametrize("source", ["text", "Secret", "environment"])
def test_key_is_sent(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, key: str, source: str
) -> None:
    """The key is sent once, unchanged, in the header of the spec's security scheme."""
    caller.create_by(_sources(caller, monkeypatch, key)[source]())
    [request] = caller.requests
    assert request.headers.get_list(HEADER) == [key]
    others = [value for name, value in request.headers.items() if name != HEADER.lower()]
    assert len(key) < 3 or key not in f"{request.url} {request.content!r} {others}"


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE.keys())
@pytest.mark.parametrize("source", ["text", "Secret", "environment"])
def test_invalid_key_is_refused(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, key: str, source: str
) -> None:
    """A key that no header can hold is refused when the client is made, and not shown."""
    if source == "environment" and not _fits_the_environment(key):
        with pytest.raises((ValueError, UnicodeEncodeError)):
            monkeypatch.setenv("PORTKEY_API_KEY", key)
        return
    with pytest.raises(
        ConfigurationError, match=r"^api_key: the API key is empty, starts"
    ) as caught:
        _sources(caller, monkeypatch, key)[source]()
    assert "hidden" not in _all_that_is_printed(caught.value)
    assert "hidden" not in _locals_of_ours(caught.value)


def _fits_the_environment(key: str) -> bool:
    return "\0" not in key and "\ud800" not in key


@pytest.mark.parametrize("key", [b"hidden-key", 5, True, ["hidden-key"]], ids=ascii)
def test_key_that_is_not_text_is_refused(caller: Caller, key: object) -> None:
    """A key that is not text is refused with its type, and not shown."""
    with pytest.raises(ConfigurationError, match=type(key).__name__) as caught:
        caller.admin(key)
    assert "hidden" not in _all_that_is_printed(caught.value)


@pytest.mark.parametrize("inner", [None, b"hidden-key", 5], ids=ascii)
def test_secret_must_be_text(caller: Caller, inner: Any) -> None:
    """A Secret must hold text: other values are refused when it is made or used."""
    with pytest.raises((TypeError, ConfigurationError), match=r"text|str") as caught:
        caller.admin(Secret(inner))
    assert "hidden" not in str(caught.value)


def test_no_key(caller: Caller) -> None:
    """Without a key, the error names both ways to give one."""
    with pytest.raises(
        ConfigurationError, match=r"^api_key: is missing: pass it, or set PORTKEY_API_KEY$"
    ):
        caller.admin(None)
    with pytest.raises(
        ConfigurationError, match=r"^api_key: is missing: pass it, or set PORTKEY_API_KEY$"
    ):
        caller.kind()


def test_argument_overrides_the_environment(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PORTKEY_API_KEY is not read if a key is given."""
    monkeypatch.setenv("PORTKEY_API_KEY", "")
    caller.create_by(caller.admin("given"))
    assert caller.requests[0].headers[HEADER] == "given"


def test_empty_key_does_not_fall_back(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty key is refused, even if the environment has one."""
    monkeypatch.setenv("PORTKEY_API_KEY", "from-the-environment")
    with pytest.raises(ConfigurationError):
        caller.admin("")


# One origin

_SAME = [
    "https://h.example/v1/api-keys",
    "https://h.example/",
    "https://h.example/other?q=1",
    "https://h.example:443/v1",
    "https://H.EXAMPLE/v1",
    "HTTPS://h.example/v1",
]
_OTHER = [
    "http://h.example/v1",
    "http://h.example:443/v1",
    "https://h.example:8443/v1",
    "https://stranger.example/v1",
    "https://www.h.example/v1",
    "https://h.example.stranger.example/v1",
    "https://h.example@stranger.example/v1",
    "https://stranger.example/h.example",
    "https://stranger.example#h.example",
    "https://h.example./v1",
]


def _header_sent(server: str, url: str) -> str | None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return created(request)

    auth = ApiKeyAuth(HEADER, Secret(KEY), httpx.URL(server))
    with httpx.Client(transport=httpx.MockTransport(answer), auth=auth) as http:
        http.get(url)
    [request] = seen
    sent: str | None = request.headers.get(HEADER)
    return sent


@pytest.mark.parametrize("url", _SAME)
@pytest.mark.parametrize(
    "server", ["https://h.example/v1", "https://h.example:443", "HTTPS://H.EXAMPLE:443/"]
)
def test_same_origin(server: str, url: str) -> None:
    """Requests to the server's origin have the header, in any spelling of the URL."""
    assert _header_sent(server, url) == KEY


@pytest.mark.parametrize("url", _OTHER)
def test_other_origin(url: str) -> None:
    """Requests to another scheme, host or port do not have the header."""
    assert _header_sent("https://h.example/v1", url) is None


@pytest.mark.parametrize("port", ["", ":80"])
def test_default_port_of_http(port: str) -> None:
    """On a plain http server, port 80 is the same as no port."""
    assert _header_sent(f"http://localhost{port}/v1", "http://localhost:80/") == KEY
    assert _header_sent(f"http://localhost{port}/v1", "http://localhost/") == KEY
    assert _header_sent(f"http://localhost{port}/v1", "HTTP://localhost:80/") == KEY
    assert _header_sent(f"http://localhost{port}/v1", "http://localhost:81/") is None


def test_callers_header_is_replaced() -> None:
    """The key replaces the header that a request has already."""
    auth = ApiKeyAuth(HEADER, Secret(KEY), httpx.URL(SERVER))
    request = httpx.Request("POST", SERVER, headers=[(HEADER.upper(), "a"), (HEADER, "b")])
    sent = next(auth.auth_flow(request))
    assert sent.headers.get_list(HEADER) == [KEY]


def test_generated_functions_send_the_key(caller: Caller) -> None:
    """Generated functions send the key too."""
    caller.call_generated(caller.admin())
    assert caller.requests[0].headers.get_list(HEADER) == [KEY]


# It is never shown


def test_repr() -> None:
    """The repr has the header and the origin, but not the key."""
    auth = ApiKeyAuth(HEADER, Secret(KEY), httpx.URL("https://h.example/v1"))
    origin = ("https", "h.example", 443)
    assert repr(auth) == f"ApiKeyAuth({HEADER!r}, Secret('**********'), origin={origin!r})"


def _all_that_is_printed(error: BaseException) -> str:
    return f"{error} {error!r} {error.args} {''.join(traceback.format_exception(error))}"


def _locals_of_ours(error: BaseException) -> str:
    """Return the local variables of the wrapper's frames, which debuggers and loggers can show."""
    frames = traceback.walk_tb(error.__traceback__)
    ours = [f for f, _ in frames if Path(f.f_code.co_filename).is_relative_to(WRAPPER)]
    assert ours
    return " ".join(_repr(value) for frame in ours for value in frame.f_locals.values())


def _repr(value: object) -> str:
    try:
        return repr(value)
    except AttributeError:  # repr fails for a half-made object
        return f"{vars(value)!r}"


def _fail(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


_SECRETS = f"{KEY} {SERVER} header-value"
FAILURES: dict[str, tuple[Callable[[httpx.Request], httpx.Response], type[PortkeyAdminError]]] = {
    "read error": (_fail(httpx.ReadError(_SECRETS)), OutcomeUnknownError),
    "read timeout": (_fail(httpx.ReadTimeout(_SECRETS)), OutcomeUnknownError),
    "protocol error": (_fail(httpx.RemoteProtocolError(_SECRETS)), OutcomeUnknownError),
    "local protocol error": (_fail(httpx.LocalProtocolError(_SECRETS)), OutcomeUnknownError),
    "connect timeout": (_fail(httpx.ConnectTimeout(_SECRETS)), NotSentError),
    "proxy error": (_fail(httpx.ProxyError(KEY)), OutcomeUnknownError),
    "error of any kind": (_fail(RuntimeError(_SECRETS)), OutcomeUnknownError),
    "refusal that echoes": (
        lambda _: httpx.Response(
            401,
            json={"data": {"message": f"bad key: {KEY}", "errorCode": KEY}},
            headers={"x-portkey-trace-id": KEY, "x-portkey-request-id": KEY, "retry-after": KEY},
        ),
        RefusedError,
    ),
    "refusal that echoes with more than fits": (
        lambda _: httpx.Response(400, json={"message": "x" * 188 + KEY}),
        RefusedError,
    ),
    "server error": (lambda _: httpx.Response(500, text=_SECRETS), OutcomeUnknownError),
    "no key in the answer": (lambda _: httpx.Response(200, text=_SECRETS), OutcomeUnknownError),
}


@pytest.mark.parametrize(("answer", "kind"), FAILURES.values(), ids=FAILURES.keys())
def test_errors_show_nothing(
    caller: Caller,
    answer: Callable[[httpx.Request], httpx.Response],
    kind: type[PortkeyAdminError],
) -> None:
    """No error of a call shows the key, the server's URL or the value of a header."""
    admin = caller.admin(transport=caller.transport(answer), headers={"X-Team": "header-value"})
    with pytest.raises(kind) as caught:
        caller.create_by(admin)
    shown = f"{caught.value} {caught.value!r} {caught.value.args} {vars(caught.value)}"
    assert KEY not in shown
    assert "the-admin" not in shown
    assert SERVER not in shown
    assert "header-value" not in shown
    assert KEY not in _locals_of_ours(caught.value)


def test_logs_show_nothing(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """No log record of a call contains the key, at any level."""
    with caplog.at_level(logging.DEBUG):
        caller.create()
    assert KEY not in caplog.text
    assert "made" not in caplog.text


@pytest.mark.parametrize(
    "options",
    [
        {"server": "http://hidden.example"},
        {"server": None, "base_url": "https://user:hidden@h.example"},
        {"headers": {"X-A": "hidden\n"}},
        {"headers": {HEADER: "hidden"}},
        {"proxy": "hidden://user:hidden@h.example"},
        {"deadline": "hidden"},
        {"ca_file": "/nowhere"},
        {"transport": "hidden"},
    ],
    ids=str,
)
def test_errors_of_options_show_nothing(caller: Caller, options: dict[str, Any]) -> None:
    """An invalid option's error and our frames do not contain its value, which may be secret."""
    with pytest.raises(ConfigurationError) as caught:
        caller.admin(**options)
    assert "hidden" not in str(caught.value)
    held = _locals_of_ours(caught.value)
    assert KEY not in held
    assert "hidden" not in held or options.keys() & {"deadline", "transport"}


@pytest.mark.parametrize("arguments", [{"name": 5}, {"colour": 1}], ids=["value", "name"])
def test_errors_of_arguments_show_nothing(caller: Caller, arguments: dict[str, Any]) -> None:
    """Our frames do not contain the arguments of a refused call."""
    with pytest.raises((InvalidRequestError, TypeError)) as caught:
        caller.create(description="hidden", **arguments)
    assert "hidden" not in _locals_of_ours(caught.value)
