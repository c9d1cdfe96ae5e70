"""Paths, names and URLs come only from the spec: the modules do not repeat them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from portkey_generated.api.api_keys import create_api_key

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

# This module may name fields: its rules come from the spec's prose.
_NAMES_FIELDS = "_checks.py"


def texts(module: Path) -> Iterator[str]:
    """Yield the string constants of a module, except docstrings."""
    tree = ast.parse(module.read_bytes())
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield from [node.value] if isinstance(node.value, str) else []


def words_of_the_spec() -> dict[str, set[str]]:
    """Return the words that only the spec may contain, by their kind."""
    path, _ = operation(DOCUMENT)
    headers = {*DOCUMENT["components"]["responses"]["Error"]["headers"]}
    headers -= {"Retry-After"}  # HTTP's own, as Content-Type is
    schemes = DOCUMENT["components"]["securitySchemes"].values()
    fields = properties(DOCUMENT, body_schema(DOCUMENT))
    names = {pointer.rsplit("/", 1)[1] for pointer, _ in fields}
    return {
        "path": {step for step in path.split("/") if step and "{" not in step},
        "URL": {server["url"] for server in DOCUMENT["servers"]},
        "header": {each["name"] for each in schemes} | headers,
        # Names of one word, such as type, are also used for other things.
        "field": {name for name in names if "_" in name},
    }


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES.keys())
def test_modules_repeat_no_word_of_the_spec(module: Path) -> None:
    """No module contains a path, URL or header of the spec, and only one contains field names."""
    words_by_kind = words_of_the_spec()
    if module.name == _NAMES_FIELDS:
        del words_by_kind["field"]
    words = {word.lower() for group in words_by_kind.values() for word in group}
    found = {(word, text) for text in texts(module) for word in words if word in text.lower()}
    assert found == set()


def test_search_finds_field_names() -> None:
    """The search finds the field names in the module that may contain them."""
    assert "next_rotation_at" in words_of_the_spec()["field"] & set(texts(MODULES[_NAMES_FIELDS]))
    assert all(words_of_the_spec().values())


def test_generated_builder_makes_the_request(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The generated builder makes each request, and its result is sent."""
    built: list[Any] = []
    generated = create_api_key._get_kwargs

    def build(type_: Any, sub_type: Any, *, body: Any) -> dict[str, Any]:
        built.append((type_, sub_type, body.to_dict()))
        made = generated(type_, sub_type, body=body)
        return {**made, "method": "put", "url": "/elsewhere", "json": {"other": 1}}

    monkeypatch.setattr(create_api_key, "_get_kwargs", build)
    caller.create()
    [request] = caller.requests
    assert built == [("organisation", "service", MINIMAL_BODY)]
    assert (request.method, request.url) == (
        "PUT",
        httpx.URL("https://portkey.example.com/v1/elsewhere"),
    )
    assert caller.sent_body() == {"other": 1}
