"""Each outcome of a call raises the right error, and no secret can be reached from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from portkey_generated.api.api_keys import create_api_key
from portkey_generated.models import CreateApiKeyObject

import portkey_admin
import portkey_admin_connections
from portkey_admin import (
    AsyncPortkeyAdmin,
    ConfigurationError,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdmin,
    PortkeyAdminError,
)
from tests.faults.clients import ARGUMENTS, OWNERS, STYLES, Caller
from tests.faults.faults import ADMIN_KEY, CREATED, GOOD, KEY_ID, SECRET, answer, replies
from tests.faults.server import Connection, FaultServer, free_port, full_backlog

both_styles = pytest.mark.parametrize("style", STYLES)
every_owner = pytest.mark.parametrize("owner", OWNERS)
LIBRARY = tuple(
    str(Path(module.__file__ or "").parent) for module in (portkey_admin, portkey_admin_connections)
)


def texts(error: BaseException) -> Iterator[str]:
    """Yield everything reachable from an error and its chain: texts, attributes and our locals."""
    chain = [error]
    for each in chain:
        yield f"{each} {each!r} {each.args!r} {vars(each)!r}"
        trace = each.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith(LIBRARY):
                yield from (
                    f"{name} = {value!r}" for name, value in trace.tb_frame.f_locals.items()
                )
            trace = trace.tb_next
        links = (each.__cause__, each.__context__)
        chain += [link for link in links if link is not None and link not in chain]


def raised(call: Callable[[], Any]) -> BaseException:
    """Return the exception of a call."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - the caller checks it
        call()
    return caught.value


PASSWORD = "pass-word-that-nobody-may-see"
OPTIONS: list[dict[str, Any]] = [
    {"api_key": ADMIN_KEY.encode()},
    {"api_key": f"{ADMIN_KEY}\n"},
    {"server": f"https://user:{PASSWORD}@portkey.example/v1"},
    {"server": f"https://portkey.example/v1?key={PASSWORD}"},
    {"proxy": f"socks://user:{PASSWORD}@proxy.example"},
    {"proxy": f"http://user:{PASSWORD}@[::1/"},
    {"headers": {"Authorization": f"{PASSWORD}\n"}},
    {"headers": {f"{PASSWORD}:": "x"}},
    {"headers": {"Authorization": PASSWORD}, "retries": -1},
    {"proxy": f"http://user:{PASSWORD}@proxy.example", "deadline": 0},
    {"ca_file": f"/nowhere/{PASSWORD}", "retries": 99},
]


@pytest.mark.parametrize("kind", [PortkeyAdmin, AsyncPortkeyAdmin])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_error_for_refused_options_has_no_secret(kind: Any, options: dict[str, Any]) -> None:
    """The error for refused options has no secret of an option in any text, context or variable."""
    error = raised(lambda: kind(**{"api_key": ADMIN_KEY} | options))
    assert isinstance(error, ConfigurationError)
    for text in texts(error):
        assert ADMIN_KEY not in text
        assert PASSWORD not in text


@both_styles
@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": ADMIN_KEY},
        {"name": ADMIN_KEY, "scopes": 5},
        {"description": {"a": ADMIN_KEY}},
        {"extra": {ADMIN_KEY: ADMIN_KEY}, "name": 5},
        {"type": ADMIN_KEY},
    ],
    ids=str,
)
def test_error_for_refused_arguments_has_no_secret(style: str, changes: dict[str, Any]) -> None:
    """An admin key that is passed as an argument is in no frame and no text of the error."""
    with Caller(style, "https://portkey.example/v1") as caller:
        error = raised(lambda: caller.create(**changes))
    assert isinstance(error, InvalidRequestError | TypeError)
    for text in texts(error):
        assert ADMIN_KEY not in text


