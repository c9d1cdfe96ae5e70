"""The documents of spec/ are valid, consistent and derived from each other."""

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
from portkey_generated.models import (
    ApiKey,
    ApiKeyList,
    RotatedApiKey,
    RotationPolicy,
    UsageLimits,
)
from ruamel.yaml import YAML

from portkey_admin_stub.schema import resolve, validator
from scripts import overlay, yaml_document
from scripts.regen import ROOT
from tests.spec.documents import text, values
from tests.spec.stated import Stated, invalid_values, stated

UPSTREAM = values("upstream.yaml")
OVERLAYS = {path.name: values(path.name) for path in overlay.OVERLAYS}
EFFECTIVE = values("openapi.yaml")
ACTIONS: list[dict[str, Any]] = [action for each in OVERLAYS.values() for action in each["actions"]]
CREATE = EFFECTIVE["paths"]["/api-keys/{type}/{sub-type}"]
OPERATION = CREATE["post"]
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation
    for item in EFFECTIVE["paths"].values()
    for method, operation in item.items()
    if method != "servers"
}

# The hash of the block, without its backticks, on the docs page "Create API Key".
SHA256_OF_THE_BLOCK = "282f655c3d5cbe6f7479b820809984b521cb164bb0aeebda380d5561b64ddd04"

# Schemas with an enum that upstream marks `nullable: true`.
NULLABLE_ENUMS = {
    "usage_limits": "/components/schemas/UsageLimits/properties/periodic_reset",
    "rotation_policy": (
        "/components/schemas/CreateApiKeyObject/properties/rotation_policy"
        "/properties/rotation_period"
    ),
}
# The same in the body of an update, which upstream lacks.
UPDATE = "/components/schemas/UpdateApiKeyObject"
NULLABLE_ENUMS_OF_UPDATE = (
    f"{UPDATE}/properties/usage_limits/properties/periodic_reset",
    f"{UPDATE}/properties/rotation_policy/properties/rotation_period",
)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a document."""
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node:
        if isinstance(below, dict | list):
            yield from objects(below)


def test_upstream_is_the_block_of_the_docs_page() -> None:
    """upstream.yaml has exactly the bytes of the block on Portkey's page."""
    assert hashlib.sha256(text("upstream.yaml")).hexdigest() == SHA256_OF_THE_BLOCK


def test_effective_spec_is_upstream_plus_overlays() -> None:
    """openapi.yaml is the result of applying the overlays to upstream.yaml."""
    upstream = yaml_document.load(text("upstream.yaml"), "upstream.yaml")
    assert yaml_document.dump(overlay.apply_all(upstream, ROOT)) == text("openapi.yaml")


def test_textual_diff_shows_only_the_overlays() -> None:
    """Every line that differs between the two documents comes from an action."""
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
    """Return a line of YAML without its indentation and list marker."""
    return line.strip().removeprefix("- ")


def test_layout_survives_reading_and_writing() -> None:
    """Reading and writing a document keeps its text, so that diffs have no noise."""
    for name in ("upstream.yaml", "openapi.yaml"):
        assert yaml_document.dump(yaml_document.load(text(name), name)) == text(name)


@pytest.mark.parametrize("version", [(1, 1), (1, 2)], ids=["YAML 1.1", "YAML 1.2"])
def test_yaml_versions_read_the_same(version: tuple[int, int]) -> None:
    """openapi.yaml has the same values in YAML 1.1 and YAML 1.2."""
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    assert reader.load(text("openapi.yaml")) == EFFECTIVE


def test_spec_validator_finds_nothing() -> None:
    """openapi-spec-validator finds no error in the effective spec."""
    assert [error.message for error in OpenAPIV30SpecValidator(EFFECTIVE).iter_errors()] == []


def test_spec_validator_finds_the_errors_of_upstream() -> None:
    """The same validator finds the two invalid defaults of upstream, so it does work."""
    messages = [error.message for error in OpenAPIV30SpecValidator(UPSTREAM).iter_errors()]
    assert messages.count("None is not of type 'integer'") == 2


STATED = {each.pointer: each for each in stated(EFFECTIVE)}


def test_walk_finds_every_stated_value() -> None:
    """The walk finds as many examples and defaults as the text has."""
    words = re.findall(rb"^ +(?:- )?(?:example|default):", text("openapi.yaml"), re.MULTILINE)
    named = sum(len(each["examples"]) for each in objects(EFFECTIVE) if "examples" in each)
    assert len(STATED) == len(words) + named


