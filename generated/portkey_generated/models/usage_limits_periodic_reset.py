from typing import Literal

UsageLimitsPeriodicReset = Literal["monthly", "weekly"]

USAGE_LIMITS_PERIODIC_RESET_VALUES: set[UsageLimitsPeriodicReset] = {
    "monthly",
    "weekly",
}


def check_usage_limits_periodic_reset(value: str) -> UsageLimitsPeriodicReset:
    if value in USAGE_LIMITS_PERIODIC_RESET_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {USAGE_LIMITS_PERIODIC_RESET_VALUES!r}"
    )
