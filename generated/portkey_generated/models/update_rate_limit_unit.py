from typing import Literal

UpdateRateLimitUnit = Literal["rpd", "rph", "rpm", "rps", "rpw"]

UPDATE_RATE_LIMIT_UNIT_VALUES: set[UpdateRateLimitUnit] = {
    "rpd",
    "rph",
    "rpm",
    "rps",
    "rpw",
}


def check_update_rate_limit_unit(value: str) -> UpdateRateLimitUnit:
    if value in UPDATE_RATE_LIMIT_UNIT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {UPDATE_RATE_LIMIT_UNIT_VALUES!r}"
    )
