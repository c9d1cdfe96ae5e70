"""Decides which pages of the list of keys are read, while others create and delete keys.

Pages only have numbers. If a key is deleted, all later keys move up, and the first key of the next
page may move to a page that was read already. So all pages are read again. If the keys are the
same, none moved and none was missed. Otherwise all pages are read once more.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

from portkey_admin._errors import OutcomeUnknownError

if TYPE_CHECKING:
    from portkey_admin._records import ApiKey, Page

PAGE_SIZE: Final = 100
"""The number of keys in a page: the largest size in Portkey's reference."""
# The limits for a server that repeats its pages, or whose keys change all the time.
_MOST_REPEATED: Final = 2
_MOST_ROUNDS: Final = 3
_MOST_PAGES: Final = 1000  # unless the total is larger


class Listing:
    """Decides which page to read next, and returns each key once."""

    number: int | None
    """The number of the page to read, from 0; None after the last one."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._numbers = self._plan()
        self.number = next(self._numbers)

    def take(self, page: Page) -> list[ApiKey]:
        """Return the new keys of the page that was to be read."""
        keys = {key.id or repr(key): key for key in page.keys}
        new = [key for name, key in keys.items() if name not in self._seen]
        self._seen |= keys.keys()
        self.number = self._numbers.send((set(keys), page.total))
        return new

    def _plan(self) -> Generator[int | None, tuple[set[str], Any], None]:
        """Yield the number of each page to read, then None; receive its keys and the total."""
        for _ in range(_MOST_ROUNDS):
            there, again = set[str](), set[str]()
            pages = repeated = 0
            is_whole = False  # whether the first page has all keys
            while repeated < _MOST_REPEATED:
                keys, total = yield pages
                if not keys:
                    break
                is_whole = not pages and total == len(keys)
                repeated = 0 if keys - there else repeated + 1
                there |= keys
                pages += 1
                if pages > max(_MOST_PAGES, total if isinstance(total, int) else 0):
                    raise OutcomeUnknownError("the list of keys has no end", "nothing was changed")
            for number in range(0 if is_whole else pages):
                again |= (yield number)[0]
            if is_whole or there == again:
                break
        yield None
