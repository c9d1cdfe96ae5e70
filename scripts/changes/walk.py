"""Walk two OpenAPI documents side by side, keyword by keyword, and skip no difference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import starmap
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from scripts import parts
from scripts.changes import verdicts
from scripts.changes.verdicts import ADDED, DOCS, GONE, UNKNOWN, Change, Judgement, Side

T = TypeVar("T")


ABSENT: Final = object()
"""The value of a missing member; null is another value."""

# Raised by the rules if a place holds something that OpenAPI does not allow there.
MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError)


def canonical(value: Any) -> str:
    """Return a value as text, equal for values that are equal in JSON: 1 is not true."""
    return "nothing" if value is ABSENT else json.dumps(value, sort_keys=True)


class Place(NamedTuple):
    """A place in a document, and the value there."""

    document: Mapping[str, Any]
    pointer: str
    value: Any
    subject: str

    def below(self, key: str | int, subject: str | None = None) -> Place:
        """Return the place of a member or an item; its value is ABSENT if it does not exist."""
        held: Any = self.value if isinstance(self.value, dict | list) else {}
        try:
            value = held[key]
        except (LookupError, TypeError):
            value = ABSENT
        at = self.pointer + parts.pointer([key])
        return Place(self.document, at, value, subject or self.subject)

    def items(self) -> list[Place]:
        """Return the places of the items of a list; none if the list is absent."""
        return [] if self.value is ABSENT else [self.below(at) for at in range(len(self.value))]

    def resolved(self) -> Place:
        """Follow `$ref` to the definition; return this place if it cannot be found."""
        found, seen = self, set[parts.Place]()
        while isinstance(found.value, dict) and "$ref" in found.value:
            place = parts.place_of(found.value["$ref"])
            value = parts.value_at(self.document, place)
            if not place or place in seen or value is None:
                return self
            seen.add(place)
            found = Place(self.document, parts.pointer(place), value, place[-1])
        return found

    def written(self) -> str:
        """Return the value here as text, with the components that it refers to."""
        reached = sorted(parts.reached(self.document, [self.value]))
        components = [parts.value_at(self.document, each) for each in reached]
        return canonical(self.value) + canonical(components)


@dataclass
class Walk:
    """The changes that were found, and the places that were visited."""

    changes: dict[tuple[str, ...], Change] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    met: set[tuple[str, str, Side]] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True)
class Pair:
    """The same element before and after, in a request or in a response."""

    walk: Walk
    old: Place
    new: Place
    side: Side

    def of(self, old: Place | None, new: Place | None) -> Pair:
        """Return the pair of two other places; None stands for a missing one."""
        absent = [place._replace(value=ABSENT) for place in (old, new) if place]
        return replace(self, old=old or absent[0], new=new or absent[0])

    def matched(
        self, old: Iterable[Place], new: Iterable[Place], *identities: Callable[[Place], object]
    ) -> Iterator[Pair]:
        """Pair the elements of two lists, with None for an element that only one of them has."""
        yield from starmap(self.of, matched(old, new, *identities))

    def below(self, key: str | int, subject: str | None = None) -> Pair:
        """Return the pair of the members with this name."""
        return self.of(self.old.below(key, subject), self.new.below(key, subject))

    def by_name(self) -> Iterator[Pair]:
        """Yield the pair of each name in two mappings, either of which may be absent."""
        names = [name for value in self.values if value is not ABSENT for name in [*value.keys()]]
        yield from (self.below(name, name) for name in sorted({*names}))

    def resolved(self) -> Pair:
        """Return the pair of the definitions, with any `$ref` followed."""
        return self.of(self.old.resolved(), self.new.resolved())

    @property
    def values(self) -> tuple[Any, Any]:
        """The values before and after."""
        return self.old.value, self.new.value

    @property
    def differs(self) -> bool:
        """Whether the two values differ; the targets of their `$ref` are not compared."""
        return canonical(self.old.value) != canonical(self.new.value)

    @property
    def verb(self) -> str:
        """Whether it was added, removed or changed."""
        was, is_ = (value is not ABSENT for value in self.values)
        return "changed" if was == is_ else "removed" if was else "added"

    @property
    def is_required(self) -> bool:
        """Whether the new value is an object with `required: true`."""
        return isinstance(self.new.value, dict) and self.new.value.get("required") is True

    @property
    def key(self) -> tuple[str, str, Side]:
        """The pair's identity: each pair is judged only once."""
        return self.old.pointer, self.new.pointer, self.side

    @property
    def name(self) -> str:
        """The last name in its pointer."""
        return self.new.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")

    def found(self, what: str, judgement: Judgement, *values: Any) -> None:
        """Report a change from one value to another: by default those of the pair.

        If the same change was found before, by another path, the worse verdict holds.
        """
        old, new = values or self.values
        verdict, why = getattr(judgement, self.side)
        place = self.old if self.new.value is ABSENT else self.new
        change = Change(verdict, what, place.subject, place.pointer, old, new, why)
        key = (place.pointer, what, canonical(old), canonical(new))
        self.walk.changes[key] = verdicts.worse(self.walk.changes.get(key, change), change)
        self.walk.reported |= {self.old.pointer, self.new.pointer}
        self.walk.count += 1

    def one_sided(
        self, what: str, added: Judgement = ADDED, removed: Judgement = GONE, *, must: bool = False
    ) -> bool:
        """Report an element that was added or removed, and return whether it was."""
        if self.verb == "removed":
            self.found(f"{what} removed", removed)
        elif self.verb == "added" and must:
            self.found(f"required {what} added", verdicts.MUST_SEND)
        elif self.verb == "added":
            self.found(f"{what} added", added)
        return self.verb != "changed"

    def items(self, what: str, added: Judgement, removed: Judgement) -> list[Any]:
        """Report the items that only one of two lists has, and return those that both have."""
        before, after = ({canonical(each): each for each in value} for value in self.values)
        for text in before.keys() - after.keys():
            self.found(f"{what} removed", removed, before[text], ABSENT)
        for text in after.keys() - before.keys():
            self.found(f"{what} added", added, ABSENT, after[text])
        return [before[text] for text in before if text in after]

    def members(self, rules: Mapping[str, Rule], default: Rule | None = None) -> None:
        """Judge two objects by the rules of their keywords, and skip no keyword.

        `default` is the rule of a keyword that `rules` lacks. Without one, a change of such a
        keyword is reported as unknown.
        """
        self._siblings()
        pair = self.resolved()
        if pair.key in self.walk.met:
            return
        self.walk.met.add(pair.key)
        if not all(isinstance(value, dict) for value in pair.values):
            pair.opaque()
            return
        for keyword in sorted(pair.old.value.keys() | pair.new.value.keys()):
            other = docs if keyword.startswith("x-") else default or unknown
            pair.below(keyword).judge(partial(rules.get(keyword, other), pair))

    def _siblings(self) -> None:
        """Report differences beside a $ref: docs only in descriptions, and else unknown."""
        places = (self.old, self.new)
        beside = [{} if place.resolved() is place else place.value for place in places]
        for name in sorted((beside[0].keys() | beside[1].keys()) - {"$ref"}):
            old, new = (each.get(name, ABSENT) for each in beside)
            if canonical(old) != canonical(new):
                words = name in {"description", "summary"} or name.startswith("x-")
                self.below(name).found(f"{name} beside $ref", DOCS if words else UNKNOWN, old, new)

    def opaque(self) -> None:
        """Report any difference, here or in a component referred to, as unknown."""
        if self.old.written() != self.new.written():
            self.found(f"{self.name} {self.verb}", UNKNOWN)

    def judge(self, visit: Callable[[Pair], None]) -> None:
        """Let `visit` report the changes, and report a difference in which it finds none."""
        count, reported = self.walk.count, self.walk.reported
        try:
            visit(self)
        except MALFORMED:
            self.opaque()
        if self.differs:
            within = (f"{self.old.pointer}/", f"{self.new.pointer}/")
            known = any(f"{pointer}/".startswith(within) for pointer in reported)
            if self.walk.count == count and not known:
                self.found(f"{self.name} reworded", verdicts.SAME)
            # A change in a component referred to was reported there.
            reported |= {self.old.pointer, self.new.pointer}


