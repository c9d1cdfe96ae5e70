"""Compare the meaning of two JSON values, as a schema defines it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from dateutil.parser import isoparse

from tests.conformance.operations import alternatives


def differences(
    document: Mapping[str, Any], schema: Mapping[str, Any], given: Any, arrived: Any, at: str = ""
) -> Iterator[str]:
    """Yield each place, with its JSON pointer, where `arrived` differs in meaning from `given`.

    Types count: true is not 1, and 1 is not 1.0. Texts must be equal, except date-times and UUIDs
    of the schema, which are compared by value.
    """
    schemas = list(alternatives(document, schema))
    if isinstance(given, dict) and isinstance(arrived, dict):
        for name in given.keys() | arrived.keys():
            pointer = f"{at}/{name}"
            if name not in arrived:
                yield f"{pointer} is lost: {given[name]!r}"
            elif name not in given:
                yield f"{pointer} is new: {arrived[name]!r}"
            else:
                part = {"anyOf": [_part(each, name) for each in schemas]}
                yield from differences(document, part, given[name], arrived[name], pointer)
    elif isinstance(given, list) and isinstance(arrived, list) and len(given) == len(arrived):
        items = {"anyOf": [each.get("items", {}) for each in schemas]}
        for index, (one, other) in enumerate(zip(given, arrived, strict=True)):
            yield from differences(document, items, one, other, f"{at}/{index}")
    elif not _same(given, arrived, {each.get("format") for each in schemas}):
        yield f"{at} was {given!r} and became {arrived!r}"


def _part(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    additional = schema.get("additionalProperties")
    other = additional if isinstance(additional, Mapping) else {}
    part: Mapping[str, Any] = schema.get("properties", {}).get(name, other)
    return part


def _same(given: Any, arrived: Any, formats: set[str | None]) -> bool:
    if type(given) is type(arrived) and given == arrived:
        return True
    if not (isinstance(given, str) and isinstance(arrived, str)):
        return False
    try:
        if "uuid" in formats:
            return UUID(given) == UUID(arrived)
        return "date-time" in formats and _instant(given) == _instant(arrived)
    except ValueError:
        return False  # the arrived text does not even have the format


def _instant(text: str) -> tuple[object, str]:
    """Return the instant in microseconds, and the digits beyond them, which dateutil drops."""
    fraction = re.search(r"\.(\d+)", text)
    beyond = fraction[1][6:].rstrip("0") if fraction else ""
    return isoparse(text.upper()), beyond
