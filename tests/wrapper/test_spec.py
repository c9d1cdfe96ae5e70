"""What the wrapper needs is found in a spec, wherever OpenAPI lets it stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portkey_admin import _spec

Json = dict[str, Any]

CREATE: Json = {
    "operationId": "createApiKey",
    "parameters": [
        {"$ref": "#/components/parameters/SubType"},
        {"name": "type", "schema": {"type": "string"}},
    ],
    "requestBody": {"$ref": "#/components/requestBodies/Key"},
}
DOCUMENT: Json = {
    "servers": [{"url": "https://root.example"}],
    "security": [{"Header": []}],
    "paths": {
        "/other": {"summary": "text", "get": {"operationId": "other", "servers": [{"url": "x"}]}},
        "/keys": {"parameters": [], "get": {"summary": "no id"}, "post": CREATE},
    },
    "components": {
        "securitySchemes": {"Header": {"name": "x-key"}, "Other": {"name": "x-other"}},
        "parameters": {"SubType": {"name": "sub-type", "schema": {"enum": ["a"]}}},
        "requestBodies": {
            "Key": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/K"}}}}
        },
        "schemas": {"K": {"type": "object"}},
        "responses": {
            "Error": {
                "headers": {"x-portkey-trace-id": {}, "Retry-After": {}},
                "x-error-codes": {"AB03": {"status": 403, "meaning": "no"}},
            }
        },
    },
}


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Json], None]]:
    """Return what puts another document in the place of the spec."""
    caches = (_spec.operation, _spec.path_parameters, _spec.body_schema)

    def put(document: Json) -> None:
        monkeypatch.setattr(_spec, "document", lambda: document)
        for each in caches:
            each.cache_clear()

    yield put
    for each in caches:
        each.cache_clear()


def changed(**operation: Any) -> Json:
    """Return the document with more in its operation."""
    keys = {**DOCUMENT["paths"]["/keys"], "post": {**CREATE, **operation}}
    return {**DOCUMENT, "paths": {**DOCUMENT["paths"], "/keys": keys}}


def test_what_stands_elsewhere_is_found(use: Callable[[Json], None]) -> None:
    """Parameters, body and schema may be references; names of parameters become arguments'."""
    use(DOCUMENT)
    assert _spec.operation()["operationId"] == "createApiKey"
    assert _spec.path_parameters() == {"sub_type": {"enum": ["a"]}, "type": {"type": "string"}}
    assert _spec.body_schema() == {"type": "object"}
    assert _spec.error_headers() == {"x-portkey-trace-id": "trace_id", "Retry-After": "retry_after"}
    assert _spec.error_codes() == {"AB03": {"status": 403, "meaning": "no"}}


def test_servers(use: Callable[[Json], None]) -> None:
    """The operation's servers come before its path's, and those before the document's."""
    use(DOCUMENT)
    assert _spec.public_endpoint() == "https://root.example"
    document = changed()
    document["paths"]["/keys"]["servers"] = [{"url": "https://path.example"}]
    use(document)
    assert _spec.public_endpoint() == "https://path.example"
    document["paths"]["/keys"]["post"]["servers"] = [{"url": "https://operation.example"}]
    use(document)
    assert _spec.public_endpoint() == "https://operation.example"


def test_the_public_endpoint_is_the_first_without_variables(use: Callable[[Json], None]) -> None:
    """A server that is to be filled in is a placeholder, wherever it stands in the list."""
    filled_in = {"url": "{ONE}", "variables": {"ONE": {}, "TWO": {}}}
    use(changed(servers=[filled_in, {"url": "https://a.example"}, {"url": "https://b.example"}]))
    assert _spec.public_endpoint() == "https://a.example"
    assert _spec.placeholders() == {"ONE", "TWO"}


def test_security(use: Callable[[Json], None]) -> None:
    """The operation's own security comes before the document's."""
    use(DOCUMENT)
    assert _spec.api_key_header() == "x-key"
    use(changed(security=[{"Other": []}]))
    assert _spec.api_key_header() == "x-other"


def test_no_such_operation(use: Callable[[Json], None]) -> None:
    """A document without the operation is an error that names it."""
    use(changed(operationId="another"))
    with pytest.raises(LookupError, match="createApiKey"):
        _spec.operation()
