"""A server on loopback that answers every request with a created key, as fast as Python can."""

from __future__ import annotations

import asyncio
import json
from typing import Final

_BODY: Final = json.dumps(
    {
        "id": "183f497a-2a7f-4f47-992e-26213fa863ce",
        "key": "pk-created-secret-0123456789",
        "object": "api-key",
    }
).encode()
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    % (len(_BODY), _BODY)
)


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.WriteTransport):
            raise TypeError(transport)
        self._transport = transport
        self._pieces = bytearray()
        self._end: int | None = None

    def data_received(self, data: bytes) -> None:
        self._pieces += data
        if self._end is None:
            head = self._pieces.find(b"\r\n\r\n")
            if head < 0:
                return
            lines = bytes(self._pieces[:head]).lower().split(b"\r\n")
            [length] = [line[15:] for line in lines if line.startswith(b"content-length:")]
            self._end = head + 4 + int(length)
        if len(self._pieces) >= self._end:
            del self._pieces[: self._end]
            self._end = None
            self._transport.write(_ANSWER)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
