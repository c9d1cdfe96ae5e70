"""Places in an OpenAPI document, and what their references lead to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from scripts.parts import place_of, pointer


class Absent:
    """The value of what is not there, unlike null."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = Absent()


def canonical(value: Any) -> str:
    """Return a value as text in which only what JSON tells apart differs: 1 is not true."""
    return repr(value) if value is ABSENT else json.dumps(value, sort_keys=True)


class Place(NamedTuple):
    """A place in a document, and what is there."""

    document: Mapping[str, Any]
    pointer: str
    value: Any
    subject: str

    @property
    def root(self) -> Place:
        """The document itself."""
        return Place(self.document, "", self.document, self.subject)

    def below(self, key: str | int, subject: str | None = None) -> Place:
        """Return the place of a member or an item; its value is ABSENT where there is none."""
        held: Any = self.value if isinstance(self.value, dict | list) else {}
        try:
            value = held[key]
        except (LookupError, TypeError):
            value = ABSENT
        at = self.pointer + pointer([key])
        return Place(self.document, at, value, subject or self.subject)

    def items(self) -> list[Place]:
        """Return the places of the items of a list; none where the list is absent."""
        return [] if self.value is ABSENT else [self.below(at) for at in range(len(self.value))]

    def resolved(self) -> Place:
        """Return where the thing is defined; this place where that cannot be found."""
        place, seen = self, set[str]()
        while isinstance(place.value, dict) and "$ref" in place.value:
            reference = place.value["$ref"]
            target = _follow(self.document, reference)
            if target is None or reference in seen:
                return self
            seen.add(reference)
            place = target
        return place


def _follow(document: Mapping[str, Any], reference: Any) -> Place | None:
    place = Place(document, "", document, "")
    for name in place_of(reference):
        number = isinstance(place.value, list) and name.isdecimal()
        place = place.below(int(name) if number else name, name)
    return None if place.value is ABSENT or not place.pointer else place


def written(place: Place) -> str:
    """Return everything that is written at a place, with all that it refers to."""
    definitions: dict[str, Any] = {}
    waiting = [place.value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            target = _follow(place.document, value.get("$ref"))
            if target is not None and target.pointer not in definitions:
                definitions[target.pointer] = target.value
                waiting.append(target.value)
    return canonical(place.value) + canonical(definitions)
