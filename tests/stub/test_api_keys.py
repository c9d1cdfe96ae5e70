"""A stub with a memory lists, finds, changes and deletes the API keys that it has created."""

from __future__ import annotations

import copy
import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import portkey_admin_stub
from portkey_admin_stub import NO_BODY, Stub
from portkey_admin_stub.api_keys import ApiKeys
from portkey_admin_stub.schema import validator

from .documents import KEY, LIBRARY
from .test_packaged import DOCUMENT
from .wire import Reply, Request, Send, in_process

BODY = {
    "name": "billing",
    "scopes": ["logs.view"],
    "workspace_id": "ws-1",
    "usage_limits": {"credit_limit": 10},
    "rate_limits": [{"type": "requests", "unit": "rpm", "value": 100}],
    "defaults": {"metadata": {"team": "backend"}},
    "expires_at": "2027-01-01T00:00:00Z",
}
NOBODY = str(uuid.uuid4())


class Clock:
    """A clock that tests move."""

    now = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the keys."""
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> ApiKeys:
    """Return the memory of the stub."""
    return ApiKeys(lambda: clock.now)


@pytest.fixture
def stub(keys: ApiKeys) -> Stub:
    """Return a stub with a memory."""
    return Stub(DOCUMENT, api_key=KEY, memory=keys)


def call(
    stub: Stub, method: str, path: str, body: object = NO_BODY, *, send: Send = in_process
) -> tuple[int, Any]:
    """Send a valid request, and return the status and the parsed body.

    The response is checked against the document.
    """
    headers = (("x-portkey-api-key", KEY), ("Content-Type", "application/json"))
    content = b"" if body is NO_BODY else json.dumps(body).encode()
    reply: Reply = send(stub, Request(method, f"/v1/api-keys{path}", headers, content))
    exchange = stub.exchanges[-1]
    assert exchange.problems == []
    answer = json.loads(reply.body)
    assert (reply.status, answer) == (exchange.status, exchange.answer)
    [operation] = [
        each
        for item in DOCUMENT["paths"].values()
        for name, each in item.items()
        if name != "servers" and each["operationId"] == exchange.operation_id
    ]
    described = operation["responses"][str(reply.status)]
    if "$ref" in described:
        described = DOCUMENT["components"]["responses"]["Error"]
    assert validator(DOCUMENT, described["content"]["application/json"]["schema"]).is_valid(answer)
    return reply.status, answer


def create(stub: Stub, **members: object) -> dict[str, Any]:
    """Create a key of a workspace, with more members; return the response."""
    status, created = call(stub, "POST", "/workspace/service", {**BODY, **members})
    assert status == HTTPStatus.OK
    return dict(created)


def retrieve(stub: Stub, key_id: str) -> dict[str, Any]:
    """Return an existing key."""
    status, key = call(stub, "GET", f"/{key_id}")
    assert status == HTTPStatus.OK
    return dict(key)


def page(stub: Stub, **query: object) -> dict[str, Any]:
    """Return a page of the list."""
    status, listed = call(stub, "GET", f"?{urlencode(query)}" if query else "")
    assert status == HTTPStatus.OK
    return dict(listed)


def ids(listed: dict[str, Any]) -> list[str]:
    """Return the ids on a page."""
    return [each["id"] for each in listed["data"]]


MESSAGES = {
    "AB01": "key_transition_period_ms: the transition would never end",
    "AB07": "the transition of an earlier rotation has not ended",
    "AB08": "there is no API key with this id",
}


def refused(answered: tuple[int, Any]) -> tuple[int, str]:
    """Return the status and Portkey's code of a refusal."""
    status, answer = answered
    assert answer["success"] is False
    assert answer["data"]["message"] == MESSAGES[answer["data"]["errorCode"]]
    return status, answer["data"]["errorCode"]


