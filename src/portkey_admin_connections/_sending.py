"""Records whether sending a request has started."""

from __future__ import annotations

from typing import Any

import httpx


class Sending:
    """Records whether sending the headers has started, from httpcore's trace events."""

    def __init__(self, request: httpx.Request, *, is_async: bool) -> None:
        self.is_traced = False
        """Whether the request has reached connections that report trace events."""
        self.has_begun = False
        self.is_handed_over = False
        """Whether a transport has been called at all."""
        self._trace = request.extensions.get("trace")
        events = self._note_async if is_async else self._note
        request.extensions = {**request.extensions, "trace": events}

    def _note(self, event: str, info: dict[str, Any]) -> Any:
        self.is_traced = True
        # A CONNECT request, which asks a proxy for a tunnel, has headers of its own.
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.has_begun = True
            if self._trace is None:
                del info["request"].extensions["trace"]  # the rest need not be reported
        return self._trace and self._trace(event, info)

    async def _note_async(self, event: str, info: dict[str, Any]) -> None:
        if (noted := self._note(event, info)) is not None:
            await noted
