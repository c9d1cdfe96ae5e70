"""The partitions of single values: the kinds of them that code treats differently.

Each knows how to draw a value of its kind and how to tell one, so that the same table serves the
drawing of cases and the measure of what any source of cases has reached.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, copysign, floor
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from hypothesis.strategies import from_regex

LONG: Final = 300
"""From how many characters on a text counts as long."""


WHOLE: Final = "whole, as 7.0"
"""The name of the kind of JSON numbers that are integers, and are written like others."""


Allows = Callable[[Any], object]
"""Whether a value is allowed: true or false, as a condition takes it."""


@dataclass(frozen=True)
class Kind:
    """One partition of the values at a place, and the keyword of the schema that makes it."""

    keyword: str
    name: str
    holds: Allows
    """Whether a value is of this kind: true or false, as a condition takes it."""


@dataclass(frozen=True)
class Form(Kind):
    """A kind of single values, which can be drawn."""

    draw: Callable[[Random], Any]
    carried: bool = True
    """Whether the generated models carry it exactly; the wrapper refuses what they do not."""


def forms(schema: Mapping[str, Any], allows: Allows) -> list[Form]:
    """Return the forms of the single values of a schema: of one type, and null apart.

    `schema` is one of JSON Schema 2020-12, and `allows` tells which values it allows. Of forms
    whose values it allows in part there is none. Raises ValueError where no form is left.
    """
    kind = schema.get("type")
    if "const" in schema:
        every = [_one(schema["const"], "const")]
    elif "enum" in schema:
        every = [_one(value) for value in schema["enum"] if value is not None]
    elif kind == "boolean":
        every = [_one(value, "type") for value in (False, True)]
    elif kind == "string" and schema.get("format") == "binary":
        raise ValueError("generated models take a file for it, and JSON holds none")
    elif kind == "string":
        every = [*texts(schema.get("format")), *_limits_of_length(schema)]
        if "pattern" in schema:
            try:
                every.append(_by_regex("pattern", "by it", schema["pattern"], allows=allows))
            except re.error as error:
                raise ValueError(f"Python cannot read its pattern: {error}") from None
    else:
        every = list(_numbers(schema))
    found = [form for form in every if all(allows(form.draw(Random(seed))) for seed in range(20))]
    if not found:
        raise ValueError(f"nothing is drawn for {json.dumps(schema)}")
    return found


def _by_regex(
    keyword: str, name: str, pattern: str, *, carried: bool = True, allows: Allows | None = None
) -> Form:
    """Return the texts that a regular expression matches whole: some, drawn once by hypothesis.

    Raises ValueError where there are none that a validator allows.
    """
    drawn: list[str] = []
    matches = re.compile(pattern).fullmatch

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=25,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(from_regex(pattern, fullmatch=allows is None))
    def keep(text: str) -> None:
        assume(allows is None or allows(text))
        drawn.append(text)

    try:
        keep()
    except (InvalidArgument, Unsatisfiable) as error:
        raise ValueError(f"nothing is drawn for the pattern {pattern!r}: {error}") from None
    return Form(keyword, name, allows or matches, lambda random: random.choice(drawn), carried)


def _one(value: Any, keyword: str = "enum", name: str | None = None) -> Form:
    return Form(
        keyword,
        name or repr(value),
        lambda given: type(given) is type(value) and given == value,
        lambda _: value,
    )


# The whole number next to a bound that is allowed.
_BOUNDS: Final[Mapping[str, Callable[[float], int]]] = {
    "minimum": ceil,
    "exclusiveMinimum": lambda bound: floor(bound) + 1,
    "maximum": floor,
    "exclusiveMaximum": lambda bound: ceil(bound) - 1,
}


def _numbers(schema: Mapping[str, Any]) -> Iterator[Form]:
    bounds = {word: schema[word] for word in _BOUNDS if word in schema}
    low = max(
        (_BOUNDS[word](bounds[word]) for word in bounds if "min" in word.lower()), default=None
    )
    high = min(
        (_BOUNDS[word](bounds[word]) for word in bounds if "max" in word.lower()), default=None
    )
    start = max(2, (low or 0) + 2)
    yield _range("typical", start, max(start, start + 1000 if high is None else high - 2))
    if low is not None:
        yield _one(low, "minimum", "the minimum")
        yield _one(low + 1, "minimum", "just above the minimum")
    if high is not None:
        yield _one(high, "maximum", "the maximum")
        yield _one(high - 1, "maximum", "just below the maximum")
    yield _one(0, "type", "zero")
    yield _range("negative", -(2**31), -1)
    yield _range("beyond 32 bits", 2**32, 2**53)
    yield _range("beyond 53 bits, as doubles end", 2**53 + 1, 2**63)
    yield _range("beyond 64 bits", 2**64, 2**80)
    if factor := schema.get("multipleOf"):
        multiple = ceil((low or 0) / factor)
        yield Form(
            "multipleOf",
            "a multiple",
            lambda value: value / factor == value // factor,
            lambda random: factor * (multiple + random.randrange(2)),
        )
    yield Form("type", WHOLE, _is_whole_float, lambda _: 7.0)
    yield from _FRACTIONS if schema["type"] == "number" else ()


def _range(name: str, first: int, last: int) -> Form:
    return Form(
        "type",
        name,
        lambda value: type(value) is int and first <= value <= last,
        lambda random: random.randint(first, last),
    )


def _is_whole_float(value: Any) -> bool:
    return type(value) is float and value.is_integer()


_FRACTIONS: Final = [
    Form(
        "type",
        "a fraction",
        lambda value: type(value) is float and not value.is_integer(),
        lambda random: random.randint(0, 99) + 0.5,
    ),
    _one(5e-324, "type", "the smallest"),
    _one(1e308, "type", "one of the largest"),
    Form(
        "type",
        "negative zero",
        lambda value: value == 0 and copysign(1, value) < 0,
        lambda _: -0.0,
    ),
]


def _limits_of_length(schema: Mapping[str, Any]) -> Iterator[Form]:
    for keyword in ("minLength", "maxLength"):
        if keyword in schema:
            yield _of_length(keyword, schema[keyword])


def _of_length(keyword: str, length: int) -> Form:
    return Form(
        keyword,
        f"{length} characters",
        lambda text: len(text) == length,
        lambda random: "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=length)),
    )


def any_text(random: Random) -> str:
    """Return a short text from all of Unicode but the surrogates, which UTF-8 does not have."""
    points = (random.randrange(0x110000 - 0x800) for _ in range(random.randint(1, 8)))
    return "".join(chr(point if point < 0xD800 else point + 0x800) for point in points)


_PLAIN: Final = {
    "words": r"[A-Za-z]\w{0,9}( \w{1,9}){0,2}",
    "empty": "",
    "white space at an end": r"\s.{0,5}|.{0,5}\s",
    "long": f"([a-z]{{{LONG // 3}}}){{3,6}}",
    "what JSON escapes": r"""(?s).{0,3}["\\\x00-\x1f].{0,3}""",
    "what URLs escape": r"(a|\.\.)?[/?#%&+=](2F|b)?[/?#%&+=]?",
    "what looks like another type": (
        r"null|true|false|None|NaN|-?[0-9]|1\.0|1e5|\[\]|\{\}|2027-01-31T12:00:00Z"
    ),
    "line ends of Windows": "a?\r\nb?",
    "letters of both cases": "[a-z]{1,3}[A-Z]{1,3}[a-z]{0,3}",
    "accents, composed and not": "[a-z]{0,2}([\xe0-\xff]|[a-z][\u0300-\u036f])[a-z]{0,2}",
    "right to left": "[\u0590-\u06ff\u202e]{1,5}",
    "line and paragraph separators": "a?[\x85\u2028\u2029]b?",
    "beyond the basic plane": "[\U00010000-\U0010fffd]{1,3}",
    "noncharacters and private use": "[\ue000-\uf8ff\ufdd0\ufffe\uffff]{1,3}",
    "a byte order mark": "\ufeffa?",
    "any of Unicode": r"(?s).{0,5}[^\x00-\x7f].{0,5}",
}

