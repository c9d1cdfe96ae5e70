"""The base URL that requests are sent to."""

from __future__ import annotations

import httpx

from portkey_admin_connections import server_url


def test_the_port_of_a_scheme() -> None:
    """The port that is the scheme's own is none, however the scheme is spelled."""
    url = server_url("HTTPS://h.example:443/v1/", allow_http=False)
    assert (url, url.port) == (httpx.URL("https://h.example/v1"), None)
