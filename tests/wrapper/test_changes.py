"""Update, rotate and delete: their requests, answers and failures."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from portkey_generated.models import UpdateDefaults, UpdateRateLimit, UpdateUsageLimits

from portkey_admin import (
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    RotatedKey,
)
from portkey_admin._secret import MASK
from tests.wrapper.caller import ARGUMENTS, CHANGES, CREATED, ID, KEY, READS, Caller, answering

INSTANT = datetime(2027, 1, 1, 12, 30, tzinfo=UTC)
ROTATED = {
    "id": ID,
    "key": "the-new-secret",
    "key_transition_expires_at": "2026-06-01T00:30:00Z",
}
# The request of each call; all paths are those of one key.
SENT = {
    "update": ("PUT", f"/v1/api-keys/{ID}"),
    "rotate": ("POST", f"/v1/api-keys/{ID}/rotate"),
    "delete": ("DELETE", f"/v1/api-keys/{ID}"),
    "retrieve": ("GET", f"/v1/api-keys/{ID}"),
}
WITHOUT_BODY = {"delete", "retrieve"}
GOOD: dict[str, Any] = {
    "create": CREATED,
    "update": {},
    "rotate": ROTATED,
    "delete": {},
    "retrieve": {"id": ID},
    "list": [],
    "find": [],
}


# Requests


@pytest.mark.parametrize("method", SENT)
@pytest.mark.parametrize("by_position", [True, False])
@pytest.mark.parametrize("key_id", [ID, ID.upper(), UUID(ID)], ids=["text", "upper", "UUID"])
def test_id_is_one_segment_of_the_path(
    caller: Caller, method: str, key_id: Any, *, by_position: bool
) -> None:
    """The id, as text or a UUID, is a segment of the path; omitted fields are not sent."""
    api_keys = caller.admin(transport=caller.transport(answering(GOOD[method]))).api_keys
    call = getattr(api_keys, method)
    caller.run(call(key_id) if by_position else call(id=key_id))
    [request] = caller.requests
    verb, path = SENT[method]
    assert (request.method, request.url.path) == (verb, path.replace(ID, str(key_id)))
    assert request.url.query == b""
    assert request.content == (b"" if method in WITHOUT_BODY else b"{}")
    assert ("content-type" in request.headers) == (method not in WITHOUT_BODY)
    assert request.headers.get_list("x-portkey-api-key") == [KEY]


UPDATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a name": ({"name": "new"}, {"name": "new"}),
    "None clears": (
        {"usage_limits": None, "rate_limits": None, "expires_at": None, "rotation_policy": None},
        {"usage_limits": None, "rate_limits": None, "expires_at": None, "rotation_policy": None},
    ),
    "reset": (
        {"usage_limits": None, "reset_usage": True},
        {"usage_limits": None, "reset_usage": True},
    ),
    "no reset": ({"reset_usage": False}, {"reset_usage": False}),
    "empty": ({"scopes": [], "alert_emails": ()}, {"scopes": [], "alert_emails": []}),
    "models": (
        {
            "rate_limits": [UpdateRateLimit(type_="requests", unit="rpm", value=5)],
            "usage_limits": UpdateUsageLimits(credit_limit=5),
            "defaults": UpdateDefaults(config_id="c"),
            "expires_at": INSTANT,
        },
        {
            "rate_limits": [{"type": "requests", "unit": "rpm", "value": 5}],
            "usage_limits": {"credit_limit": 5},
            "defaults": {"config_id": "c", "allow_config_override": True},
            "expires_at": "2027-01-01T12:30:00+00:00",
        },
    ),
    "extra": ({"name": "n", "extra": {"colour": "red"}}, {"name": "n", "colour": "red"}),
    "extra alone": ({"extra": {"colour": None}}, {"colour": None}),
    "extra inside": (
        {
            "rotation_policy": {"rotation_period": "weekly"},
            "rate_limits": [{"type": "tokens", "unit": "rpd", "value": 1}],
            "extra": {
                "rotation_policy": {"rotation_period_days": 5},
                "rate_limits": [{"burst": 2}],
            },
        },
        {
            "rotation_policy": {"rotation_period": "weekly", "rotation_period_days": 5},
            "rate_limits": [{"type": "tokens", "unit": "rpd", "value": 1, "burst": 2}],
        },
    ),
    "extra inside what is not given": (
        {"extra": {"usage_limits": {"colour": 1}}},
        {"usage_limits": {"colour": 1}},
    ),
    "unchecked": (
        {"usage_limits": {"credit_limt": 5}, "reset_usage": 1, "validate": False},
        {"usage_limits": {"credit_limt": 5}, "reset_usage": 1},
    ),
    "both rotation rules, unchecked": (
        {
            "rotation_policy": {"rotation_period": "weekly", "next_rotation_at": INSTANT},
            "validate": False,
        },
        {
            "rotation_policy": {
                "rotation_period": "weekly",
                "next_rotation_at": "2027-01-01T12:30:00+00:00",
            }
        },
    ),
}


@pytest.mark.parametrize(("given", "sent"), UPDATES.values(), ids=UPDATES.keys())
def test_update_sends_the_given_fields(
    caller: Caller, given: dict[str, Any], sent: dict[str, Any]
) -> None:
    """None is sent as null, omitted fields are not sent, and extra is merged."""
    assert caller.call("update", {}, **given) is None
    assert json.dumps(caller.sent_body()) == json.dumps(sent)


ROTATIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a transition": (
        {"key_transition_period_ms": 1_800_000},
        {"key_transition_period_ms": 1800000},
    ),
    "extra": ({"extra": {"reason": "leak"}}, {"reason": "leak"}),
    "unchecked": (
        {"key_transition_period_ms": 0, "validate": False},
        {"key_transition_period_ms": 0},
    ),
}


@pytest.mark.parametrize(("given", "sent"), ROTATIONS.values(), ids=ROTATIONS.keys())
def test_rotate_sends_the_given_fields(
    caller: Caller, given: dict[str, Any], sent: dict[str, Any]
) -> None:
    """A body is always sent: an empty object if no field is given."""
    caller.call("rotate", ROTATED, **given)
    assert caller.sent_body() == sent


INVALID: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "null where none may be": ("update", {"name": None}, ["/name"]),
    "null for a flag": ("update", {"reset_usage": None}, ["/reset_usage"]),
    "a flag that is none": ("update", {"reset_usage": "yes"}, ["/reset_usage"]),
    "a name that is none": (
        "update",
        {"usage_limits": {"credit_limt": 5}},
        ["/usage_limits/credit_limt"],
    ),
    "a limit": ("update", {"usage_limits": {"credit_limit": 0}}, ["/usage_limits/credit_limit"]),
    "a rate limit without a unit": (
        "update",
        {"rate_limits": [{"type": "tokens", "value": 1}]},
        ["/rate_limits/0/unit"],
    ),
    "both rotation rules": (
        "update",
        {"rotation_policy": {"rotation_period": "weekly", "next_rotation_at": INSTANT}},
        ["/rotation_policy/next_rotation_at"],
    ),
    "no rotation rule": ("update", {"rotation_policy": {}}, ["/rotation_policy"]),
    "both resets": (
        "update",
        {"usage_limits": {"periodic_reset": "weekly", "periodic_reset_days": 3}},
        ["/usage_limits/periodic_reset_days"],
    ),
    "a known name in extra": ("update", {"extra": {"name": "x"}}, ["/extra/name"]),
    "a naive moment": ("update", {"expires_at": datetime(2027, 1, 1)}, ["/expires_at"]),  # noqa: DTZ001
    "several": (
        "update",
        {"id": "x", "name": 5, "scopes": "a"},
        ["/id", "/name", "/scopes"],
    ),
    "too short a transition": (
        "rotate",
        {"key_transition_period_ms": 1_799_999},
        ["/key_transition_period_ms"],
    ),
    "no transition": ("rotate", {"key_transition_period_ms": None}, ["/key_transition_period_ms"]),
    "extra that is no dict": ("rotate", {"extra": [1]}, ["/extra"]),
}


@pytest.mark.parametrize(("method", "given", "at"), INVALID.values(), ids=INVALID.keys())
def test_invalid_arguments_are_refused(
    caller: Caller, method: str, given: dict[str, Any], at: list[str]
) -> None:
    """Every argument that the spec refuses is reported, and nothing is sent."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.call(method, {}, **given)
    assert [each.pointer for each in caught.value.problems] == at
    assert caller.requests == []


