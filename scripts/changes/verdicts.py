"""The verdicts, and what the usual changes mean for a caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple


class Verdict(StrEnum):
    """What a change means for a caller; the worst is the first."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    DOCS_ONLY = "docs only"


class Side(StrEnum):
    """Which way a value goes. What callers send may be widened, what they read narrowed."""

    REQUEST = "request"
    RESPONSE = "response"


class Judgement(NamedTuple):
    """A verdict and its reason, for what is sent and for what is read."""

    request: tuple[Verdict, str]
    response: tuple[Verdict, str]


def both(verdict: Verdict, why: str) -> Judgement:
    """Return the judgement that is the same on both sides."""
    return Judgement((verdict, why), (verdict, why))


NARROWED: Final = Judgement(
    (Verdict.BREAKING, "what was accepted may be refused"),
    (Verdict.COMPATIBLE, "callers read nothing that is new to them"),
)
WIDENED: Final = Judgement(
    (Verdict.COMPATIBLE, "what was accepted still is"),
    (Verdict.BREAKING, "callers may read what they never met"),
)
CHANGED: Final = both(Verdict.BREAKING, "the old values and the new ones differ")
GONE: Final = both(Verdict.BREAKING, "what callers name in their code is gone")
ADDED: Final = both(Verdict.COMPATIBLE, "callers may leave it alone")
DOCS: Final = both(Verdict.DOCS_ONLY, "it describes, and changes nothing")
SAME: Final = both(
    Verdict.DOCS_ONLY, "callers get the same: it is reworded, or something else holds in its place"
)
UNKNOWN: Final = both(Verdict.BREAKING, "it cannot be judged: read it")


@dataclass(frozen=True)
class Change:
    """One change; `subject` is the property, parameter or operation that it is about."""

    verdict: Verdict
    what: str
    subject: str
    pointer: str
    old: Any
    new: Any
    why: str


def worse(one: Change, other: Change) -> Change:
    """Return the change with the worse verdict of two findings of it, and why."""
    order = list(Verdict)
    worst = min(one, other, key=lambda change: order.index(change.verdict))
    reasons = {change.why for change in (one, other) if change.verdict is worst.verdict}
    whole = {part for why in reasons for part in why.split("; ")}
    return replace(worst, why="; ".join(sorted(whole)))
