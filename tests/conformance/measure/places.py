"""A schema as a tree of places, which draws values and records the coverage of any values.

The schema is read only once, to make its places; after that, drawing a value takes microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from random import Random
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from portkey_admin_stub.schema import compiled, merged, to_json_schema
from tests.conformance.measure.forms import Form, Kind, any_text, forms

_NULL: Final = Kind("nullable", "null", lambda value: value is None)
_ONLY_NULL: Final = Form("type", "null", lambda value: value is None, lambda _: None)
# Keywords that drawing does not obey completely; values that break them are dropped.
_CONCERN_THE_WHOLE: Final = frozenset(
    {
        *("minProperties", "maxProperties", "propertyNames", "patternProperties", "not", "if"),
        *("dependentRequired", "dependentSchemas", "unevaluatedProperties", "uniqueItems"),
        *("contains", "unevaluatedItems"),
    }
)
_CONTAINERS: Final = {"object": "properties", "array": "items"}

_TRIES: Final = 200

# Names that no schema has, and that could break Python, JSON or a generated model.
_PYTHON_NAMES: Final = (
    *("class", "from", "self", "None", "type_", "__class__", "__init__", "body", "to_dict"),
    *("from_dict", "additional_properties", "additional_keys"),
)
_OTHER_NAMES: Final = (
    *("future_field", "Name", "name ", "", "a/b", "a~b", "a.b", "$ref", "\xe9", "\U0001f511"),
    *("0", "a b", "constructor", "a\r\nb"),
)


@dataclass(frozen=True)
class Mark:
    """Something to be reached: a kind of value at a place."""

    pointer: str
    keyword: str
    name: str


class UnmeasuredError(Exception):
    """No allowed value can be drawn for a place; it has the pointer and the reason."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer}: {reason}")
        self.pointer = pointer
        self.reason = reason


@dataclass
class Place:
    """A place of a schema. `pointer` is a JSON pointer in which * is any item or other member."""

    pointer: str
    kinds: list[Kind]
    """The kinds that can be reached here."""
    draw_typed: Callable[[Random], Any]
    """Returns a value, other than null, that may be allowed here."""
    parts: Callable[[Any], Iterable[tuple[Place, Any]]] = lambda _: ()
    """Returns the parts of a value, each with its place."""
    below: Sequence[Place] = ()
    nullable: bool = False
    allows: Callable[[Any], bool] | None = None
    """Returns whether the schema allows a value; None if all drawn values are allowed."""

    def __post_init__(self) -> None:
        self.kinds = [*self.kinds, _NULL] if self.nullable else self.kinds
        self._pending = self.kinds

    def draw(self, random: Random) -> Any:
        """Return a value that the schema allows here. Raises UnmeasuredError if none is found."""
        if self.nullable and random.random() < 1 / 8:
            return None
        for _ in range(_TRIES):
            value = self.draw_typed(random)
            if self.allows is None or self.allows(value):
                return value
        raise UnmeasuredError(self.pointer, f"{_TRIES} values in turn were not allowed")

    def keep_reachable(self) -> None:
        """Drop the kinds of values that are never drawn here: the schema may not allow them."""
        values = [self.draw(Random(seed)) for seed in range(300)]
        self.kinds = [kind for kind in self.kinds if any(kind.holds(each) for each in values)]
        self._pending = self.kinds

    def reach(self, value: Any) -> None:
        """Record the coverage of a value, which the schema allows, here and below."""
        null = value is None and self.nullable
        if self._pending:
            self._pending = [
                kind for kind in self._pending if null != (kind is _NULL) or not kind.holds(value)
            ]
        for place, part in () if null else self.parts(value):
            place.reach(part)

    def marks(self) -> Iterator[Mark]:
        """Yield everything that can be reached, here and below."""
        yield from (Mark(self.pointer, kind.keyword, kind.name) for kind in self.kinds)
        for place in self.below:
            yield from place.marks()

    def pending(self) -> Iterator[Mark]:
        """Yield everything that is not reached yet, here and below."""
        yield from (Mark(self.pointer, kind.keyword, kind.name) for kind in self._pending)
        for place in self.below:
            yield from place.pending()


def single(pointer: str, every: Sequence[Form], *, nullable: bool = False) -> Place:
    """Return the place of a value that is neither an object nor an array."""
    return Place(
        pointer, [*every], lambda random: random.choice(every).draw(random), nullable=nullable
    )


def free(pointer: str) -> Place:
    """Return the place of any JSON value, for which the schema has no keywords."""
    types = (type(None), bool, int, float, str, list, dict)
    kinds = [Kind("type", each.__name__, partial(_is_a, each)) for each in types]
    return Place(pointer, kinds, lambda random: _any_value(random, 3))


