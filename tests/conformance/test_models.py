"""The generated models keep the values that they are given."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from random import Random
from types import NoneType
from typing import Any, Literal, get_origin

import attrs
import pytest

from tests.conformance.building import (
    by_constructor,
    fits,
    from_dict,
    hints,
    is_model,
    members,
    with_defaults,
)
from tests.conformance.calling import arguments
from tests.conformance.cases import Source
from tests.conformance.documents import OPERATIONS
from tests.conformance.measure.deep import Cases
from tests.conformance.operations import Operation

each_body = pytest.mark.parametrize(
    "sends",
    [
        pytest.param(each, id=name)
        for name, each in OPERATIONS.items()
        if each.content and any(map(is_model, members(each.hints["body"])))
    ],
)


def bodies(operation: Operation) -> Iterator[Any]:
    """Yield some bodies that the generated models can represent."""
    place = Cases(operation).carried
    random = Random(1)
    drawn = (place.draw(random).get("body") for _ in range(500))
    yield from (body for body in drawn if body is not None)


@each_body
def test_both_ways_of_building_give_equal_models(sends: Operation) -> None:
    """from_dict and the constructors make equal models of the same values."""
    for body in bodies(sends):
        whole = with_defaults(sends.models, sends.hints["body"], body)
        assert from_dict(sends, whole) == by_constructor(sends, body)


@each_body
def test_model_shares_no_object_with_its_source(sends: Operation) -> None:
    """The source of from_dict does not change when the model is changed later."""
    for body in bodies(sends):
        before = copy.deepcopy(body)
        for model in models(from_dict(sends, body)):
            model["more"] = 1
        assert body == before


@each_body
def test_models_share_no_object(sends: Operation) -> None:
    """A change of one model, built either way, does not change another."""
    for build, body in itertools.product((from_dict, by_constructor), bodies(sends)):
        before = build(sends, body).to_dict()
        for model in models(build(sends, body)):
            model["more"] = 1
        assert build(sends, body).to_dict() == before


@each_body
def test_additional_properties_never_replace_known_ones(sends: Operation) -> None:
    """A property is sent with its own value, even if additional_properties has the same name."""
    for body in bodies(sends):
        for model in models(from_dict(sends, body)):
            before = model.to_dict()
            known = before.keys() - model.additional_properties
            model.additional_properties |= dict.fromkeys(known, "in its place")
            after = model.to_dict()
            assert {name: after[name] for name in known} == {name: before[name] for name in known}


def models(model: Any) -> Iterator[Any]:
    """Yield a model and all models in it that have additional properties."""
    if hasattr(model, "additional_properties"):
        yield model
    values = (getattr(model, field.name) for field in attrs.fields(type(model)))
    lists = (value if isinstance(value, list) else [value] for value in values)
    for each in itertools.chain.from_iterable(lists):
        if attrs.has(type(each)):
            yield from models(each)


UNFIT: tuple[object, ...] = (5, 2.5, "x", {}, [], [5], ["x"], [{}], [{"type": "x"}])


@each_body
def test_invalid_value_is_refused_or_kept(sends: Operation) -> None:
    """A value that does not fit is refused, or kept unchanged where null is allowed."""
    every: dict[Any, Any] = {
        type(model): model for body in bodies(sends) for model in models(from_dict(sends, body))
    }
    for kind, model in every.items():
        for name, python in sends.models[kind.__name__].python.items():
            annotation = hints(kind)[python]
            for value in UNFIT:
                if not fits(sends.models, annotation, value):
                    _is_refused_or_kept(kind, {**model.to_dict(), name: value}, name, python)


def _is_refused_or_kept(kind: Any, given: dict[str, Any], name: str, python: str) -> None:
    annotations = members(hints(kind)[python])
    value = given[name]
    if NoneType in annotations:
        read = kind.from_dict(given)
        # A list of values that are not models can be kept, but not sent.
        for each in (
            getattr(read, python),
            value if isinstance(value, list) else read.to_dict()[name],
        ):
            assert (type(each), each) == (type(value), value)
    elif any(get_origin(each) is Literal for each in annotations):
        with pytest.raises(TypeError, match="Unexpected value" if value == "x" else None):
            kind.from_dict(given)


def test_path_parameters_are_percent_encoded(operation: Operation, source: Source) -> None:
    """A path parameter with any characters stays one segment of the path."""
    *_, least = source.coverage(operation)
    given = arguments(operation, least, from_dict)
    url = operation.path
    for name in [each["name"] for each in operation.keys.values() if each["in"] == "path"]:
        given[operation.names.python[f"path.{name}"]] = "a/b?\xfc#%"
        url = url.replace(f"{{{name}}}", "a%2Fb%3F%C3%BC%23%25")
    assert operation.module._get_kwargs(**given)["url"] == url
