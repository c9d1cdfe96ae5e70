"""Calls on existing keys, right and wrong, for type checkers; each wrong line has a comment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_type
from uuid import UUID

from portkey_generated.models import UpdateRateLimit, UpdateUsageLimits
from portkey_generated.typed_dicts import (
    UpdateApiKeyObjectDict,
    UpdateRateLimitDict,
    UpdateUsageLimitsDict,
)

from portkey_admin import (
    OMITTED,
    ApiKey,
    AsyncPortkeyAdmin,
    CreatedKey,
    Omitted,
    PortkeyAdmin,
    RefusedError,
    RotatedKey,
    Secret,
)
from portkey_admin_stub.portkey import PortkeyStub


def right(portkey: PortkeyAdmin, name: str | Omitted = OMITTED) -> list[str]:
    """Values that the spec allows are no errors, and each result has its type."""
    keys = portkey.api_keys
    assert_type(keys.list(), Iterator[ApiKey])
    assert_type(keys.find("ci", workspace_id="ws-1"), list[ApiKey])
    assert_type(keys.find(name="ci"), list[ApiKey])
    key = keys.retrieve(UUID(int=1))
    assert_type(key, ApiKey)
    assert_type(key.key, Secret | None)
    assert_type(key.expires_at, datetime | None)
    assert_type(key.usage_limits, Mapping[str, Any] | None)
    assert_type(key.scopes, Sequence[str] | None)
    rotated = keys.rotate(key.id, key_transition_period_ms=1_800_000)
    assert_type(rotated, RotatedKey)
    created: CreatedKey = rotated
    assert_type(created.key.reveal(), str)
    assert_type(rotated.key_transition_expires_at, datetime | None)
    limits: list[UpdateRateLimitDict] = [{"type": "tokens", "unit": "rps", "value": 1}]
    usage: UpdateUsageLimitsDict = {"credit_limit": 1, "periodic_reset": None}
    keys.update(key.id, name=name, rate_limits=limits, usage_limits=usage)
    keys.update(key.id, rate_limits=[UpdateRateLimit("tokens", "rps", 1)], reset_usage=True)
    keys.update(key.id, usage_limits=UpdateUsageLimits(credit_limit=1), expires_at=None)
    keys.update(key.id, usage_limits=None, rate_limits=None, rotation_policy=None)
    keys.update(key.id, rotation_policy={"rotation_period": "weekly"}, defaults={"config_id": "c"})
    changes: UpdateApiKeyObjectDict = {"name": "ci", "usage_limits": {"credit_limit": 1}}
    keys.update(key.id, **changes)
    keys.delete(key.id)
    return [each.id for each in keys.list(workspace_id="ws-1") if each.status == "expired"]


async def right_async(portkey: AsyncPortkeyAdmin) -> list[str]:
    """The asynchronous client has the same results, after `await` or `async for`."""
    keys = portkey.api_keys
    assert_type(keys.list(), AsyncIterator[ApiKey])
    assert_type(await keys.find("ci"), list[ApiKey])
    assert_type(await keys.retrieve("id"), ApiKey)
    assert_type(await keys.rotate("id"), RotatedKey)
    await keys.update("id", usage_limits={"credit_limit": 1})
    await keys.delete("id")
    return [each.id async for each in keys.list(workspace_id="ws-1")]


def wrong(portkey: PortkeyAdmin, error: RefusedError) -> None:
    """A name or value that the spec lacks is an error."""
    keys = portkey.api_keys
    assert_type(error.status, int)
    keys.update("id", usage_limits={"credit_limt": 1})  # type: ignore[arg-type]
    keys.update("id", usage_limits={"credit_limit": "1"})  # type: ignore[arg-type]
    keys.update("id", rate_limits=[{"type": "requests", "unit": "rpx", "value": 1}])  # type: ignore[list-item]
    keys.update("id", rotation_policy={"rotation_period": "daily"})  # type: ignore[arg-type]
    keys.update("id", reset_usage="yes")  # type: ignore[arg-type]
    keys.update("id", workspace_id="ws-1")  # type: ignore[call-arg]
    keys.update(name="ci")  # type: ignore[call-arg]
    keys.rotate("id", key_transition_period_ms="1h")  # type: ignore[arg-type]
    keys.rotate("id", key_transition_period=1)  # type: ignore[call-arg]
    keys.retrieve(1)  # type: ignore[arg-type]
    keys.list("ws-1")  # type: ignore[call-arg]
    keys.find()  # type: ignore[call-arg]
    keys.list()[0]  # type: ignore[index]
    print(keys.retrieve("id").nmae)  # type: ignore[attr-defined]
    keys.retrieve("id").name = "ci"  # type: ignore[misc]
    keys.retrieve("id").key.reveal()  # type: ignore[union-attr]


async def wrong_async(portkey: AsyncPortkeyAdmin) -> None:
    """A result without `await` has no attributes."""
    keys = portkey.api_keys
    await keys.update("id", usage_limits={"credit_limt": 1})  # type: ignore[arg-type]
    print(keys.retrieve("id").name)  # type: ignore[attr-defined]
    print(*keys.list())  # type: ignore[misc]
    await keys.list()  # type: ignore[misc]


def wrong_faults(portkey_stub: PortkeyStub) -> None:
    """Retry-After is in whole seconds."""
    portkey_stub.faults.answer(429, retry_after=0)
    portkey_stub.faults.answer(429, retry_after=0.5)  # type: ignore[arg-type]
