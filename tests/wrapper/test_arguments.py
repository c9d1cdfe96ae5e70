"""create() sends exactly its arguments, or nothing."""

from __future__ import annotations

import copy
import inspect
import json
import traceback
import types
from collections import ChainMap, OrderedDict, UserDict, UserList, UserString, deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import Any, Literal
from uuid import UUID

import pytest
from portkey_generated.models import (
    CreateApiKeyObject,
    Defaults,
    Metadata,
    RateLimit,
    RotationPolicy,
    UsageLimits,
)
from portkey_generated.types import UNSET

from portkey_admin import OMITTED, InvalidRequestError, PortkeyAdmin, Problem, Secret
from portkey_admin._api_keys import ApiKeys
from tests.wrapper.caller import KEY, MINIMAL, MINIMAL_BODY, Caller
from tests.wrapper.documents import Json, body_schema, properties, read_yaml, resolve

DOCUMENT: Json = read_yaml("spec/openapi.yaml")
BODY: Json = body_schema(DOCUMENT)

IDENTIFIER = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"
INSTANT = datetime(2027, 1, 1, 12, 30, tzinfo=UTC)
INDIA = timezone(timedelta(hours=5, minutes=30))
RATE = {"type": "requests", "unit": "rpm", "value": 100}
RATE_MODEL = RateLimit(type_="requests", unit="rpm", value=100)


class Scope(StrEnum):
    """A caller's enum of scopes."""

    WRITE = "completions.write"


class Days(IntEnum):
    """A caller's enum of numbers."""

    MONTH = 30


class Text(str):
    """A str that prints differently."""

    __slots__ = ()

    def __str__(self) -> str:
        return "shown"


