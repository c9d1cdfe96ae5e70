from typing import Literal

CreatedApiKeyObject = Literal["api-key"]

CREATED_API_KEY_OBJECT_VALUES: set[CreatedApiKeyObject] = {
    "api-key",
}


def check_created_api_key_object(value: str) -> CreatedApiKeyObject:
    if value in CREATED_API_KEY_OBJECT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREATED_API_KEY_OBJECT_VALUES!r}"
    )
