"""In any answer, the key is found, the server's text is escaped, and reading takes linear time."""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import httpx
import pytest

from portkey_admin import CreatedKey, OutcomeUnknownError, PortkeyAdminError, RefusedError
from tests.faults.clients import OWNERS, STYLES, Caller
from tests.faults.faults import ADMIN_KEY, CREATED, GOOD, KEY_ID, SECRET, answer, chunked, replies
from tests.faults.server import FaultServer

both_styles = pytest.mark.parametrize("style", STYLES)
MEGABYTE = 1024 * 1024
MOST_STEPS = 1_500_000


class Reading(httpx.HTTPTransport):
    """Reads each response before it returns it, as transports that log or cache do."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return a response that is read."""
        response = super().handle_request(request)
        response.read()
        return response


class AsyncReading(httpx.AsyncHTTPTransport):
    """Reads each response before it returns it, as transports that log or cache do."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return a response that is read."""
        response = await super().handle_async_request(request)
        await response.aread()
        return response


def call(style: str, data: bytes, **options: Any) -> Any:
    """Return the key or the error of a create that is answered with `data`."""
    with (
        FaultServer(replies(data, then="close")) as server,
        Caller(style, server.url, **options) as c,
    ):
        try:
            return c.create()
        except PortkeyAdminError as error:
            return error


def reading(style: str, owner: str) -> Any:
    """Return a transport that reads responses, or a client with such a transport."""
    if style == "sync":
        return Reading() if owner == "transport" else httpx.Client(transport=Reading())
    return AsyncReading() if owner == "transport" else httpx.AsyncClient(transport=AsyncReading())


@both_styles
@pytest.mark.parametrize("owner", ["transport", "http_client"])
@pytest.mark.parametrize(
    "data",
    [
        answer(),
        chunked(GOOD),
        answer(gzip.compress(GOOD), 200, "Content-Encoding: gzip"),
    ],
    ids=["plain", "chunks", "gzip"],
)
def test_response_read_by_the_transport_is_used(style: str, owner: str, data: bytes) -> None:
    """A response that the transport has already read is used unchanged."""
    with (
        FaultServer(replies(data)) as server,
        Caller(style, server.url, **{owner: reading(style, owner)}) as caller,
    ):
        assert caller.create().key == SECRET


# Each body, and its outcome: a key, or an unknown outcome that has the key.
BODIES = {
    "a key alone": ({"key": SECRET}, CreatedKey),
    "data without an id": ({"data": {"key": SECRET}}, CreatedKey),
    "a list": ([CREATED], CreatedKey),
    "data that is a list": ({"data": [CREATED]}, OutcomeUnknownError),
    "a warning beside": ({**CREATED, "error": "deprecation warning"}, OutcomeUnknownError),
    "no success": ({**CREATED, "success": False}, OutcomeUnknownError),
    "data, and no success": ({"data": CREATED, "success": False}, OutcomeUnknownError),
    "data in data": ({"data": {"data": CREATED}}, OutcomeUnknownError),
    "a list in a list": ([[CREATED]], OutcomeUnknownError),
    "two keys": ([CREATED, {**CREATED, "key": "another-key"}], OutcomeUnknownError),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"]


@both_styles
@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "cut off"])
@pytest.mark.parametrize("name", BODIES)
def test_key_is_found_by_the_same_rules_if_cut_off(name: str, cut: int, style: str) -> None:
    """The key is found by the same rules in complete and in cut-off bodies."""
    value, expected = BODIES[name]
    body = json.dumps(value)
    body = body[: len(body) - cut]
    result = call(style, answer(body.encode(), length=len(body) + cut))
    key: Any = result.created if isinstance(result, OutcomeUnknownError) else result
    assert key.key in {SECRET, "another-key"}
    assert type(result) is expected


@both_styles
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("cut", [0, 1, 8], ids=["whole", "cut in a letter", "cut"])
def test_key_is_recovered_in_every_encoding(encoding: str, cut: int, style: str) -> None:
    """The key is recovered in every encoding, wherever the body is cut off after it."""
    body = json.dumps({**CREATED, "name": "something after"}).encode(encoding)
    result = call(style, answer(body[: len(body) - cut], length=len(body)))
    key = result.created if isinstance(result, OutcomeUnknownError) else result
    assert key is not None
    assert key.key == SECRET


@both_styles
@pytest.mark.parametrize("status", [408, 499, 500, 502, 503, 504])
def test_answer_of_a_gateway_leaves_the_outcome_unknown(style: str, status: int) -> None:
    """If a gateway may have answered in place of the server, the outcome is unknown."""
    headers = ("Retry-After: 7", "x-portkey-request-id: r-1", "x-portkey-trace-id: t-1")
    error = call(
        style, answer(b'{"data": {"message": "m", "errorCode": "AB04"}}', status, *headers)
    )
    assert type(error) is OutcomeUnknownError
    assert (error.status, error.retry_after, error.code) == (status, "7", "AB04")
    assert error.server_message == "m"
    assert "t-1" in {error.trace_id, error.request_id}
    assert "retry after: 7" in str(error)


@both_styles
def test_hint_mentions_a_deleted_workspace(style: str) -> None:
    """The hint of AB03 mentions a workspace that no longer exists."""
    error = call(style, answer(b'{"data": {"message": "m", "errorCode": "AB03"}}', 403))
    assert type(error) is RefusedError
    assert "workspace" in str(error.hint)


UNSAFE = ("\x1b[2J", "\u202e", "\x9b", "\u2028", "\x00", "\ud800", "\U000e0041", "\r\n", "\x7f")


