"""The generated models hold what they were given, each part in its place."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from random import Random
from typing import Any

import attrs
import pytest
from portkey_generated.api.api_keys.create_api_key import _get_kwargs
from portkey_generated.models import CreateApiKeyObject, RateLimit, RotationPolicy, UsageLimits

from tests.conformance.building import by_constructor, from_dict, with_defaults
from tests.conformance.deep import Cases
from tests.conformance.operations import Operation


def _bodies(operation: Operation) -> Iterator[Any]:
    place = Cases(operation).place(lambda form: form.carried)
    random = Random(1)
    for _ in range(500):
        yield place.draw(random)["body"]


def test_both_ways_of_building_give_the_same(operation: Operation) -> None:
    """What from_dict reads is what the constructors make of the same values."""
    for body in _bodies(operation):
        whole = with_defaults(operation.models, operation.hints["body"], body)
        assert from_dict(operation, whole) == by_constructor(operation, body)


def test_shares_no_object_with_what_it_was_read_from(operation: Operation) -> None:
    """What from_dict has read stays as it was, also where the model is added to later."""
    for body in _bodies(operation):
        before = copy.deepcopy(body)
        _add_to_each(from_dict(operation, body))
        assert body == before


def _add_to_each(model: Any) -> None:
    model["more"] = 1
    values = (getattr(model, field.name) for field in attrs.fields(type(model)))
    lists = (value if isinstance(value, list) else [value] for value in values)
    for each in itertools.chain.from_iterable(lists):
        if attrs.has(type(each)):
            _add_to_each(each)


def test_refuses_a_value_beyond_an_enum() -> None:
    """A model is not read from a value that its enum does not have."""
    for given in ({"type": "x", "unit": "rpm"}, {"type": "requests", "unit": "x"}):
        with pytest.raises(TypeError, match="Unexpected value 'x'"):
            RateLimit.from_dict({**given, "value": 1})
    with pytest.raises(TypeError, match="Unexpected value 'x'"):
        UsageLimits.from_dict({"type": "x"})


_UNFIT: dict[str, tuple[object, ...]] = {
    "rate_limits": (5, "", "x", {}, [5], ["x"], [{}], [{"type": "x", "unit": "rpm", "value": 1}]),
    "expires_at": (5, "x"),
    "rotation_policy": (5, "x", []),
}
_UNFIT_LIMITS: dict[str, tuple[object, ...]] = {
    "periodic_reset": (5, "x", {}),
    "periodic_reset_days": ("x", {}),
    "next_usage_reset_at": (5, "x"),
}
_UNFIT_POLICY: dict[str, tuple[object, ...]] = {
    "rotation_period": (5, "x", {}),
    "next_rotation_at": (5, "x"),
}


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (model, name, value)
        for model, unfit in (
            (CreateApiKeyObject, _UNFIT),
            (UsageLimits, _UNFIT_LIMITS),
            (RotationPolicy, _UNFIT_POLICY),
        )
        for name, values in unfit.items()
        for value in values
    ],
)
def test_leaves_what_no_alternative_fits(model: Any, name: str, value: object) -> None:
    """A value that no alternative fits is kept and sent as it is, but for lists with such items."""
    read = model.from_dict({"name": "ci", "scopes": [], name: value})
    kept = [getattr(read, name)]
    if not isinstance(value, list):
        kept.append(read.to_dict()[name])
    for each in kept:
        assert each == value
        assert type(each) is type(value)


def test_quotes_the_parts_of_the_path() -> None:
    """Whatever a path parameter holds, it is one part of the path."""
    body = CreateApiKeyObject("ci", [])
    request = _get_kwargs("a/b?", "ü/#%c", body=body)  # type: ignore[arg-type]
    assert request["url"] == "/api-keys/a%2Fb%3F/%C3%BC%2F%23%25c"
