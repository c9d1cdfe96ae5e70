"""Reads files with one body or many: JSON, YAML or JSON Lines."""

from __future__ import annotations

import functools
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from portkey_admin_cli.output import InvalidInputError, Problems

# Nested aliases can grow without limit, and ruamel.yaml takes minutes for nested brackets.
_MOST_REPEATED: Final = 100_000
_MOST_LEVELS: Final = 100
_NULL: Final = "tag:yaml.org,2002:null"
_BOM: Final = b"\xef\xbb\xbf"

_COMMENT: Final = re.compile(r"(^|\s)(//|/\*)")


def read_input(label: str, file: str) -> bytes:
    """Return the content of a file, or of stdin for `-`. Raises InvalidInputError."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, AttributeError) as error:
        reason = getattr(error, "strerror", "it is closed")
        raise InvalidInputError(f"{label}: {reason}") from None


def read_body(label: str, file: str) -> dict[str, Any]:
    """Return the mapping in a file of JSON or YAML. Raises InvalidInputError."""
    [loaded] = _read(label, read_input(label, file))
    if not isinstance(loaded, dict):
        raise InvalidInputError(f"{label}: must be a mapping with the fields of the body")
    return loaded


class Item(NamedTuple):
    """One of many values in a file."""

    value: Any
    line: Callable[[tuple[str, ...]], int | None]
    """Returns the line of the value at a path in the item, or of the item itself for ()."""


def read_items(label: str, file: str) -> list[Item]:
    """Return the items of a list, of several YAML documents, or of JSON Lines.

    Raises InvalidInputError, with a problem for each line of JSON Lines that cannot be read.
    """
    content = read_input(label, file)
    lines = content.removeprefix(_BOM).splitlines()
    filled = {number: line for number, line in enumerate(lines, 1) if line.strip()}
    if len(filled) > 1 and all(line.lstrip().startswith(b"{") for line in filled.values()):
        return _read_json_lines(label, filled)
    nodes = functools.cache(lambda: _compose(content))
    return [
        Item(value, lambda path, number=number: _line(nodes(), number, path))  # type: ignore[misc]
        for number, value in enumerate(_flat(_read(label, content, many=True)))
    ]


def _read_json_lines(label: str, lines: dict[int, bytes]) -> list[Item]:
    items: list[Item] = []
    problems = Problems()
    for number, line in lines.items():
        with problems:
            try:
                value = json.loads(line, object_pairs_hook=_without_duplicates)
            except (ValueError, RecursionError) as error:
                column = f", column {error.colno}" if isinstance(error, JSONDecodeError) else ""
                place, reason = f"{label}, line {number}{column}", getattr(error, "msg", error)
                raise InvalidInputError(f"{place}: not valid JSON: {reason}") from None
            items.append(Item(value, lambda _, number=number: number))  # type: ignore[misc]
    problems.check()
    return items


def _flat(documents: Iterable[Any]) -> list[Any]:
    """Return the items of documents, each of which is one item or a list of them."""
    found: list[Any] = []
    for each in documents:
        found += each if isinstance(each, list) else [each]
    return found


def _compose(content: bytes) -> list[Node]:
    """Return the YAML nodes of the items, which have lines; [] if YAML cannot read them."""
    found: list[Node] = []
    try:
        # JSON allows tabs in places where YAML does not.
        for node in YAML().compose_all(content.replace(b"\t", b" ")):
            if node.tag != _NULL:
                found += node.value if isinstance(node, SequenceNode) else [node]
    except (YAMLError, RecursionError):
        return []
    return found


def _line(nodes: list[Node], number: int, path: tuple[str, ...]) -> int | None:
    """Return the line of the value at a path in an item, or of its nearest parent."""
    if number >= len(nodes):
        return None
    node = nodes[number]
    mark = node.start_mark
    for step in path:
        if isinstance(node, MappingNode):
            found = [pair for pair in node.value if pair[0].value == step]
        else:
            found = [(each, each) for each in node.value[int(step) :]]
        if not found:
            break
        mark, node = found[0][0].start_mark, found[0][1]
    line: int = mark.line
    return line + 1


def _read(label: str, content: bytes, *, many: bool = False) -> list[Any]:
    """Return the value of a text, or of each document in it. Raises InvalidInputError."""
    place = ""
    try:
        return _parsed(content, many=many)
    except YAMLError as error:
        if mark := getattr(error, "problem_mark", None):
            place = f", line {mark.line + 1}, column {mark.column + 1}"
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        reason = f"not valid JSON or YAML: {reason}"
    except _CommentError as error:
        place = f", line {error.line + 1}, column {error.column + 1}"
        reason = "JSON has no comments; remove it, or write YAML with # comments"
    except (ValueError, LookupError) as error:
        reason = f"{error}"
    raise InvalidInputError(f"{label}{place}: {reason}")


class _CommentError(Exception):
    """Raised for a comment that YAML would read as a part of a name or a value."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


class _Constructor(SafeConstructor):
    """Keeps an unquoted timestamp as text, as in JSON, so that it is checked exactly."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _parsed(content: bytes, *, many: bool) -> list[Any]:
    r"""Return the value of a JSON or YAML text, or of each document in it.

    JSON has a parser of its own: YAML reads `\ud83d\ude00` as two characters, and refuses tabs.
    """
    try:
        return [json.loads(content, object_pairs_hook=_without_duplicates)]
    except JSONDecodeError as error:
        if _COMMENT.match(error.doc[error.pos :]):
            raise _CommentError(error.lineno - 1, error.colno - 1) from None
    except (ValueError, RecursionError):
        pass
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    with warnings.catch_warnings(action="ignore"):  # about anchors and numbers, which are fine
        _check_events(yaml, content)
        if not many:
            return [yaml.load(content)]
        return [each for each in yaml.load_all(content) if each is not None]


def _check_events(yaml: YAML, content: bytes) -> None:
    """Refuse aliases that repeat too much, deep nesting, and comments in a body like JSON."""
    size = repeated = 0
    sizes: dict[str, int] = {}  # how many values stand behind each anchor
    open_ones: list[tuple[bool | None, str | None, int]] = []
    for event in yaml.parse(content):
        if isinstance(event, CollectionEndEvent):
            _, anchor, start = open_ones.pop()
            sizes[anchor or ""] = size - start
        elif isinstance(event, AliasEvent):
            size += sizes.get(event.anchor, 0)
            repeated += sizes.get(event.anchor, 0)
        elif isinstance(event, NodeEvent):
            size += 1
            sizes[event.anchor or ""] = 1
        if isinstance(event, CollectionStartEvent):
            open_ones.append((event.flow_style, event.anchor, size - 1))
        elif (
            isinstance(event, ScalarEvent)
            and event.style is None
            and any(is_flow for is_flow, *_ in open_ones)
            and _COMMENT.search(event.value)
        ):
            raise _CommentError(event.start_mark.line, event.start_mark.column)
        if len(open_ones) > _MOST_LEVELS:
            raise ValueError(f"has over {_MOST_LEVELS} levels")
        if repeated > _MOST_REPEATED:
            raise ValueError(f"its aliases (*name) repeat over {_MOST_REPEATED:,} values")


def _without_duplicates(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members. ValueError leaves duplicates to the YAML parser, which knows the line."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a field is there twice")
    return found
