"""From the arguments of a call to the request the generated builder makes of them."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, cast

from portkey_generated.api.api_keys.create_api_key import _get_kwargs
from portkey_generated.models.create_api_key_object import CreateApiKeyObject

from portkey_admin import _spec
from portkey_admin._api_keys import ApiKeys
from portkey_admin._errors import InvalidRequestError, Problem
from portkey_admin._json import REFUSED, to_json
from portkey_admin._rules import check_rules
from portkey_admin._schema import MISSING, Check, Finding, Path, compile_schema
from portkey_admin._secret import Secret

_LONGEST_SHOWN: Final = 60


def build_request(
    parameters: Mapping[str, Any],
    body: Mapping[str, Any],
    extra: Mapping[str, Any] | None,
    *,
    validate: bool,
    hide: Secret,
) -> dict[str, Any]:
    """Return the keyword arguments of `httpx.Client.request` for a new key.

    Raises InvalidRequestError, which names every problem and never shows `hide`, where a value
    cannot be carried exactly or, with `validate`, where the spec refuses one.
    """
    findings: list[Finding] = []
    path_values = to_json(parameters, (), findings)
    sent = to_json(body, (), findings)
    sent.update(_extra(extra, body, findings))
    if validate:
        findings += [each for each in _check(path_values, sent) if each.value is not REFUSED]
    said = {finding.path for finding in findings}
    findings += (each for each in _check_path_values(path_values) if each.path not in said)
    if not findings:
        model = CreateApiKeyObject.from_dict(sent) if validate else _Verbatim(sent)
        request = _get_kwargs(**_builder_names(path_values), body=cast(CreateApiKeyObject, model))
        _find_altered(sent, request["json"], (), findings)
    if findings:
        order = {name: at for at, name in enumerate(inspect.signature(ApiKeys.create).parameters)}
        findings.sort(key=lambda finding: order.get(str(finding.path[0]), len(order)))
        raise InvalidRequestError([_problem(finding, hide) for finding in findings])
    return request


class _Verbatim:
    """A body that is sent as it is, for callers who leave the checks to the server."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> dict[str, Any]:
        return self._body


@functools.cache
def _checks() -> tuple[dict[str, Check], Check]:
    """Return the checks of the path parameters, by argument, and of the body."""
    parameters = _spec.path_parameters()
    path_checks = {name: compile_schema(schema) for name, schema in parameters.items()}
    return path_checks, compile_schema(_spec.body_schema())


def _check(path_values: dict[str, Any], body: dict[str, Any]) -> list[Finding]:
    findings: list[Finding] = []
    path_checks, body_check = _checks()
    for name, check in path_checks.items():
        check(path_values.get(name, MISSING), (name,), findings)
    body_check(body, (), findings)
    findings += check_rules(path_values.get("sub_type"), body)
    return findings


def _extra(
    extra: Mapping[str, Any] | None, body: Mapping[str, Any], findings: list[Finding]
) -> dict[str, Any]:
    """Return the fields that the spec does not know, which must not repeat those it knows."""
    if extra is None:
        return {}
    if not isinstance(extra, Mapping):
        findings.append(Finding(("extra",), extra, "a dict of fields that the spec does not know"))
        return {}
    converted: dict[str, Any] = to_json(extra, ("extra",), findings)
    known = _spec.body_schema()["properties"].keys() | body.keys()
    for name in known & converted.keys():
        allowed = f"no {name} here: it is an argument of its own"
        findings.append(Finding(("extra", name), converted.pop(name), allowed))
    return converted


def _check_path_values(values: dict[str, Any]) -> Iterator[Finding]:
    """Refuse what would make another URL of the path (RFC 3986, section 5.2.4)."""
    for name in _spec.path_parameters():
        value = values.get(name, MISSING)
        if not isinstance(value, str) or value in {"", ".", ".."}:
            yield Finding((name,), value, "a string that is a path segment: not empty, . or ..")


def _builder_names(path_values: dict[str, Any]) -> dict[str, Any]:
    """Return the path values by the builder's names: `type` is `type_` there."""
    names = _get_kwargs.__code__.co_varnames
    return {name if name in names else f"{name}_": value for name, value in path_values.items()}


def _find_altered(given: Any, sent: Any, path: Path, findings: list[Finding]) -> None:
    """Add to `findings` where what is sent does not mean what was given.

    The generated models parse date-times and UUIDs and write them anew: Z becomes +00:00, which
    means the same, but a seventh fraction digit is dropped.
    """
    if isinstance(given, dict) and isinstance(sent, dict):
        for name in {**given, **sent}:
            before, after = given.get(name, MISSING), sent.get(name, MISSING)
            if before is not after:
                _find_altered(before, after, (*path, name), findings)
    elif isinstance(given, list) and isinstance(sent, list) and len(given) == len(sent):
        for index, pair in enumerate(zip(given, sent, strict=True)):
            _find_altered(*pair, (*path, index), findings)
    elif type(given) is not type(sent) or (given != sent and not _mean_the_same(given, sent)):
        allowed = "a value that the client can send exactly (microseconds at most)"
        findings.append(Finding(path, given, allowed))


def _mean_the_same(given: Any, sent: Any) -> bool:
    """Tell whether two different texts are the same UUID or the same instant."""
    if not isinstance(given, str):
        return False
    if given.lower() == sent:
        return True
    if re.search(r"\.\d{6}\d*[1-9]", given):
        return False
    try:
        return datetime.fromisoformat(given) == datetime.fromisoformat(sent)
    except ValueError:
        return False


def _problem(finding: Finding, hide: Secret) -> Problem:
    steps = (
        hide.masked_in(str(step)).replace("~", "~0").replace("/", "~1") for step in finding.path
    )
    return Problem(
        "".join(f"/{step}" for step in steps),
        _shortened(_shown(finding.value, hide)),
        finding.allowed,
    )


def _shown(value: Any, hide: Secret) -> str:
    """Return how an error shows a value: JSON for plain values, or else its type."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, str):
        return json.dumps(hide.masked_in(value))
    if value is None or isinstance(value, int | float):
        return hide.masked_in(json.dumps(value))
    if isinstance(value, date):
        return value.isoformat()
    return f"a value of type {type(value).__name__}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
