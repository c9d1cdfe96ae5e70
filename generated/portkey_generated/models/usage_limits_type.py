from typing import Literal

UsageLimitsType = Literal["cost", "tokens"]

USAGE_LIMITS_TYPE_VALUES: set[UsageLimitsType] = {
    "cost",
    "tokens",
}


def check_usage_limits_type(value: str) -> UsageLimitsType:
    if value in USAGE_LIMITS_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {USAGE_LIMITS_TYPE_VALUES!r}"
    )
