"""Descriptions of failures for error messages."""

from __future__ import annotations

from collections.abc import Callable

import httpx


def describe_failure(failure: BaseException | None, show: Callable[[str], str]) -> str:
    """Return a description of a failure; `show` makes its text safe to show.

    Only the texts of proxy and connection errors are used; the others add nothing to their type.
    """
    text, kind = show(str(failure)), type(failure).__name__
    if isinstance(failure, httpx.ProxyError):
        return f"the proxy refused the connection ({text})"
    if isinstance(failure, httpx.ConnectError) and text:
        kind = f"{kind}: {text}"
    return f"the connection failed ({kind})"
