"""A schema as a tree of places, which draws values and notes what any values have reached.

A schema is looked at once, when its places are made; a value then costs microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from portkey_admin_stub.schema import compiled, merged, to_json_schema
from tests.conformance.forms import Form, Kind, any_text, forms

_NULL: Final = Kind("nullable", "null", lambda value: value is None)
_ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "example", "examples", "deprecated", "readOnly"}
)
_KNOWN: Final = _ANNOTATIONS | {
    *("type", "enum", "const", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("items", "minItems", "maxItems", "uniqueItems"),
    *("properties", "required", "additionalProperties", "oneOf", "anyOf", "$defs"),
}
_CONTAINERS: Final = {"object": "properties", "array": "items"}

# Names that no schema knows, and that Python, JSON or a generated model may take amiss.
_PYTHON_NAMES: Final = (
    *("class", "from", "self", "None", "type_", "__class__", "__init__", "body", "to_dict"),
    *("from_dict", "additional_properties", "additional_keys"),
)
_OTHER_NAMES: Final = (
    *("future_field", "Name", "name ", "", "a/b", "a~b", "a.b", "$ref", "\xe9", "\U0001f511"),
    *("0", "a b", "constructor"),
)


@dataclass(frozen=True)
class Mark:
    """One thing to be reached: a kind of value at a place."""

    pointer: str
    keyword: str
    name: str


class Place:
    """A place of a schema. `pointer` is a JSON pointer, where * is every item or other member."""

    def __init__(self, pointer: str, kinds: list[Kind], *, nullable: bool) -> None:
        self.pointer = pointer
        self._nullable = nullable
        self._kinds = [*kinds, _NULL] if nullable else kinds
        self._pending = self._kinds

    def draw(self, random: Random) -> Any:
        """Return a value that the schema allows here."""
        return None if self._nullable and random.random() < 1 / 8 else self.draw_typed(random)

    def draw_typed(self, random: Random) -> Any:
        """Return a value that the schema allows here and that is not null."""
        raise NotImplementedError

    def reach(self, value: Any) -> None:
        """Note what a value, which the schema allows here, reaches here and below."""
        if value is None and self._nullable:
            self._pending = [kind for kind in self._pending if kind is not _NULL]
            return
        if self._pending:
            self._pending = [
                kind for kind in self._pending if kind is _NULL or not kind.holds(value)
            ]
        for place, part in self.parts(value):
            place.reach(part)

    def parts(self, value: Any) -> Iterator[tuple[Place, Any]]:  # noqa: ARG002 - most have none
        """Yield what a value consists of, each part with its place."""
        yield from ()

    def below(self) -> Iterator[Place]:
        """Yield the places right below this one."""
        yield from ()

    def marks(self) -> Iterator[Mark]:
        """Yield all that there is to reach, here and below."""
        yield from (Mark(self.pointer, kind.keyword, kind.name) for kind in self._kinds)
        for place in self.below():
            yield from place.marks()

    def pending(self) -> Iterator[Mark]:
        """Yield what is not reached yet, here and below."""
        yield from (Mark(self.pointer, kind.keyword, kind.name) for kind in self._pending)
        for place in self.below():
            yield from place.pending()


class Single(Place):
    """Neither an object nor an array."""

    def __init__(self, pointer: str, every: list[Form], *, nullable: bool) -> None:
        super().__init__(pointer, list(every), nullable=nullable)
        self._forms = every

    def draw_typed(self, random: Random) -> Any:
        """Return a value of one of the forms."""
        return random.choice(self._forms).draw(random)


class Free(Place):
    """Any JSON value: the schema says nothing of it."""

    def __init__(self, pointer: str) -> None:
        types = (type(None), bool, int, float, str, list, dict)
        kinds = [Kind("type", each.__name__, _is_a(each)) for each in types]
        super().__init__(pointer, kinds, nullable=False)

    def draw_typed(self, random: Random) -> Any:
        """Return any JSON value, three levels deep at most."""
        return _any_value(random, 3)


class Array(Place):
    """Items of one kind; with None for them it stays empty."""

    def __init__(
        self, pointer: str, schema: Mapping[str, Any], items: Place | None, *, nullable: bool
    ) -> None:
        least = schema.get("minItems", 0)
        self._items = items
        self._sizes = range(least, schema.get("maxItems", max(least, 2) + 4) + 1 if items else 1)
        self._unique = schema.get("uniqueItems", False)
        named = {0: "no item", 1: "one item", 2: "two items"}
        kinds = [Kind("items", named[n], _has_size(n)) for n in named if n in self._sizes]
        if len(self._sizes) > len(kinds):
            kinds.append(Kind("items", "more items", lambda value: len(value) > len(named) - 1))
        super().__init__(pointer, kinds, nullable=nullable)

    def draw_typed(self, random: Random) -> Any:
        """Return a list of one of the sizes."""
        if self._items is None:
            return []
        found = [self._items.draw(random) for _ in range(random.choice(self._sizes))]
        if self._unique and any(found.count(each) > 1 for each in found):
            return self.draw_typed(random)
        return found

    def parts(self, value: Any) -> Iterator[tuple[Place, Any]]:
        """Yield every item."""
        if self._items is not None:
            yield from ((self._items, each) for each in value)

    def below(self) -> Iterator[Place]:
        """Yield the place of the items."""
        if self._items is not None:
            yield self._items


class Object(Place):
    """Members by name: required ones, optional ones, and others where the schema allows them."""

    def __init__(
        self,
        pointer: str,
        members: Mapping[str, Place],
        required: frozenset[str],
        others: Place | None,
        *,
        nullable: bool,
    ) -> None:
        self._members = members
        self._required = required & members.keys()
        self._others = others
        optional = [name for name in members if name not in required]
        kinds = list(_presences(optional))
        if others is not None:
            kinds += _unknown_kinds(members.keys())
        super().__init__(pointer, kinds, nullable=nullable)

    def draw_typed(self, random: Random) -> Any:
        """Return an object with none, all or about half of the optional members."""
        density = random.choice((0.0, 0.5, 0.5, 0.5, 1.0))
        value = {
            name: place.draw(random)
            for name, place in self._members.items()
            if name in self._required or random.random() < density
        }
        if self._others is not None:
            for _ in range(random.choice((0, 0, 1, 3))):
                name = random.choice(random.choice((_PYTHON_NAMES, _OTHER_NAMES)))
                if name not in self._members:
                    value[name] = self._others.draw(random)
        return value

    def parts(self, value: Any) -> Iterator[tuple[Place, Any]]:
        """Yield every member."""
        for name, part in value.items():
            place = self._members.get(name, self._others)
            if place is not None:
                yield place, part

    def below(self) -> Iterator[Place]:
        """Yield the places of the known members, and of the others."""
        yield from self._members.values()
        if self._others is not None:
            yield self._others


class Union(Place):
    """One of several schemas, in OpenAPI's oneOf or anyOf, or with several types."""

    def __init__(
        self,
        pointer: str,
        branches: list[tuple[Place, Draft202012Validator]],
        whole: Draft202012Validator,
    ) -> None:
        self._branches = branches
        self._whole = whole
        kinds = [
            Kind("oneOf or anyOf", place.pointer.rpartition("/")[2], branch.is_valid)
            for place, branch in branches
        ]
        super().__init__(pointer, kinds, nullable=whole.is_valid(None))

    def draw_typed(self, random: Random) -> Any:
        """Return a value of one of the branches that all of the schema allows."""
        place, _ = random.choice(self._branches)
        value = place.draw(random)
        return value if self._whole.is_valid(value) else self.draw_typed(random)

    def parts(self, value: Any) -> Iterator[tuple[Place, Any]]:
        """Yield the value itself at each of its branches."""
        yield from ((place, value) for place, branch in self._branches if branch.is_valid(value))

    def below(self) -> Iterator[Place]:
        """Yield the branches."""
        yield from (place for place, _ in self._branches)