IDS: list[Any] = ["", ".", "..", "x", f"{ID}/rotate", f" {ID}", None, 5, b"x", [ID], f"{ID}\n"]
# Of these, the ids that can be a segment of a path.
PARTS = {
    "x": b"x",
    "a/b": b"a%2Fb",
    "../x": b"..%2Fx",
    "...": b"...",
    "%2e%2e": b"%252e%252e",
    "?a=b#c": b"%3Fa%3Db%23c",
    "\u00fc \U0001f511": b"%C3%BC%20%F0%9F%94%91",
    "{id}": b"%7Bid%7D",
    "a;b,c:d@e": b"a%3Bb%2Cc%3Ad%40e",
    "\\..\\x": b"%5C..%5Cx",
    "\n": b"%0A",
}


@pytest.mark.parametrize("method", SENT)
@pytest.mark.parametrize("key_id", IDS, ids=repr)
def test_invalid_ids_are_refused(caller: Caller, method: str, key_id: Any) -> None:
    """An id that is not a UUID is refused; one that no path can hold is refused even unchecked."""
    for validate in (True, False):
        if not validate and isinstance(key_id, str) and key_id not in {"", ".", ".."}:
            continue
        with pytest.raises(InvalidRequestError) as caught:
            caller.call(method, {}, id=key_id, validate=validate)
        assert [each.pointer for each in caught.value.problems] == ["/id"]
    assert caller.requests == []


