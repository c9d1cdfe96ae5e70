"""The kinds of single values that code treats differently.

Each kind can draw a value and recognize one, so that the same table is used to draw cases and to
measure the coverage of cases from any source.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from hypothesis.strategies import from_regex

from tests.conformance.documents import load

WHOLE: Final = "whole, as 7.0"
"""The name of the kind of JSON numbers that are integers written with a fraction, such as 7.0."""


DRAWN: Final[dict[str, list[str]]] = {}
"""The texts drawn for each regular expression; they can be passed to other processes."""

Allows = Callable[[Any], object]
"""Returns something true if a value is allowed."""


@dataclass(frozen=True)
class Kind:
    """One kind of the values at a place, and the keyword of the schema that defines it."""

    keyword: str
    name: str
    holds: Allows
    """Returns something true if a value is of this kind."""


@dataclass(frozen=True)
class Form(Kind):
    """A kind of single values, which can be drawn."""

    draw: Callable[[Random], Any]
    carried: bool = True
    """Whether the generated models can represent it exactly; the wrapper refuses other values."""


def forms(schema: Mapping[str, Any], allows: Allows) -> list[Form]:
    """Return the forms of the single values of a schema: of one type, without null.

    `schema` is JSON Schema 2020-12, and `allows` returns whether it allows a value. A form is left
    out if only some of its values are allowed. Raises ValueError if no form is left.
    """
    kind = schema.get("type")
    if "const" in schema:
        every = [_one(schema["const"], "const")]
    elif "enum" in schema:
        every = [_one(value) for value in schema["enum"] if value is not None]
    elif kind == "boolean":
        every = [_one(value, "type") for value in (False, True)]
    elif kind == "string" and schema.get("format") == "binary":
        raise ValueError("generated models take a file for it, and JSON has no files")
    elif kind == "string":
        limits = {"minLength", "maxLength"} & schema.keys()
        every = [*texts(schema.get("format")), *(_of_length(each, schema[each]) for each in limits)]
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
    """Return some texts that match a whole regular expression, drawn once by hypothesis.

    Raises ValueError if the validator allows none.
    """
    matches = re.compile(pattern).fullmatch
    if allows is None and pattern in DRAWN:
        drawn = DRAWN[pattern]
        return Form(keyword, name, matches, lambda random: random.choice(drawn), carried)
    drawn = []

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=12,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(from_regex(pattern, fullmatch=allows is None))
    def keep(text: str) -> None:
        assume(allows is None or allows(text))
        drawn.append(text)

    try:
        keep()
    # From Python 3.13 on, hypothesis cannot parse a pattern that nothing matches.
    except (InvalidArgument, NotImplementedError, Unsatisfiable) as error:
        raise ValueError(f"nothing is drawn for the pattern {pattern!r}: {error}") from None
    if allows is None:
        DRAWN[pattern] = drawn
    return Form(keyword, name, allows or matches, lambda random: random.choice(drawn), carried)


def _one(value: Any, keyword: str = "enum", name: str | None = None) -> Form:
    return Form(
        keyword,
        name or repr(value),
        lambda given: type(given) is type(value) and given == value,
        lambda _: value,
    )


def _numbers(schema: Mapping[str, Any]) -> Iterator[Form]:
    # The allowed integers next to the bounds.
    lows = [ceil(schema[word]) for word in ("minimum",) if word in schema]
    lows += [floor(schema[word]) + 1 for word in ("exclusiveMinimum",) if word in schema]
    highs = [floor(schema[word]) for word in ("maximum",) if word in schema]
    highs += [ceil(schema[word]) - 1 for word in ("exclusiveMaximum",) if word in schema]
    low = max(lows, default=0)
    start = max(2, low + 2)
    yield _range("typical", start, max(start, min(highs, default=start + 1002) - 2))
    if lows:
        yield _one(low, "minimum", "the minimum")
        yield _one(low + 1, "minimum", "just above the minimum")
    if highs:
        yield _one(min(highs), "maximum", "the maximum")
        yield _one(min(highs) - 1, "maximum", "just below the maximum")
    yield _one(0, "type", "zero")
    yield _range("negative", -(2**31), -1)
    yield _range("beyond 32 bits", 2**32, 2**53)
    yield _range("beyond 53 bits, as doubles end", 2**53 + 1, 2**63)
    yield _range("beyond 64 bits", 2**64, 2**80)
    if factor := schema.get("multipleOf"):
        multiple = ceil(low / factor)
        yield Form(
            "multipleOf",
            "a multiple",
            lambda value: value / factor == value // factor,
            lambda random: factor * (multiple + random.randrange(2)),
        )
    yield Form("type", WHOLE, lambda value: type(value) is float and value % 1 == 0, lambda _: 7.0)
    if schema["type"] == "number":
        yield Form(
            "type",
            "a fraction",
            lambda value: type(value) is float and value % 1 != 0,
            lambda random: random.randint(0, 99) + 0.5,
        )
        yield _one(5e-324, "type", "the smallest")
        yield _one(1e308, "type", "one of the largest")
        yield Form("type", "negative zero", lambda value: str(value) == "-0.0", lambda _: -0.0)


def _range(name: str, first: int, last: int) -> Form:
    return Form(
        "type",
        name,
        lambda value: type(value) is int and first <= value <= last,
        lambda random: random.randint(first, last),
    )


def _of_length(keyword: str, length: int) -> Form:
    return Form(
        keyword,
        f"{length} characters",
        lambda text: len(text) == length,
        lambda random: "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=length)),
    )


def any_text(random: Random) -> str:
    """Return a short text of any Unicode characters except surrogates, which UTF-8 lacks."""
    points = (random.randrange(0x110000 - 0x800) for _ in range(random.randint(1, 8)))
    return "".join(chr(point if point < 0xD800 else point + 0x800) for point in points)


def _kinds_of_texts() -> dict[str, dict[str, str]]:
    formats = load(Path(__file__).with_name("texts.yaml"))
    parts = formats.pop("parts")
    for kinds in formats.values():
        for name, part in itertools.product(kinds, parts):
            kinds[name] = kinds[name].replace(part, parts[part])
    return dict(formats)


FORMATS: Final = _kinds_of_texts()
"""The kinds of texts by format: their names and regular expressions."""


@functools.cache
def texts(name: str | None) -> list[Form]:
    """Return the forms of the texts of a format, or of plain texts for an unknown one."""
    keyword, every = ("format", FORMATS[name]) if name in FORMATS else ("type", FORMATS["plain"])
    found = [_by_regex(keyword, kind, pattern) for kind, pattern in every.items()]
    more = FORMATS["not carried"] if name == "date-time" else {}
    return found + [_by_regex(keyword, *each, carried=False) for each in more.items()]


def draw_texts() -> dict[str, list[str]]:
    """Return texts of every kind, by regular expression; hypothesis takes seconds to draw them."""
    for name in FORMATS.keys() - {"not carried"}:
        texts(name)
    return DRAWN


def is_carried(value: Any) -> bool:
    """Return whether the generated models can represent a single value exactly, in any format."""
    return not (
        isinstance(value, str)
        and any(re.fullmatch(pattern, value) for pattern in FORMATS["not carried"].values())
    )
