"""Faults that a test chooses for the next requests.

    stub.faults.answer(429, retry_after=1)
    stub.faults.drop()

The next request is answered with 429, and the one after it loses its connection.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

_ERRORS = range(400, 600)


@dataclass(frozen=True)
class Fault:
    """The fault of one request; by default there is no fault."""

    status: int | None = None
    """The status of an answer that replaces the usual one."""
    headers: tuple[tuple[str, str], ...] = ()
    carried_out: bool = True
    """Whether the request takes effect."""
    delay: float = 0
    sent: int | None = None
    """How many bytes of the body are sent; None for all."""
    dropped: bool = False


NO_FAULT = Fault()


class Faults:
    """The faults of the next requests, one for each, in the order in which they were chosen.

    They only work for a stub behind a server, not for requests through its `transport()`.
    """

    def __init__(self) -> None:
        self._next = deque[Fault]()

    def answer(
        self, status: int, *, retry_after: int | str | None = None, carried_out: bool = False
    ) -> None:
        """Answer with an error, and with Retry-After if it is given (seconds, or a text).

        With `carried_out`, the request takes effect nevertheless, as can happen with a 500. An
        invalid request gets its usual answer. Raises ValueError if the status is below 400 or above
        599.
        """
        if status not in _ERRORS:
            raise ValueError(f"status must be from 400 to 599, not {status}")
        headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
        self._next.append(Fault(status=status, headers=headers, carried_out=carried_out))

    def delay(self, seconds: float) -> None:
        """Carry the request out at once, and answer later.

        Raises ValueError if the number is negative or infinite.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"seconds must be finite and at least 0, not {seconds}")
        self._next.append(Fault(delay=seconds))

    def cut_off(self, after: int = 1) -> None:
        """Carry the request out, and close the connection after so many bytes of the body.

        Raises ValueError if the number is negative.
        """
        if after < 0:
            raise ValueError(f"after must be at least 0, not {after}")
        self._next.append(Fault(sent=after))

    def drop(self, *, carried_out: bool = True) -> None:
        """Close the connection without an answer."""
        self._next.append(Fault(carried_out=carried_out, dropped=True))

    def take(self) -> Fault:
        """Return the fault of the next request."""
        try:
            return self._next.popleft()
        except IndexError:
            return NO_FAULT
