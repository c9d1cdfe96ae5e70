"""What must hold of a call: it arrives once, is right by the document, and means what went in.

The heart of the proof: a case goes by a way (calling.py) through the client to the stub, which
judges it; what arrived, and what came back, is compared with what was given.
"""

from __future__ import annotations

import json
import shlex
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portkey_admin import InvalidRequestError
from portkey_admin_stub import NO_BODY, Exchange
from tests.conformance.building import AnnotationError, as_json
from tests.conformance.calling import Case, Way
from tests.conformance.cases import allowed_by
from tests.conformance.meaning import differences
from tests.conformance.operations import Operation
from tests.conformance.shrinking import shrink

_TEST = "tests/conformance/test_conformance.py"
_HARNESS = Path(__file__).parent


def prove(operation: Operation, cases: Iterable[Case], ways: Sequence[Way]) -> None:
    """Raise AssertionError unless each case holds, whichever way it goes.

    The error has the smallest case that does not hold, and the command that runs it alone.
    """
    __tracebackhide__ = True
    for case in cases:
        if failing := [way for way in ways if any(faults(way, case))]:
            raise AssertionError(report(smallest(operation, case, failing[0]), ways))


def faults(way: Way, case: Case) -> Iterator[str]:
    """Yield all that is wrong with what comes of a case."""
    way.stub.exchanges.clear()
    try:
        returned = way.send(case)
    except InvalidRequestError as error:
        yield from way.wrongly_refused(case, [each.pointer for each in error.problems])
        if way.stub.exchanges:
            yield "it was refused, and sent"
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the case is to be shown
        yield from _raised(way, error)
        return
    if len(way.stub.exchanges) != 1:
        yield f"{len(way.stub.exchanges)} requests were sent"
        return
    [exchange] = way.stub.exchanges
    yield from exchange.problems
    yield from _misled(way, exchange)
    yield from _altered(way, case, exchange)
    if way.reads_answers and not exchange.problems and exchange.answer is not NO_BODY:
        operation = way.operation
        schema = operation.answer_schema(exchange.status) or {}
        answered = operation.document, schema, exchange.answer, as_json(returned)
        yield from differences(*answered, "the answer")


def _raised(way: Way, error: Exception) -> Iterator[str]:
    # What is wrong with a refused request says more than how its answer was read.
    problems = [text for each in way.stub.exchanges for text in each.problems]
    if problems:
        yield from problems
    elif isinstance(error, AnnotationError):
        yield f"generator: {error}"
    elif _HARNESS in Path(traceback.extract_tb(error.__traceback__)[-1].filename).parents:
        yield f"harness: it raised {error!r}"
    elif way.is_answered or not way.stub.exchanges:
        # Where the stub can make up no answer, there is nothing to be read.
        yield f"it raised {error!r}"


def _misled(way: Way, exchange: Exchange) -> Iterator[str]:
    if exchange.operation_id != way.operation.operation_id:
        yield f"it arrived at {exchange.operation_id}"
    hosts = [value for name, value in exchange.headers if name.lower() == "host"]
    if hosts != [way.host]:
        yield f"it was for the host {hosts}"


def _altered(way: Way, case: Case, exchange: Exchange) -> Iterator[str]:
    operation = way.operation
    document = operation.document
    schemas = {"properties": {key: each["schema"] for key, each in operation.keys.items()}}
    given, arrived = _given(operation, case), _arrived(operation, exchange)
    yield from differences(document, schemas, given, arrived, "parameters")
    expected = way.expected(case)
    if expected is None:
        if exchange.raw_body:
            yield f"the body is new: {exchange.raw_body!r}"
    elif exchange.body is NO_BODY:
        yield f"the body is lost: {expected!r}"
    else:
        yield from differences(document, way.meaning, expected, exchange.body)


def _given(operation: Operation, case: Case) -> dict[str, Any]:
    """Return the parameters that are to arrive: those of the case, and the defaults of others.

    In a query null, and an array without items, are the same as none.
    """
    defaults = operation.names.defaults
    keys = operation.keys
    located = {key: f"{each['in']}.{each['name']}" for key, each in keys.items()}
    given = {
        **{key: defaults[name] for key, name in located.items() if name in defaults},
        **case.parameters,
    }
    return {
        key: value
        for key, value in given.items()
        if keys[key]["in"] != "query" or (value is not None and value != [])
    }


def _arrived(operation: Operation, exchange: Exchange) -> dict[str, Any]:
    places: dict[str, Mapping[str, Any]] = {
        "path": exchange.path_parameters,
        "query": exchange.query_parameters,
        "header": exchange.header_parameters,
        "cookie": exchange.cookie_parameters,
    }
    return {
        key: places[each["in"]][each["name"]]
        for key, each in operation.keys.items()
        if each["name"] in places[each["in"]]
    }


def smallest(operation: Operation, case: Case, way: Way) -> Case:
    """Return the smallest case found that the document allows and that does not hold either."""
    allowed = allowed_by(operation)

    def fails(value: Any) -> bool:
        if not isinstance(value.get("parameters"), dict):
            return False
        smaller = Case(**value)
        return allowed(smaller) and any(faults(way, smaller))

    return Case(**shrink(case.as_value(), fails))


def report(case: Case, ways: Sequence[Way]) -> str:
    """Return what is wrong with a case by any of the ways, and how to run it alone, in a line."""
    operation_id = ways[0].operation.operation_id
    found: dict[str, list[str]] = {}
    for way in ways:
        for fault in faults(way, case):
            found.setdefault(fault, []).append(way.name)
    words = "\n  ".join(
        f"{'every way' if len(names) == len(ways) else '; '.join(names)}: {fault}"
        for fault, names in found.items()
    )
    alone = json.dumps({"operation": operation_id, **vars(case)})
    command = f".venv/bin/pytest {_TEST} --case {shlex.quote(alone)}"
    return f"{operation_id}:\n  {words}\nthis case alone:\n  {command}"
