"""The partitions of single values: the kinds of them that code treats differently.

Each knows how to draw a value of its kind and how to tell one, so that the same table serves the
drawing of cases and the measure of what any source of cases has reached.
"""

from __future__ import annotations

import json
import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, copysign, floor
from random import Random
from typing import Any, Final
from uuid import UUID

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from hypothesis.strategies import from_regex

LONG: Final = 300
"""From how many characters on a text counts as long."""


WHOLE: Final = "whole, as 7.0"
"""The name of the kind of JSON numbers that are integers, and are written like others."""


@dataclass(frozen=True)
class Kind:
    """One partition of the values at a place, and the keyword of the schema that makes it."""

    keyword: str
    name: str
    holds: Callable[[Any], object]
    """Whether a value is of this kind: true or false, as a condition takes it."""


@dataclass(frozen=True)
class Form(Kind):
    """A kind of single values, which can be drawn."""

    draw: Callable[[Random], Any]
    carried: bool = True
    """Whether the generated models carry it exactly; the wrapper refuses what they do not."""


def forms(schema: Mapping[str, Any], allows: Callable[[Any], bool]) -> list[Form]:
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
        every = [*TEXTS.get(schema.get("format"), _PLAIN), *_limits_of_length(schema)]
        if "pattern" in schema:
            every.append(_of_pattern(schema["pattern"], allows))
    else:
        every = list(_numbers(schema))
    found = [form for form in every if all(allows(form.draw(Random(seed))) for seed in range(20))]
    if not found:
        raise ValueError(f"nothing is drawn for {json.dumps(schema)}")
    return found


def _of_pattern(pattern: str, allows: Callable[[Any], bool]) -> Form:
    """Return the texts that go by a pattern, and by all else: some, drawn once by hypothesis."""
    drawn: list[str] = []

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=50,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(from_regex(pattern))
    def keep(text: str) -> None:
        assume(allows(text))
        drawn.append(text)

    try:
        keep()
    except (re.error, InvalidArgument, Unsatisfiable) as error:
        raise ValueError(f"nothing is drawn for the pattern {pattern!r}: {error}") from None
    return Form("pattern", "by the pattern", allows, lambda random: random.choice(drawn))


def _one(value: Any, keyword: str = "enum", name: str | None = None) -> Form:
    return Form(
        keyword,
        name or repr(value),
        lambda given: type(given) is type(value) and given == value,
        lambda _: value,
    )


def _numbers(schema: Mapping[str, Any]) -> Iterator[Form]:
    lowest, highest = _limits(schema)

    def inside(value: float) -> bool:
        return (lowest is None or value >= lowest) and (highest is None or value <= highest)

    exact: dict[tuple[str, str], int | None] = {
        ("minimum", "the minimum"): lowest,
        ("minimum", "just above the minimum"): None if lowest is None else lowest + 1,
        ("maximum", "the maximum"): highest,
        ("maximum", "just below the maximum"): None if highest is None else highest - 1,
        ("type", "zero"): 0,
    }
    start = 2 if lowest is None else max(2, lowest + 2)
    end = start + 1000 if highest is None else min(start + 1000, highest - 2)
    if inside(start) and start <= end:
        yield _range("typical", start, end)
    for (keyword, name), number in exact.items():
        if number is not None and inside(number):
            yield _one(number, keyword, name)
    ranges = {
        "negative": (-(2**31), -1),
        "beyond 32 bits": (2**32, 2**53),
        "beyond 53 bits, as doubles end": (2**53 + 1, 2**63),
        "beyond 64 bits": (2**64, 2**80),
    }
    for name, (first, last) in ranges.items():
        if inside(first) and inside(last):
            yield _range(name, first, last)
    if factor := schema.get("multipleOf"):
        multiple = ceil((lowest or 0) / factor)
        yield Form(
            "multipleOf",
            "a multiple",
            lambda value: value / factor == value // factor,
            lambda random: factor * (multiple + random.randrange(2)),
        )
    if inside(7.0):
        yield Form("type", WHOLE, _is_whole_float, lambda _: 7.0)
    if schema["type"] == "number":
        yield from (each for each in _FRACTIONS if inside(each.draw(Random(0))))


