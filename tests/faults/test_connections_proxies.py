"""Proxies and host names: unsent requests raise NotSentError, and connecting is retried."""

from __future__ import annotations

import socket
import ssl
from importlib.util import find_spec
from typing import Any

import httpcore
import httpx
import pytest

from portkey_admin import ConfigurationError, NotSentError, OutcomeUnknownError, PortkeyAdmin
from portkey_admin_connections import _sockets, proxy_for
from tests.faults.clients import STYLES, TLS, Caller, in_tls
from tests.faults.faults import SECRET, answer, replies
from tests.faults.server import Connection, FaultServer, Script, free_port, full_backlog

both_styles = pytest.mark.parametrize("style", STYLES)
SOCKS = find_spec("socksio") is not None
needs_socks = pytest.mark.skipif(not SOCKS, reason="socksio is not installed")
SERVER = "https://portkey.example/v1"
KINDS = ["http", "https", pytest.param("socks5", marks=needs_socks)]


def proxy_of(server: FaultServer) -> httpx.Proxy:
    """Return a server as a proxy; a TLS proxy is trusted."""
    url = server.url.removesuffix("/v1")
    context = ssl.create_default_context(cafile=TLS / "authority.pem")
    return httpx.Proxy(url, ssl_context=context if url.startswith("https") else None)


def after_a_request(*actions: Script) -> Script:
    """Return a script that does each of `actions` after the first byte has arrived."""

    def script(connection: Connection) -> None:
        connection.read_some()
        for action in actions:
            action(connection)

    return script


def sends(data: bytes) -> Script:
    """Return a script that sends `data`."""
    return lambda connection: connection.send(data)


def speaks_first(connection: Connection) -> None:
    """Send a greeting and nothing more."""
    connection.send(b"220 hello\r\n")
    connection.hang()


BEHAVIOURS: dict[str, Script] = {
    "closes at accept": lambda _: None,
    "resets at accept": Connection.reset,
    "closes": after_a_request(),
    "resets": after_a_request(Connection.reset),
    # The first hang returns when the rest of the request arrives.
    "hangs": after_a_request(Connection.hang, Connection.hang),
    "drips": after_a_request(
        lambda connection: connection.drip(b"HTTP/1.1 200 " + b"O" * 999, 0.02)
    ),
    "answers garbage": after_a_request(sends(b"\x00\xff\r\n" * 99)),
    "speaks first": speaks_first,
    "refuses": after_a_request(sends(answer(b"", 503)), Connection.hang),
    "refuses with a key": after_a_request(sends(answer(status=500)), Connection.hang),
}


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@both_styles
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_failure_of_a_proxy_raises_not_sent(name: str, kind: str, style: str) -> None:
    """Every failure of a proxy before the tunnel exists raises NotSentError."""
    behaviour = BEHAVIOURS[name]
    with FaultServer(in_tls(behaviour) if kind == "https" else behaviour, scheme=kind) as server:
        proxy = proxy_of(server)
        with (
            Caller(style, SERVER, proxy=proxy, deadline=0.3) as caller,
            pytest.raises(NotSentError),
        ):
            caller.create()


@both_styles
@pytest.mark.parametrize("kind", ["http", pytest.param("socks5", marks=needs_socks)])
@pytest.mark.parametrize("host", ["a..b", "127.0.0.1:99999", f"{'a' * 70}.example", "[::1%25x]:1"])
def test_impossible_proxy_is_refused_or_not_sent(host: str, kind: str, style: str) -> None:
    """A proxy with an impossible host or port is refused, or raises NotSentError."""
    with (
        pytest.raises((NotSentError, ConfigurationError)),
        Caller(style, SERVER, proxy=f"{kind}://{host}", deadline=0.3) as caller,
    ):
        caller.create()


