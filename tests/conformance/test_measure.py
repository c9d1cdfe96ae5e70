"""The deep run finds what is broken, and its measure tells what it has reached."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from portkey_generated.models.usage_limits import UsageLimits

from portkey_admin_stub.schema import validator
from tests.conformance import forms
from tests.conformance.__main__ import CASES, ENOUGH_PAIRS, main
from tests.conformance.calling import Case
from tests.conformance.cases import Source
from tests.conformance.deep import Cases, Failure, Run, run
from tests.conformance.documents import DOCUMENT
from tests.conformance.operations import Operation
from tests.conformance.places import place
from tests.conformance.report import measured, write_html, write_junit
from tests.conformance.shrinking import shrink
from tests.conformance.workers import all_routes

V3_0 = {"openapi": "3.0.3"}


def some(operation: Operation, count: int) -> Run:
    """Run some drawn cases in this process."""
    cases, routes = Cases(operation), all_routes(operation.operation_id)
    return run("compiled", itertools.islice(cases.drawn(routes, 1), count), routes, cases)


def junit(path: Path) -> ET.Element:
    """Read a report back."""
    return ET.parse(path).getroot()  # noqa: S314 - the test has written it


@pytest.mark.parametrize(
    "schema",
    [
        *(
            {"type": "string", "format": name} if name else {"type": "string"}
            for name in forms.TEXTS
        ),
        {"type": "integer", "minimum": 3, "maximum": 9},
        {"type": "integer", "minimum": 3, "exclusiveMinimum": True},
        {"type": "integer"},
        {"type": "number", "maximum": 2.5},
        {"type": "string", "minLength": 2, "maxLength": 4},
        {"type": "string", "enum": ["a", None], "nullable": True},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2},
        {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "maxItems": 3},
        {"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}, "required": ["a"]},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
        {
            "allOf": [
                {"properties": {"a": {"type": "integer"}}},
                {"required": ["a"], "type": "object"},
            ]
        },
        {"oneOf": [{"type": "integer"}, {"type": "string", "format": "uuid"}]},
        {"anyOf": [{"type": "integer"}, {"type": "integer", "minimum": 5}], "nullable": True},
        {},
    ],
    ids=json.dumps,
)
def test_reaches_all_of_a_schema_by_what_it_allows(schema: dict[str, Any]) -> None:
    """All that is drawn for a schema is valid, and before long all that there is is reached."""
    drawn, random = place(V3_0, schema), Random(1)
    allows = validator(V3_0, schema).is_valid
    assert len(list(drawn.marks())) > 1
    assert set(drawn.pending()) == set(drawn.marks())
    for _ in range(3000):
        value = drawn.draw(random)
        assert allows(value)
        drawn.reach(value)
    assert list(drawn.pending()) == []


def test_a_recursive_schema_ends() -> None:
    """Where a schema comes back to itself, the optional part that would repeat it is left out."""
    tree = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "parent": {"$ref": "#/components/schemas/Tree"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
        "additionalProperties": False,
    }
    document = {**V3_0, "components": {"schemas": {"Tree": tree}}}
    drawn = place(document, {"$ref": "#/components/schemas/Tree"}).draw(Random(1))
    assert drawn.keys() <= {"name", "children"}
    assert drawn.get("children", []) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "hostname"},
        {"type": "string", "pattern": "^a"},
        {"type": "string", "format": "uri"},
    ],
    ids=json.dumps,
)
def test_refuses_what_it_has_no_forms_for(schema: dict[str, Any]) -> None:
    """A schema with a format or a keyword that nothing is written for is an error, not skipped."""
    with pytest.raises(ValueError, match="no forms are written"):
        place(V3_0, schema)


def test_draws_what_another_validator_finds_right(operation: Operation) -> None:
    """What is drawn for the spec is valid by a validator that the stub does not use."""
    schema = {**DOCUMENT, **(operation.body_schema or {})}
    judge: Any = OAS30Validator(schema, format_checker=oas30_format_checker)
    # OpenAPI 3.0 leaves open whether 7.0 is an integer, and the validators differ.
    cases = Cases(operation).place(lambda form: form.carried and form.name != forms.WHOLE)
    random = Random(1)
    for _ in range(100):
        body = cases.draw(random)["body"]
        assert [error.message for error in judge.iter_errors(body)] == []


def test_reaches_every_part_of_the_spec(operation: Operation) -> None:
    """A fifth of the default number of cases reaches every kind of value and nearly every pair."""
    result = some(operation, CASES // 5)
    assert result.failures == []
    marks = list(Cases(operation).place().marks())
    report = measured(operation.operation_id, marks, result.pending)
    assert [each.missed for each in report.places if each.kinds.share < 1] == []
    assert report.pairs.share >= ENOUGH_PAIRS


def test_tells_what_was_not_reached(operation: Operation, source: Source) -> None:
    """Three examples leave most of the schema alone, and the report names what."""
    routes = all_routes(operation.operation_id)
    result = run("examples", source.examples(operation).values(), routes, Cases(operation))
    marks = list(Cases(operation).place().marks())
    report = measured(operation.operation_id, marks, result.pending)
    missed = {each.pointer: each.missed for each in report.places}
    assert "enum: 'weekly'" in missed["/body/usage_limits/periodic_reset"]
    assert "enum: 'monthly'" not in missed["/body/usage_limits/periodic_reset"]
    assert report.kinds.share < 0.5


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that goes wrong where two of its properties meet."""
    whole = UsageLimits.to_dict

    def to_dict(self: UsageLimits) -> dict[str, Any]:
        sent = whole(self)
        if sent.get("periodic_reset") == "weekly" and "credit_limit" in sent:
            sent["credit_limit"] += 1
        return sent

    monkeypatch.setattr(UsageLimits, "to_dict", to_dict)


