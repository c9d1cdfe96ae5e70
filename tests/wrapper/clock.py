"""A clock that a test sets."""

from __future__ import annotations


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.now

    def go_on(self, seconds: float = 5.0) -> None:
        """Let so much time pass."""
        self.now += seconds
