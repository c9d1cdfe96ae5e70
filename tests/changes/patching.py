"""Change JSON documents by JSON pointers."""

from __future__ import annotations

import copy
from typing import Any


def steps(pointer: str) -> list[str]:
    """Return the names in a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def step(node: Any, name: str) -> Any:
    """Return the member or the item with this name."""
    return node[int(name)] if isinstance(node, list) else node[name]


def at(document: Any, pointer: str) -> Any:
    """Return the value at a pointer."""
    for name in steps(pointer):
        document = step(document, name)
    return document


def remove(document: Any, pointer: str) -> None:
    """Remove the value at a pointer."""
    *path, last = steps(pointer)
    for name in path:
        document = step(document, name)
    del document[int(last) if isinstance(document, list) else last]


def put(document: Any, pointer: str, value: Any) -> None:
    """Set the value at a pointer; `/-` appends to a list."""
    *path, last = steps(pointer)
    for name in path:
        document = step(document, name)
    if not isinstance(document, list):
        document[last] = value
    elif last == "-":
        document.append(value)
    else:
        document[int(last)] = value


def patched(document: Any, patch: dict[str, Any]) -> Any:
    """Return a copy with one pointer removed and the others set."""
    changed = copy.deepcopy(document)
    if "remove" in patch:
        remove(changed, patch["remove"])
    for pointer, value in patch.items():
        if pointer != "remove":
            put(changed, pointer, copy.deepcopy(value))
    return changed
