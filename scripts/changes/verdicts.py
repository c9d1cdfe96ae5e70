"""The verdicts, and the judgements of common changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple


class Verdict(StrEnum):
    """How a change affects callers, worst first; the values also sort in this order."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    DOCS_ONLY = "docs only"


class Side(StrEnum):
    """The direction of a value. Requests may accept more values, responses may have fewer."""

    REQUEST = "request"
    RESPONSE = "response"


class Judgement(NamedTuple):
    """A verdict and its reason, for values in requests and in responses."""

    request: tuple[Verdict, str]
    response: tuple[Verdict, str]


def both(verdict: Verdict, why: str) -> Judgement:
    """Return a judgement that is the same for requests and responses."""
    return Judgement((verdict, why), (verdict, why))


def breaking(why: str) -> Judgement:
    """Return the judgement of a change that is breaking in requests and responses."""
    return both(Verdict.BREAKING, why)


NARROWED: Final = Judgement(
    (Verdict.BREAKING, "values accepted before may be refused"),
    (Verdict.COMPATIBLE, "callers read no new values"),
)
WIDENED: Final = Judgement(
    (Verdict.COMPATIBLE, "accepted values are still accepted"),
    (Verdict.BREAKING, "callers may read values that are new to them"),
)
CHANGED: Final = breaking("old and new values differ")
UNKNOWN: Final = breaking("the effect is unknown: review it")
GONE: Final = breaking("code of callers may use it")
ADDED: Final = both(Verdict.COMPATIBLE, "callers need not use it")
MUST_SEND: Final = Judgement(
    (Verdict.BREAKING, "a call without it is refused"),
    ADDED.response,
)
DOCS: Final = both(Verdict.DOCS_ONLY, "only a description changes")
SAME: Final = both(
    Verdict.DOCS_ONLY, "nothing changes for callers: it is reworded, or replaced by an equivalent"
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
    """Merge two findings of the same change: the worse verdict, with all reasons for it."""
    worst = min(one, other, key=attrgetter("verdict"))
    reasons = {change.why for change in (one, other) if change.verdict is worst.verdict}
    whole = {part for why in reasons for part in why.split("; ")}
    return replace(worst, why="; ".join(sorted(whole)))
