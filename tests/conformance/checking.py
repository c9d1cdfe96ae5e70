"""Check one call: it arrives once, matches the document, and keeps the meaning of its arguments.

A way (calling.py) takes a case through the client to the stub, which judges the request by the
document. Then the request is compared with the arguments (meaning.py), and the result of the client
with the answer of the stub.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

from portkey_admin import InvalidRequestError
from portkey_admin_stub import NO_BODY, Exchange
from tests.conformance.building import AnnotationError, as_json
from tests.conformance.calling import Case, Way
from tests.conformance.meaning import differences

_HARNESS = Path(__file__).parent


def faults(way: Way, case: Case) -> Iterator[str]:
    """Yield everything that is wrong with a case sent one way."""
    way.stub.exchanges.clear()
    try:
        returned = way.send(case)
    except InvalidRequestError as error:
        yield from way.wrongly_refused(case, [each.pointer for each in error.problems])
        if way.stub.exchanges:
            yield "it was refused, but also sent"
        return
    except Exception as error:  # noqa: BLE001 - report the case for any failure
        yield from _exception_mistakes(way, error)
        return
    if len(way.stub.exchanges) != 1:
        yield f"{len(way.stub.exchanges)} requests were sent"
        return
    [exchange] = way.stub.exchanges
    document = way.operation.document
    yield from exchange.problems  # where the request breaks the document
    yield from _target_mistakes(way, exchange)
    yield from differences(document, way.meaning, way.expected(case), way.arrived(exchange))
    if way.reads_answers and not exchange.problems and exchange.answer is not NO_BODY:
        schema = way.operation.answer_schema(exchange.status) or {}
        answered = exchange.answer, as_json(returned)
        yield from differences(document, schema, *answered, "the answer")


def _target_mistakes(way: Way, exchange: Exchange) -> Iterator[str]:
    """Yield a mistake for a wrong operation or host."""
    if exchange.operation_id != way.operation.operation_id:
        yield f"it arrived at {exchange.operation_id}"
    hosts = [value for name, value in exchange.headers if name.lower() == "host"]
    if hosts != [way.host]:
        yield f"it was for the host {hosts}"


def _exception_mistakes(way: Way, error: Exception) -> Iterator[str]:
    """Yield the mistakes behind an exception, with the cause: generator, harness or client."""
    # For a refused request, its problems are the cause; failing to read the answer only follows.
    problems = [text for each in way.stub.exchanges for text in each.problems]
    if problems:
        yield from problems
    elif isinstance(error, AnnotationError):
        yield f"generator: {error}"
    elif _HARNESS in Path(traceback.extract_tb(error.__traceback__)[-1].filename).parents:
        yield f"harness: it raised {error!r}"
    elif not (way.stub.limits and way.stub.exchanges):
        # If the stub cannot make up an answer, there is nothing to read.
        yield f"it raised {error!r}"