def test_life_of_a_key(send: Send, stub: Stub) -> None:
    """A key is created, listed, found, changed, rotated and deleted, in process and on a socket."""
    _, created = call(stub, "POST", "/workspace/user", BODY, send=send)
    place = f"/{created['id']}"
    _, listed = call(stub, "GET", "?workspace_id=ws-1", send=send)
    assert ids(listed) == [created["id"]]
    assert call(stub, "PUT", place, {"name": "renamed"}, send=send) == (HTTPStatus.OK, {})
    _, found = call(stub, "GET", place, send=send)
    assert found["name"] == "renamed"
    _, rotated = call(stub, "POST", f"{place}/rotate", send=send)
    assert rotated["key"] != created["key"]
    assert call(stub, "DELETE", place, send=send) == (HTTPStatus.OK, {})
    _, listed = call(stub, "GET", "", send=send)
    assert listed == {"total": 0, "object": "list", "data": []}


def test_key_is_read_as_it_was_created(stub: Stub) -> None:
    """A read returns the given values, null for others, and the values of the server."""
    created = create(stub, unknown="ignored")
    assert created.keys() == {"id", "key", "object"}
    assert (created["object"], len(created["key"])) == ("api-key", 28)
    found = retrieve(stub, created["id"])
    assert page(stub) == {"total": 1, "object": "list", "data": [found]}
    organisation, masked = found.pop("organisation_id"), found.pop("key")
    assert uuid.UUID(organisation)
    assert masked == f"{created['key'][:2]}**********{created['key'][-2:]}"
    assert found == {
        **BODY,
        "id": created["id"],
        "description": None,
        "alert_emails": None,
        "user_id": None,
        "type": "workspace-service",
        "status": "active",
        "creation_mode": "api",
        "created_at": "2026-06-01T12:00:00.000Z",
        "last_updated_at": "2026-06-01T12:00:00.000Z",
        "reset_usage": 0,
        "object": "api-key",
        "expiry_enforced": 0,
        "api_key_defaults_id": None,
    }


def test_owner_of_a_key(stub: Stub) -> None:
    """Organisation, workspace and user come from the request, and the type from the path."""
    owner = {"organisation_id": NOBODY, "workspace_id": "ws-2", "user_id": NOBODY}
    _, created = call(stub, "POST", "/workspace/user", {**BODY, **owner})
    found = retrieve(stub, created["id"])
    assert {name: found[name] for name in owner} == owner
    assert found["type"] == "workspace-user"


def test_secrets_are_shown_once(stub: Stub, keys: ApiKeys) -> None:
    """Each secret is different, no read returns it, and no repr shows it."""
    created = [create(stub) for _ in range(3)]
    secrets = {each["key"] for each in created}
    assert len(secrets) == len({each["id"] for each in created}) == 3
    reads = json.dumps([page(stub), *(retrieve(stub, each["id"]) for each in created)])
    assert not [secret for secret in secrets if secret in reads + repr(keys.kept) + repr(stub)]


