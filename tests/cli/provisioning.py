"""A server that remembers keys and sometimes fails, and files of keys to create there."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from portkey_admin_stub import Stub
from portkey_admin_stub.api_keys import ApiKeys
from tests.conformance.documents import DOCUMENT
from tests.faults.faults import ADMIN_KEY, answer
from tests.faults.server import Connection, FaultServer

REFUSAL = b'{"success": false, "data": {"message": "no", "errorCode": "AB01"}}'
# The faults of a create. The first three create no key, the others create one.
FAULTS = ("refused", "reset", "500", "reset after", "500 after", "cut off")


class Server:
    """Responds like Portkey; `fault` chooses the failure of each create, by the key's name."""

    def __init__(self, fault: Callable[[str], str | None] = lambda _: None) -> None:
        self.keys = ApiKeys()
        self.creates: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.most_at_once = 0
        self._stub = Stub(DOCUMENT, api_key=ADMIN_KEY, memory=self.keys)
        self._fault = fault
        self._lock = threading.Lock()
        self._at_once = 0

    @property
    def secrets(self) -> dict[str, list[str]]:
        """The secrets of the keys, by name."""
        found: dict[str, list[str]] = {}
        for kept in list(self.keys.kept.values()):
            found.setdefault(str(kept.members["name"]), []).append(kept.secret)
        return found

    def ids(self, name: str) -> list[str]:
        """Return the ids of the keys with a name."""
        kept = self.keys.kept.items()
        return [key_id for key_id, each in kept if each.members["name"] == name]

    def __call__(self, connection: Connection) -> None:
        """Respond to one request."""
        head, _, body = connection.read_request().partition(b"\r\n\r\n")
        if not head:
            return
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        name = json.loads(body)["name"] if method == "POST" and target.count("/") == 4 else None
        with self._lock:
            fault = self._fault(name) if name is not None else None
            if name is not None:
                self.creates[name] += 1
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
        made = None
        if fault not in {"refused", "reset", "500"}:
            headers = [tuple(line.split(": ", 1)) for line in lines]
            made = self._stub.handle(method, target, headers, body)  # type: ignore[arg-type]
        # Before the answer, after which the client may send its next request at once.
        with self._lock:
            self._at_once -= name is not None
        if made is not None:
            self._answer(connection, fault, made.status, made.body)
        elif fault == "refused":
            self.refused.add(str(name))
            connection.send(answer(REFUSAL, 400))
        elif fault == "reset":
            connection.reset()
        else:
            connection.send(answer(b"", 500))

    @staticmethod
    def _answer(connection: Connection, fault: str | None, status: int, body: bytes) -> None:
        if fault == "reset after":
            connection.reset()
        elif fault == "500 after":
            connection.send(answer(b"", 500))
        elif fault == "cut off":
            connection.send(answer(body[:20], status, length=len(body)))
        elif fault:
            connection.send(answer(b"", int(fault), "Retry-After: 0"))
        else:
            connection.send(answer(body, status, "Connection: close"))


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """Serve, and yield the URL."""
    with FaultServer(server) as fault_server:
        yield fault_server.url


def sometimes(seed: int, share: float) -> Callable[[str], str | None]:
    """Return a function that chooses faults for some of the creates."""
    random = Random(seed)
    return lambda _: random.choice(FAULTS) if random.random() < share else None


def body(name: str, **members: Any) -> dict[str, Any]:
    """Return the item of a key in a file."""
    return {
        "type": "organisation",
        "sub-type": "service",
        "name": name,
        "scopes": ["completions.write"],
        **members,
    }


def write_keys(path: Path, items: Sequence[Any]) -> str:
    """Write a file of JSON Lines, and return its name."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in items))
    return path.name