# An argument, its value, and the value that is sent.
SENT: dict[str, tuple[str, Any, Any]] = {
    "name": ("name", "a name", "a name"),
    "name, empty": ("name", "", ""),
    "name, beyond ASCII": (
        "name",
        "cl\u00e9 \U0001f511 \x00 \u2028",
        "cl\u00e9 \U0001f511 \x00 \u2028",
    ),
    "name, of a text type of the caller's": ("name", Text("real"), "real"),
    "scopes, list": ("scopes", ["a", "b"], ["a", "b"]),
    "scopes, tuple": ("scopes", ("a", "b"), ["a", "b"]),
    "scopes, empty": ("scopes", [], []),
    "scopes, enum members": ("scopes", [Scope.WRITE], ["completions.write"]),
    "description": ("description", "for CI", "for CI"),
    "organisation_id, text": ("organisation_id", IDENTIFIER, IDENTIFIER),
    "organisation_id, UUID": ("organisation_id", UUID(IDENTIFIER), IDENTIFIER),
    "organisation_id, upper case": ("organisation_id", IDENTIFIER.upper(), IDENTIFIER.upper()),
    "workspace_id": ("workspace_id", "ws-1", "ws-1"),
    "user_id, UUID": ("user_id", UUID(IDENTIFIER), IDENTIFIER),
    "rate_limits, dict": ("rate_limits", [RATE], [RATE]),
    "rate_limits, model": ("rate_limits", [RATE_MODEL], [RATE]),
    "rate_limits, dict and model": ("rate_limits", (RATE, RATE_MODEL), [RATE, RATE]),
    "rate_limits, another mapping": ("rate_limits", [types.MappingProxyType(RATE)], [RATE]),
    "rate_limits, none": ("rate_limits", [], []),
    "rate_limits, null": ("rate_limits", None, None),
    "usage_limits, dict": (
        "usage_limits",
        {"type": "cost", "credit_limit": 100, "periodic_reset": None},
        {"type": "cost", "credit_limit": 100, "periodic_reset": None},
    ),
    "usage_limits, model": (
        "usage_limits",
        UsageLimits(type_="tokens", periodic_reset_days=Days.MONTH, next_usage_reset_at=INSTANT),
        {
            "type": "tokens",
            "periodic_reset_days": 30,
            "next_usage_reset_at": "2027-01-01T12:30:00+00:00",
        },
    ),
    "usage_limits, datetime in a dict": (
        "usage_limits",
        {"next_usage_reset_at": INSTANT},
        {"next_usage_reset_at": "2027-01-01T12:30:00+00:00"},
    ),
    "usage_limits, empty model": ("usage_limits", UsageLimits(), {}),
    "usage_limits, copied model": (
        "usage_limits",
        copy.deepcopy(UsageLimits(credit_limit=1)),
        {"credit_limit": 1},
    ),
    "usage_limits, whole float": ("usage_limits", {"credit_limit": 10.0}, {"credit_limit": 10.0}),
    "usage_limits, unset member": (
        "usage_limits",
        {"type": UNSET, "credit_limit": 1},
        {"credit_limit": 1},
    ),
    "defaults, dict": (
        "defaults",
        {"metadata": {"n": None, "t": True, "f": 0.5, "l": (1, "1", {})}, "config_id": "c"},
        {"metadata": {"n": None, "t": True, "f": 0.5, "l": [1, "1", {}]}, "config_id": "c"},
    ),
    "defaults, model in a dict": (
        "defaults",
        {"metadata": Metadata.from_dict({"team": "a"}), "allow_config_override": False},
        {"metadata": {"team": "a"}, "allow_config_override": False},
    ),
    "defaults, dict in a model": (
        "defaults",
        Defaults(metadata=Metadata.from_dict({"at": INSTANT, "id": UUID(IDENTIFIER)})),
        {
            "metadata": {"at": "2027-01-01T12:30:00+00:00", "id": IDENTIFIER},
            "allow_config_override": True,
        },
    ),
    "alert_emails": ("alert_emails", ("a@example.com",), ["a@example.com"]),
    "expires_at, datetime": ("expires_at", INSTANT, "2027-01-01T12:30:00+00:00"),
    "expires_at, datetime with offset": (
        "expires_at",
        datetime(2027, 1, 1, 12, 30, 0, 5, INDIA),
        "2027-01-01T12:30:00.000005+05:30",
    ),
    "expires_at, text": (
        "expires_at",
        "2027-01-01T12:30:00.5Z",
        "2027-01-01T12:30:00.5Z",
    ),
    "expires_at, more digits than microseconds": (
        "expires_at",
        "2027-01-01t12:30:00.1234567z",
        "2027-01-01t12:30:00.1234567z",
    ),
    "expires_at, leap second": ("expires_at", "2026-12-31T23:59:60Z", "2026-12-31T23:59:60Z"),
    "expires_at, leap second behind UTC": (
        "expires_at",
        "1990-12-31T15:59:60-08:00",
        "1990-12-31T15:59:60-08:00",
    ),
    "expires_at, leap second before UTC": (
        "expires_at",
        "2017-01-01T05:29:60+05:30",
        "2017-01-01T05:29:60+05:30",
    ),
    "expires_at, leap day of the year 0": (
        "expires_at",
        "0000-02-29T00:00:00Z",
        "0000-02-29T00:00:00Z",
    ),
    "expires_at, null": ("expires_at", None, None),
    "rotation_policy, dict": (
        "rotation_policy",
        {"rotation_period": "weekly", "next_rotation_at": None},
        {"rotation_period": "weekly", "next_rotation_at": None},
    ),
    "rotation_policy, model": (
        "rotation_policy",
        RotationPolicy(next_rotation_at=INSTANT, key_transition_period_ms=1800000),
        {
            "next_rotation_at": "2027-01-01T12:30:00+00:00",
            "key_transition_period_ms": 1800000,
        },
    ),
    "rotation_policy, null": ("rotation_policy", None, None),
}


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values have equal values and types: true is not 1, and 1 not 1.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def refused(caller: Caller, **arguments: Any) -> InvalidRequestError:
    """Return the error of a call that is refused before anything is sent."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(**arguments)
    assert caller.requests == []
    return caught.value


def pointers(error: InvalidRequestError) -> list[str]:
    """Return the pointers of the problems."""
    return [problem.pointer for problem in error.problems]


@pytest.mark.parametrize(("argument", "given", "sent"), SENT.values(), ids=SENT.keys())
@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
def test_arguments_are_sent_as_json(
    caller: Caller, argument: str, given: Any, sent: Any, *, validate: bool
) -> None:
    """The body has the JSON value of the argument, and no argument that was left out."""
    caller.create(**{argument: given}, validate=validate)
    arrived = caller.sent_body()
    assert same(arrived, {**MINIMAL_BODY, argument: sent})


def test_table_has_every_argument() -> None:
    """The table above has each argument of the body."""
    taken = inspect.signature(ApiKeys.create).parameters.keys()
    assert {argument for argument, _, _ in SENT.values()} == taken - {
        *("self", "type", "sub_type", "extra", "validate")
    }


@pytest.mark.parametrize("type_", ["organisation", "workspace"])
@pytest.mark.parametrize("sub_type", ["user", "service"])
def test_path_parameters(
    caller: Caller,
    type_: Literal["organisation", "workspace"],
    sub_type: Literal["user", "service"],
) -> None:
    """The two path parameters are in the path, and not in the body."""
    caller.create(type=type_, sub_type=sub_type, user_id=IDENTIFIER)
    [request] = caller.requests
    assert request.url.raw_path == f"/v1/api-keys/{type_}/{sub_type}".encode()
    assert caller.sent_body() == {**MINIMAL_BODY, "user_id": IDENTIFIER}


@pytest.mark.parametrize(
    "nothing", [OMITTED, copy.deepcopy(OMITTED), UNSET], ids=["OMITTED", "a copy", "UNSET"]
)
def test_omitted_arguments(caller: Caller, nothing: object) -> None:
    """An argument with OMITTED, or UNSET of the generated models, is not sent."""
    optional = inspect.signature(ApiKeys.create).parameters.keys() - {*MINIMAL, "self"}
    caller.create(**dict.fromkeys(optional - {"extra", "validate"}, nothing))
    assert caller.sent_body() == MINIMAL_BODY


@pytest.mark.parametrize(
    "nothing", [OMITTED, copy.deepcopy(OMITTED), UNSET], ids=["OMITTED", "a copy", "UNSET"]
)
@pytest.mark.parametrize("argument", MINIMAL)
def test_required_arguments(caller: Caller, argument: str, nothing: object) -> None:
    """A required argument with OMITTED or UNSET is reported."""
    [problem] = refused(caller, **{argument: nothing}).problems
    assert (problem.pointer, problem.found) == (f"/{argument}", "nothing")


@pytest.mark.parametrize("argument", MINIMAL)
def test_missing_argument_raises_type_error(caller: Caller, argument: str) -> None:
    """A call without a required argument raises TypeError."""
    create = caller.admin().api_keys.create
    given = {name: value for name, value in MINIMAL.items() if name != argument}
    with pytest.raises(TypeError, match=argument):
        create(**given)


# Objects that a property needs around it to be valid.
_BESIDE: Mapping[str, Mapping[str, Any]] = {
    "rate_limits": RATE,
    "rotation_policy": {"rotation_period": "weekly"},
}


def _nulls() -> dict[str, tuple[dict[str, Any], bool]]:
    """Return, by pointer, an argument with a null there, and whether the spec allows that null."""
    found: dict[str, tuple[dict[str, Any], bool]] = {}
    for pointer, schema in properties(DOCUMENT, BODY):
        top, *below = pointer.strip("/").split("/")
        if below[:2] == ["metadata"] or len(below) > 2:
            continue
        beside = _BESIDE.get(top, {})
        value: Any = {**beside, below[-1]: None} if below else None
        if below == ["rotation_period"]:
            value["next_rotation_at"] = INSTANT
        value = [value] if below[:1] == ["0"] else value
        found[pointer] = ({top: value}, schema.get("nullable", False))
    for name, schema in BODY["properties"].items():
        if (items := resolve(DOCUMENT, schema).get("items")) is not None:
            found[f"/{name}/0"] = ({name: [None]}, items.get("nullable", False))
    return found


NULLS = _nulls()


@pytest.mark.parametrize(("given", "allowed"), NULLS.values(), ids=NULLS.keys())
def test_null(
    caller: Caller, request: pytest.FixtureRequest, given: dict[str, Any], *, allowed: bool
) -> None:
    """None is sent as null if the spec allows null, and refused if not."""
    if allowed:
        caller.create(**given)
        [value] = given.values()
        assert "null" in json.dumps(caller.sent_body())
        assert value is None or None in value.values()
        return
    pointer = request.node.callspec.id.removeprefix("sync-").removeprefix("async-")
    [problem] = refused(caller, **given).problems
    assert problem.pointer == pointer
    assert problem.found == "null"
    assert "null" not in problem.allowed


def test_table_of_nulls_has_both_kinds() -> None:
    """The table has the two nulls that the overlay allows, and some that the spec forbids."""
    allowed = {pointer for pointer, (_, allowed) in NULLS.items() if allowed}
    assert {"/usage_limits/periodic_reset", "/rotation_policy/rotation_period"} < allowed
    assert {"/name", "/scopes/0", "/rate_limits/0", "/rate_limits/0/unit"} <= NULLS.keys() - allowed


@pytest.mark.parametrize(
    ("argument", "given"),
    {
        "deque": ("scopes", deque(["a"])),
        "UserList": ("scopes", UserList(["a"])),
        "UserDict": ("usage_limits", UserDict(type="cost")),
        "OrderedDict": ("usage_limits", OrderedDict(type="cost")),
        "ChainMap": ("usage_limits", ChainMap[str, Any]({"type": "cost"}, {"credit_limit": 1})),
        "MappingProxyType": ("usage_limits", types.MappingProxyType({"type": "cost"})),
    }.values(),
)
def test_sequences_and_mappings(caller: Caller, argument: str, given: Any) -> None:
    """An argument takes every kind of sequence or mapping that its annotation allows."""
    caller.create(**{argument: given})
    expected = dict(given) if isinstance(given, Mapping) else list(given)
    assert caller.sent_body()[argument] == expected


# extra


def test_extra(caller: Caller) -> None:
    """Fields that the spec lacks are sent unchanged beside the others."""
    extra = {"type": "x", "sub-type": 1, "self": None, "at": INSTANT, "": [{"name": 1}], "a/b": ()}
    caller.create(extra=extra)
    expected = {**extra, "at": "2027-01-01T12:30:00+00:00", "a/b": []}
    assert same(caller.sent_body(), {**MINIMAL_BODY, **expected})
    assert caller.requests[0].url.path.endswith("/organisation/service")


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("name", sorted(BODY["properties"].keys() - MINIMAL.keys()))
def test_extra_with_a_known_name(caller: Caller, name: str, *, validate: bool) -> None:
    """A field of the spec is refused in extra, whether its argument is given or not."""
    [problem] = refused(caller, extra={name: "x", "zzz": 1}, validate=validate).problems
    assert (problem.pointer, problem.found) == (f"/extra/{name}", '"x"')
    assert problem.allowed == f"no {name} here: pass it in its own place"


@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("name", sorted(BODY["properties"].keys() & MINIMAL.keys()))
def test_extra_with_the_name_of_a_given_argument(
    caller: Caller, name: str, *, validate: bool
) -> None:
    """A field cannot be given both as an argument and in extra, checked or not."""
    [problem] = refused(caller, extra={name: "x", "zzz": 1}, validate=validate).problems
    assert (problem.pointer, problem.found) == (f"/extra/{name}", '"x"')
    assert problem.allowed == f"no {name} here: pass it in its own place"


NESTED: dict[str, tuple[Any, Any, Any]] = {
    "dict": ({"type": "cost"}, {"new": 1}, {"type": "cost", "new": 1}),
    "model": (UsageLimits(type_="cost"), {"new": [1]}, {"type": "cost", "new": [1]}),
    "empty": ({}, {"new": None, "newer": {}}, {"new": None, "newer": {}}),
    "nothing": ({"type": "cost"}, {}, {"type": "cost"}),
}


@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize(("given", "extra", "sent"), NESTED.values(), ids=NESTED.keys())
def test_extra_inside_an_argument(
    caller: Caller, given: Any, extra: Any, sent: Any, *, validate: bool
) -> None:
    """Unknown fields in extra are merged into the argument at the same place."""
    caller.create(usage_limits=given, extra={"usage_limits": extra}, validate=validate)
    assert same(caller.sent_body(), {**MINIMAL_BODY, "usage_limits": sent})


@pytest.mark.parametrize("given", [{}, {"rotation_policy": {"key_transition_period_ms": 1800000}}])
def test_rules_ignore_added_fields(caller: Caller, given: dict[str, Any]) -> None:
    """A policy needs a period of the spec, unless extra adds a field to the policy."""
    with pytest.raises(InvalidRequestError, match="/rotation_policy: "):
        caller.create(**{"rotation_policy": {}, **given})
    caller.create(**given, extra={"rotation_policy": {"rotation_period_days": 30}})
    sent = caller.sent_body()["rotation_policy"]
    assert sent == {**given.get("rotation_policy", {}), "rotation_period_days": 30}


def test_a_known_field_in_an_added_object(caller: Caller) -> None:
    """A known field of an object that extra adds is checked like one of an argument."""
    given = {"usage_limits": {"credit_limit": "x", "new": 1}}
    [problem] = refused(caller, extra=given).problems
    assert (problem.pointer, problem.allowed) == (
        "/usage_limits/credit_limit",
        "an integer, at least 1",
    )


def test_extra_inside_a_list(caller: Caller) -> None:
    """A list in extra is merged item by item; it may be shorter."""
    extra = {"rate_limits": [{}, {"burst": 5}], "defaults": {"new": {"metadata": 1}}}
    caller.create(rate_limits=[RATE, RATE_MODEL, RATE], defaults={"config_id": "c"}, extra=extra)
    assert same(
        caller.sent_body(),
        {
            **MINIMAL_BODY,
            "rate_limits": [RATE, {**RATE, "burst": 5}, RATE],
            "defaults": {"config_id": "c", "new": {"metadata": 1}},
        },
    )


CLASHES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "a known name inside": (
        {"usage_limits": {"credit_limit": 1}},
        [
            (
                "/extra/usage_limits/credit_limit",
                "no credit_limit here: pass it in its own place",
            )
        ],
    ),
    "a name that is given inside": (
        {"usage_limits": {"type": "x"}},
        [("/extra/usage_limits/type", "no type here: pass it in its own place")],
    ),
    "another kind": (
        {"usage_limits": [1], "scopes": {"a": 1}},
        [
            ("/extra/usage_limits", "no usage_limits here: pass it in its own place"),
            ("/extra/scopes", "no scopes here: pass it in its own place"),
        ],
    ),
    "an item too many": (
        {"rate_limits": [{}, {}]},
        [("/extra/rate_limits", "no rate_limits here: pass it in its own place")],
    ),
}


@pytest.mark.parametrize(("extra", "expected"), CLASHES.values(), ids=CLASHES.keys())
def test_extra_that_cannot_be_merged(
    caller: Caller, extra: Any, expected: list[tuple[str, str]]
) -> None:
    """Fields of extra that cannot be merged are refused with instructions."""
    given = {"usage_limits": {"type": "cost"}, "rate_limits": [RATE]}
    problems = refused(caller, **given, extra=extra).problems
    assert [(each.pointer, each.allowed) for each in problems] == expected


def test_a_known_name_in_an_item(caller: Caller) -> None:
    """A known field of an item is refused in extra, even if the item lacks it."""
    given = {"rate_limits": [{"type": "tokens"}], "extra": {"rate_limits": [{"value": 1}]}}
    [problem] = refused(caller, **given, validate=False).problems
    assert problem.pointer == "/extra/rate_limits/0/value"


@pytest.mark.parametrize(
    ("given", "pointer", "hint"),
    [
        ({"rate_limits": [{**RATE, "values": 1}]}, "/rate_limits/0/values", "did you mean value?"),
        ({"usage_limits": {"creditLimit": 1}}, "/usage_limits/creditLimit", "mean credit_limit?"),
        ({"defaults": {"zzz": 1}}, "/defaults/zzz", "known: metadata, config_id, allow_config"),
    ],
)
def test_unknown_names(caller: Caller, given: Json, pointer: str, hint: str) -> None:
    """An unknown name is refused at any depth, with the nearest known name as a hint."""
    [problem] = refused(caller, **given).problems
    assert problem.pointer == pointer
    assert problem.allowed.startswith("no property of this name; ")
    assert hint in problem.allowed
    caller.create(**given, validate=False)
    assert same(caller.sent_body(), {**MINIMAL_BODY, **given})


@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("extra", [[("a", 1)], "a", 1, {"a"}, False, [], b""], ids=repr)
def test_extra_must_be_a_mapping(caller: Caller, extra: Any, *, validate: bool) -> None:
    """Values of extra other than mappings are refused, even empty ones."""
    [problem] = refused(caller, extra=extra, validate=validate).problems
    assert problem.pointer == "/extra"


def test_arguments_are_not_changed(caller: Caller) -> None:
    """A call does not change the caller's objects."""
    given = {"extra": {"zzz": [1]}, "rate_limits": [dict(RATE)], "usage_limits": UsageLimits()}
    before = copy.deepcopy(given)
    caller.create(**given)
    assert given["extra"] == before["extra"]
    assert given["rate_limits"] == before["rate_limits"]
    assert given["usage_limits"] == UsageLimits()


