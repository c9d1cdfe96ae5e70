"""What ended an exchange, in words."""

from __future__ import annotations

import httpx


def describe_failure(failure: BaseException | None) -> str:
    """Return what a failure means. Only texts of proxies and of connecting say more than a type."""
    text, kind = str(failure), type(failure).__name__
    if isinstance(failure, httpx.ProxyError):
        return f"the proxy refused the connection ({text})"
    if isinstance(failure, httpx.ConnectError) and text.strip():
        kind = f"{kind}: {text}"
    return f"the connection failed ({kind})"
