"""Cut an OpenAPI document down to some of its parts, and keep their text unchanged."""

from __future__ import annotations

import codecs
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from scripts import yaml_document
from scripts.parts import Cut, Place, value_at


def cut_text(text: bytes, document: dict[str, Any], parts: Iterable[Place]) -> bytes:
    """Return the YAML text of a document, without the paths and components that are not in `parts`.

    `document` is the parsed text. Comments stay or go with the member below or beside them. An
    alias whose anchor is cut away becomes the anchor, with its value written as JSON. If the text
    cannot be cut, as when the mapping of paths is an alias, the whole document is written anew.
    """
    stays = Cut(parts)
    expected = stays.of(document)
    utf_16 = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    letters = text.decode("utf-16" if utf_16 else "utf-8-sig")
    result = "".join(_pieces(letters, document, stays)).encode()
    try:
        is_right = yaml_document.load(result, "the slice") == expected
    except yaml_document.DocumentError:
        is_right = False
    return result if is_right else yaml_document.dump(expected)


@dataclass
class _Member:
    """A member of a mapping, from `start` to `end` in the text."""

    key: str
    start: int
    end: int
    value: _Node


@dataclass
class _Node:
    """A value, from `start` to `end` in the text; a block ends with its content."""

    start: int
    end: int
    members: list[_Member] = field(default_factory=list)


@dataclass
class _Mark:
    """An anchor or an alias, and the place of its value."""

    name: str
    start: int
    end: int
    anchored: Place
    is_alias: bool


def _pieces(text: str, document: dict[str, Any], stays: Cut) -> Iterator[str]:
    reader = _Reader(text)
    tree = reader.read()
    marks = deque(reader.marks)
    anchored: dict[str, Place] = {}
    for start, end in _spans(tree, (), (0, len(text)), stays):
        at = start
        while marks and marks[0].start < end:
            mark = marks.popleft()
            if mark.start < start:
                continue
            if mark.is_alias and anchored.get(mark.name) != mark.anchored:
                value = json.dumps(value_at(document, mark.anchored), ensure_ascii=False)
                yield f"{text[at : mark.start]}&{mark.name} {value}"
                at = mark.end
            anchored[mark.name] = mark.anchored
        yield text[at:end]


def _spans(
    node: _Node, place: Place, whole: tuple[int, int], stays: Cut
) -> Iterator[tuple[int, int]]:
    """Yield the spans of `whole`, the text around the node, that stay."""
    if not node.members or not stays.divides(place):
        yield whole
        return
    yield whole[0], node.members[0].start
    is_first = True
    for index, member in enumerate(node.members):
        below = (*place, member.key)
        if stays.has(below):
            # In a flow mapping, keep the comma before each member but the first that stays.
            yield (member.start if is_first else node.members[index - 1].end), member.start
            yield from _spans(member.value, below, (member.start, member.end), stays)
            is_first = False
    yield node.members[-1].end, whole[1]


class _Reader:
    """Finds the position of each value in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events = YAML(typ="safe", pure=True).parse(text)
        self._event: Any = None
        self._anchors: dict[str, Place] = {}
        self.marks: list[_Mark] = []

    def read(self) -> _Node:
        """Return the root value of the text."""
        while not isinstance(self._next(), CollectionStartEvent):
            pass
        return self._node(())

    def _next(self) -> Any:
        self._event = next(self._events)
        return self._event

    def _node(self, place: Place) -> _Node:
        """Return the value that starts with the current event; it is at `place` in the document."""
        event = self._event
        node = _Node(event.start_mark.index, event.end_mark.index)
        if event.anchor is not None:
            is_alias = isinstance(event, AliasEvent)
            if not is_alias:
                self._anchors[event.anchor] = place
            at = self._anchors[event.anchor]
            self.marks.append(_Mark(event.anchor, node.start, node.end, at, is_alias))
        if isinstance(event, MappingStartEvent):
            self._members(node, place, flow=event.flow_style)
        elif isinstance(event, SequenceStartEvent):
            index = 0
            while not isinstance(self._next(), SequenceEndEvent):
                node.end = self._node((*place, str(index))).end
                index += 1
        if isinstance(event, CollectionStartEvent) and event.flow_style:
            node.end = self._event.end_mark.index
        return node

    def _members(self, node: _Node, place: Place, *, flow: bool) -> None:
        while not isinstance(self._next(), MappingEndEvent):
            key = str(getattr(self._event, "value", ""))
            start = self._node((*place, key)).start
            self._next()
            value = self._node((*place, key))
            end = node.end = value.end
            if not flow:
                start = node.members[-1].end if node.members else self._line(start)
                line_break = self._text.find("\n", end - 1)
                end = line_break + 1 if line_break >= 0 else len(self._text)
            node.members.append(_Member(key, start, end, value))

    def _line(self, at: int) -> int:
        """Return the start of a line, or of the comments above it."""
        start = self._text.rfind("\n", 0, at) + 1
        while start:
            above = self._text.rfind("\n", 0, start - 1) + 1
            line = self._text[above:start].strip()
            if line and not line.startswith("#"):
                break
            start = above
        return start