# Without checks

UNCHECKED: dict[str, dict[str, Any]] = {
    "null for a name": {"name": None},
    "number for a name": {"name": 1},
    "text for scopes": {"scopes": "completions.write"},
    "null for a UUID": {"user_id": None},
    "not a UUID": {"organisation_id": "{C3D4E5F6-A7B8-6C7D-0E1F-2A3B4C5D6E7F}"},
    "true for an integer": {"rate_limits": [{**RATE, "value": True}]},
    "below the minimum": {"rate_limits": [{**RATE, "value": -1}]},
    "unknown enum value": {"rate_limits": [{**RATE, "unit": "rpy"}]},
    "empty rate limit": {"rate_limits": [{}, None, 1]},
    "text for an object": {"usage_limits": "x", "defaults": [], "rotation_policy": "y"},
    "both resets": {"usage_limits": {"periodic_reset": "weekly", "periodic_reset_days": 7}},
    "no rotation": {"rotation_policy": {}},
    "both rotations": {
        "rotation_policy": {"rotation_period": "weekly", "next_rotation_at": "2027-01-01T00:00:00Z"}
    },
    "long transition": {
        "rotation_policy": {"rotation_period": "weekly", "key_transition_period_ms": 10**30}
    },
    "date-time without offset": {"expires_at": "2027-01-01T00:00:00"},
    "no date-time": {"expires_at": "tomorrow"},
    "no e-mail": {"alert_emails": ["x", 1]},
    "user without user_id": {"sub_type": "user"},
    "unknown path value": {"type": "team", "sub_type": "robot"},
}


