"""The two ways in which callers build what they send: from a dict, and by the constructors."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

from tests.conformance.operations import Operation, alternatives, python_name, resolve

Build = Callable[[Operation, Any], Any]


def from_dict(operation: Operation, body: Any) -> Any:
    """Return the body as the generated `from_dict` reads it."""
    model: Any = operation.body_model
    return model.from_dict(body)


def by_constructor(operation: Operation, body: Any) -> Any:
    """Return the body built by the generated constructors, with the types they ask for."""
    return argument(operation.document, operation.body_schema or {}, operation.hints["body"], body)


def argument(
    document: Mapping[str, Any], schema: Mapping[str, Any], annotation: Any, value: Any
) -> Any:
    """Return a JSON value as what a generated annotation asks for."""
    if get_origin(annotation) is list:
        [item] = get_args(annotation)
        items = next(each["items"] for each in alternatives(document, schema) if "items" in each)
        return [argument(document, items, item, each) for each in value]
    if get_args(annotation) and get_origin(annotation) is not Literal:
        fitting = next(each for each in get_args(annotation) if _fits(each, value))
        return argument(document, schema, fitting, value)
    if inspect.isclass(annotation) and attrs.has(annotation):
        return _instance(document, schema, annotation, value)
    if annotation in {datetime, date, UUID}:
        # Upper case: Python 3.11 reads Z, and not the z that RFC 3339 allows as well.
        return UUID(value) if annotation is UUID else annotation.fromisoformat(value.upper())
    return value


def with_defaults(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> Any:
    """Return `value` with the defaults of the schema where an object leaves a property out.

    The generated constructors put them in; from_dict does not.
    """
    schema = resolve(document, schema)
    if isinstance(value, list):
        return [with_defaults(document, schema.get("items", {}), each) for each in value]
    if not isinstance(value, dict):
        return value
    parts = schema.get("properties", {})
    present = {
        name: with_defaults(document, parts.get(name, {}), each) for name, each in value.items()
    }
    defaults = {name: part["default"] for name, part in parts.items() if "default" in part}
    return {**defaults, **present}


@functools.cache
def _hints(model: type[attrs.AttrsInstance]) -> dict[str, Any]:
    package = model.__module__.rpartition(".")[0]
    return get_type_hints(model, localns=vars(importlib.import_module(package)))


def _instance(
    document: Mapping[str, Any],
    schema: Mapping[str, Any],
    model: type[attrs.AttrsInstance],
    value: Mapping[str, Any],
) -> Any:
    hints = _hints(model)
    parts: dict[str, Any] = {}
    for each in alternatives(document, schema):
        parts |= each.get("properties", {})
    given = {
        python_name(name): argument(document, parts[name], hints[python_name(name)], each)
        for name, each in value.items()
        if name in parts
    }
    instance: Any = model(**given)
    if rest := {name: each for name, each in value.items() if name not in parts}:
        instance.additional_properties = rest
    return instance


def _fits(annotation: Any, value: Any) -> bool:  # noqa: PLR0911 - one for each kind
    """Tell whether a member of a union is the one for a JSON value."""
    if get_origin(annotation) is list:
        return isinstance(value, list)
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    if annotation is type(None):
        return value is None
    if inspect.isclass(annotation) and attrs.has(annotation):
        return isinstance(value, Mapping)
    if annotation in {datetime, date, UUID, str}:
        return isinstance(value, str)
    if annotation in {int, float}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return annotation is bool and isinstance(value, bool)
