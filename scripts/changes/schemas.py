"""Compare two schemas: the values that they accept, and the Python that is generated from them.

We assume that callers pass properties by name, and only properties that the schema has. So a new
optional property breaks no call.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from operator import attrgetter
from typing import Any, Final

from scripts.changes.verdicts import (
    GONE,
    MUST_SEND,
    NARROWED,
    UNKNOWN,
    WIDENED,
    Judgement,
    Side,
    Verdict,
    breaking,
)
from scripts.changes.walk import ABSENT, Pair, Place, Rule, canonical, docs, flat, limit

Schema = dict[str, Any]

_TYPES: Final = frozenset({"array", "boolean", "integer", "number", "object", "string"})
# The formats for which the generator writes a type that is not str, int or float.
_TYPED_FORMATS: Final = frozenset({"binary", "date", "date-time", "uuid"})
_NARROWER_FORMATS: Final = frozenset({("int32", "int64"), ("float", "double")})
_MODEL: Final = frozenset({"allOf", "anyOf", "enum", "oneOf", "properties"})

_NOW_REQUIRED: Final = Judgement(MUST_SEND.request, (Verdict.COMPATIBLE, "it is always present"))
_NOW_OPTIONAL: Final = Judgement(
    (Verdict.COMPATIBLE, "callers may still send it"),
    (Verdict.BREAKING, "its attribute may be unset"),
)
# No call fails, so this is hard to notice: the generated class sends the new default.
_DEFAULT: Final = Judgement(
    (Verdict.BREAKING, "a call without it now sends or implies another value"),
    (Verdict.COMPATIBLE, "defaults do not alter responses"),
)
_RENAMED: Final = breaking("importing the model by its old name fails")
_ORDER: Final = breaking("the generated parser takes the first variant that fits")
_NO_MORE: Final = breaking(
    "unknown names are refused, and the generated class has no place for them"
)


# --- Limits: the keywords that refuse values and contain no schema ---


def _named_types(schema: Schema) -> set[str]:
    """Return the types that a schema names: none if it accepts all types."""
    named = schema.get("type", ())
    return {named} if isinstance(named, str) else {*named} - {"null"}


def _accepted(schema: Schema) -> set[str]:
    """Return the types of the values that a schema accepts; every integer is a number."""
    types = _named_types(schema) if "type" in schema else {*_TYPES}
    return types | {"integer"} if "number" in types else types


def _takes_null(schema: Schema) -> bool:
    """Whether a schema accepts null, as OpenAPI 3.0 or 3.1 writes it."""
    return schema.get("nullable") is True or "null" in schema.get("type", ())


def _null(owner: Pair, member: Pair) -> None:
    before, after = map(_takes_null, owner.values)
    if before != after and member.differs:
        what, judgement = ("allowed", WIDENED) if after else ("refused", NARROWED)
        member.found(f"null {what}", judgement, before, after)


def _type(owner: Pair, member: Pair) -> None:
    limit(lambda one, other, _: _accepted(one) <= _accepted(other))(owner, member)
    if not owner.below("nullable").differs:
        _null(owner, member)


def _enum(_owner: Pair, member: Pair) -> None:
    # If the enum is gone, so is the Literal that callers import.
    if not member.one_sided("enum", NARROWED, GONE):
        member.items("enum value", WIDENED, NARROWED)


def _format(one: Schema, other: Schema, keyword: str) -> bool:
    kinds = one.get(keyword), other.get(keyword)
    typed = _TYPED_FORMATS.intersection(kinds)  # the type in Python changes
    wider = kinds[1] is None or kinds in _NARROWER_FORMATS
    return kinds[0] == kinds[1] or (wider and not typed)


def _same_if_any(one: Schema, other: Schema, keyword: str) -> bool:
    return keyword not in other or canonical(one.get(keyword, ABSENT)) == canonical(other[keyword])


def _multiple(one: Schema, other: Schema, keyword: str) -> bool:
    factor, of = (Fraction(str(each.get(keyword, 0))) for each in (one, other))
    return not of or (factor != 0 and factor % of == 0)


def _strictness(schema: Schema, bound: str, sign: int) -> tuple[float, bool]:
    """Return a bound and whether it is exclusive, as OpenAPI 3.0 or 3.1 writes it."""
    exclusive = schema.get(f"exclusive{bound.capitalize()}", False)
    bounds = [(-math.inf, False)]
    if bound in schema:
        bounds.append((sign * schema[bound], exclusive is True))
    if not isinstance(exclusive, bool):
        bounds.append((sign * exclusive, True))
    return max(bounds)


LOWER: Final = limit(
    lambda one, other, _: _strictness(one, "minimum", 1) >= _strictness(other, "minimum", 1)
)
UPPER: Final = limit(
    lambda one, other, _: _strictness(one, "maximum", -1) >= _strictness(other, "maximum", -1)
)
AT_LEAST: Final = limit(lambda one, other, word: one.get(word, 0) >= other.get(word, 0))
AT_MOST: Final = limit(
    lambda one, other, word: one.get(word, math.inf) <= other.get(word, math.inf)
)
FLAG: Final = limit(lambda one, other, word: one.get(word) is True or other.get(word) is not True)


# --- Models: schemas with a name in Python ---


def is_model(value: Any) -> bool:
    """Whether the generator makes a class or a named Literal of a schema."""
    return isinstance(value, dict) and (
        "object" in _named_types(value) or bool(_MODEL & value.keys())
    )


def _model_name(place: Place) -> str | None:
    """Return the name in Python; None if the generator derives it from the enclosing names."""
    if isinstance(title := place.value.get("title"), str):
        return title
    component = re.fullmatch(r"/components/schemas/([^/]+)", place.pointer)
    return component and component[1]


def schema(pair: Pair) -> None:
    """Compare two schemas, or references to schemas."""
    models = pair.resolved()
    if all(map(is_model, models.values)):
        old, new = _model_name(models.old), _model_name(models.new)
        if old != new:
            title = models.below("title")
            at = models if title.values == (ABSENT, ABSENT) else title
            at.found("model renamed", _RENAMED, old or ABSENT, new or ABSENT)
    pair.members(SCHEMA)


def _title(owner: Pair, member: Pair) -> None:
    if not all(map(is_model, owner.values)):
        docs(owner, member)


# --- Keywords that contain schemas ---


def nested(_owner: Pair, member: Pair) -> None:
    """Judge a keyword that contains a schema."""
    if not member.one_sided(member.name, NARROWED, WIDENED):
        schema(member)


def _properties(owner: Pair, member: Pair) -> None:
    for each in member.by_name():
        if not _one_sided(owner, each):
            each.judge(schema)


def _one_sided(owner: Pair, member: Pair) -> bool:
    must = member.new.subject in owner.new.value.get("required", ())
    return member.one_sided("property", must=must)


def _required(owner: Pair, keyword: Pair) -> None:
    before, after = (
        [each._replace(subject=each.value) for each in place.items()]
        for place in (keyword.old, keyword.new)
    )
    for pair in owner.matched(before, after, attrgetter("subject")):
        name = pair.new.subject
        if pair.verb == "changed" or _one_sided(owner, owner.below("properties").below(name, name)):
            continue
        if pair.verb == "added":
            pair.found("property required", _NOW_REQUIRED)
        else:
            pair.found("property optional", _NOW_OPTIONAL)


def _additional(_owner: Pair, member: Pair) -> None:
    before, after = (True if value is ABSENT or value == {} else value for value in member.values)
    if isinstance(before, dict) and isinstance(after, dict):
        schema(member)
    elif canonical(before) == canonical(after):
        return
    elif after is False:
        member.found(f"{member.name} refused", _NO_MORE)
    elif before is False or after is True:
        member.found(f"{member.name} loosened", WIDENED)
    else:
        member.found(f"{member.name} tightened", NARROWED)


def _variants(_owner: Pair, member: Pair) -> None:
    """Compare the variants of allOf, anyOf or oneOf: paired if equal, by name or by position."""
    keyword = member.name
    if member.one_sided(keyword, NARROWED, GONE):
        return
    # A value must fit exactly one variant of oneOf: a wider variant can refuse values of another.
    apart = keyword != "oneOf" or (_are_apart(member.old) and _are_apart(member.new))
    more, fewer = (NARROWED, WIDENED) if keyword == "allOf" else (WIDENED, NARROWED)
    more, fewer = (more, fewer) if apart else (UNKNOWN, UNKNOWN)
    order = []
    identities = _as_written, lambda each: _model_name(each.resolved()), _index
    for pair in member.matched(member.old.items(), member.new.items(), *identities):
        # Without the variant, its class or attributes are gone; the class of a component stays.
        lost = is_model(pair.old.resolved().value) and (
            keyword == "allOf" or "$ref" not in pair.old.value
        )
        if not pair.one_sided(f"{keyword} variant", more, GONE if lost else fewer):
            for side in (pair.side,) if apart else Side:
                schema(replace(pair, side=side))
            order.append((_index(pair.old), _index(pair.new)))
    after = [new for _, new in sorted(order)]
    if keyword != "allOf" and after != sorted(after):
        member.found(f"{keyword} order changed", _ORDER)


def _as_written(place: Place) -> str:
    return canonical(place.value)


def _index(place: Place) -> int:
    return int(place.pointer.rpartition("/")[2])


def _are_apart(variants: Place) -> bool:
    """Whether the type of a value determines which variant it belongs to."""
    values = [each.resolved().value for each in variants.items()]
    types = [kind for value in values for kind in _accepted(value)]
    return len(types) == len(set(types)) and sum(map(_takes_null, values)) <= 1


SCHEMA: Final[dict[str, Rule]] = {
    "type": _type,
    "nullable": _null,
    "enum": _enum,
    "const": limit(_same_if_any, words=("added", "removed")),
    "format": limit(_format),
    "pattern": limit(_same_if_any, UNKNOWN, words=("added", "removed")),
    "multipleOf": limit(_multiple),
    **dict.fromkeys(("minimum", "exclusiveMinimum"), LOWER),
    **dict.fromkeys(("maximum", "exclusiveMaximum"), UPPER),
    **dict.fromkeys(("minLength", "minItems", "minProperties"), AT_LEAST),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), AT_MOST),
    "uniqueItems": FLAG,
    "items": nested,
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
