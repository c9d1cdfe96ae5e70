"""The arguments of a call: what the flags give, and the rest from a file of JSON or YAML."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from portkey_admin import _spec
from portkey_admin._api_keys import OMITTED
from portkey_admin._errors import InvalidRequestError, Problem
from portkey_admin_cli.flags import FLAGS, Malformed
from portkey_admin_cli.telling import InvalidInputError, in_flags

# Aliases of aliases grow without end, and nested brackets take ruamel.yaml minutes.
_MOST_ALIASES: Final = 20
_MOST_LEVELS: Final = 100


@dataclass(frozen=True)
class Body:
    """The arguments of a call, and where each comes from."""

    arguments: dict[str, Any]
    flags: Mapping[str, str]
    """By argument, the flag to change; for those that are not here it is the file."""
    file: str

    def problems(self, error: InvalidRequestError) -> Iterator[str]:
        """Yield each problem in a line that begins with what to change."""
        for problem in error.problems:
            _, name, *rest = problem.pointer.split("/")
            value = self.arguments.get(name)
            if name not in self.flags:
                place = f"{self.file} {problem.pointer.removeprefix('/extra')}"
            elif rest:
                place = f"{self.flags[name]} at {problem.pointer}"
                value = value[int(rest[0])] if isinstance(value, tuple) else value
            else:
                place = self.flags[name]
            if isinstance(value, Malformed):
                yield f"{place}: allowed: {value.allowed}"
            else:
                yield in_flags(str(Problem(place, problem.found, problem.allowed)))


def assemble(parameters: Mapping[str, Any], option: str, file: str | None) -> Body:
    """Return the arguments that flags and file give together; a flag wins over the file.

    `option` is what the command line calls the file. Raises InvalidInputError where that is not
    usable.
    """
    label = option if file is None else f"{option} {file}"
    content = {} if file is None else _read(label, file)
    path = {name: parameters[name] for name in _spec.path_parameters()}
    schema = _spec.body_schema()
    known = {name: content[name] for name in content.keys() & schema["properties"].keys()}
    arguments: dict[str, Any] = dict.fromkeys((*path, *schema["required"]), OMITTED) | path | known
    arguments["extra"] = {name: value for name, value in content.items() if name not in known}
    flags = {name: name.upper() for name in path}
    given: dict[str, str] = {}
    for name, defined in FLAGS:
        flag = defined.opts[0]
        value = parameters.get(str(defined.name))
        if value not in (None, ()):
            arguments[name] = Malformed(f"nothing beside {given[name]}") if name in given else value
            flags[name] = given[name] = flag
        elif name not in known and defined.name in parameters:
            flags.setdefault(name, flag)
    return Body(arguments, flags, label)


def read_input(label: str, file: str) -> bytes:
    """Return the content of a file, or of stdin for `-`. Raises InvalidInputError."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or "it is closed, or no name of a file"
        raise InvalidInputError(f"{label}: {reason}") from None


def _read(label: str, file: str) -> dict[str, Any]:
    """Return the mapping in a file of JSON or YAML. Raises InvalidInputError."""
    content = read_input(label, file)
    try:
        loaded = _parsed(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise InvalidInputError(f"{label}{place}: neither JSON nor YAML: {reason}") from None
    except (ValueError, LookupError) as error:
        raise InvalidInputError(f"{label}: {str(error).partition(chr(10))[0]}") from None
    if not isinstance(loaded, dict):
        raise InvalidInputError(f"{label}: not a mapping of the body's properties")
    return loaded


class _Constructor(SafeConstructor):
    """Keeps an unquoted timestamp as the text it is, as JSON would: so it is judged exactly."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _parsed(content: bytes) -> Any:
    r"""Return what JSON or YAML text stands for.

    JSON is tried by itself: YAML reads `\ud83d\ude00` as two characters, and refuses tabs.
    """
    try:
        return json.loads(content, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        pass
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    aliases = levels = 0
    with warnings.catch_warnings(action="ignore"):  # of anchors and numbers that mean what they say
        for event in yaml.parse(content):
            aliases += isinstance(event, AliasEvent)
            levels += isinstance(event, CollectionStartEvent)
            levels -= isinstance(event, CollectionEndEvent)
            if aliases > _MOST_ALIASES or levels > _MOST_LEVELS:
                raise ValueError(f"over {_MOST_ALIASES} aliases (*name), or {_MOST_LEVELS} levels")
        return yaml.load(content)


def _without_duplicates(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members; ValueError leaves duplicates to the YAML reader, which tells where."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a duplicate")
    return found