def place(
    document: Mapping[str, Any],
    schema: Mapping[str, Any],
    allowed: Callable[[Form], bool] = lambda _: True,
    pointer: str = "",
) -> Place:
    """Return the place of `schema` at `pointer`, with the `allowed` forms of single values.

    Raises ValueError for what nothing is written for.
    """
    root = to_json_schema(document, schema)
    return _Compiler(root, allowed).place(root, pointer, ())


class _Compiler:
    def __init__(self, root: Mapping[str, Any], allowed: Callable[[Form], bool]) -> None:
        self._root = root
        self._allowed = allowed

    def place(self, schema: Any, pointer: str, opened: tuple[str, ...]) -> Place:
        opened = (*opened, schema["$ref"]) if "$ref" in schema else opened
        flat = merged(self._root, schema)
        if unknown := {word for word in flat if not word.startswith("x-")} - _KNOWN:
            raise ValueError(f"{pointer}: no places are written for {', '.join(sorted(unknown))}")
        branches = self._branches(flat)
        if branches:
            return Union(
                pointer,
                [
                    (self.place(branch, f"{pointer}/{name}", opened), self._validator(branch))
                    for name, branch in branches.items()
                ],
                self._validator(schema),
            )
        types = _types(flat)
        if not types:
            return Free(pointer)
        [kind] = types - {"null"} or {"null"}
        nullable = self._validator(schema).is_valid(None)
        if kind == "array":
            items = self._part(flat.get("items", {}), f"{pointer}/*", opened)
            return Array(pointer, flat, items, nullable=nullable)
        if kind == "object":
            return self._object(flat, pointer, opened, nullable=nullable)
        every = [form for form in forms({**flat, "type": kind}) if self._allowed(form)]
        return Single(pointer, every, nullable=nullable and kind != "null")

    def _branches(self, flat: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schemas that `flat` offers a choice of, but for null alone."""
        rest = {word: said for word, said in flat.items() if word not in {"oneOf", "anyOf"}}
        found: dict[str, Any] = {
            f"{word}/{index}": {"allOf": [branch, rest]}
            for word in ("oneOf", "anyOf")
            for index, branch in enumerate(flat.get(word, ()))
            if branch.get("type") != "null"
        }
        types = _types(flat) - {"null"}
        if not found and len(types) > 1:
            return {each: {**flat, "type": each} for each in sorted(types)}
        return found

    def _object(
        self, flat: Mapping[str, Any], pointer: str, opened: tuple[str, ...], *, nullable: bool
    ) -> Object:
        places = {
            name: self._part(part, f"{pointer}/{name}", opened)
            for name, part in flat.get("properties", {}).items()
        }
        members = {name: each for name, each in places.items() if each is not None}
        others = flat.get("additionalProperties", True)
        return Object(
            pointer,
            members,
            frozenset(flat.get("required", ())),
            None if others is False else self._part(others, f"{pointer}/*", opened),
            nullable=nullable,
        )

    def _part(self, schema: Any, pointer: str, opened: tuple[str, ...]) -> Place | None:
        """Return the place of a part, or None where a schema comes back to itself."""
        if schema is True:
            return Free(pointer)
        return None if schema.get("$ref") in opened else self.place(schema, pointer, opened)

    def _validator(self, schema: Any) -> Draft202012Validator:
        return compiled({**schema, "$defs": self._root.get("$defs", {})})


def _types(flat: Mapping[str, Any]) -> set[str]:
    """Return the types that a schema names, or that its other keywords imply."""
    said = flat.get("type", [])
    named = {said} if isinstance(said, str) else set(said)
    if named:
        return named
    if values := flat.get("enum", [flat["const"]] if "const" in flat else []):
        return {
            "string" if isinstance(each, str) else "null" if each is None else "integer"
            for each in values
        }
    return {kind for kind, word in _CONTAINERS.items() if word in flat}


def _is_a(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


def _has_size(size: int) -> Callable[[Any], bool]:
    return lambda value: len(value) == size


def _presences(optional: list[str]) -> Iterator[Kind]:
    """Yield each optional member there and not, and each pair of them there and not."""
    for name in optional:
        yield Kind("properties", f"{name} given", _has(name))
        yield Kind("properties", f"{name} absent", _lacks(name))
    for one, other in combinations(optional, 2):
        for (word, first), (other_word, second) in product(_GIVEN_OR_NOT, repeat=2):
            names = f"{word}{one}, {other_word}{other}"
            yield Kind(PAIR, names, _both(first(one), second(other)))


def _has(name: str) -> Callable[[Any], bool]:
    return lambda value: name in value


def _lacks(name: str) -> Callable[[Any], bool]:
    return lambda value: name not in value


_GIVEN_OR_NOT: Final = (("", _has), ("no ", _lacks))


def _both(one: Callable[[Any], bool], other: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: one(value) and other(value)


PAIR: Final = "pair"
"""The keyword of the marks of two optional members at once."""


def _unknown_kinds(known: Any) -> Iterator[Kind]:
    named: dict[str, Callable[[Any], bool]] = {
        "none": lambda names: not names,
        "one": lambda names: len(names) == 1,
        "several": lambda names: len(names) > 1,
        "named as in Python": lambda names: not names.isdisjoint(_PYTHON_NAMES),
        "named with marks, or not at all": lambda names: not names.isdisjoint(_OTHER_NAMES[2:]),
    }
    for name, is_so in named.items():
        yield Kind("additionalProperties", name, _of_unknown(known, is_so))


def _of_unknown(known: Any, is_so: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: is_so(value.keys() - known)


def _any_value(random: Random, depth: int) -> Any:
    """Return a JSON value with at most `depth` levels of lists and objects."""
    kind = random.randrange(7 if depth else 5)
    if kind == 6:
        names = random.sample((*_PYTHON_NAMES, *_OTHER_NAMES), random.randrange(3))
        return {name: _any_value(random, depth - 1) for name in names}
    if kind == 5:
        return [_any_value(random, depth - 1) for _ in range(random.randrange(3))]
    draws = (
        lambda: None,
        lambda: random.random() < 0.5,
        lambda: random.randint(-(2**70), 2**70),
        random.random,
        lambda: any_text(random),
    )
    return draws[kind]()
