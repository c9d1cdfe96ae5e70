"""The life of a client: interrupted, closed, shared and borrowed clients."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from portkey_generated.api.api_keys import create_api_key
from portkey_generated.models import CreateApiKeyObject

from portkey_admin import (
    AsyncPortkeyAdmin,
    ConfigurationError,
    CreatedKey,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdmin,
)
from tests.faults.calls import CALLS
from tests.faults.faults import ADMIN_KEY, GOOD, SECRET, answer, replies
from tests.faults.server import Connection, FaultServer

ARGUMENTS: dict[str, Any] = {
    "type": "organisation",
    "sub_type": "service",
    "name": "ci",
    "scopes": ["completions.write"],
}
BODY = CreateApiKeyObject(name="ci", scopes=["completions.write"])


def answers(data: bytes) -> Callable[[Connection], None]:
    """Return a script that answers every request of a connection."""

    def script(connection: Connection) -> None:
        while connection.read_request():
            connection.send(data)

    return script


def test_cancelled_call_sends_one_create() -> None:
    """A cancelled call has sent one create, raises CancelledError, and the client still works."""

    async def cancel_one() -> CreatedKey:
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        def script(connection: Connection) -> None:
            connection.read_request()
            if server.creates == 1:
                loop.call_soon_threadsafe(arrived.set)
                connection.hang()
            connection.send(answer())

        with FaultServer(script) as server:
            async with AsyncPortkeyAdmin(ADMIN_KEY, server=server.url) as portkey:
                call = asyncio.create_task(portkey.api_keys.create(**ARGUMENTS))
                await arrived.wait()
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                assert server.creates == 1
                return await portkey.api_keys.create(**ARGUMENTS)

    assert asyncio.run(cancel_one()).key == SECRET


def test_interrupted_create_is_not_sent_again() -> None:
    """Ctrl-C ends a call at once, and the create is not sent again."""

    def script(connection: Connection) -> None:
        connection.read_request()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        connection.hang()

    # A shell that runs the tests in the background ignores SIGINT.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with FaultServer(script) as server, PortkeyAdmin(ADMIN_KEY, server=server.url) as portkey:
            with pytest.raises(KeyboardInterrupt):
                portkey.api_keys.create(**ARGUMENTS)
            assert server.creates == 1
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("style", ["sync", "async"])
def test_call_after_close_is_not_sent(style: str) -> None:
    """After close, a call raises NotSentError."""
    with FaultServer(replies(answer())) as server:
        if style == "sync":
            portkey = PortkeyAdmin(ADMIN_KEY, server=server.url)
            portkey.close()
            with pytest.raises(NotSentError, match="closed"):
                portkey.api_keys.create(**ARGUMENTS)
        else:

            async def call() -> None:
                closed = AsyncPortkeyAdmin(ADMIN_KEY, server=server.url)
                await closed.aclose()
                await closed.api_keys.create(**ARGUMENTS)

            with pytest.raises(NotSentError, match="closed"):
                asyncio.run(call())
        assert server.creates == 0


def test_threads_share_a_client() -> None:
    """If many threads share a client, each call sends one create."""
    with (
        FaultServer(answers(answer())) as server,
        PortkeyAdmin(ADMIN_KEY, server=server.url) as portkey,
        ThreadPoolExecutor(8) as threads,
    ):
        calls = [threads.submit(portkey.api_keys.create, **ARGUMENTS) for _ in range(40)]
        assert all(call.result().key == SECRET for call in calls)
        assert server.creates == 40


def test_event_loops_share_a_client() -> None:
    """A client works in several event loops, one after another, and each call sends one create."""
    with FaultServer(answers(answer())) as server:
        portkey = AsyncPortkeyAdmin(ADMIN_KEY, server=server.url)

        async def call() -> CreatedKey:
            created = await portkey.api_keys.create(**ARGUMENTS)
            # The connections end with their loop; closing them closes no others.
            await portkey.client.get_async_httpx_client()._transport.aclose()
            return created

        assert [asyncio.run(call()).key for _ in range(2)] == [SECRET, SECRET]
        assert server.creates == 2


FORK = """
import os, sys
from portkey_admin import PortkeyAdmin
arguments = dict(type="organisation", sub_type="service", name="ci", scopes=[])
portkey = PortkeyAdmin("k", server=sys.argv[1])
assert portkey.api_keys.create(**arguments).key
child = os.fork()
assert portkey.api_keys.create(**arguments).key
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_parent_and_child_have_separate_connections() -> None:
    """After a fork, parent and child have separate connections, and each call sends one create."""
    with FaultServer(answers(answer())) as server:
        subprocess.run([sys.executable, "-c", FORK, server.url], check=True)
        assert server.creates == 3
        assert server.connections == 2


