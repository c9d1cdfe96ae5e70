"""Apply OpenAPI Overlay 1.0 documents, strictly.

Source: the OpenAPI Overlay Specification 1.0.0. Four rules are stricter than the standard:

- A target must be an RFC 9535 *singular query*, so that it names exactly one place.
- An action that changes nothing is an error, so that repairs adopted by upstream are deleted here.
- An update of a place above an operation or a component can only add it, so that our description is
  not merged into upstream's own.
- An update must not put a `$ref` beside other content, because readers would ignore that content.

One rule is looser: version 1.0 allows only objects and arrays as targets, but here `remove` accepts
any value, as in version 1.1 and in the standard's own examples.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scripts import yaml_document

OVERLAYS: Final = (Path("spec", "overlay.yaml"), Path("spec", "lifecycle.yaml"))
"""The overlays of this project, in the order in which they are applied."""

# The depth of operations ($.paths[path].method) and components ($.components.kind.name).
_NAMED_AT = 3

_SEGMENT = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | \[ \s* (?: '(?P<single>[^'\\]*)' | "(?P<double>[^"\\]*)"
                | (?P<index>0|[1-9][0-9]{0,5}) ) \s* \]
    """,
    re.VERBOSE,
)

# OpenAPI allows these beside a reference; extensions are harmless there.
_DESCRIBES = re.compile(r"(\$ref|summary|description)$|x-")


class OverlayError(ValueError):
    """The overlay does not fit the document; the message gives the action and the reason."""


