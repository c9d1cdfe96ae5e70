"""Write the TypedDicts of request bodies, from the spec as the generator reads it.

The name is that of the generated model with Dict at the end: RateLimitDict for RateLimit. All use
the functional syntax: it allows any property name, and no property name can hide a type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.parser.properties.union import UnionProperty

_HEAD: Final = '''\
"""The dicts of request bodies, for type checkers and editors."""

import collections.abc
import datetime
import typing
import uuid
'''
# The keys are the generator's classes of properties.
_SCALARS: Final = {
    "AnyProperty": ("typing.Any",),
    "BooleanProperty": ("bool",),
    "DateProperty": ("datetime.date", "str"),
    "DateTimeProperty": ("datetime.datetime", "str"),
    "FileProperty": ("str",),
    "FloatProperty": ("float",),
    "IntProperty": ("int",),
    "NoneProperty": ("None",),
    "StringProperty": ("str",),
    "UuidProperty": ("uuid.UUID", "str"),
}


def module(made: GeneratorData) -> str:
    """Return the source of the module."""
    models = {str(each.class_info.name): each for each in made.models}
    collections = made.endpoint_collections_by_tag.values()
    waiting = [body.prop for some in collections for each in some.endpoints for body in each.bodies]
    reached = set[str]()
    while waiting:
        for name in _names_in(waiting.pop()):
            if name not in reached:
                reached.add(name)
                model = models[name]
                waiting += _named(model)
                waiting += [model.additional_properties] if model.additional_properties else []
    return "\n".join([_HEAD, *(_definition(models[name]) for name in models if name in reached)])


def _definition(model: ModelProperty) -> str:
    name = f"{model.class_info.name}Dict"
    named = _named(model)
    if named and model.data.additionalProperties:
        return _alias(name, "typing.Any")
    if not named and model.additional_properties:
        return _alias(name, _type(model.additional_properties))
    members = ", ".join(
        f"{each.name.get_untrusted_value()!r}: {_member(model, each)}" for each in named
    )
    return f"{name} = typing.TypedDict({name!r}, {{{members}}})\n"


def _member(model: ModelProperty, made: Any) -> str:
    described: Any = (model.data.properties or {}).get(made.name)
    # OpenAPI: a read-only property is required only in responses.
    is_required = made.required and not getattr(described, "readOnly", False)
    return _type(made) if is_required else f"typing.NotRequired[{_type(made)}]"


def _alias(name: str, members: str) -> str:
    """Return the definition of an object that allows any names."""
    return f"{name}: typing.TypeAlias = collections.abc.Mapping[str, {members}]\n"


def _type(made: Any) -> str:
    types = sorted(dict.fromkeys(_types(made)), key="None".__eq__)  # None comes last
    return types[0] if len(types) == 1 else f"typing.Union[{', '.join(types)}]"


def _types(made: Any) -> Iterator[str]:
    """Yield the types of a property; it may have several."""
    if isinstance(made, UnionProperty):
        for each in made.inner_properties:
            yield from _types(each)
    elif isinstance(made, ListProperty):
        yield f"collections.abc.Sequence[{_type(made.inner_property)}]"
    elif isinstance(made, ModelProperty):
        yield repr(f"{made.class_info.name}Dict")
    elif isinstance(made, LiteralEnumProperty):
        yield f"typing.Literal[{', '.join(map(repr, sorted(made.values)))}]"
    elif isinstance(made, ConstProperty):
        yield f"typing.Literal[{made.value.raw_value!r}]"
    else:
        yield from _SCALARS[type(made).__name__]


def _named(model: ModelProperty) -> list[Any]:
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def _names_in(made: Any) -> Iterator[str]:
    """Yield the names of the models in the type of a property."""
    if isinstance(made, ModelProperty):
        yield made.class_info.name
    elif isinstance(made, ListProperty):
        yield from _names_in(made.inner_property)
    elif isinstance(made, UnionProperty):
        for each in made.inner_properties:
            yield from _names_in(each)
