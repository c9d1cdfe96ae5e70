"""Overlays are applied as OpenAPI Overlay 1.0 specifies, and inexact actions are refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from scripts import yaml_document
from scripts.overlay import OVERLAYS, OverlayError, apply, apply_all

# Names that need quotes, places of each type, and lists with content.
DOCUMENT: dict[str, Any] = {
    "info": {"title": "Shelves", "count": 1, "open": True, "none": None},
    "tags": [{"name": "a"}, {"name": "b"}, ["nested"]],
    "paths": {"/shelves/{id}": {"get": {"tags": ["a"], "responses": {"200": {}}}}},
    "components": {"schemas": {"Shelf": {"title": "Shelf"}, "Row": {}}},
    "it's": {},
    'a "b"': {},
    "": {},
}

# The target of each case below, unless it gives another.
INFO = "$.info"


def action(target: Any = INFO, **members: Any) -> dict[str, Any]:
    """Return an action with a description; `members` are its update or remove."""
    return {"target": target, "description": "Says why.", **members}


def overlay(*actions: Any, **members: Any) -> dict[str, Any]:
    """Return an overlay of the actions, with some members of its root changed."""
    info = {"title": "Repairs", "version": "1.0.0"}
    return {"overlay": "1.0.0", "info": info, "actions": list(actions), **members}


def without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the mapping without one of its keys."""
    return {each: value for each, value in mapping.items() if each != key}


def refusal(repairs: Any) -> str:
    """Return the message with which the overlay is refused."""
    with pytest.raises(OverlayError) as caught:
        apply(DOCUMENT, repairs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 2}}}, {"a": {"b": {"c": 1, "d": 2}}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [1, 2, 3]}),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, {"a": {"b": [1, 2]}}),
        ([1], 2, [1, 2]),
        ([1], {"a": 2}, [1, {"a": 2}]),
        ([1], [2, 3], [1, [2, 3]]),
        ([1], None, [1, None]),
        ([], {}, [{}]),
        ([1, 0], True, [1, 0, True]),
    ],
    ids=[
        "new property",
        "replaced value",
        "replaced by null",
        "value replaced by object",
        "objects merge in depth",
        "lists in objects grow",
        "lists in depth grow",
        "entry appended",
        "object appended",
        "list appended as one entry",
        "null appended",
        "appended to nothing",
        "true appended beside 1",
    ],
)
def test_update_merges_by_the_standard(before: Any, update: Any, after: Any) -> None:
    """Objects merge recursively, lists inside them grow, and a targeted list gains one entry."""
    repaired = apply({"x": before}, overlay(action("$.x", update=update)))
    assert json.dumps(repaired) == json.dumps({"x": after})


@pytest.mark.parametrize(
    ("target", "after"),
    [
        ("$.x.a", {"b": [1, {"c": 2}, 3]}),
        ("$.x.b", {"a": {}}),
        ("$.x.b[0]", {"a": {}, "b": [{"c": 2}, 3]}),
        ("$.x.b[1].c", {"a": {}, "b": [1, {}, 3]}),
        ("$.x.b[2]", {"a": {}, "b": [1, {"c": 2}]}),
        ("$.x", None),
    ],
)
def test_remove_takes_its_target_out(target: str, after: Any) -> None:
    """An object, a list or a single value is removed, and nothing else."""
    document = {"x": {"a": {}, "b": [1, {"c": 2}, 3]}}
    expected = {} if after is None else {"x": after}
    assert apply(document, overlay(action(target, remove=True))) == expected


def test_actions_follow_each_other() -> None:
    """Each action sees the result of the one before it, so it can add what that one removed."""
    repaired = apply(
        DOCUMENT,
        overlay(
            action("$.info.title", remove=True),
            action("$.info", update={"license": {}}),
            action("$.info.license", update={"name": "MIT"}),
            action("$.tags[0]", remove=True),
            action("$.tags[0]", update={"first": True}),
        ),
    )
    assert repaired["info"] == {"count": 1, "open": True, "none": None, "license": {"name": "MIT"}}
    assert repaired["tags"] == [{"name": "b", "first": True}, ["nested"]]


