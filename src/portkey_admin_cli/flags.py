"""The flags for the body: one for each property of the spec that fits into a flag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from portkey_admin import _spec

_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Malformed:
    """A value that is not in the notation of its flag; the library refuses it for what it is."""

    allowed: str


class Listed(click.Choice[str]):
    """Shows and completes what the spec lists, and leaves the verdict to the library."""

    def convert(self, value: str, *_: object) -> str:
        """Return the value as it is."""
        return value


def _rate_limits(schema: dict[str, Any]) -> tuple[str, Callable[[str], dict[str, Any] | Malformed]]:
    """Return the notation of a rate limit, TYPE:VALUE/UNIT, and what reads it."""
    listed = {name: "|".join(each.get("enum", ())) for name, each in schema["properties"].items()}
    notation = "[{type}]:VALUE/[{unit}]".format(**listed)

    def read(text: str) -> dict[str, Any] | Malformed:
        match = re.fullmatch(r"(?P<type>[^:]*):(?P<value>[^/]*)/(?P<unit>.*)", text, re.DOTALL)
        if match is None:
            return Malformed(f"{notation}, requests:100/rpm for example")
        limit: dict[str, Any] = match.groupdict()
        if re.fullmatch(r"-?[0-9]{1,18}", limit["value"]):
            limit["value"] = int(limit["value"])
        return limit

    return notation, read


def _with_seconds(text: str) -> str:
    """Return an RFC 3339 date-time whose seconds may have been left out."""
    return re.sub(r"([Tt][0-9]{2}:[0-9]{2})(?=[Zz+-])", r"\1:00", text)


def _from_now(text: str) -> datetime | Malformed:
    """Return the end of a span of time that begins now, in whole seconds."""
    if match := re.fullmatch(r"0*([1-9][0-9]{0,5})([hdw])", text):
        with suppress(OverflowError):
            span = timedelta(**{_UNITS[match[2]]: int(match[1])})
            return datetime.now(UTC).replace(microsecond=0) + span
    return Malformed("a number above 0 and h, d or w (hours, days, weeks), 90d for example")


def _flags() -> Iterator[tuple[str, click.Option]]:
    """Yield each flag with the property it is for."""
    for name, unresolved in _spec.body_schema()["properties"].items():
        schema = _spec.resolve(unresolved)
        items = _spec.resolve(schema.get("items", {}))
        words = _help(name, schema, items)
        if schema["type"] == "string":
            is_instant = schema.get("format") == "date-time"
            yield name, _option(name, name, words, _with_seconds if is_instant else str)
            if is_instant:
                words = f"The same from now on: 12h, 90d or 2w. Excludes {_flag(name)}."
                yield name, _option(f"{name.removesuffix('_at')}_in", None, words, _from_now)
        elif items.get("type") == "string":
            yield name, _option(name.removesuffix("s"), name, words, str, multiple=True)
        elif {"type", "value", "unit"} == set(items.get("required", ())):
            notation, read = _rate_limits(items)
            flag = _option(name.removesuffix("s"), name, words, read, multiple=True)
            flag.metavar = notation
            yield name, flag


def _option(
    flag: str, name: str | None, words: str, read: Callable[[str], Any], *, multiple: bool = False
) -> click.Option:
    names = [_flag(flag), name or flag]
    return click.Option(names, type=read, multiple=multiple, help=words, metavar="TEXT")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _help(name: str, schema: dict[str, Any], items: dict[str, Any]) -> str:
    """Return what the spec says of a property, its first sentence."""
    example = items.get("example", schema.get("example", ""))
    example = example[0] if isinstance(example, list) else example
    sentences = (
        schema.get("description", "").replace("*", "").partition(". ")[0].rstrip("."),
        example and f"For example {example}",
        items and "May be repeated",
        name in _spec.body_schema()["required"] and "Required, here or in --body",
    )
    return "".join(f"{each}. " for each in sentences if each).rstrip()


FLAGS: Final = list(_flags())
