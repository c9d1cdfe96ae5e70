from typing import Literal

CreateApiKeySubType = Literal["service", "user"]

CREATE_API_KEY_SUB_TYPE_VALUES: set[CreateApiKeySubType] = {
    "service",
    "user",
}


def check_create_api_key_sub_type(value: str) -> CreateApiKeySubType:
    if value in CREATE_API_KEY_SUB_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREATE_API_KEY_SUB_TYPE_VALUES!r}"
    )
