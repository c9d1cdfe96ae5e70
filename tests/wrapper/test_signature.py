"""The arguments of every call match the spec, and a change of either is noticed."""

from __future__ import annotations

import copy
import functools
import inspect
import operator
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import pytest
from portkey_generated import models, typed_dicts
from portkey_generated.api.api_keys import (
    create_api_key,
    delete_api_key,
    list_api_keys,
    retrieve_api_key,
    rotate_api_key,
    update_api_key,
)
from portkey_generated.models import create_api_key_sub_type, create_api_key_type
from portkey_generated.types import Unset

from portkey_admin import ApiKey, AsyncPortkeyAdmin, CreatedKey, PortkeyAdmin, RotatedKey, Secret
from portkey_admin._api_keys import OMITTED, ApiKeys, Omitted
from tests.wrapper.caller import Admin
from tests.wrapper.documents import (
    CREATE,
    Json,
    body_schema,
    described,
    operation,
    parameters,
    properties,
    read_yaml,
    resolve,
)

DOCUMENT: Json = read_yaml("spec/openapi.yaml")

# The summary and the generated module of each method's operation.
LIST = "List API Keys"
UPDATE = "Update an API Key"
ROTATE = "Rotate an API Key"
METHODS: dict[str, tuple[str, Any]] = {
    "create": (CREATE, create_api_key),
    "list": (LIST, list_api_keys),
    "find": (LIST, list_api_keys),
    "retrieve": ("Retrieve an API Key", retrieve_api_key),
    "update": (UPDATE, update_api_key),
    "rotate": (ROTATE, rotate_api_key),
    "delete": ("Delete an API Key", delete_api_key),
}
each_method = pytest.mark.parametrize("method", METHODS)

# The arguments of each method that are not the spec's, with their defaults.
CHECKED: dict[str, object] = {"validate": True}
OWN: dict[str, dict[str, object]] = {
    "create": {"extra": None, **CHECKED},
    "list": {},
    "find": {"name": inspect.Parameter.empty},
    "retrieve": CHECKED,
    "update": {"extra": None, **CHECKED},
    "rotate": {"extra": None, **CHECKED},
    "delete": CHECKED,
}
PAGING = {"page_size", "current_page"}
# The arguments that may be positional.
POSITIONAL = {"id", "name"}

_MODELS = {name: getattr(models, name) for name in models.__all__}
_NAMES = {
    **_MODELS,
    **vars(typed_dicts),
    "CreateApiKeyType": create_api_key_type.CreateApiKeyType,
    "CreateApiKeySubType": create_api_key_sub_type.CreateApiKeySubType,
    "datetime": datetime,
    "UUID": UUID,
}
HINTS = {name: typing.get_type_hints(getattr(ApiKeys, name), localns=_NAMES) for name in METHODS}

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
    """Return the members of a union, or just `hint`."""
    is_union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return set(typing.get_args(hint)) if is_union else {hint}


def sequence_of(members: set[Any]) -> object:
    """Return the type of a sequence with items of these types."""
    return types.GenericAlias(Sequence, (functools.reduce(operator.or_, members),))


def described_types(document: Json, schema: Json, name: str = "") -> set[object]:
    """Return the Python types for values of a schema, without None."""
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
        return {_MODELS[name], vars(typed_dicts).get(f"{name}Dict")}
    return _SCALARS[schema["type"], schema.get("format")]


def described_arguments(document: Json, summary: str) -> dict[str, tuple[Json, bool]]:
    """Return the schema of each argument in the spec, and whether it is required."""
    given = {
        each["name"].replace("-", "_"): (each["schema"], each.get("required", False))
        for each in parameters(document, summary)
        if each["name"] not in PAGING
    }
    body = body_schema(document, summary)
    return given | {
        name: (schema, name in body.get("required", ()))
        for name, schema in body.get("properties", {}).items()
    }


def documented_arguments(method: str) -> dict[str, str]:
    """Return the text of each argument in the docstring."""
    section = (inspect.getdoc(getattr(ApiKeys, method)) or "").partition("\nArgs:\n")[2]
    section = section.partition("\n\n")[0]
    entries = re.split(r"^ {4}(\w+): ", section, flags=re.MULTILINE)[1:]
    texts = (" ".join(text.split()) for text in entries[1::2])
    return dict(zip(entries[::2], texts, strict=True))


