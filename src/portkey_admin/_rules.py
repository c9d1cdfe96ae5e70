"""The rules that the spec states in words, in the descriptions of its properties."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from portkey_admin._schema import MISSING, Finding


def check_rules(sub_type: Any, body: dict[str, Any]) -> Iterator[Finding]:
    """Yield what the spec's prose refuses of a body whose values have the right types.

    A null counts as not given. Where the types are wrong, the schema has said so.
    """
    yield from _check_user(sub_type, body)
    if isinstance(policy := body.get("rotation_policy"), dict):
        yield from _check_rotation(policy)
    if isinstance(limits := body.get("usage_limits"), dict):
        yield from _check_reset(limits)


def _check_user(sub_type: Any, body: dict[str, Any]) -> Iterator[Finding]:
    """`user_id`: required when sub-type is user."""
    if sub_type == "user" and "user_id" not in body:
        yield Finding(("user_id",), MISSING, "a UUID (it is required when sub_type is user)")


def _check_rotation(policy: dict[str, Any]) -> Iterator[Finding]:
    """`rotation_policy`: one of its two ways, and a transition shorter than the period."""
    period, instant = policy.get("rotation_period"), policy.get("next_rotation_at")
    if period is None and instant is None:
        allowed = "exactly one of rotation_period and next_rotation_at (neither is given)"
        yield Finding(("rotation_policy",), policy, allowed)
    elif period is not None and instant is not None:
        allowed = "nothing beside rotation_period (they exclude each other)"
        yield Finding(("rotation_policy", "next_rotation_at"), instant, allowed)
    transition = policy.get("key_transition_period_ms")
    if not isinstance(transition, int | float):
        return
    length = _length(period, datetime.now(UTC))
    if length and transition >= length / timedelta(milliseconds=1):
        milliseconds = length // timedelta(milliseconds=1)
        allowed = f"less than the {period} rotation period, {milliseconds} milliseconds from now"
        yield Finding(("rotation_policy", "key_transition_period_ms"), transition, allowed)


def _length(period: Any, start: datetime) -> timedelta | None:
    """Return how long a rotation period lasts that begins at `start`: months differ."""
    from dateutil.relativedelta import relativedelta  # noqa: PLC0415 - few calls need it

    if period == "weekly":
        return timedelta(weeks=1)
    if period == "monthly":
        return start + relativedelta(months=1) - start
    return None


def _check_reset(limits: dict[str, Any]) -> Iterator[Finding]:
    """`periodic_reset_days`: mutually exclusive with periodic_reset."""
    if limits.get("periodic_reset") is not None and limits.get("periodic_reset_days") is not None:
        days = limits["periodic_reset_days"]
        allowed = "nothing beside periodic_reset (they exclude each other)"
        yield Finding(("usage_limits", "periodic_reset_days"), days, allowed)
