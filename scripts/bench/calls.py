"""One create with each of the clients that are compared.

This module runs in the measured environment. So it imports none of this project's scripts, and only
the client that is measured.
"""

from __future__ import annotations

import importlib
import json
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

KEY: Final = "pk-admin-key"
HEADERS: Final = {"x-portkey-api-key": KEY}
WHERE: Final = {"type": "workspace", "sub_type": "user"}
PATH: Final = "/api-keys/workspace/user"
BODY: Final[dict[str, Any]] = {
    "name": "billing production",
    "scopes": ["completions.write", "logs.view", "virtual_keys.list"],
    "description": "Key of the billing service in production",
    "organisation_id": "a3d4e5f6-a7b8-4c7d-8e1f-2a3b4c5d6e7f",
    "workspace_id": "ws-billing-1",
    "user_id": "c3d4e5f6-a7b8-4c7d-8e1f-2a3b4c5d6e7f",
    "rate_limits": [
        {"type": "requests", "unit": "rpm", "value": 100},
        {"type": "tokens", "unit": "rpd", "value": 100000},
    ],
    "usage_limits": {
        "type": "cost",
        "credit_limit": 1000,
        "alert_threshold": 800,
        "periodic_reset": "monthly",
    },
    "defaults": {
        "metadata": {"team": "billing", "environment": "production"},
        "config_id": "pc-billing",
        "allow_config_override": False,
    },
    "alert_emails": ["billing@example.com", "ops@example.com"],
    "expires_at": "2100-02-22T00:04:50+00:00",
    "rotation_policy": {"rotation_period": "monthly", "key_transition_period_ms": 1800000},
}

Call = Callable[[dict[str, Any]], object]
"""Creates a key from a body; asynchronous clients return an awaitable."""


def httpx(url: str) -> Call:
    """Create with httpx alone, the baseline."""
    client = _load("httpx").Client(base_url=url, headers=HEADERS)
    return lambda body: client.post(PATH, json=body).json()


def ours(url: str, client: str = "PortkeyAdmin", **options: Any) -> Call:
    """Create with one of the wrapper's clients, including its checks and its deadline."""
    create = getattr(_load("portkey_admin"), client)(KEY, server=url, **options).api_keys.create
    return lambda body: create(**WHERE, **body)


def bare(url: str, function: str = "sync_detailed") -> Call:
    """Create with one of the generated functions alone."""
    client = _load("portkey_generated").Client(base_url=url, headers=HEADERS)
    create = getattr(_load("portkey_generated.api.api_keys.create_api_key"), function)
    model = _load("portkey_generated.models").CreateApiKeyObject
    return lambda body: create(*WHERE.values(), client=client, body=model.from_dict(body))


def sdk(url: str, client: str = "Portkey") -> Call:
    """Create with one of the official SDK's clients."""
    create = getattr(_load("portkey_ai"), client)(api_key=KEY, base_url=url).api_keys.create
    return lambda body: create(**WHERE, **body)


def requests(url: str) -> Call:
    """Create with requests."""
    session = _load("requests").Session()
    session.headers.update(HEADERS)
    return lambda body: session.post(url + PATH, json=body).json()


def raw_socket(url: str) -> Call:
    """Send the bytes of a request and read those of the response: the least possible cost."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    head = f"POST {parts.path}{PATH} HTTP/1.1\r\nHost: {parts.netloc}\r\n"

    def call(body: dict[str, Any]) -> object:
        content = json.dumps(body).encode()
        connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        return json.loads(connection.recv(65536).partition(b"\r\n\r\n")[2])

    return call


def async_httpx(url: str) -> Call:
    """Create with httpx's asynchronous client alone."""
    client = _load("httpx").AsyncClient(base_url=url, headers=HEADERS)

    async def call(body: dict[str, Any]) -> object:
        return (await client.post(PATH, json=body)).json()

    return call


def aiohttp(url: str) -> Call:
    """Create with the wrapper's asynchronous client over httpx-aiohttp's transport."""
    transport = _load("httpx_aiohttp").AiohttpTransport(client=_load("aiohttp").ClientSession)
    return ours(url, "AsyncPortkeyAdmin", transport=transport)


SYNC: Final = {
    "httpx": httpx,
    "ours": ours,
    "bare": bare,
    "sdk": sdk,
    "requests": requests,
    "socket": raw_socket,
}
ASYNC: Final = {
    "httpx": async_httpx,
    "ours": partial(ours, client="AsyncPortkeyAdmin"),
    "aiohttp": aiohttp,
    "bare": partial(bare, function="asyncio_detailed"),
    "sdk": partial(sdk, client="AsyncPortkey"),
}


def _load(name: str) -> Any:
    return importlib.import_module(name)