@pytest.mark.parametrize("method", SENT)
@pytest.mark.parametrize("key_id", PARTS, ids=repr)
def test_unchecked_id_is_one_segment_of_the_path(caller: Caller, method: str, key_id: str) -> None:
    """No id leads to another path or operation."""
    caller.call(method, GOOD[method], id=key_id, validate=False)
    [request] = caller.requests
    path = SENT[method][1].encode().replace(ID.encode(), PARTS[key_id])
    assert request.url.raw_path == path


@pytest.mark.parametrize("method", ARGUMENTS)
def test_python_checks_the_arguments(caller: Caller, method: str) -> None:
    """Unknown, missing and extra positional arguments raise TypeError."""
    api_keys = caller.admin().api_keys
    given = ARGUMENTS[method]
    with pytest.raises(TypeError, match="colour"):
        getattr(api_keys, method)(**given, colour=1)
    with pytest.raises(TypeError):
        getattr(api_keys, method)(*given.values(), "x", "y", "z")
    if given:
        with pytest.raises(TypeError, match="missing"):
            getattr(api_keys, method)()
    assert caller.requests == []


# Responses

DONE: dict[str, Any] = {
    "an empty object": {},
    "members": {"success": True, "id": ID, "more": [1]},
    "wrapped": {"success": True, "data": {}},
    "204": httpx.Response(204),
    "200 without a body": httpx.Response(200),
    "202": httpx.Response(202, json={}),
    "a key, which is not looked at": CREATED,
}
NOT_DONE: dict[str, Any] = {
    "HTML": httpx.Response(200, html="<html>Log in</html>"),
    "text": httpx.Response(200, text="OK"),
    "null": httpx.Response(200, text="null"),
    "a list": [],
    "a failure": {"success": False},
    "a failure with words": {"success": False, "data": {"message": "no", "errorCode": "AB04"}},
    "an error": {"error": {"message": "no"}},
    "500": httpx.Response(500),
    "502": httpx.Response(502, html="<html>Bad gateway</html>"),
    "408": httpx.Response(408, json={}),
    "lost": httpx.ReadError("x"),
}
each_plain_change = pytest.mark.parametrize("method", ["update", "delete"])


@each_plain_change
@pytest.mark.parametrize("answer", DONE.values(), ids=DONE.keys())
def test_success(caller: Caller, method: str, answer: Any) -> None:
    """A success response, with or without an object, means that the change was made."""
    assert caller.call(method, answer) is None


@each_plain_change
@pytest.mark.parametrize("answer", NOT_DONE.values(), ids=NOT_DONE.keys())
def test_unknown_outcome(caller: Caller, method: str, answer: Any) -> None:
    """Any other response leaves the outcome unknown, and the error names the call to find out."""
    with pytest.raises(OutcomeUnknownError, match=r"api_keys\.retrieve") as caught:
        caller.call(method, answer)
    assert f"the key may have been {method}d" in str(caught.value)
    assert (caught.value.created, caught.value.key_id) == (None, None)
    assert len(caller.requests) == 1


CUT_OFF: dict[str, bytes] = {
    "before the body": b"",
    "in an object": b"{",
    "in a failure": b'{"success": fal',
}


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Any:
        yield self._content
        raise httpx.ReadError("x")

    async def __aiter__(self) -> Any:
        for part in self:
            yield part


@each_plain_change
def test_reason_of_an_unknown_outcome(caller: Caller, method: str) -> None:
    """The error says what is missing in a success response."""
    with pytest.raises(OutcomeUnknownError, match="status 200, is not a JSON object; the key may"):
        caller.call(method, [])


