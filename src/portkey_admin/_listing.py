"""The pages of the list of keys, read while others create and delete.

The list has pages by number alone. A key that is deleted moves all that follow it, so the first of
the next page may be on a page that was read already. So all pages are read again, backwards: if
the keys are still the same, none moved and none was missed. Otherwise all is done once more.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from portkey_admin._records import ApiKey, Page

PAGE_SIZE: Final = 100
"""How many keys a page has: the reference names no larger size."""
# A server that repeats itself, or whose keys change all the time, is not read for ever.
_MOST_REPEATED: Final = 2
_MOST_ROUNDS: Final = 3


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
        keys = {key.id or repr(key): key for key in page.keys}
        new = [key for name, key in keys.items() if name not in self._seen]
        self._seen |= keys.keys()
        self.number = self._numbers.send((set(keys), page.total))
        return new

    def _plan(self) -> Generator[int | None, tuple[set[str], int | None], None]:
        """Yield the number of each page to read, then None; receive its keys and the total."""
        for _ in range(_MOST_ROUNDS):
            there: set[str] = set()
            pages = repeated = 0
            is_whole = False
            while repeated < _MOST_REPEATED:
                keys, total = yield pages
                if not keys:
                    break
                is_whole = not pages and total == len(keys)
                repeated = 0 if keys - there else repeated + 1
                there |= keys
                pages += 1
            if is_whole:
                break  # the first page had all
            again: set[str] = set()
            for number in reversed(range(pages)):
                again |= (yield number)[0]
            if there == again:
                break
        yield None
