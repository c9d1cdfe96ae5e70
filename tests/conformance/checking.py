"""What must hold of a request that the client sends."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator

from tests.conformance.building import by_constructor, with_defaults
from tests.conformance.calling import Case, Way
from tests.conformance.meaning import differences
from tests.conformance.operations import Operation


def check(operation: Operation, case: Case, ways: Iterable[Way]) -> None:
    """Raise AssertionError unless what arrives, by each way, conforms and means what went in.

    The error says how to run this case alone.
    """
    faults = [f"{way.name}: {fault}" for way in ways for fault in _faults(operation, case, way)]
    if faults:
        alone = {"operation": operation.operation_id, **vars(case)}
        words = "\n  ".join(faults)
        command = f".venv/bin/pytest tests/conformance --case {shlex.quote(json.dumps(alone))}"
        raise AssertionError(f"{operation.operation_id}:\n  {words}\nthis case alone:\n  {command}")


def _faults(operation: Operation, case: Case, way: Way) -> Iterator[str]:
    try:
        exchange = way.call(operation, case)
    except Exception as error:  # noqa: BLE001 - whatever it is, the case is to be shown
        yield f"it raised {error!r}"
        return
    yield from exchange.problems
    if exchange.operation_id != operation.operation_id:
        yield f"it arrived at {exchange.operation_id}"
    hosts = [value for name, value in exchange.headers if name.lower() == "host"]
    if hosts != [way.host]:
        yield f"it was for the host {hosts}"
    arrived = {
        **exchange.path_parameters,
        **exchange.query_parameters,
        **exchange.header_parameters,
    }
    schemas = {each["name"]: each["schema"] for each in operation.parameters}
    document = operation.document
    yield from differences(
        document, {"properties": schemas}, case.parameters, arrived, "parameters"
    )
    if operation.body_schema is not None:
        expected = case.body
        if way.build is by_constructor:
            expected = with_defaults(document, operation.body_schema, expected)
        yield from differences(document, operation.body_schema, expected, exchange.body)
