"""Which cases a document allows, and HTTP can carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from portkey_admin_stub.schema import validator
from tests.conformance.calling import Case
from tests.conformance.operations import Operation

# What each place can carry: RFC 9110 and RFC 6265, in ASCII as httpx sends them, and RFC 3986.
CARRIED: Final = {
    "path": re.compile(r"(?!\.{1,2}$).+", re.DOTALL),
    "query": re.compile(r".*", re.DOTALL),
    "header": re.compile(r"([!-~]([\t -~]*[!-~])?)?"),
    "cookie": re.compile(r"[!#-+\--:<-\[\]-~]*"),
}


def allowed_by(operation: Operation) -> Callable[[Case], bool]:
    """Return what tells whether a document allows a case, and HTTP can carry its parameters.

    Where 3.1 lists several types, schemathesis takes any text for one of a format. In a query an
    array without items is the same as none.
    """
    keys = operation.keys
    document = operation.document
    validators = {key: validator(document, each["schema"]) for key, each in keys.items()}
    body = validator(document, operation.body_schema or {})

    required_body = operation.body_required
    required = {key for key, each in keys.items() if each.get("required")}

    def allowed(case: Case) -> bool:
        try:
            is_allowed = body.is_valid(case.body) if case.body is not None else not required_body
        except ValueError:  # schemathesis's own type for a file, of which JSON has none
            return False
        return (
            is_allowed
            and required <= case.parameters.keys()
            and all(
                _carries(keys[key], validators[key], each) for key, each in case.parameters.items()
            )
        )

    return allowed


def _carries(parameter: Mapping[str, Any], schema: Draft202012Validator, value: Any) -> bool:
    return (
        schema.is_valid(value)
        and all(CARRIED[parameter["in"]].fullmatch(text) for text in _texts(value))
        and not (value == [] and parameter.get("required"))
    )


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
