"""The wrapper reads a spec in every form that OpenAPI allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from portkey_admin import SpecError, _spec, create_operation

Json = dict[str, Any]

CREATE: Json = {
    "operationId": "createApiKey",
    "parameters": [
        {"$ref": "#/components/parameters/SubType"},
        {"name": "type", "in": "path", "schema": {"type": "string"}},
        {"name": "x-more", "in": "header", "schema": {"type": "string"}},
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
        "securitySchemes": {
            "Header": {"type": "apiKey", "in": "header", "name": "x-key"},
            "Other": {"$ref": "#/components/x-schemes/Other"},
            "Query": {"type": "apiKey", "in": "query", "name": "key"},
            "Basic": {"type": "http", "scheme": "basic"},
        },
        "x-schemes": {"Other": {"type": "apiKey", "in": "header", "name": "x-other"}},
        "parameters": {"SubType": {"name": "sub-type", "in": "path", "schema": {"enum": ["a"]}}},
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
    """Return a function that replaces the spec with another document."""

    def put(document: Json) -> None:
        monkeypatch.setattr(_spec, "document", lambda: document)
        _spec.operation.cache_clear()

    yield put
    _spec.operation.cache_clear()


def changed(**operation: Any) -> Json:
    """Return the document with changes in its operation."""
    keys = {**DOCUMENT["paths"]["/keys"], "post": {**CREATE, **operation}}
    return {**DOCUMENT, "paths": {**DOCUMENT["paths"], "/keys": keys}}


def test_references_are_resolved(use: Callable[[Json], None]) -> None:
    """Parameters, body and schema may be references; names become those of arguments."""
    use(DOCUMENT)
    operation = create_operation()
    assert operation.at == "/paths/~1keys/post"
    assert operation.arguments == {"sub_type": {"enum": ["a"]}, "type": {"type": "string"}}
    assert operation.body == {"type": "object"}
    assert _spec.error_headers() == {"x-portkey-trace-id": "trace_id", "Retry-After": "retry_after"}
    assert _spec.error_codes() == {"AB03": {"status": 403, "meaning": "no"}}


def test_another_operation(use: Callable[[Json], None]) -> None:
    """An operation is found by its id, and may have neither parameters nor a body."""
    document = changed()
    document["paths"]["/other"]["get"]["servers"] = [{"url": "https://other.example"}]
    use(document)
    operation = _spec.operation("other")
    assert (operation.at, operation.arguments, operation.body) == ("/paths/~1other/get", {}, {})
    assert (operation.server, operation.api_key_header) == ("https://other.example", "x-key")


def test_references_are_replaced_at_any_depth(use: Callable[[Json], None]) -> None:
    """A schema keeps no references, except those that lead back into themselves."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    schema = {
        "properties": {"list": {"items": {"$ref": "#/components/schemas/K"}}},
        "allOf": [{"$ref": "#/components/schemas/Node"}],
    }
    document = changed(
        requestBody={"content": {"application/json": {"schema": schema}}},
    )
    schemas = {"K": {"type": "object"}, "Node": node}
    use({**document, "components": {**document["components"], "schemas": schemas}})
    assert create_operation().body == {
        "properties": {"list": {"items": {"type": "object"}}},
        "allOf": [node],
    }


def test_cyclic_schemas(use: Callable[[Json], None]) -> None:
    """The reference that closes a cycle stays, however long the cycle is."""
    at = "#/components/schemas/"
    schemas = {name: {"items": {"$ref": at + other}} for name, other in ("AB", "BC", "CA")}
    parameters = [{"name": "a", "in": "path", "schema": {"$ref": f"{at}A"}}]
    content = {"application/json": {"schema": {"$ref": f"{at}A"}}}
    document = changed(requestBody={"content": content}, parameters=parameters)
    use({**document, "components": {**document["components"], "schemas": schemas}})
    circle = {"items": {"items": {"items": {"$ref": f"{at}A"}}}}
    assert create_operation().body == circle
    assert create_operation().arguments == {"a": circle}


