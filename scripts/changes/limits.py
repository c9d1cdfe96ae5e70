"""What a change of a limit means: the keywords that refuse values, and hold no schema."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from scripts.changes.places import ABSENT, canonical
from scripts.changes.verdicts import CHANGED, GONE, NARROWED, UNKNOWN, WIDENED, Judgement
from scripts.changes.walk import Finding, Rule, leaf, ordered

_TYPES: Final = frozenset({"array", "boolean", "integer", "number", "object", "string"})
# The formats for which the generator writes a type that is not str, int or float.
_TYPED_FORMATS: Final = frozenset({"binary", "date", "date-time", "uuid"})
_WIDER_FORMATS: Final = frozenset({("int32", "int64"), ("float", "double")})


def named_types(value: dict[str, Any]) -> set[str]:
    """Return what the keyword names; a schema without it takes all."""
    named = value.get("type", ())
    return {named} if isinstance(named, str) else {*named} - {"null"}


def accepted(value: dict[str, Any]) -> set[str]:
    """Return the types of the values that a schema takes; every integer is a number."""
    types = named_types(value) if "type" in value else {*_TYPES}
    return types | {"integer"} if "number" in types else types


def takes_null(value: dict[str, Any]) -> bool:
    """Whether a schema takes null, in the words of 3.0 or 3.1."""
    return value.get("nullable") is True or "null" in value.get("type", ())


def _type(old: dict[str, Any], new: dict[str, Any], _keyword: str) -> Iterator[Finding]:
    before, after = accepted(old), accepted(new)
    if before > after:
        yield Finding("type tightened", NARROWED)
    elif before < after:
        yield Finding("type loosened", WIDENED)
    elif before != after:
        yield Finding("type changed", CHANGED)
    if old.get("nullable") == new.get("nullable"):
        yield from _nullable(old, new, "nullable")


def _nullable(old: dict[str, Any], new: dict[str, Any], _keyword: str) -> Iterator[Finding]:
    before, after = takes_null(old), takes_null(new)
    if before != after:
        what, judgement = ("allowed", WIDENED) if after else ("refused", NARROWED)
        yield Finding(f"null {what}", judgement, (before, after))


def _enum(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
    if keyword not in old:
        yield Finding("enum added", NARROWED)
    elif keyword not in new:
        yield Finding("enum removed", GONE)  # the Literal that callers import
    else:
        before, after = ({canonical(each): each for each in value[keyword]} for value in (old, new))
        for text in before.keys() - after.keys():
            yield Finding("enum value removed", NARROWED, (before[text], ABSENT))
        for text in after.keys() - before.keys():
            yield Finding("enum value added", WIDENED, (ABSENT, after[text]))


def _format(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
    before, after = old.get(keyword), new.get(keyword)
    if before in _TYPED_FORMATS or after in _TYPED_FORMATS:
        yield Finding("format changed", CHANGED)  # it is another type in Python
    elif before is None or (after, before) in _WIDER_FORMATS:
        yield Finding("format tightened", NARROWED)
    elif after is None or (before, after) in _WIDER_FORMATS:
        yield Finding("format loosened", WIDENED)
    else:
        yield Finding("format changed", CHANGED)


def _whole(changed: Judgement) -> Rule:
    """Return the rule of a limit whose values have no order."""

    def compare(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
        if keyword not in old:
            yield Finding(f"{keyword} added", NARROWED)
        elif keyword not in new:
            yield Finding(f"{keyword} removed", WIDENED)
        else:
            yield Finding(f"{keyword} changed", changed)

    return leaf(compare)


def _multiple_of(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
    before, after = (Fraction(str(value.get(keyword, 0))) for value in (old, new))
    if not before or (after and after % before == 0):
        yield Finding("multipleOf tightened", NARROWED)
    elif not after or before % after == 0:
        yield Finding("multipleOf loosened", WIDENED)
    else:
        yield Finding("multipleOf changed", CHANGED)


def _lower(value: dict[str, Any], _keyword: str) -> tuple[float, bool]:
    """Return the lower bound, and whether it is itself excluded, in the words of 3.0 and 3.1."""
    return max(_bounds(value, "minimum", "exclusiveMinimum", 1))


def _upper(value: dict[str, Any], _keyword: str) -> tuple[float, bool]:
    return max(_bounds(value, "maximum", "exclusiveMaximum", -1))


def _bounds(
    value: dict[str, Any], limit: str, exclusive: str, sign: int
) -> Iterator[tuple[float, bool]]:
    yield -math.inf, False
    if limit in value:
        yield sign * value[limit], value.get(exclusive) is True
    if not isinstance(value.get(exclusive, True), bool):
        yield sign * value[exclusive], True


def _at_least(value: dict[str, Any], keyword: str) -> float:
    number: float = value.get(keyword, 0)
    return number


def _at_most(value: dict[str, Any], keyword: str) -> float:
    number: float = value.get(keyword, math.inf)
    return -number


def is_set(value: dict[str, Any], keyword: str) -> bool:
    """Whether a flag that is off by default is on."""
    return value.get(keyword) is True


LIMITS: Final[dict[str, Rule]] = {
    "type": leaf(_type),
    "nullable": leaf(_nullable),
    "enum": leaf(_enum),
    "const": _whole(CHANGED),
    "format": leaf(_format),
    "pattern": _whole(UNKNOWN),
    "multipleOf": leaf(_multiple_of),
    **dict.fromkeys(("minimum", "exclusiveMinimum"), ordered(_lower)),
    **dict.fromkeys(("maximum", "exclusiveMaximum"), ordered(_upper)),
    **dict.fromkeys(("minLength", "minItems", "minProperties"), ordered(_at_least)),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), ordered(_at_most)),
    "uniqueItems": ordered(is_set),
}
