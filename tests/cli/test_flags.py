"""Flags and the template of a made-up body, which has a property of each kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from portkey_admin import OMITTED
from portkey_admin_cli import body, flags, template
from portkey_admin_cli.body import Body, assemble, read_content
from portkey_admin_cli.commands import flags_of, rotate
from portkey_admin_cli.flags import Flag, body_flags, operation, path_arguments
from tests.cli.command import run

TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
SHELF = {"type": "object", "properties": {"row": {"type": "integer"}}}
BOOK: dict[str, dict[str, Any]] = {
    "name": TEXT,  # one of those that the command describes itself
    "file": TEXT,
    "author": {**TEXT, "description": "Name of the author. It may have spaces"},
    "id": {"type": "string", "format": "uuid", "description": "Number of the book."},
    "owner": {"type": "string", "format": "email", "example": "ada@example.com"},
    "genre": {"type": "string", "enum": ["poem", "novel", None], "nullable": True},
    "copies": {"type": "integer", "minimum": 2, "maximum": 9},
    "is_lent": {"type": "boolean", "description": "**Whether** somebody has it."},
    "due_at": {**TIME, "nullable": True, "example": "2000-01-01T00:00:00Z"},
    "words": {"type": "array", "items": TEXT, "example": "sea"},
    "readers": {"type": "array", "items": {"type": "string", "format": "email"}},
    "loans": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["type", "unit", "value"],
            "properties": {"type": TEXT, "unit": TEXT, "value": {"type": "integer"}},
        },
    },
    "notes": {"type": "object", "additionalProperties": True},
    "top_shelf": {
        "type": "object",
        "nullable": True,
        "additionalProperties": True,
        "description": f"It is far{' far' * 20} away",
        "properties": {
            "row": {"type": "integer", "example": 3},
            "size": TEXT,  # has no flag: both names are taken
            "type": TEXT,
            "id": {"type": "string", "description": "Number of the shelf"},
            "moved_at": TIME,
        },
    },
    "top_shelf_size": TEXT,
    # Values without a flag.
    "weight": {"type": "number", "example": 1.5},
    "pages": {"type": "array", "items": {"type": "integer"}, "example": [1, 2]},
    "prices": {"type": "array", "items": {"type": "object", "required": ["type", "value"]}},
    "sealed": {"type": "object"},
    "any": {"example": "caf\u00e9"},
}


# The path of each flag of `update`, its usage and its description.
FLAGS = [
    ("copies", "--copies N", "copies. Required, here or in --body."),
    ("words", "--word TEXT", "words. Repeat it for more. Required, here or in --body."),
    ("name", "--name TEXT", "Name of the key, by which you find it again."),
    ("file", "--file TEXT", "file."),
    ("author", "--author TEXT", "Name of the author."),
    ("id", "--key-id UUID", "Number of the book."),
    ("owner", "--owner EMAIL", "owner."),
    ("genre", "--genre [poem|novel]", "genre."),
    ("genre", "--no-genre", "Send null for genre, which removes it."),
    ("is_lent", "--is-lent / --no-is-lent", "**Whether** somebody has it."),
    ("due_at", "--due-at TIME", "due_at."),
    (
        "due_at",
        "--due-in SPAN",
        "The same as a time from now (12h, 90d, 2w), instead of --due-at.",
    ),
    ("due_at", "--no-due-at", "Send null for due_at, which removes it."),
    ("readers", "--reader EMAIL", "readers. Repeat it for more."),
    (
        "loans",
        "--loan TYPE:N/UNIT",
        "loans. For example requests:100/rpm. Repeat it for more.",
    ),
    ("notes", "--notes NAME=VALUE", "notes. Repeat it for more."),
    ("top_shelf", "--no-top-shelf", "Send null for top_shelf, which removes it."),
    ("top_shelf_size", "--top-shelf-size TEXT", "top_shelf_size."),
    ("top_shelf.row", "--top-shelf-row N", "row."),
    ("top_shelf.type", "--top-shelf-type TEXT", "type."),
    ("top_shelf.id", "--top-shelf-id TEXT", "Number of the shelf."),
    ("top_shelf.moved_at", "--moved-at TIME", "moved_at."),
]

# Flags, and the fields that they set.
VALUES: dict[tuple[str, ...], dict[str, Any]] = {
    (): {},
    ("--author", "Ada L.", "--file", "f", "--body", "b"): {"author": "Ada L.", "file": "f"},
    ("--genre", "novels"): {"genre": "novels"},
    ("--no-genre",): {"genre": None},
    ("--is-lent",): {"is_lent": True},
    ("--no-is-lent",): {"is_lent": False},
    ("--copies", "-5"): {"copies": -5},
    ("--copies", "9" * 18): {"copies": 999_999_999_999_999_999},
    ("--copies", "9" * 19): {"copies": "9999999999999999999"},
    ("--copies", "1e3"): {"copies": "1e3"},
    ("--word", "a", "--word", "b"): {"words": ["a", "b"]},
    ("--reader", "a@b.example"): {"readers": ["a@b.example"]},
    ("--due-at", "2027-01-31T12:00Z"): {"due_at": "2027-01-31T12:00:00Z"},
    ("--due-at", "2027-01-31t12:00z"): {"due_at": "2027-01-31t12:00:00z"},
    ("--due-at", "2027-01-31T12:00-01:30"): {"due_at": "2027-01-31T12:00:00-01:30"},
    ("--moved-at", "2027-01-31T12:00:01.5+01:00"): {
        "top_shelf": {"moved_at": "2027-01-31T12:00:01.5+01:00"}
    },
    ("--loan", "days:14/copy", "--loan", "days:x/a:b/c\n"): {
        "loans": [
            {"type": "days", "value": 14, "unit": "copy"},
            {"type": "days", "value": "x", "unit": "a:b/c\n"},
        ]
    },
    ("--notes", "place=a=b", "--notes", "by="): {"notes": {"place": "a=b", "by": ""}},
}

INSTANT = "a date and a time with its offset, for example 2027-01-31T12:00:00Z"
SPAN = "a number and h, d or w (hours, days, weeks), for example 90d"
PAIR = "NAME=VALUE, for example team=search"

TEMPLATE = """\
# A body for: portkey-admin create TYPE SUB_TYPE --body FILE
# Remove the # in front of the fields that you need.