def test_order_is_kept() -> None:
    """Existing members keep their order; new ones come last, in the overlay's order."""
    update = {"z": 1, "count": 2, "a": 3}
    repaired = apply(DOCUMENT, overlay(action(update=update)))
    assert list(repaired) == list(DOCUMENT)
    assert list(repaired["info"]) == ["title", "count", "open", "none", "z", "a"]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("$.info", ["info"]),
        ("$['info']", ["info"]),
        ('$["info"]', ["info"]),
        ("$[ 'info' ]", ["info"]),
        ('$["it\'s"]', ["it's"]),
        ("$['a \"b\"']", ['a "b"']),
        ("$['']", [""]),
        ("$.tags[1]", ["tags", 1]),
        ("$.tags[ 0 ]", ["tags", 0]),
        (
            "$.paths['/shelves/{id}'].get.responses['200']",
            ["paths", "/shelves/{id}", "get", "responses", "200"],
        ),
    ],
)
def test_target_names_one_place(target: str, place: list[str | int]) -> None:
    """Dots, both kinds of quotes and indices select the place that they name."""
    repaired: Any = apply(DOCUMENT, overlay(action(target, update={"x-new": 1})))
    expected: Any = copy.deepcopy(DOCUMENT)
    node = expected
    for step in place:
        node = node[step]
    node["x-new"] = 1
    assert repaired == expected


@pytest.mark.parametrize(
    "target",
    [
        "$",
        "",
        "info",
        "$info",
        "$.",
        "$.info.",
        "$..info",
        "$.*",
        "$.info.*",
        "$.tags[*]",
        "$['info', 'tags']",
        "$.tags[0, 1]",
        "$.tags[-1]",
        "$.tags[0:1]",
        "$.tags[:]",
        "$.tags[?@.name == 'a']",
        "$.tags[?(@.name == 'a')]",
        "$.tags[01]",
        "$.tags[+1]",
        "$.tags[1.0]",
        "$.tags[]",
        "$.tags[0",
        "$['info",
        "$['info\"]",
        "$['it\\'s']",
        "$['a\\\\b']",
        "$[info]",
        "$ .info",
        "$.info\n",
        "$.paths./shelves/{id}",
        None,
        5,
        True,
        ["$.info"],
        {"$": "info"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("members", [{"update": {"x-new": 1}}, {"remove": True}], ids=["u", "r"])
def test_target_that_is_no_singular_query_is_refused(target: Any, members: dict[str, Any]) -> None:
    """A target that could select no place, several places or the whole document is an error."""
    message = refusal(overlay(action(target, **members)))
    assert message.startswith(f"overlay action 1, target {target}: ")
    assert message.endswith(("is not part of a singular query", "names a place below it"))


@pytest.mark.parametrize(
    ("target", "missing"),
    [
        ("$.absent", "'absent'"),
        ("$.info.absent.deeper", "'absent'"),
        ("$.info.title.deeper", "'deeper'"),
        ("$.info.none.deeper", "'deeper'"),
        ("$.tags[3]", "3"),
        ("$.tags['0']", "'0'"),
        ("$.tags.name", "'name'"),
        ("$.info[0]", "0"),
        ("$.info.title[0]", "0"),
        ("$.paths['/shelves/{id}'].get.responses[200]", "200"),
        ("$.Info", "'Info'"),
    ],
)
@pytest.mark.parametrize("members", [{"update": {"x-new": 1}}, {"remove": True}], ids=["u", "r"])
def test_missing_target_is_refused(target: str, missing: str, members: dict[str, Any]) -> None:
    """A target that upstream no longer has is an error that names the missing step."""
    message = refusal(overlay(action(target, **members)))
    assert message == (
        f"overlay action 1, target {target}: the target does not exist: {missing} is missing"
    )


@pytest.mark.parametrize(
    ("target", "update"),
    [
        ("$.info", {}),
        ("$.info", {"title": "Shelves"}),
        ("$.info", {"none": None}),
        ("$.info", {"open": True, "title": "Shelves"}),
        ("$.paths['/shelves/{id}'].get", {"responses": {"200": {}}}),
        ("$.paths['/shelves/{id}'].get", {"tags": []}),
    ],
    ids=["nothing", "same text", "same null", "in another order", "in depth", "no entries"],
)
def test_action_that_changes_nothing_is_refused(target: str, update: Any) -> None:
    """An update that upstream has adopted is an error, so that it gets deleted."""
    message = refusal(overlay(action(target, update=update)))
    assert message.startswith(f"overlay action 1, target {target}: it changes nothing")


@pytest.mark.parametrize(
    ("before", "update"),
    [
        ({"type": "string"}, {"$ref": "#/a"}),
        ({"a": {"type": "string"}}, {"a": {"$ref": "#/a"}}),
        ({"a": {"b": {"type": "string"}}}, {"a": {"b": {"$ref": "#/a"}}}),
        ({"$ref": "#/a"}, {"type": "string"}),
        ({"a": {"$ref": "#/a"}}, {"a": {"type": "string"}}),
        ({"a": {}}, {"a": {"$ref": "#/a", "type": "string"}}),
        ({}, {"a": [{"$ref": "#/a", "type": "string"}]}),
    ],
    ids=[
        "targeted object",
        "in depth",
        "in more depth",
        "content into a reference",
        "content into a reference in depth",
        "both at once",
        "both in a list",
    ],
)
def test_reference_beside_content_is_refused(before: Any, update: Any) -> None:
    """An update must not put content beside a `$ref`, because readers ignore it."""
    with pytest.raises(OverlayError, match=r"beside a \$ref"):
        apply({"x": before}, overlay(action("$.x", update=update)))


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({}, {"$ref": "#/a"}, {"$ref": "#/a"}),
        ({"a": {}}, {"a": {"$ref": "#/a"}}, {"a": {"$ref": "#/a"}}),
        ({"$ref": "#/a"}, {"$ref": "#/b"}, {"$ref": "#/b"}),
        ({"$ref": "#/a"}, {"description": "b"}, {"$ref": "#/a", "description": "b"}),
        ({"$ref": "#/a"}, {"x-b": 1}, {"$ref": "#/a", "x-b": 1}),
        (
            {"properties": {"b": {}}},
            {"properties": {"$ref": {"type": "string"}}},
            {"properties": {"b": {}, "$ref": {"type": "string"}}},
        ),
        (
            {"$ref": "#/a", "type": "object"},
            {"x-b": 1},
            {"$ref": "#/a", "type": "object", "x-b": 1},
        ),
    ],
    ids=[
        "empty target",
        "empty in depth",
        "another reference",
        "a description, as 3.1 allows",
        "an extension",
        "a property of that name",
        "as published",
    ],
)
def test_reference_alone_is_put_in(before: Any, update: Any, after: Any) -> None:
    """A `$ref` may be put in an empty object, or beside content that only describes."""
    assert apply({"x": before}, overlay(action("$.x", update=update))) == {"x": after}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, True),
        (True, 1),
        (0, False),
        (1, "1"),
        (None, "null"),
        ("", None),
        ([], {}),
        (False, None),
    ],
    ids=repr,
)
def test_another_type_is_a_change(before: Any, after: Any) -> None:
    """A value that is equal only in Python, such as 1 and true, is a change."""
    repaired = apply({"x": {"y": before}}, overlay(action("$.x", update={"y": after})))
    assert json.dumps(repaired) == json.dumps({"x": {"y": after}})


