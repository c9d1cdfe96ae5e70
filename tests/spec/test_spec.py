"""The documents of spec/ hold what they say they hold, and nothing in them contradicts itself."""

from __future__ import annotations

import copy
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import attrs
import portkey_generated.models
import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from portkey_generated.models import RotationPolicy, UsageLimits
from ruamel.yaml import YAML

from portkey_admin_stub.schema import resolve, validator
from scripts import overlay, yaml_document
from tests.spec.documents import text, values
from tests.spec.stated import Stated, amiss, stated

UPSTREAM = values("upstream.yaml")
OVERLAY = values("overlay.yaml")
EFFECTIVE = values("openapi.yaml")
ACTIONS: list[dict[str, Any]] = OVERLAY["actions"]
OPERATION = EFFECTIVE["paths"]["/api-keys/{type}/{sub-type}"]["post"]

# Of the block, without the fences around it, on the docs page "Create API Key".
SHA256_OF_THE_BLOCK = "282f655c3d5cbe6f7479b820809984b521cb164bb0aeebda380d5561b64ddd04"

# These hold an enum, and the author wrote `nullable: true` beside it.
NULLABLE_ENUMS = {
    "usage_limits": "/components/schemas/UsageLimits/properties/periodic_reset",
    "rotation_policy": (
        "/components/schemas/CreateApiKeyObject/properties/rotation_policy"
        "/properties/rotation_period"
    ),
}


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a document."""
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node:
        if isinstance(below, dict | list):
            yield from objects(below)


def test_upstream_is_the_block_of_the_docs_page() -> None:
    """upstream.yaml is byte for byte what Portkey's page shows."""
    assert hashlib.sha256(text("upstream.yaml")).hexdigest() == SHA256_OF_THE_BLOCK


def test_effective_spec_is_upstream_plus_overlay() -> None:
    """openapi.yaml is what the overlay makes of upstream.yaml, and nothing else."""
    upstream, repairs = (
        yaml_document.load(text(name), name) for name in ("upstream.yaml", "overlay.yaml")
    )
    assert yaml_document.dump(overlay.apply(upstream, repairs)) == text("openapi.yaml")


def test_textual_diff_shows_only_the_overlay() -> None:
    """Every line that differs between the two documents is one that an action speaks of."""
    before, after = (text(name).decode().splitlines() for name in ("upstream.yaml", "openapi.yaml"))
    changes = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    removed = [_bare(line[1:]) for line in changes if line.startswith("-")]
    assert removed == [
        "url: SELF_HOSTED_CONTROL_PLANE_URL",
        "example: 183f497a-2a7f-4f47-992e-26213fa863we",
        "default: null",
        "default: null",
    ]
    added = Counter(_bare(line[1:]) for line in changes if line.startswith("+"))
    spoken_of = Counter(
        _bare(line)
        for action in ACTIONS
        if "update" in action
        for line in yaml_document.dump(action["update"]).decode().splitlines()
    )
    assert added <= spoken_of


def _bare(line: str) -> str:
    """Return what a line of YAML says, however deep and in whatever list it stands."""
    return line.strip().removeprefix("- ")


def test_layout_survives_reading_and_writing() -> None:
    """What is read and written again is the same text, so a diff has no noise in it."""
    for name in ("upstream.yaml", "openapi.yaml"):
        assert yaml_document.dump(yaml_document.load(text(name), name)) == text(name)


@pytest.mark.parametrize("version", [(1, 1), (1, 2)], ids=["YAML 1.1", "YAML 1.2"])
def test_every_reader_of_yaml_sees_the_same(version: tuple[int, int]) -> None:
    """No value in openapi.yaml means one thing in YAML 1.1 and another in YAML 1.2."""
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    assert reader.load(text("openapi.yaml")) == EFFECTIVE


def test_spec_validator_finds_nothing() -> None:
    """openapi-spec-validator has no complaint about the effective spec."""
    assert [error.message for error in OpenAPIV30SpecValidator(EFFECTIVE).iter_errors()] == []


def test_spec_validator_finds_what_upstream_gets_wrong() -> None:
    """The same validator refuses upstream for its two defaults, so its silence means something."""
    messages = [error.message for error in OpenAPIV30SpecValidator(UPSTREAM).iter_errors()]
    assert messages.count("None is not of type 'integer'") == 2


STATED = {each.pointer: each for each in stated(EFFECTIVE)}


def test_walk_finds_every_stated_value() -> None:
    """The walk misses no example and no default: it finds as many as the text has."""
    words = re.findall(rb"^ +(?:- )?(?:example|default):", text("openapi.yaml"), re.MULTILINE)
    named = sum(len(each["examples"]) for each in objects(EFFECTIVE) if "examples" in each)
    assert len(STATED) == len(words) + named


