"""Walk two OpenAPI documents side by side, keyword by keyword, and drop nothing that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from scripts.changes.places import ABSENT, Place, canonical, written
from scripts.changes.verdicts import (
    DOCS,
    GONE,
    NARROWED,
    SAME,
    UNKNOWN,
    WIDENED,
    Change,
    Judgement,
    Side,
    worse,
)


@dataclass
class Walk:
    """What was found, and where the walk has been."""

    changes: dict[tuple[str, ...], Change] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    met: set[tuple[str, str, Side]] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True)
class Pair:
    """The same thing before and after, on its way to the server or from it."""

    walk: Walk
    old: Place
    new: Place
    side: Side

    def below(self, key: str | int, subject: str | None = None) -> Pair:
        """Return the pair of the members of this name."""
        return replace(self, old=self.old.below(key, subject), new=self.new.below(key, subject))

    def resolved(self) -> Pair:
        """Return the pair of the places where the two are defined."""
        return replace(self, old=self.old.resolved(), new=self.new.resolved())

    def only_old(self, place: Place) -> Pair:
        """Return the pair of a place that is no more."""
        return replace(self, old=place, new=place._replace(value=ABSENT))

    def only_new(self, place: Place) -> Pair:
        """Return the pair of a place that was not there."""
        return replace(self, old=place._replace(value=ABSENT), new=place)

    @property
    def differs(self) -> bool:
        """Whether the two are written differently; what they refer to is left out."""
        return canonical(self.old.value) != canonical(self.new.value)

    @property
    def verb(self) -> str:
        """What happened to the whole of it."""
        if self.old.value is ABSENT:
            return "added"
        return "removed" if self.new.value is ABSENT else "changed"

    @property
    def name(self) -> str:
        """The last part of its pointer."""
        return self.new.pointer.rpartition("/")[2]

    def found(self, what: str, judgement: Judgement, *values: Any) -> None:
        """Report a change, of the two `values` where they are not the whole of both.

        Where it was found before, on another way here, the worse verdict holds.
        """
        old, new = values or (self.old.value, self.new.value)
        verdict, why = getattr(judgement, self.side)
        place = self.old if self.new.value is ABSENT else self.new
        change = Change(verdict, what, place.subject, place.pointer, old, new, why)
        key = (place.pointer, what, canonical(old), canonical(new))
        self.walk.changes[key] = worse(self.walk.changes.get(key, change), change)
        self.walk.reported |= {self.old.pointer, self.new.pointer}
        self.walk.count += 1

    def members(self, rules: Mapping[str, Rule], default: Rule | None = None) -> None:
        """Judge two objects by the rules of their keywords, and drop nothing.

        `default` is the rule of a keyword that `rules` lacks: unless given, it cannot be judged.
        """
        self._siblings()
        pair = self.resolved()
        key = (pair.old.pointer, pair.new.pointer, self.side)
        if key in self.walk.met:
            return
        self.walk.met.add(key)
        if not (isinstance(pair.old.value, dict) and isinstance(pair.new.value, dict)):
            pair.opaque(f"{self.name} {pair.verb}")
            return
        for keyword in sorted(pair.old.value.keys() | pair.new.value.keys()):
            other = docs if keyword.startswith("x-") else default or unknown
            rule = rules.get(keyword, other)
            pair.below(keyword).judge(partial(_by_rule, rule, pair, keyword))

    def opaque(self, what: str) -> None:
        """Report what differs in a thing, or in what it refers to, as beyond judgement."""
        if written(self.old) != written(self.new):
            self.found(what, UNKNOWN)

    def judge(self, judge: Callable[[Pair], None]) -> None:
        """Let `judge` report what changed, and report that it differs where that found nothing."""
        count = self.walk.count
        try:
            judge(self)
        except (AttributeError, KeyError, TypeError, ValueError):
            self.opaque(f"{self.name} {self.verb}")  # it is not what OpenAPI has there
        if self.differs and self.walk.count == count and not self.is_reported:
            self.found(f"{self.name} reworded", SAME)
        if self.differs:  # if only in what it refers to, which was reported there
            self.walk.reported |= {self.old.pointer, self.new.pointer}

    @property
    def is_reported(self) -> bool:
        """Whether something was found here or below."""
        within = {self.old.pointer, self.new.pointer}
        below = tuple(f"{pointer}/" for pointer in within)
        return any(each in within or each.startswith(below) for each in self.walk.reported)

    def _siblings(self) -> None:
        """Report what differs beside a $ref: words mean nothing, the rest depends on who reads."""
        beside = [
            {} if place.resolved() is place else place.value for place in (self.old, self.new)
        ]
        for name in sorted((beside[0].keys() | beside[1].keys()) - {"$ref"}):
            old, new = (each.get(name, ABSENT) for each in beside)
            if canonical(old) != canonical(new):
                words = name in {"description", "summary"} or name.startswith("x-")
                self.below(name).found(f"{name} beside $ref", DOCS if words else UNKNOWN, old, new)


Rule: TypeAlias = Callable[[Pair, str], None]
"""Judges a keyword of the two objects of a pair."""


def _by_rule(rule: Rule, pair: Pair, keyword: str, _member: Pair) -> None:
    rule(pair, keyword)


class Finding(NamedTuple):
    """What a comparison of two schemas by one keyword says, and the values it is about."""

    what: str
    judgement: Judgement
    values: tuple[Any, ...] = ()


def leaf(compare: Callable[[dict[str, Any], dict[str, Any], str], Iterator[Finding]]) -> Rule:
    """Return the rule of a keyword whose values refer to nothing."""

    def rule(pair: Pair, keyword: str) -> None:
        member = pair.below(keyword)
        if member.differs:
            for what, judgement, values in compare(pair.old.value, pair.new.value, keyword):
                member.found(what, judgement, *values)

    return rule


def flat(judgement: Judgement) -> Rule:
    """Return the rule of a keyword of which every change means the same."""

    def rule(pair: Pair, keyword: str) -> None:
        member = pair.below(keyword)
        if member.differs:
            member.found(f"{keyword} {member.verb}", judgement)

    return rule


def ordered(strictness: Callable[[dict[str, Any], str], Any]) -> Rule:
    """Return the rule of a limit: the greater what `strictness` returns, the less is allowed."""

    def compare(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
        before, after = strictness(old, keyword), strictness(new, keyword)
        if before < after:
            yield Finding(f"{keyword} tightened", NARROWED)
        elif before > after:
            yield Finding(f"{keyword} loosened", WIDENED)

    return leaf(compare)


def nested(visit: Callable[[Pair], None], added: Judgement, removed: Judgement) -> Rule:
    """Return the rule of a keyword that holds an object, which `visit` compares."""

    def rule(pair: Pair, keyword: str) -> None:
        member = pair.below(keyword)
        if ABSENT in (member.old.value, member.new.value):
            appears = member.old.value is ABSENT
            member.found(f"{keyword} {member.verb}", added if appears else removed)
        else:
            visit(member)

    return rule


def named(
    what: str, visit: Callable[[Pair], None], added: Judgement, removed: Judgement = GONE
) -> Rule:
    """Return the rule of a keyword that holds objects by names that an author chose."""

    def rule(pair: Pair, keyword: str) -> None:
        for member in members_by_name(pair.below(keyword)):
            if ABSENT in (member.old.value, member.new.value):
                appears = member.old.value is ABSENT
                member.found(f"{what} {member.verb}", added if appears else removed)
            else:
                member.judge(visit)

    return rule


def members_by_name(pair: Pair) -> Iterator[Pair]:
    """Yield the pair of each name in two mappings, either of which may be absent."""
    names = {*_keys(pair.old), *_keys(pair.new)}
    for name in sorted(names):
        yield pair.below(name, name)


def elsewhere(_pair: Pair, _keyword: str) -> None:
    """Leave a keyword to the code that knows what holds for an operation as a whole."""


def unknown(pair: Pair, keyword: str) -> None:
    """Report that a keyword changed which no rule judges."""
    member = pair.below(keyword)
    member.opaque(f"{keyword} {member.verb}")


docs: Final = flat(DOCS)


def _keys(place: Place) -> list[str]:
    return [] if place.value is ABSENT else list(place.value.keys())