@pytest.mark.parametrize(
    ("target", "update"),
    [
        ("$.paths['/shelves/{id}'].get", {"tags": ["a"]}),
        ("$.tags", {"name": "a"}),
    ],
    ids=["list in an object", "targeted list"],
)
def test_entry_that_upstream_has_is_refused(target: str, update: Any) -> None:
    """A list entry that upstream has adopted is an error, like any adopted repair."""
    assert refusal(overlay(action(target, update=update))).startswith(
        f"overlay action 1, target {target}: "
    )


@pytest.mark.parametrize(
    ("target", "update", "names"),
    [
        ("$.paths", {"/shelves/{id}": {"get": {"summary": "In other words"}}}, "get"),
        ("$.paths", {"/shelves/{id}": {"get": {"responses": {"200": {}}}}}, "get"),
        ("$.paths['/shelves/{id}']", {"get": {"tags": ["a"], "responses": {}}}, "get"),
        ("$.paths", {"/a": {"get": {}}, "/shelves/{id}": {"put": {}, "get": {"x": 1}}}, "get"),
        ("$.paths['/shelves/{id}']", {"get": {"x-new": 1}, "put": {}}, "get"),
        ("$.components", {"schemas": {"Shelf": {"x-new": 1}}}, "Shelf"),
        ("$.components.schemas", {"Book": {}, "Shelf": {"x-new": 1}}, "Shelf"),
        ("$.components.schemas", {"Row": {"x-new": 1}, "Shelf": {"x-new": 1}}, "Row, Shelf"),
        ("$.components.schemas", {"Shelf": {"title": None}}, "Shelf"),
    ],
)
def test_an_addition_of_upstream_is_not_merged_with_ours(
    target: str, update: Any, names: str
) -> None:
    """Adding an operation or component that upstream has is an error, in any wording."""
    assert refusal(overlay(action(target, update=update))) == (
        f"overlay action 1, target {target}: {names} exists already; delete the action if "
        "upstream has added it, or make it the target to change it"
    )


