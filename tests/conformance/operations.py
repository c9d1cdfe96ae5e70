"""What a document describes, side by side with what the generator made of it."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_args, get_type_hints

import attrs
from openapi_python_client.strings import PythonIdentifier

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@dataclass(frozen=True)
class Operation:
    """One operation of a document and its generated module."""

    document: Mapping[str, Any]
    operation_id: str
    parameters: tuple[Mapping[str, Any], ...]
    body_schema: Mapping[str, Any] | None
    module: ModuleType
    hints: Mapping[str, Any]
    """The annotations of the generated request builder, by Python name."""

    @property
    def body_model(self) -> type[attrs.AttrsInstance]:
        """The model of the body."""
        annotation = self.hints["body"]
        models = (annotation, *get_args(annotation))
        return next(each for each in models if inspect.isclass(each) and attrs.has(each))


@functools.cache
def python_name(name: str) -> str:
    """Return the Python name that the generator gives a parameter or a property."""
    return str(PythonIdentifier(name, prefix="field_"))


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what `node` refers to where it is a local reference, or else `node` itself."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def alternatives(
    document: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Yield the schema and all that it is composed of at this place."""
    schema = resolve(document, schema)
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, ()):
            yield from alternatives(document, part)


def operations(document: Mapping[str, Any], package: str) -> dict[str, Operation]:
    """Return every operation of `document` by its id, with its module in `package`.

    Raises LookupError for an operation that the generator left out.
    """
    modules = {module.__name__.rpartition(".")[2]: module for module in _api_modules(package)}
    found = {}
    for item in document["paths"].values():
        for method in METHODS & item.keys():
            described = item[method]
            name = described["operationId"]
            if python_name(name) not in modules:
                raise LookupError(name)
            module = modules[python_name(name)]
            parameters = (*item.get("parameters", ()), *described.get("parameters", ()))
            body = resolve(document, described.get("requestBody", {})).get("content", {})
            models = vars(importlib.import_module(f"{package}.models"))
            found[name] = Operation(
                document=document,
                operation_id=name,
                parameters=tuple(resolve(document, each) for each in parameters),
                body_schema=body["application/json"]["schema"] if body else None,
                module=module,
                hints=get_type_hints(module._get_kwargs, localns=models),
            )
    return found


def _api_modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(f"{package}.api")
    for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        if not found.ispkg:
            yield importlib.import_module(found.name)
