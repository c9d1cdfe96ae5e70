"""A response becomes a created key, a refusal or an unknown outcome."""

from __future__ import annotations

import json
from typing import Any

import attrs
import httpx
import pytest

from portkey_admin import (
    ApiKey,
    CreatedKey,
    OutcomeUnknownError,
    RefusedError,
    RotatedKey,
    Secret,
)
from portkey_admin._records import read_record
from portkey_admin._response import EFFECTS, Attempts, Reading
from portkey_admin._secret import MASK
from portkey_admin_connections import Answer
from tests.wrapper.clock import Clock

ID = "a1b2c3d4-e5f6-4890-abcd-ef1234567890"
ADMIN = Secret("the-admin")
CREATE = EFFECTS["createApiKey"]
WHOLE = {"id": ID, "key": "hidden", "object": "api-key"}
Outcome = CreatedKey | RefusedError | OutcomeUnknownError


def answer(
    content: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
    complaint: str | None = None,
) -> Answer:
    """Return an answer with the body `content`, given as JSON or bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    fields = httpx.Headers(headers or {})
    return Answer(status, fields, body, complaint, is_from_server=True, is_too_long=False)


def outcome(given: Answer, hide: Secret = ADMIN) -> Outcome:
    """Return the key of an answer, or the error that it raises."""
    try:
        return Reading(given, hide, CREATE).secret()
    except (RefusedError, OutcomeUnknownError) as error:
        return error


FOUND: list[tuple[Any, tuple[Any, ...]]] = [
    (WHOLE, (ID, "hidden", "api-key", {})),
    ({**WHOLE, "more": 1}, (ID, "hidden", "api-key", {"more": 1})),
    ({"key": "hidden"}, (None, "hidden", None, {})),
    ({"key": "hidden", "id": None, "object": None}, (None, "hidden", None, {})),
    ({"key": "hidden", "id": 7, "object": 8}, ("7", "hidden", "8", {})),
    # An id or object that contains the key is dropped, because it would show the key.
    ({"key": "hidden", "id": "x-hidden", "object": "hidden"}, (None, "hidden", None, {})),
    # An echoed admin key is masked.
    ({"key": "hidden", "id": "an the-admin"}, (f"an {MASK}", "hidden", None, {})),
    ({"key": "hidden", "object": "the-admin"}, (None, "hidden", MASK, {})),
    ({"key": " hidden\n"}, (None, " hidden\n", None, {})),
    ({"key": "hidden", "success": None}, (None, "hidden", None, {"success": None})),
    ({"data": WHOLE}, (ID, "hidden", "api-key", {})),
    ({"any": {"key": "hidden", "id": ID}}, (ID, "hidden", None, {})),
    ({"any": {"key": "hidden", "object": "api-key"}}, (None, "hidden", "api-key", {})),
    ({"success": True, "data": WHOLE}, (ID, "hidden", "api-key", {})),
    (
        {**WHOLE, "data": {"key": "other", "id": "x"}},
        (ID, "hidden", "api-key", {"data": {"key": "other", "id": "x"}}),
    ),
    ({"error": None, **WHOLE}, (ID, "hidden", "api-key", {"error": None})),
    ([WHOLE], (ID, "hidden", "api-key", {})),
    ([1, {"key": "hidden"}], (None, "hidden", None, {})),
    ([{}] * 999 + [{"key": "hidden"}], (None, "hidden", None, {})),
]


@pytest.mark.parametrize(("members", "found"), FOUND)
@pytest.mark.parametrize("status", [200, 201, 299])
def test_key_is_found(members: Any, found: tuple[Any, ...], status: int) -> None:
    """The key is read at the top or in the object that wraps it, with all other members."""
    created = outcome(answer(members, status))
    assert isinstance(created, CreatedKey)
    read = (created.id, created.key.reveal(), created.object, created.additional_properties)
    assert read == found


NO_KEYS: list[Any] = [
    "hidden",
    {},
    {"key": ""},
    {"key": 5},
    {"key": None, "id": ID},
    {"metadata": {"key": "hidden"}},
    {"deep": {"deeper": WHOLE}},
    {"error": {"key": "name", "message": "m"}},
    {"success": False, "data": {"key": "name"}},
    {"success": False, "data": {"key": "name", "id": "x"}},
    {"success": False, "data": {"key": "name", "object": "x"}},
    {"data": {"data": {"data": WHOLE}}},
    [{}] * 1000 + [WHOLE],
]


@pytest.mark.parametrize("members", NO_KEYS, ids=lambda members: json.dumps(members)[:60])
def test_other_values_are_not_keys(members: Any) -> None:
    """A `key` of a wrong type, of something else or of an error is not a created key."""
    assert Reading(answer(members), ADMIN, CREATE).found is None
    error = outcome(answer(members))
    assert isinstance(error, OutcomeUnknownError)
    assert error.created is None


UNCERTAIN: list[Any] = [
    {**WHOLE, "success": False},
    {**WHOLE, "error": "no"},
    {"success": False, "data": WHOLE},
    {"data": {**WHOLE, "error": "no"}},
    {"data": {"data": WHOLE}},
    [WHOLE, {**WHOLE, "key": "other"}],
    {"data": WHOLE, "any": {**WHOLE, "key": "other"}},
]


@pytest.mark.parametrize("members", UNCERTAIN, ids=json.dumps)
def test_uncertain_key_is_not_lost(members: Any) -> None:
    """A key in a failed, too deeply wrapped or ambiguous response comes with the error."""
    error = outcome(answer(members))
    assert isinstance(error, OutcomeUnknownError)
    what = "holds a key in an unexpected place, or reports a failure"
    assert error.reason == f"the server's answer, status 200, {what}"
    assert error.created is not None
    assert (error.created.key.reveal(), error.key_id) == ("hidden", ID)


def test_uncertain_key_of_a_cut_off_answer() -> None:
    """The reason is the cut-off body: the rest might have made the key certain."""
    body = json.dumps({"data": {"data": WHOLE}}).encode()[:-2]
    error = outcome(answer(body, complaint="its body did not arrive whole"))
    assert isinstance(error, OutcomeUnknownError)
    assert error.created is not None
    assert error.reason.endswith("status 200, its body did not arrive whole")


def test_damaged_key() -> None:
    """A key with a damaged byte comes with the error, and is not returned."""
    error = outcome(answer(b'{"key": "hid\xffden"}'))
    assert isinstance(error, OutcomeUnknownError)
    assert error.created is not None
    assert error.created.key.reveal() == "hid\udcffden"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings(encoding: str) -> None:
    """A complete answer in any encoding of JSON is read; a cut-off one counts only in UTF-8."""
    body = json.dumps(WHOLE).encode(encoding)
    assert isinstance(outcome(answer(body)), CreatedKey)
    cut_off = outcome(answer(body[: -len(body) // 9], complaint="its body did not arrive whole"))
    assert isinstance(cut_off, CreatedKey if encoding == "utf-8-sig" else OutcomeUnknownError)


SALVAGED: list[tuple[bytes, str | None, str | None]] = [
    (b'{"id": "i", "key": "hidden", "object": "api-k', "hidden", "i"),
    (b'{"data": {"id": "i", "key": "hidden", "obj', "hidden", "i"),
    (b'{"key": "hid\\"den"', 'hid"den', None),
    (b'{"id": "i", "key": "hidd', None, "i"),
    (b'{"data": {"id": "i", "key": "hidd', None, "i"),
    (b'{"other": {"id": "i", "key": "hidden"', "hidden", "i"),
    (b'{"other": {"key": "hidden"', None, None),
    (b'{"list": [{"key": "hidden"', None, None),
    (b'{"key": "hidden", "id": "', "hidden", None),
    (b'{"name": "key", "x": "hidden"', None, None),
    (b'{"a": 1, "key": "hidden"} trailing', "hidden", None),
    (b'{"id": "an the-admin", "key": "hid', None, f"an {MASK}"),
    (b'{"id": "an the-admin", "key": "hidden"', "hidden", f"an {MASK}"),
    (b'{"key": "hidden", "data": {"key": "other", "id": "i"}, "x', "hidden", None),
    (b'{"\\q": {"key": "no"}, "key": "hidden"', "hidden", None),
    (b'{"a": {"b": {"c": {}}}, "key": "hidden"', "hidden", None),
    (b'{"a": {"b": {}, "key": "no"}, "key": "hidden"', "hidden", None),
    (b'{"a": {"b": [}, "key": "hidden"', None, None),
    (b'  \n{"key": "hidden"', "hidden", None),
    (b'{"a": tru, "key": "hidden"', "hidden", None),
    (b'[{"a": 1}, {"key": "hidden"', "hidden", None),
    (b"[" * 100_000, None, None),
    (b'{"a":' * 100_000, None, None),
    (b"", None, None),
]


@pytest.mark.parametrize(("content", "key", "key_id"), SALVAGED, ids=range(len(SALVAGED)))
def test_complete_values_are_recovered(content: bytes, key: str | None, key_id: str | None) -> None:
    """The complete key and id of a cut-off or damaged answer are read."""
    given = answer(content, complaint="its body did not arrive whole")
    created = Reading(given, ADMIN, CREATE).found
    assert (created and created.key.reveal()) == key
    result = outcome(given)
    if key is None:
        assert isinstance(result, OutcomeUnknownError)
        assert result.reason.endswith("its body did not arrive whole")
        assert result.key_id == key_id
    else:
        assert created is not None
        assert created.id == key_id


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (199, "reports a failure"),
        (200, "holds no readable key"),
        (204, "holds no readable key"),
        (408, "reports a failure"),
        (499, "reports a failure"),
        (500, "reports a failure"),
        (599, "reports a failure"),
    ],
)
def test_unknown_outcome(status: int, what: str) -> None:
    """A success without a key, a gateway timeout and other statuses leave the outcome unknown."""
    error = outcome(answer({"id": f"{ID} the-admin"}, status))
    assert isinstance(error, OutcomeUnknownError)
    assert error.reason == f"the server's answer, status {status}, {what}"
    assert (error.status, error.created) == (status, None)
    assert error.key_id == f"{ID} {MASK}"
    assert "the-admin" not in str(error)


def test_success_that_reports_a_failure() -> None:
    """A success status with a reported failure is an unknown outcome, with that reason."""
    error = outcome(answer({"success": False}))
    assert isinstance(error, OutcomeUnknownError)
    assert error.reason.endswith("status 200, reports a failure")


def test_id_of_another_object() -> None:
    """Without a key, the id of a nested object is not taken for the key's."""
    error = outcome(answer({"request": {"id": ID}}, 500))
    assert isinstance(error, OutcomeUnknownError)
    assert error.key_id is None