def _limits(schema: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the lowest and the highest whole number that is allowed."""
    lowest = [ceil(schema["minimum"])] if "minimum" in schema else []
    highest = [floor(schema["maximum"])] if "maximum" in schema else []
    if "exclusiveMinimum" in schema:
        lowest.append(floor(schema["exclusiveMinimum"]) + 1)
    if "exclusiveMaximum" in schema:
        highest.append(ceil(schema["exclusiveMaximum"]) - 1)
    return max(lowest, default=None), min(highest, default=None)


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
        lambda random: _letters(random, length),
    )


def _letters(random: Random, count: int) -> str:
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=count))


def _text(name: str, pattern: str, *samples: str) -> Form:
    """Return the texts in which `pattern` is found, drawn from `samples`."""
    found = re.compile(pattern).search
    for sample in samples:
        if not found(sample):
            raise ValueError(f"{sample!r} is not of the kind {name!r}")
    return Form("type", name, found, lambda random: random.choice(samples))


def any_text(random: Random) -> str:
    """Return a short text from all of Unicode but the surrogates, which UTF-8 does not have."""
    points = (random.randrange(0x110000 - 0x800) for _ in range(random.randint(1, 8)))
    return "".join(chr(point if point < 0xD800 else point + 0x800) for point in points)


_PLAIN: Final = [
    _text("words", r"\A\w+( \w+)*\Z", "a", "ci", "Development API Key", "completions write"),
    _text("empty", r"\A\Z", ""),
    _text("white space at an end", r"\A\s|\s\Z", " ", " padded ", "line\n", "\ttab"),
    Form(
        "type",
        "long",
        lambda text: len(text) >= LONG,
        lambda random: _letters(random, random.randint(LONG, 2 * LONG)),
    ),
    _text(
        "what JSON escapes",
        r'["\\\x00-\x1f]',
        *('"', "\\", "\\u0041", "\x00", "\x1f", "a\nb\tc", "\b\f\r", '{"a": "b"}'),
    ),
    _text("what URLs escape", r"[/?#%&+=]", "a/b", "../x", "a%2Fb", "a+b=c&d", "#?%"),
    _text(
        "what looks like another type",
        r"\A(null|true|false|None|NaN|-?\d+(\.\d+)?|1e5|\[\]|\{\}|\d{4}-.*Z)\Z",
        *("null", "true", "None", "NaN", "0", "-1", "1.0", "1e5", "[]", "{}"),
        "2027-01-31T12:00:00Z",
    ),
    _text("line ends of Windows", "\r\n", "a\r\nb", "\r\n"),
    _text("letters of both cases", "[a-z].*[A-Z]|[A-Z].*[a-z]", "aBc", "Trace-Id", "X-y"),
    _text("accents, composed and not", r"[\xe0-\xff\u0300-\u036f]", "\xe9", "e\u0301", "nai\u0308"),
    _text("right to left", "[\u0590-\u06ff\u202e]", "\u05e9\u05dc\u05d5\u05dd", "\u202eabc\u202c"),
    _text("line and paragraph separators", "[\x85\u2028\u2029]", "\x85", "\u2028", "a\u2029b"),
    _text(
        "beyond the basic plane", "[\U00010000-\U0010fffd]", "\U0001f511", "\U00010000\U0010fffd"
    ),
    _text("noncharacters and private use", "[\ue000-\uf8ff\ufdd0\ufffe\uffff]", "\uffff", "\ue000"),
    _text("a byte order mark", "\ufeff", "\ufeff", "\ufeffa"),
    Form("type", "any of Unicode", lambda text: not text.isascii(), any_text),
]


def _moment(
    *,
    marks: str = "T",
    year: int | None = None,
    fraction: Callable[[Random], str] = lambda _: "",
    zone: Callable[[Random], str] = lambda _: "Z",
) -> Callable[[Random], str]:
    """Return what draws a date-time of RFC 3339."""

    def draw(random: Random) -> str:
        years = random.randint(1971, 2099) if year is None else year
        month, hour, minute, second = (random.randrange(each) for each in (12, 24, 60, 60))
        day = random.randint(1, monthrange(years or 4, month + 1)[1])
        date = f"{years:04}-{month + 1:02}-{day:02}"
        return f"{date}{marks}{hour:02}:{minute:02}:{second:02}{fraction(random)}{zone(random)}"

    return draw


def _digits(first: int, last: int, end: str = "") -> Callable[[Random], str]:
    return lambda random: (
        "." + "".join(random.choices("0123456789", k=random.randint(first, last))) + end
    )


def _offset(sign: str) -> Callable[[Random], str]:
    return lambda random: f"{sign}{random.randint(1, 14):02}:{random.choice((0, 30, 45)):02}"


def _leap_day(random: Random) -> str:
    year = random.choice([each for each in range(1972, 2100) if isleap(each)])
    return f"{year}-02-29T23:59:59Z"


def _leap_second(random: Random) -> str:
    return random.choice(
        ("2016-12-31T23:59:60Z", "1990-12-31T15:59:60-08:00", "2017-01-01T00:59:60+01:00")
    )


def _form(name: str, pattern: str, draw: Callable[[Random], str], *, carried: bool = True) -> Form:
    return Form("format", name, re.compile(pattern).search, draw, carried)


_DATE_TIMES: Final = [
    _form("Z", r"T\d\d:\d\d:\d\dZ\Z", _moment()),
    _form("a small t", "t", _moment(marks="t")),
    # Python 3.11 reads no z, and where a date-time may not be null from_dict insists on it.
    _form("a small z", "z", _moment(zone=lambda _: "z"), carried=False),
    _form("an offset ahead of UTC", r"\+(?!00:00)\d\d:\d\d\Z", _moment(zone=_offset("+"))),
    _form("an offset behind UTC", r"-(?!00:00)\d\d:\d\d\Z", _moment(zone=_offset("-"))),
    _form("+00:00", r"\+00:00\Z", _moment(zone=lambda _: "+00:00")),
    _form("-00:00", r"-00:00\Z", _moment(zone=lambda _: "-00:00")),
    _form("an offset of 23:59", r"[+-]23:59\Z", _moment(zone=lambda _: "-23:59")),
    _form("1 to 5 digits of a second", r"\.\d{1,5}\D", _moment(fraction=_digits(1, 5))),
    _form("6 digits", r"\.\d{6}\D", _moment(fraction=_digits(6, 6))),
    _form(
        "more digits, zero beyond the sixth",
        r"\.\d{6}0+\D",
        _moment(fraction=_digits(6, 6, end="000")),
    ),
    _form(
        "more digits, not zero",
        r"\.\d{6}\d*[1-9]\D",
        _moment(fraction=_digits(6, 8, end="1")),
        carried=False,
    ),
    _form("a leap second", ":60", _leap_second, carried=False),
    _form("29 February", "-02-29", _leap_day),
    _form("the year 1", r"\A0001-", _moment(year=1)),
    _form("the year 9999", r"\A9999-", _moment(year=9999)),
    _form("the year 0", r"\A0000-", _moment(year=0), carried=False),
]


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128)))


def _uuid_of(version: int) -> Callable[[Random], str]:
    return lambda random: str(UUID(int=random.getrandbits(128), version=version))


_UUIDS: Final = [
    _form("small letters", r"\A[^A-F]*[a-f][^A-F]*\Z", _uuid),
    _form("capital letters", r"\A[^a-f]*[A-F][^a-f]*\Z", lambda random: _uuid(random).upper()),
    _form(
        "both",
        "[a-f].*[A-F]|[A-F].*[a-f]",
        lambda random: "aB" + _uuid(random)[2:],
    ),
    _form("the nil UUID", r"\A[0-]*\Z", lambda _: str(UUID(int=0))),
    _form("the greatest UUID", r"\A[f-]*\Z", lambda _: str(UUID(int=2**128 - 1))),
    *(
        _form(f"version {version}", rf"\A.{{14}}{version}", _uuid_of(version))
        for version in (1, 4, 5)
    ),
    _form("version 7", r"\A.{14}7", lambda random: f"{_uuid(random)[:14]}7{_uuid(random)[15:]}"),
]


def _sample(name: str, pattern: str, *samples: str) -> Form:
    text = _text(name, pattern, *samples)
    return Form("format", name, text.holds, text.draw)


_EMAILS: Final = [
    _sample("plain", r"\A[a-z]+@[a-z]+\.[a-z]+\Z", "ops@example.com", "a@b.co"),
    _sample("dots", r"\..*@", "first.last@example.com"),
    _sample("a plus", r"\+.*@", "ops+keys@example.com"),
    _sample("capital letters", "[A-Z]", "Ops@Example.COM"),
    _sample("quoted", r'\A"', '"a b"@example.com', '"@"@example.com'),
    _sample("marks", "[!#$%&'*/=?^_`{|}~].*@", "o'neil@example.com", "a/b=c{d}@example.com"),
    _sample("subdomains", r"@.+\..+\..+", "a@b.c.example.com"),
    _sample("a literal address", r"@\[", "ops@[192.0.2.1]"),
]

_DATES: Final = [
    _form("any", r"\A(19|20)\d\d-", lambda random: _moment()(random)[:10]),
    _form("29 February", "-02-29", lambda random: _leap_day(random)[:10]),
    _form("the year 1", r"\A0001-", lambda random: _moment(year=1)(random)[:10]),
    _form("the year 9999", r"\A9999-", lambda random: _moment(year=9999)(random)[:10]),
]

TEXTS: Final[dict[str | None, list[Form]]] = {
    None: _PLAIN,
    "date-time": _DATE_TIMES,
    "uuid": _UUIDS,
    "email": _EMAILS,
    "date": _DATES,
}

_NOT_CARRIED: Final = [form for every in TEXTS.values() for form in every if not form.carried]


def is_carried(value: Any) -> bool:
    """Tell whether the generated models carry a single value exactly, whatever its format."""
    return not (isinstance(value, str) and any(form.holds(value) for form in _NOT_CARRIED))
