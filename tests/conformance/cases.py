"""The sources of cases: the document's examples, and schemathesis's coverage and fuzzing."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from portkey_admin_stub.schema import validator
from tests.conformance.calling import Case
from tests.conformance.operations import Operation, alternatives, resolve

Drawn: TypeAlias = schemathesis.Case[Any]
"""A case as schemathesis draws it."""

# The number of cases that are sent again with long lists, and the items of such a list.
_LONG_LISTS: Final = 20
_ITEMS: Final = 25

_BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

# The texts that each place allows: RFC 9110, RFC 6265 and RFC 3986, in ASCII as httpx sends them.
CARRIED: Final = {
    "path": re.compile(r"(?!\.{1,2}$).+", re.DOTALL),
    "query": re.compile(r".*", re.DOTALL),
    "header": re.compile(r"([!-~]([\t -~]*[!-~])?)?"),
    "cookie": re.compile(r"[!#-+\--:<-\[\]-~]*"),
}


class Source:
    """Draws cases for the operations of a document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schema = schemathesis.openapi.from_dict(dict(document))

    def examples(self, operation: Operation) -> dict[str, Case]:
        """Return a case for each example of a parameter or a body in the document, by name.

        All other values are those of the first coverage case. Raises AssertionError for an example
        that its own schema refuses.
        """
        first = next(self.coverage(operation))
        found = {}
        for key, parameter in operation.keys.items():
            for name, value in _examples(operation, key, parameter).items():
                parameters = {**first.parameters, key: value}
                found[f"{key}, {name}"] = replace(first, parameters=parameters)
        for name, value in _examples(operation, "the body", operation.content or {}).items():
            found[name] = replace(first, body=value)
        return found

    def coverage(self, operation: Operation) -> Iterator[Case]:
        """Yield the deterministic cases, each of which covers another part of the schema.

        The last one has only the required values; schemathesis alone would draw it only by chance.
        Raises AssertionError if the document allows none of schemathesis's cases.
        """
        allowed = allowed_by(operation)
        least = None
        for drawn in self._coverage(operation, [GenerationMode.POSITIVE]):
            case = as_case(drawn, operation)
            if drawn.body is not None and allowed(case):
                least = least or _least(operation, case)
                yield case
        if least is None:
            raise AssertionError(f"{operation.label}: harness: schemathesis derives no valid case")
        yield least

    def fuzzed(self, operation: Operation, *, count: int | None = None) -> list[Case]:
        """Return `count` drawn cases that the schema allows; the default is hypothesis's setting.

        They are checked outside of hypothesis, so that a failing client does not change which cases
        are drawn, and a failing case is shrunk as JSON.
        """
        strategy = self._described(operation).as_strategy(generation_mode=GenerationMode.POSITIVE)
        allowed = allowed_by(operation)
        found: list[Case] = []

        @settings(
            max_examples=count or settings().max_examples,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def keep(drawn: Drawn) -> None:
            case = as_case(drawn, operation)
            assume(drawn.body is not None and allowed(case))
            found.append(case)

        try:
            keep()
        except Unsatisfiable:
            raise AssertionError(f"{operation.label}: harness: nothing valid is drawn") from None
        # schemathesis rarely draws more than five items.
        longest = sorted(found, key=lambda case: -str(case.body).count("["))[:_LONG_LISTS]
        longer = (replace(case, body=_with_long_lists(case.body)) for case in longest)
        return found + [case for case in longer if allowed(case)]

    def refused(self, operation: Operation) -> Iterator[Drawn]:
        """Yield the deterministic cases in which one part breaks the document."""
        for drawn in self._coverage(operation, _BOTH):
            if drawn.meta is not None and drawn.meta.generation.mode is GenerationMode.NEGATIVE:
                yield drawn

    def fuzzed_refused(self, operation: Operation) -> SearchStrategy[Drawn]:
        """Return a strategy of cases that are meant to break the document."""
        source = self._described(operation)
        cases: SearchStrategy[Drawn] = source.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        return cases

    def _described(self, operation: Operation) -> Any:
        return self._schema[operation.path][operation.method.upper()]

    def _coverage(self, operation: Operation, modes: list[GenerationMode]) -> Iterator[Drawn]:
        # Undocumented, so schemathesis is pinned: it offers these cases only to its own runner.
        source = self._described(operation)
        config = source.schema.config.generation_for(operation=source, phase="coverage")
        yield from source.schema.iter_coverage_cases(
            source, generation_modes=modes, generation_config=config
        )


def as_case(drawn: Drawn, operation: Operation) -> Case:
    """Convert a case of schemathesis to the arguments of a call, without authentication."""
    places: dict[str, Mapping[str, Any]] = {
        "path": {name: _decoded(value) for name, value in (drawn.path_parameters or {}).items()},
        "query": drawn.query or {},
        "header": dict(drawn.headers or {}),
        "cookie": drawn.cookies or {},
    }
    parameters = {
        key: _typed(operation.document, each["schema"], places[each["in"]][each["name"]])
        for key, each in operation.keys.items()
        if each["name"] in places[each["in"]]
    }
    return Case(parameters, None if drawn.body is NOT_SET else drawn.body)


def _with_long_lists(value: Any) -> Any:
    """Return a value with long lists, which no client should cut off."""
    if isinstance(value, dict):
        return {name: _with_long_lists(member) for name, member in value.items()}
    if isinstance(value, list):
        # Lists inside keep their length, or the size would multiply.
        return value * -(-_ITEMS // max(len(value), 1))
    return value


def _least(operation: Operation, case: Case) -> Case:
    required = {key for key, each in operation.keys.items() if each.get("required")}
    parameters = {key: value for key, value in case.parameters.items() if key in required}
    return Case(parameters, case.body if operation.body_required else None)


def parts(operation: Operation) -> set[str]:
    """Return the parameters of an operation, by key, and the properties of its body (`/name`).

    A file inside JSON, which no client can send, is left out.
    """
    schemas = alternatives(operation.document, operation.body_schema or {})
    described = (pair for each in schemas for pair in each.get("properties", {}).items())
    return set(operation.keys) | {
        f"/{name}"
        for name, each in described
        if resolve(operation.document, each).get("format") != "binary"
    }


def untouched(operation: Operation, cases: Collection[Case]) -> set[str]:
    """Return the parameters, by key, and the properties of the body that no case has."""
    bodies = [case.body for case in cases if isinstance(case.body, dict)]
    properties = {f"/{name}" for body in bodies for name in body}
    return parts(operation) - properties - {key for case in cases for key in case.parameters}


def _decoded(value: Any) -> Any:
    """Return a path value without the percent-encoding that schemathesis adds to texts."""
    return unquote(str(value)) if isinstance(value, str) else value


def _typed(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> Any:
    """Return the value of a type in the schema whose text schemathesis may have drawn."""
    items = [each["items"] for each in alternatives(document, schema) if "items" in each]
    if isinstance(value, str) and items:
        value = value.split(",") if value else []
    if isinstance(value, list):
        return [_typed(document, {"anyOf": items or [{}]}, each) for each in value]
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            read = json.loads(value)
            if isinstance(read, int | float) and validator(document, schema).is_valid(read):
                return read
    return value


def _examples(operation: Operation, of: str, described: Mapping[str, Any]) -> dict[str, Any]:
    document = operation.document
    named = {name: resolve(document, each) for name, each in described.get("examples", {}).items()}
    found = {name: each["value"] for name, each in named.items() if "value" in each}
    if "example" in described:
        found["example"] = described["example"]
    if found:
        schema = validator(document, described["schema"])
        for name, value in found.items():
            if error := next(schema.iter_errors(value), None):
                raise AssertionError(
                    f"{operation.label}: spec: the spec's example is not valid: {name} of {of}, "
                    f"at {'/'.join(map(str, error.instance_path)) or 'its root'}: {error.message}"
                )
    return found


def allowed_by(operation: Operation) -> Callable[[Case], bool]:
    """Return a function that tells whether the document and HTTP allow a case.

    If OpenAPI 3.1 lists several types, schemathesis ignores the format of texts. In a query an
    empty array is the same as no value.
    """
    allows = validator(operation.document, operation.case_schema).is_valid

    def allowed(case: Case) -> bool:
        try:
            is_allowed = allows(case.as_value())
        except ValueError:  # schemathesis's own type for a file, which JSON lacks
            return False
        return is_allowed and all(
            _is_carried(operation.keys[key], each) for key, each in case.parameters.items()
        )

    return allowed


def _is_carried(parameter: Mapping[str, Any], value: Any) -> bool:
    texts = value if isinstance(value, list) else [value]
    carries = CARRIED[parameter["in"]].fullmatch
    is_lost = value == [] and parameter.get("required")
    return not is_lost and all(carries(each) for each in texts if isinstance(each, str))
