"""The keyword arguments of create() are the spec's, and a change of either shows here."""

from __future__ import annotations

import copy
import functools
import inspect
import operator
import re
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import pytest
from portkey_generated import models, typed_dicts
from portkey_generated.api.api_keys.create_api_key import _get_kwargs
from portkey_generated.models import create_api_key_sub_type, create_api_key_type
from portkey_generated.models.create_api_key_object import CreateApiKeyObject
from portkey_generated.types import Unset

from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin
from portkey_admin._api_keys import OMITTED, ApiKeys, Omitted
from tests.wrapper.caller import Admin
from tests.wrapper.documents import (
    Json,
    body_schema,
    operation,
    parameters,
    properties,
    read_yaml,
    resolve,
)

DOCUMENT: Json = read_yaml("spec/openapi.yaml")

# What create() takes beside the spec's own names.
OWN = {"extra": None, "validate": True}

_NAMES = {
    **vars(models),
    **vars(typed_dicts),
    "CreateApiKeyType": create_api_key_type.CreateApiKeyType,
    "CreateApiKeySubType": create_api_key_sub_type.CreateApiKeySubType,
    "datetime": datetime,
    "UUID": UUID,
}
HINTS = typing.get_type_hints(ApiKeys.create, localns=_NAMES)

_SCALARS: dict[tuple[str, str | None], set[object]] = {
    ("string", None): {str},
    ("string", "email"): {str},
    ("string", "uuid"): {UUID, str},
    ("string", "date-time"): {datetime, str},
    ("integer", None): {int},
    ("number", None): {float},
    ("boolean", None): {bool},
}


def alternatives(hint: object) -> set[object]:
    """Return the members of a union, or `hint` alone."""
    is_union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return set(typing.get_args(hint)) if is_union else {hint}


def sequence_of(members: set[Any]) -> object:
    """Return the type of a sequence whose items are of any of these types."""
    return types.GenericAlias(Sequence, (functools.reduce(operator.or_, members),))


