"""The records that reads return accept the data of live servers, and show no secrets."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import attrs
import httpx
import pytest

from portkey_admin import ApiKey, OutcomeUnknownError, RefusedError, Secret, _response
from portkey_admin._secret import MASK
from tests.wrapper.caller import ID, KEY, READS, Caller

RAW = "pk-raw-secret-of-an-older-plane"
NULLS = (
    *("name", "description", "type", "organisation_id", "workspace_id", "user_id", "status"),
    *("creation_mode", "created_at", "last_updated_at", "expires_at", "reset_usage", "rate_limits"),
    *("usage_limits", "scopes", "defaults", "alert_emails", "object", "key"),
)
# A response of live servers, with values that the published schema forbids.
LIVE: dict[str, Any] = {
    "id": ID,
    "key": "Pk****ab",
    "name": "billing",
    "type": "workspace-service",
    "organisation_id": "a1b2c3d4-e5f6-4890-abcd-ef1234567890",
    "workspace_id": "ws-1",
    "user_id": None,
    "status": "expired",
    "creation_mode": "api",
    "created_at": "2026-06-01T10:00:00.123Z",
    "last_updated_at": "2026-06-02T10:00:00+02:00",
    "expires_at": None,
    "reset_usage": 0,
    "rate_limits": [{"type": "requests", "unit": "rpm", "value": 5, "burst": 2}],
    "usage_limits": {"is_expired_alerts_sent": True},
    "scopes": ["completions.write"],
    "defaults": {"metadata": {"team": "a"}, "config_id": None},
    "alert_emails": None,
    "object": "api-key",
    "expiry_enforced": 0,
    "api_key_defaults_id": None,
}


@pytest.fixture(params=READS)
def read(request: pytest.FixtureRequest, caller: Caller) -> Any:
    """Return a function that reads one key, for each call that reads."""

    def read(members: Any) -> ApiKey:
        if request.param == "retrieve":
            found = caller.call("retrieve", members)
        else:
            page = {"object": "list", "total": 1, "data": [members]}
            name = {"name": members.get("name")} if request.param == "find" else {}
            [found] = caller.call(request.param, page, **name)
        assert isinstance(found, ApiKey)
        return found

    return read


def test_live_data(read: Any) -> None:
    """Nulls, new statuses and unknown members are accepted."""
    key = read(LIVE)
    values = {**LIVE, "key": Secret(LIVE["key"])}
    values["created_at"] = datetime(2026, 6, 1, 10, 0, 0, 123000, tzinfo=UTC)
    values["last_updated_at"] = datetime.fromisoformat(LIVE["last_updated_at"])
    more = {name: values.pop(name) for name in ("expiry_enforced", "api_key_defaults_id")}
    assert attrs.asdict(key) == {
        **dict.fromkeys(NULLS),
        **values,
        "additional_properties": more,
    }
    assert key.usage_limits == LIVE["usage_limits"]


@pytest.mark.parametrize("members", [{}, dict.fromkeys(NULLS)], ids=["absent", "null"])
def test_everything_is_optional(caller: Caller, members: Any) -> None:
    """A key with only an id is valid; its other attributes are None."""
    key = caller.call("retrieve", {**members, "id": ID})
    assert attrs.asdict(key) == {**dict.fromkeys(NULLS), "id": ID, "additional_properties": {}}


def test_key_without_an_id(caller: Caller) -> None:
    """A key with only a name is valid, and equals an ApiKey made with that name."""
    key = caller.call("retrieve", {"name": "billing"})
    assert (key.id, key.name) == ("", "billing")
    assert key == ApiKey(name="billing")


WRONG: dict[str, Any] = {
    "name": 5,
    "description": ["a"],
    "type": {"a": 1},
    "organisation_id": 7,
    "user_id": False,
    "status": 3,
    "created_at": "yesterday",
    "last_updated_at": 1764000000,
    "expires_at": "2026-06-01T10:00:00",
    "reset_usage": "0",
    "rate_limits": {"rpm": 5},
    "usage_limits": [1],
    "scopes": "completions.write",
    "defaults": "none",
    "alert_emails": ["a@example.com", 5],
}


@pytest.mark.parametrize("secret", ["", None, 5, True, {"a": 1}, [RAW]])
def test_invalid_secret_is_none(read: Any, secret: Any) -> None:
    """A secret that is not text, or empty, is read as None."""
    assert read({**LIVE, "key": secret}).key is None


@pytest.mark.parametrize("usage", [0, 1.5])
def test_numbers(read: Any, usage: float) -> None:
    """Numbers are read with and without a fraction."""
    assert read({**LIVE, "reset_usage": usage}).reset_usage == usage


@pytest.mark.parametrize("name", WRONG)
def test_value_of_another_type_is_kept(caller: Caller, name: str) -> None:
    """A value of a wrong type is None in its attribute, and kept in additional_properties."""
    key = caller.call("retrieve", {"id": ID, name: WRONG[name]})
    assert getattr(key, name) is None
    assert key.additional_properties == {name: WRONG[name]}


MOMENTS = {
    "2026-06-01T10:00:00Z": datetime(2026, 6, 1, 10, tzinfo=UTC),
    "2026-06-01t10:00:00z": datetime(2026, 6, 1, 10, tzinfo=UTC),
    "2026-06-01T10:00:00.5+05:30": datetime.fromisoformat("2026-06-01T10:00:00.500000+05:30"),
    "2026-06-01T10:00:00.123456789Z": datetime(2026, 6, 1, 10, 0, 0, 123456, tzinfo=UTC),
    "2026-06-01 10:00:00+00:00": datetime(2026, 6, 1, 10, tzinfo=UTC),
    "2026-06-01": None,
    "": None,
    "0000-00-00T00:00:00Z": None,
    "9999-12-31T23:59:60Z": None,
    "x" * 100_000: None,
}


@pytest.mark.parametrize("text", MOMENTS, ids=lambda text: text[:30])
def test_date_times(caller: Caller, text: str) -> None:
    """A date-time with an offset is read as an aware datetime; other text is kept as text."""
    key = caller.call("retrieve", {"id": ID, "expires_at": text})
    assert key.expires_at == MOMENTS[text]
    assert key.additional_properties == ({"expires_at": text} if key.expires_at is None else {})


def test_unknown_members_are_kept(read: Any) -> None:
    """Members that the spec lacks are kept, with any name and value."""
    more = {
        "additional_properties": {"a": 1},
        "self": "x",
        "kind": [None, True, 1.5],
        "": "empty",
        "with space": {"deep": [{"deeper": "y"}]},
    }
    assert read({"id": ID, "name": "billing", **more}).additional_properties == more


def test_member_data_is_not_a_wrapper(caller: Caller) -> None:
    """An object with an id and a member `data` is the key itself."""
    key = caller.call("retrieve", {"id": ID, "name": "billing", "data": {"colour": "red"}})
    assert (key.id, key.additional_properties) == (ID, {"data": {"colour": "red"}})


@pytest.mark.parametrize(
    "wrap",
    [
        lambda key: {"data": key},
        lambda key: {"success": True, "data": key},
        lambda key: {"data": {"data": key}},
    ],
    ids=["data", "success", "data in data"],
)
def test_wrapped(caller: Caller, wrap: Any) -> None:
    """A key wrapped in `data` is read."""
    assert caller.call("retrieve", wrap(LIVE)).name == "billing"


# Secrets


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text that a record shows, except with reveal()."""
    yield from (repr(value), str(value), f"{value}", f"{value!r:>500}")
    for each in attrs.fields(type(value)):
        part = getattr(value, each.name)
        yield from (repr(part), str(part), f"{part}")
    yield repr(attrs.asdict(value))
    yield repr(copy.deepcopy(value))