def test_stated_values_are_valid() -> None:
    """Each example and default validates against its own schema."""
    assert invalid_values(EFFECTIVE) == set()


def test_stated_values_of_upstream_are_not() -> None:
    """The same walk finds the invalid example and the two invalid defaults in upstream."""
    found = {pointer.rpartition("/properties/")[2] for pointer in invalid_values(UPSTREAM)}
    assert found == {"id/example", "credit_limit/default", "alert_threshold/default"}


@pytest.mark.parametrize("broken", STATED.values(), ids=STATED.keys())
def test_broken_stated_value_is_found(broken: Stated) -> None:
    """The walk finds any invalid example or default, and no other."""
    document = copy.deepcopy(EFFECTIVE)
    parent: Any = document
    for step in broken.place[:-1]:
        parent = parent[step]
    parent[broken.place[-1]] = 17 if isinstance(broken.value, str) else "neither"
    assert invalid_values(document) == {broken.pointer}


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
def test_walk_distinguishes_keywords_from_names(
    document: dict[str, Any], pointers: set[str]
) -> None:
    """The walk reads keywords of OpenAPI, and ignores names that look like keywords."""
    assert invalid_values({"openapi": "3.0.0", **document}) == pointers


def _by_json_schema(document: dict[str, Any], pointer: str) -> bool:
    return validator(document, resolve(document, f"#{pointer}")).is_valid(None)


def _by_oas30(document: dict[str, Any], pointer: str) -> bool:
    return bool(OAS30Validator(resolve(document, f"#{pointer}")).is_valid(None))


def _by_the_whole_body(document: dict[str, Any], pointer: str) -> bool:
    [holder] = [each for each, place in NULLABLE_ENUMS.items() if place == pointer]
    body = {"name": "n", "scopes": [], holder: {pointer.rpartition("/")[2]: None}}
    schema = document["components"]["schemas"]["CreateApiKeyObject"]
    return validator(document, schema).is_valid(body)


def test_all_nullable_enums_are_repaired() -> None:
    """No enum is nullable except the repaired ones."""
    found = [each for each in objects(EFFECTIVE) if each.get("nullable") and "enum" in each]
    pointers = (*NULLABLE_ENUMS.values(), *NULLABLE_ENUMS_OF_UPDATE)
    repaired = [resolve(EFFECTIVE, f"#{pointer}") for pointer in pointers]
    assert sorted(found, key=str) == sorted(repaired, key=str)


@pytest.mark.parametrize("pointer", NULLABLE_ENUMS.values(), ids=NULLABLE_ENUMS.keys())
@pytest.mark.parametrize("allows_null", [_by_json_schema, _by_oas30, _by_the_whole_body])
def test_nullable_enum_allows_null(
    pointer: str, allows_null: Callable[[dict[str, Any], str], bool]
) -> None:
    """A nullable enum allows null, which upstream's version refuses."""
    assert allows_null(EFFECTIVE, pointer)
    assert not allows_null(UPSTREAM, pointer)


@pytest.mark.parametrize("pointer", NULLABLE_ENUMS_OF_UPDATE)
def test_nullable_enum_allows_null_in_an_update(pointer: str) -> None:
    """The nullable enums in the body of an update allow null too."""
    assert _by_json_schema(EFFECTIVE, pointer)
    assert _by_oas30(EFFECTIVE, pointer)


def test_null_reaches_the_models() -> None:
    """The generated models accept and send the null of a nullable enum."""
    assert RotationPolicy.from_dict({"rotation_period": None}).to_dict() == {
        "rotation_period": None
    }
    assert UsageLimits.from_dict({"periodic_reset": None}).to_dict() == {"periodic_reset": None}


def test_operations_have_their_names() -> None:
    """The operations have the expected names, and the tag Api-Keys."""
    assert set(OPERATIONS) == {
        *("createApiKey", "listApiKeys", "retrieveApiKey"),
        *("updateApiKey", "deleteApiKey", "rotateApiKey"),
    }
    assert all(operation["tags"] == ["Api-Keys"] for operation in OPERATIONS.values())


def test_models_are_named_by_the_spec() -> None:
    """Each model has the name of a component or a title, not one that the generator made up."""
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
    """The two properties with an invalid default have no default now."""
    usage = EFFECTIVE["components"]["schemas"]["UsageLimits"]["properties"]
    assert [
        usage[name] for name in ("credit_limit", "alert_threshold") if "default" in usage[name]
    ] == []


