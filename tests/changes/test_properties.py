"""Properties of the comparison of any two documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from portkey_admin_stub.schema import validator
from scripts.changes.documents import compare
from scripts.changes.verdicts import Verdict
from scripts.regen import ROOT
from tests.changes.patching import at, patched
from tests.changes.test_verdicts import BASE
from tests.spec.documents import values
from tests.stub.documents import one_answer, one_body

EFFECTIVE = values("openapi.yaml")
BODY = EFFECTIVE["components"]["schemas"]["CreateApiKeyObject"]
CORPUS = YAML(typ="safe").load((ROOT / "tests" / "corpus" / "bodies.yaml").read_bytes())
VALID = [json.loads(entry["json"]) for entry in CORPUS if entry["verdict"] in ("valid", "prose")]
REMOVED = object()


def pointers(node: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointer of everything below a value."""
    items: Any = ()
    if isinstance(node, dict):
        items = node.items()
    elif isinstance(node, list):
        items = enumerate(node)
    for key, value in items:
        below = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield below
        yield from pointers(value, below)


DOCUMENTS = {name: (each, list(pointers(each))) for name, each in (("b", BASE), ("e", EFFECTIVE))}
PLACES = st.sampled_from(sorted(DOCUMENTS)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(DOCUMENTS[name][1]))
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "text", "type", "1.0"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "$ref", "type", "x-a"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def mutated(document: Any, pointer: str, value: Any) -> Any:
    """Return a copy in which the value at a pointer is another, or gone."""
    return patched(document, {"remove": pointer} if value is REMOVED else {pointer: value})


@settings(max_examples=25)
@given(PLACES, st.just(REMOVED) | JSON)
def test_nothing_is_dropped(place: tuple[str, str], value: Any) -> None:
    """Documents that differ anywhere give a change in both directions; equal ones give none."""
    name, pointer = place
    before = DOCUMENTS[name][0]
    after = mutated(before, pointer, value)
    differ = json.dumps(before) != json.dumps(after)
    assert bool(compare(before, after)) == differ
    assert bool(compare(after, before)) == differ
    assert compare(after, copy.deepcopy(after)) == []


@settings(max_examples=15)
@given(PLACES, JSON)
def test_order_of_members_makes_no_difference(place: tuple[str, str], value: Any) -> None:
    """The order of an object's members does not affect the changes."""
    name, pointer = place
    before = DOCUMENTS[name][0]
    after = mutated(before, pointer, value)
    assert compare(before, after) == compare(_turned(before), _turned(after))


def _turned(node: Any) -> Any:
    """Return the same value with the members of its objects in reverse order."""
    if isinstance(node, dict):
        return {key: _turned(node[key]) for key in reversed(node)}
    return [_turned(each) for each in node] if isinstance(node, list) else node


# --- An independent oracle: a validator of JSON Schema ---

KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["string", "integer", "number", "boolean", "array", "object"]),
    "nullable": st.booleans(),
    "enum": st.lists(st.sampled_from(["a", "abc", 1, None, True]), min_size=1, max_size=3),
    "format": st.sampled_from(["uuid", "date-time", "email", "int32", "int64"]),
    "pattern": st.sampled_from(["^a", "b"]),
    "multipleOf": st.sampled_from([1, 2, 3, 0.5]),
    **dict.fromkeys(("minimum", "maximum"), st.integers(0, 3)),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), st.booleans()),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), st.integers(0, 3)),
    **dict.fromkeys(("minProperties", "maxProperties"), st.integers(0, 3)),
    "uniqueItems": st.booleans(),
    "required": st.lists(st.sampled_from(["a", "b"]), unique=True, max_size=2),
    "additionalProperties": st.booleans() | st.just({"type": "string"}),
    "default": st.just("a"),
}


def _few(keywords: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Return schemas with a few keywords: with many, a schema would accept no value."""
    names = st.lists(st.sampled_from(sorted(keywords)), unique=True, max_size=3)
    return names.flatmap(
        lambda chosen: st.fixed_dictionaries({name: keywords[name] for name in chosen})
    )


PLAIN = _few(KEYWORDS)
MEMBERS = st.lists(PLAIN, min_size=1, max_size=2)
HOLDING = {
    **dict.fromkeys(("items", "not"), PLAIN),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), MEMBERS),
    "properties": st.fixed_dictionaries({"a": PLAIN, "b": PLAIN}),
}
SCHEMAS = PLAIN | _few(HOLDING) | _few({**KEYWORDS, **HOLDING})
# Not properties: the comparison assumes that values have only members that the schema knows.
EDITABLE = {**KEYWORDS, **{name: each for name, each in HOLDING.items() if name != "properties"}}
EDITS = st.sampled_from(sorted(EDITABLE)).flatmap(
    lambda name: st.tuples(st.just(name), st.just(REMOVED) | EDITABLE[name])
)
VALUES = [
    *(None, True, 0, 1, 2, 3, 2.5, 4000000000, "", "a", "ab", "abcd", "a@example.com"),
    *("c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f", "2027-01-01T00:00:00Z"),
    *([], [1], [1, 1], ["a", "b", "c", "d"], {}, {"a": 1}, {"a": "a", "b": 2}, {"a": None, "c": 1}),
]


def schema_pointers(schema: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointers of a schema and of each schema in it."""
    yield pointer
    for word in ("items", "not"):
        if word in schema:
            yield from schema_pointers(schema[word], f"{pointer}/{word}")
    for word in ("allOf", "anyOf", "oneOf"):
        for number, each in enumerate(schema.get(word, ())):
            yield from schema_pointers(each, f"{pointer}/{word}/{number}")
    for name, each in schema.get("properties", {}).items():
        yield from schema_pointers(each, f"{pointer}/properties/{name}")


def edited(schema: Any, pointer: str, edit: tuple[str, Any]) -> Any:
    """Return a copy in which a keyword of one schema is another, or gone."""
    word, value = edit
    changed = copy.deepcopy(schema)
    held = at(changed, pointer)
    held.pop(word, None)
    if value is not REMOVED:
        held[word] = copy.deepcopy(value)
    return changed


def check(before: Any, after: Any, candidates: list[Any], **more: Any) -> None:
    """Fail if the validity of a value changes and the verdict is not breaking."""
    judges = [validator(one_body(each, **more), each) for each in (before, after)]
    fates = {tuple(judge.is_valid(value) for judge in judges) for value in candidates}
    for fate, document in (((True, False), one_body), ((False, True), one_answer)):
        if fate in fates:
            changes = compare(document(before, **more), document(after, **more))
            assert Verdict.BREAKING in {each.verdict for each in changes}, (fate, changes)


@given(SCHEMAS, st.data())
def test_change_of_validity_is_breaking(before: Any, data: st.DataObject) -> None:
    """A change is breaking if it refuses a value to send, or allows a new value to read."""
    pointer = data.draw(st.sampled_from(list(schema_pointers(before))))
    check(before, edited(before, pointer, data.draw(EDITS)), VALUES)


@given(st.sampled_from(list(schema_pointers(BODY))), EDITS)
def test_change_of_validity_of_a_body_is_breaking(pointer: str, edit: tuple[str, Any]) -> None:
    """The same holds for the schema of the client's body, and the bodies of the corpus."""
    check(BODY, edited(BODY, pointer, edit), VALID, schemas=EFFECTIVE["components"]["schemas"])
