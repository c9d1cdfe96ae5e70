"""Compare two OpenAPI documents: the rules for everything except schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any, Final, NamedTuple

from scripts.changes import walk
from scripts.changes.schemas import FLAG, SCHEMA, is_model, nested, schema
from scripts.changes.verdicts import (
    ADDED,
    DOCS,
    GONE,
    UNKNOWN,
    WIDENED,
    Change,
    Judgement,
    Side,
    Verdict,
    both,
    breaking,
)
from scripts.changes.walk import ABSENT, Pair, Place, Rule, docs, elsewhere, flat, named
from scripts.parts import METHODS

# src/portkey_admin/_spec.py reads this component even if no operation refers to it.
READ_BY_THE_WRAPPER: Final = "/components/responses/Error"

_NO_SERVERS: Final = [{"url": "/"}]  # OpenAPI's default

_SERVER: Final = breaking("requests go to a different server or to none")
_SECURITY: Final = breaking("the client supports only one way to authenticate")
_SENT: Final = breaking("it must be sent differently")
_SUCCESS: Final = breaking("callers may get a success response that is new to them")
_ERROR: Final = both(Verdict.COMPATIBLE, "callers must handle any error already")
_HINT: Final = both(Verdict.COMPATIBLE, "the explanation of an error changes")
_UNUSED: Final = both(Verdict.DOCS_ONLY, "no operation uses it both before and after")


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return the changes from `old` to `new`, sorted by verdict, worst first, and JSON pointer.

    A change in a shared component is one change, judged by all its uses in both documents.
    """
    root = Pair(walk.Walk(), Place(old, "", old, ""), Place(new, "", new, ""), Side.REQUEST)
    identities = map(attrgetter, ("route", "name", "shape"))
    operations = _operations(root.old), _operations(root.new)
    for before, after in walk.matched(*operations, *identities):
        _operation(root, before, after)
    root.members(DOCUMENT)
    found = root.walk.changes
    return [found[key] for key in sorted(found, key=lambda key: (found[key].verdict, *key))]


# --- Operations, with everything that they inherit from their paths and the document ---


class Operation(NamedTuple):
    """An operation, and where it is described: in itself, in its path and in the document."""

    route: str
    name: Any
    shape: str
    owners: list[Place]

    def effective(self, keyword: str, missing: Any) -> Place:
        """Return `keyword` of the operation, else of its path or the document, else `missing`."""
        places = [each.below(keyword) for each in self.owners]
        found = (each for each in places if each.value is not ABSENT)
        return next(found, places[-1]._replace(value=missing))

    def parameters(self) -> list[Place]:
        """Return the parameters; those of the operation override those of its path."""
        found = {}
        for owner in reversed(self.owners[:2]):
            for place in (each.resolved() for each in owner.below("parameters").items()):
                name = place.value["name"]
                found[place.value["in"], name] = place._replace(subject=str(name))
        return list(found.values())


def _operations(root: Place) -> Iterator[Operation]:
    paths = root.below("paths")
    for path in sorted(paths.value) if isinstance(paths.value, Mapping) else ():
        item = paths.below(path).resolved()
        for method in METHODS:
            place = item.below(method)
            if isinstance(place.value, Mapping):
                route, name = f"{method.upper()} {path}", place.value.get("operationId")
                subject = name if isinstance(name, str) else route
                owners = [each._replace(subject=subject) for each in (place, item, root)]
                yield Operation(route, name, re.sub(r"\{[^}]*\}", "{}", route), owners)


def _operation(root: Pair, old: Operation | None, new: Operation | None) -> None:
    pair = root.of(old and old.owners[0], new and new.owners[0])
    if not old or not new:
        routes = (each.route if each else ABSENT for each in (old, new))
        pair.found(f"operation {pair.verb}", ADDED if new else GONE, *routes)
        return
    if old.route != new.route:
        moved = breaking("a server knows the old path or the new one, not both")
        pair.found("path changed", moved, old.route, new.route)
    for keyword, missing, compare_them in (
        ("parameters", [], _parameters),
        ("servers", _NO_SERVERS, _servers),
        ("security", [], _security),
    ):
        try:
            before, after = (each.effective(keyword, missing) for each in (old, new))
            compare_them(pair.of(before, after), old, new)
        except walk.MALFORMED:
            for owners in zip(old.owners, new.owners, strict=True):
                pair.of(*owners).below(keyword).opaque()
    pair.members(OPERATION)


def _parameters(pair: Pair, old: Operation, new: Operation) -> None:
    identities = (
        lambda each: (each.value["in"], each.value["name"]),
        lambda each: each.value["name"],  # it has moved, from the query to a header for example
    )
    for each in pair.matched(old.parameters(), new.parameters(), *identities):
        if not each.one_sided("parameter", must=each.is_required):
            each.members(PARAMETER)


def _servers(pair: Pair, _old: Operation, _new: Operation) -> None:
    before, after = (
        [each._replace(subject=each.value["url"]) for each in place.items()]
        for place in (pair.old, pair.new)
    )
    identities = attrgetter("subject"), lambda _: "whichever"
    pairs = list(pair.matched(before, after, *identities))
    for each in pairs:
        if not each.one_sided("server", removed=_SERVER):
            each.members(SERVER)
    if before and after and (first := pair.of(before[0], after[0])) not in pairs:
        urls = first.old.subject, first.new.subject
        first.found("default server changed", _SERVER, *urls)