def constants(document: Json, schema: Json) -> Iterator[tuple[str, object]]:
    """Yield the enum values and limits of a schema and all schemas below it, with pointers."""
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
    """Return whether a text contains a word or number, not as part of another."""
    return re.search(rf"(?<!\w){re.escape(str(word))}(?!\w)", text) is not None


def discrepancies(document: Json, method: str) -> list[str]:
    """Return the differences between a method and a document."""
    summary, _ = METHODS[method]
    asked = described_arguments(document, summary)
    taken = {
        name: parameter
        for name, parameter in inspect.signature(getattr(ApiKeys, method)).parameters.items()
        if name != "self" and name not in OWN[method]
    }
    found = [f"{name}: not an argument" for name in asked.keys() - taken.keys()]
    found += [f"{name}: not in the spec" for name in taken.keys() - asked.keys()]
    found += [f"{name}: a name that {method}() uses itself" for name in asked.keys() & OWN[method]]
    for name in asked.keys() & taken.keys():
        found += _discrepancies_of(document, method, name, taken[name], *asked[name])
    verb, path, _ = described(document, summary)
    text = inspect.getdoc(getattr(ApiKeys, method)) or ""
    is_named = f"`{verb.upper()} {path}`" in text
    return found if is_named else [*found, f"{path}: not in the docstring"]


def _discrepancies_of(
    document: Json,
    method: str,
    name: str,
    parameter: inspect.Parameter,
    schema: Json,
    required: Any,
) -> Iterator[str]:
    if (parameter.kind is inspect.Parameter.KEYWORD_ONLY) == (name == "id"):
        yield f"{name}: keyword-only is what all arguments but an id are"
    if (parameter.default is inspect.Parameter.empty) != required:
        yield f"{name}: required in one, not in the other"
    elif not required and parameter.default is not OMITTED:
        yield f"{name}: has a default of its own"
    hints = alternatives(HINTS[method][name])
    if (Omitted in hints) == required:
        yield f"{name}: required in one, may be omitted in the other"
    if (type(None) in hints) != resolve(document, schema).get("nullable", False):
        yield f"{name}: null in one, not in the other"
    types_described = described_types(document, schema)
    if hints - {Omitted, type(None)} != types_described:
        yield f"{name}: {hints} in one, {types_described} in the other"
    yield from _undocumented(document, method, name, schema)


def _undocumented(document: Json, method: str, name: str, schema: Json) -> Iterator[str]:
    text = documented_arguments(method).get(name, "")
    if not text:
        yield f"{name}: not in the docstring"
    if method == "update":  # its docstring refers to that of create
        text += documented_arguments("create").get(name, "")
    for pointer, _ in properties(document, schema):
        if not mentions(text, pointer.rsplit("/", 1)[1]):
            yield f"{name}{pointer}: not in the docstring"
    for pointer, constant in constants(document, schema):
        if not mentions(text, constant):
            yield f"{name}{pointer}: {constant} is not in the docstring"


@each_method
def test_arguments_match_the_spec(method: str) -> None:
    """Names, defaults, types, nulls and the docstring of a call match the spec."""
    assert discrepancies(DOCUMENT, method) == []


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


def _updated(document: Json) -> Json:
    properties_: Json = body_schema(document, UPDATE)["properties"]
    return properties_


def _move(document: Json, old: str, new: str) -> None:
    document["paths"][new] = document["paths"].pop(old)


def _transition(document: Json) -> Json:
    schema: Json = body_schema(document, ROTATE)["properties"]["key_transition_period_ms"]
    return schema


