"""The wrapper agrees with a corpus of request bodies, whose verdicts were derived by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any

import pytest

from portkey_admin import OMITTED, InvalidRequestError
from tests.wrapper.caller import Caller
from tests.wrapper.documents import Json, body_schema, read_yaml, resolve

CORPUS: list[Json] = read_yaml("tests/corpus/bodies.yaml")
DOCUMENT: Json = read_yaml("spec/openapi.yaml")
BODY: Json = body_schema(DOCUMENT)
KNOWN = frozenset(BODY["properties"])
IDENTIFIER = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"

# Valid bodies that the wrapper refuses, with the pointers.
REFUSED_THOUGH_VALID = {
    # The Python float for 1e400 is infinity, which JSON cannot carry.
    "rate-limits-value-beyond-double-range": ["/rate_limits/0/value"],
}
# An invalid body that the wrapper accepts: its number, as a Python float, is the integer 1.
ACCEPTED_THOUGH_REFUSED = {"rate-limits-value-fraction-beyond-double-precision"}
# The corpus lists only the schema's problems of a body; the wrapper also reports the prose's.
FOUND_BESIDE_SCHEMA = {
    "schema-and-prose": ["/user_id"],
    "schema-problem-inside-prose-problem": ["/rotation_policy"],
}
# Unknown names inside the arguments: they are refused unless they are given in `extra`.
UNKNOWN_INSIDE = {
    "rotation-policy-unknown-property-only": [
        "/rotation_policy",
        "/rotation_policy/rotation_period_days",
    ],
    "unknown-at-every-level": [
        "/defaults/zzz",
        "/rate_limits/0/zzz",
        "/rotation_policy/zzz",
        "/usage_limits/zzz",
    ],
    "unknown-python-names-at-every-level": [
        "/defaults/__class__",
        "/defaults/additional_properties",
        "/defaults/self",
        "/rate_limits/0/additional_properties",
        "/rate_limits/0/self",
        "/rate_limits/0/type_",
        "/rotation_policy/additional_properties",
        "/rotation_policy/self",
        "/usage_limits/additional_properties",
        "/usage_limits/class",
        "/usage_limits/type_",
    ],
    "unknown-type-underscore-for-type": ["/rate_limits/0/type", "/rate_limits/0/type_"],
}
# Bodies that are not objects, so that they have no members to pass as arguments.
NO_OBJECTS = {
    "body-array",
    "body-array-of-one-good-object",
    "body-string",
    "body-string-holding-json",
    "body-null",
    "body-number",
    "body-false",
}
# Python values that are not JSON but that a caller may pass, with the pointers of the problems.
PYTHON_VALUES = {
    "json-nan": ["/rate_limits/0/value"],
    "json-nan-in-metadata": ["/defaults/metadata/x"],
    "json-infinity": ["/usage_limits/credit_limit"],
    "json-minus-infinity": ["/usage_limits/credit_limit"],
    "json-lone-high-surrogate": ["/name"],
    "json-lone-low-surrogate": ["/name"],
    "json-surrogates-swapped": ["/name"],
    "json-lone-surrogate-in-property-name": ["/defaults/metadata"],
}


OBJECTS = {entry["name"] for entry in CORPUS} - NO_OBJECTS


def _text(entry: Json) -> bytes:
    if "bytes_hex" in entry:
        return bytes.fromhex(entry["bytes_hex"])
    text: str = entry["json"]
    return text.encode()


def _unrepeated(members: list[tuple[str, Any]]) -> Json:
    if len(dict(members)) < len(members):
        raise ValueError("a name is there twice")
    return dict(members)


def value(entry: Json) -> Any:
    """Parse a body; raise ValueError if it is not JSON, or has a name twice."""
    return json.loads(_text(entry).decode(), object_pairs_hook=_unrepeated)


def parted(schema: Json, part: Any) -> tuple[Any, Any]:
    """Split a value into the part that the spec has names for, and the rest in the same shape."""
    schema = resolve(DOCUMENT, schema)
    if isinstance(part, list) and part and schema.get("type") == "array":
        pairs = [parted(schema["items"], item) for item in part]
        return [known for known, _ in pairs], [rest for _, rest in pairs]
    if not isinstance(part, dict) or "properties" not in schema:
        return part, {}
    known: Json = {}
    rest: Json = {}
    for name, member in part.items():
        if name in schema.get("properties", {}):
            known[name], more = parted(schema["properties"][name], member)
            rest |= {name: more} if more and more != [{}] * len(more) else {}
        else:
            rest[name] = member
    return known, rest


def arguments(entry: Json, *, inside: bool = False) -> dict[str, Any]:
    """Return the body of an entry as keyword arguments, with OMITTED for missing ones.

    Unknown names go into `extra`; with `inside`, those inside an argument stay there.
    """
    body = value(entry)
    known, rest = parted(BODY, body)
    if inside:
        known, rest = body, {name: part for name, part in body.items() if name not in KNOWN}
    return {
        "type": "organisation",
        "sub_type": entry.get("sub_type", "service"),
        **{name: known.get(name, OMITTED) for name in KNOWN},
        "extra": rest,
    }


def _named(names: Container[str], *verdicts: str) -> list[Any]:
    """Return the entries with these names and verdicts, with their names as ids."""
    return [
        pytest.param(entry, id=entry["name"])
        for entry in CORPUS
        if entry["verdict"] in verdicts and entry["name"] in names
    ]


def _pointers(entry: Json) -> list[str]:
    expected = entry["pointer"]
    return [expected] if isinstance(expected, str) else expected


def refusal(caller: Caller, entry: Json, *, inside: bool = False, **more: Any) -> list[str]:
    """Return the sorted pointers of a call that is refused before anything is sent."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(**arguments(entry, inside=inside), **more)
    assert caller.requests == []
    return sorted(problem.pointer for problem in caught.value.problems)


