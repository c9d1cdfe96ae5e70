"""What a change of a schema means: the values it takes, and the Python that is generated from it.

A caller is taken to pass properties by name. The values are those of a caller who sends only what
the schema knows: a new optional property refuses no value that had no such member.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from scripts.changes.limits import LIMITS, accepted, named_types, takes_null
from scripts.changes.places import ABSENT, Place, canonical
from scripts.changes.verdicts import (
    ADDED,
    GONE,
    NARROWED,
    UNKNOWN,
    WIDENED,
    Judgement,
    Side,
    Verdict,
    both,
)
from scripts.changes.walk import Pair, Rule, docs, flat, members_by_name, nested

_MODEL: Final = frozenset({"allOf", "anyOf", "enum", "oneOf", "properties"})

_MUST_SEND: Final = Judgement(
    (Verdict.BREAKING, "a call without it is refused"),
    (Verdict.COMPATIBLE, "callers may leave it alone"),
)
_NOW_REQUIRED: Final = Judgement(
    (Verdict.BREAKING, "a call without it is refused"),
    (Verdict.COMPATIBLE, "it is there each time"),
)
_NOW_OPTIONAL: Final = Judgement(
    (Verdict.COMPATIBLE, "callers may go on sending it"),
    (Verdict.BREAKING, "its attribute may be unset"),
)
_RENAMED: Final = both(Verdict.BREAKING, "importing the model by its old name fails")
# Not a refusal, and worse to find: the constructor sends it for all who leave the property out.
_DEFAULT: Final = Judgement(
    (Verdict.BREAKING, "a call that leaves it out now sends or means another value"),
    (Verdict.COMPATIBLE, "what is read is read as it came"),
)
_ORDER: Final = both(Verdict.BREAKING, "the generated parser takes the first one that fits")
_NO_MORE: Final = both(Verdict.BREAKING, "names beyond the known ones are refused, as in Python")


def schema(pair: Pair) -> None:
    """Compare two schemas, or references to schemas."""
    _model_name(pair.resolved())
    pair.members(SCHEMA)


def is_model(value: Any) -> bool:
    """Whether a schema gives a Python class, or a named Literal."""
    return isinstance(value, dict) and (
        "object" in named_types(value) or bool(_MODEL & value.keys())
    )


def model_name(place: Place) -> str | None:
    """Return the name in Python; None where the generator makes one of the names around it."""
    if isinstance(title := place.value.get("title"), str):
        return title
    component = re.fullmatch(r"/components/schemas/([^/]+)", place.pointer)
    return component and component[1]


def _model_name(pair: Pair) -> None:
    if is_model(pair.old.value) and is_model(pair.new.value):
        old, new = model_name(pair.old), model_name(pair.new)
        if old != new:
            at = pair.below("title") if "title" in {*pair.old.value, *pair.new.value} else pair
            shown = (ABSENT if name is None else name for name in (old, new))
            at.found("model renamed", _RENAMED, *shown)


def _title(pair: Pair, keyword: str) -> None:
    if not (is_model(pair.old.value) and is_model(pair.new.value)):
        docs(pair, keyword)


def _required_names(place: Place) -> set[str]:
    return {*place.value.get("required", ())}


def _properties(pair: Pair, keyword: str) -> None:
    for member in members_by_name(pair.below(keyword)):
        if member.verb == "changed":
            member.judge(schema)
        else:
            _property(pair, member.new.subject)


def _property(pair: Pair, name: str) -> None:
    """Report a property that is on one side only."""
    member = pair.below("properties").below(name, name)
    if member.verb == "removed":
        member.found("property removed", GONE)
    elif name in _required_names(pair.new):
        member.found("required property added", _MUST_SEND)
    else:
        member.found("property added", ADDED)


def _required(pair: Pair, keyword: str) -> None:
    before, after = _required_names(pair.old), _required_names(pair.new)
    for name in sorted(before ^ after):
        member = pair.below("properties").below(name)
        if (member.old.value is ABSENT) != (member.new.value is ABSENT):
            _property(pair, name)
            continue
        holder = pair.new if name in after else pair.old
        place = holder.below(keyword).below(holder.value[keyword].index(name), name)
        if name in after:
            pair.only_new(place).found("property required", _NOW_REQUIRED)
        else:
            pair.only_old(place).found("property optional", _NOW_OPTIONAL)


def _additional(pair: Pair, keyword: str) -> None:
    member = pair.below(keyword)
    before, after = (
        True if canonical(each.value) in (canonical(ABSENT), "{}") else each.value
        for each in (member.old, member.new)
    )
    if isinstance(before, dict) and isinstance(after, dict):
        schema(member)
    elif canonical(before) == canonical(after):
        return
    elif after is False:
        member.found(f"{keyword} refused", _NO_MORE)
    elif before is False or after is True:
        member.found(f"{keyword} loosened", WIDENED)
    else:
        member.found(f"{keyword} tightened", NARROWED)


def _variants(pair: Pair, keyword: str) -> None:
    """Compare the members of allOf, anyOf or oneOf, which are paired by what they are called."""
    member = pair.below(keyword)
    if ABSENT in (member.old.value, member.new.value):
        member.found(f"{keyword} {member.verb}", NARROWED if member.verb == "added" else GONE)
        return
    pairs, removed, added = _matched(member)
    # A value may fit one variant of oneOf only, so any change of one can refuse it for another.
    apart = keyword != "oneOf" or (_are_apart(member.old) and _are_apart(member.new))
    more, fewer = (NARROWED, WIDENED) if keyword == "allOf" else (WIDENED, NARROWED)
    for place in added:
        member.only_new(place).found(f"{keyword} variant added", more if apart else UNKNOWN)
    for place in removed:
        named = keyword == "allOf" or "$ref" not in place.value
        lost = named and is_model(place.resolved().value)  # a class, or its attributes
        judged = GONE if lost else fewer if apart else UNKNOWN
        member.only_old(place).found(f"{keyword} variant removed", judged)
    for old, new in pairs:
        for side in (pair.side,) if apart else Side:
            schema(replace(pair, old=old, new=new, side=side))
    order = [_index(new) for _, new in pairs]
    if keyword != "allOf" and order != sorted(order):
        member.found(f"{keyword} order changed", _ORDER)


def _matched(pair: Pair) -> tuple[list[tuple[Place, Place]], list[Place], list[Place]]:
    """Return what belongs together, what was removed and what was added, in the old order."""
    removed, added = pair.old.items(), pair.new.items()
    pairs = []
    for identity in (_as_written, _name, _index):
        for old in list(removed):
            found = [new for new in added if identity(new) == identity(old) is not None]
            if found:
                pairs.append((old, found[0]))
                removed.remove(old)
                added.remove(found[0])
    return sorted(pairs, key=lambda each: _index(each[0])), removed, added


def _as_written(place: Place) -> str:
    return canonical(place.value)


def _name(place: Place) -> str | None:
    return model_name(place.resolved())


def _index(place: Place) -> int:
    return int(place.pointer.rpartition("/")[2])


def _are_apart(members: Place) -> bool:
    """Whether the types alone tell to which member a value belongs."""
    values = [each.resolved().value for each in members.items()]
    types = [kind for value in values for kind in accepted(value)]
    nulls = [value for value in values if takes_null(value)]
    return len(types) == len(set(types)) and len(nulls) <= 1


SCHEMA: Final[dict[str, Rule]] = {
    **LIMITS,
    "items": nested(schema, NARROWED, WIDENED),
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _variants),
    "default": flat(_DEFAULT),
    "title": _title,
    **dict.fromkeys(
        ("$comment", "deprecated", "description", "example", "examples", "externalDocs"), docs
    ),
}