# Changes for the other calls: the method, the reported name, and the change.
OTHER_CHANGES: dict[str, tuple[str, str, Change]] = {
    "update gains a property": (
        "update",
        "colour",
        lambda d: _updated(d).update(colour={"type": "string"}),
    ),
    "update loses a property": ("update", "reset_usage", lambda d: _updated(d).pop("reset_usage")),
    "update requires a property": (
        "update",
        "name",
        lambda d: body_schema(d, UPDATE).update(required=["name"]),
    ),
    "update takes no null": (
        "update",
        "usage_limits",
        lambda d: _updated(d)["usage_limits"].pop("nullable"),
    ),
    "update takes null": ("update", "name", lambda d: _updated(d)["name"].update(nullable=True)),
    "update takes another type": (
        "update",
        "reset_usage",
        lambda d: _updated(d)["reset_usage"].update(type="integer"),
    ),
    "update has a new nested property": (
        "update",
        "usage_limits/currency",
        lambda d: _updated(d)["usage_limits"]["properties"].update(currency={"type": "string"}),
    ),
    "update has a new nested value": (
        "update",
        "rate_limits/0/unit",
        lambda d: _updated(d)["rate_limits"]["items"]["properties"]["unit"]["enum"].append("rpy"),
    ),
    "update has a new nested limit": (
        "update",
        "rotation_policy/key_transition_period_ms",
        lambda d: _updated(d)["rotation_policy"]["properties"]["key_transition_period_ms"].update(
            minimum=1
        ),
    ),
    "update has another path": (
        "update",
        "/keys/{id}",
        lambda d: _move(d, "/api-keys/{id}", "/keys/{id}"),
    ),
    "update has another method": (
        "update",
        "/api-keys/{id}",
        lambda d: d["paths"]["/api-keys/{id}"].update(
            patch=d["paths"]["/api-keys/{id}"].pop("put")
        ),
    ),
    "retrieve's id is no UUID": (
        "retrieve",
        "id",
        lambda d: parameters(d, "Retrieve an API Key")[0]["schema"].pop("format"),
    ),
    "delete gains a parameter": (
        "delete",
        "force",
        lambda d: operation(d, "Delete an API Key")[1]["parameters"].append(
            {"name": "force", "in": "query", "schema": {"type": "boolean"}}
        ),
    ),
    "rotate has another limit": (
        "rotate",
        "key_transition_period_ms",
        lambda d: _transition(d).update(minimum=60000),
    ),
    "rotate takes another type": (
        "rotate",
        "key_transition_period_ms",
        lambda d: _transition(d).update(type="string"),
    ),
    **{
        f"{method} gains a filter": (
            method,
            "status",
            lambda d: operation(d, LIST)[1]["parameters"].append(
                {"name": "status", "in": "query", "schema": {"type": "string"}}
            ),
        )
        for method in ("list", "find")
    },
    **{
        f"{method} loses a filter": (
            method,
            "workspace_id",
            lambda d: operation(d, LIST)[1]["parameters"].pop(),
        )
        for method in ("list", "find")
    },
    "find loses its own name": (
        "find",
        "name",
        lambda d: operation(d, LIST)[1]["parameters"].append(
            {"name": "name", "in": "query", "schema": {"type": "string"}}
        ),
    ),
}
EVERY_CHANGE = {name: ("create", *change) for name, change in CHANGES.items()} | OTHER_CHANGES


@pytest.mark.parametrize(
    ("method", "name", "change"), EVERY_CHANGE.values(), ids=EVERY_CHANGE.keys()
)
def test_change_of_the_spec_is_reported(method: str, name: str, change: Change) -> None:
    """A property that the spec adds, removes or changes is reported by its name."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    found = discrepancies(document, method)
    assert any(each.startswith(f"{name}: ") for each in found), found


def _taken(hint: object) -> set[object]:
    """Return the argument's types for the type of a generated model's attribute."""
    if typing.get_origin(hint) is list:
        [item] = typing.get_args(hint)
        return {sequence_of(_taken(item))}
    if hint in {UUID, datetime}:
        return {hint, str}
    if isinstance(hint, type) and hint.__module__.startswith("portkey_generated.models"):
        return {hint, vars(typed_dicts)[f"{hint.__name__}Dict"]}
    return {hint}


@each_method
def test_types_match_the_generated_models(method: str) -> None:
    """Each argument accepts the types of the generated model and the generated builder."""
    model = {
        name.rstrip("_"): hint
        for name, hint in typing.get_type_hints(METHODS[method][1]._get_kwargs).items()
        if name not in {"return", *PAGING}
    }
    if "body" in model:
        [body] = alternatives(model.pop("body")) - {Unset}
        model |= typing.get_type_hints(body, localns=_MODELS)
        del model["additional_properties"]
    expected = {
        name: set().union(*map(_taken, alternatives(hint) - {Unset}))
        | ({Omitted} if Unset in alternatives(hint) else set())
        for name, hint in model.items()
    }
    hints = HINTS[method]
    taken = {name: alternatives(hints[name]) for name in hints if name not in OWN[method]}
    del taken["return"]
    assert taken == expected


@each_method
def test_own_arguments(method: str) -> None:
    """Apart from the spec's arguments, a method has only these."""
    signature = inspect.signature(getattr(ApiKeys, method)).parameters
    assert {name: signature[name].default for name in OWN[method]} == OWN[method]
    assert documented_arguments(method).keys() == signature.keys() - {"self"}
    positional = [name for name, each in signature.items() if each.kind is not each.KEYWORD_ONLY]
    assert set(positional) <= {"self", *POSITIONAL}


