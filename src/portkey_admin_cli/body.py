"""The arguments of a call, from flags and from a file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portkey_admin import OMITTED, InvalidRequestError
from portkey_admin_cli.body_file import read_body
from portkey_admin_cli.flags import Flag, Path, operation
from portkey_admin_cli.output import MOST_PROBLEMS

_NOTHING: Final = "nothing"  # the `found` of a Problem about a value that is missing
_LONGEST_POINTER: Final = 200


@dataclass
class Body:
    """The arguments of a call, with the source of each of them."""

    arguments: dict[str, Any]
    where: Callable[[Path], str]
    """Returns the place in the file of the value at a path, for messages."""
    flags: dict[Path, str]
    """The argument or flag that can set the value at each path."""
    given: dict[Path, str]
    """The argument or flag that has set the value at each path."""
    method: str
    """The method of api_keys that takes the arguments."""
    problems: list[str] = field(default_factory=list)
    """The problems of flags and names, which the library does not see."""

    def lines(self, error: InvalidRequestError) -> Iterator[str]:
        """Yield a line for each problem; it begins with the flag or the place in the file."""
        for problem in error.problems:
            steps = problem.pointer.removeprefix("/extra").split("/")[1:]
            path = tuple(each.replace("~1", "/").replace("~0", "~") for each in steps)
            if problem.found == _NOTHING:
                place = self.flags.get(path) or self.place(path)
                yield f"{place} is required: {problem.allowed}"
            else:
                yield f"{self.place(path)}{problem._replace(pointer='')}"

    def place(self, path: Path) -> str:
        """Return the flag, or the place in the file, of the value at `path`."""
        pointer = _pointer(path)
        for end in range(len(path), 0, -1):
            if flag := self.given.get(path[:end]):
                return flag if end == len(path) else f"{flag} at {pointer}"
        inside = (flag for place, flag in self.given.items() if place[: len(path)] == path)
        return next(inside, f"{self.where(path)} {pointer}")


def assemble(  # noqa: PLR0913 - as the command line gives them
    values: Mapping[str, Any],
    flags: Iterable[Flag],
    option: str,
    file: str | None,
    *,
    allow_unknown: bool = False,
    method: str = "create",
) -> Body:
    """Return the arguments from flags and file; a flag overrides the file.

    `option` is the name of the file's option. Raises InvalidInputError if it cannot be read.
    """
    label = option if file is None else f"{option} {file}"
    content = {} if file is None else read_body(label, file)
    body = read_content(
        content, values, lambda _: label, allow_unknown=allow_unknown, method=method
    )
    for flag in flags:
        body.flags.setdefault(flag.path, flag.name)
        given = values[str(flag.option.name)]
        if given not in (None, ()):
            _put(body, flag, given)
    return body


def read_content(
    content: Mapping[str, Any],
    values: Mapping[str, Any],
    where: Callable[[Path], str],
    *,
    allow_unknown: bool,
    method: str = "create",
) -> Body:
    """Return the arguments from the content of a file, with those of the path in `values`."""
    schema, path = operation(method).body, operation(method).arguments
    arguments: dict[str, Any] = dict.fromkeys(schema.get("required", ()), OMITTED)
    places: dict[Path, str] = {(name,): name.upper() for name in path}
    body = Body(arguments, where, dict(places), places, method)
    if allow_unknown:
        known, arguments["extra"] = _split(content, schema)
    else:
        known = {name: value for name, value in content.items() if name in schema["properties"]}
        body.problems += _refusals([name for name in content if name not in known], body)
    arguments |= known
    arguments |= {name: values[name] for name in path}
    return body


def _pointer(path: Path) -> str:
    """Return a JSON pointer (RFC 6901), shortened."""
    steps = (each.replace("~", "~0").replace("/", "~1") for each in path)
    return "".join(f"/{each}" for each in steps)[:_LONGEST_POINTER]


def _split(value: Any, schema: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return a value with the fields of the schema, and one with all other fields."""
    if isinstance(value, dict) and "properties" in schema:
        known: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for name, inner in value.items():
            if name in schema["properties"]:
                known[name], rest = _split(inner, schema["properties"][name])
                unknown |= {name: rest} if rest else {}
            else:
                unknown[name] = inner
        return known, unknown
    items = schema.get("items", {})
    if isinstance(value, list) and items.get("type") == "object" and not items.get("nullable"):
        pairs = [_split(each, items) for each in value]
        rests = [rest for _, rest in pairs]
        # An item that is not an object is refused anyway, and `extra` cannot skip it.
        return [each for each, _ in pairs], rests if any(rests) and None not in rests else None
    return value, None


def _refusals(unknown: Iterable[Any], body: Body) -> Iterator[str]:
    """Yield a problem for each name that the spec does not have."""
    spec = operation(body.method)
    for number, name in enumerate(map(str, unknown)):
        hint = "if Portkey has this field, send it with --allow-unknown"
        if name.replace("-", "_") in spec.arguments:
            hint = f"it is the argument {name.replace('-', '_').upper()}"
        # The search for the nearest name is slow, and only the first problems are printed.
        elif number < MOST_PROBLEMS and (
            near := difflib.get_close_matches(name, spec.body["properties"], 1)
        ):
            hint = f"did you mean {near[0]}?"
        yield f"{body.where((name,))} {_pointer((name,))}: no property of this name; {hint}"


def _put(body: Body, flag: Flag, given: Any) -> None:
    """Put the value of a flag into the arguments, or its problem into the problems."""
    for path, other in body.given.items():
        if flag.path[: len(path)] == path:
            body.problems.append(f"{flag.name} cannot be combined with {other}")
            return
    body.given[flag.path] = flag.name
    try:
        value: Any = [*map(flag.read, given)] if isinstance(given, tuple) else flag.read(given)
    except ValueError as error:
        body.problems.append(f"{flag.name} must be {error}")
        return
    holder = body.arguments
    for name in flag.path[:-1]:
        inner = holder.get(name)
        holder[name] = dict(inner) if isinstance(inner, dict) else {}
        holder = holder[name]
    holder[flag.path[-1]] = value if flag.is_list or not isinstance(given, tuple) else dict(value)