def test_operations_share_servers_and_security() -> None:
    """Every operation has the same servers and security as create."""
    assert all(item["servers"] == CREATE["servers"] for item in EFFECTIVE["paths"].values())
    assert not [name for name, each in OPERATIONS.items() if each.keys() & {"servers", "security"}]


def test_servers_are_urls() -> None:
    """Each server is an absolute URL once its variables have their defaults."""
    servers = [*EFFECTIVE["servers"], *CREATE["servers"]]
    assert len(servers) == 3
    for server in servers:
        defaults = {name: each["default"] for name, each in server.get("variables", {}).items()}
        url = urlsplit(server["url"].format_map(defaults))
        assert (url.scheme, bool(url.hostname)) == ("https", True)


def test_errors_are_described() -> None:
    """Each operation describes the status of each of Portkey's error codes, and no other error."""
    codes = EFFECTIVE["components"]["responses"]["Error"]["x-error-codes"]
    assert list(codes) == [f"AB0{number}" for number in range(1, 10)]
    statuses = {str(code["status"]) for code in codes.values()}
    for operation in OPERATIONS.values():
        assert operation["responses"].keys() - {"200"} == statuses
        for status in statuses:
            assert operation["responses"][status] == {"$ref": "#/components/responses/Error"}


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
    """An error has success, and data with a message and a code, each of its type."""
    response = EFFECTIVE["components"]["responses"]["Error"]
    schema = response["content"]["application/json"]["schema"]
    assert validator(EFFECTIVE, schema).is_valid(body) is verdict


def test_errors_are_not_worded_for_create_alone() -> None:
    """No error mentions that a key was not created, because all operations share the texts."""
    response = EFFECTIVE["components"]["responses"]["Error"]
    meanings = [code["meaning"] for code in response["x-error-codes"].values()]
    assert not re.search(r"not created|key may have been created", str(meanings))
    assert "created" not in response["description"]


# A response of live servers, with values that the published schema does not allow.
LIVE_KEY: dict[str, Any] = {
    "id": "183F497A-2A7F-4F47-992E-26213FA863CE",
    "key": "ab*****yz",
    "name": "billing",
    "description": None,
    "type": "organisation-admin",
    "organisation_id": "an organisation",
    "workspace_id": None,
    "user_id": None,
    "status": "expired",
    "creation_mode": "terraform",
    "created_at": "2026-06-01T10:00:00.000Z",
    "last_updated_at": "2026-06-01T10:00:00.000Z",
    "expires_at": None,
    "reset_usage": 0,
    "rate_limits": [{"type": "images", "unit": "rpy", "value": 0.5, "burst": 2}],
    "usage_limits": {"is_expired_alerts_sent": True, "credit_limit": 0.25, "type": None},
    "scopes": [],
    "defaults": {"metadata": None, "config_id": None, "tags": ["a"]},
    "alert_emails": None,
    "object": "api-key-v2",
    "expiry_enforced": 0,
    "api_key_defaults_id": None,
}


@pytest.mark.parametrize(
    "key",
    [LIVE_KEY, dict.fromkeys(LIVE_KEY), {}, {"key": "a raw key+"}],
    ids=["live", "nulls", "empty", "raw key"],
)
def test_reads_accept_the_answers_of_live_servers(key: dict[str, Any]) -> None:
    """Reads accept and keep nulls, future values and unknown members."""
    schema = {"$ref": "#/components/schemas/ApiKey"}
    assert validator(EFFECTIVE, schema).is_valid(key)
    page = {"total": 1, "object": "list", "data": [key]}
    [listed] = ApiKeyList.from_dict(page).to_dict()["data"]
    for each in (ApiKey.from_dict(key).to_dict(), listed):
        assert each.keys() == key.keys()
        assert {name: each[name] for name in each.keys() - {"id", *MOMENTS}} == {
            name: key[name] for name in key.keys() - {"id", *MOMENTS}
        }


MOMENTS = ("created_at", "last_updated_at")


@pytest.mark.parametrize("model", [ApiKey, RotatedApiKey])
def test_odd_values_of_an_answer_do_not_raise(model: type[ApiKey | RotatedApiKey]) -> None:
    """An invalid id or time leaves the rest of a response readable."""
    odd = {"id": "key-1", "created_at": 5, "expires_at": "soon", "key_transition_expires_at": ""}
    assert model.from_dict({"key": "s", **odd}).to_dict() == {"key": "s", **odd}