@pytest.mark.parametrize("given", UNCHECKED.values(), ids=UNCHECKED.keys())
def test_unchecked(caller: Caller, given: dict[str, Any]) -> None:
    """validate=False sends values that the spec refuses unchanged; by default nothing is sent."""
    refused(caller, **given)
    caller.create(**given, validate=False)
    body = {name: value for name, value in given.items() if name not in {"type", "sub_type"}}
    assert same(caller.sent_body(), {**MINIMAL_BODY, **body})
    path = [given.get(name, MINIMAL[name]) for name in ("type", "sub_type")]
    assert caller.requests[0].url.path == f"/v1/api-keys/{'/'.join(path)}"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("a/b", b"a%2Fb"),
        ("a?b#c", b"a%3Fb%23c"),
        ("%2e%2e", b"%252e%252e"),
        ("\u00e9 ", b"%C3%A9%20"),
        ("...", b"..."),
        (":@;,", b"%3A%40%3B%2C"),
    ],
)
def test_unchecked_path_values(caller: Caller, value: Any, sent: bytes) -> None:
    """A path value with any characters stays one segment of the path."""
    caller.create(type=value, validate=False)
    assert caller.requests[0].url.raw_path == b"/v1/api-keys/" + sent + b"/service"


# Values that JSON cannot represent


class _Odd(tzinfo):
    """A time zone without an offset."""

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        return None

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str:
        return "odd"


class _Model:
    """Looks like a generated model; its to_dict returns the given value."""

    def __init__(self, members: Any) -> None:
        self.members = members

    def to_dict(self) -> Any:
        return self.members


def _metadata(value: Any) -> dict[str, Any]:
    return {"defaults": {"metadata": value}}


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def _with_itself(value: Any) -> Any:
    value["me"] = [value]
    return value


