"""What the spec says is said there alone: the wrapper reads it, or leaves it to generation."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from portkey_generated.api.api_keys.create_api_key import _get_kwargs as generated
from portkey_generated.models.create_api_key_object import CreateApiKeyObject

from portkey_admin import InvalidRequestError, _request
from portkey_admin._schema import compile_schema
from tests.wrapper.caller import MINIMAL_BODY, Caller
from tests.wrapper.documents import (
    WRAPPER,
    Json,
    body_schema,
    operation,
    properties,
    read_yaml,
)

DOCUMENT: Json = read_yaml("spec/openapi.yaml")
MODULES = {path.name: path for path in sorted(WRAPPER.glob("*.py"))}

# The rules that the spec has in prose only name the fields that they are about.
_NAMES_FIELDS = "_rules.py"


def texts(module: Path) -> Iterator[str]:
    """Yield the string constants of a module, those that are documentation aside."""
    tree = ast.parse(module.read_bytes())
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield from [node.value] if isinstance(node.value, str) else []


def said_by_the_spec() -> dict[str, set[str]]:
    """Return what only the spec may say, by what it is."""
    path, _ = operation(DOCUMENT)
    headers = DOCUMENT["components"]["responses"]["Error"]["headers"]
    schemes = DOCUMENT["components"]["securitySchemes"].values()
    fields = properties(DOCUMENT, body_schema(DOCUMENT))
    names = {pointer.rsplit("/", 1)[1] for pointer, _ in fields}
    return {
        "path": {step for step in path.split("/") if step and "{" not in step},
        "URL": {server["url"] for server in DOCUMENT["servers"]},
        "header": {each["name"] for each in schemes} | set(headers),
        # A name of one word, such as type, is a word of other things as well.
        "field": {name for name in names if "_" in name},
    }


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES.keys())
def test_says_nothing_that_the_spec_says(module: Path) -> None:
    """No module has a path, URL or header of the spec in it, and one alone has names of fields."""
    said = said_by_the_spec()
    if module.name == _NAMES_FIELDS:
        del said["field"]
    words = {word.lower() for group in said.values() for word in group}
    found = {(word, text) for text in texts(module) for word in words if word in text.lower()}
    assert found == set()


def test_the_search_can_find() -> None:
    """The module of the prose rules, searched as the others are, is found to name fields."""
    fields = said_by_the_spec()["field"]
    found = {field for field in fields if field in set(texts(MODULES[_NAMES_FIELDS]))}
    assert "next_rotation_at" in found
    assert all(said_by_the_spec().values())


def test_goes_through_model_and_builder(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is built by the generated builder from a generated model, and is what it returns."""
    built: list[Any] = []

    def build(type_: Any, sub_type: Any, *, body: Any) -> dict[str, Any]:
        built.append(body)
        made = generated(type_, sub_type, body=body)
        return {**made, "method": "put", "url": "/elsewhere"}

    monkeypatch.setattr(_request, "_get_kwargs", build)
    caller.create()
    [body], [request] = built, caller.requests
    assert body == CreateApiKeyObject.from_dict(MINIMAL_BODY)
    assert (request.method, request.url) == (
        "PUT",
        httpx.URL("https://portkey.example.com/v1/elsewhere"),
    )


def test_knows_every_format() -> None:
    """A format that no check is written for is told by its name, and not left unchecked."""
    with pytest.raises(NotImplementedError, match="no check is written for the format 'hostname'"):
        compile_schema({"type": "string", "format": "hostname"})


_GIVEN: dict[str, Any] = {
    **MINIMAL_BODY,
    "scopes": ["a", "b"],
    "defaults": {"metadata": {"n": 1, "yes": True, "list": [1, [2, {"x": "y"}]], "day": "1"}},
}


def _metadata(body: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = body["defaults"]["metadata"]
    return metadata


@pytest.mark.parametrize(
    ("alter", "pointer"),
    [
        (lambda body: body.pop("scopes"), "/scopes"),
        (lambda body: body.update(more=1), "/more"),
        (lambda body: body.update(name="other"), "/name"),
        (lambda body: body.update(more=1, name="other"), "/name"),
        (lambda body: body.update(name=None), "/name"),
        (lambda body: body.update(scopes={"a": 1}), "/scopes"),
        (lambda body: body.update(scopes="ab"), "/scopes"),
        (lambda body: body.update(defaults=[1]), "/defaults"),
        (lambda body: body.update(defaults={}), "/defaults/metadata"),
        (lambda body: body["scopes"].pop(), "/scopes"),
        (lambda body: body["scopes"].append("c"), "/scopes"),
        (lambda body: body["scopes"].reverse(), "/scopes/0"),
        (lambda body: _metadata(body).update(n=True), "/defaults/metadata/n"),
        (lambda body: _metadata(body).update(n=1.0), "/defaults/metadata/n"),
        (lambda body: _metadata(body).update(n=2), "/defaults/metadata/n"),
        (lambda body: _metadata(body).update(yes=1), "/defaults/metadata/yes"),
        (lambda body: _metadata(body).update(day="2"), "/defaults/metadata/day"),
        (lambda body: _metadata(body).update(day=1), "/defaults/metadata/day"),
        (lambda body: _metadata(body)["list"][1][1].update(x="z"), "/defaults/metadata/list/1/1/x"),
    ],
)
def test_sends_nothing_that_was_altered(
    alter: Callable[[dict[str, Any]], object],
    pointer: str,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the generated code were to alter is refused, and named by its place."""

    def build(type_: Any, sub_type: Any, *, body: Any) -> dict[str, Any]:
        made = generated(type_, sub_type, body=body)
        sent = copy.deepcopy(made["json"])
        alter(sent)
        return {**made, "json": sent}

    monkeypatch.setattr(_request, "_get_kwargs", build)
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(type="organisation", sub_type="service", **_GIVEN)
    assert [each.pointer for each in caught.value.problems][:1] == [pointer]
    assert caller.requests == []
