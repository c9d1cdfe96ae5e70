"""Which certificates and which proxy connections use."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from portkey_admin_connections import _trust, proxy_for, trust
from tests.wrapper.documents import TLS

HTTPS = httpx.URL("https://h.example/v1")
SOCKS = "socks5://127.0.0.1:9"


def test_no_authorities_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http reads no CA certificates, which is slow, and trusts none."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setattr(httpx, "create_ssl_context", None)
    context = trust(httpx.URL("http://127.0.0.1"), None, None)
    assert (context.verify_mode, context.get_ca_certs()) == (ssl.CERT_REQUIRED, [])


def test_default_trust_is_shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The default context is shared, and made anew if the environment changes."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    first = trust(HTTPS, None, None)
    assert trust(httpx.URL("https://other.example"), None, None) is first
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert trust(HTTPS, None, None) is not first
    monkeypatch.delenv("SSL_CERT_DIR")
    assert trust(HTTPS, None, None) is first


def test_callers_context() -> None:
    """A given SSL context is used for any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert trust(HTTPS, context, None) is context
    assert trust(httpx.URL("http://127.0.0.1"), context, None) is context


def test_ca_file_replaces_the_default_trust() -> None:
    """With a CA file, only its authorities are trusted."""
    assert len(trust(HTTPS, None, TLS / "authority.pem").get_ca_certs()) == 1


def test_https_proxy_overrides_all_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY overrides ALL_PROXY."""
    monkeypatch.setenv("ALL_PROXY", "http://all.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://own.example")
    proxy = proxy_for(HTTPS, None)
    assert proxy is not None
    assert proxy.url.host == "own.example"


@pytest.mark.parametrize("source", ["it", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:hidden@h:x",
        "hidden://user@h",
        "http://user:hidden@",
        "http://",
        "http://user:hidden@h:65536",
    ],
)
def test_proxy_url_is_never_in_the_error_chain(
    monkeypatch: pytest.MonkeyPatch, source: str, proxy: str
) -> None:
    """The URL of an invalid proxy, which may contain a password, is never in the error chain."""
    given = proxy if source == "it" else None
    if given is None:
        monkeypatch.setenv(source, proxy)
    with pytest.raises(ValueError, match="is not the URL of a proxy") as caught:
        proxy_for(HTTPS, given)
    schemes = "http://, https://, socks5:// or socks5h://"
    assert str(caught.value) == f"{source} is not the URL of a proxy, {schemes} and a host"
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_impossible_file_name() -> None:
    """A file name that is impossible raises an error, like an unreadable file."""
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        trust(HTTPS, None, "a\0b")


def test_empty_file_name() -> None:
    """An empty file name raises an error, and does not mean the default trust."""
    with pytest.raises(FileNotFoundError):
        trust(HTTPS, None, "")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
def test_no_proxy_for_plain_http(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The environment's proxy is used only for https."""
    monkeypatch.setenv(variable, "http://proxy.example:3128")
    assert proxy_for(httpx.URL("http://h.example"), None) is None


def test_unreadable_file_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """If SSL_CERT_FILE cannot be read, the error of the file is raised."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all")
    with pytest.raises(OSError, match=r"^\[Errno 2\] No such file"):
        trust(HTTPS, None, None)


@pytest.mark.parametrize(
    ("server", "exceptions", "proxied"),
    [
        ("https://h.example", "h.example", False),
        ("https://h.example", ".example", False),
        ("https://h.example", "H.EXAMPLE", False),
        ("https://H.Example", "h.example", False),
        ("https://h.example", " a.example , h.example ", False),
        ("https://h.example", "example", False),
        ("https://h.example", "*.example", False),
        ("https://h.example", "h.example:443", False),
        ("https://h.example", "h.example:444", True),
        ("https://h.example", "h.example.org,other.example", True),
        ("https://the-h.example", "h.example", True),
        ("https://h.example:8443", "h.example", False),
        ("https://h.example:8443", "h.example:8443", False),
        ("https://h.example:8443", "h.example:9443", True),
        ("https://192.0.2.1", "192.0.2.1", False),
        ("https://[2001:db8::1]", "2001:db8::1", False),
        ("https://[2001:db8::1]", "[2001:db8::1]", False),
        ("https://[2001:db8::1]:8443", "2001:db8::1", False),
        ("https://[2001:db8::2]", "2001:db8::1", True),
    ],
)
def test_no_proxy(
    monkeypatch: pytest.MonkeyPatch, server: str, exceptions: str, *, proxied: bool
) -> None:
    """NO_PROXY excepts hosts and their subdomains, for one port or for all."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert (proxy_for(httpx.URL(server), None) is not None) is proxied


def test_proxy_without_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment, a proxy may be just a host and a port."""
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    proxy = proxy_for(HTTPS, None)
    assert proxy is not None
    assert proxy.url == "http://proxy.example:3128"


@pytest.mark.parametrize("given", [SOCKS, httpx.Proxy(SOCKS)], ids=["URL", "Proxy"])
def test_socks(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy is used if its package is installed, and refused if not."""
    asked = []
    there: list[object | None] = [object(), None]

    def find(name: str) -> object | None:
        asked.append(name)
        return there.pop(0)

    monkeypatch.setattr(_trust, "find_spec", find)
    proxy = proxy_for(HTTPS, given)
    assert proxy is not None
    assert proxy.url == SOCKS
    with pytest.raises(ValueError, match="SOCKS") as caught:
        proxy_for(HTTPS, given)
    assert str(caught.value) == "it is a SOCKS proxy, which needs the package socksio: httpx[socks]"
    assert asked == ["socksio", "socksio"]


def test_other_proxies_need_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other proxies than SOCKS need no package."""
    monkeypatch.setattr(_trust, "find_spec", lambda _: None)
    proxy = proxy_for(HTTPS, "http://p.example:65535")
    assert proxy is not None
    assert proxy.url == "http://p.example:65535"
