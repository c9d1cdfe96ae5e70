"""Apply OpenAPI Overlay 1.0 documents, strictly.

Source: the OpenAPI Overlay Specification 1.0.0. Four limits make each action exact: a target is an
RFC 9535 *singular query*, so that it names one place; an action that changes nothing is an error,
so that a repair that upstream has adopted is deleted here; an update from above an operation or a
component can only add it, so that what upstream brings itself is not mixed with ours; and an update
never leaves a `$ref` beside content, which would be out of force. One limit of the standard is not
kept: version 1.0 lets a target be an object or an array only, and here `remove` takes away a value
of any kind, as version 1.1 and the standard's own examples have it.
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

# Operations ($.paths[path].method) and components ($.components.kind.name) stand at this depth.
_NAMED_AT = 3

_SEGMENT = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | \[ \s* (?: '(?P<single>[^'\\]*)' | "(?P<double>[^"\\]*)"
                | (?P<index>0|[1-9][0-9]{0,5}) ) \s* \]
    """,
    re.VERBOSE,
)

# What OpenAPI lets stand beside a reference, and extensions, which no reader needs.
_DESCRIBES = re.compile(r"(\$ref|summary|description)$|x-")


class OverlayError(ValueError):
    """The overlay does not fit the document; the message names the action and the reason."""


def apply_all(document: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return a copy of `document` with each of the OVERLAYS below `root` applied, in order.

    Raises OverlayError, with the file's name in its message, OSError and
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
    """Return a copy of `document` with every action of `overlay` carried out, in order.

    Raises OverlayError where the overlay is malformed, a target is missing or an action changes
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
    """Return the overlay's actions after a check of everything around them."""
    if not isinstance(overlay, dict):
        raise OverlayError("an overlay is a mapping")
    _only_keys(
        "the overlay", overlay, required={"overlay", "info", "actions"}, optional={"extends"}
    )
    if not re.fullmatch(r"1\.0\.[0-9]+", str(overlay["overlay"])):
        raise OverlayError(f"overlay version {overlay['overlay']!r} is not 1.0.x")
    info = overlay["info"]
    if not isinstance(info, dict):
        raise OverlayError("info is a mapping")
    _only_keys("info", info, required={"title", "version"}, optional=set())
    if not all(isinstance(text, str) for text in (*info.values(), overlay.get("extends", ""))):
        raise OverlayError("title, version and extends are text")
    actions = overlay["actions"]
    if not isinstance(actions, list) or not actions:
        raise OverlayError("actions is a list of at least one action")
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
        raise OverlayError("the description, which says why, is empty or no text")
    if ("update" in action) == ("remove" in action):
        raise OverlayError("it needs exactly one of update and remove")
    segments = _segments(action["target"])
    *path, last = segments
    parent = _step_through(document, path)
    found = _step(parent, last)
    if "remove" in action:
        if action["remove"] is not True:
            raise OverlayError("remove takes only true")
        del parent[last]
        return
    levels = _NAMED_AT - len(segments) if segments[0] in ("paths", "components") else 0
    if taken := _taken(found, action["update"], levels):
        raise OverlayError(
            f"{', '.join(taken)} is there already; delete the action if upstream has brought it, "
            "or make it the target to change it"
        )
    before = json.dumps(found)
    ignored = set(_ignored(found))
    # Plain JSON values: the overlay's own comments and layout stay behind.
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
    """Return the names and indices of a singular query, which starts with `$`."""
    if not isinstance(target, str) or not target.startswith("$") or target == "$":
        raise OverlayError("a target is a JSONPath that starts with $ and names a place below it")
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
    raise OverlayError(f"the target is missing: there is no {segment!r}")


def _taken(target: Any, update: Any, levels: int) -> list[str]:
    """Return the names that stand so many levels down in both the target and the update."""
    if levels <= 0 or not isinstance(target, dict) or not isinstance(update, dict):
        return []
    names = sorted(target.keys() & update.keys())
    if levels == 1:
        return names
    return [each for name in names for each in _taken(target[name], update[name], levels - 1)]


def _merge(target: Any, update: Any) -> None:
    """Merge as the standard says: objects recursively, arrays appended to, others replaced."""
    if isinstance(target, list):
        _append(target, update)
        return
    if not isinstance(target, dict) or not isinstance(update, dict):
        raise OverlayError("update needs a mapping, and a target that is a mapping or a list")
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
    """Yield the places below `node` of what stands beside a `$ref` and does not describe it."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield from (f"{below}/{key}" for key in node if not _DESCRIBES.match(key))
        for key, value in node.items():
            yield from _ignored(value, f"{below}/{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _ignored(item, f"{below}/{index}")


def _append(target: list[Any], entry: Any) -> None:
    """Append what the list does not hold yet: what upstream has adopted is deleted here."""
    if json.dumps(entry) in map(json.dumps, target):
        raise OverlayError(f"the list holds {json.dumps(entry)} already")
    target.append(entry)
