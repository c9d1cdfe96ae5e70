"""What a change of an operation means, with all that it has from its path and the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from scripts.changes.limits import LIMITS, is_set
from scripts.changes.messages import DESCRIBING, MUST_PASS, PARAMETER, request_body, responses
from scripts.changes.places import ABSENT, Place, canonical
from scripts.changes.verdicts import ADDED, GONE, Verdict, both
from scripts.changes.walk import Finding, Pair, Rule, elsewhere, flat, leaf, named
from scripts.parts import METHODS

_NO_SERVERS: Final = [{"url": "/"}]  # what OpenAPI says of a document that names none

_MOVED: Final = both(Verdict.BREAKING, "a server of one age does not know the other's")
_FUNCTION: Final = both(Verdict.BREAKING, "the generated function has another name")
_MODULE: Final = both(Verdict.BREAKING, "the generated function is in another module")
_SERVER: Final = both(Verdict.BREAKING, "requests go to another place, or to none")
_SECURITY: Final = both(Verdict.BREAKING, "the client authenticates in the one way it knows")


class Operation(NamedTuple):
    """An operation, and the path item around it."""

    path: str
    method: str
    item: Place
    place: Place

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.method.upper()} {self.path}"

    @property
    def owners(self) -> tuple[Place, Place, Place]:
        """What may say something of the operation, the nearest first."""
        return self.place, self.item, self.place.root

    def parameters(self) -> dict[tuple[str, str], Place]:
        """Return the parameters by place and name, the operation's own over those of the path."""
        listed = (each for owner in (self.item, self.place) for each in _parameters(owner))
        return {(each.value["in"], each.value["name"]): each for each in listed}

    def effective(self, keyword: str, missing: Any) -> Place:
        """Return the nearest `keyword` of operation, path and document, or `missing`."""
        places = [each.below(keyword) for each in self.owners]
        return next(
            (each for each in places if each.value is not ABSENT),
            places[-1]._replace(value=missing),
        )


def operations(root: Pair) -> None:
    """Compare each operation with the one of the same route, name or shape of path."""
    removed, added = _found_in(root.old), _found_in(root.new)
    for identity in _IDENTITIES:
        for old in list(removed):
            same = [new for new in added if identity(new) == identity(old) is not None]
            if same:
                _operation(root, old, same[0])
                removed.remove(old)
                added.remove(same[0])
    for old in removed:
        root.only_old(old.place).found("operation removed", GONE, old.route, ABSENT)
    for new in added:
        root.only_new(new.place).found("operation added", ADDED, ABSENT, new.route)


_IDENTITIES: Final[tuple[Callable[[Operation], object], ...]] = (
    lambda each: each.route,
    lambda each: each.place.value.get("operationId"),
    lambda each: (each.method, re.sub(r"\{[^}]*\}", "{}", each.path)),
)


def _found_in(root: Place) -> list[Operation]:
    paths = root.below("paths")
    found = []
    for path in sorted(paths.value) if isinstance(paths.value, Mapping) else ():
        item = paths.below(path).resolved()
        for method in METHODS:
            place = item.below(method)
            if isinstance(place.value, Mapping):
                operation = Operation(path, method, item, place)
                named = place.value.get("operationId")
                called = named if isinstance(named, str) else operation.route
                found.append(operation._replace(place=place._replace(subject=called)))
    return found


def _operation(root: Pair, old: Operation, new: Operation) -> None:
    pair = replace(root, old=old.place, new=new.place)
    if old.route != new.route:
        pair.found("path changed", _MOVED, old.route, new.route)
    for keyword, missing, compare in (
        ("parameters", [], _compare_parameters),
        ("servers", _NO_SERVERS, _compare_servers),
        ("security", [], _compare_security),
    ):
        before, after = (each.effective(keyword, missing) for each in (old, new))
        try:
            compare(replace(pair, old=before, new=after), old, new)
        except (AttributeError, KeyError, TypeError, ValueError):  # it is not what OpenAPI has
            for owners in zip(old.owners, new.owners, strict=True):
                before, after = (each.below(keyword) for each in owners)
                replace(pair, old=before, new=after).opaque(f"{keyword} changed")
    pair.members(OPERATION)