@both_styles
def test_connecting_to_a_proxy_is_retried(style: str) -> None:
    """Connecting to a proxy is retried, like connecting to a server."""
    refusal = replies(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
    with FaultServer(refusal, late=0.3) as server:
        proxy = server.url.removesuffix("/v1")
        with Caller(style, SERVER, proxy=proxy) as caller, pytest.raises(NotSentError, match="407"):
            caller.create()
        assert server.connections == 1


@both_styles
@pytest.mark.parametrize("status", [403, 407, 502])
def test_error_has_the_status_of_the_proxy(style: str, status: int) -> None:
    """The error has the status with which a proxy refuses a tunnel."""
    with FaultServer(replies(answer(b"", status))) as server:
        proxy = server.url.removesuffix("/v1")
        with (
            Caller(style, SERVER, proxy=proxy) as caller,
            pytest.raises(NotSentError, match=f"proxy.*{status}"),
        ):
            caller.create()


@both_styles
def test_outcome_behind_a_forwarding_proxy_is_unknown(style: str) -> None:
    """A proxy gets a plain http request itself, so after that the outcome is unknown."""
    with FaultServer(replies(b"", then="close")) as server:
        proxy = server.url.removesuffix("/v1")
        with (
            Caller(style, "http://127.0.0.1:9/v1", proxy=proxy) as caller,
            pytest.raises(OutcomeUnknownError),
        ):
            caller.create()
        assert server.creates == 1


@pytest.mark.parametrize("scheme", ["socks", "ftp", "socks4"])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_unusable_variable_is_named_without_its_value(
    scheme: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the variable, but does not show its value."""
    _no_proxies(monkeypatch)
    monkeypatch.setenv(variable, f"{scheme}://user:pass-word@proxy.example")
    with pytest.raises(ConfigurationError, match=variable) as caught:
        PortkeyAdmin("pk-admin-key", server=SERVER)
    assert "pass-word" not in str(caught.value)


def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("no_proxy", "is_direct"),
    [
        ("*", True),
        ("portkey.corp.example", True),
        ("corp.example", True),
        (".corp.example", True),
        ("*.corp.example", True),
        ("portkey.corp.example:443", True),
        ("other.example, *.corp.example", True),
        ("portkey.corp.example:8443", False),
        ("orp.example", False),
        ("other.example", False),
        ("", False),
    ],
)
def test_no_proxy_supports_wildcards_and_ports(
    no_proxy: str, monkeypatch: pytest.MonkeyPatch, *, is_direct: bool
) -> None:
    """NO_PROXY works with wildcards and ports."""
    _no_proxies(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    proxy = proxy_for(httpx.URL("https://portkey.corp.example/v1"), None)
    assert (proxy is None) is is_direct


@both_styles
@pytest.mark.parametrize("is_proxy", [False, True])
def test_error_has_the_reason_of_a_failed_connect(style: str, *, is_proxy: bool) -> None:
    """The error has the reason, even if the deadline leaves no time to retry."""
    url = f"http://127.0.0.1:{free_port()}"
    options: dict[str, Any] = {"proxy": url} if is_proxy else {}
    with (
        Caller(style, SERVER if is_proxy else url, deadline=0.2, **options) as caller,
        pytest.raises(NotSentError, match="ConnectError: "),
    ):
        caller.create()


@both_styles
@pytest.mark.parametrize("deadline", [1, None])
def test_second_address_gets_its_share_of_the_time(
    style: str, deadline: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the first address of a host is silent, the second gets its share of the time."""
    with full_backlog() as silent, FaultServer(replies(answer())) as server:
        ports = [int(url.split(":")[2].split("/")[0]) for url in (silent, server.url)]
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{at}", ports[1]))
            for at in (9, 1)
        ]
        real_look_up = socket.getaddrinfo

        def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
            two = host in {"two.example", b"two.example"}
            return found if two else real_look_up(host, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        url = server.url.replace("127.0.0.1", "two.example")
        # Connections to 127.0.0.9 go to the full backlog, which never answers.
        _redirect(monkeypatch, "127.0.0.9", ports[0])
        options: dict[str, Any] = {"timeout": 0.6} if deadline is None else {}
        with Caller(style, url, allow_http=True, deadline=deadline, **options) as caller:
            assert caller.create().key == SECRET


def _redirect(monkeypatch: pytest.MonkeyPatch, host: str, port: int) -> None:
    """Redirect connections for `host` to a port of this machine."""

    class Redirected(socket.socket):
        def connect(self, address: Any) -> None:
            super().connect(("127.0.0.1", port) if address[0] == host else address)

    monkeypatch.setattr(socket, "socket", Redirected)


def test_connection_in_tls_inside_tls_is_closed() -> None:
    """A connection with TLS inside TLS is closed, because its undecrypted bytes cannot be seen."""
    inner = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())

    class Nested(httpcore.NetworkStream):
        def get_extra_info(self, info: str) -> Any:
            """Return the extra info of the stream inside."""
            return inner if info == "ssl_object" else None

    assert _sockets._Stream(Nested()).get_extra_info("is_readable")
