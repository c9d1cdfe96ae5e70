"""The examples and defaults in an OpenAPI document, each with its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from portkey_admin_stub.schema import Schema, validator

Place: TypeAlias = tuple[str | int, ...]

# Below these, keys are names, not keywords: a property may be called `example`.
_NAMED = frozenset(
    (
        "content",
        "encoding",
        "headers",
        "parameters",
        "patternProperties",
        "paths",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "securitySchemes",
    )
)
# Below these are values, not schemas; `_beside` reads them.
_READ = frozenset(("default", "enum", "example", "examples", "variables"))


@dataclass(frozen=True)
class Stated:
    """An example or default, and the schema that it belongs to."""

    place: Place
    value: Any
    schema: Schema

    @property
    def pointer(self) -> str:
        """The JSON pointer of the value."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in self.place)
        return "".join(f"/{part}" for part in parts)


def stated(document: Mapping[str, Any]) -> Iterator[Stated]:
    """Yield each `example`, `examples.*.value` and `default` of a document."""
    return _below(document, (), named=False)


def invalid_values(document: Mapping[str, Any]) -> set[str]:
    """Return the pointers of the examples and defaults that their own schema refuses."""
    return {
        each.pointer
        for each in stated(document)
        if not validator(document, each.schema).is_valid(each.value)
    }


def _below(node: Any, place: Place, *, named: bool) -> Iterator[Stated]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _below(item, (*place, index), named=False)
    if not isinstance(node, dict):
        return
    if not named:
        yield from _beside(node, place)
    for key, value in node.items():
        if named or not (key in _READ or key.startswith("x-")):
            yield from _below(value, (*place, key), named=not named and key in _NAMED)


def _beside(node: Mapping[str, Any], place: Place) -> Iterator[Stated]:
    """Yield the examples and defaults of one object: a schema, its owner or a server."""
    schema = node.get("schema", node)
    for word in ("example", "default"):
        if word in node:
            yield Stated((*place, word), node[word], schema)
    for name, example in node.get("examples", {}).items():
        if "value" in example:
            yield Stated((*place, "examples", name, "value"), example["value"], schema)
    for name, variable in node.get("variables", {}).items():
        allowed = {"enum": variable["enum"]} if "enum" in variable else {}
        where = (*place, "variables", name, "default")
        yield Stated(where, variable["default"], {"type": "string", **allowed})
