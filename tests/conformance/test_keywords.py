"""The wrapper's keyword arguments send what the spec describes, and what they were given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data

from portkey_admin import AsyncPortkeyAdmin, InvalidRequestError, PortkeyAdmin
from portkey_admin.stub import Exchange, Stub
from tests.conformance.calling import API_KEY, Case
from tests.conformance.cases import Source
from tests.conformance.conftest import DOCUMENT, OPERATIONS
from tests.conformance.meaning import differences
from tests.conformance.operations import python_name, resolve

CREATE = OPERATIONS["createApiKey"]
PROPERTIES = resolve(DOCUMENT, CREATE.body_schema or {})["properties"]

# Where the spec's prose refuses what its schema allows; schemathesis knows the schema alone.
PROSE = frozenset(
    {
        "/user_id",
        "/rotation_policy",
        "/rotation_policy/next_rotation_at",
        "/rotation_policy/key_transition_period_ms",
        "/usage_limits/periodic_reset_days",
    }
)

Call = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def stub() -> Stub:
    """Judges by the effective spec."""
    return Stub(DOCUMENT, api_key=API_KEY)


@pytest.fixture(scope="module", params=["sync", "async"])
def call(request: pytest.FixtureRequest, stub: Stub) -> Iterator[Call]:
    """Creates a key by keyword arguments."""
    if request.param == "sync":
        create = PortkeyAdmin(API_KEY, transport=stub.transport()).api_keys.create
        yield lambda arguments: create(**arguments)
        return
    awaited = AsyncPortkeyAdmin(API_KEY, transport=stub.transport()).api_keys.create
    with asyncio.Runner() as runner:
        yield lambda arguments: runner.run(awaited(**arguments))


@given(drawn=data())
def test_sends_what_it_was_given(drawn: DataObject, source: Source, stub: Stub, call: Call) -> None:
    """Every call that schema and prose allow arrives unchanged; the prose refuses the others."""
    case = drawn.draw(source.fuzzed(CREATE))
    arguments = _as_keywords(case)
    stub.exchanges.clear()
    try:
        call(arguments)
    except InvalidRequestError as error:
        refused = {problem.pointer for problem in error.problems}
    else:
        refused = set()
        _check(case, stub.exchanges)
    assert refused <= PROSE
    assert len(stub.exchanges) == (not refused)


@given(drawn=data())
def test_sends_it_unchecked(drawn: DataObject, source: Source, stub: Stub, call: Call) -> None:
    """With validate=False every body arrives letter for letter, whatever the prose says."""
    case = drawn.draw(source.fuzzed(CREATE))
    stub.exchanges.clear()
    call({**_as_keywords(case), "validate": False})
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert list(differences({}, {}, case.body, exchange.body)) == []


def _as_keywords(case: Case) -> dict[str, Any]:
    path = {python_name(name).rstrip("_"): value for name, value in case.parameters.items()}
    body = {name: value for name, value in case.body.items() if name in PROPERTIES}
    extra = {name: value for name, value in case.body.items() if name not in body}
    return {**path, **body, "extra": extra}


def _check(case: Case, exchanges: list[Exchange]) -> None:
    [exchange] = exchanges
    assert exchange.problems == []
    assert exchange.path_parameters == case.parameters
    schema = CREATE.body_schema or {}
    assert list(differences(DOCUMENT, schema, case.body, exchange.body)) == []
