"""The documents that tests compare the wrapper with, read without the wrapper's code."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import portkey_admin

ROOT = Path(__file__).parents[2]
TLS = Path(__file__).parent / "tls"
WRAPPER = Path(portkey_admin.__file__).parent

Json = dict[str, Any]


@functools.cache
def read_yaml(path: str) -> Any:
    """Return the content of a YAML file of the project; it is shared, so do not change it."""
    return YAML(typ="safe").load(ROOT.joinpath(path).read_bytes())


def resolve(document: Json, node: Json) -> Json:
    """Follow the `$ref` of `node`, if it has one."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


CREATE = "Create API Keys"
"""The summary of the operation that creates a key; upstream has no operationId for it."""


def described(document: Json, summary: str = CREATE) -> tuple[str, str, Json]:
    """Return the method, path and description of the operation with a summary."""
    [found] = (
        (method, path, each)
        for path, item in document["paths"].items()
        for method, each in item.items()
        if isinstance(each, dict) and each.get("summary") == summary
    )
    return found


def operation(document: Json, summary: str = CREATE) -> tuple[str, Json]:
    """Return the path and description of an operation, by default of create."""
    return described(document, summary)[1:]


def parameters(document: Json, summary: str = CREATE) -> list[Json]:
    """Return the parameters of the operation."""
    path, found = operation(document, summary)
    shared = document["paths"][path].get("parameters", [])
    return [resolve(document, each) for each in (*shared, *found.get("parameters", []))]


def body_schema(document: Json, summary: str = CREATE) -> Json:
    """Return the schema of the request body, or {} if there is no body."""
    body = resolve(document, operation(document, summary)[1].get("requestBody", {}))
    return resolve(document, body.get("content", {}).get("application/json", {}).get("schema", {}))


def properties(document: Json, schema: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Yield the JSON pointer and the schema of each property below `schema`, at any depth."""
    schema = resolve(document, schema)
    for name, part in schema.get("properties", {}).items():
        found = resolve(document, part)
        yield f"{at}/{name}", found
        yield from properties(document, found, f"{at}/{name}")
    if "items" in schema:
        yield from properties(document, schema["items"], f"{at}/0")


def samples(document: Json, language: str) -> dict[str, str]:
    """Return the code samples of create in a language, by their labels."""
    listed = operation(document)[1]["x-code-samples"]
    return {each["label"]: each["source"] for each in listed if each["lang"] == language}