def test_connection_closed_while_idle_is_not_reused() -> None:
    """A connection that the server closed while idle is not reused: one create a call."""
    with (
        FaultServer(replies(answer(), then="close")) as server,
        PortkeyAdmin(ADMIN_KEY, server=server.url) as portkey,
    ):
        for _ in range(3):
            assert portkey.api_keys.create(**ARGUMENTS).key == SECRET
            server.wait_for_an_end()
        assert server.creates == 3


def test_connection_closed_while_idle_is_not_reused_async() -> None:
    """A connection that the server closed while idle is not reused: one create a call."""

    async def create_three(server: FaultServer) -> None:
        async with AsyncPortkeyAdmin(ADMIN_KEY, server=server.url) as portkey:
            for _ in range(3):
                assert (await portkey.api_keys.create(**ARGUMENTS)).key == SECRET
                await asyncio.to_thread(server.wait_for_an_end)

    with FaultServer(replies(answer(), then="close")) as server:
        asyncio.run(create_three(server))
        assert server.creates == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_borrowed_client_sends_the_key_to_no_other_origin(status: int) -> None:
    """A caller's client that follows redirects sends the key to no other origin."""
    with FaultServer(replies(answer())) as stranger:
        moved = replies(answer(b"", status, f"Location: {stranger.url}/x"))
        with FaultServer(moved) as server, httpx.Client(follow_redirects=True) as client:
            portkey = PortkeyAdmin(ADMIN_KEY, server=server.url, http_client=client)
            with pytest.raises(Exception, match=f"status {status}"):
                portkey.api_keys.create(**ARGUMENTS)
            assert (server.creates, stranger.connections) == (1, 0)


def test_settings_of_a_borrowed_client_are_not_used() -> None:
    """Only the connections of a caller's client are used, not its settings."""
    options: dict[str, Any] = {
        "base_url": "http://elsewhere.example/v9",
        "auth": ("user", "password"),
        "headers": {"x-portkey-api-key": "another", "x-more": "1"},
        "cookies": {"session": "1"},
        "params": {"q": "1"},
    }
    with FaultServer(replies(answer())) as server, httpx.Client(**options) as client:
        portkey = PortkeyAdmin(ADMIN_KEY, server=server.url, http_client=client)
        assert portkey.api_keys.create(**ARGUMENTS).key == SECRET
        portkey.close()
        assert not client.is_closed
        [head] = server.heads
        assert head.startswith(b"POST /v1/api-keys/organisation/service HTTP/1.1")
        for text in (b"another", b"x-more", b"Cookie", b"Authorization", b"elsewhere"):
            assert text.lower() not in head.lower()


def test_borrowed_client_with_hooks_is_refused() -> None:
    """A client with event hooks, which could lose a created key, is refused."""
    client = httpx.Client(event_hooks={"response": [httpx.Response.raise_for_status]})
    with pytest.raises(ConfigurationError, match="event hooks"):
        PortkeyAdmin(ADMIN_KEY, http_client=client)


# Generated functions with portkey.client.


def generated(server: FaultServer, **options: Any) -> Any:
    """Call the generated function with portkey.client."""
    with PortkeyAdmin(ADMIN_KEY, server=server.url, **options) as portkey:
        return create_api_key.sync_detailed(
            "organisation", "service", client=portkey.client, body=BODY
        )


@pytest.mark.parametrize(
    ("script", "options"),
    [
        (lambda connection: (connection.read_some(), connection.reset()), {}),
        (lambda connection: (connection.read_request(), connection.hang()), {"deadline": 0.3}),
        (replies(answer(GOOD + b" " * 5000)), {"max_response_bytes": 1000}),
    ],
    ids=["reset", "deadline", "cap"],
)
def test_generated_functions_keep_the_promises(script: Any, options: dict[str, Any]) -> None:
    """Generated functions with portkey.client have the same deadline, size limit and outcomes."""
    with FaultServer(script) as server, pytest.raises(OutcomeUnknownError) as caught:
        generated(server, **options)
    if "max_response_bytes" in options:
        assert caught.value.created is not None
        assert caught.value.created.key == SECRET


