from typing import Literal

UpdateRotationPolicyRotationPeriod = Literal["monthly", "weekly"]

UPDATE_ROTATION_POLICY_ROTATION_PERIOD_VALUES: set[
    UpdateRotationPolicyRotationPeriod
] = {
    "monthly",
    "weekly",
}


def check_update_rotation_policy_rotation_period(
    value: str,
) -> UpdateRotationPolicyRotationPeriod:
    if value in UPDATE_ROTATION_POLICY_ROTATION_PERIOD_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {UPDATE_ROTATION_POLICY_ROTATION_PERIOD_VALUES!r}"
    )
