"""Makes a commented template of a body from the spec."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from portkey_admin_cli.flags import Path, operation, own_words

_WIDTH: Final = 80
_KINDS: Final = {
    "array": "a list",
    "boolean": "true or false",
    "date-time": "a date and time with its offset",
    "email": "an e-mail address",
    "integer": "an integer",
    "object": "a mapping",
    "uuid": "a UUID",
}


def template() -> str:
    """Return YAML with every property of the body; optional ones are commented out."""
    properties, required = operation().body["properties"], operation().body.get("required", ())
    lines = [
        "# A body for: portkey-admin create TYPE SUB_TYPE --body FILE",
        "# Remove the # in front of the fields that you need.",
    ]
    for name in sorted(properties, key=lambda name: name not in required):
        mark = "" if name in required else "#"
        block = _lines((name,), properties[name])
        lines += ["", *(line if line[0] == "#" else f"{mark}{line}" for line in block)]
    return "\n".join(lines)


def _lines(path: Path, schema: dict[str, Any]) -> Iterator[str]:
    """Yield a comment about a property, and the property with an example."""
    name = path[-1]
    words = schema.get("description", own_words(path)).replace("*", "").rstrip(".")
    text = ". ".join(filter(None, (words, _kind(schema))))
    yield from (f"# {line}" for line in textwrap.wrap(f"{text}.", _WIDTH))
    members = schema.get("properties", {})
    if not members:
        yield f"{name}: {json.dumps(_example(schema), ensure_ascii=False)}"
        return
    yield f"{name}:"
    for member, inner in members.items():
        yield from (f"  {line}" for line in _lines((*path, member), inner))


def _kind(schema: dict[str, Any]) -> str:
    """Return a description of a property's values: An integer, at least 1."""
    choices = [json.dumps(each) for each in schema.get("enum", ()) if each is not None]
    kind = schema.get("format") or schema.get("type", "value")
    words = " or ".join(choices) or _KINDS.get(kind, f"a {kind}")
    limits = {"minimum": "at least", "maximum": "at most"}
    parts = (words, *(f"{limits[name]} {schema[name]}" for name in limits if name in schema))
    text = ", ".join(parts) + (", or null" if schema.get("nullable") else "")
    return text[0].upper() + text[1:]


def _example(schema: dict[str, Any]) -> Any:
    """Return the spec's example of a value, or one of its type."""
    if schema.get("format") == "date-time":
        return f"{datetime.now(UTC).year + 1}-01-31T12:00:00Z"  # the spec's may be in the past
    if "properties" in schema:
        return {name: _example(each) for name, each in schema["properties"].items()}
    if schema.get("type") == "array":
        example = schema.get("example") or [_example(schema["items"])]
        return example if isinstance(example, list) else [example]
    kinds: dict[Any, Any] = {"integer": schema.get("minimum", 1), "boolean": True, "object": {}}
    found = (schema.get("example"), *schema.get("enum", ()), kinds.get(schema.get("type")))
    return next((each for each in found if each is not None), "...")
