"""Clients of both styles, with every kind of connection, that make several calls."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, PortkeyAdmin
from tests.faults.faults import ADMIN_KEY
from tests.faults.server import PATIENCE, Connection, Script

TLS: Final = Path(__file__).parents[1] / "wrapper" / "tls"
ARGUMENTS: Final[dict[str, Any]] = {
    "type": "organisation",
    "sub_type": "service",
    "name": "ci",
    "scopes": ["completions.write"],
}
STYLES: Final = ("sync", "async")
# Our own connections, and the two ways to pass others.
OWNERS: Final = ("own", "http_client", "transport")


class Caller:
    """Makes calls with one client; its event loop runs only during calls."""

    def __init__(
        self, style: str, url: str, owner: str = "own", *, tls: bool = False, **options: Any
    ) -> None:
        """Make a client; `options` may have a transport or an httpx client."""
        self._runner = asyncio.Runner() if style == "async" else None
        if owner == "own":
            options |= {"ca_file": TLS / "authority.pem"} if tls else {}
        else:
            verify = ssl.create_default_context(cafile=TLS / "authority.pem") if tls else True
            options[owner] = {
                ("sync", "http_client"): httpx.Client,
                ("sync", "transport"): httpx.HTTPTransport,
                ("async", "http_client"): httpx.AsyncClient,
                ("async", "transport"): httpx.AsyncHTTPTransport,
            }[style, owner](verify=verify, trust_env=False)
        self._borrowed = options.get("http_client")
        kind = PortkeyAdmin if self._runner is None else AsyncPortkeyAdmin
        self.client: Any = kind(ADMIN_KEY, server=url, **options)

    def create(self, **changes: Any) -> CreatedKey:
        """Create a key."""
        created: CreatedKey = self.run(lambda: self.client.api_keys.create(**ARGUMENTS | changes))
        return created

    def run(self, call: Callable[[], Any]) -> Any:
        """Return the result of a call, awaited if necessary."""

        async def awaited() -> Any:
            return await call()

        return call() if self._runner is None else self._runner.run(awaited())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._runner is None:
            self.client.close()
            if self._borrowed is not None:
                self._borrowed.close()
        else:
            self._runner.run(self.client.aclose())
            if self._borrowed is not None:
                self._runner.run(self._borrowed.aclose())
            self._runner.close()


def outcome(call: Callable[[], Any]) -> Any:
    """Return the result or the exception of a call. Fails if it hangs."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(call())
        except Exception as error:  # noqa: BLE001 - the result is any exception
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found, "the call hangs"
    return found[0]


def in_tls(script: Script) -> Script:
    """Return a script that runs `script` inside TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")

    def wrapped(connection: Connection) -> None:
        connection.start_tls(context)
        script(connection)

    return wrapped
