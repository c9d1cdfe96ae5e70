"""The parts (paths and components) of an OpenAPI document, and the references between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Place: TypeAlias = tuple[str, ...]
"""The names that lead to a place in a document; ("paths", path) for a path."""

# The members of a document that consist of parts, with the length of a part's place.
_PARTS: Final = {"paths": 2, "components": 3, "webhooks": 2}


def reached(document: Mapping[str, Any], start: Iterable[Any]) -> set[Place]:
    """Return the places of all parts that some values refer to, directly or indirectly."""
    followed = set[Place]()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            for place in _references(node):
                part = place[: _PARTS.get(place[0])]
                value = value_at(document, part)
                if value is not None and part not in followed:
                    followed.add(part)
                    waiting.append(value)
    return followed


@dataclass(frozen=True)
class Operation:
    """An operation of a document; `place` is where it is described."""

    method: str
    path: str
    place: Place
    value: dict[str, Any]

    @property
    def name(self) -> str:
        """Method and path, as in `POST /shelves`."""
        return f"{self.method.upper()} {self.path}"


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the operations of a document, including those behind the `$ref` of a path."""
    for path in document["paths"]:
        seen = set[Place]()
        place: Place = ("paths", path)
        while place and place not in seen:
            seen.add(place)
            item = value_at(document, place)
            item = item if isinstance(item, dict) else {}
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield Operation(method, path, (*place, method), item[method])
            place = place_of(item.get("$ref"))


def without(document: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return a document without some operations and the components that they alone refer to."""
    gone = [each for each in operations(document) if each.name in names]
    paths = dict(document["paths"])
    for each in gone:
        # An operation behind a `$ref` is removed with that `$ref`.
        key = each.method if each.place[:-1] == ("paths", each.path) else "$ref"
        paths[each.path] = {
            name: paths[each.path][name] for name in paths[each.path] if name != key
        }
    for path in {each.path for each in gone}:
        if not {"$ref", *METHODS} & paths[path].keys():
            del paths[path]
    needed = reached(document, [paths, {"security": document.get("security")}])
    unused = reached(document, [described(document, each) for each in gone]) - needed
    components = document.get("components", {})
    rest = {
        kind: {name: held[name] for name in held if ("components", kind, name) not in unused}
        for kind, held in components.items()
    }
    return {**document, "paths": paths, "components": rest} if gone else dict(document)


def described(document: Mapping[str, Any], operation: Operation) -> list[Any]:
    """Return the description of an operation, and the parameters of its path."""
    return [operation.value, value_at(document, (*operation.place[:-1], "parameters"))]


def alone(document: Mapping[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield each schema and operation with a document of it and its components alone."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        place: Place = ("components", "schemas", name)
        yield place, {**Cut({place, *reached(document, [schema])}).of(document), "paths": {}}
    for each in operations(document):
        needed = Cut(reached(document, described(document, each))).of(document)
        parameters = {"parameters": value_at(document, (*each.place[:-1], "parameters")) or []}
        path = {each.path: {**parameters, each.method: each.value}}
        yield each.place, {**needed, "paths": path}


class Owners:
    """The operations of a document that a place in it belongs to."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._operations = list(operations(document))

    def of(self, place: Place) -> list[str]:
        """Return the names of the operations that need a place, directly or in a component."""
        return [each.name for each in self._operations if self._needs(each, place)]

    def _needs(self, operation: Operation, place: Place) -> bool:
        if place[: len(operation.place)] == operation.place:
            return True
        if place[:2] == ("paths", operation.path) and len(place) > len(operation.place) - 1:
            return place[2] not in METHODS
        return place[:3] in self._reached[operation.name]

    @cached_property
    def _reached(self) -> dict[str, set[Place]]:
        document = self._document
        return {
            each.name: reached(document, described(document, each)) for each in self._operations
        }


class Cut:
    """Which members of a document stay when some of its parts are taken."""

    def __init__(self, parts: Iterable[Place]) -> None:
        self._leading = {part[:end] for part in parts for end in range(1, len(part) + 1)}

    def has(self, place: Place) -> bool:
        """Return whether a place stays; it must be a part or above the parts."""
        return place[0] not in _PARTS or place in self._leading

    def divides(self, place: Place) -> bool:
        """Return whether some members of a place may stay while others go."""
        return len(place) < _PARTS.get(place[0], 0) if place else True

    def of(self, value: Any, place: Place = ()) -> Any:
        """Return the value at a place without the members that go."""
        if not self.divides(place) or not isinstance(value, dict):
            return value
        below = ((key, (*place, key)) for key in value)
        return {key: self.of(value[key], at) for key, at in below if self.has(at)}


def value_at(document: Any, place: Iterable[str]) -> Any:
    """Return the value at a place, or None if there is no value."""
    for name in place:
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        else:
            return None
    return document


def place_of(reference: Any) -> Place:
    """Return the place that a `$ref` within the document names; () for any other."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return ()
    names = unquote(reference).removeprefix("#/").split("/")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in names)


def pointer(place: Iterable[str | int]) -> str:
    """Return the JSON pointer of a place."""
    names = (str(name).replace("~", "~0").replace("/", "~1") for name in place)
    return "".join(f"/{name}" for name in names)


def _references(node: Mapping[str, Any]) -> Iterator[Place]:
    """Yield the places that an object names: with `$ref`, as security schemes and as subtypes."""
    if place := place_of(node.get("$ref")):
        yield place
    security = node.get("security")
    for requirement in security if isinstance(security, list) else ():
        for name in requirement if isinstance(requirement, dict) else ():
            yield "components", "securitySchemes", name
    mapping = value_at(node, ("discriminator", "mapping"))
    for subtype in mapping.values() if isinstance(mapping, dict) else ():
        yield place_of(subtype) or ("components", "schemas", str(subtype))
