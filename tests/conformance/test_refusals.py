"""The stub refuses requests that the spec refuses, so the conformance checks can fail.

It is compared with three judges: schemathesis's negative cases, openapi-schema-validator, and a
corpus of bodies with verdicts derived by hand. The last two share no code with the stub.
schemathesis derives its cases itself, but uses jsonschema-rs, the stub's validator, to check that
they are invalid. Which cases are allowed (cases.py, measure/places.py) depends on the stub's
translation of the schema: only the other two judges can find a mistake in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode

from portkey_admin_stub import NO_BODY, Exchange, Stub
from tests.conformance.calling import API_KEY
from tests.conformance.cases import Drawn, Source, parts
from tests.conformance.documents import DOCUMENT, load
from tests.conformance.operations import Operation
from tests.conformance.small import credentials

CORPUS: list[dict[str, Any]] = load(Path(__file__).parents[1] / "corpus" / "bodies.yaml")
VALID = frozenset({"valid", "prose"})

# Python reads JSON numbers as doubles: 1e400 becomes infinite, and 1.000...01 becomes 1.
BEYOND_DOUBLES = frozenset(
    {
        "rate-limits-value-beyond-double-range",
        "rate-limits-value-fraction-beyond-double-precision",
    }
)


@pytest.fixture(scope="module")
def stub() -> Stub:
    """Return a stub of the effective spec that allows schemathesis's own header."""
    return Stub(DOCUMENT, api_key=API_KEY, extra_headers=["x-schemathesis-testcaseid"])


def test_coverage_cases_that_break_the_spec_are_refused(
    operation: Operation, source: Source, stub: Stub
) -> None:
    """Every case in which schemathesis breaks one part is refused, with a reason."""
    exchanges = [_send(drawn, operation, stub) for drawn in source.refused(operation)]
    assert len(exchanges) > len(parts(operation)), "schemathesis derived next to nothing"
    accepted = [each for each in exchanges if not each.problems or each.status // 100 != 4]
    assert accepted == []


@given(drawn=data())
def test_invalid_requests_are_refused(
    drawn: DataObject, operation: Operation, source: Source, stub: Stub
) -> None:
    """Invalid requests of schemathesis are refused, unless another validator accepts them."""
    exchange = _send(drawn.draw(source.fuzzed_refused(operation)), operation, stub)
    if not exchange.problems:
        assert list(_second_validator_errors(operation, exchange)) == []


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(
            entry,
            id=entry["name"],
            marks=[pytest.mark.xfail] if entry["name"] in BEYOND_DOUBLES else [],
        )
        for entry in CORPUS
    ],
)
def test_stub_agrees_with_the_corpus(entry: dict[str, Any], stub: Stub) -> None:
    """The stub accepts exactly the bodies that the corpus calls valid."""
    body = bytes.fromhex(entry["bytes_hex"]) if "bytes_hex" in entry else entry["json"].encode()
    headers = [("x-portkey-api-key", API_KEY), ("content-type", "application/json")]
    answer = stub.handle("POST", "/v1/api-keys/workspace/service", headers, body)
    expected = 200 if entry["verdict"] in VALID else 400
    assert answer.status == expected, stub.exchanges[-1].problems


def _send(drawn: Drawn, operation: Operation, stub: Stub) -> Exchange:
    """Send a drawn case as schemathesis itself would."""
    negative = {
        location
        for location, part in (drawn.meta.components if drawn.meta else {}).items()
        if part.mode is GenerationMode.NEGATIVE
    }
    keys = {} if ParameterLocation.HEADER in negative else credentials(operation)["header"]
    drawn.call(app=stub.app, headers=keys)
    return stub.exchanges[-1]


def _second_validator_errors(operation: Operation, exchange: Exchange) -> Iterator[str]:
    """Yield the errors of openapi-schema-validator in a request that the stub accepted."""
    if exchange.body is NO_BODY:
        return
    schema = {**operation.document, **(operation.body_schema or {})}
    judge: Any = OAS30Validator(schema, format_checker=oas30_format_checker)
    yield from (error.message for error in judge.iter_errors(exchange.body))