# An integer, at least 2, at most 9.
copies: 2

# A list.
words: ["sea"]

# Name of the key, by which you find it again. A string.
#name: "..."

# A string.
#file: "..."

# Name of the author. It may have spaces. A string.
#author: "..."

# Number of the book. A UUID.
#id: "..."

# An e-mail address.
#owner: "ada@example.com"

# "poem" or "novel", or null.
#genre: "poem"

# Whether somebody has it. True or false.
#is_lent: true

# A date and time with its offset, or null.
#due_at: "YEAR-01-31T12:00:00Z"

# A list.
#readers: ["..."]

# A list.
#loans: [{"type": "...", "unit": "...", "value": 1}]

# A mapping.
#notes: {}

# It is far far far far far far far far far far far far far far far far far far
# far far far away. A mapping, or null.
#top_shelf:
#  # An integer.
#  row: 3
#  # A string.
#  size: "..."
#  # A string.
#  type: "..."
#  # Number of the shelf. A string.
#  id: "..."
#  # A date and time with its offset.
#  moved_at: "YEAR-01-31T12:00:00Z"

# A string.
#top_shelf_size: "..."

# A number.
#weight: 1.5

# A list.
#pages: [1, 2]

# A list.
#prices: [{}]

# A mapping.
#sealed: {}

# A value.
#any: "caf\u00e9"
"""


@pytest.fixture(autouse=True)
def _book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Describe the body of each method as a book."""
    schema = {"properties": BOOK, "required": ["copies", "words"]}

    def described(method: str = "create") -> Any:
        arguments = {"type": {"enum": ["book"]}} if method == "create" else {"id": TEXT}
        return operation()._replace(arguments=arguments, body=schema)

    for module in (body, flags, template):
        monkeypatch.setattr(module, "operation", described)


def book_flags(method: str) -> dict[str, Flag]:
    """Return the flags of a method by name; their command has --body, --row and --size."""
    made = body_flags.__wrapped__(method, frozenset({"body", "row", "size"}))
    return {flag.name: flag for flag in made}


def test_each_kind_of_property_has_its_flag() -> None:
    """Required properties come first, and members of a property have a section of their own."""
    context = click.Context(click.Command("update"))
    made = book_flags("update").values()
    assert [
        (".".join(flag.path), *(flag.option.get_help_record(context) or ())) for flag in made
    ] == FLAGS
    for flag in made:
        assert flag.option.section == ("Top shelf" if flag.path[1:] else "The key")
        assert flag.is_list == (flag.name in {"--word", "--reader", "--loan"})


def test_no_flag_has_the_name_of_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """A property with the name of an option of its command gets another flag."""
    spec = operation()._replace(body={"properties": dict.fromkeys(("dry_run", "json"), TEXT)})
    monkeypatch.setattr("portkey_admin_cli.flags.operation", lambda *_: spec)
    monkeypatch.setattr("portkey_admin_cli.commands.body_flags", body_flags.__wrapped__)
    assert [flag.name for flag in flags_of(rotate)] == ["--key-dry-run", "--key-json"]


