"""Answers made up from the document: good ones from a response's schema, and refusals."""

from __future__ import annotations

import copy
import math
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .problems import schema_problems
from .schema import Json, Schema, merged, resolve, to_json_schema, validator

Maker = Callable[[int], Json]
"""Makes the value for the answer of a number."""

_CONSTANTS = {
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "idn-email": "someone@example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "iri": "https://example.com/",
    "iri-reference": "/",
    "json-pointer": "/a",
    "regex": "a",
    "relative-json-pointer": "0",
    "time": "12:00:00Z",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "uri-template": "/{a}",
}
_ERROR_CODES = {HTTPStatus.NOT_FOUND: "AB02", HTTPStatus.UNAUTHORIZED: "AB05"}
_OTHER_ERROR_CODE = "AB01"


@dataclass(frozen=True)
class GoodAnswer:
    """How an operation answers a request that has no problems."""

    status: int
    make: Maker | None
    """None when the answer has no body."""


def good_answer(document: Mapping[str, Any], status: int, schema: Schema | None) -> GoodAnswer:
    """Return how to answer with a status, and with values of a schema of the document if given.

    Raises ValueError when no valid value could be made up; examples in the schema help.
    """
    if schema is None:
        return GoodAnswer(status, None)
    root = to_json_schema(document, schema)
    try:
        make = _maker(root, root, frozenset())
    except _NothingFitsError:
        raise ValueError("no answer can be made up: its schema has no end") from None
    wrong = schema_problems(validator(document, schema), make(1), "answer")
    if wrong:
        raise ValueError(f"the answer made up for it is not valid: {wrong[0]}")
    return GoodAnswer(status, make)


def refusal(status: int, problems: list[str]) -> dict[str, Any]:
    """Return the body of an answer that refuses a request for its problems."""
    code = _ERROR_CODES.get(HTTPStatus(status), _OTHER_ERROR_CODE)
    return {"success": False, "data": {"message": "; ".join(problems), "errorCode": code}}


class _NothingFitsError(Exception):
    """A schema allows no value, or only one without end."""


def _maker(root: Mapping[str, Any], schema: Schema, above: frozenset[int]) -> Maker:
    """Return what makes values of a part of root; `above` are the ids of the parts it is in.

    Raises _NothingFitsError when there is no value, or the part is within itself.
    """
    # By what it refers to, so that each way back to it is known for one.
    while isinstance(schema, dict) and schema.keys() <= {"$ref", "$defs"} and "$ref" in schema:
        schema = resolve(root, schema["$ref"])
    if schema is False or id(schema) in above:
        raise _NothingFitsError
    above |= {id(schema)}
    flat = merged(root, schema)
    for word in ("oneOf", "anyOf"):
        if word in flat:
            return _branch_maker(root, flat, word, above)
    values = [flat["const"]] if "const" in flat else flat.get("enum")
    return _constant(values[0]) if values else _maker_of_kind(root, flat, above)


def _branch_maker(
    root: Mapping[str, Any], flat: Mapping[str, Any], word: str, above: frozenset[int]
) -> Maker:
    """Return what makes values of the first branch that has any."""
    rest = {key: value for key, value in flat.items() if key != word}
    for branch in flat[word]:
        try:
            return _maker(root, {"allOf": [rest, branch]}, above)
        except _NothingFitsError:
            continue
    raise _NothingFitsError


def _maker_of_kind(
    root: Mapping[str, Any], flat: Mapping[str, Any], above: frozenset[int]
) -> Maker:
    kind = _kind(flat)
    if kind == "object":
        return _object_maker(root, flat, above)
    if kind == "array":
        return _array_maker(root, flat, above)
    if kind == "string":
        return _string_maker(flat)
    if kind == "null":
        return _constant(None)
    if kind == "boolean":
        return _constant(_sample(flat, bool, otherwise=True))
    return _constant(_number(flat, whole=kind == "integer"))


def _kind(flat: Mapping[str, Any]) -> str:
    kinds = flat.get("type")
    if isinstance(kinds, str):
        return kinds
    if kinds:
        return str(next((kind for kind in kinds if kind != "null"), "null"))
    if "properties" in flat:
        return "object"
    return "array" if flat.keys() & {"items", "prefixItems"} else "string"


def _constant(value: object) -> Maker:
    # Copied, so that whoever changes a recorded answer does not change the next one.
    return lambda _number: copy.deepcopy(value)


def _sample(flat: Mapping[str, Any], kind: type | tuple[type, ...], *, otherwise: object) -> Json:
    """Return the example or default of the schema that is of a kind, or else something else."""
    samples = [*flat.get("examples", ())]
    samples += [flat[word] for word in ("example", "default") if word in flat]
    return next((sample for sample in samples if isinstance(sample, kind)), otherwise)


def _object_maker(root: Mapping[str, Any], flat: Mapping[str, Any], above: frozenset[int]) -> Maker:
    if not flat.get("properties"):
        return _constant(_sample(flat, dict, otherwise={}))
    makers: dict[str, Maker] = {}
    for name, schema in flat["properties"].items():
        try:
            makers[name] = _maker(root, schema, above)
        except _NothingFitsError:
            if name in flat.get("required", ()):
                raise
    return lambda number: {name: make(number) for name, make in makers.items()}


def _array_maker(root: Mapping[str, Any], flat: Mapping[str, Any], above: frozenset[int]) -> Maker:
    length = int(min(max(1, flat.get("minItems", 0)), flat.get("maxItems", math.inf)))
    try:
        makers = [_maker(root, schema, above) for schema in flat.get("prefixItems", ())]
        if len(makers) < length:
            makers += [_maker(root, flat.get("items", True), above)] * (length - len(makers))
    except _NothingFitsError:
        return _constant([])
    return lambda number: [make(number) for make in makers]


def _string_maker(flat: Mapping[str, Any]) -> Maker:
    kind = flat.get("format")
    if kind == "uuid":
        return lambda _number: str(uuid.uuid4())
    if kind in _CONSTANTS:
        return _constant(_CONSTANTS[kind])
    sample: str = _sample(flat, str, otherwise="string")
    if "pattern" in flat:
        return _constant(sample)
    padded = sample.ljust(flat.get("minLength", 0), "x")
    limit: int = flat.get("maxLength", sys.maxsize)

    def numbered(number: int) -> str:
        suffix = f"-{number}"
        return (padded[: max(0, limit - len(suffix))] + suffix)[:limit]

    return numbered


def _number(flat: Mapping[str, Any], *, whole: bool) -> Json:
    """Return the example or default, or else what is nearest to zero within the limits."""
    sample = _sample(flat, (int, float), otherwise=None)
    if sample is not None:
        return sample
    lowest = max(flat.get("minimum", -math.inf), flat.get("exclusiveMinimum", -math.inf) + 1)
    highest = min(flat.get("maximum", math.inf), flat.get("exclusiveMaximum", math.inf) - 1)
    nearest = min(max(0, lowest), highest)
    return math.ceil(nearest) if whole else nearest