@pytest.mark.parametrize("status", [302, 404, 500])
def test_key_in_an_error_response(status: int) -> None:
    """A key in an error response is not lost: the error has it."""
    error = outcome(answer(WHOLE, status))
    assert isinstance(error, OutcomeUnknownError)
    assert error.reason.endswith(f"status {status}, reports a failure, and holds a key")
    assert error.created is not None
    assert (error.created.key.reveal(), error.key_id, error.status) == ("hidden", ID, status)
    assert "hidden" not in str(error)


def test_message_shows_no_key() -> None:
    """The server's message shows neither the created key nor the admin key."""
    given = {"key": "hidden-key", "message": "hidden-key of the-admin"}
    error = outcome(answer(given, 500))
    assert isinstance(error, OutcomeUnknownError)
    assert error.server_message == f"{MASK} of {MASK}"


def test_id_shows_no_key() -> None:
    """The id of an error shows neither the created key nor the admin key."""
    error = outcome(answer({"id": "for the-admin", "key": "hidden"}, 500))
    assert isinstance(error, OutcomeUnknownError)
    assert error.key_id == f"for {MASK}"
    error = outcome(answer({"id": "x-hidden", "key": "hidden"}, 500))
    assert isinstance(error, OutcomeUnknownError)
    assert error.created is not None
    assert error.key_id is None
    assert "hidden" not in str(error)