def _parameters(owner: Place) -> Iterator[Place]:
    for each in owner.below("parameters").items():
        place = each.resolved()
        yield place._replace(subject=str(place.value["name"]))


def _compare_parameters(pair: Pair, old: Operation, new: Operation) -> None:
    before, after = old.parameters(), new.parameters()
    for key in sorted(before.keys() - after.keys()):
        moved = [each for each in sorted(after.keys() - before.keys()) if each[1] == key[1]]
        if moved:  # to another place in the request
            after[key] = after.pop(moved[0])
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            pair.only_old(before[key]).found("parameter removed", GONE)
        elif key in before:
            replace(pair, old=before[key], new=after[key]).members(PARAMETER)
        elif is_set(after[key].value, "required"):
            pair.only_new(after[key]).found("required parameter added", MUST_PASS)
        else:
            pair.only_new(after[key]).found("parameter added", ADDED)


def _compare_servers(pair: Pair, _old: Operation, _new: Operation) -> None:
    before, after = (
        {each.value["url"]: each._replace(subject=each.value["url"]) for each in place.items()}
        for place in (pair.old, pair.new)
    )
    gone = [url for url in before if url not in after]
    fresh = [url for url in after if url not in before]
    partners = {url: url for url in before if url in after} | dict(zip(gone, fresh, strict=False))
    for url, partner in partners.items():
        replace(pair, old=before[url], new=after[partner]).members(SERVER)
    for url in gone[len(fresh) :]:
        pair.only_old(before[url]).found("server removed", _SERVER)
    for url in fresh[len(gone) :]:
        pair.only_new(after[url]).found("server added", ADDED)
    if before and after and partners.get(default := next(iter(before))) != next(iter(after)):
        first = next(iter(after))
        at = replace(pair, old=before[default], new=after[first])
        at.found("default server changed", _SERVER, default, first)


def _compare_security(pair: Pair, old: Operation, new: Operation) -> None:
    before, after = (
        {canonical(each): each for each in place.value} for place in (pair.old, pair.new)
    )
    for text in before.keys() - after.keys():
        pair.found("security removed", _SECURITY, before[text], ABSENT)
    for text in after.keys() - before.keys():
        pair.found("security added", _SECURITY, ABSENT, after[text])
    schemes = replace(pair, old=old.place.root, new=new.place.root)
    for name in sorted({name for text in before.keys() & after.keys() for name in before[text]}):
        scheme = schemes.below("components").below("securitySchemes").below(name, name)
        scheme.members(DESCRIBING, flat(_SECURITY))


def _operation_id(pair: Pair, keyword: str) -> None:
    member = pair.below(keyword)
    if member.differs:
        member.found("operation renamed", _FUNCTION)


def _first_tag(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
    before, after = (next(iter(value.get(keyword) or ["default"])) for value in (old, new))
    if before != after:
        yield Finding("first tag changed", _MODULE, (before, after))


OPERATION: Final[dict[str, Rule]] = {
    **dict.fromkeys(("parameters", "servers", "security"), elsewhere),
    "operationId": _operation_id,
    "tags": leaf(_first_tag),
    "requestBody": request_body,
    "responses": responses,
    **DESCRIBING,
}
SERVER: Final[dict[str, Rule]] = {
    "url": flat(_SERVER),
    "variables": named("variable", lambda each: each.members(VARIABLE), _SERVER, _SERVER),
    **DESCRIBING,
}
VARIABLE: Final[dict[str, Rule]] = {
    "default": flat(_SERVER),
    "enum": LIMITS["enum"],
    **DESCRIBING,
}
