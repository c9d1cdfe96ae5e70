"""Arguments and flags made from the spec: TYPE, SUB_TYPE, and a flag for each simple value."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

import click

from portkey_admin import operation as spec_operation

Path = tuple[str, ...]
Read = Callable[[str], Any]
"""Returns the value of a flag's text, or raises ValueError with the form that it must have."""

# Returns the operation of a method of api_keys.
operation: Final = functools.cache(lambda method="create": spec_operation(f"{method}ApiKey"))

_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_METAVARS: Final[dict[str | None, str]] = {"date-time": "TIME", "uuid": "UUID", "email": "EMAIL"}

# For properties without a description in the spec, or with one that does not suit a command line.
_WORDS: Final = {
    "type": "organisation: a key for the whole organisation; workspace: a key for one workspace",
    "sub_type": "service: a key for a service; user: a key for a person (with --user-id)",
    "name": "Name of the key, by which you find it again",
    "description": "Description of the key",
    "organisation_id": "Organisation of the key; by default that of the admin key",
    "workspace_id": "Workspace of the key: its UUID or slug (ws-...)",
    "user_id": "User of the key; required if SUB_TYPE is user",
    "rate_limits": "Limit of requests or tokens per second (rps), minute (rpm), hour (rph), "
    "day (rpd) or week (rpw)",
    "scopes": "Permission of the key, for example completions.write",
    "alert_emails": "E-mail address for alerts",
    "expires_at": "When the key expires, for example 2027-01-31T12:00:00Z",
    "usage_limits.credit_limit": "Limit of the usage, as cost or tokens",
    "usage_limits.type": "Unit of the credit limit",
    "usage_limits.alert_threshold": "Send an alert when usage reaches this",
    "usage_limits.periodic_reset": "Reset the usage this often",
    "usage_limits.periodic_reset_days": "Reset the usage every N days (1 to 365)",
    "usage_limits.next_usage_reset_at": "When the usage is reset next",
    "defaults.metadata": "Metadata that every request with the key carries",
    "defaults.config_id": "Config that requests with the key use",
    "defaults.allow_config_override": "Whether a request may use another config",
    "rotation_policy.rotation_period": "Rotate the key this often",
    "rotation_policy.next_rotation_at": "When the key is rotated next",
    "rotation_policy.key_transition_period_ms": "How long the previous key stays valid after a "
    "rotation, in milliseconds (at least 1800000)",
    "key_transition_period_ms": "How long the old secret stays valid, in milliseconds (at least "
    "1800000, which is the default)",
    "reset_usage": "Set the usage back to zero now",
}


class Option(click.Option):
    """An option with the section of the help that lists it."""

    def __init__(self, *names: str, section: str, **settings: Any) -> None:
        super().__init__(names, **settings)
        self.section = section