def test_generated_functions_reach_no_other_origin() -> None:
    """A request to another origin with portkey.client is not sent."""
    with FaultServer(replies(answer())) as stranger:
        portkey = PortkeyAdmin(ADMIN_KEY, server="https://portkey.example.com/v1")
        with pytest.raises(NotSentError, match="sends requests to"):
            portkey.client.get_httpx_client().get(stranger.url)
        assert stranger.connections == 0


def test_generated_client_follows_no_redirects() -> None:
    """The generated client follows no redirects, even with follow_redirects."""
    with FaultServer(replies(answer())) as stranger:
        moved = replies(answer(b"", 307, f"Location: {stranger.url}/x"))
        with FaultServer(moved) as server, PortkeyAdmin(ADMIN_KEY, server=server.url) as portkey:
            http = portkey.client.get_httpx_client()
            response = http.post("/api-keys/organisation/service", json={}, follow_redirects=True)
            assert response.status_code == 307
            assert server.creates == 1
        assert stranger.connections == 0


def test_compared_clients_work_without_a_fault() -> None:
    """Without a fault, the compared clients send the same request and return the key."""
    for call in CALLS.values():
        with FaultServer(replies(answer())) as server:
            call(server.url, {})
            assert server.heads[0].lower().count(b"x-portkey-api-key: pk-admin") == 1


def test_hundreds_of_calls_at_once_get_their_keys() -> None:
    """Hundreds of calls in one gather all get their keys, and each sends one create."""

    async def create_all(url: str) -> list[CreatedKey]:
        async with AsyncPortkeyAdmin(ADMIN_KEY, server=url) as portkey:
            calls = (portkey.api_keys.create(**ARGUMENTS) for _ in range(300))
            return await asyncio.gather(*calls)

    with FaultServer(answers(answer())) as server:
        assert {created.key for created in asyncio.run(create_all(server.url))} == {SECRET}
        assert server.creates == 300


@pytest.mark.parametrize(
    "error",
    [
        httpx.LocalProtocolError,
        httpx.RemoteProtocolError,
        httpx.WriteError,
        httpx.ReadTimeout,
        OSError,
    ],
)
def test_only_errors_before_sending_mean_not_sent(error: type[Exception]) -> None:
    """Only errors that are always raised before sending mean that nothing was sent."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error("so")

    portkey = PortkeyAdmin(ADMIN_KEY, transport=httpx.MockTransport(fail))
    with pytest.raises(OutcomeUnknownError, match=error.__name__):
        portkey.api_keys.create(**ARGUMENTS)


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the first address of a name refuses, the next one is tried."""
    with FaultServer(replies(answer())) as server:
        port = int(server.url.split(":")[2].split("/")[0])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.2", "127.0.0.1")
        ]
        real = socket.getaddrinfo

        def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
            return found if host == "two.example" else real(host, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        url = server.url.replace("127.0.0.1", "two.example")
        with PortkeyAdmin(ADMIN_KEY, server=url, allow_http=True) as portkey:
            assert portkey.api_keys.create(**ARGUMENTS).key == SECRET
        assert server.creates == 1


def test_derived_generated_clients_are_guarded() -> None:
    """The clients that with_headers() and similar methods return keep auth and limits."""
    with FaultServer(replies(answer())) as server:
        derived = PortkeyAdmin(ADMIN_KEY, server=server.url).client.with_headers({"x-more": "1"})
        with derived as client:
            create_api_key.sync_detailed("organisation", "service", client=client, body=BODY)
        [head] = server.heads
        assert head.lower().count(b"x-portkey-api-key: " + ADMIN_KEY.encode()) == 1
        assert b"x-more: 1" in head.lower()
    with FaultServer(replies(b"")) as server:
        derived = PortkeyAdmin(ADMIN_KEY, server=server.url, deadline=0.3).client.with_cookies({})
        with pytest.raises(OutcomeUnknownError), derived as client:
            create_api_key.sync_detailed("organisation", "service", client=client, body=BODY)