@pytest.mark.parametrize(
    ("target", "update"),
    [
        ("$.paths", {"/books": {"get": {}}}),
        ("$.paths", {"/shelves/{id}": {"put": {}}}),
        ("$.paths['/shelves/{id}']", {"put": {}}),
        ("$.paths['/shelves/{id}'].get", {"responses": {"200": {"x": 1}}}),
        ("$.components", {"schemas": {"Book": {}}, "responses": {"Error": {}}}),
        ("$.components.schemas", {"Book": {}}),
        ("$.components.schemas.Shelf", {"title": "A shelf"}),
        ("$.info", {"title": "Books"}),
    ],
)
def test_new_operations_and_components_are_added(target: str, update: Any) -> None:
    """Missing operations and components are added; a target itself is changed."""
    assert apply(DOCUMENT, overlay(action(target, update=update))) != DOCUMENT


def test_overlays_are_applied_in_order(tmp_path: Path) -> None:
    """Each overlay sees the result of the one before it, and an error names its file."""
    assert [path.as_posix() for path in OVERLAYS] == ["spec/overlay.yaml", "spec/lifecycle.yaml"]
    (tmp_path / "spec").mkdir()
    actions = (action(update={"a": {"b": 1}}), action(f"{INFO}.a", update={"c": 2}))
    for path, each in zip(OVERLAYS, actions, strict=True):
        (tmp_path / path).write_bytes(yaml_document.dump(overlay(each)))
    assert apply_all(DOCUMENT, tmp_path)["info"]["a"] == {"b": 1, "c": 2}
    with pytest.raises(OverlayError, match=r"spec/lifecycle\.yaml: overlay action 1, target"):
        apply_all({**DOCUMENT, "info": {"a": {"c": 2}}}, tmp_path)


@pytest.mark.parametrize(
    ("malformed", "words"),
    [
        (without(action(update={"a": 1}), "target"), "lacks target"),
        (without(action(update={"a": 1}), "description"), "lacks description"),
        (action(update={"a": 1}, description=""), "description"),
        (action(update={"a": 1}, description=" \n"), "description"),
        (action(update={"a": 1}, description=None), "description"),
        (action(), "exactly one of update and remove"),
        (action(update={"a": 1}, remove=True), "exactly one of update and remove"),
        (action(update={"a": 1}, remove=False), "exactly one of update and remove"),
        (action(update={"a": 1}, remove=None), "exactly one of update and remove"),
        (action(remove=False), "must be true"),
        (action(remove=None), "must be true"),
        (action(remove=1), "must be true"),
        (action(remove="true"), "must be true"),
        (action(update={"a": 1}, upsert=True), "upsert"),
        (action(update={"a": 1}, copy="$.tags"), "copy"),
        (action(update={"a": 1}, **{"x-note": "n"}), "x-note"),
        (dict[Any, Any](action(update={"a": 1})) | {5: "five"}, "5"),
        (action(update=None), "mapping"),
        (action(update="text"), "mapping"),
        (action(update=[1]), "mapping"),
        (action("$.info.title", update={"a": 1}), "mapping"),
        (action("$.info.title", update="Books"), "mapping"),
        (action("$.info.none", update={"a": 1}), "mapping"),
    ],
    ids=[
        "no target",
        "no description",
        "empty description",
        "blank description",
        "null description",
        "neither update nor remove",
        "both",
        "update and remove false",
        "update and remove null",
        "remove false",
        "remove null",
        "remove 1",
        "remove as text",
        "unknown key",
        "key of Overlay 1.1",
        "extension",
        "key that is no text",
        "null for an object",
        "text for an object",
        "list for an object",
        "object for a text",
        "text for a text",
        "object for null",
    ],
)
def test_malformed_action_is_refused_by_name(malformed: dict[Any, Any], words: str) -> None:
    """A malformed action is an error with its number, its target and the reason."""
    target = malformed.get("target", "(no target)")
    sound = action("$.tags", update={"name": "c"})
    message = refusal(overlay(sound, malformed, sound))
    start = f"overlay action 2, target {target}: "
    assert message.startswith(start)
    assert words in message.removeprefix(start)


