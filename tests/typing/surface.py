"""Code of callers, for type checkers; it is never run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

from portkey_generated import Client, models
from portkey_generated.models import RateLimit, UsageLimits

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, OutcomeUnknownError, PortkeyAdmin


def create(portkey: PortkeyAdmin) -> str:
    """Each argument takes plain values and models, and the result has its type."""
    created = portkey.api_keys.create(
        type="workspace",
        sub_type="service",
        name="ci",
        scopes=("completions.write",),
        rate_limits=[
            RateLimit("requests", "rpm", 1),
            {"type": "tokens", "unit": "rpd", "value": 1},
        ],
        usage_limits=UsageLimits(credit_limit=1),
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        rotation_policy=None,
        extra={"new": 1},
    )
    assert_type(created, CreatedKey)
    assert_type(created.id, str | None)
    assert_type(portkey.client, Client)
    return created.key.reveal()


async def create_async(portkey: AsyncPortkeyAdmin) -> None:
    """The asynchronous client's result has the same type, after `await`."""
    created = await portkey.admin.api_keys.create(
        type="organisation", sub_type="user", name="ci", scopes=[]
    )
    assert_type(created, CreatedKey)


def mistakes(portkey: PortkeyAdmin) -> None:
    """Invalid values, missing and unknown arguments, and forbidden nulls are errors."""
    portkey.api_keys.create(type="team", sub_type="user", name="ci", scopes=[])  # type: ignore[arg-type]
    portkey.api_keys.create(type="workspace", sub_type="user", name="ci")  # type: ignore[call-arg]
    portkey.api_keys.create(
        type="workspace",
        sub_type="user",
        name="ci",
        scopes=[],
        description=None,  # type: ignore[arg-type]
    )
    portkey.api_keys.create(
        type="workspace",
        sub_type="user",
        name="ci",
        scopes=[],
        nmae="ci",  # type: ignore[call-arg]
    )


def recover(error: OutcomeUnknownError) -> str | None:
    """The optional attributes of an error may be None."""
    assert_type(error.created, CreatedKey | None)
    return error.created.key.reveal() if error.created else error.key_id


def name_models() -> None:
    """Models have types although they are loaded on first use; unknown names are errors."""
    assert_type(models.RateLimit("requests", "rpm", 1), RateLimit)
    models.RateLimit("request", "rpm", 1)  # type: ignore[arg-type]
    _ = models.Nowhere  # type: ignore[attr-defined]