@both_styles
@pytest.mark.parametrize("text", UNSAFE, ids=ascii)
def test_foreign_text_is_escaped(style: str, text: str) -> None:
    """Text of a server becomes one printable line."""
    content = {"data": {"message": f"a{text}b", "errorCode": f"AB{text}"}, "id": f"i{text}"}
    header = text if text in {"\x1b[2J", "\x9b"} else "-"
    for status in (400, 500):
        error = call(
            style,
            answer(json.dumps(content).encode(), status).replace(
                b"Status", b"Status\r\nRetry-After: " + header.encode("latin-1"), 1
            ),
        )
        assert isinstance(error, RefusedError | OutcomeUnknownError)
        assert str(error).isprintable()
        shown = (error.code, error.server_message, error.retry_after, error.trace_id)
        assert all(each is None or each.isprintable() for each in shown)


@both_styles
def test_secrets_in_other_fields_are_masked(style: str) -> None:
    """Both secrets are masked in values and names of additional_properties, at any depth."""
    inner: Any = {"own": f"by {ADMIN_KEY}", SECRET: [SECRET, {"x": f"<{SECRET}>"}]}
    for _ in range(20):
        inner = {"a": [inner]}
    created = call(
        style, answer(json.dumps({**CREATED, "api_key": SECRET, "deep": inner}).encode())
    )
    assert created.key == SECRET
    for secret in (SECRET, ADMIN_KEY):
        assert secret not in str(created.additional_properties)


class Redirecting(httpx.MockTransport):
    """Answers like a transport that has followed a redirect."""

    def __init__(self, url: str, *, in_history: bool) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            stranger = httpx.Request("POST", request.url if in_history else url)
            response = httpx.Response(200, json=CREATED, request=stranger)
            response.history = [httpx.Response(307)] if in_history else []
            return response

        super().__init__(handle)


@both_styles
@pytest.mark.parametrize("in_history", [False, True])
@pytest.mark.parametrize(
    "url", ["https://stranger.example/v1", "http://127.0.0.1:9/v1", "http://portkey.example/v1"]
)
def test_key_from_a_redirect_is_not_a_success(style: str, url: str, *, in_history: bool) -> None:
    """A key that comes from the target of a redirect does not count as success."""
    transport = Redirecting(url, in_history=in_history)
    with (
        Caller(style, "https://portkey.example/v1", transport=transport) as caller,
        pytest.raises(OutcomeUnknownError, match="redirect"),
    ):
        caller.create()


def fill(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return a megabyte of `piece`."""
    return (before + piece * (MEGABYTE // len(piece)))[: MEGABYTE - len(after)] + after


HUGE = {
    "brackets": fill(b"["),
    "brackets in balance": fill(b"[", after=b"]" * (MEGABYTE // 2)),
    "objects": fill(b'{"a":'),
    "strings": fill(b'"a",'),
    "list of strings": fill(b'"a",', b"["),
    "list in lists": fill(b'"a",', b"[[[["),
    "escaped quotes": fill(b'\\"'),
    "string of escaped quotes": fill(b'\\"', b'"'),
    "quotes": fill(b'"'),
    "no values": fill(b"x,", b"["),
    "no values in lists": fill(b"[x],", b"["),
    "no values in objects": fill(b'{"a":x},', b"["),
    "no escapes": fill(b'"\\q",', b"["),
    "empty objects": fill(b"{},", b"[", b"1]"),
    "lists of objects": fill(b"[{}],", b"[", b"1]"),
    "numbers": fill(b"1,", b"["),
    "names": fill(b'"":1,', b"{"),
    "digits": fill(b"9"),
    "spaces": fill(b" "),
    "spaces in a list": fill(b" ", b"["),
    "keys": fill(b'{"key":"s"},', b"[", b"{}]"),
    "deep lists": fill(b"[" * 1500 + b"]" * 1500 + b",", b"["),
    "zeros": fill(b"\0"),
    "no UTF-8": fill(b"\xff"),
}


def steps(run: Callable[[], Any], limit: int) -> int:
    """Return how many functions of Python and C `run` calls. Raises RecursionError at `limit`."""
    count = 0

    def count_call(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        if event in {"call", "c_call"}:
            count += 1
            if count > limit:
                sys.setprofile(None)
                raise RecursionError("too many steps")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    ("name", "zipped"), [*((name, False) for name in HUGE), ("brackets", True), ("zeros", True)]
)
def test_any_megabyte_is_read_in_few_steps(name: str, *, zipped: bool) -> None:
    """Any body of a megabyte is read in few steps."""
    body = gzip.compress(HUGE[name], 1) if zipped else HUGE[name]
    headers = {"Content-Encoding": "gzip"} if zipped else {}
    stream = httpx.ByteStream(body)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=stream))
    with Caller("sync", "https://portkey.example/v1", transport=transport) as caller:

        def create() -> None:
            with contextlib.suppress(PortkeyAdminError):
                caller.create()

        create()  # imports modules and fills caches
        assert steps(create, MOST_STEPS) < MOST_STEPS


@both_styles
@pytest.mark.parametrize("owner", OWNERS)
def test_deadline_ends_a_dripping_body(style: str, owner: str) -> None:
    """The deadline ends the reading of a slow body, and keeps a key that has arrived by then."""
    body = GOOD[:-1] + b', "pad": "'

    def script(connection: Any) -> None:
        connection.read_request()
        connection.send(answer(body, length=10_000))
        connection.drip(b"x" * 1000, 0.02)

    with (
        FaultServer(script) as server,
        Caller(style, server.url, owner, deadline=0.3) as caller,
    ):
        try:
            key: CreatedKey | None = caller.create()
        except OutcomeUnknownError as error:
            key = error.created
        assert key is not None
        assert key.key == SECRET
        assert key.id == KEY_ID