def test_arguments_are_those_of_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument is explained by its choices if we have no words for it."""
    arguments = {
        "sub_type": {"enum": ["poem", "novel"]},
        "cover": {"enum": ["hard", "soft"]},
        "shelf": {},
    }
    spec = operation()._replace(arguments=arguments)
    monkeypatch.setattr("portkey_admin_cli.flags.operation", lambda: spec)
    context = click.Context(click.Command("create"))
    assert [each.get_help_record(context) for each in path_arguments.__wrapped__()] == [
        ("SUB_TYPE", "service: a key for a service; user: a key for a person (with --user-id)"),
        ("COVER", "hard or soft"),
        ("SHELF", ""),
    ]


def test_only_an_update_can_remove_a_value() -> None:
    """Other methods have the same flags, but none that sends null."""
    names = [name for name in book_flags("update") if not name.startswith("--no-")]
    assert [*book_flags("rotate")] == names


def body_of(*arguments: str) -> Body:
    """Return the body of an update with these arguments, of a command that has --body too."""
    made = book_flags("update").values()
    options = [each.option for each in made]
    command = click.Command("update", params=[click.Option(["--body", "file"]), *options])
    values = command.make_context("update", [*arguments]).params
    return assemble({"id": "1", **values}, made, "--body", None, method="update")


@pytest.mark.parametrize("arguments", VALUES, ids=" ".join)
def test_flags_set_the_fields(arguments: tuple[str, ...]) -> None:
    """A flag sets the value of its kind; the library judges a text of another kind."""
    required = {"copies": OMITTED, "words": OMITTED}
    found = body_of(*arguments)
    assert (found.arguments, found.problems) == ({"id": "1", **required, **VALUES[arguments]}, [])


def test_a_list_needs_no_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """A property with items has the flag of a list, also if the spec does not call it an array."""
    monkeypatch.setitem(BOOK, "tags", {"items": TEXT})
    assert body_of("--tag", "a", "--tag", "b").arguments["tags"] == ["a", "b"]


@pytest.mark.parametrize(
    ("items", "given"),
    [
        ({**SHELF, "nullable": True}, [None, {"row": 1, "new": 2}]),
        ({"properties": SHELF["properties"]}, [5, {"new": 2}]),
        ({"type": "array", "items": SHELF}, [[{"new": 2}], [{"row": 1}]]),
    ],
    ids=["nullable", "no type", "array"],
)
def test_no_unknown_name_is_lost(
    items: dict[str, Any], given: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names stay where the library refuses them if `extra` cannot add them to the items."""
    monkeypatch.setitem(BOOK, "shelves", {"type": "array", "items": items})
    content = {"shelves": given, "new": 1}
    found = read_content(content, {"id": "1"}, str, allow_unknown=True, method="update").arguments
    assert (found["shelves"], found["extra"]) == (given, {"new": 1})


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("--due-at", "2027-02-30T12:00:00Z", INSTANT),
        ("--due-at", "2027-01-31T12:00", INSTANT),
        ("--due-at", "2027-01-31T12:00:00Z.", INSTANT),
        ("--due-in", "0d", SPAN),
        ("--due-in", "1m", SPAN),
        ("--due-in", "999999w", SPAN),
        ("--due-in", "1000000h", SPAN),
        ("--loan", "14 days", "TYPE:N/UNIT, for example requests:100/rpm"),
        ("--notes", "=a", PAIR),
        ("--notes", "a", PAIR),
    ],
)
def test_text_of_another_form_is_refused(name: str, text: str, form: str) -> None:
    """A text of another form is refused; the error shows the right form."""
    assert body_of(name, text).problems == [f"{name} must be {form}"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("999999h", timedelta(hours=999_999)),
        ("001d", timedelta(days=1)),
        ("2w", timedelta(days=14)),
    ],
)
def test_span_is_counted_from_now(text: str, span: timedelta) -> None:
    """The end of a span has its offset, and is in whole seconds."""
    before = datetime.now(UTC).replace(microsecond=0)
    end = datetime.fromisoformat(body_of("--due-in", text).arguments["due_at"])
    assert before + span <= end <= datetime.now(UTC) + span
    assert end.microsecond == 0


def test_template_describes_each_kind_of_property() -> None:
    """The template has a comment and an example for each property, required ones first."""
    year = datetime.now(UTC).year + 1
    assert run("schema").out.decode() == TEMPLATE.replace("YEAR", str(year))
