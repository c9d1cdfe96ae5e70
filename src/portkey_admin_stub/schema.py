"""Schemas of an OpenAPI document as JSON Schema 2020-12, and validators made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from jsonschema_rs import Draft202012Validator, EmailOptions

Json: TypeAlias = Any
"""Any value of JSON, as Python has it."""

Schema: TypeAlias = Mapping[str, Any] | bool

_HOLDS_SCHEMA = frozenset(
    (
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
)
_HOLDS_SCHEMA_LIST = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_HOLDS_SCHEMA_MAP = frozenset(("$defs", "dependentSchemas", "patternProperties", "properties"))

# What a schema object of OpenAPI 3.0 may say; other words mean nothing there, whatever they
# mean to JSON Schema. `nullable` and the two boolean `exclusive...` are translated apart.
_WORDS_OF_3_0 = frozenset(
    (
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
)

# JSON Schema has no formats for numbers, so the ranges that OpenAPI gives them are spelled out.
_LARGEST_FLOAT = 3.4028234663852886e38
_LARGEST_DOUBLE = 1.7976931348623157e308
_RANGES = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"minimum": -_LARGEST_FLOAT, "maximum": _LARGEST_FLOAT},
    "double": {"minimum": -_LARGEST_DOUBLE, "maximum": _LARGEST_DOUBLE},
}


def resolve(document: Mapping[str, Any], reference: str) -> Json:
    """Return what a local reference such as "#/components/schemas/Key" points at.

    Raises ValueError when it is not local, or when nothing is there.
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

    Everything it refers to is carried along under `$defs`, so recursive schemas work.
    Raises ValueError when it refers to something outside the document, or missing from it.
    """
    translation = _Translation(document)
    translated = translation.translate(schema)
    if isinstance(translated, bool):
        translated = {} if translated else {"not": {}}
    if translation.definitions:
        translated["$defs"] = {**translated.get("$defs", {}), **translation.definitions}
    return translated


def validator(document: Mapping[str, Any], schema: Schema) -> Draft202012Validator:
    """Return a compiled validator of a schema of the document, which checks formats too.

    Its messages do not quote the value they refuse. Raises ValueError when the schema is wrong.
    """
    return compiled(to_json_schema(document, schema))


def compiled(schema: dict[str, Any]) -> Draft202012Validator:
    """Return a compiled validator of a JSON Schema, as `validator` does."""
    return Draft202012Validator(
        schema,
        validate_formats=True,
        # "Foo <foo@example.com>" is a mailbox; the format is for addresses only.
        email_options=EmailOptions(allow_display_text=False),
        mask="the value",
        retriever=_fetch_nothing,
    )


def merged(root: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a part of a JSON Schema with its `$ref` and `allOf` folded into one level.

    `root` is the whole schema, as `to_json_schema` returned it.
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


def _common_types(one: str | list[str], other: str | list[str]) -> str | list[str]:
    types, others = ({each} if isinstance(each, str) else set(each) for each in (one, other))
    if "number" in others:
        others |= {"integer"}
    if "number" in types and "integer" in others - types:
        types |= {"integer"}
    found = sorted((types & others) - ({"number"} & types - others))
    return found[0] if len(found) == 1 else found


def _all_properties(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    both = {
        name: merged({}, {"allOf": [one[name], other[name]]})
        for name in one
        if name in other and _is_flat(one[name]) and _is_flat(other[name])
    }
    return {**other, **one, **both}


def _is_flat(schema: Schema) -> bool:
    """Return whether a schema contains no schemas, so that it cannot contain itself."""
    words = schema.keys() if isinstance(schema, Mapping) else set()
    return words.isdisjoint(_HOLDS_SCHEMA | _HOLDS_SCHEMA_LIST | _HOLDS_SCHEMA_MAP | {"$ref"})


# What a keyword says that is in two parts of a schema.
_BOTH: dict[str, Callable[[Json, Json], Json]] = {
    "enum": _common,
    "type": _common_types,
    "properties": _all_properties,
    "required": lambda one, other: [*one, *other],
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


def _fetch_nothing(address: str) -> Json:
    """Stand in for what would fetch a schema, such as one named by `$schema`, from elsewhere."""
    raise ValueError(f"{address!r} is not fetched")


class _Translation:
    """One schema on its way to JSON Schema, with the definitions it turned out to need."""

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
        limits = _RANGES.get(schema.get("format", ""))
        if limits is not None:
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
            # Entered before it is known: a recursive schema comes by here again.
            self.definitions[name] = True
            self.definitions[name] = self.translate(resolve(self._document, reference))
        return "#/$defs/" + quote(name.replace("~", "~0").replace("/", "~1"))


def _as_3_1(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the top level of a schema of OpenAPI 3.0 in the words of 3.1."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    said = {word: value for word, value in schema.items() if word in _WORDS_OF_3_0}
    # By OpenAPI 3.0.3 `nullable` widens the type next to it and nothing else: not an enum.
    if schema.get("nullable") is True and "type" in said:
        said["type"] = [said["type"], "null"]
    for exclusive, limit in (
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ):
        if schema.get(exclusive) is True and limit in said:
            said[exclusive] = said.pop(limit)
    return said