def test_stated_values_are_valid() -> None:
    """Each example and default validates against its own schema."""
    assert amiss(EFFECTIVE) == set()


def test_stated_values_of_upstream_are_not() -> None:
    """The same walk finds the example that is no UUID and the two defaults in upstream."""
    found = {pointer.rpartition("/properties/")[2] for pointer in amiss(UPSTREAM)}
    assert found == {"id/example", "credit_limit/default", "alert_threshold/default"}


@pytest.mark.parametrize("broken", STATED.values(), ids=STATED.keys())
def test_broken_stated_value_is_found(broken: Stated) -> None:
    """Whichever example or default is broken, the walk finds that one and no other."""
    document = copy.deepcopy(EFFECTIVE)
    parent: Any = document
    for step in broken.place[:-1]:
        parent = parent[step]
    parent[broken.place[-1]] = 17 if isinstance(broken.value, str) else "neither"
    assert amiss(document) == {broken.pointer}


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({"a": {"type": "string", "example": 1}}, {"/a/example"}),
        ({"a": {"type": "string", "default": None}}, {"/a/default"}),
        ({"a": {"type": "string", "nullable": True, "default": None}}, set()),
        ({"a": {"allOf": [{"type": "string", "example": 1}]}}, {"/a/allOf/0/example"}),
        ({"a": {"items": {"type": "string", "example": 1}}}, {"/a/items/example"}),
        ({"a": {"properties": {"example": {"type": "string"}}}}, set()),
        (
            {"a": {"properties": {"default": {"type": "string", "example": 1}}}},
            {"/a/properties/default/example"},
        ),
        ({"a": {"schema": {"type": "string"}, "example": 1}}, {"/a/example"}),
        (
            {"a": {"schema": {"type": "string"}, "examples": {"e/f": {"value": 1}}}},
            {"/a/examples/e~1f/value"},
        ),
        ({"a": {"schema": {"type": "string", "example": 1}}}, {"/a/schema/example"}),
        ({"responses": {"default": {"description": "No schema."}}}, set()),
        (
            {"headers": {"x-a": {"schema": {"type": "string"}, "example": 1}}},
            {"/headers/x-a/example"},
        ),
        ({"a": {"type": "object", "example": {"type": "string", "example": 1}}}, set()),
        ({"x-a": {"type": "string", "example": 1}}, set()),
        ({"servers": [{"url": "/", "variables": {"v": {"default": "a"}}}]}, set()),
        (
            {"servers": [{"url": "/", "variables": {"v": {"default": "a", "enum": ["b"]}}}]},
            {"/servers/0/variables/v/default"},
        ),
    ],
    ids=[
        "example of a schema",
        "default of a schema",
        "null where it is allowed",
        "in a list of schemas",
        "in a schema of items",
        "property called example",
        "in a property called default",
        "example beside a schema",
        "named example beside a schema",
        "example inside such a schema",
        "response called default",
        "header called x-",
        "example that looks like a schema",
        "extension",
        "server variable",
        "server variable outside its enum",
    ],
)
def test_walk_tells_words_from_names(document: dict[str, Any], pointers: set[str]) -> None:
    """The walk takes a word of OpenAPI for one, and a name that looks like it for a name."""
    assert amiss({"openapi": "3.0.0", **document}) == pointers


def _by_json_schema(document: dict[str, Any], pointer: str) -> bool:
    return validator(document, resolve(document, f"#{pointer}")).is_valid(None)


def _by_oas30(document: dict[str, Any], pointer: str) -> bool:
    return bool(OAS30Validator(resolve(document, f"#{pointer}")).is_valid(None))


def _by_the_whole_body(document: dict[str, Any], pointer: str) -> bool:
    [holder] = [each for each, place in NULLABLE_ENUMS.items() if place == pointer]
    body = {"name": "n", "scopes": [], holder: {pointer.rpartition("/")[2]: None}}
    schema = document["components"]["schemas"]["CreateApiKeyObject"]
    return validator(document, schema).is_valid(body)


def test_nullable_enums_are_these() -> None:
    """There is no other enum that is nullable, so no other needs the repair."""
    found = [each for each in objects(EFFECTIVE) if each.get("nullable") and "enum" in each]
    repaired = [resolve(EFFECTIVE, f"#{pointer}") for pointer in NULLABLE_ENUMS.values()]
    assert sorted(found, key=str) == sorted(repaired, key=str)