def _security(pair: Pair, old: Operation, new: Operation) -> None:
    kept = pair.items("security", _SECURITY, _SECURITY)
    schemes = pair.of(old.owners[-1], new.owners[-1]).below("components").below("securitySchemes")
    for name in sorted({name for requirement in kept for name in requirement}):
        schemes.below(name, name).members(DESCRIBING, flat(_SECURITY))


# --- The keywords of an operation ---


def _first_tag(owner: Pair, member: Pair) -> None:
    before, after = (next(iter(value.get("tags") or ["default"])) for value in owner.values)
    if before != after:
        module = breaking("the generated function moves to another module")
        member.found("first tag changed", module, before, after)


def _request_body(_owner: Pair, member: Pair) -> None:
    if not member.one_sided("requestBody", must=member.resolved().is_required):
        member.members(REQUEST_BODY)


def _responses(_owner: Pair, member: Pair) -> None:
    for each in replace(member, side=Side.RESPONSE).by_name():
        error = each.new.subject.startswith(("4", "5", "default"))
        if not each.one_sided("response", _ERROR if error else _SUCCESS):
            each.judge(partial(Pair.members, rules=RESPONSE))


def _content(owner: Pair, member: Pair) -> None:
    """Judge the media types. The first media type of a response breaks no caller."""
    had_some = owner.old.value.get("content")
    added = Judgement(ADDED.request, WIDENED.response) if had_some else ADDED
    named("media type", MEDIA_TYPE, added)(owner, member)


def _style(owner: Pair, member: Pair) -> None:
    before, after = map(_serialisation, owner.values)
    if member.differs and before != after:
        member.found(f"{member.name} changed", _SENT)


def _serialisation(parameter: dict[str, Any]) -> tuple[str, bool]:
    """Return style and explode, or OpenAPI's defaults."""
    usual = "form" if parameter.get("in") in ("query", "cookie") else "simple"
    style = parameter.get("style", usual)
    return style, parameter.get("explode", style == "form")


# --- The keywords of a document ---


def _version(_owner: Pair, member: Pair) -> None:
    before, after = (str(value).split(".")[:2] for value in member.values)
    flat(DOCS if before == after else UNKNOWN, "openapi changed")(member, member)


def _path_item(_owner: Pair, member: Pair) -> None:
    if member.verb == "changed":
        member.members(PATH_ITEM)


def _components(_owner: Pair, kind: Pair) -> None:
    for member in kind.by_name():
        member.judge(partial(_component, kind.name))


def _component(kind: str, pair: Pair) -> None:
    if pair.new.pointer == READ_BY_THE_WRAPPER:
        if not pair.one_sided("response"):
            replace(pair, side=Side.RESPONSE).members(RESPONSE)
    elif any(replace(pair, side=side).key in pair.walk.met for side in Side):
        return
    elif kind != "schemas" or not (pair.verb == "changed" or any(map(is_model, pair.values))):
        flat(_UNUSED, f"{kind} component {pair.verb}")(pair, pair)
    elif pair.verb == "changed":  # callers may both send and read it
        for side in Side:
            schema(replace(pair, side=side))
    elif pair.verb == "added" or pair.old.pointer not in pair.walk.reported:
        pair.one_sided("model")  # a renamed model was reported already


DESCRIBING: Final[dict[str, Rule]] = dict.fromkeys(
    ("deprecated", "description", "example", "examples", "externalDocs", "summary"), docs
)
MEDIA_TYPE: Final[dict[str, Rule]] = {"schema": nested, **DESCRIBING}
# Headers of a response have the same keywords.
PARAMETER: Final[dict[str, Rule]] = {
    "in": flat(_SENT),
    "required": FLAG,
    **dict.fromkeys(("style", "explode"), _style),
    **MEDIA_TYPE,
}
REQUEST_BODY: Final[dict[str, Rule]] = {"required": FLAG, "content": _content, **DESCRIBING}
# The wrapper's errors use these; see src/portkey_admin/_spec.py.
ERROR_CODE: Final[dict[str, Rule]] = dict.fromkeys(("meaning", "status"), flat(_HINT))
RESPONSE: Final[dict[str, Rule]] = {
    "headers": named("header", PARAMETER),
    "content": _content,
    "x-error-codes": named("error code", ERROR_CODE),
    **DESCRIBING,
}
OPERATION: Final[dict[str, Rule]] = {
    **dict.fromkeys(("parameters", "servers", "security"), elsewhere),
    "operationId": flat(breaking("the generated function has another name"), "operation renamed"),
    "tags": _first_tag,
    "requestBody": _request_body,
    "responses": _responses,
    **DESCRIBING,
}
VARIABLE: Final[dict[str, Rule]] = {"default": flat(_SERVER), "enum": SCHEMA["enum"], **DESCRIBING}
SERVER: Final[dict[str, Rule]] = {
    "url": flat(_SERVER),
    "variables": named("variable", VARIABLE, _SERVER, _SERVER),
    **DESCRIBING,
}
PATH_ITEM: Final[dict[str, Rule]] = {
    **dict.fromkeys((*METHODS, "parameters", "servers"), elsewhere),
    **DESCRIBING,
}
DOCUMENT: Final[dict[str, Rule]] = {
    "openapi": _version,
    "info": lambda _, member: member.members({}, docs),
    **dict.fromkeys(("externalDocs", "tags"), docs),
    **dict.fromkeys(("security", "servers"), elsewhere),
    "paths": lambda _, member: member.members({}, _path_item),
    "components": lambda _, member: member.members({}, _components),
}