@pytest.mark.usefixtures("broken")
def test_makes_a_failure_as_small_as_it_gets(operation: Operation) -> None:
    """A failure is shown with the least that fails, the bytes sent, and how to run it alone."""
    [failure] = some(operation, CASES // 10).failures
    limits = {"credit_limit": 1, "periodic_reset": "weekly"}
    assert failure.case.body["usage_limits"] == limits
    assert failure.case.body.keys() == {"name", "scopes", "usage_limits"}
    assert b'"credit_limit":2' in (failure.sent or b"")
    assert "/usage_limits/credit_limit was 1 and became 2" in failure.told
    assert ".venv/bin/pytest tests/conformance --case" in failure.told


def test_shrinks_every_kind_of_value() -> None:
    """What is not needed to fail is left out, in lists, objects, texts and numbers."""
    value = {"a": [1, {"b": "x" * 50 + "!" + "y" * 50}, None], "c": 900, "d": True}
    small = shrink(value, lambda each: "!" in json.dumps(each) and each.get("c", 0) > 10)
    assert small == {"a": [{"b": "!"}], "c": 14}


@pytest.mark.usefixtures("broken")
def test_reports_what_failed(operation: Operation, tmp_path: Path) -> None:
    """Page and JUnit file name the failure, its smallest case and what was not reached."""
    result = some(operation, 3000)
    marks = list(Cases(operation).place().marks())
    reports = [measured(operation.operation_id, marks, result.pending)]
    write_html(tmp_path / "page.html", [result], reports, datetime(2027, 1, 31, tzinfo=UTC))
    write_junit(tmp_path / "junit.xml", [result], reports)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "was 1 and became 2" in page
    assert "(not reached)" in page
    assert "2027-01-31 00:00 UTC" in page
    cases, measure = junit(tmp_path / "junit.xml")
    assert cases.attrib == {"name": "cases", "tests": "1", "failures": "1"}
    assert int(measure.attrib["failures"]) > 0


def test_the_page_stands_alone(tmp_path: Path) -> None:
    """The page fetches nothing, and shows markup in a case as the text that it is."""
    case = Failure("op", "a route", Case({}, "<script>"), "<b>told</b>", b"\xff<i>")
    result = Run("a source", "op", cases=1, failures=[case])
    write_html(tmp_path / "page.html", [result], [], datetime(2027, 1, 31, tzinfo=UTC))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for word in ("<script", "<b>told", "<i>", "http:", "https:", "src=", "url(", "@import"):
        assert word not in page


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command runs every source, on several processes, and writes both reports."""
    assert main(["--cases", "1100", "--into", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for source in ("the document's examples", "schemathesis, coverage", "fuzzing", "compiled"):
        assert source in printed
    assert "1,100" in printed
    assert (tmp_path / "conformance.html").exists()
    assert junit(tmp_path / "conformance.xml")[0].attrib["failures"] == "0"
