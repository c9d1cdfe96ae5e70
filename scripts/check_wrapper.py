"""Fail, with pointer and keyword, if the wrapper cannot read the package in the current folder."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any


def main() -> int:
    """Return 0, or 1 with the reason on stderr if the wrapper cannot read the spec."""
    sys.path.insert(0, "")  # import the package from the current folder
    try:
        check()
    except Exception as error:  # noqa: BLE001 - any failure means that the spec cannot be read
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def check() -> None:
    """Build the checks and the request of each call, and the command's flags."""
    from portkey_admin import SpecError  # noqa: PLC0415 - reads this folder
    from portkey_admin._request import pack  # noqa: PLC0415 - reads this folder
    from portkey_admin._response import EFFECTS  # noqa: PLC0415 - reads this folder

    for operation_id in EFFECTS:
        call = pack(operation_id, {})
        operation = call.operation
        for name, schema in (operation.arguments | operation.query).items():
            check_schema(schema, f"{operation.at}/parameters/{name}")
        check_schema(operation.body, f"{operation.at}/requestBody")
        given = {*operation.arguments, *operation.query, "client", "body"}
        for name, parameter in inspect.signature(call.function).parameters.items():
            if parameter.default is parameter.empty and name.removesuffix("_") not in given:
                at = f"{operation.at}/parameters/{name}"
                raise SpecError(f"{at}: {operation_id} has no argument for it")
    from portkey_admin_cli import commands  # noqa: PLC0415 - reads this folder

    for command in commands.portkey_admin.commands.values():
        commands.flags_of(command)


def check_schema(schema: dict[str, Any], at: str) -> None:
    """Raise SpecError, with the pointer, if the wrapper cannot check a part of `schema`."""
    from portkey_admin import SpecError  # noqa: PLC0415 - reads this folder
    from portkey_admin._checks import refusals  # noqa: PLC0415 - reads this folder

    for pointer, part in _parts(schema, at, set()):
        try:
            refusals(part)
        except SpecError as error:
            raise SpecError(f"{pointer}: {error}") from None


def _parts(schema: dict[str, Any], at: str, seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a schema and all schemas in it with their pointers; each component only once."""
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
