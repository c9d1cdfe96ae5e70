"""Checks a request against its operation: finds all problems, and reads the values."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus, unquote_to_bytes

from .problems import problem, schema_problems
from .strict_json import StrictJsonError, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .operations import Credential, Operation
    from .parameters import Parameter


class _NoBody(Enum):
    NO_BODY = "no body"


NO_BODY: Final = _NoBody.NO_BODY
"""The body of a request without a body, or with one that could not be read."""

Headers = list[tuple[str, str]]

_Fields = dict[str, list[str]]
"""The values of each header, query parameter or cookie, by name."""

_OFFERED_BY_ANY_CLIENT = frozenset(
    (
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    )
)
# The characters of a cookie's value (RFC 6265).
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")
_LISTS = ("accept", "accept-encoding", "connection")
# The characters of a path and a query (RFC 3986).
_TARGET = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+,;=:@/?]*")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_DIGITS = re.compile("[0-9]{1,18}")
_JSON = re.compile(r'application/json(\s*;\s*charset=("utf-8"|utf-8))?', re.IGNORECASE)


@dataclass
class Judgement:
    """The values that were read from a request, and its problems."""

    path_parameters: dict[str, Any] = field(default_factory=dict)
    query_parameters: dict[str, Any] = field(default_factory=dict)
    header_parameters: dict[str, Any] = field(default_factory=dict)
    cookie_parameters: dict[str, Any] = field(default_factory=dict)
    body: Any = NO_BODY
    status: HTTPStatus = field(init=False)
    """The status of the refusal; only used if there are problems."""
    problems: list[str] = field(default_factory=list)

    def refuse(self, status: HTTPStatus, *problems: str) -> None:
        """Add problems, if any; the first to be added decide on the status."""
        if not self.problems:
            self.status = status
        self.problems += problems


class Judge:
    """Checks requests with the accepted key, and the headers allowed beyond the document."""

    def __init__(self, api_key: str | None, extra_headers: Collection[str]) -> None:
        """Take the key, or None to accept any key, and the names of headers."""
        self._api_key = api_key
        self._allowed = _OFFERED_BY_ANY_CLIENT | {name.lower() for name in extra_headers}

    def judge(self, operation: Operation, target: str, headers: Headers, body: bytes) -> Judgement:
        """Return the values of a request for an operation, and all its problems."""
        path, _, query = target.partition("?")
        fields: _Fields = {}
        for name, value in headers:
            fields.setdefault(name.lower(), []).append(value)
        pairs, malformed = _pairs(query)
        cookies = _cookies(fields)
        keys = {"header": fields, "query": pairs, "cookie": cookies}
        judgement = Judgement()
        judgement.refuse(HTTPStatus.UNAUTHORIZED, *self._credentials(operation, keys))
        if body and operation.body:
            judgement.refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, *_content_type(fields))
        judgement.refuse(
            HTTPStatus.BAD_REQUEST,
            *_target(target),
            *_path_parameters(operation, path, judgement.path_parameters),
            *malformed,
            *_query_parameters(operation, pairs, judgement.query_parameters),
            *_header_parameters(operation, fields, judgement.header_parameters),
            *_cookie_parameters(operation, cookies, judgement.cookie_parameters),
            *_headers(operation, fields, self._allowed),
            *_content_length(fields, body),
            *_body(operation, body, judgement),
        )
        return judgement

    def _credentials(self, operation: Operation, keys: dict[str, _Fields]) -> list[str]:
        problems: list[str] = []
        for way in operation.credentials:
            wrong = [text for needed in way for text in self._credential(needed, keys)]
            if not wrong:
                return []
            problems += wrong
        # A key that belongs to several ways is still only one problem.
        return [*dict.fromkeys(problems)]

    def _credential(self, needed: Credential, keys: dict[str, _Fields]) -> list[str]:
        where = f'{needed.location} "{needed.name}"'
        name = needed.name.lower() if needed.location == "header" else needed.name
        key = keys[needed.location].get(name, [""])[0]
        if needed.location == "query":
            key = unquote_plus(key)
        if needed.scheme:
            scheme, _, token = key.partition(" ")
            key = token if scheme.lower() == needed.scheme.lower() else ""
            key = _user_and_password(key) if needed.scheme == "Basic" else key
        if not key.strip():
            return [problem(where, "the key is missing")]
        if self._api_key is None or _same(key, self._api_key):
            return []
        return [problem(where, "the key is wrong")]


def _user_and_password(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _same(key: str, right_key: str) -> bool:
    # Takes as long for a key that is nearly right as for any other of its length.
    return hmac.compare_digest(key.encode(), right_key.encode())


def _content_type(fields: _Fields) -> list[str]:
    value = fields.get("content-type", [""])[0]
    if _JSON.fullmatch(value):
        return []
    return [problem('header "content-type"', "must be application/json in UTF-8")]


def _target(target: str) -> list[str]:
    if _TARGET.fullmatch(target):
        return []
    return [problem("target", "holds a character that must be percent-encoded")]


def _path_parameters(operation: Operation, path: str, values: dict[str, Any]) -> list[str]:
    match = operation.pattern.fullmatch(path)
    raws = dict(zip(operation.variables, match.groups() if match else (), strict=True))
    problems = []
    for parameter in operation.parameters:
        if parameter.location == "path":
            raw = raws[parameter.name]
            pieces = raw.split(",") if parameter.is_array else [raw]
            try:
                texts = [_decoded(piece) for piece in pieces]
            except ValueError as error:
                problems.append(problem(parameter.where, *error.args))
                continue
            if texts in (["."], [".."]):
                problems.append(problem(parameter.where, "a dot segment, which gets lost"))
            problems += _value(parameter, texts, values)
    return problems


def _pairs(query: str) -> tuple[_Fields, list[str]]:
    """Return the values, still encoded, by name, and the problems of the names."""
    pairs: _Fields = {}
    problems = []
    for pair in query.split("&") if query else ():
        name, _, raw = pair.partition("=")
        try:
            pairs.setdefault(_decoded_form(name), []).append(raw)
        except ValueError as error:
            problems.append(problem("query", *error.args))
    return pairs, problems


def _query_parameters(operation: Operation, pairs: _Fields, values: dict[str, Any]) -> list[str]:
    problems = []
    given = dict(pairs)
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        raws = given.pop(parameter.name, [])
        if not raws:
            problems += _missing(parameter)
            continue
        if len(raws) > 1 and not (parameter.is_array and parameter.explode):
            problems.append(problem(parameter.where, "given more than once"))
        if parameter.is_array and not parameter.explode:
            # A comma that belongs to an item is percent-encoded; those between items are not.
            raws = raws[0].split(",")
        try:
            texts = [_decoded_form(raw) for raw in raws]
        except ValueError as error:
            problems.append(problem(parameter.where, *error.args))
            continue
        problems += _value(parameter, texts, values)
    return problems + _undescribed(operation, "query", given)


def _header_parameters(operation: Operation, fields: _Fields, values: dict[str, Any]) -> list[str]:
    problems = []
    for parameter in operation.parameters:
        if parameter.location == "header":
            texts = fields.get(parameter.name.lower())
            if texts is None:
                problems += _missing(parameter)
                continue
            if parameter.is_array:
                texts = [item.strip() for text in texts for item in text.split(",")]
            problems += _value(parameter, texts, values)
    return problems


def _cookies(fields: _Fields) -> _Fields:
    cookies: _Fields = {}
    for header in fields.get("cookie", ()):
        for pair in header.split("; "):
            name, _, value = pair.partition("=")
            cookies.setdefault(name, []).append(value)
    return cookies


def _cookie_parameters(operation: Operation, cookies: _Fields, values: dict[str, Any]) -> list[str]:
    problems = []
    given = dict(cookies)
    for parameter in operation.parameters:
        if parameter.location != "cookie":
            continue
        texts = given.pop(parameter.name, [])
        if not texts:
            problems += _missing(parameter)
            continue
        if len(texts) > 1:
            problems.append(problem(parameter.where, "given more than once"))
        if not _COOKIE_VALUE.fullmatch(texts[0]):
            problems.append(problem(parameter.where, "holds a character that no cookie may"))
        problems += _value(parameter, texts, values)
    return problems + _undescribed(operation, "cookie", given)


def _undescribed(operation: Operation, location: str, given: _Fields) -> list[str]:
    keys = {
        needed.name
        for way in operation.credentials
        for needed in way
        if needed.location == location
    }
    twice = [name for name in given.keys() & keys if len(given[name]) > 1]
    return [
        *(problem(location, f'"{name}" is not described') for name in given if name not in keys),
        *(problem(f'{location} "{name}"', "given more than once") for name in twice),
    ]


def _missing(parameter: Parameter) -> list[str]:
    return [problem(parameter.where, "required, but missing")] if parameter.required else []


def _value(parameter: Parameter, texts: Sequence[str], values: dict[str, Any]) -> list[str]:
    """Add the value of a parameter to the values, and return its problems."""
    value = parameter.value(texts)
    values[parameter.name] = value
    return schema_problems(parameter.validator, value, parameter.where)


def _decoded(raw: str) -> str:
    """Return a text without its percent-encoding.

    Raises ValueError, saying why, when it is not properly encoded.
    """
    if _BAD_ESCAPE.search(raw):
        raise ValueError("a % without two hexadecimal digits after it")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 when percent-decoded") from None


def _decoded_form(raw: str) -> str:
    return _decoded(raw.replace("+", " "))


def _headers(operation: Operation, fields: _Fields, allowed: frozenset[str]) -> list[str]:
    described = {
        "cookie" if needed.location == "cookie" else needed.name.lower()
        for way in operation.credentials
        for needed in way
        if needed.location != "query"
    }
    lists = set(_LISTS)
    for parameter in operation.parameters:
        if parameter.location == "header":
            described.add(parameter.name.lower())
            if parameter.is_array:
                lists.add(parameter.name.lower())
        elif parameter.location == "cookie":
            described.add("cookie")
    problems = []
    for name, values in fields.items():
        if name not in allowed and name not in described:
            problems.append(problem(f'header "{name}"', "not described"))
        elif len(values) > 1 and name not in lists:
            problems.append(problem(f'header "{name}"', "given more than once"))
    return problems


def _content_length(fields: _Fields, body: bytes) -> list[str]:
    value = fields.get("content-length", [str(len(body))])[0]
    if _DIGITS.fullmatch(value) and int(value) == len(body):
        return []
    return [problem('header "content-length"', f"not the {len(body)} bytes of the body")]


def _body(operation: Operation, body: bytes, judgement: Judgement) -> list[str]:
    described = operation.body
    if not body:
        missing = described is not None and described.required
        return [problem("body", "required, but missing")] if missing else []
    if described is None:
        return [problem("body", "none is described")]
    try:
        judgement.body = parse(body, "body")
    except StrictJsonError as error:
        return [*error.args]
    return schema_problems(described.validator, judgement.body, "body")
