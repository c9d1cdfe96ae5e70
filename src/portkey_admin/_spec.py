"""What the wrapper reads from the effective spec, which the generated package carries as data."""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import Any, Final, NamedTuple

OPERATION_ID: Final = "createApiKey"


@functools.cache
def document() -> dict[str, Any]:
    """Return the effective spec (spec/openapi.yaml)."""
    data = pkgutil.get_data("portkey_generated", "openapi.json")
    loaded: dict[str, Any] = json.loads(data or b"{}")
    return loaded


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Return what `node` refers to where it is a local reference, or else `node` itself."""
    while "$ref" in node:
        target: Any = document()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


@functools.cache
def operation() -> dict[str, Any]:
    """Return the operation that creates a key, with the servers that hold for it."""
    for path in document()["paths"].values():
        for described in path.values():
            if isinstance(described, dict) and described.get("operationId") == OPERATION_ID:
                servers = (each.get("servers") for each in (described, path, document()))
                return {**described, "servers": next(filter(None, servers))}
    raise LookupError(OPERATION_ID)


def public_endpoint() -> str:
    """Return the URL of the first server: Portkey's own cloud."""
    url: str = next(each["url"] for each in operation()["servers"] if "variables" not in each)
    return url


def placeholders() -> frozenset[str]:
    """Return the names of the server variables, which stand for a URL and are none."""
    servers = operation()["servers"]
    return frozenset(name for each in servers for name in each.get("variables", ()))


def api_key_header() -> str:
    """Return the header that the operation's security scheme names."""
    [[name]] = operation().get("security", document()["security"])
    scheme: str = document()["components"]["securitySchemes"][name]["name"]
    return scheme


@functools.cache
def path_parameters() -> dict[str, dict[str, Any]]:
    """Return the schema of each path parameter, by its argument's name (sub_type for sub-type)."""
    parameters = map(resolve, operation()["parameters"])
    return {each["name"].replace("-", "_"): each["schema"] for each in parameters}


@functools.cache
def body_schema() -> dict[str, Any]:
    """Return the schema of the request body."""
    content = resolve(operation()["requestBody"])["content"]
    return resolve(content["application/json"]["schema"])


def error_headers() -> dict[str, str]:
    """Return what the headers of an error say (request_id, for example), by their names."""
    names = document()["components"]["responses"]["Error"]["headers"]
    return {name: name.lower().removeprefix("x-portkey-").replace("-", "_") for name in names}


def error_codes() -> dict[str, dict[str, Any]]:
    """Return the status and the meaning of each of Portkey's error codes."""
    codes: dict[str, dict[str, Any]] = document()["components"]["responses"]["Error"][
        "x-error-codes"
    ]
    return codes


class OperationSpec(NamedTuple):
    """An operation of the spec, with every `$ref` replaced by its target."""

    arguments: dict[str, dict[str, Any]]
    """The schema of each path parameter, by the name of its Python argument."""
    body: dict[str, Any]
    """The schema of the request body."""
    api_key_header: str
    """The header that carries the admin key."""
    server: str
    """The URL of the spec's public server."""


def create_operation() -> OperationSpec:
    """Return what the spec says of the operation that creates a key."""
    return OperationSpec(
        arguments={name: _inlined(schema) for name, schema in path_parameters().items()},
        body=_inlined(body_schema()),
        api_key_header=api_key_header(),
        server=public_endpoint(),
    )


def _inlined(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _inlined(value) for name, value in resolve(node).items()}
    return [_inlined(each) for each in node] if isinstance(node, list) else node
