"""The dicts of request bodies, for type checkers and editors."""

import collections.abc
import datetime
import typing
import uuid

CreateApiKeyObjectDict = typing.TypedDict(
    "CreateApiKeyObjectDict",
    {
        "name": str,
        "scopes": collections.abc.Sequence[str],
        "description": typing.NotRequired[str],
        "organisation_id": typing.NotRequired[typing.Union[uuid.UUID, str]],
        "workspace_id": typing.NotRequired[str],
        "user_id": typing.NotRequired[typing.Union[uuid.UUID, str]],
        "rate_limits": typing.NotRequired[
            typing.Union[collections.abc.Sequence["RateLimitDict"], None]
        ],
        "usage_limits": typing.NotRequired["UsageLimitsDict"],
        "defaults": typing.NotRequired["DefaultsDict"],
        "alert_emails": typing.NotRequired[collections.abc.Sequence[str]],
        "expires_at": typing.NotRequired[typing.Union[datetime.datetime, str, None]],
        "rotation_policy": typing.NotRequired[typing.Union["RotationPolicyDict", None]],
    },
)

UsageLimitsDict = typing.TypedDict(
    "UsageLimitsDict",
    {
        "credit_limit": typing.NotRequired[int],
        "type": typing.NotRequired[typing.Literal["cost", "tokens"]],
        "alert_threshold": typing.NotRequired[int],
        "periodic_reset": typing.NotRequired[
            typing.Union[typing.Literal["monthly", "weekly"], None]
        ],
        "periodic_reset_days": typing.NotRequired[typing.Union[int, None]],
        "next_usage_reset_at": typing.NotRequired[
            typing.Union[datetime.datetime, str, None]
        ],
    },
)

UpdateApiKeyObjectDict = typing.TypedDict(
    "UpdateApiKeyObjectDict",
    {
        "name": typing.NotRequired[str],
        "description": typing.NotRequired[str],
        "rate_limits": typing.NotRequired[
            typing.Union[collections.abc.Sequence["UpdateRateLimitDict"], None]
        ],
        "usage_limits": typing.NotRequired[typing.Union["UpdateUsageLimitsDict", None]],
        "scopes": typing.NotRequired[collections.abc.Sequence[str]],
        "defaults": typing.NotRequired["UpdateDefaultsDict"],
        "alert_emails": typing.NotRequired[collections.abc.Sequence[str]],
        "expires_at": typing.NotRequired[typing.Union[datetime.datetime, str, None]],
        "rotation_policy": typing.NotRequired[
            typing.Union["UpdateRotationPolicyDict", None]
        ],
        "reset_usage": typing.NotRequired[bool],
    },
)

RotateApiKeyObjectDict = typing.TypedDict(
    "RotateApiKeyObjectDict", {"key_transition_period_ms": typing.NotRequired[int]}
)

RateLimitDict = typing.TypedDict(
    "RateLimitDict",
    {
        "type": typing.Literal["requests", "tokens"],
        "unit": typing.Literal["rpd", "rph", "rpm", "rps", "rpw"],
        "value": int,
    },
)

MetadataDict: typing.TypeAlias = collections.abc.Mapping[str, typing.Any]

DefaultsDict = typing.TypedDict(
    "DefaultsDict",
    {
        "metadata": typing.NotRequired["MetadataDict"],
        "config_id": typing.NotRequired[str],
        "allow_config_override": typing.NotRequired[bool],
    },
)

RotationPolicyDict = typing.TypedDict(
    "RotationPolicyDict",
    {
        "rotation_period": typing.NotRequired[
            typing.Union[typing.Literal["monthly", "weekly"], None]
        ],
        "next_rotation_at": typing.NotRequired[
            typing.Union[datetime.datetime, str, None]
        ],
        "key_transition_period_ms": typing.NotRequired[int],
    },
)

UpdateRateLimitDict = typing.TypedDict(
    "UpdateRateLimitDict",
    {
        "type": typing.Literal["requests", "tokens"],
        "unit": typing.Literal["rpd", "rph", "rpm", "rps", "rpw"],
        "value": int,
    },
)

UpdateUsageLimitsDict = typing.TypedDict(
    "UpdateUsageLimitsDict",
    {
        "credit_limit": typing.NotRequired[int],
        "type": typing.NotRequired[typing.Literal["cost", "tokens"]],
        "alert_threshold": typing.NotRequired[int],
        "periodic_reset": typing.NotRequired[
            typing.Union[typing.Literal["monthly", "weekly"], None]
        ],
        "periodic_reset_days": typing.NotRequired[typing.Union[int, None]],
        "next_usage_reset_at": typing.NotRequired[
            typing.Union[datetime.datetime, str, None]
        ],
    },
)

UpdateMetadataDict: typing.TypeAlias = collections.abc.Mapping[str, typing.Any]

UpdateDefaultsDict = typing.TypedDict(
    "UpdateDefaultsDict",
    {
        "metadata": typing.NotRequired["UpdateMetadataDict"],
        "config_id": typing.NotRequired[str],
        "allow_config_override": typing.NotRequired[bool],
    },
)

UpdateRotationPolicyDict = typing.TypedDict(
    "UpdateRotationPolicyDict",
    {
        "rotation_period": typing.NotRequired[
            typing.Union[typing.Literal["monthly", "weekly"], None]
        ],
        "next_rotation_at": typing.NotRequired[
            typing.Union[datetime.datetime, str, None]
        ],
        "key_transition_period_ms": typing.NotRequired[int],
    },
)