@each_plain_change
@pytest.mark.parametrize("content", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_cut_off_success(caller: Caller, method: str, content: bytes) -> None:
    """A success response that is cut off is an unknown outcome: it may not be the server's own."""
    with pytest.raises(OutcomeUnknownError, match="did not arrive whole"):
        caller.call(method, lambda _: httpx.Response(200, stream=Broken(content)))


@pytest.mark.parametrize("method", SENT)
def test_redirect(caller: Caller, method: str) -> None:
    """A redirect is refused, and the response of another URL is an unknown outcome."""
    with pytest.raises(RefusedError, match="Redirects are not followed"):
        caller.call(method, httpx.Response(307, headers={"Location": "https://x.example"}))

    def followed(request: httpx.Request) -> httpx.Response:
        response = httpx.Response(200, json=GOOD[method], request=request)
        response.history = [httpx.Response(307)]
        return response

    with pytest.raises(OutcomeUnknownError, match="comes from another URL: it was redirected"):
        caller.call(method, followed)


def test_not_found_after_a_lost_delete(caller: Caller) -> None:
    """A second delete, after a lost response, is refused with 404 and an explanation."""
    body = {"success": False, "data": {"message": "not found", "errorCode": "AB02"}}
    admin = caller.admin(
        transport=caller.transport(answering(httpx.ReadError("x"), httpx.Response(404, json=body)))
    )
    with pytest.raises(OutcomeUnknownError) as lost:
        caller.run(admin.api_keys.delete(ID))
    assert "api_keys.retrieve raises RefusedError (404)" in lost.value.advice
    with pytest.raises(RefusedError) as refused:
        caller.run(admin.api_keys.delete(ID))
    assert (refused.value.status, refused.value.code) == (404, "AB02")
    assert "an earlier delete" in str(refused.value.hint)
    with pytest.raises(RefusedError) as refused:
        caller.call("delete", httpx.Response(403, json=body))
    assert "an earlier delete" not in str(refused.value.hint)
    assert "no key was created" not in str(refused.value)


# Rotate, with the promises of create


def reveal(key: Any) -> str | None:
    """Return the secret of a key, or None."""
    return None if key is None else str(key.key.reveal())


def test_rotated_key(caller: Caller) -> None:
    """A rotated key has its new secret, masked, the end of the transition and unknown members."""
    key = caller.call("rotate", {**ROTATED, "more": [KEY], "echo": ROTATED["key"]})
    assert type(key) is RotatedKey
    assert (key.id, reveal(key), key.object) == (ID, ROTATED["key"], None)
    assert key.key_transition_expires_at == datetime(2026, 6, 1, 0, 30, tzinfo=UTC)
    assert key.additional_properties == {"more": [MASK], "echo": MASK}
    assert ROTATED["key"] not in repr(key)


FOUND: dict[str, Any] = {
    "key alone": {"key": "the-new-secret"},
    "nulls": {"key": "the-new-secret", "id": None, "key_transition_expires_at": None},
    "no moment": {**ROTATED, "key_transition_expires_at": 5},
    "wrapped": {"success": True, "data": ROTATED},
    "in another name": {"result": ROTATED},
    "a list": [ROTATED],
    "201": httpx.Response(201, json=ROTATED),
    "text": httpx.Response(200, text=json.dumps(ROTATED)),
    "UTF-16": httpx.Response(200, content=json.dumps(ROTATED).encode("utf-16")),
}
KEPT: dict[str, Any] = {
    "500": httpx.Response(500, json=ROTATED),
    "409": httpx.Response(409, json=ROTATED),
    "a failure": {**ROTATED, "success": False},
    "two keys": [ROTATED, {**ROTATED, "key": "another"}],
    "data in data": {"data": {"data": ROTATED}},
}
LOST: dict[str, Any] = {
    "nothing": {},
    "null": {**ROTATED, "key": None},
    "empty": {**ROTATED, "key": ""},
    "a number": {**ROTATED, "key": 5},
    "HTML": httpx.Response(200, html="<html></html>"),
    "204": httpx.Response(204),
    "500": httpx.Response(500),
    "408": httpx.Response(408),
    "lost": httpx.ReadError("x"),
}


@pytest.mark.parametrize("answer", FOUND.values(), ids=FOUND.keys())
def test_new_secret_is_found(caller: Caller, answer: Any) -> None:
    """A new secret is found in every form of response in which a created key is found."""
    key = caller.call("rotate", answer)
    assert type(key) is RotatedKey
    assert reveal(key) == ROTATED["key"]


@pytest.mark.parametrize("answer", KEPT.values(), ids=KEPT.keys())
def test_uncertain_new_secret(caller: Caller, answer: Any) -> None:
    """A new secret in a failed or ambiguous response comes with the error."""
    with pytest.raises(OutcomeUnknownError) as caught:
        caller.call("rotate", answer)
    error = caught.value
    assert type(error.created) is RotatedKey
    assert (reveal(error.created), error.key_id) == (ROTATED["key"], ID)
    assert ROTATED["key"] not in f"{error!s} {error!r} {vars(error)}"
    assert "created" not in error.advice


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST.keys())
def test_no_new_secret(caller: Caller, answer: Any) -> None:
    """Without a secret in the response, the error says that the key may have a new one."""
    with pytest.raises(OutcomeUnknownError, match="the key may have a new secret") as caught:
        caller.call("rotate", answer)
    assert caught.value.created is None
    assert "api_keys.rotate" in caught.value.advice
    assert "created" not in str(caught.value)
    assert len(caller.requests) == 1


