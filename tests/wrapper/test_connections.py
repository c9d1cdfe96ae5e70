"""What connections are made with: trust and proxy."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from portkey_admin import ConfigurationError, _connections
from portkey_admin._connections import proxy_for, trust
from tests.wrapper.caller import Caller
from tests.wrapper.documents import TLS

HTTPS = httpx.URL("https://h.example/v1")
SOCKS = "socks5://127.0.0.1:9"


def test_nobody_is_trusted_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http needs no authorities: none are read, which takes long, and none are trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setattr(httpx, "create_ssl_context", None)
    context = trust(httpx.URL("http://127.0.0.1"), None, None)
    assert (context.verify_mode, context.get_ca_certs()) == (ssl.CERT_REQUIRED, [])


def test_default_trust_is_shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The default trust is made once for what the environment says, and anew when that changes."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    first = trust(HTTPS, None, None)
    assert trust(httpx.URL("https://other.example"), None, None) is first
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert trust(HTTPS, None, None) is not first
    monkeypatch.delenv("SSL_CERT_DIR")
    assert trust(HTTPS, None, None) is first


def test_the_callers_context() -> None:
    """A context that is given is used, for any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert trust(HTTPS, context, None) is context
    assert trust(httpx.URL("http://127.0.0.1"), context, None) is context


def test_a_file_is_all_that_is_trusted() -> None:
    """With authorities of the caller's own no others are trusted."""
    assert len(trust(HTTPS, None, TLS / "authority.pem").get_ca_certs()) == 1


def test_the_proxy_for_https_is_before_that_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """ALL_PROXY is for what has no proxy of its own."""
    monkeypatch.setenv("ALL_PROXY", "http://all.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://own.example")
    proxy = proxy_for(HTTPS, None)
    assert proxy is not None
    assert proxy.url.host == "own.example"


def test_what_a_proxy_is_said_to_be_is_nowhere() -> None:
    """A proxy that cannot be used is in no chain of errors: it may hold a password."""
    with pytest.raises(ConfigurationError) as caught:
        proxy_for(HTTPS, "http://user:hidden@h:x")
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_a_file_that_no_system_has() -> None:
    """A name that is no file's is told as any other that cannot be read."""
    with pytest.raises(ConfigurationError, match=r"^ca_file cannot be used: embedded null byte$"):
        trust(HTTPS, None, "a\0b")


def test_no_trust_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default trust that cannot be read names the variables that it comes from."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all")
    with pytest.raises(ConfigurationError) as caught:
        trust(HTTPS, None, None)
    assert str(caught.value).startswith("SSL_CERT_FILE or SSL_CERT_DIR: [Errno 2] No such file")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("given", [SOCKS, httpx.Proxy(SOCKS)], ids=["URL", "Proxy"])
def test_socks(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy is used where its package is there, and refused where it is not."""
    asked = []
    there: list[object | None] = [object(), None]

    def find(name: str) -> object | None:
        asked.append(name)
        return there.pop(0)

    monkeypatch.setattr(_connections, "find_spec", find)
    proxy = proxy_for(HTTPS, given)
    assert proxy is not None
    assert proxy.url == SOCKS
    with pytest.raises(ConfigurationError) as caught:
        proxy_for(HTTPS, given)
    assert str(caught.value) == "a SOCKS proxy needs the package socksio: httpx[socks]"
    assert asked == ["socksio", "socksio"]


def test_other_proxies_need_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package is asked for where the proxy is none of SOCKS."""
    monkeypatch.setattr(_connections, "find_spec", lambda _: None)
    proxy = proxy_for(HTTPS, "http://p.example:8080")
    assert proxy is not None
    assert proxy.url == "http://p.example:8080"


def test_hooks_that_come_later(caller: Caller) -> None:
    """A client that gets event hooks after it was lent sends nothing more."""
    lent: Any = caller.http_kind(transport=caller.transport())
    admin = caller.admin(transport=None, http_client=lent)
    caller.create_by(admin)
    lent.event_hooks["response"].append(print)
    with pytest.raises(ConfigurationError, match="event hooks"):
        caller.create_by(admin)
    assert len(caller.requests) == 1