def test_uuid_is_not_masked() -> None:
    """An id that is a UUID is shown completely, even if the admin key happens to be in it."""
    error = outcome(answer({"id": ID}, 500), Secret(ID[:13]))
    assert isinstance(error, OutcomeUnknownError)
    assert error.key_id == ID


def test_answer_of_another_server() -> None:
    """A key or a refusal from another URL than the server's is an unknown outcome."""
    for status in (200, 403):
        given = answer(WHOLE if status == 200 else {"message": "m"}, status)
        given.is_from_server = False
        error = outcome(given)
        assert isinstance(error, OutcomeUnknownError)
        assert error.reason.endswith("comes from another URL: it was redirected")


@pytest.mark.parametrize("secret", ["hidden", "hidden-key"])
def test_other_members_are_masked(secret: str) -> None:
    """Both secrets are masked in other members, at any depth, in names and values."""
    more = {
        "echo": secret,
        "the-admin": [{"deep": [f"of the-admin, {secret}"]}],
        "short": "hid",
        "number": 5,
    }
    created = outcome(answer({"key": secret, **more}))
    assert isinstance(created, CreatedKey)
    shown = json.dumps(created.additional_properties)
    assert "the-admin" not in shown
    properties = created.additional_properties
    assert (properties["echo"], properties["short"], properties["number"]) == (MASK, "hid", 5)
    # A short secret is not masked inside other text, which may contain it by chance.
    inside = MASK if len(secret) >= 8 else secret
    assert properties[MASK] == [{"deep": [f"of {MASK}, {inside}"]}]


