"""The pages of the list of keys, read while others create and delete.

The list has pages by number alone, so a key that is deleted moves all that follow it: the first key
of the next page may be on a page that was read already. So every page but the last is read once
more, backwards, and again while that brings keys that were not there before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from portkey_admin._records import ApiKey, Page

PAGE_SIZE: Final = 100
"""How many keys a page has: the reference names no larger size."""
# After so many pages in a row without a new key, a server repeats itself.
_MOST_REPEATED: Final = 3
_MOST_CHECKS: Final = 5


class Listing:
    """Which page to read next, and which of its keys are new; no key is given twice."""

    number: int | None
    """The number of the page to read, from 0; None after the last one."""

    _page: Page
    _new: int

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._numbers = self._plan()
        self.number = next(self._numbers)

    def take(self, page: Page) -> list[ApiKey]:
        """Return the new keys of the page that was to be read."""
        new = {key.id or repr(key): key for key in page.keys}
        new = {name: key for name, key in new.items() if name not in self._seen}
        self._seen |= new.keys()
        self._page, self._new = page, len(new)
        self.number = next(self._numbers, None)
        return list(new.values())

    def _plan(self) -> Iterator[int]:
        """Yield the number of each page to read, by the page that was taken and its new keys."""
        last = repeated = 0
        for last in itertools.count():
            yield last
            repeated = 0 if self._new else repeated + 1
            is_end = len(self._page.keys) < PAGE_SIZE and self._page.total == len(self._seen)
            if not self._page.keys or is_end or repeated == _MOST_REPEATED:
                break
        for _ in range(_MOST_CHECKS):
            missed = 0
            for number in reversed(range(last)):
                yield number
                missed += self._new
            if not missed:
                return
