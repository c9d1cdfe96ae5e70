"""Reads the operations of an OpenAPI document, for the checks of requests.

Each operation is read on its own. A part that cannot be checked or answered is a limit of that
operation, with its reason. Requests for an operation that cannot be checked are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from .answers import GoodAnswer, good_answer, is_json
from .parameters import Parameter, read_parameter
from .problems import pointer
from .schema import resolve, validator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema_rs import Draft202012Validator

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# OpenAPI: header parameters of these names are ignored.
_NO_PARAMETERS = ("accept", "authorization", "content-type")
_HTTP_SCHEMES = ("basic", "bearer")
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_MAY_STAND_IN_PATHS = "/-._~!$&'()*+,;=:@"
_NO_ANSWER = GoodAnswer(HTTPStatus.NOT_IMPLEMENTED, None)
# The responses that a request without problems gets, the best first.
_ANSWERS = ("2([0-9][0-9]|XX)", "DEFAULT", "3([0-9][0-9]|XX)")


@dataclass(frozen=True)
class Limit:
    """A limit of the stub for one operation: it cannot check requests, or generate the answer."""

    operation: str
    """Method and path, such as "GET /books"."""
    at: str
    """A JSON pointer to the part of the document that is not supported."""
    reason: str
    judged: bool
    """Whether requests are checked; then only the answer lacks its body."""


@dataclass(frozen=True)
class Credential:
    """A header, query or cookie parameter that must hold the key.

    In a header it may come after the name of a scheme. With Basic, it is the user name, a colon
    and the password.
    """

    location: str
    name: str
    scheme: str


@dataclass(frozen=True)
class Body:
    """The body that an operation describes."""

    required: bool
    validator: Draft202012Validator


@dataclass(frozen=True)
class Operation:
    """An operation of the document."""

    operation_id: str
    method: str
    prefix: str
    template: str
    pattern: re.Pattern[str]
    """Matches the path of a request, with a group for each of `variables`."""
    variables: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    credentials: tuple[tuple[Credential, ...], ...] = ()
    """The alternatives to authenticate, each with its keys; empty if no key is needed."""
    body: Body | None = None
    answer: GoodAnswer = _NO_ANSWER
    limit: Limit | None = None


def read_operations(document: Mapping[str, Any], prefix: str) -> list[Operation]:
    """Return the operations of an OpenAPI document, fixed paths before those with variables.

    `prefix` is the path they are mounted at; when it is empty, each is mounted at the path of the
    first server that applies to it and has no variables. Raises ValueError when the document is
    not of OpenAPI 3.
    """
    if not str(document.get("openapi")).startswith("3."):
        raise ValueError("the document is not of OpenAPI 3")
    operations = []
    for template, described in document.get("paths", {}).items():
        item = _resolved(document, described)
        operations += [
            _Reader(document, item, method).operation(template, prefix)
            for method in _METHODS
            if method in item
        ]
    return sorted(operations, key=lambda found: ["{" in part for part in found.template.split("/")])


def _resolved(document: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in value:
        value = resolve(document, value["$ref"])
    return value


class _Reader:
    """Reads one operation."""

    def __init__(self, document: Mapping[str, Any], item: Mapping[str, Any], method: str) -> None:
        self._document = document
        self._item = item
        self._method = method.upper()
        self._described = item[method]
        self._part: str
        """A JSON pointer, from the operation on, to what is being read."""

    def operation(self, template: str, prefix: str) -> Operation:
        """Return the operation, with a limit for each part that could not be read."""
        mount = f"/{(prefix or self._base_path()).strip('/')}".rstrip("/")
        label = f"{self._method} {template}"
        operation = Operation(
            operation_id=self._described.get("operationId", label),
            method=self._method,
            prefix=mount,
            template=template,
            pattern=re.compile(re.escape(mount) + _pattern(template)),
            variables=(*_VARIABLE.findall(template),),
        )
        place = f"/paths{pointer((template,))}/{self._method.lower()}"
        try:
            operation = self._judged(operation)
        except (KeyError, ValueError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            return replace(operation, limit=Limit(label, place + self._part, reason, judged=False))
        if operation.answer.lacks:
            limit = Limit(label, place + self._part, operation.answer.lacks, judged=True)
            return replace(operation, limit=limit)
        return operation

    def _judged(self, operation: Operation) -> Operation:
        parameters = self._parameters()
        in_path = [found.name for found in parameters if found.location == "path"]
        if sorted(operation.variables) != sorted(in_path):
            raise ValueError("the variables in the path are not its path parameters")
        return replace(
            operation,
            parameters=parameters,
            credentials=self._credentials(),
            body=self._body(),
            answer=self._answer(),
        )

    def _base_path(self) -> str:
        applying = [owner.get("servers") for owner in (self._described, self._item, self._document)]
        servers = next((servers for servers in applying if servers), ())
        fixed = (server["url"] for server in servers if not _VARIABLE.search(server["url"]))
        return urlsplit(next(fixed, "")).path

    def _parameters(self) -> tuple[Parameter, ...]:
        self._part = "/parameters"
        parameters = {}
        for owner in (self._item, self._described):
            for entry in owner.get("parameters", ()):
                described = _resolved(self._document, entry)
                name, location = described["name"], described["in"]
                if location == "header" and name.lower() in _NO_PARAMETERS:
                    continue
                # The operation's own come last and replace those of the path.
                parameters[name, location] = read_parameter(self._document, described)
        return (*parameters.values(),)

    def _credentials(self) -> tuple[tuple[Credential, ...], ...]:
        """Return the ways to authenticate that can be judged; of several, some must be."""
        self._part = "/security"
        ways, reasons = [], []
        for way in self._described.get("security", self._document.get("security", ())):
            try:
                ways.append(tuple(self._credential(name) for name in way))
            except ValueError as error:
                reasons.append(str(error))
        if reasons and not ways:
            raise ValueError("; ".join(reasons))
        return (*ways,)

    def _credential(self, name: str) -> Credential:
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        scheme = _resolved(self._document, schemes.get(name, {}))
        if scheme.get("type") == "apiKey":
            return Credential(scheme["in"], scheme["name"], "")
        if scheme.get("type") == "http" and scheme["scheme"].lower() in _HTTP_SCHEMES:
            return Credential("header", "Authorization", scheme["scheme"].capitalize())
        raise ValueError(f"the security scheme {name} cannot be judged")

    def _body(self) -> Body | None:
        self._part = "/requestBody"
        if "requestBody" not in self._described:
            return None
        described = _resolved(self._document, self._described["requestBody"])
        content = described["content"]
        for media_type, each in content.items():
            if is_json(media_type):
                schema = each.get("schema", {})
                return Body(described.get("required", False), validator(self._document, schema))
        raise ValueError(f"only application/json can be judged, not {', '.join(content)}")

    def _answer(self) -> GoodAnswer:
        """Return the answer of the first response of success, of the default, or a redirect."""
        self._part = "/responses"
        responses = {str(status): entry for status, entry in self._described["responses"].items()}
        for kind in _ANSWERS:
            for status, entry in responses.items():
                if re.fullmatch(kind, status.upper()):
                    self._part = f"/responses/{status}"
                    content = _resolved(self._document, entry).get("content", {})
                    code = status.upper().replace("XX", "00").replace("DEFAULT", "200")
                    return good_answer(self._document, int(code), content)
        return GoodAnswer(HTTPStatus.OK, None, "no response of success is described")


def _pattern(template: str) -> str:
    fixed = _VARIABLE.split(template)[::2]
    return "([^/]+)".join(re.escape(quote(part, safe=_MAY_STAND_IN_PATHS)) for part in fixed)