@pytest.mark.parametrize("size", [1, 7, 99, 100])
def test_pages_hold_every_key_once(stub: Stub, keys: ApiKeys, size: int) -> None:
    """Pages start at 0 with the newest keys; pages after the last one are empty."""
    added = [keys.add(name=f"key {number}") for number in range(103)]
    pages = [page(stub, page_size=size, current_page=number) for number in range(103 // size + 2)]
    assert [each for listed in pages for each in ids(listed)] == added[::-1]
    assert {len(ids(listed)) for listed in pages[:-2]} == {size}
    assert pages[-1] == {"total": 103, "object": "list", "data": []}
    assert {listed["total"] for listed in pages} == {103}


@pytest.mark.parametrize("query", [{}, {"page_size": 101}, {"page_size": 10**30}])
def test_page_has_at_most_100_keys(stub: Stub, keys: ApiKeys, query: dict[str, int]) -> None:
    """A page has 100 keys, or fewer on request; it never has more."""
    for number in range(103):
        keys.add(name=f"key {number}")
    assert len(page(stub, **query)["data"]) == 100
    assert len(page(stub, current_page=1, **query)["data"]) == 3
    assert page(stub, current_page=10**30, **query)["data"] == []


def test_pages_shift_while_others_create_and_delete(stub: Stub, keys: ApiKeys) -> None:
    """Pages are offsets into the keys at the time of the request."""
    first, second, third = (keys.add() for _ in range(3))
    assert ids(page(stub, page_size=1)) == [third]
    keys.add()
    assert ids(page(stub, page_size=1, current_page=1)) == [third]
    for key_id in (third, first):
        call(stub, "DELETE", f"/{key_id}")
    assert ids(page(stub, page_size=1, current_page=1)) == [second]


def test_keys_of_a_workspace(stub: Stub, keys: ApiKeys) -> None:
    """Keys of other workspaces, or of none, are neither listed nor counted."""
    added = [keys.add(workspace_id=workspace) for workspace in ("ws-1", None, "ws-2", "ws-1")]
    listed = page(stub, workspace_id="ws-1", page_size=1)
    assert (ids(listed), listed["total"]) == ([added[3]], 2)
    assert page(stub, workspace_id="ws")["total"] == 0


def test_update_changes_only_its_fields(stub: Stub, clock: Clock) -> None:
    """Given fields are replaced, null removes limits, and all others stay."""
    key_id = create(stub)["id"]
    before = retrieve(stub, key_id)
    clock.now += timedelta(hours=1)
    changes: dict[str, Any] = {
        "scopes": [],
        "usage_limits": None,
        "rate_limits": None,
        "expires_at": None,
        "description": "changed",
    }
    fixed = {"workspace_id": "ws-2", "user_id": NOBODY, "type": "workspace-user", "x": 1}
    assert call(stub, "PUT", f"/{key_id}", {**changes, **fixed}) == (HTTPStatus.OK, {})
    assert retrieve(stub, key_id) == {
        **before,
        **changes,
        "last_updated_at": "2026-06-01T13:00:00.000Z",
    }


def test_exhausted_key_becomes_active_again(stub: Stub, keys: ApiKeys) -> None:
    """A key is exhausted at its usage limit until the usage is reset or the limit changed."""
    key_id = create(stub, usage_limits={"credit_limit": 1})["id"]
    assert retrieve(stub, key_id)["status"] == "active"
    keys.kept[key_id].used = 1
    call(stub, "PUT", f"/{key_id}", {"reset_usage": True})
    assert retrieve(stub, key_id)["status"] == "active"
    call(stub, "PUT", f"/{key_id}", {"usage_limits": {"credit_limit": 10}})
    seen = []
    for used, change in ((9.9, {}), (10, {"reset_usage": False}), (10, {"reset_usage": True})):
        keys.kept[key_id].used = used
        call(stub, "PUT", f"/{key_id}", change)
        seen.append(retrieve(stub, key_id)["status"])
    assert seen == ["active", "exhausted", "active"]
    keys.kept[key_id].used = 11
    for limits in ({"credit_limit": 11}, {"credit_limit": 12}, {"type": "cost"}, None):
        call(stub, "PUT", f"/{key_id}", {"usage_limits": limits})
        seen.append(retrieve(stub, key_id)["status"])
    assert seen[3:] == ["exhausted", "active", "active", "active"]


@pytest.mark.parametrize(
    "expires_at",
    [
        "2026-06-01T12:00:01Z",
        "2026-06-01t12:00:01.000000000z",
        "2026-06-01T23:59:01+11:59",
        "2026-06-01T23:59:60Z",
        "2026-06-01T18:29:60.5-05:30",
    ],
)
def test_key_expires(stub: Stub, keys: ApiKeys, clock: Clock, expires_at: str) -> None:
    """A key is active before its expiry and expired from then on, in any spelling of the time."""
    if ":60" in expires_at:  # a leap second, valid only at the end of a day
        clock.now = clock.now.replace(hour=23, minute=59)
    key_id = create(stub, expires_at=expires_at)["id"]
    keys.kept[key_id].used = 10
    assert retrieve(stub, key_id)["status"] == "exhausted"
    clock.now += timedelta(minutes=1, seconds=1)
    assert retrieve(stub, key_id)["status"] == "expired"
    call(stub, "PUT", f"/{key_id}", {"expires_at": None, "reset_usage": True})
    assert retrieve(stub, key_id)["status"] == "active"


@pytest.mark.parametrize(
    ("expires_at", "status"),
    [
        ("2026-06-01T12:00:00Z", "expired"),
        ("0000-01-01T00:00:00Z", "expired"),
        ("0001-01-01T00:00:00+23:59", "expired"),
        ("9999-12-31T23:59:59-23:59", "active"),
    ],
)
def test_any_time_of_expiry(stub: Stub, expires_at: str, status: str) -> None:
    """A key expires at any date-time that the document allows, however early or late."""
    assert retrieve(stub, create(stub, expires_at=expires_at)["id"])["status"] == status


@pytest.mark.parametrize(
    ("body", "minutes"),
    [
        (NO_BODY, 30),
        ({}, 30),
        ({"key_transition_period_ms": 3_600_000}, 60),
        ({"key_transition_period_ms": 1_800_000.0}, 30),
    ],
)
def test_rotated_key_has_a_new_secret(stub: Stub, clock: Clock, body: object, minutes: int) -> None:
    """The id stays, and another rotation is refused until the transition ends."""
    created = create(stub)
    rotate = ("POST", f"/{created['id']}/rotate", body)
    secrets = {created["key"]}
    for _ in range(2):
        status, rotated = call(stub, *rotate)
        assert (status, rotated["id"]) == (HTTPStatus.OK, created["id"])
        ends = clock.now + timedelta(minutes=minutes)
        assert datetime.fromisoformat(rotated["key_transition_expires_at"]) == ends
        clock.now = ends - timedelta(seconds=1)
        assert refused(call(stub, *rotate)) == (HTTPStatus.CONFLICT, "AB07")
        clock.now = ends
        secrets.add(rotated["key"])
    assert len(secrets) == 3
    found = retrieve(stub, created["id"])
    assert found["key"] not in secrets
    last = clock.now - timedelta(minutes=minutes)
    assert datetime.fromisoformat(found["last_updated_at"]) == last


@pytest.mark.parametrize("period", [10**15, 10**400, 1e308])
def test_too_long_transition_is_refused(stub: Stub, keys: ApiKeys, period: float) -> None:
    """A period that is too long for a date is refused, and the secret stays."""
    created = create(stub)
    body = {"key_transition_period_ms": period}
    answered = call(stub, "POST", f"/{created['id']}/rotate", body)
    assert refused(answered) == (HTTPStatus.BAD_REQUEST, "AB01")
    assert keys.kept[created["id"]].secret == created["key"]
    assert call(stub, "POST", f"/{created['id']}/rotate")[0] == HTTPStatus.OK


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", NO_BODY),
        ("PUT", "", {"name": "renamed"}),
        ("DELETE", "", NO_BODY),
        ("POST", "/rotate", NO_BODY),
    ],
)
def test_unknown_ids_are_not_found(stub: Stub, method: str, path: str, body: object) -> None:
    """An unknown id, or that of a deleted key, gives 404 with Portkey's code."""
    kept, deleted = create(stub)["id"], create(stub)["id"]
    call(stub, "DELETE", f"/{deleted}")
    before = retrieve(stub, kept)
    for key_id in (deleted, NOBODY):
        answered = call(stub, method, f"/{key_id}{path}", body)
        assert refused(answered) == (HTTPStatus.NOT_FOUND, "AB08")
    assert page(stub)["data"] == [before]
    assert call(stub, method, f"/{kept.upper()}{path}", body)[0] == HTTPStatus.OK