def test_other_members_are_kept_to_a_depth() -> None:
    """Members below fifty levels are masked."""
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    created = outcome(answer({"key": "hidden", "deep": deep}))
    assert isinstance(created, CreatedKey)
    kept, levels = created.additional_properties["deep"], 0
    while isinstance(kept, list):
        [kept], levels = kept, levels + 1
    assert (kept, levels) == (MASK, 49)


def test_other_members_are_kept_up_to_a_number() -> None:
    """A thousand objects and lists are kept with their plain values, and more are masked."""
    more = {"numbers": [1] * 2000, "objects": [{}] * 1000}
    created = outcome(answer({"key": "hidden", **more}))
    assert isinstance(created, CreatedKey)
    # The outer object and the two lists count too.
    kept = {"numbers": [1] * 2000, "objects": [{}] * 997 + [MASK] * 3}
    assert created.additional_properties == kept


def test_reading_a_record_does_not_change_its_source() -> None:
    """Reading a record does not change the server's data."""
    sent = {**WHOLE, "more": [1]}
    assert read_record(CreatedKey, sent, ADMIN).id == ID
    assert sent == {**WHOLE, "more": [1]}


# The server's texts in errors


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ({"data": {"message": "m", "errorCode": "AB03"}}, "AB03", "m"),
        ({"error": {"message": "m", "code": "c"}}, "c", "m"),
        ({"message": "m", "errorCode": "AB03"}, "AB03", "m"),
        ({"message": "m"}, None, "m"),
        ({"message": "m", "code": 7}, None, "m"),
        ({"message": "m", "errorCode": "a", "code": "b"}, "a", "m"),
        ({"data": {"message": "d"}, "error": {"message": "e"}, "message": "t"}, None, "d"),
        ({"data": {"message": 1}, "error": {"message": "e"}, "message": "t"}, None, "e"),
        ({"data": {"errorCode": "x"}, "message": "t"}, None, "t"),
        ({"data": "d", "error": "e"}, None, "e"),
        ({"error": 5}, None, None),
        ({}, None, None),
        ([{"message": "m"}], None, None),
        (b"{not JSON", None, None),
        (b'{"message": "m", "cut off', None, "m"),
        (b"[" * 99_999, None, None),
        ({"message": "a\n b\tthe-admin"}, None, f"a b {MASK}"),
        ({"message": "is the-ad  min"}, None, "is the-ad min"),
        ({"message": "m", "code": "the-admin"}, MASK, "m"),
        ({"message": "x" * 201}, None, "x" * 200),
        ({"message": "x" * 200}, None, "x" * 200),
        ({"message": "caf\u00e9 \\ \u0007"}, None, "caf\u00e9 \\ \\x07"),
        ({"message": "x" * 198 + "the-admin"}, None, "x" * 198 + "**"),
        ({"message": ""}, None, None),
        ({"message": "\x1b[31mred\u202e"}, None, "\\x1b[31mred\\u202e"),
    ],
)
@pytest.mark.parametrize("status", [403, 500])
def test_texts_of_errors(content: Any, code: str | None, message: str | None, status: int) -> None:
    """An error has the server's code and message, in one line and without the admin key."""
    error = outcome(answer(content, status))
    assert isinstance(error, RefusedError if status == 403 else OutcomeUnknownError)
    assert (error.status, error.code, error.server_message) == (status, code, message)


