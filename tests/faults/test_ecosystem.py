"""Tools that patch httpx see the requests of both clients, and no server is called."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx_aiohttp
import pytest
import respx
import vcr  # type: ignore[import-untyped]
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpx import HTTPXMock

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, NotSentError, OutcomeUnknownError
from tests.faults.clients import ARGUMENTS, OWNERS, STYLES, Caller
from tests.faults.faults import ADMIN_KEY, CREATED, SECRET, answer, replies
from tests.faults.server import Connection, FaultServer

SERVER = "https://portkey.example.com/v1"
URL = f"{SERVER}/api-keys/organisation/service"
both_styles = pytest.mark.parametrize("style", STYLES)
every_owner = pytest.mark.parametrize("owner", OWNERS)


@both_styles
@every_owner
def test_pytest_httpx(style: str, owner: str, httpx_mock: HTTPXMock) -> None:
    """pytest-httpx answers, and records the request with its key and body."""
    httpx_mock.add_response(url=URL, json=CREATED)
    with Caller(style, SERVER, owner) as caller:
        assert caller.create().key == SECRET
    request = httpx_mock.get_request()
    assert request is not None
    assert request.headers["x-portkey-api-key"] == ADMIN_KEY
    assert json.loads(request.content)["name"] == ARGUMENTS["name"]


@both_styles
@pytest.mark.parametrize("using", ["httpx", "httpcore"])
@every_owner
def test_respx(style: str, using: str, owner: str) -> None:
    """Respx answers, in both ways in which it patches httpx."""
    with respx.mock(using=using) as router, Caller(style, SERVER, owner) as caller:
        route = router.post(URL).respond(json=CREATED)
        assert caller.create().key == SECRET
        assert route.call_count == 1


@both_styles
@every_owner
@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ConnectError, NotSentError),
        (httpx.ConnectTimeout, NotSentError),
        (httpx.PoolTimeout, NotSentError),
        (httpx.ReadTimeout, OutcomeUnknownError),
        (httpx.RemoteProtocolError, OutcomeUnknownError),
    ],
)
def test_mocked_failure_is_like_a_real_one(
    style: str,
    owner: str,
    failure: type[httpx.TransportError],
    expected: type[Exception],
    httpx_mock: HTTPXMock,
) -> None:
    """A failure that a mock raises has the same meaning as a failure of the network."""
    httpx_mock.add_exception(failure("mocked"))
    with Caller(style, SERVER, owner) as caller, pytest.raises(expected):
        caller.create()


@both_styles
@every_owner
def test_vcrpy(style: str, owner: str, tmp_path: Path) -> None:
    """Vcrpy records a call, and replays it without a server."""
    cassette = tmp_path / "create.yaml"
    recorder = vcr.VCR(filter_headers=["x-portkey-api-key"])

    def serve(connection: Connection) -> None:
        connection.read_request()
        connection.send(answer())

    with FaultServer(serve) as server:
        for _ in range(2):  # the second time it replays
            with (
                recorder.use_cassette(str(cassette), record_mode="once"),
                Caller(style, server.url, owner) as caller,
            ):
                assert caller.create().key == SECRET
        assert server.creates == 1
    assert "/api-keys/organisation/service" in cassette.read_text()
    assert ADMIN_KEY not in cassette.read_text()


@both_styles
@every_owner
def test_opentelemetry(style: str, owner: str) -> None:
    """OpenTelemetry has a span for each call, including failed ones."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor: Any = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:

        def serve(connection: Connection) -> None:
            connection.read_request()
            connection.send(answer())

        with FaultServer(serve) as server, Caller(style, server.url, owner) as caller:
            assert caller.create().key == SECRET
            assert b"traceparent: " in server.heads[0].lower()
        with (
            FaultServer(replies(b"", then="close")) as server,
            Caller(style, server.url, owner) as caller,
            pytest.raises(OutcomeUnknownError),
        ):
            caller.create()
    finally:
        instrumentor.uninstrument()
        provider.shutdown()
    made, failed = exporter.get_finished_spans()
    assert made.attributes is not None
    assert str(made.name).startswith("POST")
    assert 200 in made.attributes.values()
    assert not failed.status.is_ok


async def create_by_aiohttp(url: str) -> CreatedKey:
    """Create a key with aiohttp's connections."""
    async with aiohttp.ClientSession() as session:
        transport = httpx_aiohttp.AiohttpTransport(client=session)
        portkey = AsyncPortkeyAdmin(ADMIN_KEY, server=url, transport=transport)
        return await portkey.api_keys.create(**ARGUMENTS)


def test_httpx_aiohttp() -> None:
    """The transport of httpx-aiohttp works."""
    with FaultServer(replies(answer())) as server:
        assert asyncio.run(create_by_aiohttp(server.url)).key == SECRET
        assert server.creates == 1


def test_httpx_aiohttp_reports_nothing() -> None:
    """httpx-aiohttp reports a lost connection as a failed connect: the outcome is unknown."""
    with FaultServer(lambda connection: connection.read_request()) as server:
        with pytest.raises(OutcomeUnknownError):
            asyncio.run(create_by_aiohttp(server.url))
        assert server.creates == 1
