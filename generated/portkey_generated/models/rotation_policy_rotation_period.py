from typing import Literal

RotationPolicyRotationPeriod = Literal["monthly", "weekly"]

ROTATION_POLICY_ROTATION_PERIOD_VALUES: set[RotationPolicyRotationPeriod] = {
    "monthly",
    "weekly",
}


def check_rotation_policy_rotation_period(value: str) -> RotationPolicyRotationPeriod:
    if value in ROTATION_POLICY_ROTATION_PERIOD_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ROTATION_POLICY_ROTATION_PERIOD_VALUES!r}"
    )
