"""Reads the parameters of an operation from the document, and their values from requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .schema import Schema, merged, to_json_schema, validator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from jsonschema_rs import Draft202012Validator

_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}

_TYPES_OF_VALUES = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "array",
    str: "string",
    type(None): "null",
}
_ALL_TYPES = frozenset(_TYPES_OF_VALUES.values())

# No more digits than Python turns into an integer; no sign or zero that JSON would not have.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,4000})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,4000})(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Parameter:
    """A parameter: its place, its form, and its validator."""

    name: str
    location: str
    required: bool
    is_array: bool
    explode: bool
    types: frozenset[str]
    """The JSON types that the value may have; for an array, those of its items."""
    validator: Draft202012Validator

    @property
    def where(self) -> str:
        """Return the name of the parameter for the texts of problems."""
        return f'{self.location} parameter "{self.name}"'

    def value(self, texts: Sequence[str]) -> object:
        """Return the value of the decoded texts: all of them as a list for an array.

        A text that stands for none of the parameter's types is returned as it is, which the
        validator then refuses.
        """
        values = [_typed(text, self.types) for text in texts]
        return values if self.is_array else values[0]


def read_parameter(document: Mapping[str, Any], described: Mapping[str, Any]) -> Parameter:
    """Return a parameter that the document describes.

    Raises ValueError when it is an object, an array in a cookie, of another style than the usual
    one of its place, or described by `content` instead of `schema`.
    """
    name, location = described["name"], described["in"]
    explode = described.get("explode", location == "query")
    schema = to_json_schema(document, described.get("schema", {}))
    types = _json_types(schema, schema)
    is_array = types - {"null"} == {"array"}
    if is_array:
        types = _json_types(schema, merged(schema, schema).get("items", {}))
    usual = _STYLES.get(location)
    if (
        usual is None
        or described.get("style", usual) != usual
        or "content" in described
        or types & {"array", "object"}
        or (is_array and location == "cookie")
    ):
        raise ValueError(f'{location} parameter "{name}": this kind of parameter cannot be judged')
    return Parameter(
        name=name,
        location=location,
        required=described.get("required", False),
        is_array=is_array,
        explode=explode,
        types=types,
        validator=validator(document, described.get("schema", {})),
    )


def _json_types(root: Mapping[str, Any], schema: Schema) -> frozenset[str]:
    """Return the types of JSON that a schema allows; none if it does not say: a text stays one."""
    types = _allowed_types(root, schema)
    return frozenset() if types == _ALL_TYPES else types


def _allowed_types(root: Mapping[str, Any], schema: Schema) -> frozenset[str]:
    flat = merged(root, schema)
    types = _ALL_TYPES
    if "type" in flat:
        named = {flat["type"]} if isinstance(flat["type"], str) else set(flat["type"])
        types &= named | {"integer"} if "number" in named else named
    values = [flat["const"]] if "const" in flat else flat.get("enum", ())
    if values:
        types &= {_TYPES_OF_VALUES[type(value)] for value in values}
    for word in ("anyOf", "oneOf"):
        branches = [_allowed_types(root, branch) for branch in flat.get(word, ())]
        if branches:
            types &= frozenset().union(*branches)
    return types


def _typed(text: str, types: AbstractSet[str]) -> str | float | bool:
    """Return the value of a text for some JSON types, or the text itself if no type fits."""
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    if "boolean" in types:
        return _BOOLEANS.get(text, text)
    return text