_YEAR: Final = "(19[789]|20[0-9])[0-9]"
_DAY: Final = "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_NOW: Final = f"{_YEAR}-{_DAY}T{_TIME}"
_FRACTION: Final = r"(\.[0-9]{1,6})?"
_ZONE: Final = "(Z|[+-](0[0-9]|1[0-3]):(00|30|45))"

_DATE_TIMES: Final = {
    "Z": f"{_NOW}{_FRACTION}Z",
    "a small t": f"{_YEAR}-{_DAY}t{_TIME}{_FRACTION}{_ZONE}",
    "an offset ahead of UTC": rf"{_NOW}{_FRACTION}\+(0[1-9]|1[0-3]):(00|30|45)",
    "an offset behind UTC": f"{_NOW}{_FRACTION}-(0[1-9]|1[0-3]):(00|30|45)",
    "+00:00": rf"{_NOW}{_FRACTION}\+00:00",
    "-00:00": f"{_NOW}{_FRACTION}-00:00",
    "an offset of 23:59": f"{_NOW}{_FRACTION}[+-]23:59",
    "1 to 5 digits of a second": rf"{_NOW}\.[0-9]{{1,5}}{_ZONE}",
    "6 digits": rf"{_NOW}\.[0-9]{{6}}{_ZONE}",
    "more digits, zero beyond the sixth": rf"{_NOW}\.[0-9]{{6}}0{{1,3}}{_ZONE}",
    "29 February": f"(1972|1996|2000|2024|2096)-02-29T{_TIME}{_ZONE}",
    "the year 1": f"0001-{_DAY}T{_TIME}Z",
    "the year 9999": f"9999-{_DAY}T{_TIME}Z",
}
# Python 3.11 reads no z, and where a date-time may not be null from_dict insists on it.
_NOT_CARRIED: Final = {
    "a small z": f"{_NOW}{_FRACTION}z",
    "more digits, not zero": rf"{_NOW}\.[0-9]{{6,8}}[1-9]{_ZONE}",
    "a leap second": r"2016-12-31T23:59:60Z|1990-12-31T15:59:60-08:00|2017-01-01T00:59:60\+01:00",
    "the year 0": f"0000-{_DAY}T{_TIME}Z",
}