def test_path_may_be_a_reference(use: Callable[[Json], None]) -> None:
    """A path may be a reference."""
    document = changed()
    document["x-keys"] = document["paths"].pop("/keys")
    document["paths"]["/keys"] = {"$ref": "#/x-keys"}
    use(document)
    assert create_operation().at == "/paths/~1keys/post"


@pytest.mark.parametrize("found", [None, ModuleSpec("portkey_generated", None)])
def test_without_the_generated_package(
    monkeypatch: pytest.MonkeyPatch, found: ModuleSpec | None
) -> None:
    """Without the generated package, which contains the spec, the error names it."""
    monkeypatch.setattr(_spec, "find_spec", lambda _: found)
    with pytest.raises(SpecError, match=r"^the package portkey_generated is not installed$"):
        _spec.document.__wrapped__()


@pytest.mark.parametrize(
    "name", ["application/json", "Application/JSON", "application/json ; charset=utf-8"]
)
def test_media_types(use: Callable[[Json], None], name: str) -> None:
    """The schema of JSON is used, in any spelling and position of its media type."""
    content = {"text/plain": {"schema": {}}, name: {"schema": {"type": "array"}}}
    use(changed(requestBody={"content": content}))
    assert create_operation().body == {"type": "array"}


def test_parameters_of_the_path(use: Callable[[Json], None]) -> None:
    """The path's parameters come first, and then those of the operation."""
    document = changed()
    shared = {"name": "a-b", "in": "path", "schema": {"type": "integer"}}
    document["paths"]["/keys"]["parameters"] = [shared]
    use(document)
    assert list(create_operation().arguments) == ["a_b", "sub_type", "type"]


def test_servers(use: Callable[[Json], None]) -> None:
    """Servers of the operation override those of its path, which override the document's."""
    use(DOCUMENT)
    assert create_operation().server == "https://root.example"
    document = changed()
    document["paths"]["/keys"]["servers"] = [{"url": "https://path.example"}]
    use(document)
    assert create_operation().server == "https://path.example"
    document["paths"]["/keys"]["post"]["servers"] = [{"url": "https://operation.example"}]
    use(document)
    assert create_operation().server == "https://operation.example"


def test_public_endpoint_has_no_variables(use: Callable[[Json], None]) -> None:
    """The first server without variables is used; the names of variables are placeholders."""
    filled_in = {"url": "{ONE}", "variables": {"ONE": {}, "TWO": {}}}
    use(changed(servers=[filled_in, {"url": "https://a.example"}, {"url": "https://b.example"}]))
    operation = create_operation()
    assert (operation.server, operation.placeholders) == ("https://a.example", ("ONE", "TWO"))


@pytest.mark.parametrize(
    ("security", "header"),
    [
        ([{"Other": []}], "x-other"),
        ([{"Other": []}, {"Header": []}], "x-other"),
        ([{"Query": []}, {"Basic": []}, {"Header": []}], "x-key"),
        ([{"Header": [], "Other": []}, {"Other": []}], "x-other"),
    ],
)
def test_security(use: Callable[[Json], None], security: Any, header: str) -> None:
    """The operation's security overrides the document's; the first API key in a header is used."""
    use(DOCUMENT)
    assert create_operation().api_key_header == "x-key"
    use(changed(security=security))
    assert create_operation().api_key_header == header


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ({"operationId": "another"}, "/paths: no operation has the operationId createApiKey"),
        (
            {"servers": [{"url": "{ONE}", "variables": {"ONE": {}}}]},
            "/paths/~1keys/post/servers: no server has a URL without variables",
        ),
        (
            {"security": [{"Query": []}, {"Header": [], "Other": []}]},
            "/paths/~1keys/post/security: no alternative is one API key in a header",
        ),
        (
            {"security": []},
            "/paths/~1keys/post/security: no alternative is one API key in a header",
        ),
        (
            {"requestBody": {"content": {"text/plain": {"schema": {}}}}},
            "/paths/~1keys/post/requestBody: no content is application/json",
        ),
    ],
)
def test_unreadable_spec_is_refused(
    use: Callable[[Json], None], operation: Json, text: str
) -> None:
    """A spec that the wrapper cannot read raises an error with the place and the reason."""
    use(changed(**operation))
    with pytest.raises(SpecError) as caught:
        create_operation()
    assert str(caught.value) == text
