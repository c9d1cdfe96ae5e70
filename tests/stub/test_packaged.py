"""The stub reads the packaged spec without further settings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from portkey_admin_stub import Stub

from .documents import KEY
from .wire import Request, in_process

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "generated/portkey_generated/openapi.json").read_bytes()
)
TEMPLATE, POST = next(
    (path, item["post"])
    for path, item in DOCUMENT["paths"].items()
    if item.get("post", {}).get("operationId") == "createApiKey"
)
[SCHEME] = DOCUMENT["components"]["securitySchemes"].values()
EXAMPLES = {
    name: example["value"]
    for name, example in POST["requestBody"]["content"]["application/json"]["examples"].items()
}


@pytest.fixture
def stub() -> Stub:
    """Return a stub for the packaged document."""
    return Stub(DOCUMENT, api_key=KEY)


def request(stub: Stub, body: object) -> Request:
    """Return a request with a body, with the first values that the path allows."""
    values = {found["name"]: found["schema"]["enum"][0] for found in POST["parameters"]}
    path = re.sub(r"\{([^}]*)\}", lambda variable: values[variable[1]], TEMPLATE)
    headers = ((SCHEME["name"], KEY), ("Content-Type", "application/json"))
    return Request("POST", stub.prefix + path, headers, json.dumps(body).encode())


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_document_are_accepted(name: str, stub: Stub) -> None:
    """Each example request of the document is accepted, and the response is as described."""
    in_process(stub, request(stub, EXAMPLES[name]))
    [exchange] = stub.exchanges
    assert exchange.problems == []
    assert exchange.operation_id == POST["operationId"]
    assert exchange.body == EXAMPLES[name]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("value", [None, [], {}, 1.5, True])
def test_examples_with_a_wrong_member_are_refused(name: str, value: object, stub: Stub) -> None:
    """An example with a text replaced by another type is refused, with the place."""
    for member, text in EXAMPLES[name].items():
        if isinstance(text, str):
            in_process(stub, request(stub, {**EXAMPLES[name], member: value}))
            assert f"body at /{member}: " in stub.exchanges[-1].problems[0]
    assert stub.exchanges
