"""The models, each of which is loaded when its name is first used."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

__all__ = (
    "Acknowledgement",
    "ApiKey",
    "ApiKeyDefaults",
    "ApiKeyList",
    "ApiKeyMetadata",
    "ApiKeyRateLimit",
    "ApiKeyUsageLimits",
    "CreateApiKeyObject",
    "CreateApiKeySubType",
    "CreateApiKeyType",
    "CreatedApiKey",
    "CreatedApiKeyObject",
    "Defaults",
    "Error",
    "ErrorData",
    "Metadata",
    "RateLimit",
    "RateLimitType",
    "RateLimitUnit",
    "RotateApiKeyObject",
    "RotatedApiKey",
    "RotationPolicy",
    "RotationPolicyRotationPeriod",
    "UpdateApiKeyObject",
    "UpdateDefaults",
    "UpdateMetadata",
    "UpdateRateLimit",
    "UpdateRateLimitType",
    "UpdateRateLimitUnit",
    "UpdateRotationPolicy",
    "UpdateRotationPolicyRotationPeriod",
    "UpdateUsageLimits",
    "UpdateUsageLimitsPeriodicReset",
    "UpdateUsageLimitsType",
    "UsageLimits",
    "UsageLimitsPeriodicReset",
    "UsageLimitsType",
)

if TYPE_CHECKING:
    from .acknowledgement import Acknowledgement
    from .api_key import ApiKey
    from .api_key_defaults import ApiKeyDefaults
    from .api_key_list import ApiKeyList
    from .api_key_metadata import ApiKeyMetadata
    from .api_key_rate_limit import ApiKeyRateLimit
    from .api_key_usage_limits import ApiKeyUsageLimits
    from .create_api_key_object import CreateApiKeyObject
    from .create_api_key_sub_type import CreateApiKeySubType
    from .create_api_key_type import CreateApiKeyType
    from .created_api_key import CreatedApiKey
    from .created_api_key_object import CreatedApiKeyObject
    from .defaults import Defaults
    from .error import Error
    from .error_data import ErrorData
    from .metadata import Metadata
    from .rate_limit import RateLimit
    from .rate_limit_type import RateLimitType
    from .rate_limit_unit import RateLimitUnit
    from .rotate_api_key_object import RotateApiKeyObject
    from .rotated_api_key import RotatedApiKey
    from .rotation_policy import RotationPolicy
    from .rotation_policy_rotation_period import RotationPolicyRotationPeriod
    from .update_api_key_object import UpdateApiKeyObject
    from .update_defaults import UpdateDefaults
    from .update_metadata import UpdateMetadata
    from .update_rate_limit import UpdateRateLimit
    from .update_rate_limit_type import UpdateRateLimitType
    from .update_rate_limit_unit import UpdateRateLimitUnit
    from .update_rotation_policy import UpdateRotationPolicy
    from .update_rotation_policy_rotation_period import (
        UpdateRotationPolicyRotationPeriod,
    )
    from .update_usage_limits import UpdateUsageLimits
    from .update_usage_limits_periodic_reset import UpdateUsageLimitsPeriodicReset
    from .update_usage_limits_type import UpdateUsageLimitsType
    from .usage_limits import UsageLimits
    from .usage_limits_periodic_reset import UsageLimitsPeriodicReset
    from .usage_limits_type import UsageLimitsType
else:
    _MODULES = {
        "Acknowledgement": "acknowledgement",
        "ApiKey": "api_key",
        "ApiKeyDefaults": "api_key_defaults",
        "ApiKeyList": "api_key_list",
        "ApiKeyMetadata": "api_key_metadata",
        "ApiKeyRateLimit": "api_key_rate_limit",
        "ApiKeyUsageLimits": "api_key_usage_limits",
        "CreateApiKeyObject": "create_api_key_object",
        "CreateApiKeySubType": "create_api_key_sub_type",
        "CreateApiKeyType": "create_api_key_type",
        "CreatedApiKey": "created_api_key",
        "CreatedApiKeyObject": "created_api_key_object",
        "Defaults": "defaults",
        "Error": "error",
        "ErrorData": "error_data",
        "Metadata": "metadata",
        "RateLimit": "rate_limit",
        "RateLimitType": "rate_limit_type",
        "RateLimitUnit": "rate_limit_unit",
        "RotateApiKeyObject": "rotate_api_key_object",
        "RotatedApiKey": "rotated_api_key",
        "RotationPolicy": "rotation_policy",
        "RotationPolicyRotationPeriod": "rotation_policy_rotation_period",
        "UpdateApiKeyObject": "update_api_key_object",
        "UpdateDefaults": "update_defaults",
        "UpdateMetadata": "update_metadata",
        "UpdateRateLimit": "update_rate_limit",
        "UpdateRateLimitType": "update_rate_limit_type",
        "UpdateRateLimitUnit": "update_rate_limit_unit",
        "UpdateRotationPolicy": "update_rotation_policy",
        "UpdateRotationPolicyRotationPeriod": "update_rotation_policy_rotation_period",
        "UpdateUsageLimits": "update_usage_limits",
        "UpdateUsageLimitsPeriodicReset": "update_usage_limits_periodic_reset",
        "UpdateUsageLimitsType": "update_usage_limits_type",
        "UsageLimits": "usage_limits",
        "UsageLimitsPeriodicReset": "usage_limits_periodic_reset",
        "UsageLimitsType": "usage_limits_type",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = _import_module(f"{__name__}.{_MODULES[name]}")
        globals()[name] = value = getattr(module, name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