def test_reads_limit_nothing() -> None:
    """The responses of reads have no required members and no enums; all members are nullable."""
    keys = EFFECTIVE["components"]["schemas"]["ApiKey"]
    pages = OPERATIONS["listApiKeys"]["responses"]["200"]["content"]["application/json"]["schema"]
    for schema in (keys, pages):
        for each in objects(schema):
            assert not each.keys() & {"required", "enum"}
            for name, part in each.get("properties", {}).items():
                assert part.get("nullable"), name


def _constraints(schema: Any) -> Any:
    """Return a schema without descriptions, and with its references resolved."""
    if isinstance(schema, list):
        return [_constraints(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _constraints(resolve(EFFECTIVE, schema["$ref"]))
    return {
        word: {name: _constraints(part) for name, part in value.items()}
        if word == "properties"
        else _constraints(value)
        for word, value in schema.items()
        if word not in ("title", "description", "example")
    }


def test_update_takes_the_fields_of_create() -> None:
    """The body of an update has the fields of create except the owner, and requires none."""
    schemas = EFFECTIVE["components"]["schemas"]
    create, update = (
        _constraints(schemas[name]["properties"])
        for name in ("CreateApiKeyObject", "UpdateApiKeyObject")
    )
    assert "required" not in schemas["UpdateApiKeyObject"]
    assert create.keys() - update.keys() == {"organisation_id", "workspace_id", "user_id"}
    assert update.keys() - create.keys() == {"reset_usage"}
    # An update removes these with null.
    assert update["usage_limits"].pop("nullable")
    assert update["rate_limits"]["nullable"]
    assert update["expires_at"]["nullable"]
    assert {name: update[name] for name in update.keys() & create.keys()} == {
        name: create[name] for name in update.keys() & create.keys()
    }


@pytest.mark.parametrize("each", OVERLAYS.values(), ids=OVERLAYS.keys())
def test_overlay_is_1_0_and_each_action_has_a_reason(each: dict[str, Any]) -> None:
    """An overlay has version 1.0, and each of its actions has a sentence as its reason."""
    assert re.fullmatch(r"1\.0\.\d+", each["overlay"])
    for action in each["actions"]:
        assert re.fullmatch(r"\S.{20,}\.", action["description"], re.DOTALL)


@pytest.mark.parametrize(
    "number", range(1, len(ACTIONS) + 1), ids=[action["target"] for action in ACTIONS]
)
def test_action_that_upstream_adopted_is_an_error(number: int) -> None:
    """An action that upstream has adopted is refused with its number and target."""
    twice = {**OVERLAYS["overlay.yaml"], "actions": [*ACTIONS[:number], ACTIONS[number - 1]]}
    with pytest.raises(overlay.OverlayError) as caught:
        overlay.apply(UPSTREAM, twice)
    target = ACTIONS[number - 1]["target"]
    assert str(caught.value).startswith(f"overlay action {number + 1}, target {target}: ")


ADDED = [
    action
    for action in OVERLAYS["lifecycle.yaml"]["actions"]
    if action["target"].startswith("$.paths[")
]


@pytest.mark.parametrize("action", ADDED, ids=[next(iter(each["update"])) for each in ADDED])
def test_operation_that_upstream_adds_is_not_merged(
    action: dict[str, Any],
) -> None:
    """If upstream adds one of our operations, in any wording, our action is refused."""
    [(method, _)] = action["update"].items()
    [(path, _)] = [
        (path, item)
        for path, item in EFFECTIVE["paths"].items()
        if f"['{path}']" in action["target"]
    ]
    brought = copy.deepcopy(UPSTREAM)
    other_words = {"tags": ["Api-Keys"], "summary": "In other words", "responses": {}}
    brought["paths"][path] = {method: other_words}
    with pytest.raises(overlay.OverlayError) as caught:
        overlay.apply_all(brought, ROOT)
    lifecycle = OVERLAYS["lifecycle.yaml"]["actions"]
    number = lifecycle.index(action) + 1
    assert str(caught.value).startswith(
        f"spec/lifecycle.yaml: overlay action {number}, target {action['target']}: "
        f"{method} exists already; delete the action"
    )
