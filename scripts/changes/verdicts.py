"""The verdicts, and what the usual changes mean for a caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple


class Verdict(StrEnum):
    """What a change means for a caller; the worst is the first, also in the order of texts."""

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


def breaking(why: str) -> Judgement:
    """Return the judgement of what is breaking on both sides."""
    return both(Verdict.BREAKING, why)


NARROWED: Final = Judgement(
    (Verdict.BREAKING, "what was accepted may be refused"),
    (Verdict.COMPATIBLE, "callers read nothing that is new to them"),
)
WIDENED: Final = Judgement(
    (Verdict.COMPATIBLE, "accepted values are still accepted"),
    (Verdict.BREAKING, "callers may read what they never met"),
)
CHANGED: Final = breaking("the old values and the new ones differ")
UNKNOWN: Final = breaking("it cannot be judged: read it")
GONE: Final = breaking("what callers name in their code is gone")
ADDED: Final = both(Verdict.COMPATIBLE, "callers need not use it")
MUST_SEND: Final = Judgement(
    (Verdict.BREAKING, "a call without it is refused"),
    ADDED.response,
)
DOCS: Final = both(Verdict.DOCS_ONLY, "only a description changes")
SAME: Final = both(
    Verdict.DOCS_ONLY, "callers get the same: it is reworded, or something else holds in its place"
)


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
    worst = min(one, other, key=attrgetter("verdict"))
    reasons = {change.why for change in (one, other) if change.verdict is worst.verdict}
    whole = {part for why in reasons for part in why.split("; ")}
    return replace(worst, why="; ".join(sorted(whole)))
