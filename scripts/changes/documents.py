"""What a change of an OpenAPI document means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from scripts.changes.messages import DESCRIBING, RESPONSE
from scripts.changes.operations import operations
from scripts.changes.places import Place, canonical
from scripts.changes.schemas import is_model, schema
from scripts.changes.verdicts import ADDED, DOCS, GONE, UNKNOWN, Change, Side, Verdict, both
from scripts.changes.walk import (
    Finding,
    Pair,
    Rule,
    Walk,
    docs,
    elsewhere,
    leaf,
    members_by_name,
)
from scripts.parts import METHODS

# What src/portkey_admin/_spec.py reads by its own place, whoever refers to it.
READ_BY_THE_WRAPPER: Final = "/components/responses/Error"

_UNUSED: Final = both(Verdict.DOCS_ONLY, "no operation had it before and after")


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return what changed from `old` to `new`: the worst first, then by JSON pointer.

    A change in a shared component is one change, judged by all the uses that stay.
    """
    walk = Walk()
    root = Pair(walk, Place(old, "", old, ""), Place(new, "", new, ""), Side.REQUEST)
    operations(root)
    root.members(DOCUMENT)
    return sorted(walk.changes.values(), key=_order)


def _order(change: Change) -> tuple[int, str, str, str, str]:
    rank = list(Verdict).index(change.verdict)
    return rank, change.pointer, change.what, canonical(change.old), canonical(change.new)


def _version(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
    before, after = (str(value.get(keyword)).split(".")[:2] for value in (old, new))
    yield Finding("openapi changed", DOCS if before == after else UNKNOWN)


def _path_item(pair: Pair, path: str) -> None:
    member = pair.below(path)
    if member.verb == "changed":
        member.members(PATH_ITEM)


def _components(pair: Pair, keyword: str) -> None:
    pair.below(keyword).members({}, _components_of_a_kind)


def _components_of_a_kind(pair: Pair, kind: str) -> None:
    for member in members_by_name(pair.below(kind)):
        member.judge(partial(_component, kind))


def _component(kind: str, pair: Pair) -> None:
    met = any((pair.old.pointer, pair.new.pointer, side) in pair.walk.met for side in Side)
    if pair.new.pointer == READ_BY_THE_WRAPPER and pair.verb == "removed":
        pair.found("response removed", GONE)
    elif pair.new.pointer == READ_BY_THE_WRAPPER and pair.verb == "changed":
        replace(pair, side=Side.RESPONSE).members(RESPONSE)
    elif kind == "schemas" and not met:
        _unused_schema(pair)
    elif pair.differs and not met:
        pair.found(f"{kind} component {pair.verb}", _UNUSED)


def _unused_schema(pair: Pair) -> None:
    """Judge a schema that no operation had before and after: callers may send and read it."""
    if pair.verb == "changed":
        for side in Side:
            schema(replace(pair, side=side))
    elif not (is_model(pair.old.value) or is_model(pair.new.value)):
        pair.found(f"schemas component {pair.verb}", _UNUSED)
    elif pair.verb == "added":
        pair.found("model added", ADDED)
    elif pair.old.pointer not in pair.walk.reported:  # unless it has become another one
        pair.found("model removed", GONE)


DOCUMENT: Final[dict[str, Rule]] = {
    "openapi": leaf(_version),
    "info": lambda pair, keyword: pair.below(keyword).members({}, docs),
    **dict.fromkeys(("externalDocs", "tags"), docs),
    **dict.fromkeys(("security", "servers"), elsewhere),
    "paths": lambda pair, keyword: pair.below(keyword).members({}, _path_item),
    "components": _components,
}
PATH_ITEM: Final[dict[str, Rule]] = {
    **dict.fromkeys((*METHODS, "parameters", "servers"), elsewhere),
    **DESCRIBING,
}
