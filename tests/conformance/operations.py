"""The operations of a document, each with its generated module."""

from __future__ import annotations

import functools
import importlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_type_hints
from urllib.parse import urljoin, urlsplit

from portkey_admin_stub import Stub
from portkey_admin_stub.schema import resolve as look_up
from scripts import parts
from tests.conformance.naming import Names, Naming, read_naming, route

# OpenAPI ignores header parameters with these names.
_IGNORED = frozenset({"accept", "authorization", "content-type"})
# A control plane with a prefix in upper and lower case, and a slash at the end.
_SELF_HOSTED = "https://self-hosted.example/Deep/prefix/v1/"
# The base URL of relative servers.
_HOME = "https://document.example/"


@dataclass(frozen=True)
class Operation:
    """One operation of a document and its generated module."""

    document: Mapping[str, Any]
    path: str
    method: str
    described: Mapping[str, Any]
    """The operation in the document, with its effective servers and security."""
    content: Mapping[str, Any] | None
    """The JSON body as described, with its examples."""
    module: ModuleType
    hints: Mapping[str, Any]
    """The annotations of the generated request builder, by Python name."""
    names: Names
    """The names of the parameters, by key."""
    models: Mapping[str, Names]

    @property
    def operation_id(self) -> str:
        """The document's operationId, or else method and path."""
        return str(self.described["operationId"])

    @property
    def label(self) -> str:
        """Method and path."""
        return f"{self.method.upper()} {self.path}"

    @property
    def alone(self) -> dict[str, Any]:
        """The document without other operations, so that a stub's speed does not depend on them."""
        return _only(self.document, self.path, self.method)

    @functools.cached_property
    def servers(self) -> list[str]:
        """The URLs of its servers with each value of their variables, and a self-hosted one."""
        urls = (url for server in self.described["servers"] for url in _urls(server))
        return list(dict.fromkeys([*urls, _SELF_HOSTED]))

    @property
    def body_schema(self) -> Mapping[str, Any] | None:
        """The schema of the body."""
        return self.content["schema"] if self.content else None

    @property
    def body_required(self) -> bool:
        """Whether the body is required."""
        body = resolve(self.document, self.described.get("requestBody", {}))
        return bool(body.get("required", False))

    @functools.cached_property
    def keys(self) -> dict[str, Mapping[str, Any]]:
        """The parameters by key: the name, or `path.id` if several places have the same name."""
        parameters = self.described["parameters"]
        shared = Counter(each["name"] for each in parameters)
        return {
            each["name"] if shared[each["name"]] == 1 else f"{each['in']}.{each['name']}": each
            for each in parameters
        }

    @functools.cached_property
    def case_schema(self) -> dict[str, Any]:
        """The schema of a call as one value: the parameters by key, and the body."""
        parameters = {key: each["schema"] for key, each in self.keys.items()}
        required = [key for key, each in self.keys.items() if each.get("required")]
        members: dict[str, Any] = {"parameters": _closed(parameters, required)}
        if self.body_schema is not None:
            members["body"] = self.body_schema
        return _closed(members, ["parameters", *(["body"] if self.body_required else [])])

    def answer_schema(self, status: int) -> Mapping[str, Any] | None:
        """Return the schema of a response with a status, if any; 2XX stands for 200."""
        for key, each in self.described["responses"].items():
            if str(key).upper() in {str(status), f"{status // 100}XX", "DEFAULT"}:
                content = resolve(self.document, each).get("content", {})
                schema: Mapping[str, Any] | None = content.get("application/json", {}).get("schema")
                return schema
        return None


def _closed(members: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    closed = {"type": "object", "additionalProperties": False}
    return {**closed, "properties": members, "required": required}


def _only(document: Mapping[str, Any], path: str, method: str) -> dict[str, Any]:
    item = resolve(document, document["paths"][path])
    others = {*parts.METHODS} - {method}
    return {**document, "paths": {path: {key: item[key] for key in item if key not in others}}}


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow the `$ref` of `node`, if it is a local one."""
    while "$ref" in node:
        node = look_up(document, node["$ref"])
    return node


def alternatives(
    document: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Yield the schema and all schemas that it combines, by allOf, anyOf or oneOf."""
    schema = resolve(document, schema)
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword, ()):
            yield from alternatives(document, part)