NAIVE = datetime(2027, 1, 1)  # noqa: DTZ001 - naive on purpose
AT = "/defaults/metadata"
UNSENDABLE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "NaN": (_metadata({"x": float("nan")}), [f"{AT}/x"]),
    "infinity": (_metadata({"x": [1, float("inf")]}), [f"{AT}/x/1"]),
    "minus infinity": (
        {"rate_limits": [{**RATE, "value": float("-inf")}]},
        ["/rate_limits/0/value"],
    ),
    "lone surrogate": ({"name": "a\ud800b"}, ["/name"]),
    "lone surrogate in a list": ({"scopes": ["a", "\udfff"]}, ["/scopes/1"]),
    "lone surrogate in a name": (_metadata({"\ud800": 1}), [AT]),
    "lone surrogate in a name in extra": ({"extra": {"\ud800": 1}}, ["/extra"]),
    "lone surrogate in a path value": ({"type": "\ud800"}, ["/type"]),
    "lone surrogate in a text type": ({"name": Text("\ud800")}, ["/name"]),
    "bytes": ({"name": b"ci"}, ["/name"]),
    "bytes for a list": ({"scopes": b"ci"}, ["/scopes"]),
    "bytearray": (_metadata({"x": bytearray(b"ci")}), [f"{AT}/x"]),
    "memoryview": (_metadata({"x": memoryview(b"ci")}), [f"{AT}/x"]),
    "set": ({"scopes": {"a"}}, ["/scopes"]),
    "frozenset": (_metadata({"x": frozenset()}), [f"{AT}/x"]),
    "generator": ({"scopes": (each for each in "ab")}, ["/scopes"]),
    "view of a dict": ({"scopes": {"a": 1}.keys()}, ["/scopes"]),
    "object": (_metadata({"x": object()}), [f"{AT}/x"]),
    "class": (_metadata({"x": RateLimit}), [f"{AT}/x"]),
    "function": (_metadata({"x": len}), [f"{AT}/x"]),
    "Decimal": (_metadata({"x": Decimal(1)}), [f"{AT}/x"]),
    "Fraction": (_metadata({"x": Fraction(1)}), [f"{AT}/x"]),
    "complex": (_metadata({"x": 1j}), [f"{AT}/x"]),
    "Ellipsis": (_metadata({"x": ...}), [f"{AT}/x"]),
    "Secret": ({"name": Secret("a secret name")}, ["/name"]),
    "UNSET in a list": ({"scopes": ["a", UNSET]}, ["/scopes/1"]),
    "OMITTED inside": (_metadata({"x": OMITTED}), [f"{AT}/x"]),
    "number as a name": (_metadata({1: "x"}), [AT]),
    "None as a name": (_metadata({None: "x"}), [AT]),
    "bytes as a name": ({"extra": {b"a": 1}}, ["/extra"]),
    "tuple as a name": (_metadata({("a",): 1}), [AT]),
    "itself": (_metadata(_with_itself({})), [f"{AT}/me/0"]),
    "too deep": ({"extra": {"x": _deep(99)}}, [f"/extra/x{'/0' * 98}"]),
    "far too deep": ({"extra": {"x": _deep(5000)}}, [f"/extra/x{'/0' * 98}"]),
    "5000 digits": (_metadata({"x": 10**5000}), [f"{AT}/x"]),
    "minus 5000 digits": (_metadata({"x": -(10**5000)}), [f"{AT}/x"]),
    "naive datetime": ({"expires_at": NAIVE}, ["/expires_at"]),
    "naive datetime in a dict": (
        {"rotation_policy": {"next_rotation_at": NAIVE}},
        ["/rotation_policy/next_rotation_at"],
    ),
    "naive datetime in extra": ({"extra": {"x": NAIVE}}, ["/extra/x"]),
    "datetime of unknown offset": ({"expires_at": NAIVE.replace(tzinfo=_Odd())}, ["/expires_at"]),
    "time": (_metadata({"x": time(12, 0, tzinfo=UTC)}), [f"{AT}/x"]),
    "timedelta": (_metadata({"x": timedelta(1)}), [f"{AT}/x"]),
    "offset with seconds": (
        {"expires_at": NAIVE.replace(tzinfo=timezone(timedelta(hours=1, seconds=1)))},
        ["/expires_at"],
    ),
    "offset with microseconds": (
        {"expires_at": NAIVE.replace(tzinfo=timezone(timedelta(microseconds=1)))},
        ["/expires_at"],
    ),
    "NaN in a model": (
        {"usage_limits": UsageLimits(credit_limit=float("nan"))},  # type: ignore[arg-type]
        ["/usage_limits/credit_limit"],
    ),
    "model with a wrong part": (
        {"defaults": Defaults(metadata={"a": 1})},  # type: ignore[arg-type]
        ["/defaults"],
    ),
    "model that contains itself": (_metadata({"m": _with_itself(Metadata())}), [f"{AT}/m/me/0"]),
    "model that gives nothing": ({"usage_limits": _Model(None)}, ["/usage_limits"]),
    "model that gives a number": ({"usage_limits": _Model(5)}, ["/usage_limits"]),
    "model that gives text": ({"usage_limits": _Model("ab")}, ["/usage_limits"]),
    "path value .": ({"type": "."}, ["/type"]),
    "path value ..": ({"sub_type": ".."}, ["/sub_type"]),
    "empty path value": ({"type": ""}, ["/type"]),
    "number as a path value": ({"type": 1}, ["/type"]),
    "null as a path value": ({"sub_type": None}, ["/sub_type"]),
    "list as a path value": ({"type": ["organisation"]}, ["/type"]),
}


@pytest.mark.parametrize(("given", "expected"), UNSENDABLE.values(), ids=UNSENDABLE.keys())
@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
def test_values_that_cannot_be_sent(
    caller: Caller, given: dict[str, Any], expected: list[str], *, validate: bool
) -> None:
    """Values that JSON, UTF-8 or a path cannot represent are refused, even unchecked."""
    error = refused(caller, **given, validate=validate)
    assert pointers(error) == expected
    assert all(problem.found and problem.allowed for problem in error.problems)
    assert str(error).isascii()


@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
def test_limits_of_depth_and_length(caller: Caller, *, validate: bool) -> None:
    """A hundred levels and four thousand digits can be sent."""
    extra = {"deep": _deep(98), "long": 10**4000, "small": -0.0, "exact": 2**53 + 1, "big": 1e308}
    caller.create(extra=extra, validate=validate)
    assert same(caller.sent_body(), {**MINIMAL_BODY, **extra})


