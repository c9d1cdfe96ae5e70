"""Create Portkey API keys.

`PortkeyAdmin` and `AsyncPortkeyAdmin` are where to begin. Importing this package loads next to
nothing; what a client needs is loaded when the first one is made.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portkey_admin._api_keys import OMITTED
    from portkey_admin._auth import ApiKeyAuth
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
    from portkey_admin._request import check_spec
    from portkey_admin._response import CreatedKey
    from portkey_admin._secret import Secret
    from portkey_admin._spec import create_operation

__version__ = "0.1.0"

_HOMES = {
    "OMITTED": "_api_keys",
    "ApiKeyAuth": "_auth",
    "AsyncPortkeyAdmin": "_client",
    "ConfigurationError": "_errors",
    "CreatedKey": "_response",
    "InvalidRequestError": "_errors",
    "NotSentError": "_errors",
    "OutcomeUnknownError": "_errors",
    "PortkeyAdmin": "_client",
    "PortkeyAdminError": "_errors",
    "Problem": "_errors",
    "RefusedError": "_errors",
    "Secret": "_secret",
    "SpecError": "_errors",
    "check_spec": "_request",
    "create_operation": "_spec",
}

__all__ = [
    "OMITTED",
    "ApiKeyAuth",
    "AsyncPortkeyAdmin",
    "ConfigurationError",
    "CreatedKey",
    "InvalidRequestError",
    "NotSentError",
    "OutcomeUnknownError",
    "PortkeyAdmin",
    "PortkeyAdminError",
    "Problem",
    "RefusedError",
    "Secret",
    "SpecError",
    "check_spec",
    "create_operation",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
