"""HTTP for requests that must be sent once and must not get another request's answer.

It has httpx transports, and `send` and `send_async`, which return the outcome of a request. Nothing
in it is specific to an API. A connection is reused only in its own process and event loop, within a
second, after a successful answer that was read to its end and has no bytes after it. A call that
ends in any other way closes its connection. Only connecting is retried.
"""

import importlib
from typing import TYPE_CHECKING

from portkey_admin_connections._exchange import FOREVER, Answer, Outcome, send, send_async
from portkey_admin_connections._failures import describe_failure
from portkey_admin_connections._fields import (
    is_field_name,
    is_field_value,
    kept_fields,
    retry_after,
)
from portkey_admin_connections._json import read_json
from portkey_admin_connections._pools import Connections
from portkey_admin_connections._server import origin, server_url, url_below
from portkey_admin_connections._trust import proxy_for, trust

if TYPE_CHECKING:
    from portkey_admin_connections._async_pools import AsyncConnections

__all__ = [
    "FOREVER",
    "Answer",
    "AsyncConnections",
    "Connections",
    "Outcome",
    "describe_failure",
    "is_field_name",
    "is_field_value",
    "kept_fields",
    "origin",
    "proxy_for",
    "read_json",
    "retry_after",
    "send",
    "send_async",
    "server_url",
    "trust",
    "url_below",
]


def __getattr__(name: str) -> object:
    if name != "AsyncConnections":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}._async_pools")  # loads asyncio
    globals()[name] = module.AsyncConnections
    return module.AsyncConnections
