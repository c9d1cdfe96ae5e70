"""Check JSON values against OpenAPI 3.0 schemas, compiled once into functions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from portkey_admin import _formats, _spec

Path = tuple[str | int, ...]


class Finding(NamedTuple):
    """A value that a schema refuses."""

    path: Path
    value: Any
    allowed: str


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = _Missing()

Check = Callable[[Any, Path, list[Finding]], None]

Refusal = Callable[[Any], bool]

_TYPES: Final[dict[str, tuple[str, Refusal]]] = {
    "string": ("a string", lambda value: not isinstance(value, str)),
    "boolean": ("true or false", lambda value: not isinstance(value, bool)),
    "integer": (
        "an integer",
        lambda value: (
            (isinstance(value, bool) or not isinstance(value, int))
            and not (isinstance(value, float) and value.is_integer())
        ),
    ),
    "number": (
        "a number",
        lambda value: isinstance(value, bool) or not isinstance(value, int | float),
    ),
    "array": ("an array", lambda value: not isinstance(value, list)),
    "object": ("an object", lambda value: not isinstance(value, dict)),
}

# Keywords that describe and do not constrain.
_ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "example", "deprecated", "readOnly", "writeOnly"}
)


def compile_schema(schema: dict[str, Any]) -> Check:
    """Return a function that adds to a list what `schema` refuses of a value.

    Raises NotImplementedError for a keyword it does not know, so that none is left unchecked.
    """
    schema = _spec.resolve(schema)
    unknown = {key for key in schema if not key.startswith("x-")} - _ANNOTATIONS - _COMPILED
    if unknown:
        raise NotImplementedError(f"no check is written for the schema keywords {sorted(unknown)}")
    if "type" not in schema and _COMPILED & schema.keys() - {"nullable", "enum", "allOf"}:
        raise NotImplementedError(f"no check is written for {sorted(schema)} without a type")
    words = _allowed(schema)
    nullable = schema.get("nullable", False) and None in schema.get("enum", [None])
    refusals = [_TYPES[schema["type"]][1]] if "type" in schema else []
    refusals += [build(schema) for keyword, build in _REFUSALS.items() if keyword in schema]
    children = [build(schema) for keyword, build in _CHILDREN.items() if keyword in schema]

    def check(value: Any, path: Path, findings: list[Finding]) -> None:
        if value is None and nullable:
            return
        for refuses in refusals:
            if refuses(value):
                findings.append(Finding(path, value, words))
                return
        for child in children:
            child(value, path, findings)

    return check


def _allowed(schema: dict[str, Any]) -> str:
    """Return what the schema allows, in words for a person."""
    values = [value for value in schema.get("enum", ()) if value is not None]
    words = _TYPES[schema["type"]][0] if "type" in schema else "any value"
    if values:
        words = " or ".join(json.dumps(value) for value in values)
    if "format" in schema:
        words = _formats.WORDS.get(schema["format"], words)
    limits = (f"{word} {schema[key]}" for key, word in _LIMITS.items() if key in schema)
    words = ", ".join((words, *limits))
    return f"{words}, or null" if schema.get("nullable") else words


_LIMITS: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "minLength": "length at least",
    "maxLength": "length at most",
    "pattern": "matching",
    "minItems": "items at least",
    "maxItems": "items at most",
}

_REFUSALS: Final[dict[str, Callable[[dict[str, Any]], Refusal]]] = {
    "enum": lambda schema: lambda value: value not in schema["enum"],
    "format": lambda schema: _formats.refusal(schema["format"]),
    "minimum": lambda schema: lambda value: value < schema["minimum"],
    "maximum": lambda schema: lambda value: value > schema["maximum"],
    "minLength": lambda schema: lambda value: len(value) < schema["minLength"],
    "maxLength": lambda schema: lambda value: len(value) > schema["maxLength"],
    "pattern": lambda schema: lambda value: not re.search(schema["pattern"], value),
    "minItems": lambda schema: lambda value: len(value) < schema["minItems"],
    "maxItems": lambda schema: lambda value: len(value) > schema["maxItems"],
}


def _items(schema: dict[str, Any]) -> Check:
    check = compile_schema(schema["items"])

    def check_items(value: Any, path: Path, findings: list[Finding]) -> None:
        for index, item in enumerate(value):
            check(item, (*path, index), findings)

    return check_items


def _required(schema: dict[str, Any]) -> Check:
    names = schema["required"]
    allowed = {
        name: _allowed(_spec.resolve(schema.get("properties", {}).get(name, {}))) for name in names
    }

    def check_required(value: Any, path: Path, findings: list[Finding]) -> None:
        for name in names:
            if name not in value:
                required = f"{allowed[name]} (it is required)"
                findings.append(Finding((*path, name), MISSING, required))

    return check_required


def _properties(schema: dict[str, Any]) -> Check:
    checks = {name: compile_schema(part) for name, part in schema["properties"].items()}

    def check_properties(value: Any, path: Path, findings: list[Finding]) -> None:
        for name, part in value.items():
            if name in checks:
                checks[name](part, (*path, name), findings)

    return check_properties


def _additional(schema: dict[str, Any]) -> Check:
    allowed = schema["additionalProperties"]
    known = schema.get("properties", {}).keys()
    check = compile_schema(allowed) if isinstance(allowed, dict) else None

    def check_additional(value: Any, path: Path, findings: list[Finding]) -> None:
        for name, part in value.items():
            if name in known or allowed is True:
                continue
            if check is None:
                findings.append(Finding((*path, name), part, "no property of this name"))
            else:
                check(part, (*path, name), findings)

    return check_additional


def _all_of(schema: dict[str, Any]) -> Check:
    checks = [compile_schema(part) for part in schema["allOf"]]

    def check_all(value: Any, path: Path, findings: list[Finding]) -> None:
        for check in checks:
            check(value, path, findings)

    return check_all


_CHILDREN: Final[dict[str, Callable[[dict[str, Any]], Check]]] = {
    "items": _items,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "allOf": _all_of,
}

_COMPILED: Final = frozenset({"type", "nullable", *_REFUSALS, *_CHILDREN})
