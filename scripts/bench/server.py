"""A server on loopback that answers every request with a created key, as fast as Python can."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

_BODY: Final = (
    b'{"id": "183f497a-2a7f-4f47-992e-26213fa863ce", "key": "pk-created-secret-0123456789",'
    b' "object": "api-key"}'
)
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    % (len(_BODY), _BODY)
)
_HEAD: Final = re.compile(rb"(?is).*?\r\ncontent-length: *(\d+)\r\n(.*?\r\n)?\r\n")


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._pieces = bytearray()
        self._end = 0

    def data_received(self, data: bytes) -> None:
        self._pieces += data
        if not self._end and (head := _HEAD.match(self._pieces)):
            self._end = head.end() + int(head[1])
        if 0 < self._end <= len(self._pieces):
            del self._pieces[: self._end]
            self._end = 0
            self._transport.write(_ANSWER)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