def described_types(document: Json, schema: Json, name: str = "") -> set[object]:
    """Return the Python types for values of a schema, null aside."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
    schema = resolve(document, schema)
    values = tuple(value for value in schema.get("enum", ()) if value is not None)
    if values:
        return {Literal[values]}
    if schema["type"] == "array":
        return {sequence_of(described_types(document, schema["items"]))}
    if schema["type"] == "object":
        name = schema.get("title", name)
        return {vars(models)[name], vars(typed_dicts).get(f"{name}Dict")}
    return _SCALARS[schema["type"], schema.get("format")]


def described_arguments(document: Json) -> dict[str, tuple[Json, bool]]:
    """Return schema of, and whether required is, each argument that the spec asks for."""
    path = {
        each["name"].replace("-", "_"): (each["schema"], each.get("required", False))
        for each in parameters(document)
    }
    body = body_schema(document)
    return path | {
        name: (schema, name in body.get("required", ()))
        for name, schema in body["properties"].items()
    }


def documented_arguments() -> dict[str, str]:
    """Return what the docstring says of each argument."""
    section = (inspect.getdoc(ApiKeys.create) or "").partition("\nArgs:\n")[2]
    section = section.partition("\n\n")[0]
    entries = re.split(r"^ {4}(\w+): ", section, flags=re.MULTILINE)[1:]
    texts = (" ".join(text.split()) for text in entries[1::2])
    return dict(zip(entries[::2], texts, strict=True))


def constants(document: Json, schema: Json) -> Iterator[tuple[str, object]]:
    """Yield the enum values and limits of a schema and of all below it, with their pointers."""
    found = resolve(document, schema)
    items = [("/0", resolve(document, found["items"]))] if "items" in found else []
    for pointer, part in [("", found), *items, *properties(document, found)]:
        yield from ((pointer, value) for value in part.get("enum", ()) if value is not None)
        yield from (
            (pointer, part[key])
            for key in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
            if key in part
        )


def mentions(text: str, word: object) -> bool:
    """Tell whether a text has a word or a number, and not as a part of another."""
    return re.search(rf"(?<!\w){re.escape(str(word))}(?!\w)", text) is not None


def discrepancies(document: Json) -> list[str]:
    """Return where create() is not what a document describes."""
    described = described_arguments(document)
    taken = {
        name: parameter
        for name, parameter in inspect.signature(ApiKeys.create).parameters.items()
        if name != "self" and name not in OWN
    }
    found = [f"{name}: not an argument" for name in described.keys() - taken.keys()]
    found += [f"{name}: not in the spec" for name in taken.keys() - described.keys()]
    found += [f"{name}: a name that create() has for itself" for name in described.keys() & OWN]
    for name in described.keys() & taken.keys():
        found += _discrepancies_of(document, name, taken[name], *described[name])
    path, _ = operation(document)
    summary = inspect.getdoc(ApiKeys.create) or ""
    return found if f"`POST {path}`" in summary else [*found, f"{path}: not in the docstring"]


def _discrepancies_of(
    document: Json, name: str, parameter: inspect.Parameter, schema: Json, required: Any
) -> Iterator[str]:
    if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
        yield f"{name}: not keyword-only"
    if (parameter.default is inspect.Parameter.empty) != required:
        yield f"{name}: required in one, not in the other"
    elif not required and parameter.default is not OMITTED:
        yield f"{name}: has a default of its own"
    hints = alternatives(HINTS[name])
    if (Omitted in hints) == required:
        yield f"{name}: required in one, may be omitted in the other"
    if (type(None) in hints) != resolve(document, schema).get("nullable", False):
        yield f"{name}: null in one, not in the other"
    types_described = described_types(document, schema)
    if hints - {Omitted, type(None)} != types_described:
        yield f"{name}: {hints} in one, {types_described} in the other"
    yield from _undocumented(document, name, schema)


def _undocumented(document: Json, name: str, schema: Json) -> Iterator[str]:
    text = documented_arguments().get(name, "")
    if not text:
        yield f"{name}: not in the docstring"
    for pointer, _ in properties(document, schema):
        if not mentions(text, pointer.rsplit("/", 1)[1]):
            yield f"{name}{pointer}: not in the docstring"
    for pointer, constant in constants(document, schema):
        if not mentions(text, constant):
            yield f"{name}{pointer}: {constant} is not in the docstring"


def test_arguments_are_the_specs() -> None:
    """Names, defaults, types, nulls and the docstring of create() are what the spec says."""
    assert discrepancies(DOCUMENT) == []


Change = Callable[[Json], object]


def _body(document: Json) -> Json:
    properties_: Json = body_schema(document)["properties"]
    return properties_


def _policy(document: Json) -> Json:
    policy: Json = _body(document)["rotation_policy"]["properties"]
    return policy


def _limits(document: Json) -> Json:
    limits: Json = document["components"]["schemas"]["UsageLimits"]["properties"]
    return limits


def _rate_limit(document: Json) -> Json:
    items: Json = _body(document)["rate_limits"]["items"]["properties"]
    return items


CHANGES: dict[str, tuple[str, Change]] = {
    "property added": ("colour", lambda d: _body(d).update(colour={"type": "string"})),
    "property removed": ("alert_emails", lambda d: _body(d).pop("alert_emails")),
    "property renamed": ("label", lambda d: _body(d).update(label=_body(d).pop("name"))),
    "property named as one of create's own": (
        "extra",
        lambda d: _body(d).update(extra={"type": "string"}),
    ),
    "made nullable": ("description", lambda d: _body(d)["description"].update(nullable=True)),
    "made not nullable": ("expires_at", lambda d: _body(d)["expires_at"].pop("nullable")),
    "made required": ("workspace_id", lambda d: body_schema(d)["required"].append("workspace_id")),
    "made optional": ("scopes", lambda d: body_schema(d)["required"].remove("scopes")),
    "type changed": ("workspace_id", lambda d: _body(d)["workspace_id"].update(type="integer")),
    "format added": ("workspace_id", lambda d: _body(d)["workspace_id"].update(format="uuid")),
    "format removed": ("user_id", lambda d: _body(d)["user_id"].pop("format")),
    "items changed": ("scopes", lambda d: _body(d)["scopes"]["items"].update(type="integer")),
    "enum added": ("name", lambda d: _body(d)["name"].update(enum=["a", "b"])),
    "enum value of a path parameter added": (
        "type",
        lambda d: parameters(d)[0]["schema"]["enum"].append("team"),
    ),
    "enum value of a path parameter removed": (
        "sub_type",
        lambda d: parameters(d)[1]["schema"]["enum"].remove("user"),
    ),
    "path parameter added": (
        "region",
        lambda d: operation(d)[1]["parameters"].append(
            {"name": "region", "in": "path", "required": True, "schema": {"type": "string"}}
        ),
    ),
    "path changed": (
        "/keys/{type}/{sub-type}",
        lambda d: d["paths"].update(
            {"/keys/{type}/{sub-type}": d["paths"].pop("/api-keys/{type}/{sub-type}")}
        ),
    ),
    "nested property added": (
        "usage_limits/currency",
        lambda d: _limits(d).update(currency={"type": "string"}),
    ),
    "nested enum value added": (
        "rate_limits/0/unit",
        lambda d: _rate_limit(d)["unit"]["enum"].append("rpy"),
    ),
    "nested minimum changed": (
        "rotation_policy/key_transition_period_ms",
        lambda d: _policy(d)["key_transition_period_ms"].update(minimum=60000),
    ),
    "nested maximum changed": (
        "usage_limits/periodic_reset_days",
        lambda d: _limits(d)["periodic_reset_days"].update(maximum=366),
    ),
    "model renamed": (
        "usage_limits",
        lambda d: _body(d)["usage_limits"].update({"$ref": "#/components/schemas/Error"}),
    ),
}


@pytest.mark.parametrize(("name", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_the_spec_shows(name: str, change: Change) -> None:
    """A property that the spec gains, loses or changes is reported by its name."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    found = discrepancies(document)
    assert any(each.startswith(f"{name}: ") for each in found), found