def test_raw_secret_is_masked(read: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A raw secret, as older servers list it, is neither shown nor pickled."""
    caplog.set_level(logging.DEBUG)
    key = read(
        {
            **LIVE,
            "key": RAW,
            "description": f"its secret is {RAW}",
            "echo": RAW,
            RAW: [{"deep": RAW}],
            "defaults": {"metadata": {RAW: RAW}},
        }
    )
    assert key.key.reveal() == RAW
    for text in texts_of(key):
        assert RAW not in text
    assert key.description == f"its secret is {MASK}"
    assert key.defaults == {"metadata": {MASK: MASK}}
    assert key.additional_properties["echo"] == MASK
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        json.dumps(attrs.asdict(key), default=lambda value: value.__reduce_ex__(4))
    assert RAW not in caplog.text
    assert all(RAW not in repr(vars(each)) for each in caplog.records)


def test_admin_key_is_masked(read: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An admin key that the server echoes is in no record and no log."""
    caplog.set_level(logging.DEBUG)
    key = read(
        {
            **LIVE,
            "id": f"id of {KEY}",
            "object": KEY,
            "description": f"made by {KEY}",
            "created_by": KEY,
            "scopes": [KEY],
            "rate_limits": [{KEY: KEY}],
        }
    )
    assert (key.id, key.object) == (f"id of {MASK}", MASK)
    assert key.additional_properties["created_by"] == MASK
    for text in texts_of(key):
        assert KEY not in text
    assert KEY not in pickle.dumps(attrs.evolve(key, key=None)).decode("latin-1")
    assert KEY not in caplog.text


def test_id_with_the_secret_is_dropped(read: Any) -> None:
    """An id that contains the secret is dropped."""
    key = read({**LIVE, "key": RAW, "id": f"x-{RAW}"})
    assert key.id == ""


def test_deeply_nested_answers_are_read(caller: Caller) -> None:
    """Values that are nested too deep are masked, and raise no error."""
    deep: Any = RAW
    for _ in range(200):
        deep = {"a": deep}
    key = caller.call("retrieve", {"id": ID, "key": RAW, "deep": deep})
    assert RAW not in repr(key.additional_properties)


# Responses without a key

NO_KEYS: dict[str, Any] = {
    "empty": {},
    "null": None,
    "text": "x",
    "number": 5,
    "a list": [LIVE],
    "nothing of a key": {"colour": "red"},
    "a failure": {**LIVE, "success": False},
    "an error": {**LIVE, "error": "no"},
    "a wrapped null": {"data": None},
    "HTML": httpx.Response(200, html="<html>Log in</html>"),
    "nothing": httpx.Response(200),
    "204": httpx.Response(204),
}


@pytest.mark.parametrize("answer", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_response_without_a_key(caller: Caller, answer: Any) -> None:
    """A response without a key is an error, which says that nothing was changed."""
    with pytest.raises(OutcomeUnknownError) as caught:
        caller.call("retrieve", answer)
    error = caught.value
    assert error.advice == "nothing was changed, and trying again is safe"
    fails = isinstance(answer, dict) and not {"success", "error"}.isdisjoint(answer)
    what = "reports a failure" if fails else "describes no key"
    assert error.reason == f"the server's answer, status {error.status}, {what}"
    assert (error.created, error.key_id) == (None, None)
    assert "created" not in str(error)
    assert len(caller.requests) == 1


@pytest.mark.parametrize("method", READS)
def test_traceback_shows_no_response(caller: Caller, method: str) -> None:
    """No local variable of our frames contains the response, as debuggers and loggers show them."""
    with pytest.raises(OutcomeUnknownError) as caught:
        caller.call(method, {"data": [RAW], "total": RAW})
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    reading = [each for each in frames if each.f_code.co_filename == _response.__file__]
    assert reading
    assert RAW not in repr([each.f_locals for each in reading])


@pytest.mark.parametrize("method", READS)
def test_not_found(caller: Caller, method: str) -> None:
    """A refusal has the server's message, and does not mention a created key."""
    body = {"success": False, "data": {"message": f"no key for {KEY}", "errorCode": "AB02"}}
    with pytest.raises(RefusedError) as caught:
        caller.call(method, httpx.Response(404, json=body))
    error = caught.value
    assert (error.status, error.code, error.server_message) == (404, "AB02", f"no key for {MASK}")
    assert "may have been" not in str(error)


def test_redirect_is_not_followed(caller: Caller) -> None:
    """A redirect is refused with a hint, and not followed."""
    elsewhere = httpx.Response(302, headers={"Location": "https://elsewhere.example"})
    with pytest.raises(RefusedError, match="Redirects are not followed"):
        caller.call("retrieve", elsewhere)
    assert len(caller.requests) == 1