_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")
_INSTANTS = {"expires_at", "next_usage_reset_at", "next_rotation_at"}
_IDENTIFIERS = {"organisation_id", "user_id"}


def _in_one_spelling(instant: str) -> str:
    """Return a date-time with nine digits of a second and a numeric offset."""
    match = _INSTANT.fullmatch(instant)
    assert match
    day, clock, fraction, offset = match.groups()
    ahead = "+00:00" if offset.upper() == "Z" or offset == "-00:00" else offset
    return f"{day}T{clock}.{fraction or '':0<9}{ahead}"


def meaning(body: Json) -> str:
    """Return the body as text that is equal for bodies with the same meaning.

    Date-times and UUIDs are normalized where the spec has them.
    """
    plain = dict(body)
    for name in ("usage_limits", "rotation_policy"):
        if isinstance(plain.get(name), dict):
            plain[name] = dict(plain[name])
    for holder in (plain, plain.get("usage_limits"), plain.get("rotation_policy")):
        if not isinstance(holder, dict):
            continue
        for name in _INSTANTS & holder.keys():
            holder[name] = holder[name] and _in_one_spelling(holder[name])
        for name in _IDENTIFIERS & holder.keys():
            holder[name] = holder[name].lower()
    return json.dumps(plain, sort_keys=True)


@pytest.mark.parametrize("entry", _named(OBJECTS, "valid"))
def test_valid_bodies_are_sent(caller: Caller, entry: Json) -> None:
    """A valid body is accepted, and the sent body has the same meaning."""
    if entry["name"] in REFUSED_THOUGH_VALID:
        assert refusal(caller, entry) == REFUSED_THOUGH_VALID[entry["name"]]
        return
    given = arguments(entry)
    caller.create(**given)
    assert meaning(caller.sent_body()) == meaning(value(entry))


@pytest.mark.parametrize("entry", _named(OBJECTS, "schema", "prose"))
def test_invalid_bodies_are_refused(caller: Caller, entry: Json) -> None:
    """A body that breaks the schema or the prose is refused at the places in the corpus."""
    if entry["name"] == "rotation-policy-unknown-property-only":
        caller.create(**arguments(entry))  # in extra, which the rules do not check
        assert caller.sent_body() == value(entry)
        return
    if entry["name"] in ACCEPTED_THOUGH_REFUSED:
        caller.create(**arguments(entry))
        assert caller.sent_body()["rate_limits"][0]["value"] == 1
        return
    beside = FOUND_BESIDE_SCHEMA.get(entry["name"], [])
    assert refusal(caller, entry) == sorted([*_pointers(entry), *beside])


@pytest.mark.parametrize("entry", _named(UNKNOWN_INSIDE, "valid", "schema", "prose"))
def test_unknown_names_inside_an_argument(caller: Caller, entry: Json) -> None:
    """An unknown name inside an argument is refused, and sent with validate=False."""
    assert refusal(caller, entry, inside=True) == UNKNOWN_INSIDE[entry["name"]]
    caller.create(**arguments(entry, inside=True), validate=False)
    assert json.dumps(caller.sent_body(), sort_keys=True) == json.dumps(
        value(entry), sort_keys=True
    )


@pytest.mark.parametrize("entry", _named(OBJECTS, "schema", "prose"))
def test_unchecked(caller: Caller, entry: Json) -> None:
    """With validate=False, an invalid body is sent unchanged."""
    caller.create(**arguments(entry), validate=False)
    assert json.dumps(caller.sent_body(), sort_keys=True) == json.dumps(
        value(entry), sort_keys=True
    )


@pytest.mark.parametrize("validate", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("entry", _named(PYTHON_VALUES, "json"))
def test_values_that_are_not_json(caller: Caller, entry: Json, *, validate: bool) -> None:
    """A Python value that JSON cannot represent is refused, even unchecked."""
    assert refusal(caller, entry, validate=validate) == PYTHON_VALUES[entry["name"]]


@pytest.mark.parametrize("entry", _named(NO_OBJECTS - {"body-null"}, "schema"))
def test_extra_must_be_an_object(caller: Caller, entry: Json) -> None:
    """A body that is not an object is refused as `extra`."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.create(extra=value(entry))
    assert [problem.pointer for problem in caught.value.problems] == ["/extra"]
    assert caller.requests == []


def test_null_as_extra(caller: Caller) -> None:
    """`extra=None` means no extra."""
    [entry] = (each for each in CORPUS if each["name"] == "body-null")
    caller.create(extra=value(entry))
    assert len(caller.requests) == 1


def test_every_entry_is_tested() -> None:
    """Every entry is in a test above, except texts that are not JSON or have a name twice."""
    named = {entry["name"] for entry in CORPUS}
    exceptions = {*REFUSED_THOUGH_VALID, *ACCEPTED_THOUGH_REFUSED, *FOUND_BESIDE_SCHEMA}
    exceptions |= UNKNOWN_INSIDE.keys()
    assert exceptions | NO_OBJECTS | PYTHON_VALUES.keys() <= named
    assert {entry["verdict"] for entry in CORPUS} == {"valid", "schema", "prose", "json"}
    for entry in CORPUS:
        if entry["name"] in NO_OBJECTS:
            assert not isinstance(value(entry), dict)
        elif entry["verdict"] != "json" or entry["name"] in PYTHON_VALUES:
            assert isinstance(value(entry), dict)
        else:
            with pytest.raises(ValueError):  # noqa: PT011 - invalid bytes, invalid JSON or a repeated name
                value(entry)
