"""Reads JSON from whole, cut-off and damaged bodies, in linear time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_DEEPEST: Final = 4
# The most members of damaged JSON that are read. Each error of json counts the lines before it, so
# the time would grow with the square of the length.
_MOST_MEMBERS: Final = 1000
_DECODER: Final = json.JSONDecoder(strict=False)
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_NAME: Final = re.compile(rf'\s*"({_STRING[1:]})"\s*:\s*', re.DOTALL)
_SPACE: Final = re.compile(r"\s*")
_NEXT: Final = re.compile(r"\s*([,}\]])")
# The marks that end or nest a value: strings, runs of brackets and commas.
_MARK: Final = re.compile(rf'{_STRING}"?|[\[{{]++|[\]}}]++|,', re.DOTALL)
_UNREAD: Final = object()


def read_json(content: bytes) -> tuple[Any, bool]:
    """Return the JSON of a body, as far as it can be read, and whether it is UTF-8."""
    encoding = json.detect_encoding(content)
    is_utf8 = encoding.startswith("utf-8")
    text = content.decode(encoding, "surrogateescape" if is_utf8 else "replace")
    value, _ = _read(text.lstrip(), 0, 0, iter(range(_MOST_MEMBERS)))
    return value, is_utf8


def _read(text: str, at: int, depth: int, left: Iterator[int]) -> tuple[Any, int]:
    """Return the JSON at `at`, as far as it can be read, and its end (the end of a cut-off text).

    json reads whole values. A damaged value takes one search through the text for each of a few
    levels.
    """
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        pass
    is_object = text.startswith("{", at)
    if not (is_object or text.startswith("[", at)) or depth == _DEEPEST:
        return _UNREAD, _end_of(text, at)
    members: dict[Any, Any] = {}
    is_closed = False
    while not is_closed and (start := (_NAME if is_object else _SPACE).match(text, at + 1)):
        value, end = _read(text, start.end(), depth + 1, left)
        if value is not _UNREAD:
            members[start[1] if is_object else len(members)] = value
        following = None if next(left, None) is None else _NEXT.match(text, end)
        if following is None:
            break
        at = following.end() - 1
        is_closed = following[1] != ","
    return members if is_object else list(members.values()), at + 1 if is_closed else len(text)


def _end_of(text: str, at: int) -> int:
    """Return the end of a value that json cannot read and that starts at `at`."""
    depth = 0
    for mark in _MARK.finditer(text, at):
        kind = text[mark.start()]
        size = mark.end() - mark.start()
        if kind in "[{":
            depth += size
        elif kind in "]}":
            if size >= depth:
                return mark.start() + depth
            depth -= size
        elif depth == 0:
            return mark.end() if kind == '"' else mark.start()
    return len(text)
