"""Secrets that are masked by default, and foreign text made safe to show."""

from __future__ import annotations

import hmac
from typing import Final, NoReturn, final

MASK: Final = "**********"
# A shorter secret would match other text by chance.
_SHORTEST_SOUGHT: Final = 8
_LONGEST_SHOWN: Final = 200


@final
class Secret:
    """A secret that nothing shows by accident; `reveal()` alone returns it.

    repr, str and format always return a mask; json.dumps and pickle raise TypeError. Two secrets,
    or a secret and a text, are compared in constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def masked_in(self, text: str) -> str:
        """Return `text` with a mask for the secret, unless it has fewer than 8 characters."""
        return text if len(self._text) < _SHORTEST_SOUGHT else text.replace(self._text, MASK)

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        text = other._text if isinstance(other, Secret) else other
        if not isinstance(text, str):
            return NotImplemented
        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled; store the text that reveal() returns")

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(None)


def showable(text: str, *hide: Secret) -> str:
    """Return foreign text in one line: secrets masked, control characters escaped, cut short."""
    for secret in hide:
        text = secret.masked_in(text)
    line = " ".join(text.split())[:_LONGEST_SHOWN]
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
