"""Two ways in which callers build a body: with from_dict, and with the constructors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

from tests.conformance.naming import Names
from tests.conformance.operations import Operation, models_by_name

Build = Callable[[Operation, Any], Any]


class AnnotationError(TypeError):
    """A generated annotation does not allow a value that the schema allows."""


Models = Mapping[str, Names]

_TEXTS: dict[Any, Callable[[str], Any]] = {
    date: date.fromisoformat,
    # Upper case, because Python 3.11 does not accept the z that RFC 3339 allows.
    datetime: lambda text: datetime.fromisoformat(text.upper()),
    UUID: UUID,
}


def from_dict(operation: Operation, body: Any) -> Any:
    """Return the body read by the generated `from_dict`, or built if it is not a model."""
    return _read(operation.models, operation.hints["body"], body)


def by_constructor(operation: Operation, body: Any) -> Any:
    """Return the body built by the generated constructors, with the types that they expect."""
    return argument(operation.models, operation.hints["body"], body)


def argument(models: Models, annotation: Any, value: Any) -> Any:
    """Convert a JSON value to the type of a generated annotation.

    Raises AnnotationError for a value that the annotation does not allow.
    """
    kind = _member(models, annotation, value)
    if get_origin(kind) is list:
        return [argument(models, _items(kind), each) for each in value]
    if is_model(kind):
        return _instance(models, kind, value)
    return _TEXTS[kind](value) if kind in _TEXTS else value


def with_defaults(models: Models, annotation: Any, value: Any) -> Any:
    """Return `value` with the document's defaults for missing properties.

    The generated constructors add them; from_dict does not.
    """
    kind = _member(models, annotation, value)
    if get_origin(kind) is list:
        return [with_defaults(models, _items(kind), each) for each in value]
    if not is_model(kind):
        return value
    names = models[kind.__name__]
    given = {
        name: with_defaults(models, _hint(names, kind, name), each) for name, each in value.items()
    }
    return {**names.defaults, **given}


def as_json(value: Any) -> Any:
    """Convert an answer that the client has read to JSON."""
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value.to_dict() if hasattr(value, "to_dict") else value


def is_model(annotation: Any) -> bool:
    """Return whether an annotation is a generated model."""
    return inspect.isclass(annotation) and attrs.has(annotation)


def _read(models: Models, annotation: Any, value: Any) -> Any:
    kind = _member(models, annotation, value)
    if get_origin(kind) is list:
        return [_read(models, _items(kind), each) for each in value]
    return kind.from_dict(value) if is_model(kind) else argument(models, kind, value)


def _instance(models: Models, model: Any, value: Mapping[str, Any]) -> Any:
    names = models[model.__name__]
    given = {
        name: argument(models, _hint(names, model, name), each) for name, each in value.items()
    }
    instance = model(
        **{names.python[name]: given.pop(name) for name in names.python.keys() & value}
    )
    if given:
        instance.additional_properties = given
    return instance


def _hint(names: Names, model: Any, name: str) -> Any:
    """Return the annotation of a model's property, known or additional."""
    if name in names.python:
        return hints(model)[names.python[name]]
    return get_args(hints(model)["additional_properties"])[1]


@functools.cache
def hints(model: type[Any]) -> dict[str, Any]:
    """Return the annotations of a generated model."""
    return get_type_hints(model, localns=models_by_name(model.__module__.rpartition(".")[0]))


def members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or just the annotation."""
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _items(annotation: Any) -> Any:
    """Return the annotation of a list's items."""
    return get_args(annotation)[0]


def _member(models: Models, annotation: Any, value: Any) -> Any:
    """Return the annotation, or the member of a union that fits a JSON value best."""
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    found = {member: fits(models, member, value) for member in get_args(annotation)}
    best = max(found, key=lambda member: found[member])
    if not found[best]:
        raise AnnotationError(f"no member of {annotation} fits {value!r}")
    return best


def fits(models: Models, annotation: Any, value: Any) -> int:  # noqa: PLR0911 - one for each kind
    """Return how well an annotation fits a JSON value: 0 if not, more if it is more specific."""
    if get_origin(annotation) in {Union, UnionType}:
        return max(fits(models, member, value) for member in get_args(annotation))
    if get_origin(annotation) is list:
        return isinstance(value, list) and all(
            fits(models, _items(annotation), each) for each in value
        )
    if get_origin(annotation) is Literal:
        return 3 * any(type(each) is type(value) and each == value for each in get_args(annotation))
    if is_model(annotation):
        return _fits_model(models, annotation, value) if isinstance(value, Mapping) else 0
    if annotation in _TEXTS:
        return 3 * (isinstance(value, str) and _reads(annotation, value))
    if annotation in {int, float} and type(value) in {int, float}:
        return 2 if type(value) is annotation else annotation is float or value == int(value)
    if annotation is Any:
        return 1
    return 2 * (type(value) is annotation)


def _fits_model(models: Models, model: Any, value: Mapping[str, Any]) -> int:
    names = models[model.__name__]
    required = {each.name for each in attrs.fields(model) if each.default is attrs.NOTHING}
    known = names.python.keys() & value.keys()
    if not required <= {names.python[name] for name in known}:
        return 0
    if len(known) < len(value) and "additional_properties" not in hints(model):
        return 0
    inner = [fits(models, _hint(names, model, name), each) for name, each in value.items()]
    return 1 + 2 * len(known) if all(inner) else 0


def _reads(kind: Any, text: str) -> bool:
    try:
        _TEXTS[kind](text)
    except ValueError:
        return False
    return True