def matched(
    old: Iterable[T], new: Iterable[T], *identities: Callable[[T], object]
) -> Iterator[tuple[T | None, T | None]]:
    """Pair equal elements, by the first identity that matches, and the rest with None."""
    removed, added = list(old), list(new)
    for identity in identities:
        for one in list(removed):
            same = [other for other in added if identity(other) == identity(one) is not None]
            if same:
                yield one, same[0]
                removed.remove(one)
                added.remove(same[0])
    yield from ((one, None) for one in removed)
    yield from ((None, other) for other in added)


# --- Rules: functions that judge a keyword of two objects ---

Rule: TypeAlias = Callable[[Pair, Pair], None]
"""Judges a keyword: takes the pair of objects that have it, and the pair of its values."""


def flat(judgement: Judgement, what: str = "") -> Rule:
    """Return the rule of a keyword whose every change has the same judgement."""

    def rule(_owner: Pair, member: Pair) -> None:
        if member.differs:
            member.found(what or f"{member.name} {member.verb}", judgement)

    return rule


def limit(
    within: Callable[[dict[str, Any], dict[str, Any], str], bool],
    unclear: Judgement = verdicts.CHANGED,
    words: tuple[str, str] = ("tightened", "loosened"),
) -> Rule:
    """Return the rule of a keyword that refuses values.

    `within` returns whether, by this keyword, the second of two objects accepts everything that the
    first accepts.
    """

    def rule(owner: Pair, member: Pair) -> None:
        old, new = owner.values
        less, more = within(new, old, member.name), within(old, new, member.name)
        if not member.differs or (less and more):
            return
        if less:
            member.found(f"{member.name} {words[0]}", verdicts.NARROWED)
        elif more:
            member.found(f"{member.name} {words[1]}", verdicts.WIDENED)
        else:
            member.found(f"{member.name} changed", unclear)

    return rule


def named(
    what: str, rules: Mapping[str, Rule], added: Judgement = ADDED, removed: Judgement = GONE
) -> Rule:
    """Return the rule of a keyword that maps names to objects, such as `headers`."""

    def rule(_owner: Pair, member: Pair) -> None:
        for each in member.by_name():
            if not each.one_sided(what, added, removed):
                each.judge(partial(Pair.members, rules=rules))

    return rule


def elsewhere(_owner: Pair, _member: Pair) -> None:
    """Skip a keyword: code that sees the whole operation judges it."""


def unknown(_owner: Pair, member: Pair) -> None:
    """Report a change of a keyword that has no rule."""
    member.opaque()


docs: Final = flat(DOCS)