def test_default_is_shown_as_omitted() -> None:
    """Help and editors show OMITTED as the default of an optional argument."""
    signature = inspect.signature(ApiKeys.create).parameters
    assert str(signature["description"]).endswith(" = OMITTED")


# The records, their operations, and their attributes that are not in the spec.
RECORDS: dict[type, tuple[str, set[str]]] = {
    CreatedKey: (CREATE, set()),
    RotatedKey: (ROTATE, {"object"}),
    ApiKey: ("Retrieve an API Key", set()),
}
_READ: dict[tuple[str, str | None], object] = {
    ("string", None): str,
    ("string", "uuid"): str,
    ("string", "date-time"): datetime,
    ("number", None): float,
    ("object", None): Mapping[str, Any],
}


def _read_type(document: Json, schema: Json) -> object:
    schema = resolve(document, schema)
    if schema["type"] == "array":
        return types.GenericAlias(Sequence, (_read_type(document, schema["items"]),))
    return _READ.get((schema["type"], schema.get("format")))


def record_discrepancies(document: Json, record: type) -> list[str]:
    """Return the differences between a record and the response in a document."""
    summary, own = RECORDS[record]
    answer = operation(document, summary)[1]["responses"]["200"]["content"]["application/json"]
    members = resolve(document, answer["schema"])["properties"]
    names = {"Mapping": Mapping, "Sequence": Sequence}
    hints = typing.get_type_hints(record, localns={**_NAMES, **names})
    assert hints.pop("additional_properties") == Mapping[str, Any]
    found = [f"{name}: not an attribute" for name in members.keys() - hints.keys()]
    found += [f"{name}: not in the spec" for name in hints.keys() - members.keys() - own]
    for name in members.keys() & hints.keys():
        expected = {_read_type(document, members[name]), type(None)}
        if name == "key":  # there is no record without a new secret
            expected = {Secret, type(None)} if record is ApiKey else {Secret}
        if name == "id" and record is ApiKey:  # empty, not None, so that it can be passed on
            expected = {str}
        if alternatives(hints[name]) != expected:
            found.append(f"{name}: {hints[name]} in one, {expected} in the other")
    return found


@pytest.mark.parametrize("record", RECORDS)
def test_records_match_the_spec(record: type) -> None:
    """A record has the members of the response in the spec, with their types."""
    assert record_discrepancies(DOCUMENT, record) == []


def _members(document: Json) -> Json:
    members: Json = document["components"]["schemas"]["ApiKey"]["properties"]
    return members


RECORD_CHANGES: dict[str, tuple[str, Change]] = {
    "gains a member": ("colour", lambda d: _members(d).update(colour={"type": "string"})),
    "loses a member": ("scopes", lambda d: _members(d).pop("scopes")),
    "number for text": ("status", lambda d: _members(d)["status"].update(type="number")),
    "date for text": ("name", lambda d: _members(d)["name"].update(format="date-time")),
    "numbers in a list": ("scopes", lambda d: _members(d)["scopes"]["items"].update(type="number")),
    "object for a list": (
        "rate_limits",
        lambda d: _members(d)["rate_limits"].update(type="object"),
    ),
}


@pytest.mark.parametrize(("name", "change"), RECORD_CHANGES.values(), ids=RECORD_CHANGES.keys())
def test_change_of_a_record_is_reported(name: str, change: Change) -> None:
    """A member that the key object gains, loses or changes is reported by its name."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    assert any(each.startswith(f"{name}: ") for each in record_discrepancies(document, ApiKey))


def test_both_clients_have_the_same_calls() -> None:
    """Both clients use the same ApiKeys class."""
    clients: tuple[Admin, ...] = (PortkeyAdmin("k"), AsyncPortkeyAdmin("k"))
    for client in clients:
        assert type(client.api_keys) is ApiKeys
