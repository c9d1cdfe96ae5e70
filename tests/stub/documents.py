"""Small OpenAPI documents for the tests, about a made-up library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portkey_admin_stub.schema import Json, Schema

KEY = "a key with + and / in it"

SHELF = {
    "type": "object",
    "required": ["title", "isbn"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "example": "Notes"},
        "isbn": {"type": "string", "format": "uuid"},
        "copies": {"type": "integer", "format": "int32", "minimum": 1},
        "weight": {"type": "number"},
        "lent_at": {"type": "string", "format": "date-time"},
        "owner": {"type": "string", "format": "email"},
        "genre": {"type": "string", "enum": ["poem", "novel"]},
        "notes": {"type": "object", "additionalProperties": True},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
}

PART = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "page": {"type": "integer", "minimum": 0},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
}


def parameter(name: str, location: str, schema: dict[str, Any], **more: Json) -> dict[str, Any]:
    """Return the description of a parameter."""
    return {"name": name, "in": location, "schema": schema, **more}


def in_json(schema: Schema) -> dict[str, Any]:
    """Return the description of JSON content."""
    return {"application/json": {"schema": schema}}


def document(
    paths: dict[str, Any], *, version: str = "3.0.3", schemas: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a document whose operations need no key."""
    return {
        "openapi": version,
        "info": {"title": "Library", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}},
    }


def operation(**more: Json) -> dict[str, Any]:
    """Return the description of an operation, by default with an empty response."""
    return {"responses": {"204": {"description": "done"}}, **more}


def one_query(schema: dict[str, Any], *, version: str = "3.0.3", **more: Json) -> dict[str, Any]:
    """Return a document with GET /books, which has one query parameter q."""
    described = parameter("q", "query", schema, **more)
    return document({"/books": {"get": operation(parameters=[described])}}, version=version)


def one_body(
    schema: dict[str, Any],
    *,
    version: str = "3.0.3",
    required: bool = True,
    schemas: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a document with POST /books, which has a body."""
    body = {"required": required, "content": in_json(schema)}
    return document(
        {"/books": {"post": operation(requestBody=body)}}, version=version, schemas=schemas
    )


def one_answer(
    schema: Schema,
    *,
    version: str = "3.0.3",
    schemas: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a document with GET /books, whose responses have a schema."""
    responses = {"200": {"description": "OK", "content": in_json(schema)}}
    return document(
        {"/books": {"get": operation(responses=responses)}}, version=version, schemas=schemas
    )


LIBRARY: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Library", "version": "1"},
    "servers": [{"url": "https://{city}.example/v9"}, {"url": "https://library.example/v1/"}],
    "security": [{"Key": []}],
    "paths": {
        "/shelves/{kind}/{row}": {
            "parameters": [
                parameter("kind", "path", {"type": "string"}, required=True),
                parameter("row", "path", {"type": "integer", "minimum": 1}, required=True),
            ],
            "post": {
                "operationId": "addToShelf",
                "parameters": [
                    # Overrides the one of the path.
                    parameter(
                        "kind", "path", {"type": "string", "enum": ["low", "high"]}, required=True
                    ),
                    parameter("Tries", "header", {"type": "integer"}, required=True),
                    parameter("Langs", "header", {"type": "array", "items": {"type": "string"}}),
                    parameter("Accept", "header", {"type": "integer"}),
                    parameter("loud", "query", {"type": "boolean"}, required=True),
                    parameter("tag", "query", {"type": "array", "items": {"type": "string"}}),
                    parameter(
                        "ids",
                        "query",
                        {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
                        explode=False,
                    ),
                ],
                "requestBody": {"$ref": "#/components/requestBodies/Shelf"},
                "responses": {
                    "400": {"description": "wrong"},
                    "201": {"$ref": "#/components/responses/Shelf"},
                },
            },
            "delete": operation(operationId="clearShelf"),
        },
        "/books/{title}": {
            "get": operation(
                operationId="getBook",
                parameters=[parameter("title", "path", {"type": "string"}, required=True)],
                security=[{"Token": []}, {"Key": [], "Second": []}],
            ),
        },
        "/books/new": {
            "get": operation(operationId="getNewBook", security=[]),
            "put": operation(
                operationId="putNewBook",
                security=[{}],
                requestBody={"content": in_json({"type": "object"})},
            ),
        },
    },
    "components": {
        "schemas": {"Shelf": SHELF, "Part": PART},
        "requestBodies": {
            "Shelf": {"required": True, "content": in_json({"$ref": "#/components/schemas/Shelf"})}
        },
        "responses": {
            "Shelf": {
                "description": "added",
                "content": in_json({"$ref": "#/components/schemas/Shelf"}),
            }
        },
        "securitySchemes": {
            "Key": {"type": "apiKey", "in": "header", "name": "X-Library-Key"},
            "Second": {"type": "apiKey", "in": "header", "name": "X-Second-Key"},
            "Token": {"type": "http", "scheme": "bearer"},
        },
    },
}
