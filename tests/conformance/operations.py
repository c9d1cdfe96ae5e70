"""What a document describes, side by side with what the generator made of it."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_args, get_type_hints

import attrs
from openapi_python_client.strings import PythonIdentifier

from tests.conformance.naming import Names, Naming, module_name, read_naming

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})

# OpenAPI says that header parameters of these names are to be ignored.
_IGNORED = frozenset({"accept", "authorization", "content-type"})


@dataclass(frozen=True)
class Operation:
    """One operation of a document and its generated module."""

    document: Mapping[str, Any]
    operation_id: str
    """The document's own, or method and path where it gives none."""
    described: Mapping[str, Any]
    """The operation as the document has it, with the servers and the security that hold for it."""
    parameters: tuple[Mapping[str, Any], ...]
    content: Mapping[str, Any] | None
    """The JSON body as described, with its examples."""
    answer_schema: Mapping[str, Any] | None
    """What the first response of success holds, if anything."""
    module: ModuleType
    hints: Mapping[str, Any]
    """The annotations of the generated request builder, by Python name."""
    names: Names
    """Those of the parameters, by key."""
    models: Mapping[str, Names]

    @property
    def body_schema(self) -> Mapping[str, Any] | None:
        """The schema of the body."""
        return self.content["schema"] if self.content else None

    @property
    def body_required(self) -> bool:
        """Whether the body must not be left out."""
        body = resolve(self.document, self.described.get("requestBody", {}))
        return bool(body.get("required", False))

    @property
    def body_model(self) -> type[attrs.AttrsInstance]:
        """The model of the body."""
        annotation = self.hints["body"]
        models = (annotation, *get_args(annotation))
        return next(each for each in models if inspect.isclass(each) and attrs.has(each))

    @functools.cached_property
    def keys(self) -> dict[str, Mapping[str, Any]]:
        """The parameters by key: the name, or place and name (`path.id`) where several share it."""
        shared = Counter(each["name"] for each in self.parameters)
        return {
            each["name"] if shared[each["name"]] == 1 else f"{each['in']}.{each['name']}": each
            for each in self.parameters
        }


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


def described_operations(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield path, method and description of each operation, with what it has of its path."""
    for path, item in document["paths"].items():
        for method in sorted(METHODS & item.keys()):
            own = item[method]
            parameters = {
                (each["in"], each["name"]): each
                for each in (
                    resolve(document, entry)
                    for entry in (*item.get("parameters", ()), *own.get("parameters", ()))
                )
                if each["in"] != "header" or each["name"].lower() not in _IGNORED
            }
            yield (
                path,
                method,
                {
                    "operationId": f"{method.upper()} {path}",
                    "security": document.get("security", []),
                    "servers": item.get("servers") or document.get("servers") or [{"url": "/"}],
                    **own,
                    "parameters": list(parameters.values()),
                },
            )


def without(document: Mapping[str, Any], operation_ids: Collection[str]) -> dict[str, Any]:
    """Return a document without some of its operations.

    Raises LookupError for an operation that it does not have.
    """
    paths = {
        path: {
            key: part
            for key, part in item.items()
            if key not in METHODS or part.get("operationId") not in operation_ids
        }
        for path, item in document["paths"].items()
    }
    described = {each["operationId"] for *_, each in described_operations(document)}
    if missing := set(operation_ids) - described:
        raise LookupError(f"the document has no operation {sorted(missing)}")
    return {**document, "paths": paths}


def operations(document: Mapping[str, Any], package: str) -> dict[str, Operation]:
    """Return every operation of `document` by its id, with its module in `package`.

    Raises LookupError, which names each, for operations that the generator left out or that have
    no module of their own to be called.
    """
    naming = read_naming(document)
    refused = list(naming.left_out)
    modules: dict[str, str] = {}
    found = {}
    for path, method, described in described_operations(document):
        name = described["operationId"]
        module = module_name(path, method, document["paths"][path][method])
        if module in modules:
            refused.append(f"{name}: its module, {module}, is also that of {modules[module]}")
        modules[module] = name
        if module not in naming.parameters:
            refused.append(f"{name}: the generator leaves it out")
            continue
        try:
            found[name] = _operation(document, described, naming, f"{package}.api.{module}")
        except (ImportError, SyntaxError, NameError, LookupError) as error:
            refused.append(f"{name}: {error!r}")
    if refused:
        raise LookupError("\n".join(refused))
    return found


def _operation(
    document: Mapping[str, Any], described: Mapping[str, Any], naming: Naming, module_path: str
) -> Operation:
    package, _, module = module_path.partition(".api.")
    models = vars(importlib.import_module(f"{package}.models"))
    imported = importlib.import_module(module_path)
    body = resolve(document, described.get("requestBody", {})).get("content")
    if body is not None and "application/json" not in body:
        raise LookupError(f"its body is not application/json, but {', '.join(body)}")
    return Operation(
        document=document,
        operation_id=described["operationId"],
        described=described,
        parameters=tuple(described["parameters"]),
        content=body and body["application/json"],
        answer_schema=_answer_schema(document, described),
        module=imported,
        hints=get_type_hints(imported._get_kwargs, localns=models),
        names=naming.parameters[module],
        models=naming.models,
    )


def _answer_schema(
    document: Mapping[str, Any], described: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    good = (each for status, each in described["responses"].items() if str(status).startswith("2"))
    content = resolve(document, next(good, {})).get("content", {})
    schema: Mapping[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema
