"""What a change of a request or a response means, from parameters to bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from scripts.changes.limits import is_set
from scripts.changes.schemas import schema
from scripts.changes.verdicts import ADDED, GONE, NARROWED, WIDENED, Judgement, Side, Verdict, both
from scripts.changes.walk import (
    Finding,
    Pair,
    Rule,
    docs,
    flat,
    leaf,
    members_by_name,
    named,
    nested,
    ordered,
)

MUST_PASS: Final = both(Verdict.BREAKING, "a call without it is refused")
_SENT: Final = both(Verdict.BREAKING, "it is sent in another way")
_CONTENT: Final = Judgement(ADDED.request, WIDENED.response)
_SUCCESS: Final = both(Verdict.BREAKING, "callers may get a success that they do not know")
_ERROR: Final = both(Verdict.COMPATIBLE, "any call may fail, and callers know it")
_HINT: Final = both(Verdict.COMPATIBLE, "the hint of an error says something else")


def request_body(pair: Pair, keyword: str) -> None:
    """Judge the body of an operation by what it demands."""
    member = pair.below(keyword)
    if member.verb == "added":
        must = is_set(member.new.resolved().value, "required")
        what = "required requestBody added" if must else "requestBody added"
        member.found(what, MUST_PASS if must else ADDED)
    elif member.verb == "removed":
        member.found("requestBody removed", GONE)
    else:
        member.members(REQUEST_BODY)


def responses(pair: Pair, keyword: str) -> None:
    """Judge the responses of an operation, each by its status."""
    for member in members_by_name(replace(pair.below(keyword), side=Side.RESPONSE)):
        if member.verb == "removed":
            member.found("response removed", GONE)
        elif member.verb == "added":
            error = member.new.subject.startswith(("4", "5", "default"))
            member.found("response added", _ERROR if error else _SUCCESS)
        else:
            member.judge(lambda each: each.members(RESPONSE))


def _content(pair: Pair, keyword: str) -> None:
    """Judge the media types. Where there was none, nothing was read."""
    added = _CONTENT if pair.old.value.get(keyword) else ADDED
    named("media type", lambda each: each.members(MEDIA_TYPE), added)(pair, keyword)


def _style(old: dict[str, Any], new: dict[str, Any], keyword: str) -> Iterator[Finding]:
    if _serialisation(old) != _serialisation(new):
        yield Finding(f"{keyword} changed", _SENT)


def _serialisation(parameter: dict[str, Any]) -> tuple[str, bool]:
    """Return style and explode, with what OpenAPI says where they are not there."""
    usual = "form" if parameter.get("in") in ("query", "cookie") else "simple"
    style = parameter.get("style", usual)
    return style, parameter.get("explode", style == "form")


DESCRIBING: Final[dict[str, Rule]] = dict.fromkeys(
    ("deprecated", "description", "example", "examples", "externalDocs", "summary"), docs
)
_HOLDS_SCHEMA: Final[dict[str, Rule]] = {
    "schema": nested(schema, NARROWED, WIDENED),
    **DESCRIBING,
}
# A header of a response is described in the same words.
PARAMETER: Final[dict[str, Rule]] = {
    "in": flat(_SENT),
    "required": ordered(is_set),
    "style": leaf(_style),
    "explode": leaf(_style),
    **_HOLDS_SCHEMA,
}
MEDIA_TYPE: Final = _HOLDS_SCHEMA
REQUEST_BODY: Final[dict[str, Rule]] = {
    "required": ordered(is_set),
    "content": _content,
    **DESCRIBING,
}
# What the wrapper's errors read; see src/portkey_admin/_spec.py.
ERROR_CODE: Final[dict[str, Rule]] = dict.fromkeys(("meaning", "status"), flat(_HINT))
RESPONSE: Final[dict[str, Rule]] = {
    "headers": named("header", lambda each: each.members(PARAMETER), ADDED),
    "content": _content,
    "x-error-codes": named("error code", lambda each: each.members(ERROR_CODE), ADDED),
    **DESCRIBING,
}