@both_styles
@every_owner
@pytest.mark.parametrize("status", [401, 500])
def test_reason_phrase_is_neither_kept_nor_logged(
    style: str, owner: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason phrase of a server is in no frame, no text and no line of httpx's log."""
    caplog.set_level("INFO")
    data = answer(b"", status).replace(b"Status", f"no such key {ADMIN_KEY}".encode())
    with FaultServer(replies(data)) as server, Caller(style, server.url, owner) as caller:
        error = raised(caller.create)
    assert isinstance(error, PortkeyAdminError)
    for text in (*texts(error), caplog.text):
        assert ADMIN_KEY not in text


@both_styles
@every_owner
def test_cause_has_no_request(style: str, owner: str) -> None:
    """The cause of an error has no reference to the request, in attributes or frames."""
    with (
        FaultServer(replies(b"", then="close")) as server,
        Caller(style, server.url, owner) as caller,
    ):
        error = raised(caller.create)
    assert isinstance(error, OutcomeUnknownError)
    cause: Any = error.__cause__
    assert isinstance(cause, httpx.TransportError)
    with pytest.raises(RuntimeError):
        _ = cause.request
    for text in texts(error):
        assert ADMIN_KEY not in text


class Details:
    """Stands for an object with headers that some transports put into their errors."""

    def __repr__(self) -> str:
        return f"<headers: {ADMIN_KEY}>"


class DetailedError(Exception):
    """An error of a transport that is not httpx's."""

    def __init__(self) -> None:
        self.request_info = Details()
        super().__init__(Details(), f"sent {ADMIN_KEY}")


@both_styles
def test_cause_from_a_foreign_transport_has_no_request(style: str) -> None:
    """The key cannot be reached from the error of a foreign transport."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise DetailedError

    with Caller(style, "https://p.example/v1", transport=httpx.MockTransport(fail)) as caller:
        error = raised(caller.create)
    for text in texts(error):
        assert ADMIN_KEY not in text


@pytest.mark.parametrize("key", ["1", "a", "k", '"', "\\", "4f47"])
def test_a_short_admin_key_masks_nothing_else(key: str) -> None:
    """An admin key of a few characters leaves ids, numbers and texts unmasked."""
    body = json.dumps({**CREATED, "name": "a1k", "count": 11}).encode()
    refusal = answer(b'{"data": {"message": "a1k", "errorCode": "AB01"}}', 400, "Retry-After: 11")
    with FaultServer(replies(answer(body), then="close")) as server:
        created = PortkeyAdmin(key, server=server.url).api_keys.create(**ARGUMENTS)
    assert (created.id, created.key.reveal()) == (KEY_ID, SECRET)
    assert created.additional_properties == {"name": "a1k", "count": 11}
    with FaultServer(replies(refusal)) as server, PortkeyAdmin(key, server=server.url) as portkey:
        error: Any = raised(lambda: portkey.api_keys.create(**ARGUMENTS))
    assert (error.code, error.server_message, error.retry_after) == ("AB01", "a1k", "11")


class Interrupted(httpx.SyncByteStream):
    """A body that Ctrl-C or SIGTERM interrupts after its first part."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield GOOD[:-1]
        raise self._error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_interrupt_keeps_a_received_key(error: BaseException) -> None:
    """Ctrl-C after the key has arrived leaves the key in the exception, and in no frame."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Interrupted(error)))
    with Caller("sync", "https://portkey.example/v1", transport=transport) as caller:
        interrupted = raised(caller.create)
    assert interrupted is error
    assert vars(interrupted)["created"].key == SECRET
    for text in texts(interrupted):
        assert SECRET not in text


def test_cancellation_keeps_a_received_key() -> None:
    """A cancellation after the key has arrived leaves the key in the exception."""

    async def cancel() -> Any:
        came = asyncio.Event()
        loop = asyncio.get_running_loop()

        def script(connection: Connection) -> None:
            connection.read_request()
            connection.send(answer(GOOD[:-1] + b', "pad": "', length=10_000))
            loop.call_soon_threadsafe(came.set)
            connection.hang()

        with FaultServer(script) as server:
            async with AsyncPortkeyAdmin(ADMIN_KEY, server=server.url) as portkey:
                task = asyncio.ensure_future(portkey.api_keys.create(**ARGUMENTS))
                await came.wait()
                for _ in range(50):  # so that the bytes are read
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError as error:
                    return error

    error = asyncio.run(cancel())
    assert vars(error)["created"].key == SECRET
    for text in texts(error):
        assert SECRET not in text


@both_styles
@every_owner
def test_not_sent_error_names_the_host(style: str, owner: str) -> None:
    """The error of a refused or hanging connect names the host, and says that a retry is safe."""
    with (
        Caller(style, f"http://127.0.0.1:{free_port()}/v1", owner, deadline=5) as caller,
        pytest.raises(NotSentError, match=r"127\.0\.0\.1.*trying again is safe"),
    ):
        caller.create()
    with (
        full_backlog() as url,
        Caller(style, url, owner, deadline=0.3) as caller,
        pytest.raises(NotSentError, match=r"127\.0\.0\.1.*(0\.3 seconds|Timeout).*again is safe"),
    ):
        caller.create()


def test_error_of_a_wrong_generated_function_names_the_right_client() -> None:
    """A generated function of the wrong kind raises an error that names the right client."""
    body = CreateApiKeyObject(name="ci", scopes=[])
    arguments: Any = ("organisation", "service")
    client = PortkeyAdmin(ADMIN_KEY).client
    with pytest.raises(PortkeyAdminError, match="AsyncPortkeyAdmin"):
        asyncio.run(create_api_key.asyncio_detailed(*arguments, client=client, body=body))
    client = AsyncPortkeyAdmin(ADMIN_KEY).client
    with pytest.raises(PortkeyAdminError, match="use PortkeyAdmin"):
        create_api_key.sync_detailed(*arguments, client=client, body=body)


def test_error_of_a_generated_function_has_no_secret() -> None:
    """The error of a generated function for a cut-off answer contains no secret."""
    body = CreateApiKeyObject(name="ci", scopes=[])
    with FaultServer(replies(answer(GOOD, length=500), then="close")) as server:
        client = PortkeyAdmin(ADMIN_KEY, server=server.url).client
        error = raised(
            lambda: create_api_key.sync_detailed(
                "organisation", "service", client=client, body=body
            )
        )
        client.get_httpx_client().close()
    assert isinstance(error, OutcomeUnknownError)
    assert not any(SECRET in text for text in texts(error))


@both_styles
def test_early_answer_to_a_large_request_is_read(style: str) -> None:
    """An answer that arrives before a large body is written is read, even if the server closes."""

    def script(connection: Connection) -> None:
        connection.read_some()
        connection.send(answer(GOOD, 200, "Connection: close"))

    with FaultServer(script) as server, Caller(style, server.url) as caller:
        try:
            key = caller.create(description="x" * 8_000_000).key
        except OutcomeUnknownError:
            pass  # the reset that follows may discard the answer
        else:
            assert key == SECRET


class Raising:
    """Raises at any access."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return dict
        raise ArithmeticError(ADMIN_KEY)

    def __iter__(self) -> Any:
        raise ArithmeticError(ADMIN_KEY)


class RaisingList(list[str]):
    """A list that cannot be read."""

    def __iter__(self) -> Any:
        raise ArithmeticError(ADMIN_KEY)


class RaisingDict(dict[str, Any]):
    """A dict that cannot be read."""

    def items(self) -> Any:
        """Raise."""
        raise ArithmeticError(ADMIN_KEY)


@both_styles
@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": RaisingList(["a"])},
        {"usage_limits": RaisingDict(type="cost")},
        {"extra": RaisingDict(x=1)},
        {"extra": {"x": Raising()}},
        {"rate_limits": [RaisingDict()]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_container_that_raises_is_an_invalid_request(style: str, changes: dict[str, Any]) -> None:
    """An exception in a caller's container becomes InvalidRequestError."""
    with Caller(style, "https://portkey.example/v1") as caller:
        error = raised(lambda: caller.create(**changes))
    assert isinstance(error, InvalidRequestError)
    assert ADMIN_KEY not in str(error)
