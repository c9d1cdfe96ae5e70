"""Files with a body: JSON or YAML."""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from portkey_admin_cli.output import InvalidInputError

# Aliases of aliases grow without end, and nested brackets take ruamel.yaml minutes.
_MOST_ALIASES: Final = 20
_MOST_LEVELS: Final = 100

_COMMENT: Final = re.compile(r"(^|\s)(//|/\*)")


def read_input(label: str, file: str) -> bytes:
    """Return the content of a file, or of stdin for `-`. Raises InvalidInputError."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or "it is closed, or not the name of a file"
        raise InvalidInputError(f"{label}: {reason}") from None


def read_body(label: str, file: str) -> dict[str, Any]:
    """Return the mapping in a file of JSON or YAML. Raises InvalidInputError."""
    content = read_input(label, file)
    try:
        loaded = _parsed(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise InvalidInputError(f"{label}{place}: not valid JSON or YAML: {reason}") from None
    except _CommentError as error:
        raise InvalidInputError(
            f"{label}, {error}: JSON has no comments; remove it, or write YAML with # comments"
        ) from None
    except (ValueError, LookupError) as error:
        raise InvalidInputError(f"{label}: {str(error).partition(chr(10))[0]}") from None
    if not isinstance(loaded, dict):
        raise InvalidInputError(f"{label}: must be a mapping with the fields of the body")
    return loaded


class _CommentError(Exception):
    """A comment that YAML would read as a part of a name or a value; its text is the place."""


class _Constructor(SafeConstructor):
    """Keeps an unquoted timestamp as text, as in JSON, so that it is checked exactly."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _parsed(content: bytes) -> Any:
    r"""Return the value of a JSON or YAML text.

    JSON has a parser of its own: YAML reads `\ud83d\ude00` as two characters, and refuses tabs.
    """
    try:
        return json.loads(content, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        if _COMMENT.match(error.doc[error.pos :]):
            raise _CommentError(f"line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError):
        pass
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    with warnings.catch_warnings(action="ignore"):  # about anchors and numbers, which are fine
        _check_events(yaml, content)
        return yaml.load(content)


def _check_events(yaml: YAML, content: bytes) -> None:
    """Refuse too many aliases or levels, and comments of JSON in a text that is nearly JSON."""
    aliases = levels = 0
    brackets: list[bool] = []
    for event in yaml.parse(content):
        if isinstance(event, CollectionStartEvent):
            brackets.append(bool(event.flow_style))
        elif isinstance(event, CollectionEndEvent):
            brackets.pop()
        elif isinstance(event, AliasEvent):
            aliases += 1
        elif (
            isinstance(event, ScalarEvent)
            and event.style is None
            and any(brackets)
            and _COMMENT.search(event.value)
        ):
            mark = event.start_mark
            raise _CommentError(f"line {mark.line + 1}, column {mark.column + 1}")
        levels = len(brackets)
        if aliases > _MOST_ALIASES or levels > _MOST_LEVELS:
            raise ValueError(f"over {_MOST_ALIASES} aliases (*name), or {_MOST_LEVELS} levels")


def _without_duplicates(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members. ValueError leaves duplicates to the YAML parser, which knows the line."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a duplicate")
    return found
