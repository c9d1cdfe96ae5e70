"""Answers generated from the document: good ones from a response's schema, and refusals."""

from __future__ import annotations

import copy
import functools
import itertools
import math
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .problems import schema_problems
from .schema import Json, Schema, compiled, merged, resolve, to_json_schema, validator

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
_ERROR_CODES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "AB05",
    HTTPStatus.PAYMENT_REQUIRED: "AB09",
    HTTPStatus.FORBIDDEN: "AB03",
    HTTPStatus.NOT_FOUND: "AB02",
    HTTPStatus.CONFLICT: "AB07",
    HTTPStatus.TOO_MANY_REQUESTS: "AB06",
    HTTPStatus.INTERNAL_SERVER_ERROR: "AB04",
}
_OTHER_ERROR_CODE = "AB01"


_OF_TEXTS = ("type", "pattern", "minLength", "maxLength")
# Tried in turn for a pattern if the schema has no example.
_SAMPLES = ("a", "A", "0", "a1", "a-1", "ab_12", "AB12", "1.0", "2030-01-31", "/a", "a@example.com")


@dataclass(frozen=True)
class GoodAnswer:
    """The answer of an operation to a valid request."""

    status: int
    make: Maker | None
    """None when the answer has no body."""
    lacks: str | None = None
    """The reason why it has no body although the document describes one."""


def good_answer(document: Mapping[str, Any], status: int, content: Mapping[str, Any]) -> GoodAnswer:
    """Return how to answer with a status, and with a value of the described JSON content.

    If no valid value can be generated, the answer has no body; examples in the schema help.
    """
    if not content:
        return GoodAnswer(status, None)
    described = next((each for name, each in content.items() if is_json(name)), None)
    if described is None:
        named = ", ".join(content)
        return GoodAnswer(status, None, f"only application/json can be generated, not {named}")
    schema = described.get("schema", {})
    lacks = None
    # First with all properties, then only with the required ones.
    for whole in (True, False):
        try:
            root = to_json_schema(document, schema)
            make = _Making(root, whole=whole).maker(root, frozenset())
            wrong = schema_problems(validator(document, schema), make(1), "answer")
        except _NothingFitsError:
            return GoodAnswer(
                status, None, "no answer can be generated: the schema allows no finite value"
            )
        except ValueError as error:
            return GoodAnswer(status, None, f"no answer can be generated: {error}")
        if not wrong:
            return GoodAnswer(status, make)
        lacks = lacks or f"the generated answer is not valid: {wrong[0]}"
    return GoodAnswer(status, None, lacks)


def is_json(media_type: str) -> bool:
    """Return whether a media type is application/json, with or without parameters."""
    return media_type.partition(";")[0].strip().lower() == "application/json"


def refusal(status: int, problems: list[str]) -> dict[str, Any]:
    """Return the body of an answer that refuses a request for its problems."""
    code = _ERROR_CODES.get(status, _OTHER_ERROR_CODE)
    return {"success": False, "data": {"message": "; ".join(problems), "errorCode": code}}


class _NothingFitsError(Exception):
    """A schema allows no value, or only an endless one."""