def test_keys_with_any_member_can_be_added(stub: Stub, keys: ApiKeys) -> None:
    """A test can add a key with any member, such as an unmasked secret of older servers."""
    members = {"id": NOBODY, "key": "a raw key", "status": "paused", "scopes": None, "new": [1]}
    assert keys.add(**members) == NOBODY
    assert retrieve(stub, NOBODY) == {
        **members,
        "name": None,
        "description": None,
        "rate_limits": None,
        "usage_limits": None,
        "defaults": None,
        "alert_emails": None,
        "expires_at": None,
        "type": "organisation-service",
        "organisation_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
        "workspace_id": None,
        "user_id": None,
        "creation_mode": "api",
        "created_at": "2026-06-01T12:00:00.000Z",
        "last_updated_at": "2026-06-01T12:00:00.000Z",
        "reset_usage": 0,
        "object": "api-key",
        "expiry_enforced": 0,
        "api_key_defaults_id": None,
    }


def test_refused_requests_have_no_effect(stub: Stub, keys: ApiKeys) -> None:
    """A request that the document or the key forbids has no effect."""
    key_id = create(stub)["id"]
    kept = copy.deepcopy(keys.kept)
    good = (("x-portkey-api-key", KEY), ("Content-Type", "application/json"))
    wrong = (("x-portkey-api-key", "x"), ("Content-Type", "application/json"))
    for request, status in (
        (Request("DELETE", f"/v1/api-keys/{key_id}", wrong), HTTPStatus.UNAUTHORIZED),
        (Request("POST", f"/v1/api-keys/{key_id}/rotate", wrong), HTTPStatus.UNAUTHORIZED),
        (Request("DELETE", f"/v1/api-keys/{key_id}?x=1", good), HTTPStatus.BAD_REQUEST),
        (Request("PUT", f"/v1/api-keys/{key_id}", good), HTTPStatus.BAD_REQUEST),
        (Request("PUT", f"/v1/api-keys/{key_id}", good, b'{"name": 1}'), HTTPStatus.BAD_REQUEST),
        (Request("POST", "/v1/api-keys/workspace/user", good, b"{}"), HTTPStatus.BAD_REQUEST),
        (Request("DELETE", "/v1/api-keys/no-uuid", good), HTTPStatus.BAD_REQUEST),
    ):
        assert in_process(stub, request).status == status
    assert keys.kept == kept