@pytest.mark.parametrize(
    ("malformed", "words"),
    [
        (None, "an overlay must be a mapping"),
        ([], "an overlay must be a mapping"),
        ("overlay: 1.0.0", "an overlay must be a mapping"),
        ({}, "lacks actions, info, overlay"),
        (without(overlay(action(update={"a": 1})), "overlay"), "lacks overlay"),
        (without(overlay(action(update={"a": 1})), "info"), "lacks info"),
        (without(overlay(action(update={"a": 1})), "actions"), "lacks actions"),
        (overlay(action(update={"a": 1}), overlay="1.1.0"), "'1.1.0'"),
        (overlay(action(update={"a": 1}), overlay="1.0"), "'1.0'"),
        (overlay(action(update={"a": 1}), overlay=1.0), "version 1.0"),
        (overlay(action(update={"a": 1}), overlay="1.0.0\n"), "version"),
        (overlay(action(update={"a": 1}), overlay="1.0.0-rc1"), "version"),
        (overlay(action(update={"a": 1}), overlay=None), "version"),
        (overlay(action(update={"a": 1}), info=None), "info must be a mapping"),
        (overlay(action(update={"a": 1}), info=["Repairs"]), "info must be a mapping"),
        (overlay(action(update={"a": 1}), info={"version": "1"}), "info lacks title"),
        (overlay(action(update={"a": 1}), info={"title": "t"}), "info lacks version"),
        (
            overlay(action(update={"a": 1}), info={"title": "t", "version": "1", "author": "me"}),
            "info has unknown keys: author",
        ),
        (overlay(action(update={"a": 1}), servers=[]), "the overlay has unknown keys: servers"),
        (
            overlay(action(update={"a": 1}), **{"x-note": "n"}),
            "the overlay has unknown keys: x-note",
        ),
        (overlay(actions=[]), "at least one action"),
        (overlay(actions=None), "at least one action"),
        (overlay(actions={"target": INFO}), "at least one action"),
        (overlay(actions="none"), "at least one action"),
        (overlay(action(update={"a": 1}), None), "overlay action 2 is not a mapping"),
        (overlay(["target"]), "overlay action 1 is not a mapping"),
    ],
    ids=[
        "null",
        "list",
        "text",
        "empty",
        "no version",
        "no info",
        "no actions",
        "version 1.1",
        "version of two numbers",
        "version as a number",
        "version and a line break",
        "release candidate",
        "null version",
        "null info",
        "list for info",
        "info without title",
        "info without version",
        "unknown key in info",
        "unknown key",
        "extension",
        "empty list of actions",
        "null actions",
        "object for actions",
        "text for actions",
        "null for an action",
        "list for an action",
    ],
)
def test_malformed_overlay_is_refused(malformed: Any, words: str) -> None:
    """A malformed overlay is an error with the reason."""
    assert words in refusal(malformed)


@pytest.mark.parametrize(
    "malformed",
    [
        overlay(action(update={"a": 1}, description=5)),
        overlay(action(update={"a": 1}, description=["Says why."])),
        overlay(action(update={"a": 1}), info={"title": None, "version": "1.0.0"}),
        overlay(action(update={"a": 1}), info={"title": "Repairs", "version": 1.0}),
        overlay(action(update={"a": 1}), extends=5),
    ],
    ids=["description", "list of descriptions", "title", "version", "extends"],
)
def test_text_of_another_type_is_refused(malformed: Any) -> None:
    """A value other than text is an error where the standard requires text."""
    assert refusal(malformed)


def test_extends_may_name_the_document() -> None:
    """The standard's member `extends` is allowed, and has no effect."""
    repairs = overlay(action(update={"a": 1}), extends="upstream.yaml")
    assert apply(DOCUMENT, repairs)["info"]["a"] == 1


@pytest.mark.parametrize(
    "actions",
    [
        [action(update={"a": {"b": 1}}), action("$.tags[0]", remove=True)],
        [
            action(update={"a": 1}),
            action("$.tags[0]", remove=True),
            action("$.absent", remove=True),
        ],
        [action(update={"a": 1}), action(update={"a": 1})],
    ],
    ids=["success", "missing target at the end", "nothing changed at the end"],
)
def test_input_is_unchanged(actions: list[dict[str, Any]]) -> None:
    """Applying an overlay changes neither input, also if it fails half-way."""
    document, repairs = copy.deepcopy(DOCUMENT), overlay(*actions)
    given = copy.deepcopy(repairs)
    try:
        repaired = apply(document, repairs)
    except OverlayError:
        pass
    else:
        repaired["info"]["a"]["b"] = 2
        repaired["tags"][0]["name"] = "changed afterwards"
    assert document == DOCUMENT
    assert repairs == given


def test_repair_of_an_alias_changes_one_place() -> None:
    """A target is one place, even if YAML lets two places share their text."""
    document = yaml_document.load(b"a: &shared\n  x: 1\nb: *shared\n", "aliased")
    repaired = apply(document, overlay(action("$.b", update={"x": 2})))
    assert repaired == {"a": {"x": 1}, "b": {"x": 2}}
