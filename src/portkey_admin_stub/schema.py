"""Schemas of an OpenAPI document as JSON Schema 2020-12, and validators made from them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from jsonschema_rs import Draft202012Validator, EmailOptions, ValidationError

from .problems import problem

Json: TypeAlias = Any
"""Any value of JSON, as Python has it."""

Schema: TypeAlias = Mapping[str, Any] | bool

_HOLDS_SCHEMA = (
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_HOLDS_SCHEMA_LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
_HOLDS_SCHEMA_MAP = ("$defs", "dependentSchemas", "patternProperties", "properties")

# The keywords of OpenAPI 3.0, which ignores all others. `nullable` and the boolean `exclusive...`
# are translated separately.
_WORDS_OF_3_0 = (
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "enum",
    "example",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
    "uniqueItems",
)

# JSON Schema has no formats for numbers, so their ranges are spelled out.
_LARGEST_FLOAT = (2 - 2**-23) * 2.0**127
_LARGEST_DOUBLE = sys.float_info.max
_RANGES = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"minimum": -_LARGEST_FLOAT, "maximum": _LARGEST_FLOAT},
    "double": {"minimum": -_LARGEST_DOUBLE, "maximum": _LARGEST_DOUBLE},
}


def resolve(document: Mapping[str, Any], reference: str) -> Json:
    """Return the value that a local reference such as "#/components/schemas/Key" points at.

    Raises ValueError if it is not local, or if nothing is there.
    """
    if not reference.startswith("#/"):
        raise ValueError(f"only references within the document can be followed, not {reference!r}")
    place: Json = document
    for part in unquote(reference.removeprefix("#/")).split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            place = place[int(name)] if isinstance(place, list) else place[name]
        except (LookupError, TypeError, ValueError):
            raise ValueError(f"nothing is at {reference!r}") from None
    return place


def to_json_schema(document: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a schema of the document as a self-contained JSON Schema 2020-12.

    The schemas that it refers to are in its `$defs`, so recursive schemas work. Raises ValueError
    if it refers to something outside the document, or missing from it.
    """
    translation = _Translation(document)
    translated = translation.translate(schema)
    if isinstance(translated, bool):
        translated = {} if translated else {"not": {}}
    if translation.definitions:
        translated["$defs"] = {**translated.get("$defs", {}), **translation.definitions}
    return translated


def validator(document: Mapping[str, Any], schema: Schema) -> Draft202012Validator:
    """Return a validator of a schema of the document, which checks formats too.

    Its messages do not quote the invalid value. Raises ValueError if the schema is invalid.
    """
    return compiled(to_json_schema(document, schema))


def compiled(schema: dict[str, Any]) -> Draft202012Validator:
    """Return a validator of a JSON Schema, like `validator`."""
    try:
        return Draft202012Validator(
            schema,
            validate_formats=True,
            # "Foo <foo@example.com>" is a mailbox; the format is for addresses only.
            email_options=EmailOptions(allow_display_text=False),
            mask="the value",
            retriever=_fetch_nothing,
        )
    except ValidationError as error:  # its text has several lines
        raise ValueError(problem("schema", error.message, error.instance_path)) from None


def merged(root: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a part of a JSON Schema as one level, with its `$ref` and `allOf` merged into it.

    `root` is the whole schema, from `to_json_schema`.
    """
    if isinstance(schema, bool):
        return {}
    flat = {word: value for word, value in schema.items() if word not in ("$ref", "allOf")}
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(resolve(root, schema["$ref"]))
    for part in parts:
        for word, value in merged(root, part).items():
            flat[word] = (
                _BOTH[word](flat[word], value)
                if word in flat and word in _BOTH
                else (flat.get(word, value))
            )
    return flat


def _common(one: list[Json], other: list[Json]) -> list[Json]:
    return [value for value in one if value in other]


def _common_types(one: str | list[str], other: str | list[str]) -> list[str]:
    types, others = _types(one), _types(other)
    common = types & others
    return sorted(common - {"integer"} if "number" in common else common)


def _types(given: str | list[str]) -> set[str]:
    """Return the types of a `type`; an integer is a number too."""
    types = {given} if isinstance(given, str) else set(given)
    return types | {"integer"} if "number" in types else types


def _all_properties(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    both = {
        name: merged({}, {"allOf": [one[name], other[name]]})
        for name in one
        if name in other and _is_flat(one[name]) and _is_flat(other[name])
    }
    return {**other, **one, **both}


def _is_flat(schema: Schema) -> bool:
    """Return whether a schema contains no schemas, so that it cannot contain itself."""
    words = (*_HOLDS_SCHEMA, *_HOLDS_SCHEMA_LIST, *_HOLDS_SCHEMA_MAP, "$ref")
    return isinstance(schema, bool) or schema.keys().isdisjoint(words)


# How the values of a keyword in two parts of a schema are combined.
_BOTH: dict[str, Callable[[Json, Json], Json]] = {
    "enum": _common,
    "type": _common_types,
    "properties": _all_properties,
    "required": lambda one, other: [*one, *other],
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


def _fetch_nothing(address: str) -> Json:
    """Refuse to load a schema from an address, such as the one in `$schema`."""
    raise ValueError(f"{address!r} is not fetched")


class _Translation:
    """Translates one schema to JSON Schema, and collects the definitions that it needs."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._is_3_0 = str(document["openapi"]).startswith("3.0")
        self.definitions: dict[str, dict[str, Any] | bool] = {}

    def translate(self, schema: Schema) -> dict[str, Any] | bool:
        if isinstance(schema, bool):
            return schema
        if self._is_3_0:
            schema = _as_3_1(schema)
        translated = {word: self._value(word, value) for word, value in schema.items()}
        if schema.get("format") in _RANGES:
            limits = _RANGES[schema["format"]]
            translated["allOf"] = [*translated.get("allOf", ()), limits]
        return translated

    def _value(self, word: str, value: Json) -> Json:
        if word == "$ref":
            return self._reference(value)
        if word in _HOLDS_SCHEMA:
            return self.translate(value)
        if word in _HOLDS_SCHEMA_LIST:
            return [self.translate(item) for item in value]
        if word in _HOLDS_SCHEMA_MAP:
            return {name: self.translate(item) for name, item in value.items()}
        return value

    def _reference(self, reference: str) -> str:
        name = reference.removeprefix("#/")
        if name not in self.definitions:
            # Entered first, so that a recursive schema is not translated again.
            self.definitions[name] = True
            self.definitions[name] = self.translate(resolve(self._document, reference))
        return "#/$defs/" + quote(name.replace("~", "~0").replace("/", "~1"))


def _as_3_1(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 with the keywords of 3.1 at its top level."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    kept = {word: value for word, value in schema.items() if word in _WORDS_OF_3_0}
    # In OpenAPI 3.0.3, `nullable` adds null to the type next to it, but not to an enum.
    if schema.get("nullable") is True and "type" in kept:
        kept["type"] = [kept["type"], "null"]
    for exclusive, limit in (
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ):
        if schema.get(exclusive) is True and limit in kept:
            kept[exclusive] = kept.pop(limit)
    return kept