def apply_all(document: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return a copy of `document` with each of the OVERLAYS below `root` applied, in order.

    Raises OverlayError with the file's name in its message, OSError or
    yaml_document.DocumentError.
    """
    for path in OVERLAYS:
        name = path.as_posix()
        overlay = yaml_document.load((root / path).read_bytes(), name)
        try:
            document = apply(document, overlay)
        except OverlayError as error:
            raise OverlayError(f"{name}: {error}") from None
    return document


def apply(document: dict[str, Any], overlay: Any) -> dict[str, Any]:
    """Return a copy of `document` with all actions of `overlay` applied, in order.

    Raises OverlayError if the overlay is malformed, a target is missing or an action changes
    nothing.
    """
    result = copy.deepcopy(document)
    for number, action in enumerate(_actions(overlay), start=1):
        target = action.get("target", "(no target)")
        try:
            _carry_out(result, action)
        except OverlayError as error:
            raise OverlayError(f"overlay action {number}, target {target}: {error}") from None
    return result


def _actions(overlay: Any) -> list[dict[str, Any]]:
    """Check the overlay around its actions, and return the actions."""
    if not isinstance(overlay, dict):
        raise OverlayError("an overlay must be a mapping")
    _only_keys(
        "the overlay", overlay, required={"overlay", "info", "actions"}, optional={"extends"}
    )
    if not re.fullmatch(r"1\.0\.[0-9]+", str(overlay["overlay"])):
        raise OverlayError(f"overlay version {overlay['overlay']!r} is not 1.0.x")
    info = overlay["info"]
    if not isinstance(info, dict):
        raise OverlayError("info must be a mapping")
    _only_keys("info", info, required={"title", "version"}, optional=set())
    if not all(isinstance(text, str) for text in (*info.values(), overlay.get("extends", ""))):
        raise OverlayError("title, version and extends must be text")
    actions = overlay["actions"]
    if not isinstance(actions, list) or not actions:
        raise OverlayError("actions must be a list of at least one action")
    for number, action in enumerate(actions, start=1):
        if not isinstance(action, dict):
            raise OverlayError(f"overlay action {number} is not a mapping")
    return actions


def _carry_out(document: dict[str, Any], action: dict[str, Any]) -> None:
    _only_keys(
        "the action",
        action,
        required={"target", "description"},
        optional={"update", "remove"},
    )
    if not isinstance(action["description"], str) or not action["description"].strip():
        raise OverlayError("the description must give the reason, as text")
    if ("update" in action) == ("remove" in action):
        raise OverlayError("it needs exactly one of update and remove")
    segments = _segments(action["target"])
    *path, last = segments
    parent = _step_through(document, path)
    found = _step(parent, last)
    if "remove" in action:
        if action["remove"] is not True:
            raise OverlayError("remove must be true")
        del parent[last]
        return
    levels = _NAMED_AT - len(segments) if segments[0] in ("paths", "components") else 0
    if taken := _taken(found, action["update"], levels):
        raise OverlayError(
            f"{', '.join(taken)} exists already; delete the action if upstream has added it, "
            "or make it the target to change it"
        )
    before = json.dumps(found)
    ignored = set(_ignored(found))
    # Convert to plain JSON values, to leave the overlay's comments and layout behind.
    _merge(found, json.loads(json.dumps(action["update"])))
    if json.dumps(found) == before:
        raise OverlayError("it changes nothing; delete it if upstream has adopted the repair")
    if added := sorted(set(_ignored(found)) - ignored):
        raise OverlayError(
            f"{', '.join(added)} would be beside a $ref, and readers follow the $ref alone: "
            "remove one of the two first"
        )


def _only_keys(
    where: str, mapping: dict[str, Any], *, required: set[str], optional: set[str]
) -> None:
    if missing := sorted(required - mapping.keys()):
        raise OverlayError(f"{where} lacks {', '.join(missing)}")
    unknown = sorted(str(key) for key in mapping.keys() - required - optional)
    if unknown:
        raise OverlayError(f"{where} has unknown keys: {', '.join(unknown)}")


def _segments(target: Any) -> list[str | int]:
    """Return the names and indices of a singular query."""
    if not isinstance(target, str) or not target.startswith("$") or target == "$":
        raise OverlayError(
            "a target must be a JSONPath that starts with $ and names a place below it"
        )
    segments: list[str | int] = []
    position = 1
    while position < len(target):
        match = _SEGMENT.match(target, position)
        if match is None:
            raise OverlayError(f"{target[position:]!r} is not part of a singular query")
        kind = match.lastgroup or ""
        segments.append(int(match[kind]) if kind == "index" else match[kind])
        position = match.end()
    return segments


def _step_through(node: Any, segments: list[str | int]) -> Any:
    for segment in segments:
        node = _step(node, segment)
    return node


def _step(node: Any, segment: str | int) -> Any:
    if isinstance(segment, int):
        if isinstance(node, list) and segment < len(node):
            return node[segment]
    elif isinstance(node, dict) and segment in node:
        return node[segment]
    raise OverlayError(f"the target does not exist: {segment!r} is missing")


def _taken(target: Any, update: Any, levels: int) -> list[str]:
    """Return the names, `levels` deep, that the target and the update have in common."""
    if levels <= 0 or not isinstance(target, dict) or not isinstance(update, dict):
        return []
    names = sorted(target.keys() & update.keys())
    if levels == 1:
        return names
    return [each for name in names for each in _taken(target[name], update[name], levels - 1)]


def _merge(target: Any, update: Any) -> None:
    """Merge by the standard's rules: recurse into objects, append to arrays, replace the rest."""
    if isinstance(target, list):
        _append(target, update)
        return
    if not isinstance(target, dict) or not isinstance(update, dict):
        raise OverlayError("update must be a mapping, and its target a mapping or a list")
    for key, value in update.items():
        present = target.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            for entry in value:
                _append(present, entry)
        else:
            target[key] = value


def _ignored(node: Any, below: str = "") -> Iterator[str]:
    """Yield the pointers, from `node`, of content beside a `$ref` that readers ignore."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield from (f"{below}/{key}" for key in node if not _DESCRIBES.match(key))
        for key, value in node.items():
            yield from _ignored(value, f"{below}/{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _ignored(item, f"{below}/{index}")


def _append(target: list[Any], entry: Any) -> None:
    """Append an entry; raise OverlayError if the list has it already."""
    if json.dumps(entry) in map(json.dumps, target):
        raise OverlayError(f"the list has {json.dumps(entry)} already")
    target.append(entry)
