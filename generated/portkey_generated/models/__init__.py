"""Contains all the data models used in inputs/outputs"""

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
from .update_rotation_policy_rotation_period import UpdateRotationPolicyRotationPeriod
from .update_usage_limits import UpdateUsageLimits
from .update_usage_limits_periodic_reset import UpdateUsageLimitsPeriodicReset
from .update_usage_limits_type import UpdateUsageLimitsType
from .usage_limits import UsageLimits
from .usage_limits_periodic_reset import UsageLimitsPeriodicReset
from .usage_limits_type import UsageLimitsType

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
