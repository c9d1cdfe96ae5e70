"""Nested dicts, right and wrong, for type checkers; each wrong line has a comment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypedDict
from uuid import UUID

from portkey_generated.models import RateLimit, UsageLimits
from portkey_generated.typed_dicts import (
    CreateApiKeyObjectDict,
    RateLimitDict,
    RotationPolicyDict,
    UpdateApiKeyObjectDict,
)

from portkey_admin import OMITTED, AsyncPortkeyAdmin, CreatedKey, Omitted, PortkeyAdmin


class _Needed(TypedDict):
    type: Literal["workspace"]
    sub_type: Literal["service"]
    name: str
    scopes: list[str]


NEEDED: _Needed = {"type": "workspace", "sub_type": "service", "name": "ci", "scopes": []}


def right(portkey: PortkeyAdmin, when: datetime | Omitted = OMITTED) -> CreatedKey:
    """Values that the spec allows are no errors."""
    create = portkey.api_keys.create
    limits: list[RateLimitDict] = [{"type": "tokens", "unit": "rps", "value": 1}]
    create(**NEEDED, rate_limits=[{"type": "requests", "unit": "rpm", "value": 60}])
    create(**NEEDED, rate_limits=({"type": "tokens", "unit": "rpd", "value": 1},), expires_at=when)
    create(**NEEDED, rate_limits=[RateLimit("requests", "rpm", 1), *limits])
    create(**NEEDED, rate_limits=limits, rotation_policy=None, defaults={})
    create(**NEEDED, usage_limits={"credit_limit": 1, "type": "cost", "periodic_reset": None})
    create(**NEEDED, usage_limits={"next_usage_reset_at": datetime.now(UTC)})
    create(**NEEDED, usage_limits={"next_usage_reset_at": "2027-01-01T00:00:00Z"})
    create(**NEEDED, usage_limits=UsageLimits(credit_limit=1), user_id=UUID(int=1))
    create(**NEEDED, usage_limits=OMITTED, extra={"usage_limits": {"new_field": 1}})
    create(**NEEDED, defaults={"metadata": {"team": "a", "n": [1]}, "allow_config_override": False})
    create(**NEEDED, rotation_policy={"rotation_period": "monthly"})
    body: CreateApiKeyObjectDict = {"name": "ci", "scopes": ["completions.write"]}
    body["rate_limits"] = limits
    return create(type="organisation", sub_type="service", **body)


def wrong(portkey: PortkeyAdmin) -> None:
    """A name or value that the spec lacks is an error, and so is a missing required name."""
    create = portkey.api_keys.create
    create(**NEEDED, rate_limits=[{"typ": "requests", "unit": "rpm", "value": 1}])  # type: ignore[list-item]
    create(**NEEDED, rate_limits=[{"type": "requests", "unit": "rpx", "value": 1}])  # type: ignore[list-item]
    create(**NEEDED, rate_limits=[{"type": "requests", "unit": "rpm", "value": "1"}])  # type: ignore[list-item]
    create(**NEEDED, rate_limits=[{"type": "requests", "unit": "rpm"}])  # type: ignore[list-item]
    create(**NEEDED, rate_limits=[{"type": "requests", "unit": "rpm", "value": 1, "x": 1}])  # type: ignore[list-item]
    create(**NEEDED, rate_limits={"type": "requests", "unit": "rpm", "value": 1})  # type: ignore[arg-type]
    create(**NEEDED, usage_limits={"credit_limt": 1})  # type: ignore[arg-type]
    create(**NEEDED, usage_limits={"credit_limit": None})  # type: ignore[arg-type]
    create(**NEEDED, usage_limits={"type": "costs"})  # type: ignore[arg-type]
    create(**NEEDED, usage_limits=None)  # type: ignore[arg-type]
    create(**NEEDED, defaults={"allow_config_override": "no"})  # type: ignore[arg-type]
    create(**NEEDED, defaults={"metadata": ["team"]})  # type: ignore[arg-type]
    create(**NEEDED, rotation_policy={"rotation_period": "daily"})  # type: ignore[arg-type]
    create(**NEEDED, rotation_policy={"next_rotation_at": 1})  # type: ignore[arg-type]
    create(**NEEDED, rotation_policy={"key_transition_period": 1800000})  # type: ignore[arg-type]


async def wrong_async(portkey: AsyncPortkeyAdmin) -> None:
    """The asynchronous client has the same errors."""
    await portkey.api_keys.create(**NEEDED, usage_limits={"credit_limt": 1})  # type: ignore[arg-type]


def wrong_dicts(update: UpdateApiKeyObjectDict) -> None:
    """The dicts of an update, and dicts with an annotation, are checked too."""
    policy: RotationPolicyDict = {}
    policy["rotation_period"] = "daily"  # type: ignore[typeddict-item]
    update["usage_limits"] = {"credit_limt": 1}  # type: ignore[typeddict-item]
    update["rate_limits"] = [{"type": "requests", "unit": "rpx", "value": 1}]  # type: ignore[typeddict-item]
    update["reset_usage"] = 1  # type: ignore[typeddict-item]
    update["nmae"] = "ci"  # type: ignore[typeddict-unknown-key]
