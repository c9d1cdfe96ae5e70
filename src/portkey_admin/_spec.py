"""Reads the effective spec, which is a data file of the generated package."""

from __future__ import annotations

import functools
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from portkey_admin._errors import SpecError

Schema = dict[str, Any]
_NAME: Final = "openapi.json"
_JSON: Final = "application/json"


class Operation(NamedTuple):
    """An operation of the spec, with every `$ref` replaced by its target."""

    at: str
    """The JSON pointer of the operation."""
    arguments: dict[str, Schema]
    """The schema of each path parameter, by the name of its Python argument (sub_type)."""
    query: dict[str, Schema]
    """The schema of each query parameter, by the same kind of name."""
    body: Schema
    """The schema of the request body; empty if the operation has no body."""
    api_key_header: str
    """The header that carries the admin key."""
    server: str
    """The URL of the spec's public server."""
    placeholders: tuple[str, ...]
    """The names of the server variables, which are placeholders for a URL."""


@functools.cache
def document() -> dict[str, Any]:
    """Return the effective spec (spec/openapi.yaml)."""
    generated = find_spec("portkey_generated")  # importing it would load httpx
    if generated is None or generated.origin is None:
        raise SpecError("the package portkey_generated is not installed")
    return dict(json.loads(Path(generated.origin).with_name(_NAME).read_bytes()))


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of `steps`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


@functools.cache
def operation(operation_id: str) -> Operation:
    """Return an operation. Raises SpecError if the spec lacks it, or lacks a part of it."""
    for path, unresolved in document()["paths"].items():
        item = resolve(unresolved)
        for method, described in item.items():
            if isinstance(described, dict) and described.get("operationId") == operation_id:
                return _read(pointer("paths", path, method), item, described)
    raise SpecError(f"/paths: no operation has the operationId {operation_id}")


def create_operation() -> Operation:
    """Return the operation that creates a key. Raises SpecError if the spec lacks it."""
    return operation("createApiKey")


def _read(at: str, item: dict[str, Any], described: dict[str, Any]) -> Operation:
    levels = (described, item, document())
    servers: list[Any] = next((each["servers"] for each in levels if each.get("servers")), [])
    public = [each["url"] for each in servers if not each.get("variables")]
    if not public:
        raise SpecError(f"{at}/servers: no server has a URL without variables")
    schemas: dict[str, dict[str, Schema]] = {"path": {}, "query": {}}
    for level in (item, described):
        for parameter in map(resolve, level.get("parameters", ())):
            name = parameter["name"].replace("-", "_")
            schemas.setdefault(parameter["in"], {})[name] = _inline(parameter.get("schema", {}), ())
    content = resolve(described.get("requestBody", {})).get("content", {})
    media = {name.partition(";")[0].strip().lower(): each for name, each in content.items()}
    if content and _JSON not in media:
        raise SpecError(f"{at}/requestBody: no content is {_JSON}")
    return Operation(
        at=at,
        arguments=schemas["path"],
        query=schemas["query"],
        body=_inline(media[_JSON]["schema"], ()) if content else {},
        api_key_header=_find_header(at, described.get("security", document().get("security", []))),
        server=public[0],
        placeholders=tuple(name for each in servers for name in each.get("variables", ())),
    )


def _find_header(at: str, security: list[dict[str, Any]]) -> str:
    """Return the header of the first security alternative that is one API key in a header."""
    schemes = document().get("components", {}).get("securitySchemes", {})
    for alternative in security:
        ways = [resolve(schemes[name]) for name in alternative]
        if len(ways) == 1 and (ways[0]["type"], ways[0].get("in")) == ("apiKey", "header"):
            return str(ways[0]["name"])
    raise SpecError(f"{at}/security: no alternative is one API key in a header")


def resolve(node: Schema) -> Schema:
    """Return the target of `node` if it is a local reference, and `node` itself otherwise."""
    while "$ref" in node:
        target: Any = document()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _inline(node: Any, within: tuple[str, ...]) -> Any:
    """Return `node` with its references replaced; recursive references are kept."""
    if isinstance(node, list):
        return [_inline(each, within) for each in node]
    if not isinstance(node, dict) or node.get("$ref") in within:
        return node
    inside = (*within, node["$ref"]) if "$ref" in node else within
    return {name: _inline(value, inside) for name, value in resolve(node).items()}


def error_headers() -> dict[str, str]:
    """Return the error field (request_id, for example) that each documented header fills."""
    names = document()["components"]["responses"]["Error"]["headers"]
    return {name: name.lower().removeprefix("x-portkey-").replace("-", "_") for name in names}


def error_codes() -> dict[str, dict[str, Any]]:
    """Return the status and the meaning of each of Portkey's error codes."""
    return dict(document()["components"]["responses"]["Error"]["x-error-codes"])