def test_longest_integer(caller: Caller) -> None:
    """An integer of 14,000 bits can be sent, and one of 14,001 bits is refused."""
    longest = 2**14_000 - 1
    caller.create(extra={"long": longest})
    assert caller.sent_body()["long"] == longest
    caller.requests.clear()
    assert pointers(refused(caller, extra={"long": longest + 1})) == ["/extra/long"]


@pytest.mark.parametrize("minutes", [1, 345, -61], ids=str)
def test_offsets_of_whole_minutes(caller: Caller, minutes: int) -> None:
    """A datetime is sent with its offset in minutes."""
    instant = datetime(2027, 1, 1, tzinfo=timezone(timedelta(minutes=minutes)))
    caller.create(expires_at=instant)
    assert caller.sent_body()["expires_at"] == instant.isoformat()


def test_model_that_contains_itself(caller: Caller) -> None:
    """A model that contains itself is refused, even if it gives a new dict each time."""
    [problem] = refused(caller, **_metadata({"m": _with_itself(Metadata())})).problems
    assert problem.pointer.startswith(f"{AT}/m/me/0")


def test_shared_parts_are_no_cycles(caller: Caller) -> None:
    """The same list or dict may be used in several places."""
    shared = {"a": [1]}
    caller.create(extra={"x": shared, "y": [shared, shared]})
    assert caller.sent_body()["y"] == [shared, shared]


def test_date(caller: Caller) -> None:
    """A date is sent in RFC 3339 format; it is refused where the spec requires a date-time."""
    day = date(2027, 1, 1)
    caller.create(extra={"day": day})
    assert caller.sent_body()["day"] == "2027-01-01"
    caller.requests.clear()
    [problem] = refused(caller, expires_at=day).problems
    assert (problem.pointer, problem.found) == ("/expires_at", '"2027-01-01"')


def test_no_digit_of_a_date_time_is_lost(caller: Caller) -> None:
    """A date-time with seven digits of a second, more than datetime has, is sent unchanged."""
    text = "2027-01-01T00:00:00.1234567Z"
    given: dict[str, Any] = {
        "name": text,
        "expires_at": text,
        "usage_limits": {"next_usage_reset_at": text},
        "rotation_policy": {"next_rotation_at": text},
        "defaults": {"metadata": {"at": text}},
    }
    caller.create(**given, extra={"zzz": text})
    assert same(caller.sent_body(), {**MINIMAL_BODY, **given, "zzz": text})


# Values that the spec refuses

INTEGERS: dict[str, Callable[[object], dict[str, Any]]] = {
    "/rate_limits/0/value": lambda value: {"rate_limits": [{**RATE, "value": value}]},
    "/usage_limits/credit_limit": lambda value: {"usage_limits": {"credit_limit": value}},
    "/usage_limits/alert_threshold": lambda value: {"usage_limits": {"alert_threshold": value}},
    "/usage_limits/periodic_reset_days": lambda value: {
        "usage_limits": {"periodic_reset_days": value}
    },
    "/rotation_policy/key_transition_period_ms": lambda value: {
        "rotation_policy": {"rotation_period": "weekly", "key_transition_period_ms": value}
    },
}


@pytest.mark.parametrize("pointer", INTEGERS)
@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, "true"),
        (False, "false"),
        (0.5, "0.5"),
        ("100", '"100"'),
        ([], "a value of type list"),
    ],
)
def test_not_an_integer(caller: Caller, pointer: str, value: object, found: str) -> None:
    """Booleans, fractions and texts of digits are not integers."""
    [problem] = refused(caller, **INTEGERS[pointer](value)).problems
    assert (problem.pointer, problem.found) == (pointer, found)
    assert problem.allowed.startswith("an integer, at least ")


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31T23:59:60+01:00",
        "2026-12-31T23:59:60-08:00",
        "2027-01-01T00:00:60Z",
        "0001-02-29T00:00:00Z",
        "0000-02-30T00:00:00Z",
    ],
)
def test_impossible_date_times(caller: Caller, text: str) -> None:
    """Leap seconds are allowed only at the end of a day in UTC, leap days only in leap years."""
    assert pointers(refused(caller, expires_at=text)) == ["/expires_at"]


def test_table_has_every_integer() -> None:
    """The table above has each integer of the spec."""
    found = {p for p, schema in properties(DOCUMENT, BODY) if schema.get("type") == "integer"}
    assert found == INTEGERS.keys()


SEVERAL: dict[str, Any] = {
    "type": "team",
    "sub_type": "user",
    "name": "a\ud800",
    "scopes": ["a", 1, float("nan")],
    "organisation_id": "x",
    "rate_limits": [{**RATE, "unit": "rpy", "value": -1}, {"type": "tokens"}],
    "usage_limits": {"periodic_reset": "weekly", "periodic_reset_days": 400, "type": None},
    "defaults": {"metadata": {"a/b": {"~": [{1}]}}},
    "alert_emails": ["a@example.com", "a"],
    "expires_at": "2027-02-29T00:00:00Z",
    "rotation_policy": {"rotation_period": "weekly", "key_transition_period_ms": 604800000},
    "extra": {"name": 1, "zzz": b""},
}
_SET = "a value of type set"
_BYTES = "a value of type bytes"
_DAYS = "/usage_limits/periodic_reset_days"
SEVERAL_PROBLEMS = [
    ("/type", '"team"', '"organisation" or "workspace"'),
    ("/name", '"a\\ud800"', "text without lone surrogates"),
    ("/scopes/1", "1", "a string"),
    ("/scopes/2", "NaN", "a finite number"),
    ("/organisation_id", '"x"', "a UUID"),
    ("/user_id", "nothing", "a UUID (when sub_type is user)"),
    ("/rate_limits/0/unit", '"rpy"', '"rpd" or "rph" or "rpm" or "rps" or "rpw"'),
    ("/rate_limits/0/value", "-1", "an integer, at least 0"),
    ("/rate_limits/1/unit", "nothing", '"rpd" or'),
    ("/rate_limits/1/value", "nothing", "an integer, at least 0"),
    (_DAYS, "400", "an integer, at least 1, at most 365, or null"),
    (_DAYS, "400", "nothing: it cannot be combined with periodic_reset"),
    ("/usage_limits/type", "null", '"cost" or "tokens"'),
    ("/defaults/metadata/a~1b/~0/0/0", _SET, "a JSON value"),
    ("/alert_emails/1", '"a"', "an e-mail address"),
    ("/expires_at", '"2027-02-29T00:00:00Z"', "an RFC 3339 date-time with offset"),
    ("/rotation_policy/key_transition_period_ms", "604800000", "less than the weekly"),
    ("/extra/name", "1", "no name here"),
    ("/extra/zzz", _BYTES, "a JSON value"),
]


