"""Fail, with pointer and keyword, unless the package in this folder can be read by what uses it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any


def main() -> int:
    """Return 0, or 1 where something of the spec cannot be read."""
    sys.path.insert(0, "")  # from here on the package in this folder is found
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the spec cannot be read
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def check() -> None:
    """Build the wrapper's checks, its request and the command's flags. Raises what they raise."""
    from portkey_generated.api.api_keys import create_api_key  # noqa: PLC0415 - from this folder

    from portkey_admin import SpecError, create_operation  # noqa: PLC0415 - reads this folder

    operation = create_operation()
    for name, schema in operation.arguments.items():
        check_schema(schema, f"{operation.at}/parameters/{name}")
    check_schema(operation.body, f"{operation.at}/requestBody")
    given = {*operation.arguments, "client", "body"}
    for name, parameter in inspect.signature(create_api_key.sync_detailed).parameters.items():
        if parameter.default is parameter.empty and name.removesuffix("_") not in given:
            raise SpecError(f"{operation.at}/parameters/{name}: create has no argument for it")
    import portkey_admin_cli.commands  # noqa: F401, PLC0415 - builds the flags


def check_schema(schema: dict[str, Any], at: str) -> None:
    """Raise SpecError, with the pointer, where the wrapper cannot check what `schema` says."""
    from portkey_admin import SpecError  # noqa: PLC0415 - reads this folder
    from portkey_admin._checks import refusals  # noqa: PLC0415 - reads this folder

    for pointer, part in _parts(schema, at, set()):
        try:
            refusals(part)
        except SpecError as error:
            raise SpecError(f"{pointer}: {error}") from None


def _parts(schema: dict[str, Any], at: str, seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a schema and all schemas in it, each with its pointer; what is referred to, once."""
    from portkey_admin._spec import resolve  # noqa: PLC0415 - reads this folder

    if "$ref" in schema:
        at = schema["$ref"].removeprefix("#")
        if at in seen:
            return
        seen.add(at)
        schema = resolve(schema)
    yield at, schema
    parts = {name: schema.get(name) for name in ("items", "additionalProperties", "not")}
    for name in ("allOf", "anyOf", "oneOf"):
        parts |= {f"{name}/{index}": each for index, each in enumerate(schema.get(name, ()))}
    for name, part in schema.get("properties", {}).items():
        parts[f"properties/{name.replace('~', '~0').replace('/', '~1')}"] = part
    for name, part in parts.items():
        if isinstance(part, dict):
            yield from _parts(part, f"{at}/{name}", seen)


if __name__ == "__main__":
    sys.exit(main())
