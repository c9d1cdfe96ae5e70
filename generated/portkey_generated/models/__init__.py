"""Contains all the data models used in inputs/outputs"""

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
from .rotation_policy import RotationPolicy
from .rotation_policy_rotation_period import RotationPolicyRotationPeriod
from .usage_limits import UsageLimits
from .usage_limits_periodic_reset import UsageLimitsPeriodicReset
from .usage_limits_type import UsageLimitsType

__all__ = (
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
    "RotationPolicy",
    "RotationPolicyRotationPeriod",
    "UsageLimits",
    "UsageLimitsPeriodicReset",
    "UsageLimitsType",
)