def _is_a(kind: type, value: Any) -> bool:
    return type(value) is kind


MANY: Final = 20
"""A list with more items counts as long."""

_SIZES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "no item": lambda value: not value,
    "one item": lambda value: len(value) == 1,
    "two items": lambda value: len(value) == 2,
    "more items": lambda value: len(value) > 2,
    f"more than {MANY}": lambda value: len(value) > MANY,
}


def array(pointer: str, schema: Mapping[str, Any], items: Place | None, *, nullable: bool) -> Place:
    """Return the place of a list with items of one kind, or of an empty list for None."""
    least, most = schema.get("minItems", 0), schema.get("maxItems", MANY + 5)
    every = [size for size in (0, 1, 2, 3, 5, MANY + 1) if least <= size <= most]
    sizes = [*every, least] if items else [0]
    kinds = [
        Kind("items", name, holds)
        for name, holds in _SIZES.items()
        if any(holds([None] * size) for size in sizes)
    ]

    def draw(random: Random) -> list[Any]:
        size = random.choice(sizes)
        if size > MANY and random.random() < 3 / 4:
            size = min(sizes)  # long lists are slow
        return [items.draw(random) for _ in range(size)] if items else []

    below = [items] if items else []
    return Place(
        pointer, kinds, draw, lambda value: product(below, value), below, nullable=nullable
    )


def members_by_name(
    pointer: str,
    members: Mapping[str, Place],
    required: Collection[str],
    others: Place | None = None,
    *,
    nullable: bool = False,
) -> Place:
    """Return the place of an object: required members, optional ones, and others if allowed."""
    kinds = list(_presences([name for name in members if name not in required]))
    if others:
        kinds += [
            Kind("additionalProperties", name, partial(_are_unknown, members.keys(), name))
            for name in _UNKNOWN
        ]

    def draw(random: Random) -> dict[str, Any]:
        """Return an object with none, all or about half of the optional members."""
        density = random.choice((0.0, 0.5, 0.5, 0.5, 1.0))
        value = {
            name: place.draw(random)
            for name, place in members.items()
            if name in required or random.random() < density
        }
        for _ in range(random.choice((0, 0, 1, 3)) if others else 0):
            name = random.choice(random.choice((_PYTHON_NAMES, _OTHER_NAMES)))
            if others and name not in members:
                value[name] = others.draw(random)
        return value

    def parts(value: Any) -> Iterator[tuple[Place, Any]]:
        for name, part in value.items():
            if place := members.get(name, others):
                yield place, part

    below = [*members.values(), *([others] if others else [])]
    return Place(pointer, kinds, draw, parts, below, nullable=nullable)


def union(
    pointer: str,
    branches: list[tuple[Place, Draft202012Validator]],
    whole: Draft202012Validator,
) -> Place:
    """Return the place for one of several schemas: oneOf, anyOf or several types."""
    return Place(
        pointer,
        [
            Kind("oneOf or anyOf", place.pointer.rpartition("/")[2], branch.is_valid)
            for place, branch in branches
        ],
        lambda random: random.choice(branches)[0].draw(random),
        lambda value: ((each, value) for each, branch in branches if branch.is_valid(value)),
        [place for place, _ in branches],
        nullable=whole.is_valid(None),
        allows=whole.is_valid,
    )


def place(
    document: Mapping[str, Any],
    schema: Mapping[str, Any],
    allowed: Callable[[Form, str], bool] = lambda _, _pointer: True,
    unmeasured: dict[str, str] | None = None,
) -> Place:
    """Return the place of `schema`, with the forms of single values that `allowed` accepts.

    Optional places for which nothing can be drawn are left out: `unmeasured` gets their pointers
    and the reasons. Raises UnmeasuredError for a required one.
    """
    root = to_json_schema(document, schema)
    found = {} if unmeasured is None else unmeasured
    return _Compiler(root, allowed, found).place(root, "", ())


