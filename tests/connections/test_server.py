"""The base URL that requests are sent to."""

from __future__ import annotations

import httpx

from portkey_admin_connections import server_url


def test_default_port_is_omitted() -> None:
    """The scheme's default port is omitted, in any spelling of the scheme."""
    url = server_url("HTTPS://h.example:443/v1/", allow_http=False)
    assert (url, url.port) == (httpx.URL("https://h.example/v1"), None)
