"""The deep run finds mistakes, and its measure reports the coverage."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from portkey_admin_stub.schema import validator
from tests.conformance.calling import Case
from tests.conformance.documents import OPERATIONS, load
from tests.conformance.measure.__main__ import main
from tests.conformance.measure.deep import Budget, Cases, Failure, Proof, Run, proof
from tests.conformance.measure.places import UnmeasuredError, place
from tests.conformance.measure.report import write_html
from tests.conformance.operations import Operation
from tests.conformance.proving import shrink
from tests.conformance.small import Small, generated

V3_0 = {"openapi": "3.0.3"}
SCHEMAS = load(Path(__file__).with_name("schemas.yaml"))


@pytest.mark.parametrize("schema", SCHEMAS["reached"], ids=json.dumps)
def test_drawn_values_are_valid_and_reach_everything(schema: dict[str, Any]) -> None:
    """All values drawn for a schema are valid, and soon reach everything."""
    drawn, random = place(V3_0, schema), Random(1)
    allows = validator(V3_0, schema).is_valid
    assert list(drawn.marks())
    assert set(drawn.pending()) == set(drawn.marks())
    for _ in range(3000):
        value = drawn.draw(random)
        assert allows(value)
        drawn.reach(value)
    assert list(drawn.pending()) == []


def test_a_recursive_schema_ends() -> None:
    """An optional part that would repeat its own schema is left out."""
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


@pytest.mark.parametrize(("unmeasured", "schema"), SCHEMAS["unmeasured"].items())
def test_optional_place_that_cannot_be_drawn_is_left_out(
    schema: dict[str, Any], unmeasured: str
) -> None:
    """An optional place that cannot be drawn is named, and all others are drawn."""
    found: dict[str, str] = {}
    drawn = place(V3_0, schema, unmeasured=found)
    assert found.keys() == {unmeasured}
    assert validator(V3_0, schema).is_valid(drawn.draw(Random(1)))


@pytest.mark.parametrize("schema", SCHEMAS["undrawn"], ids=json.dumps)
def test_required_place_that_cannot_be_drawn_is_an_error(schema: dict[str, Any]) -> None:
    """A required place that cannot be drawn is an error."""
    with pytest.raises(UnmeasuredError):
        place(V3_0, schema)


@pytest.mark.parametrize(
    "sends",
    [pytest.param(each, id=name) for name, each in OPERATIONS.items() if each.content],
)
def test_another_validator_accepts_the_cases(sends: Operation) -> None:
    """Cases drawn for the spec are valid by a validator that the stub does not use."""
    schema = {**sends.document, **(sends.body_schema or {})}
    judge: Any = OAS30Validator(schema, format_checker=oas30_format_checker)
    cases = Cases(sends).carried
    random = Random(1)
    for _ in range(100):
        body = cases.draw(random).get("body", {})
        # OpenAPI 3.0 does not specify whether 7.0 is an integer, and the validators differ.
        whole = json.loads(
            json.dumps(body), parse_float=lambda text: 7 if text == "7.0" else float(text)
        )
        assert [error.message for error in judge.iter_errors(whole)] == []


@pytest.fixture
def small(spec: Callable[[str], Small]) -> Small:
    """Return a document with bodies of every kind, and its generated package."""
    return spec("bodies")


@pytest.fixture
def broken(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break a model so that it fails if two of its properties meet."""
    model = small.operations["makeThing"].hints["body"]
    whole = model.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        sent: dict[str, Any] = whole(self)
        if sent.get("colour") == "blue" and isinstance(sent.get("count"), int):
            sent["count"] += 1
        return sent

    monkeypatch.setattr(model, "to_dict", to_dict)


def proven(small: Small, runner: asyncio.Runner, budget: Budget) -> Proof:
    """Return the result of one operation of a small document."""
    return proof(small.operations["makeThing"], small.source, runner, budget, 0, clients=generated)


def test_run_ends_when_everything_is_reached(small: Small, runner: asyncio.Runner) -> None:
    """The run sends cases until everything is reached, and lists what a small budget misses."""
    enough = proven(small, runner, Budget())
    assert (enough.failures, enough.missing) == ([], [])
    assert enough.runs[-1].cases < Budget().cases
    few = proven(small, runner, Budget(cases=2))
    assert few.runs[-1].cases == 2
    assert "/body/weight" in {mark.pointer for mark in few.missing}
    more = proven(small, runner, Budget(cases=enough.runs[-1].cases + 100, all_of_it=True))
    assert more.runs[-1].cases == enough.runs[-1].cases + 100


@pytest.mark.usefixtures("broken")
def test_failure_has_the_smallest_case(small: Small, runner: asyncio.Runner) -> None:
    """A failure has the smallest failing case, the sent bytes and the command to repeat it."""
    failure = proven(small, runner, Budget()).failures[-1]
    assert failure.case
    thing = {**failure.case.body, "id": "", "size": ""}
    assert thing == {"id": "", "size": "", "colour": "blue", "count": 1}
    assert b'"count":2' in (failure.sent or b"")
    assert "/count was 1 and became 2" in failure.text
    assert (
        ".venv/bin/pytest tests/conformance/test_conformance.py --case"
        in failure.text.splitlines()[-1]
    )


def test_shrinks_every_kind_of_value() -> None:
    """Lists, objects, texts and numbers are shrunk as far as they still fail."""
    value = {"a": [1, {"b": "x" * 50 + "!" + "y" * 50}, None], "c": 900, "d": True}
    small = shrink(value, lambda each: "!" in json.dumps(each) and each.get("c", 0) > 10)
    assert small == {"a": [{"b": "!"}], "c": 14}


@pytest.mark.usefixtures("broken")
def test_page_shows_failures(small: Small, runner: asyncio.Runner, tmp_path: Path) -> None:
    """The page shows failures with their smallest case, missing marks and left-out operations."""
    proof = proven(small, runner, Budget())
    proof.unmeasured = {"/body/other": "no reason"}
    limits = [{"operation": "GET /odd", "at": "/a", "stage": "stub", "reason": "it is odd"}]
    write_html(tmp_path / "page.html", [proof], limits, datetime(2027, 1, 31, tzinfo=UTC))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for words in (
        *("was 1 and became 2", "(not reached)", "2027-01-31 00:00 UTC"),
        *("it is odd", "not measured: no reason"),
    ):
        assert words in page


def test_page_fetches_nothing_and_escapes_cases(tmp_path: Path) -> None:
    """The page fetches nothing, and shows markup in a case as text."""
    case = Failure("<b>text</b>", "a way", Case({}, "<script>"), b"\xff<i>")
    proof = Proof("op", [Run("a source", "op", cases=1, failures=[case])])
    write_html(tmp_path / "page.html", [proof], [], datetime(2027, 1, 31, tzinfo=UTC))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for word in ("<script", "<b>text", "<i>", "http:", "https:", "src=", "url(", "@import"):
        assert word not in page


def test_too_few_cases_fail_and_name_the_missing_kinds(
    small: Small,
    runner: asyncio.Runner,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With too few cases, the command fails and names the kinds of values that were not reached."""
    # test_gained.py runs it with several processes and enough cases.
    few = "tests.conformance.measure.__main__.proven"
    monkeypatch.setattr(few, lambda budget, *_: [proven(small, runner, budget)])
    assert main(["--cases", "1", "--into", str(tmp_path)]) == 1
    [wrong] = [line for line in capsys.readouterr().err.splitlines() if line]
    assert re.fullmatch(r"makeThing: \d+ cases did not reach /.+", wrong)