def test_white_space_in_a_secret() -> None:
    """The admin key is masked before white space is collapsed."""
    given = answer({"message": "is the-ad  min known"}, 403)
    error = outcome(given, Secret("the-ad  min"))
    assert isinstance(error, RefusedError)
    assert error.server_message == f"is {MASK} known"


def test_short_admin_key() -> None:
    """An admin key of fewer than eight characters is not masked inside other text."""
    error = outcome(answer({"message": "the administration"}, 403), Secret("admin"))
    assert isinstance(error, RefusedError)
    assert error.server_message == "the administration"


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (403, "AB03", True),
        (403, "unknown", False),
        (403, None, False),
        (404, "AB02", True),
        (300, None, "Redirects are not followed; write the server's own URL."),
        (302, "AB03", "Redirects are not followed; write the server's own URL."),
        (399, None, "Redirects are not followed; write the server's own URL."),
    ],
)
def test_hints(status: int, code: str | None, hint: str | bool) -> None:  # noqa: FBT001 - a parameter
    """A code that the spec explains has a hint, and so has a redirect."""
    error = outcome(answer({"message": "m", "errorCode": code}, status))
    assert isinstance(error, RefusedError)
    assert error.hint == hint if isinstance(hint, str) else isinstance(error.hint, str) == hint


@pytest.mark.parametrize("status", [200, 429, 500])
def test_headers(status: int) -> None:
    """Every error has the headers that the spec defines for errors."""
    headers = {
        "x-portkey-request-id": "r the-admin",
        "x-portkey-trace-id": "t",
        "Retry-After": "5",
    }
    error = outcome(answer({}, status, headers))
    assert isinstance(error, RefusedError if status == 429 else OutcomeUnknownError)
    assert (error.request_id, error.trace_id, error.retry_after) == (f"r {MASK}", "t", "5")
    bare = outcome(answer({}, status))
    assert not isinstance(bare, CreatedKey)
    assert (bare.request_id, bare.trace_id, bare.retry_after) == (None, None, None)


def test_retry_after_is_not_masked() -> None:
    """A valid Retry-After is not masked, even if the admin key happens to be in it."""
    for text, shown in (
        ("12345678", "12345678"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("12345678 s", f"{MASK} s"),
    ):
        for secret in ("12345678", "21 Oct 2026"):
            if secret not in text:
                continue
            error = outcome(answer({}, 429, {"retry-after": text}), Secret(secret))
            assert isinstance(error, RefusedError)
            assert error.retry_after == shown


# Waiting


@pytest.mark.parametrize(
    ("status", "text", "pause"),
    [
        (429, "0", 0.0),
        (429, "4", 4.0),
        (429, "5", None),
        (429, "86400", None),
        (429, "", None),
        (429, "soon", None),
        (429, "-1", None),
        (429, "1.5", None),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        (429, "Fri, 31 Dec 9999 23:59:59 GMT", None),
        (503, "1", None),
        (200, "1", None),
    ],
)
def test_pauses(clock: Clock, status: int, text: str, pause: float | None) -> None:
    """The pause after a 429 is its Retry-After, within the deadline; nothing else is repeated."""
    given = answer({}, status, {"retry-after": text})
    assert Attempts(CREATE, 1, clock.now + 5).pause(given) == pause
    assert Attempts(CREATE, 1, clock.now + 5).pause(answer({}, status)) is None


def test_records_are_values() -> None:
    """Records take only keywords, are frozen, and show neither the secret nor unknown members."""
    created = CreatedKey(id="i", key=Secret("hidden"), object="api-key")
    assert created.additional_properties == {}
    assert RotatedKey(key=Secret("hidden")).key_transition_expires_at is None
    more = CreatedKey(id="i", key=Secret("hidden"), object="o", additional_properties={"a": "b"})
    assert repr(more) == "CreatedKey(id='i', key=Secret('**********'), object='o')"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        created.id = "j"  # type: ignore[misc]
    assert ApiKey().additional_properties == {}
    assert "hidden" not in repr(ApiKey(additional_properties={"hidden": "hidden"}))
    for kind in (CreatedKey, RotatedKey, ApiKey):
        with pytest.raises(TypeError):
            kind("i", key=Secret("hidden"))  # type: ignore[call-arg]


def test_repr_of_an_answer_has_no_text() -> None:
    """The repr of an answer contains none of its text."""
    assert "hidden" not in repr(answer(WHOLE, headers={"x": "hidden"}))
