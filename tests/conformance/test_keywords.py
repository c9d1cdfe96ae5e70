"""The wrapper's keyword arguments send what the spec describes, and what they were given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data

from tests.conformance.calling import Case
from tests.conformance.cases import Source
from tests.conformance.documents import OPERATIONS
from tests.conformance.routes import ByKeywords
from tests.conformance.workers import all_routes

CREATE = OPERATIONS["createApiKey"]
ROUTES = {each.name: each for each in all_routes("createApiKey") if isinstance(each, ByKeywords)}

each_route = pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES.keys())


@each_route
@given(drawn=data())
def test_sends_what_it_was_given(drawn: DataObject, route: ByKeywords, source: Source) -> None:
    """Every call that schema and prose allow arrives unchanged; the prose refuses the others.

    With validate=False every body arrives letter for letter, whatever the prose says.
    """
    case = drawn.draw(source.fuzzed(CREATE))
    assert route.told(case) is None


@pytest.mark.parametrize("digits", ["0000001", "123456789"])
@each_route
def test_refuses_what_it_cannot_carry(digits: str, route: ByKeywords) -> None:
    """A date-time finer than the models hold is refused, or sent as it is, and never altered."""
    body = {"name": "ci", "scopes": [], "expires_at": f"2027-01-31T12:00:00.{digits}Z"}
    case = Case({"type": "organisation", "sub-type": "service"}, body)
    assert route.told(case) is None
    assert (route.sent() is None) == route.validate