def described_operations(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield path, method and description of each operation, with the keywords of its path.

    If several parameters have the same name and place, the last one counts.
    """
    for each in parts.operations(document):
        item = parts.value_at(document, each.place[:-1])
        described = {
            "operationId": each.name,
            "security": document.get("security", []),
            "servers": item.get("servers") or document.get("servers") or [{"url": "/"}],
            **each.value,
            "parameters": [*item.get("parameters", ()), *each.value.get("parameters", ())],
        }
        yield each.path, each.method, described


def read_operations(
    document: Mapping[str, Any], package: str
) -> tuple[dict[str, Operation], dict[str, str]]:
    """Return the operations of `document` by id, with their modules in `package`.

    The second part has the reason for each operation that cannot be called, by `POST /path`: the
    cause (spec, generator or harness) and the mistake.
    """
    naming = read_naming(document)
    found: dict[str, Operation] = {}
    refused: dict[str, str] = {}
    for path, method, described in described_operations(document):
        try:
            operation = _operation(document, path, method, described, naming, package)
        except _RefusedError as error:
            refused[f"{method.upper()} {path}"] = str(error)
        else:
            found[operation.operation_id] = operation
    return found, refused


class _RefusedError(Exception):
    """An operation cannot be called; the message has the cause and the mistake."""


def _operation(
    document: Mapping[str, Any],
    path: str,
    method: str,
    described: Mapping[str, Any],
    naming: Naming,
    package: str,
) -> Operation:
    """Return an operation. Raises _RefusedError."""
    try:
        parameters = _parameters(document, described)
        body = resolve(document, described.get("requestBody", {})).get("content")
    except ValueError as error:
        raise _RefusedError(f"spec: a reference leads nowhere: {error}") from None
    in_path = {each["name"] for each in parameters if each["in"] == "path"}
    if in_path != set(re.findall(r"\{([^{}]+)\}", path)):
        raise _RefusedError("spec: the variables in the path are not its path parameters")
    at = route(method, path)
    if at not in naming.modules:
        label = f" {method.upper()} {path} "
        reasons = [reason for header, reason in naming.left_out if label in header]
        raise _RefusedError(f"generator: leaves it out: {'; '.join(reasons)}")
    module = naming.modules[at]
    first = next(each for each, name in naming.modules.items() if name == module)
    if first != at:
        raise _RefusedError(f"generator: its module, {module}, is also that of {first}")
    for limit in Stub(_only(document, path, method)).limits:
        if not limit.judged:
            raise _RefusedError(f"harness: the stub cannot judge it: {limit.reason}")
    try:
        models = models_by_name(f"{package}.models")
        imported = importlib.import_module(f"{package}.api.{module}")
        hints = get_type_hints(imported._get_kwargs, localns=models)
    except (ImportError, SyntaxError, NameError) as error:
        raise _RefusedError(f"generator: {error!r}") from None
    content = (body or {}).get("application/json", {})
    return Operation(
        document=document,
        path=path,
        method=method,
        described={**described, "parameters": parameters},
        content={"schema": {}, **content} if body else None,
        module=imported,
        hints=hints,
        names=naming.parameters[at],
        models=naming.models,
    )


def models_by_name(module: str) -> dict[str, Any]:
    """Return the models and enums that a module exports."""
    models = importlib.import_module(module)
    return {name: getattr(models, name) for name in models.__all__}


def _parameters(
    document: Mapping[str, Any], described: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    resolved = (resolve(document, entry) for entry in described["parameters"])
    named = {(each["in"], each["name"]): each for each in resolved}
    return [
        each
        for each in named.values()
        if each["in"] != "header" or each["name"].lower() not in _IGNORED
    ]


def _urls(server: Mapping[str, Any]) -> Iterator[str]:
    """Yield the https URLs of a server for which each variable has a value."""
    variables = server.get("variables", {})
    values = [each.get("enum", [each["default"]]) for each in variables.values()]
    for chosen in itertools.product(*values):
        url = server["url"]
        for name, value in zip(variables, chosen, strict=True):
            url = url.replace(f"{{{name}}}", value)
        url = urljoin(_HOME, url)
        if "{" not in url and urlsplit(url).scheme == "https":
            yield url
