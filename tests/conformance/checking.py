"""What must hold of a request that the client sends."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portkey_admin_stub import NO_BODY, Exchange
from tests.conformance.building import by_constructor, with_defaults
from tests.conformance.calling import Case, Way
from tests.conformance.meaning import differences
from tests.conformance.operations import Operation


def check(operation: Operation, case: Case, ways: Iterable[Way]) -> None:
    """Raise AssertionError unless what arrives, by each way, conforms and means what went in.

    The error says how to run this case alone.
    """
    if operation.content is None:
        # There is nothing to build: once for each server and function is enough.
        ways = {(way.server, way.style): way for way in ways}.values()
    faults: dict[str, list[str]] = {}
    for way in ways:
        for fault in _faults(operation, case, way):
            faults.setdefault(fault, []).append(way.name)
    if faults:
        told = [f"{'; '.join(names)}: {fault}" for fault, names in faults.items()]
        raise AssertionError(report(operation.operation_id, case, told))


def report(operation_id: str, case: Case, faults: Iterable[str]) -> str:
    """Return what is wrong with a case, and how to run it alone."""
    alone = json.dumps({"operation": operation_id, **vars(case)})
    words = "\n  ".join(faults)
    command = f".venv/bin/pytest tests/conformance --case {shlex.quote(alone)}"
    return f"{operation_id}:\n  {words}\nthis case alone:\n  {command}"


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
    document = operation.document
    schemas = {key: each["schema"] for key, each in operation.keys.items()}
    yield from differences(
        document,
        {"properties": schemas},
        _sent(operation, case),
        _arrived(operation, exchange),
        "parameters",
    )
    if case.body is None:
        if exchange.raw_body:
            yield f"the body is new: {exchange.raw_body!r}"
    elif exchange.body is NO_BODY:
        yield f"the body is lost: {case.body!r}"
    else:
        expected = case.body
        if way.build is by_constructor:
            expected = with_defaults(operation.models, operation.hints["body"], expected)
        schema = operation.body_schema or {}
        yield from differences(document, schema, expected, exchange.body)


def _sent(operation: Operation, case: Case) -> dict[str, Any]:
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
