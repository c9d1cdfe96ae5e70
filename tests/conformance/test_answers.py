"""The generated functions read every answer that the spec describes correctly."""

from __future__ import annotations

import asyncio
import itertools
from http import HTTPStatus
from random import Random
from typing import Any

import httpx
import pytest

from tests.conformance.building import as_json, from_dict
from tests.conformance.calling import STYLES, arguments, client_for
from tests.conformance.cases import Source
from tests.conformance.documents import OPERATIONS
from tests.conformance.meaning import differences
from tests.conformance.measure.places import UnmeasuredError, place
from tests.conformance.operations import Operation


def answers() -> list[Any]:
    """Return each operation with each described status; a range stands for its first status."""
    return [
        pytest.param(each, int(str(status).upper().replace("XX", "00")), id=f"{name}, {status}")
        for name, each in OPERATIONS.items()
        for status in each.described["responses"]
        if str(status) != "default"
    ]


@pytest.mark.parametrize(("answered", "status"), answers())
def test_every_described_answer_is_read(
    answered: Operation, status: int, source: Source, runner: asyncio.Runner
) -> None:
    """Each generated function returns the answer, including unknown members."""
    schema = answered.answer_schema(status)
    *_, least = source.coverage(answered)
    given = arguments(answered, least, from_dict)
    try:
        drawn = place(answered.document, schema or {}, lambda form, _: form.carried)
    except UnmeasuredError as error:
        pytest.skip(str(error))
    random = Random(1)
    styles = [style for style in STYLES if hasattr(answered.module, style)]
    content: Any = None

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status) if schema is None else httpx.Response(status, json=content)

    clients = {
        kind: client_for(kind, answered.servers[0], httpx.MockTransport(answer))
        for kind in ("sync", "asyncio")
    }
    for style in itertools.islice(itertools.cycle(styles), 100):
        content = drawn.draw(random)
        client = clients[style.partition("_")[0]]
        returned = getattr(answered.module, style)(client=client, **given)
        if style.startswith("asyncio"):
            returned = runner.run(returned)
        if style.endswith("detailed"):
            assert returned.status_code == HTTPStatus(status)
            returned = returned.parsed
        expected = None if schema is None else content
        found = differences(answered.document, schema or {}, expected, as_json(returned))
        assert list(found) == [], (style, content)