_SMALL: Final = "[0-9a-f]"
_UUIDS: Final = {
    "small letters": f"a{_SMALL}{{7}}(-{_SMALL}{{4}}){{3}}-{_SMALL}{{12}}",
    "capital letters": "A[0-9A-F]{7}(-[0-9A-F]{4}){3}-[0-9A-F]{12}",
    "both": "aB[0-9a-fA-F]{6}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "the nil UUID": "0{8}(-0{4}){3}-0{12}",
    "the greatest UUID": "f{8}(-f{4}){3}-f{12}",
    **{
        f"version {version}": f"{_SMALL}{{8}}-{_SMALL}{{4}}-{version}{_SMALL}{{3}}-"
        f"[89ab]{_SMALL}{{3}}-{_SMALL}{{12}}"
        for version in (1, 4, 5, 7)
    },
}

_EMAILS: Final = {
    "plain": r"[a-z]{1,5}@[a-z]{1,5}\.[a-z]{2,3}",
    "dots": r"[a-z]{1,5}\.[a-z]{1,5}@example\.com",
    "a plus": r"[a-z]{1,5}\+[a-z]{1,5}@example\.com",
    "capital letters": r"[A-Z][a-z]{1,5}@Example\.COM",
    "quoted": r'"(a b|@)"@example\.com',
    "marks": r"[a-z]{1,3}[!#$%&'*/=?^_`{|}~][a-z]{1,3}@example\.com",
    "subdomains": r"[a-z]{1,5}@[a-z]\.[a-z]{1,5}\.example\.com",
    "a literal address": r"[a-z]{1,5}@\[192\.0\.2\.[1-9]\]",
}

_DATES: Final = {
    "any": f"{_YEAR}-{_DAY}",
    "29 February": "(1972|1996|2000|2024|2096)-02-29",
    "the year 1": f"0001-{_DAY}",
    "the year 9999": f"9999-{_DAY}",
}

FORMATS: Final = {"date-time": _DATE_TIMES, "uuid": _UUIDS, "email": _EMAILS, "date": _DATES}
"""The kinds of texts of each format: a name, and the regular expression that matches them."""


@functools.cache
def texts(name: str | None) -> list[Form]:
    """Return the forms of the texts of a format, those of plain texts for any other one."""
    keyword = "format" if name in FORMATS else "type"
    every = FORMATS.get(name or "", _PLAIN)
    found = [_by_regex(keyword, kind, pattern) for kind, pattern in every.items()]
    if name == "date-time":
        found += [
            _by_regex(keyword, kind, pattern, carried=False)
            for kind, pattern in _NOT_CARRIED.items()
        ]
    return found


def is_carried(value: Any) -> bool:
    """Tell whether the generated models carry a single value exactly, whatever its format."""
    return not (
        isinstance(value, str)
        and any(re.fullmatch(pattern, value) for pattern in _NOT_CARRIED.values())
    )