def _taken(hint: object) -> set[object]:
    """Return what create() has for a type of a generated model's attribute."""
    if typing.get_origin(hint) is list:
        [item] = typing.get_args(hint)
        return {sequence_of(_taken(item))}
    if hint in {UUID, datetime}:
        return {hint, str}
    if isinstance(hint, type) and hint.__module__.startswith("portkey_generated.models"):
        return {hint, vars(typed_dicts)[f"{hint.__name__}Dict"]}
    return {hint}


def test_types_are_the_generated_models() -> None:
    """Each argument takes what the generated model and the generated builder take."""
    model = typing.get_type_hints(CreateApiKeyObject, localns=vars(models))
    model |= {
        name.rstrip("_"): hint
        for name, hint in typing.get_type_hints(_get_kwargs).items()
        if name not in {"body", "return"}
    }
    del model["additional_properties"]
    expected = {
        name: set().union(*map(_taken, alternatives(hint) - {Unset}))
        | ({Omitted} if Unset in alternatives(hint) else set())
        for name, hint in model.items()
    }
    taken = {name: alternatives(HINTS[name]) for name in HINTS if name not in {*OWN, "return"}}
    assert taken == expected


def test_own_arguments() -> None:
    """create() has two arguments beside the spec's: one for unknown fields, and one for checks."""
    signature = inspect.signature(ApiKeys.create).parameters
    assert {name: signature[name].default for name in OWN} == OWN
    assert documented_arguments().keys() == signature.keys() - {"self"}
    assert str(signature["description"]).endswith(" = OMITTED")


def test_both_clients_have_the_same_call() -> None:
    """The asynchronous client's call is the synchronous one's."""
    clients: tuple[Admin, ...] = (PortkeyAdmin("k"), AsyncPortkeyAdmin("k"))
    for client in clients:
        assert type(client.api_keys) is ApiKeys