def test_all_problems_at_once(caller: Caller) -> None:
    """One exception lists every problem with its place, the value and the allowed values."""
    expected = [
        (pointer.removesuffix("/0") if found is _SET else pointer, found, allowed)
        for pointer, found, allowed in SEVERAL_PROBLEMS
    ]
    error = refused(caller, **SEVERAL)
    found = sorted(error.problems)
    assert [each[:2] for each in found] == sorted(each[:2] for each in expected)
    for problem in found:
        assert any(
            problem[:2] == each[:2] and problem.allowed.startswith(each[2]) for each in expected
        ), problem
        is_missing = problem.found == "nothing"
        how = "is required:" if is_missing else f"found {problem.found}; allowed:"
        assert f"\n  {problem.pointer}: {how} {problem.allowed}" in str(error)
    assert str(error).startswith(f"{len(expected)} problems, nothing was sent:")
    assert isinstance(error, ValueError)


def test_problems_are_in_the_order_of_the_arguments(caller: Caller) -> None:
    """The problems are in the order of create()'s arguments."""
    order = list(inspect.signature(ApiKeys.create).parameters)
    found = [pointer.split("/")[1] for pointer in pointers(refused(caller, **SEVERAL))]
    assert found == sorted(found, key=order.index)


def test_text_of_one_problem(caller: Caller) -> None:
    """The text for a single problem uses the singular."""
    error = refused(caller, scopes=[1])
    assert error.problems == (Problem("/scopes/0", "1", "a string"),)
    assert str(error) == "1 problem, nothing was sent:\n  /scopes/0: found 1; allowed: a string"


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "~",
        "~1",
        "m~n/o",
        "",
        "0",
        "-",
        "\u00e9",
        'quote"',
        "back\\slash",
        "tab\t",
        "x" * 300,
    ],
    ids=lambda name: ascii(name)[:12],
)
def test_pointers_lead_to_the_value(caller: Caller, name: str) -> None:
    """A problem's pointer, read by RFC 6901, leads to the value in the arguments."""
    given = {"defaults": {"metadata": {"other": 1, name: [0, float("nan")]}}}
    [problem] = refused(caller, **given).problems
    value: Any = given
    for step in problem.pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - the order of RFC 6901
        value = value[int(step)] if isinstance(value, list) else value[step]
    assert value != value  # noqa: PLR0124 - true only for NaN


def test_path_problem_lists_the_allowed_values(caller: Caller) -> None:
    """The problem of a path parameter lists the values of the spec."""
    for value in (None, 1, "", "..", "team"):
        [problem] = refused(caller, type=value).problems
        assert problem.allowed == '"organisation" or "workspace"'


def test_long_values_are_shortened(caller: Caller) -> None:
    """An error shows only the beginning of a long value."""
    for length, found in (
        (10_000, f'"{"x" * 59}...'),
        (59, f'"{"x" * 59}...'),
        (58, f'"{"x" * 58}"'),
    ):
        [problem] = refused(caller, expires_at="x" * length).problems
        assert problem.found == found


@pytest.mark.parametrize(
    ("count", "more"), [(20, ""), (21, "\n  and 1 more"), (30, "\n  and 10 more")]
)
def test_error_lists_twenty_problems(caller: Caller, count: int, more: str) -> None:
    """The text of an error lists the first twenty problems, and counts all of them."""
    error = refused(caller, scopes=[1] * count)
    assert len(error.problems) == count
    lines = "".join(f"\n  /scopes/{at}: found 1; allowed: a string" for at in range(20))
    assert str(error) == f"{count} problems, nothing was sent:{lines}{more}"


@pytest.mark.parametrize("wrong", [1, b"x"], ids=["refused by the spec", "not JSON"])
def test_problems_are_limited(caller: Caller, wrong: object) -> None:
    """At most a thousand problems are reported."""
    assert len(refused(caller, scopes=[wrong] * 5000).problems) == 1000


def test_the_problems_end(caller: Caller) -> None:
    """No more than a thousand problems are reported, even if more are found in extra."""
    many = ["x"] * 1001
    assert len(refused(caller, scopes=many, extra={"scopes": many}).problems) == 1000


def test_a_long_list_of_allowed_values_is_shortened(caller: Caller) -> None:
    """An error shows the beginning of a long description of the allowed values alone."""
    given = {"defaults": {"metadata": {"x" * 400: 1}}}
    [problem] = refused(caller, **given, extra=given).problems
    assert problem.allowed == f"no {'x' * 297}"


# The admin key