def test_changing_an_exchange_changes_no_key(stub: Stub) -> None:
    """Changes of a recorded request or response do not change a key."""
    key_id = create(stub)["id"]
    before = copy.deepcopy(retrieve(stub, key_id))
    for exchange in stub.exchanges:
        for recorded in (exchange.answer, exchange.body):
            if recorded is not NO_BODY:
                recorded.pop("usage_limits", {}).clear()
                recorded.pop("scopes", []).clear()
    assert retrieve(stub, key_id) == before


def test_many_threads_share_the_keys(stub: Stub, keys: ApiKeys) -> None:
    """With concurrent requests no key is lost, and all pages are valid."""

    def live(number: int) -> None:
        created = in_process(
            stub,
            Request(
                "POST",
                "/v1/api-keys/workspace/service",
                (("x-portkey-api-key", KEY), ("Content-Type", "application/json")),
                json.dumps({**BODY, "name": f"key {number}"}).encode(),
            ),
        )
        key_id = json.loads(created.body)["id"]
        for method, path in (("GET", ""), ("DELETE", f"/{key_id}")):
            if method == "GET" or number % 2:
                request = Request(method, f"/v1/api-keys{path}", (("x-portkey-api-key", KEY),))
                assert in_process(stub, request).status == HTTPStatus.OK

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(live, range(200)))
    names = {each.members["name"] for each in keys.kept.values()}
    assert names == {f"key {number}" for number in range(0, 200, 2)}


def test_other_operations_ignore_the_memory(keys: ApiKeys) -> None:
    """Operations that are not about API keys respond as their document says, with any memory."""
    for memory in (keys, None):
        stub = Stub(LIBRARY, memory=memory)
        reply = in_process(stub, Request("GET", "/v1/books/new"))
        assert reply.status == HTTPStatus.NO_CONTENT
    assert keys.kept == {}


def test_without_a_memory_responses_are_made_up() -> None:
    """A stub without a memory responds by the schema, so it finds any id."""
    stub = Stub(DOCUMENT, api_key=KEY)
    for method, path, body in (
        ("GET", "", NO_BODY),
        ("GET", f"/{NOBODY}", NO_BODY),
        ("PUT", f"/{NOBODY}", {}),
        ("DELETE", f"/{NOBODY}", NO_BODY),
        ("POST", f"/{NOBODY}/rotate", NO_BODY),
    ):
        assert call(stub, method, path, body)[0] == HTTPStatus.OK


def test_judging_is_independent_of_keys() -> None:
    """Only the program and PortkeyStub import the module that remembers keys."""
    folder = Path(str(portkey_admin_stub.__file__)).parent
    knowing = {
        path.name
        for path in folder.glob("*.py")
        if re.search(r"api_keys|api-keys|ApiKeys", path.read_text("utf-8"))
    }
    assert knowing == {"__main__.py", "api_keys.py", "portkey.py"}
