"""Create, find, rotate and delete Portkey API keys.

Begin with `PortkeyAdmin` or `AsyncPortkeyAdmin`. Modules are loaded when they are needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portkey_admin._api_keys import OMITTED, Omitted
    from portkey_admin._client import AsyncPortkeyAdmin, PortkeyAdmin
    from portkey_admin._errors import (
        ConfigurationError,
        InvalidRequestError,
        NotSentError,
        OutcomeUnknownError,
        PortkeyAdminError,
        Problem,
        RefusedError,
        SpecError,
    )
    from portkey_admin._records import ApiKey, CreatedKey, RotatedKey
    from portkey_admin._secret import Secret
    from portkey_admin._spec import create_operation, operation
    from portkey_admin._transport import ApiKeyAuth

__version__ = "0.1.0"

# The modules of the public names; those that are fast to import come first.
_MODULES = ("_errors", "_secret", "_spec", "_api_keys", "_client", "_transport", "_records")

__all__ = [
    "OMITTED",
    "ApiKey",
    "ApiKeyAuth",
    "AsyncPortkeyAdmin",
    "ConfigurationError",
    "CreatedKey",
    "InvalidRequestError",
    "NotSentError",
    "Omitted",
    "OutcomeUnknownError",
    "PortkeyAdmin",
    "PortkeyAdminError",
    "Problem",
    "RefusedError",
    "RotatedKey",
    "Secret",
    "SpecError",
    "create_operation",
    "operation",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        for module in _MODULES:
            value: object = getattr(importlib.import_module(f"{__name__}.{module}"), name, None)
            if value is not None:
                globals()[name] = value
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