class Argument(click.Argument):
    """An argument that the help explains."""

    section = "Arguments"

    def __init__(self, name: str, words: str, **settings: Any) -> None:
        super().__init__([name], **settings)
        self.words = words

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return a line of the help, as an option does."""
        return self.make_metavar(ctx), self.words


class _Listed(click.Choice[str]):
    """Shows and completes the values of the spec; the library refuses others."""

    def convert(self, value: str, *_: object) -> str:
        return value


class Flag(NamedTuple):
    """A flag for one value of the body."""

    path: Path
    """Where the value goes: ("usage_limits", "credit_limit")."""
    option: Option
    read: Read
    is_list: bool = False
    """Whether the values of a repeated flag form a list; otherwise they form an object."""

    @property
    def name(self) -> str:
        """The name of the flag: --credit-limit."""
        return self.option.opts[0]


@functools.cache
def path_arguments() -> tuple[click.Argument, ...]:
    """Return TYPE and SUB_TYPE."""
    schemas = operation().arguments
    return tuple(_argument(name, schema.get("enum", [])) for name, schema in schemas.items())


def _argument(name: str, choices: list[str]) -> Argument:
    words = _WORDS.get(name) or " or ".join(choices)
    return Argument(name, words, type=_Listed(choices), metavar=name.upper())


@functools.cache
def body_flags(method: str, reserved: frozenset[str] = frozenset()) -> tuple[Flag, ...]:
    """Return the flags of a method's body; none has a name in `reserved`.

    Fields that an update can set to null have a second flag for that.
    """
    body = operation(method).body
    properties = body["properties"]
    required = body.get("required", ())
    # --type is never the type of the usage limits.
    taken = {*reserved, *operation().arguments, *operation(method).arguments}
    flags: list[Flag] = []
    for name in sorted(properties, key=lambda name: name not in required):
        for flag in _flags((name,), properties[name], "The key", taken):
            if name in required:
                flag.option.help = f"{flag.option.help} Required, here or in --body."
            flags.append(flag)
        if method == "update" and properties[name].get("nullable"):
            words = f"Send null for {name}, which removes it."
            option = _option(f"no_{name}", words, "The key", flag_value="null")
            flags.append(Flag((name,), option, json.loads))
    for name, schema in properties.items():
        for member, inner in schema.get("properties", {}).items():
            flags += _flags((name, member), inner, name.replace("_", " ").capitalize(), taken)
    return tuple(flags)


def _flags(path: Path, schema: dict[str, Any], section: str, taken: set[str]) -> Iterator[Flag]:
    """Yield the flags for a value of the body, if its kind has one."""
    form = _form(schema)
    is_list = "items" in schema
    flag = path[-1].removesuffix("s") if is_list else path[-1]
    if flag in taken:
        flag = f"{path[0] if path[1:] else 'key'}_{flag}"
    if form is None or flag in taken or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", flag):
        return
    taken.add(flag)
    settings, read = form
    example = "For example requests:100/rpm" if read is _rate_limit else ""
    words = _words(path, schema, example, repeated="multiple" in settings)
    option = _option(flag, words, section, **settings)
    yield Flag(path, option, read, is_list)
    if read is _with_seconds and not path[1:]:
        words = f"The same as a time from now (12h, 90d, 2w), instead of {option.opts[0]}."
        span = _option(f"{flag.removesuffix('_at')}_in", words, section, metavar="SPAN")
        yield Flag(path, span, _from_now)


def _form(schema: dict[str, Any]) -> tuple[dict[str, Any], Read] | None:
    """Return how a flag takes a value: the settings of its option, and the function to read it."""
    kind, items = schema.get("type"), schema.get("items", {})
    choices = [each for each in schema.get("enum", []) if each is not None]
    metavar = {"metavar": _METAVARS.get((items or schema).get("format"), "TEXT")}
    forms: dict[Any, tuple[dict[str, Any], Read]] = {
        "string": ({"type": _Listed(choices)} if choices else metavar, str),
        "integer": ({"metavar": "N"}, _integer),
        "boolean": ({"default": None}, bool),
    }
    if schema.get("format") == "date-time":
        return metavar, _with_seconds
    if items.get("type") == "string":
        return {**metavar, "multiple": True}, str
    if {"type", "value", "unit"} == set(items.get("required", ())):
        return {"metavar": "TYPE:N/UNIT", "multiple": True}, _rate_limit
    if "properties" not in schema and schema.get("additionalProperties"):
        return {"metavar": "NAME=VALUE", "multiple": True}, _pair
    return forms.get(kind) if isinstance(kind, str) else None


def _option(flag: str, words: str, section: str, **settings: Any) -> Option:
    name = flag.replace("_", "-")
    written = f"--{name}/--no-{name}" if "default" in settings else f"--{name}"
    return Option(written, f"body_{flag}", section=section, help=words, **settings)


def own_words(path: Path) -> str:
    """Return our own description of a property, or an empty text."""
    return _WORDS.get(".".join(path), "")


def _words(path: Path, schema: dict[str, Any], example: str, *, repeated: bool) -> str:
    """Return the help of a flag: our own description, or the spec's first sentence."""
    words = own_words(path) or schema.get("description", path[-1]).partition(". ")[0].rstrip(".")
    more = (example, repeated and "Repeat it for more")
    return " ".join(f"{each}." for each in (words, *more) if each)


def _with_seconds(text: str) -> str:
    """Return a date-time with seconds, even if the text has none."""
    whole = re.sub(r"([Tt][0-9]{2}:[0-9]{2})(?=[Zz+-])", r"\1:00", text)
    form = r"(\d{4}-\d\d-\d\d)[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
    with suppress(ValueError):
        if match := re.fullmatch(form, whole):
            date.fromisoformat(match[1])  # the library checks the rest
            return whole
    raise ValueError("a date and a time with its offset, for example 2027-01-31T12:00:00Z")


def _from_now(text: str) -> str:
    """Return the end of a span of time that begins now, in whole seconds."""
    with suppress(OverflowError):
        if match := re.fullmatch(r"0*([1-9][0-9]{0,5})([hdw])", text):
            span = timedelta(**{_UNITS[match[2]]: int(match[1])})
            return (datetime.now(UTC).replace(microsecond=0) + span).isoformat()
    raise ValueError("a number and h, d or w (hours, days, weeks), for example 90d")


def _integer(text: str) -> int | str:
    """Return the integer, or the text for the library to refuse."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text


def _rate_limit(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"([^:]*):([^/]*)/(.*)", text, re.DOTALL)
    if match is None:
        raise ValueError("TYPE:N/UNIT, for example requests:100/rpm")
    return {"type": match[1], "value": _integer(match[2]), "unit": match[3]}


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise ValueError("NAME=VALUE, for example team=search")
    return name, value
