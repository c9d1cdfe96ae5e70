from typing import Literal

RateLimitUnit = Literal["rpd", "rph", "rpm", "rps", "rpw"]

RATE_LIMIT_UNIT_VALUES: set[RateLimitUnit] = {
    "rpd",
    "rph",
    "rpm",
    "rps",
    "rpw",
}


def check_rate_limit_unit(value: str) -> RateLimitUnit:
    if value in RATE_LIMIT_UNIT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {RATE_LIMIT_UNIT_VALUES!r}"
    )
