from typing import Literal

CreateApiKeyType = Literal["organisation", "workspace"]

CREATE_API_KEY_TYPE_VALUES: set[CreateApiKeyType] = {
    "organisation",
    "workspace",
}


def check_create_api_key_type(value: str) -> CreateApiKeyType:
    if value in CREATE_API_KEY_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREATE_API_KEY_TYPE_VALUES!r}"
    )
