"""Check JSON values against OpenAPI schemas, and against the rules in the spec's descriptions."""

from __future__ import annotations

import functools
import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from portkey_admin._errors import SpecError
from portkey_admin._spec import Schema, resolve

Path = tuple[str | int, ...]
UNKNOWN_NAME: Final = "no property of this name"
MISSING: Final = object()


class Finding(NamedTuple):
    """A value that the spec refuses."""

    path: Path
    value: Any
    allowed: str


_CONTAINERS: Final = (dict, list)
_WEEK: Final = 7 * 24 * 60 * 60 * 1000  # in milliseconds
# RFC 3339, section 5.6: a date, and the time after it in a date-time.
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(
    r"[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
UUID_PATTERN: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# RFC 5321's Mailbox: dot-string or quoted string, then a domain or an address literal.
_EMAIL: Final = re.compile(
    rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*")'
    rf"@(?:{_LABEL}(?:\.{_LABEL})*|\[[!-Z^-~]+\])"
)


def _is_date(text: str) -> bool:
    try:
        # Year 0 is a leap year that Python's dates do not have.
        date.fromisoformat(f"0004{text[4:]}" if text.startswith("0000") else text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    if not (_is_date(text[:10]) and _TIME.fullmatch(text[10:])):
        return False
    # A leap second ends the last minute of a day in UTC.
    moment = datetime.fromisoformat(f"2000-01-02{text[10:].upper().replace(':60', ':59')}")
    return ":60" not in text or moment.astimezone(UTC).strftime("%H:%M") == "23:59"


# OpenAPI does not require that formats are checked: only these are.
_FORMATS: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "date-time": (
        "an RFC 3339 date-time with offset (2027-01-31T12:00:00Z), or an aware datetime",
        _is_date_time,
    ),
    "date": ("a date (2027-01-31)", _is_date),
    "uuid": ("a UUID (8-4-4-4-12 hexadecimal digits)", UUID_PATTERN.fullmatch),
    "email": ("an e-mail address", _EMAIL.fullmatch),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# Each type, with the test that refuses a value.
_TYPES: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "string": ("a string", lambda value: not isinstance(value, str)),
    "boolean": ("true or false", lambda value: not isinstance(value, bool)),
    "integer": ("an integer", lambda value: not _is_number(value) or value != value // 1),
    "number": ("a number", lambda value: not _is_number(value)),
    "array": ("an array", lambda value: not isinstance(value, list)),
    "object": ("an object", lambda value: not isinstance(value, dict)),
    "null": ("null", lambda value: value is not None),
}


def _types(schema: Schema) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _plain(value: Any) -> str:
    """Return a text that is the same for equal JSON values: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return f"{{{','.join(_plain(name) + _plain(value[name]) for name in sorted(value))}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_plain, value))}]"
    return json.dumps(int(value) if isinstance(value, float) and value == value // 1 else value)


def _has_remainder(value: Any, step: Any) -> bool:
    from decimal import Decimal  # noqa: PLC0415 - few calls need it

    return Decimal(str(value)) % Decimal(str(step)) != 0


def _fits(schema: Schema, value: Any) -> bool:
    return not any(find_problems(schema, value, names=False))


# A bound: the type of the values that it applies to, the test that refuses one, and its wording.
_Bound = tuple[str, Callable[[Any, Any], Any], str]
_BOUNDS: Final[dict[str, _Bound]] = {
    "minimum": ("number", operator.lt, "at least {}"),
    "maximum": ("number", operator.gt, "at most {}"),
    "exclusiveMinimum": ("number", operator.le, "above {}"),
    "exclusiveMaximum": ("number", operator.ge, "below {}"),
    "multipleOf": ("number", _has_remainder, "a multiple of {}"),
    "minLength": ("string", lambda value, least: len(value) < least, "length at least {}"),
    "maxLength": ("string", lambda value, most: len(value) > most, "length at most {}"),
    "pattern": ("string", lambda value, pattern: not re.search(pattern, value), "matching {}"),
    "minItems": ("array", lambda value, least: len(value) < least, "items at least {}"),
    "maxItems": ("array", lambda value, most: len(value) > most, "items at most {}"),
    "uniqueItems": (
        "array",
        lambda value, _: len(set(map(_plain, value))) < len(value),
        "no item twice",
    ),
    "minProperties": ("object", lambda value, least: len(value) < least, "properties at least {}"),
    "maxProperties": ("object", lambda value, most: len(value) > most, "properties at most {}"),
}
_CHOICES: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "enum": lambda values, value: (
        value not in values if type(value) is str else _plain(value) not in map(_plain, values)
    ),
    "const": lambda only, value: _plain(value) != _plain(only),
    "anyOf": lambda branches, value: not any(_fits(each, value) for each in branches),
    "oneOf": lambda branches, value: sum(_fits(each, value) for each in branches) != 1,
    "not": _fits,
}
# The keywords that are checked, here or below, and those that only describe.
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_READ: Final = frozenset(
    {
        *("type", "nullable", "format", "items", "required", "properties", "additionalProperties"),
        *("title", "description", "default", "example", "examples", "deprecated", "readOnly"),
        *("writeOnly", "discriminator", "externalDocs", "xml", "$comment", "$ref"),
        *(*_LISTS, *_BOUNDS, *_CHOICES),
    }
)


def find_problems(
    schema: Schema, value: Any, path: Path = (), *, names: bool = True
) -> Iterable[Finding]:
    """Return the parts of `value` that `schema` refuses.

    With `names`, members that are not in `properties` are refused too, unless the schema has
    `additionalProperties`.
    """
    schema = resolve(schema)
    if value is None and schema.get("nullable") and None in schema.get("enum", (None,)):
        return ()
    for refuses in refusals(schema):
        if refuses(value):
            return (Finding(path, value, describe(schema)),)
    is_simple = "allOf" not in schema and not isinstance(value, _CONTAINERS)
    return () if is_simple else _find_inside(schema, value, path, names=names)


def _find_inside(schema: Schema, value: Any, path: Path, *, names: bool) -> Iterator[Finding]:
    for branch in schema.get("allOf", ()):
        yield from find_problems(branch, value, path, names=False)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from find_problems(schema["items"], item, (*path, index))
    elif isinstance(value, dict):
        yield from _find_in_members(schema, value, path, names=names)


# By the id of each schema. The schema is kept too, so that no other object gets its id.
_refusals: Final[dict[int, tuple[Schema, list[Callable[[Any], Any]]]]] = {}


def refusals(schema: Schema) -> list[Callable[[Any], Any]]:
    """Return the tests that refuse a value, except for those of its items and members.

    Raises SpecError for an unsupported keyword or type, so that none is ignored.
    """
    if id(schema) not in _refusals:
        _refusals[id(schema)] = (schema, list(_build_refusals(schema)))
    return _refusals[id(schema)][1]


def _build_refusals(schema: Schema) -> Iterator[Callable[[Any], Any]]:
    types = _types(schema)
    for name in (*schema.keys() - _READ, *set(types) - _TYPES.keys()):
        if not name.startswith("x-"):
            raise SpecError(f"{name} is not supported")
    if len(types) == 1:
        yield _TYPES[types[0]][1]
    elif types:
        yield lambda value: all(_TYPES[name][1](value) for name in types)
    for keyword in _CHOICES.keys() & schema.keys():
        yield functools.partial(_CHOICES[keyword], schema[keyword])
    for bound, (kind, refuses, _) in _bounds(schema):
        yield _is_beyond(_TYPES[kind][1], refuses, bound)
    if schema.get("format") in _FORMATS:
        conforms = _FORMATS[schema["format"]][1]
        yield lambda value: isinstance(value, str) and not conforms(value)
    try:
        re.compile(schema.get("pattern", ""))
    except re.error as error:
        raise SpecError(f"Python cannot read the pattern: {error}") from None


def _is_beyond(
    is_other: Callable[[Any], bool], refuses: Callable[[Any, Any], Any], bound: Any
) -> Callable[[Any], Any]:
    return lambda value: not is_other(value) and refuses(value, bound)


def _bounds(schema: Schema) -> Iterator[tuple[Any, _Bound]]:
    """Yield each bound of a schema, with the value of its keyword."""
    for keyword in (each for each in _BOUNDS if each in schema):
        bound, exclusive = schema[keyword], f"exclusive{keyword[0].upper()}{keyword[1:]}"
        # In OpenAPI 3.0, exclusiveMinimum is a boolean, and makes minimum exclusive.
        if not isinstance(bound, bool) or (bound and keyword == "uniqueItems"):
            yield bound, _BOUNDS[exclusive if schema.get(exclusive) is True else keyword]


def _find_in_members(
    schema: Schema, value: dict[str, Any], path: Path, *, names: bool
) -> Iterator[Finding]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        # OpenAPI: a read-only property is required in responses only.
        if name not in value and not (lacks := resolve(properties.get(name, {}))).get("readOnly"):
            yield Finding((*path, name), MISSING, describe(lacks))
    others = schema.get("additionalProperties")
    known = properties
    for name, member in value.items():
        if name in properties:
            yield from find_problems(properties[name], member, (*path, name))
        elif isinstance(others, dict):
            yield from find_problems(others, member, (*path, name))
        elif others is False or (
            names and others is None and (known := _names(schema)) and name not in known
        ):
            from difflib import get_close_matches  # noqa: PLC0415 - few calls need it

            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            yield Finding((*path, name), member, f"{UNKNOWN_NAME}; {hint}")


def _names(schema: Schema) -> dict[str, Any]:
    """Return the properties of `schema` and its branches; {} if a branch allows any name."""
    properties = dict(schema.get("properties", {}))
    for branch in (resolve(each) for keyword in _LISTS for each in schema.get(keyword, ())):
        if branch.get("additionalProperties"):
            return {}
        properties |= _names(branch)
    return properties


def describe(schema: Schema) -> str:
    """Return the values that the schema allows, in words."""
    words = " or ".join(_TYPES[name][0] for name in _types(schema)) or "a valid value"
    if values := [each for each in schema.get("enum", ()) if each is not None]:
        words = " or ".join(json.dumps(value) for value in values)
    elif schema.get("format") in _FORMATS:
        words = _FORMATS[schema["format"]][0]
    words = ", ".join((words, *(text.format(bound) for bound, (_, _, text) in _bounds(schema))))
    return f"{words}, or null" if schema.get("nullable") else words


def check_rules(sub_type: Any, body: dict[str, Any]) -> Iterator[Finding]:
    """Yield the values of a body that break a rule in the spec's descriptions.

    Null counts as left out. Values of wrong types are skipped: the schema refuses them.
    """
    if sub_type == "user" and "user_id" not in body:
        yield Finding(("user_id",), MISSING, "a UUID (when sub_type is user)")
    if isinstance(policy := body.get("rotation_policy"), dict):
        if policy.get("rotation_period") is None and policy.get("next_rotation_at") is None:
            allowed = "exactly one of rotation_period and next_rotation_at (neither is given)"
            yield Finding(("rotation_policy",), policy, allowed)
        yield from _exclude(body, "rotation_policy", "rotation_period", "next_rotation_at")
        yield from _check_transition(policy)
    yield from _exclude(body, "usage_limits", "periodic_reset", "periodic_reset_days")


def _exclude(body: dict[str, Any], parent: str, one: str, other: str) -> Iterator[Finding]:
    members = body.get(parent)
    if isinstance(members, dict) and None not in (members.get(one), members.get(other)):
        yield Finding((parent, other), members[other], f"nothing: it cannot be combined with {one}")


def _check_transition(policy: dict[str, Any]) -> Iterator[Finding]:
    """Yield a transition that is not shorter than a rotation period that begins now."""
    transition: Any = policy.get("key_transition_period_ms")
    period = policy.get("rotation_period")
    if period not in ("weekly", "monthly") or not _is_number(transition) or transition < _WEEK:
        return
    from dateutil.relativedelta import relativedelta  # noqa: PLC0415 - few calls need it

    now = datetime.now(UTC)
    end = now + (relativedelta(months=1) if period == "monthly" else timedelta(weeks=1))
    milliseconds = (end - now) // timedelta(milliseconds=1)
    if transition >= milliseconds:
        allowed = f"less than the {period} rotation period, {milliseconds} milliseconds from now"
        yield Finding(("rotation_policy", "key_transition_period_ms"), transition, allowed)
