from typing import Literal

UpdateUsageLimitsType = Literal["cost", "tokens"]

UPDATE_USAGE_LIMITS_TYPE_VALUES: set[UpdateUsageLimitsType] = {
    "cost",
    "tokens",
}


def check_update_usage_limits_type(value: str) -> UpdateUsageLimitsType:
    if value in UPDATE_USAGE_LIMITS_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {UPDATE_USAGE_LIMITS_TYPE_VALUES!r}"
    )
