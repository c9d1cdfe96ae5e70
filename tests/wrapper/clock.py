"""A clock that a test sets."""

from __future__ import annotations


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now

    def go_on(self, seconds: float = 5.0) -> None:
        """Move the clock."""
        self.now += seconds