KEYS = {
    "plain": "Kq7vZw9xP2mT4hB8",
    "with a slash": "Kq7vZ/9xP2mT4hB8",
    "with a tilde": "Kq7vZ~9xP2mT4hB8",
    "with a quote": 'Kq7vZ"9xP2mT4hB8',
    "with a backslash": "Kq7vZ\\9xP2mT4hB8",
    "with plus and equals": "Kq7vZ+9xP2mT4hB=",
    "with a space": "Kq7vZ 9xP2mT4hB8",
    "with an apostrophe": "Kq7vZ'9xP2mT4hB8",
    "of digits": "73019482650173948265",
    "longer than what is shown": "Kq7vZw9xP2mT4hB8" * 8,
}
HIDING: dict[str, Any] = {
    "value": lambda key: {"user_id": key},
    "value in a list": lambda key: {"alert_emails": [key]},
    "value in a model": lambda key: {"usage_limits": UsageLimits(type_=key)},
    "value in extra": lambda key: {"extra": {"name": key}},
    "path value": lambda key: {"type": key},
    "end of a value": lambda key: {"expires_at": f"Bearer {key}"},
    "name": lambda key: _metadata({key: float("nan")}),
    "part of a name": lambda key: _metadata({f"x{key}x": float("nan")}),
    "name in extra": lambda key: {"extra": {key: b""}},
    "name that is no text": lambda key: {"extra": {(key,): 1}},
    "name with a lone surrogate": lambda key: {"extra": {f"{key}\ud800": 1}},
    "value with a lone surrogate": lambda key: {"name": f"{key}\ud800"},
    "bytes": lambda key: {"name": key.encode()},
    "set": lambda key: {"scopes": {key}},
    **{
        f"cut after {before}": lambda key, before=before: {"expires_at": "x" * before + key}
        for before in range(40, 62, 3)
    },
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("arguments", HIDING.values(), ids=HIDING.keys())
def test_errors_never_show_the_key(caller: Caller, key: str, arguments: Any) -> None:
    """No five characters of the admin key are shown, wherever a caller puts it by mistake."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create_by(caller.admin(key), **arguments(key))
    error = caught.value
    shown = f"{error} {error!r} {error.problems} {''.join(traceback.format_exception_only(error))}"
    assert {key[i : i + 5] for i in range(len(key) - 4) if key[i : i + 5] in shown} == set()
    assert caller.requests == []


def test_key_given_as_a_number_is_not_shown(caller: Caller) -> None:
    """A key of digits that is given as a number is not shown."""
    key = KEYS["of digits"]
    with pytest.raises(InvalidRequestError) as caught:
        caller.create_by(caller.admin(key), user_id=int(key))
    assert "3019" not in str(caught.value)


def test_value_with_the_key_is_sent(caller: Caller) -> None:
    """A value that contains the admin key is sent unchanged."""
    caller.create(name=f"rotates {KEY}")
    assert caller.sent_body()["name"] == f"rotates {KEY}"


def test_generated_body_is_not_an_argument(caller: Caller) -> None:
    """The model of a whole body is refused in place of a part, with a pointer."""
    body = CreateApiKeyObject.from_dict(MINIMAL_BODY)
    assert pointers(refused(caller, usage_limits=[body])) == ["/usage_limits"]


def test_create_takes_only_keywords() -> None:
    """Positional arguments raise TypeError."""
    create: Any = PortkeyAdmin(KEY).api_keys.create
    with pytest.raises(TypeError):
        create("organisation", "service", name="n", scopes=[])


class Kind(Enum):
    """A caller's enum whose members are not str."""

    REQUESTS = "requests"


def test_enum_members_are_sent_as_their_values(caller: Caller) -> None:
    """A member of any enum is sent as its value."""
    caller.create(rate_limits=[{**RATE, "type": Kind.REQUESTS}])
    assert caller.sent_body()["rate_limits"] == [RATE]


@pytest.mark.parametrize(
    "value",
    [UserString("ci"), b"ci", object(), str, dict, list],
    ids=["text", "bytes", "object", "str", "dict", "list"],
)
def test_problems_list_the_json_types(caller: Caller, value: object) -> None:
    """A value that is not JSON is refused, with the allowed types."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(extra={"more": value})
    [problem] = caught.value.problems
    allowed = "a JSON value: string, number, true or false, null, list or dict"
    assert (problem.pointer, problem.allowed) == ("/extra/more", allowed)


class _NoModel:
    def to_dict(self) -> int:
        return 1


class _BrokenModel:
    def to_dict(self) -> Json:
        raise KeyError


def _within_itself() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("value", "found", "allowed"),
    [
        (10**5000, '"a number of more than 4,000 digits"', "a shorter number"),
        (
            datetime(2027, 1, 1),  # noqa: DTZ001 - the mistake
            "2027-01-01T00:00:00",
            "a datetime with a time zone (tzinfo=UTC), its offset in whole minutes",
        ),
        (_NoModel(), "a value of type _NoModel", "a model whose to_dict returns a dict"),
        (_BrokenModel(), "a value of type _BrokenModel", "a value that can be read (KeyError)"),
        (_within_itself(), "a value of type list", "a value that does not contain itself"),
        (_deep(100), "a value of type list", "a nesting of at most 100 levels"),
        ({1: 2}, "1", "names that are strings"),
        ("\ud800", '"\\ud800"', "text without lone surrogates: UTF-8 lacks them"),
        (float("nan"), "NaN", "a finite number (JSON has no NaN and no infinity)"),
    ],
    ids=["long", "naive", "no model", "broken model", "loop", "deep", "names", "surrogate", "NaN"],
)
def test_problems_say_why_json_cannot_represent_a_value(
    value: object, found: str, allowed: str, caller: Caller
) -> None:
    """A value that JSON cannot represent is refused, with the allowed form."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(extra={"more": value})
    [problem] = caught.value.problems
    assert (problem.found, problem.allowed) == (found, allowed)


@pytest.mark.parametrize(
    ("arguments", "pointer", "allowed"),
    [
        ({"type": OMITTED}, "/type", '"organisation" or "workspace"'),
        ({"extra": 1}, "/extra", "a dict of fields that the spec lacks"),
        (
            {"type": "..", "validate": False},
            "/type",
            "a string that is a path segment: not empty, . or ..",
        ),
    ],
)
def test_problems_name_the_type_of_an_argument(
    arguments: dict[str, Any], pointer: str, allowed: str, caller: Caller
) -> None:
    """A wrong type of argument is refused, with the allowed type."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(**arguments)
    [problem] = caught.value.problems
    assert (problem.pointer, problem.allowed) == (pointer, allowed)


def test_values_under_a_refused_name_are_checked(caller: Caller) -> None:
    """Values in a dict with an invalid name are checked too."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(extra={"more": {1: 2, "b": float("nan")}})
    assert [each.pointer for each in caught.value.problems] == ["/extra/more", "/extra/more/b"]


def test_value_of_an_impossible_pointer_is_not_reported(caller: Caller) -> None:
    """If a pointer cannot represent a name, only the name is reported."""
    [problem] = refused(caller, extra={"\ud800": float("nan")}).problems
    assert (problem.pointer, problem.found) == ("/extra", '"\\ud800"')


@pytest.mark.parametrize("name", [5, None, ["name"]])
def test_name_of_find_must_be_a_string(name: Any) -> None:
    """A name to find that is not a string is refused before anything is sent."""
    with PortkeyAdmin("k") as portkey, pytest.raises(InvalidRequestError) as caught:
        portkey.api_keys.find(name)
    assert [(each.pointer, each.allowed) for each in caught.value.problems] == [
        ("/name", "a string")
    ]