WHOLE = json.dumps(ROTATED).encode()
BEHIND_KEY = WHOLE.index(b', "key_transition')


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_cut_off_response_with_a_new_secret(caller: Caller, length: int) -> None:
    """A secret that arrived completely is returned; a cut-off secret is not."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Broken(WHOLE[:length]))

    if length >= BEHIND_KEY:
        assert reveal(caller.call("rotate", answer)) == ROTATED["key"]
    else:
        with pytest.raises(OutcomeUnknownError, match="did not arrive whole") as caught:
            caller.call("rotate", answer)
        assert caught.value.created is None


class Interrupted(Broken):
    """A body that is interrupted."""

    def __iter__(self) -> Any:
        yield self._content
        raise KeyboardInterrupt


@pytest.mark.parametrize("method", ARGUMENTS)
def test_interrupt(caller: Caller, method: str) -> None:
    """An interrupt carries the new secret that has arrived; a read carries no key."""
    with pytest.raises(KeyboardInterrupt) as caught:
        caller.call(method, lambda _: httpx.Response(200, stream=Interrupted(WHOLE)))
    created = vars(caught.value)["created"]
    assert reveal(created) == (ROTATED["key"] if method in {"create", "rotate"} else None)


# Errors of all calls


@pytest.mark.parametrize("method", ARGUMENTS)
@pytest.mark.parametrize(
    "answer",
    [httpx.ReadError("x"), httpx.Response(500), httpx.Response(200, html="<html>")],
    ids=["lost", "500", "HTML"],
)
def test_advice(caller: Caller, method: str, answer: Any) -> None:
    """The advice names the effect of the call, and the call that finds out."""
    with pytest.raises(OutcomeUnknownError) as caught:
        caller.call(method, answer, {"deadline": 0.09})
    text = str(caught.value)
    assert ("may have been created" in text) == (method == "create")
    assert ("trying again is safe" in text) == (method in READS)
    settles = {"create": "find", "update": "retrieve", "delete": "retrieve", "rotate": "rotate"}
    if method in CHANGES:
        assert f"api_keys.{settles[method]}" in caught.value.advice
    assert text.endswith(caught.value.advice)


@pytest.mark.parametrize("method", ARGUMENTS)
def test_not_sent(caller: Caller, method: str) -> None:
    """If nothing was sent, every call raises the same text."""
    with pytest.raises(NotSentError, match="nothing was sent, and trying again is safe"):
        caller.call(method, httpx.ConnectError("x"))


@pytest.mark.parametrize("method", ARGUMENTS)
@pytest.mark.parametrize(
    "through",
    [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))],  # noqa: S301 - our own
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("status", [403, 500])
def test_errors_can_be_copied_and_pickled(
    caller: Caller, method: str, through: Any, status: int
) -> None:
    """Copies and pickles of errors have the same text; pickles have no secret."""
    body = {**ROTATED, "message": f"for {KEY}"}
    with pytest.raises((RefusedError, OutcomeUnknownError)) as caught:
        caller.call(method, httpx.Response(status, json=body))
    error: Any = caught.value
    arrived = through(error)
    assert (type(arrived), str(arrived)) == (type(error), str(error))
    held = {**vars(error), "created": None}
    assert {**vars(arrived), "created": None} == held
    for secret in (KEY, ROTATED["key"]):
        assert secret.encode() not in pickle.dumps(error)
        assert secret not in f"{arrived!r} {vars(arrived)}"
