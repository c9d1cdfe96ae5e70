from typing import Literal

UpdateRateLimitType = Literal["requests", "tokens"]

UPDATE_RATE_LIMIT_TYPE_VALUES: set[UpdateRateLimitType] = {
    "requests",
    "tokens",
}


def check_update_rate_limit_type(value: str) -> UpdateRateLimitType:
    if value in UPDATE_RATE_LIMIT_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {UPDATE_RATE_LIMIT_TYPE_VALUES!r}"
    )