@pytest.mark.parametrize("pointer", NULLABLE_ENUMS.values(), ids=NULLABLE_ENUMS.keys())
@pytest.mark.parametrize("allows_null", [_by_json_schema, _by_oas30, _by_the_whole_body])
def test_null_is_really_allowed(
    pointer: str, allows_null: Callable[[dict[str, Any], str], bool]
) -> None:
    """Null is allowed for a nullable enum, which upstream's text still refused."""
    assert allows_null(EFFECTIVE, pointer)
    assert not allows_null(UPSTREAM, pointer)


def test_null_reaches_the_models() -> None:
    """The generated models take and send the null of a nullable enum."""
    assert RotationPolicy.from_dict({"rotation_period": None}).to_dict() == {
        "rotation_period": None
    }
    assert UsageLimits.from_dict({"periodic_reset": None}).to_dict() == {"periodic_reset": None}


def test_operation_has_its_name() -> None:
    """The operation is createApiKey."""
    assert OPERATION["operationId"] == "createApiKey"


def test_models_are_named_by_the_spec() -> None:
    """Each model bears the name of a component or a title, none one that the generator made up."""
    names = {
        name
        for name in portkey_generated.models.__all__
        if attrs.has(getattr(portkey_generated.models, name))
    }
    titles = {
        each["title"]
        for each in objects(EFFECTIVE)
        if each.get("type") == "object" and "title" in each
    }
    assert names == titles | set(EFFECTIVE["components"]["schemas"])


def test_body_is_required() -> None:
    """The operation requires its body, which upstream left optional."""
    path = UPSTREAM["paths"]["/api-keys/{type}/{sub-type}"]
    assert "required" not in path["post"]["requestBody"]
    assert OPERATION["requestBody"]["required"] is True


def test_null_defaults_are_gone() -> None:
    """Neither property with the impossible default has a default now."""
    usage = EFFECTIVE["components"]["schemas"]["UsageLimits"]["properties"]
    assert [
        usage[name] for name in ("credit_limit", "alert_threshold") if "default" in usage[name]
    ] == []


def test_servers_are_urls() -> None:
    """Each server is an absolute URL once its variables have their defaults."""
    servers = [server for each in objects(EFFECTIVE) for server in each.get("servers", ())]
    assert len(servers) == 3
    for server in servers:
        defaults = {name: each["default"] for name, each in server.get("variables", {}).items()}
        url = urlsplit(server["url"].format_map(defaults))
        assert (url.scheme, bool(url.hostname)) == ("https", True)


def test_errors_that_callers_meet_are_described() -> None:
    """The operation describes the status of each of Portkey's error codes, and no other error."""
    codes = EFFECTIVE["components"]["responses"]["Error"]["x-error-codes"]
    assert list(codes) == [f"AB0{number}" for number in range(1, 10)]
    statuses = {str(code["status"]) for code in codes.values()}
    assert OPERATION["responses"].keys() - {"200"} == statuses
    for status in statuses:
        answer = OPERATION["responses"][status]
        assert answer == {"$ref": "#/components/responses/Error"}


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"success": False, "data": {"message": "No such key", "errorCode": "AB02"}}, True),
        ({"success": False, "data": {"message": "A code of tomorrow", "errorCode": "AB99"}}, True),
        ({"success": "false"}, False),
        ({"data": "No such key"}, False),
        ({"data": {"message": 5}}, False),
        ({"data": {"errorCode": 404}}, False),
    ],
    ids=["known", "unknown code", "success", "data", "message", "errorCode"],
)
def test_error_has_portkeys_shape(body: dict[str, Any], verdict: bool) -> None:  # noqa: FBT001 - a table's column
    """An error is success, and data with a message and a code, each of its type."""
    response = EFFECTIVE["components"]["responses"]["Error"]
    schema = response["content"]["application/json"]["schema"]
    assert validator(EFFECTIVE, schema).is_valid(body) is verdict


def test_overlay_is_1_0_and_says_why() -> None:
    """The overlay is of version 1.0, and each of its actions has a sentence of its own."""
    assert re.fullmatch(r"1\.0\.\d+", OVERLAY["overlay"])
    for action in ACTIONS:
        assert re.fullmatch(r"\S.{20,}\.", action["description"], re.DOTALL)


@pytest.mark.parametrize(
    "number", range(1, len(ACTIONS) + 1), ids=[action["target"] for action in ACTIONS]
)
def test_repair_that_upstream_adopted_is_an_error(number: int) -> None:
    """Once upstream says what an action would make it say, that action is refused by name."""
    twice = {**OVERLAY, "actions": [*ACTIONS[:number], ACTIONS[number - 1]]}
    with pytest.raises(overlay.OverlayError) as caught:
        overlay.apply(UPSTREAM, twice)
    target = ACTIONS[number - 1]["target"]
    assert str(caught.value).startswith(f"overlay action {number + 1}, target {target}: ")
