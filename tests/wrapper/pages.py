"""A server that lists keys in pages, while others create and delete keys."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx


@dataclass(frozen=True)
class Change:
    """Changes that others make between two reads: a number of new keys, and the deleted keys.

    A deleted key is an index into the keys that existed at the start and still exist.
    """

    created: int = 0
    deleted: tuple[int, ...] = ()


@dataclass
class PagedKeys:
    """A server with at most `cap` keys a page; the keys change before each read but the first."""

    count: int
    cap: int = 100
    changes: Iterable[Change] = ()
    order: Literal["newest first", "oldest first"] = "oldest first"
    has_total: bool = True
    reads: list[int] = field(default_factory=list)
    """The numbers of the pages that were read."""

    def __post_init__(self) -> None:
        self.kept = [key_id(number) for number in range(self.count)]
        """The keys that existed at the start and still exist."""
        self.keys = list(self.kept)
        self._numbers = itertools.count(self.count)
        self._changes: Iterator[Change] = iter(self.changes)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Return a page."""
        if self.reads:
            self._change(next(self._changes, Change()))
        number = int(request.url.params["current_page"])
        size = min(self.cap, int(request.url.params["page_size"]))
        self.reads.append(number)
        data = [key(each) for each in self.keys[number * size : (number + 1) * size]]
        answer: dict[str, Any] = {"object": "list", "data": data}
        if self.has_total:
            answer["total"] = len(self.keys)
        return httpx.Response(200, json=answer)

    def _change(self, change: Change) -> None:
        for _ in range(change.created):
            new = key_id(next(self._numbers))
            self.keys.insert(0 if self.order == "newest first" else len(self.keys), new)
        for number in change.deleted:
            if self.kept:
                gone = self.kept.pop(number % len(self.kept))
                self.keys.remove(gone)


def key_id(number: int) -> str:
    """Return the id of the key with a number."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def key(identifier: str, name: str = "ci") -> dict[str, Any]:
    """Return a key as a list shows it."""
    return {"id": identifier, "name": name, "key": "ab****yz", "object": "api-key"}
