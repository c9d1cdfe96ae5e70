from typing import Literal

UpdateUsageLimitsPeriodicReset = Literal["monthly", "weekly"]

UPDATE_USAGE_LIMITS_PERIODIC_RESET_VALUES: set[UpdateUsageLimitsPeriodicReset] = {
    "monthly",
    "weekly",
}


def check_update_usage_limits_periodic_reset(
    value: str,
) -> UpdateUsageLimitsPeriodicReset:
    if value in UPDATE_USAGE_LIMITS_PERIODIC_RESET_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {UPDATE_USAGE_LIMITS_PERIODIC_RESET_VALUES!r}"
    )