class _Making:
    """Makes values for the parts of a schema: with all properties, or only the required ones."""

    def __init__(self, root: Mapping[str, Any], *, whole: bool) -> None:
        self._root = root
        self._whole = whole

    def maker(self, schema: Schema, above: frozenset[int]) -> Maker:
        """Return a generator of values of a part; `above` has the ids of the parts around it.

        Raises _NothingFitsError when there is no value, or the part is within itself.
        """
        # Resolve references first, so that a recursive schema is recognised by its id.
        while isinstance(schema, dict) and schema.keys() <= {"$ref", "$defs"} and "$ref" in schema:
            schema = resolve(self._root, schema["$ref"])
        if schema is False or id(schema) in above:
            raise _NothingFitsError
        above |= {id(schema)}
        flat = merged(self._root, schema)
        for word in ("oneOf", "anyOf"):
            if word in flat:
                return self._branch_maker(flat, word, above)
        if "const" in flat or "enum" in flat:
            values = [flat["const"]] if "const" in flat else flat["enum"]
            if not values:
                raise _NothingFitsError
            return _constant(values[0])
        return self._maker_of_kind(flat, above)

    def _branch_maker(self, flat: Mapping[str, Any], word: str, above: frozenset[int]) -> Maker:
        """Return a generator for the first branch whose values the whole schema allows.

        If the whole schema allows none, it uses the first branch that has any values.
        """
        rest = {key: value for key, value in flat.items() if key != word}
        allowed = compiled({**flat, "$defs": self._root.get("$defs", {})})
        makers = []
        for branch in flat[word]:
            try:
                makers.append(self.maker({"allOf": [rest, branch]}, above))
            except _NothingFitsError:
                continue
        if not makers:
            raise _NothingFitsError
        return next((make for make in makers if allowed.is_valid(make(1))), makers[0])

    def _maker_of_kind(self, flat: Mapping[str, Any], above: frozenset[int]) -> Maker:
        kind = _kind(flat)
        if kind == "object":
            return self._object_maker(flat, above)
        if kind == "array":
            return self._array_maker(flat, above)
        if kind == "string":
            return _string_maker(flat)
        if kind == "null":
            return _constant(None)
        if kind == "boolean":
            return _constant(_sample(flat, bool, otherwise=True))
        return _constant(_number(flat, whole=kind == "integer"))

    def _object_maker(self, flat: Mapping[str, Any], above: frozenset[int]) -> Maker:
        described = flat.get("properties", {})
        if not described and (sample := _sample(flat, dict, otherwise={})):
            return _constant(sample)
        required = flat.get("required", ())
        names = list(dict.fromkeys([*(described if self._whole else ()), *required]))
        more = itertools.chain(described, (f"other_{number}" for number in itertools.count(1)))
        missing = max(0, flat.get("minProperties", 0) - len(names))
        names += itertools.islice((name for name in more if name not in names), missing)
        makers: dict[str, Maker] = {}
        for name in names:
            try:
                others = flat.get("additionalProperties", True)
                makers[name] = self.maker(described.get(name, others), above)
            except _NothingFitsError:
                if name in required:
                    raise
        return lambda number: {name: make(number) for name, make in makers.items()}

    def _array_maker(self, flat: Mapping[str, Any], above: frozenset[int]) -> Maker:
        length = int(min(max(1, flat.get("minItems", 1)), flat.get("maxItems", math.inf)))
        items = flat.get("items", True)
        try:
            makers = [self.maker(schema, above) for schema in flat.get("prefixItems", ())]
            missing = max(0, length - len(makers))
            if missing > 1 and flat.get("uniqueItems"):
                makers += self._different_makers(items, above, missing)
            elif missing:
                makers += [self.maker(items, above)] * missing
        except _NothingFitsError:
            return _constant([])
        return lambda number: [make(number) for make in makers]

    def _different_makers(
        self, schema: Schema, above: frozenset[int], count: int
    ) -> Iterator[Maker]:
        flat = merged(self._root, schema)
        if "enum" in flat:
            yield from (_constant(value) for value in flat["enum"][:count])
        elif _kind(flat) in {"integer", "number"}:
            step = flat.get("multipleOf", 1)
            first = _number(flat, whole=_kind(flat) == "integer")
            yield from (_constant(first + step * index) for index in range(count))
        else:
            make = self.maker(schema, above)
            yield from (functools.partial(_later, make, index) for index in range(count))


def _later(make: Maker, after: int, number: int) -> Json:
    """Return the value for the answer of a later number."""
    return make(number * 1000 + after)


def _kind(flat: Mapping[str, Any]) -> str:
    kinds: str | list[str] | None = flat.get("type")
    if isinstance(kinds, str):
        return kinds
    if kinds:
        return next((kind for kind in kinds if kind != "null"), "null")
    if "properties" in flat:
        return "object"
    return "array" if flat.keys() & {"items", "prefixItems"} else "string"


def _constant(value: object) -> Maker:
    # Copied, so that changing a recorded answer does not change the next one.
    return lambda _number: copy.deepcopy(value)


def _sample(flat: Mapping[str, Any], kind: type | tuple[type, ...], *, otherwise: object) -> Json:
    """Return the example or default of the schema that is of a kind, or else something else."""
    samples = [*flat.get("examples", ())]
    samples += [flat[word] for word in ("example", "default") if word in flat]
    return next((sample for sample in samples if isinstance(sample, kind)), otherwise)


def _string_maker(flat: Mapping[str, Any]) -> Maker:
    kind = flat.get("format")
    if kind == "uuid":
        return lambda _number: str(uuid.uuid4())
    if kind in _CONSTANTS:
        return _constant(_CONSTANTS[kind])
    sample: str = _sample(flat, str, otherwise="string")
    if "pattern" in flat:
        return _constant(_matching(flat, sample))
    padded = sample.ljust(flat.get("minLength", 0), "x")
    limit: int = flat.get("maxLength", sys.maxsize)

    def numbered(number: int) -> str:
        suffix = f"-{number}"
        return (padded[: max(0, limit - len(suffix))] + suffix)[:limit]

    return numbered


def _matching(flat: Mapping[str, Any], sample: str) -> str | None:
    """Return a text that matches the pattern, or null if the schema allows it."""
    allowed = compiled({word: flat[word] for word in _OF_TEXTS if word in flat})
    found = (each for each in (sample, *_SAMPLES, None) if allowed.is_valid(each))
    return next(found, sample)


def _number(flat: Mapping[str, Any], *, whole: bool) -> Json:
    """Return the example or default, or else the number within the limits nearest to zero."""
    sample = _sample(flat, (int, float), otherwise=None)
    if sample is not None:
        return sample
    lowest = max(flat.get("minimum", -math.inf), flat.get("exclusiveMinimum", -math.inf) + 1)
    highest = min(flat.get("maximum", math.inf), flat.get("exclusiveMaximum", math.inf) - 1)
    nearest = min(max(0, lowest), highest)
    if "multipleOf" in flat:
        nearest = math.ceil(nearest / flat["multipleOf"]) * flat["multipleOf"]
    return math.ceil(nearest) if whole else nearest
