"""The rules that only the spec's prose contains."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, tzinfo
from typing import Any, Self

import pytest

from portkey_admin import InvalidRequestError, _checks
from tests.wrapper.caller import Caller
from tests.wrapper.documents import (
    WRAPPER,
    Json,
    body_schema,
    parameters,
    properties,
    read_yaml,
)

DOCUMENT: Json = read_yaml("spec/openapi.yaml")
BODY: Json = body_schema(DOCUMENT)
PROPERTIES = dict(properties(DOCUMENT, BODY))

DAY = 24 * 60 * 60 * 1000
WEEK = 7 * DAY
INSTANT = "2027-06-01T00:00:00Z"
USER = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"

# The sentences that are checked, by the pointer of their property.
CHECKED = {
    "/user_id": "**Required** when sub-type path parameter is 'user'.",
    "/rotation_policy": "Requires either rotation_period or next_rotation_at.",
    "/rotation_policy/next_rotation_at": "Mutually exclusive with rotation_period.",
    "/rotation_policy/key_transition_period_ms": "Must be less than the full rotation period.",
    "/usage_limits/periodic_reset_days": "Mutually exclusive with periodic_reset.",
}
# Sentences that look like rules, but that the wrapper does not check.
UNCHECKED = {
    "/user_id": "Not required when sub-type is 'service'.",
    "/expires_at": "Must not exceed the org/workspace maximum TTL if configured.",
    "/rotation_policy/key_transition_period_ms": "Minimum 30 minutes (1800000).",
    "/usage_limits/periodic_reset_days": "Reset the usage counter every N days (1-365).",
    "/defaults/allow_config_override": "When false, the pinned config_id cannot be overridden"
    " at request time.",
}
_NORMATIVE = re.compile(
    r"\b(must|cannot|required|requires|exclusive|only|at least|at most|minimum|maximum|shall"
    r"|allowed|forbidden|may not|less than|greater than|\d+-\d+)\b",
    re.IGNORECASE,
)


def _sentences(pointer: str) -> list[str]:
    text = " ".join(PROPERTIES[pointer].get("description", "").split())
    return re.split(r"(?<=\.) ", text)


@pytest.mark.parametrize(("pointer", "sentence"), CHECKED.items(), ids=CHECKED.keys())
def test_spec_has_the_sentence(pointer: str, sentence: str) -> None:
    """The sentence of each check is in the description of its property."""
    assert sentence in _sentences(pointer)


def test_no_rule_is_overlooked() -> None:
    """Every sentence of the spec that looks like a rule is listed here, as checked or not."""
    found = {
        (pointer, sentence)
        for pointer in PROPERTIES
        for sentence in _sentences(pointer)
        if _NORMATIVE.search(sentence)
    }
    assert found == {*CHECKED.items(), *UNCHECKED.items()}


# The functions that check_rules calls.
_RULES = ("_exclude", "_check_transition")


def test_rules_use_names_of_the_spec() -> None:
    """Each name in the code of the rules is a property or an enum value of the spec."""
    schemas = [each["schema"] for each in parameters(DOCUMENT)] + list(PROPERTIES.values())
    known = {pointer.rsplit("/", 1)[1] for pointer in PROPERTIES}
    known |= {value for schema in schemas for value in schema.get("enum", ())}
    tree = ast.parse(WRAPPER.joinpath("_checks.py").read_bytes())
    rules = [
        each
        for each in tree.body
        if isinstance(each, ast.FunctionDef) and each.name in {"check_rules", *_RULES}
    ]
    assert len(rules) == 1 + len(_RULES)
    texts = {
        each.value for rule in rules for each in ast.walk(rule) if isinstance(each, ast.Constant)
    }
    names = {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+", text)}
    assert {"user", "weekly", "rotation_period"} < names
    assert names <= known


def test_every_rotation_period_has_a_length(caller: Caller) -> None:
    """A transition of a thousand years is too long for each period of the spec."""
    periods = [each for each in PROPERTIES["/rotation_policy/rotation_period"]["enum"] if each]
    assert len(periods) > 1
    for period in periods:
        policy = {"rotation_period": period, "key_transition_period_ms": 366_000 * DAY}
        found = _pointers(caller, rotation_policy=policy)
        assert found == ["/rotation_policy/key_transition_period_ms"]


def _pointers(caller: Caller, **arguments: Any) -> list[str]:
    """Return the pointers of the problems of a call, or [] if it was sent."""
    caller.requests.clear()
    try:
        caller.create(**arguments)
    except InvalidRequestError as error:
        assert caller.requests == []
        return [problem.pointer for problem in error.problems]
    assert len(caller.requests) == 1
    return []


_RESET_DAYS = ["/usage_limits/periodic_reset_days"]
_NEXT = ["/rotation_policy/next_rotation_at"]
_POLICY = ["/rotation_policy"]
_TRANSITION = ["/rotation_policy/key_transition_period_ms"]
TABLE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "user without user_id": ({"sub_type": "user"}, ["/user_id"]),
    "user with user_id": ({"sub_type": "user", "user_id": USER}, []),
    "user with null": ({"sub_type": "user", "user_id": None}, ["/user_id"]),
    "user with user_id in extra": ({"sub_type": "user", "extra": {"User_id": USER}}, ["/user_id"]),
    "user with null, unchecked": ({"sub_type": "user", "validate": False}, []),
    "service without user_id": ({"sub_type": "service"}, []),
    "service with user_id": ({"sub_type": "service", "user_id": USER}, []),
    "organisation and user": (
        {"type": "organisation", "sub_type": "user", "user_id": USER},
        [],
    ),
    "workspace without workspace_id": ({"type": "workspace"}, []),
    "reset": ({"usage_limits": {"periodic_reset": "weekly"}}, []),
    "reset days": ({"usage_limits": {"periodic_reset_days": 7}}, []),
    "both resets": (
        {"usage_limits": {"periodic_reset": "weekly", "periodic_reset_days": 7}},
        _RESET_DAYS,
    ),
    "reset and null": (
        {"usage_limits": {"periodic_reset": "weekly", "periodic_reset_days": None}},
        [],
    ),
    "null and reset days": (
        {"usage_limits": {"periodic_reset": None, "periodic_reset_days": 7}},
        [],
    ),
    "no reset": ({"usage_limits": {}}, []),
    "no rotation": ({"rotation_policy": {}}, _POLICY),
    "null for rotation": ({"rotation_policy": None}, []),
    "nulls in rotation": (
        {"rotation_policy": {"rotation_period": None, "next_rotation_at": None}},
        _POLICY,
    ),
    "both rotations": (
        {"rotation_policy": {"rotation_period": "monthly", "next_rotation_at": INSTANT}},
        _NEXT,
    ),
    "period and null": (
        {"rotation_policy": {"rotation_period": "monthly", "next_rotation_at": None}},
        [],
    ),
    "null and instant": (
        {"rotation_policy": {"rotation_period": None, "next_rotation_at": INSTANT}},
        [],
    ),
    "transition with an instant": (
        {"rotation_policy": {"next_rotation_at": INSTANT, "key_transition_period_ms": 99 * WEEK}},
        [],
    ),
    "transition alone": ({"rotation_policy": {"key_transition_period_ms": WEEK}}, _POLICY),
    "transition of a week less a millisecond": (
        {"rotation_policy": {"rotation_period": "weekly", "key_transition_period_ms": WEEK - 1}},
        [],
    ),
    "transition of a week": (
        {"rotation_policy": {"rotation_period": "weekly", "key_transition_period_ms": WEEK}},
        _TRANSITION,
    ),
    "transition of a week as a float": (
        {"rotation_policy": {"rotation_period": "weekly", "key_transition_period_ms": float(WEEK)}},
        _TRANSITION,
    ),
    "alert threshold above the limit": (
        {"usage_limits": {"credit_limit": 1, "alert_threshold": 2}},
        [],
    ),
    "expiry in the past": ({"expires_at": "2001-01-01T00:00:00Z"}, []),
    "name and description of any length": ({"name": "x" * 101, "description": "x" * 201}, []),
}


@pytest.mark.parametrize(("arguments", "expected"), TABLE.values(), ids=TABLE.keys())
def test_rules(caller: Caller, arguments: dict[str, Any], expected: list[str]) -> None:
    """The rules of the prose are checked, and no others; null counts as not given."""
    assert _pointers(caller, **arguments) == expected


@pytest.mark.parametrize("period", [7, True, [], {}, "", "daily", b"weekly", float("nan")])
@pytest.mark.parametrize(
    "transition",
    ["x", None, [], True, float("nan"), pytest.param(10**5000, id="5000 digits")],
)
def test_wrong_types_break_no_rule(caller: Caller, period: object, transition: object) -> None:
    """For values of wrong types, only the types are reported."""
    policy = {"rotation_period": period, "key_transition_period_ms": transition}
    assert sorted(_pointers(caller, rotation_policy=policy)) == [
        "/rotation_policy/key_transition_period_ms",
        "/rotation_policy/rotation_period",
    ]


def test_unknown_period_has_no_length(caller: Caller) -> None:
    """No transition is too long for an unknown period."""
    policy = {"rotation_period": "yearly", "key_transition_period_ms": 366 * DAY}
    assert _pointers(caller, rotation_policy=policy) == ["/rotation_policy/rotation_period"]


MONTHS = {
    "January": ("2026-01-01T00:00:00+00:00", 31),
    "middle of January": ("2026-01-15T12:34:56.789012+00:00", 31),
    "end of January": ("2026-01-31T00:00:00+00:00", 28),
    "end of January in a leap year": ("2028-01-31T00:00:00+00:00", 29),
    "30 January": ("2026-01-30T23:59:59.999999+00:00", 29),
    "February": ("2026-02-01T00:00:00+00:00", 28),
    "end of February": ("2026-02-28T00:00:00+00:00", 28),
    "February in a leap year": ("2028-02-01T00:00:00+00:00", 29),
    "leap day": ("2028-02-29T00:00:00+00:00", 29),
    "February of 2100, which is no leap year": ("2100-02-01T00:00:00+00:00", 28),
    "March": ("2026-03-01T00:00:00+00:00", 31),
    "end of March": ("2026-03-31T00:00:00+00:00", 30),
    "April": ("2026-04-10T00:00:00+00:00", 30),
    "end of April": ("2026-04-30T00:00:00+00:00", 30),
    "December": ("2026-12-31T23:59:59+00:00", 31),
}


@pytest.mark.parametrize(("now", "days"), MONTHS.values(), ids=MONTHS.keys())
def test_month_is_a_calendar_month(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, now: str, days: int
) -> None:
    """A transition must be shorter than the calendar month from now, to the millisecond."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            assert tz is UTC
            return cls.fromisoformat(now)

    monkeypatch.setattr(_checks, "datetime", Clock)
    policy = {"rotation_period": "monthly", "key_transition_period_ms": days * DAY}
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(rotation_policy=policy)
    [problem] = caught.value.problems
    assert problem.pointer == "/rotation_policy/key_transition_period_ms"
    assert problem.found == str(days * DAY)
    assert f"{days * DAY} milliseconds" in problem.allowed
    caller.create(rotation_policy={**policy, "key_transition_period_ms": days * DAY - 1})
    weekly = {"rotation_period": "weekly", "key_transition_period_ms": WEEK}
    assert _pointers(caller, rotation_policy=weekly) == _TRANSITION


@pytest.mark.parametrize(
    ("argument", "value", "allowed"),
    [
        (
            "rotation_policy",
            {"key_transition_period_ms": 1800000},
            "exactly one of rotation_period and next_rotation_at (neither is given)",
        ),
        (
            "rotation_policy",
            {"rotation_period": "weekly", "next_rotation_at": INSTANT},
            "nothing: it cannot be combined with rotation_period",
        ),
        (
            "usage_limits",
            {"periodic_reset": "weekly", "periodic_reset_days": 3},
            "nothing: it cannot be combined with periodic_reset",
        ),
        (
            "rotation_policy",
            {"rotation_period": "weekly", "key_transition_period_ms": WEEK},
            "less than the weekly rotation period, 604800000 milliseconds from now",
        ),
    ],
)
def test_problems_name_the_other_field(
    argument: str, value: Json, allowed: str, caller: Caller
) -> None:
    """A problem between two properties names the other one, and the rule."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(**{argument: value})
    [problem] = caught.value.problems
    assert problem.allowed == allowed