@dataclass(frozen=True)
class _Compiler:
    _root: Mapping[str, Any]
    _allowed: Callable[[Form, str], bool]
    _unmeasured: dict[str, str]

    def place(self, schema: Any, pointer: str, opened: tuple[str, ...]) -> Place:
        """Return a place after some trial draws, so that drawing does not fail later."""
        opened = (*opened, schema["$ref"]) if "$ref" in schema else opened
        flat = merged(self._root, schema)
        found = self._place(schema, flat, pointer, opened)
        if flat.keys() & _CONCERN_THE_WHOLE:
            found.allows = self._validator(schema).is_valid
            found.keep_reachable()
        elif found.allows:
            found.draw(Random(1))
        return found

    def _place(
        self, schema: Any, flat: Mapping[str, Any], pointer: str, opened: tuple[str, ...]
    ) -> Place:
        nullable = self._validator(schema).is_valid(None)
        if branches := self._branches(flat):
            places = {
                name: self._part(branch, f"{pointer}/{name}", opened)
                for name, branch in branches.items()
            }
            drawn = [(at, self._validator(branches[name])) for name, at in places.items() if at]
            if not drawn:
                raise UnmeasuredError(pointer, "nothing is drawn for any of its alternatives")
            return union(pointer, drawn, self._validator(schema))
        types = _types(flat)
        if not types:
            return free(pointer)
        [kind] = types - {"null"} or {"null"}
        if "prefixItems" in flat:
            raise UnmeasuredError(pointer, "nothing is drawn for prefixItems")
        if kind == "array":
            items = self._part(flat.get("items", {}), f"{pointer}/*", opened)
            if items is None and flat.get("minItems", 0):
                raise UnmeasuredError(pointer, "nothing is drawn for its items")
            return array(pointer, flat, items, nullable=nullable)
        if kind == "object":
            return self._object(flat, pointer, opened, nullable=nullable)
        if kind == "null":
            return single(pointer, [_ONLY_NULL])
        try:
            typed = {**flat, "type": kind}
            every = forms(typed, self._validator(typed).is_valid)
        except ValueError as error:
            raise UnmeasuredError(pointer, str(error)) from None
        allowed = [each for each in every if self._allowed(each, pointer)]
        return single(pointer, allowed, nullable=nullable)

    def _branches(self, flat: Mapping[str, Any]) -> dict[str, Any]:
        """Return the alternatives of `flat`, except one that allows only null."""
        rest = {word: value for word, value in flat.items() if word not in {"oneOf", "anyOf"}}
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
    ) -> Place:
        places = {
            name: self._part(part, f"{pointer}/{name}", opened)
            for name, part in flat.get("properties", {}).items()
        }
        members = {name: each for name, each in places.items() if each is not None}
        for name in flat.get("required", ()):
            if name in places and name not in members:
                reason = self._unmeasured.get(f"{pointer}/{name}", "it has no end")
                raise UnmeasuredError(f"{pointer}/{name}", reason)
        others = flat.get("additionalProperties", True)
        return members_by_name(
            pointer,
            members,
            flat.get("required", ()),
            None if others is False else self._part(others, f"{pointer}/*", opened),
            nullable=nullable,
        )

    def _part(self, schema: Any, pointer: str, opened: tuple[str, ...]) -> Place | None:
        """Return the place of a part, or None if it is endless or nothing can be drawn for it."""
        if schema is True:
            return free(pointer)
        if schema is False or schema.get("$ref") in opened:
            return None
        try:
            return self.place(schema, pointer, opened)
        except UnmeasuredError as error:
            self._unmeasured[pointer] = error.reason
            return None

    def _validator(self, schema: Any) -> Draft202012Validator:
        return compiled({**schema, "$defs": self._root.get("$defs", {})})


def _types(flat: Mapping[str, Any]) -> set[str]:
    """Return the types that a schema names or that its other keywords imply."""
    types = flat.get("type", [])
    named = {types} if isinstance(types, str) else set(types)
    if named:
        return named
    if values := flat.get("enum", [flat["const"]] if "const" in flat else []):
        return {
            "string" if isinstance(each, str) else "null" if each is None else "integer"
            for each in values
        }
    return {kind for kind, word in _CONTAINERS.items() if word in flat}


def _presences(optional: list[str]) -> Iterator[Kind]:
    """Yield each optional member present and absent, and each pair of them."""
    for name in optional:
        yield Kind("properties", f"{name} given", partial(_have, {name: True}))
        yield Kind("properties", f"{name} absent", partial(_have, {name: False}))
    for names in combinations(optional, 2):
        for given in product((True, False), repeat=2):
            pair = dict(zip(names, given, strict=True))
            words = (name if is_given else f"no {name}" for name, is_given in pair.items())
            yield Kind(PAIR, ", ".join(words), partial(_have, pair))


def _have(names: Mapping[str, bool], value: Any) -> bool:
    return all((name in value) == given for name, given in names.items())


PAIR: Final = "pair"
"""The keyword of the marks of two optional members at once."""

_UNKNOWN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "none": lambda names: not names,
    "one": lambda names: len(names) == 1,
    "several": lambda names: len(names) > 1,
    "named as in Python": lambda names: not names.isdisjoint(_PYTHON_NAMES),
    "named with marks, or not at all": lambda names: not names.isdisjoint(_OTHER_NAMES[2:]),
}


def _are_unknown(known: Any, name: str, value: Any) -> bool:
    return _UNKNOWN[name](value.keys() - known)


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
