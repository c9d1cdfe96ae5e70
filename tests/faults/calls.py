"""Make one call with one fault, through this client or another, and return the outcome."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import httpx
from portkey_generated import Client
from portkey_generated.api.api_keys import create_api_key
from portkey_generated.models import CreateApiKeyObject

from portkey_admin import (
    ApiKey,
    AsyncPortkeyAdmin,
    CreatedKey,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdmin,
    RefusedError,
)
from tests.faults.faults import (
    ADMIN_KEY,
    FOUND,
    KEY,
    KEY_ID,
    NOT_SENT,
    REFUSED,
    SECRET,
    UNKNOWN,
    Fault,
)
from tests.faults.server import Connection, FaultServer, Script, free_port, full_backlog

TLS: Final = Path(__file__).parents[1] / "wrapper" / "tls"

# The only host names that these tests look up.
_NAMES: Final = {"elsewhere.example": "127.0.0.1"}

_OUTCOMES: Final[dict[type[BaseException], str]] = {
    NotSentError: NOT_SENT,
    RefusedError: REFUSED,
    OutcomeUnknownError: UNKNOWN,
}


@dataclass
class Place:
    """A running fault, ready for a call."""

    server: FaultServer
    url: str
    options: dict[str, Any]


@dataclass
class Result:
    """The outcome of a call."""

    outcome: str
    key: str | None
    """The secret, if the caller can get it."""
    value: object
    """The result or the exception."""
    creates: int
    reads: int
    seconds: float
    memory: int
    """The peak of Python's allocations in bytes, if measured."""
    logs: list[str]


Call = Callable[[str, Mapping[str, Any]], object]


# The operations with a method, and their arguments in the tests.
OPERATIONS: Final[dict[str, dict[str, Any]]] = {
    "create": {
        "type": "organisation",
        "sub_type": "service",
        "name": "ci",
        "scopes": ["completions.write"],
    },
    "rotate": {"id": KEY_ID},
    "update": {"id": KEY_ID, "usage_limits": None},
    "delete": {"id": KEY_ID},
    "retrieve": {"id": KEY_ID},
    "find": {"name": "ci"},
}


def call_sync(url: str, options: Mapping[str, Any], operation: str = "create") -> object:
    """Call an operation with PortkeyAdmin."""
    with PortkeyAdmin(ADMIN_KEY, server=url, **options) as portkey:
        return getattr(portkey.api_keys, operation)(**OPERATIONS[operation])


def call_async(url: str, options: Mapping[str, Any], operation: str = "create") -> object:
    """Call an operation with AsyncPortkeyAdmin."""

    async def call() -> object:
        async with AsyncPortkeyAdmin(ADMIN_KEY, server=url, **options) as portkey:
            return await getattr(portkey.api_keys, operation)(**OPERATIONS[operation])

    return asyncio.run(call())


def call_bare(url: str, options: Mapping[str, Any]) -> object:
    """Create a key with only the generated client, as its documentation shows."""
    client = Client(base_url=url, headers={"x-portkey-api-key": ADMIN_KEY}, **_plain(options))
    body = CreateApiKeyObject.from_dict({"name": "ci", "scopes": ["completions.write"]})
    with client:
        return create_api_key.sync_detailed("organisation", "service", client=client, body=body)


def call_httpx(url: str, options: Mapping[str, Any]) -> object:
    """Create a key with only httpx."""
    verify = _plain(options).get("verify_ssl", True)
    headers = {"x-portkey-api-key": ADMIN_KEY}
    with httpx.Client(base_url=url, headers=headers, verify=verify) as client:
        body = {"name": "ci", "scopes": ["completions.write"]}
        response = client.post("/api-keys/organisation/service", json=body)
        return response.raise_for_status().json()["key"]


CALLS: Final[dict[str, Call]] = {
    "sync": call_sync,
    "async": call_async,
    "bare": call_bare,
    "httpx": call_httpx,
}


def run(fault: Fault, call: Call, *, measure: bool = False, limit: float | None = None) -> Result:
    """Return the outcome of `call` with `fault`; after `limit` seconds, the call has hung."""
    records: list[logging.LogRecord] = []
    with _place(fault) as place, _logging_to(records), _measuring(measure) as measured:
        began = time.perf_counter()
        value = _value(lambda: call(place.url, place.options), place, limit)
        seconds = time.perf_counter() - began
    return Result(
        outcome=_outcome(value),
        key=_key(value),
        value=value,
        creates=place.server.creates,
        reads=place.server.reads,
        seconds=seconds,
        memory=measured[0],
        logs=[f"{record.getMessage()} {vars(record)}" for record in records],
    )


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the other clients have too, by the generated client's names."""
    if "ca_file" in options:
        return {"verify_ssl": ssl.create_default_context(cafile=options["ca_file"])}
    return {}


def _value(call: Callable[[], object], place: Place, limit: float | None) -> object:
    if limit is None:
        return _returned_or_raised(call)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(_returned_or_raised(call)), daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        place.server.hang_up()
        thread.join(limit)  # a hang in connect has no connection to end
        return TimeoutError(f"it hangs: no end after {limit} seconds")
    return found[0]


def _returned_or_raised(call: Callable[[], object]) -> object:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the result is any exception
        return error


def _outcome(value: object) -> str:
    if isinstance(value, BaseException):
        return _OUTCOMES.get(type(value), type(value).__name__)
    if isinstance(value[0] if isinstance(value, list) and value else value, ApiKey):
        return FOUND
    status = getattr(value, "status_code", None)
    return KEY if _key(value) else f"returned, {'nothing' if status is None else int(status)}"


def _key(value: object) -> str | None:
    """Return the secret if the caller has it, in a result or an error."""
    if isinstance(value, OutcomeUnknownError):
        value = value.created
    if isinstance(value, CreatedKey):
        return value.key.reveal()
    key = getattr(getattr(value, "parsed", value), "key", value)
    return key if isinstance(key, str) and key == SECRET else None


@contextlib.contextmanager
def _place(fault: Fault) -> Iterator[Place]:
    """Set up a fault, and tear it down again."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch("socket.getaddrinfo", _look_up))
        script = _in_tls(fault.script) if fault.setting in _TLS_SETTINGS else fault.script
        late = 0.2 if fault.setting == "opens late" else 0
        server = stack.enter_context(FaultServer(script, scheme=fault.scheme, late=late))
        place = Place(server, server.url, dict(fault.options))
        match fault.setting:
            case "closed port":
                place.url = f"http://127.0.0.1:{free_port()}/v1"
            case "unknown name":
                place.url = "http://nobody.example/v1"
                place.options["allow_http"] = True
            case "full backlog":
                place.url = stack.enter_context(full_backlog())
            case "wrong name":
                place.url = server.url.replace("127.0.0.1", "elsewhere.example")
                place.options["ca_file"] = TLS / "authority.pem"
            case "tls" | "plain":
                place.options["ca_file"] = TLS / "authority.pem"
            case "proxy":
                place.url = "https://elsewhere.example/v1"
                place.options["proxy"] = server.url
            case "closed proxy":
                place.url = "https://elsewhere.example/v1"
                place.options["proxy"] = f"http://127.0.0.1:{free_port()}"
        yield place


_TLS_SETTINGS: Final = frozenset({"tls", "untrusted", "wrong name"})


def _in_tls(script: Script) -> Script:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")

    def wrapped(connection: Connection) -> None:
        connection.start_tls(context)
        script(connection)

    return wrapped


_REAL_LOOK_UP: Final = socket.getaddrinfo


def _look_up(host: Any, *arguments: Any, **options: Any) -> Any:
    """Resolve addresses and _NAMES without a network, and nothing else."""
    name = host.decode() if isinstance(host, bytes) else host
    if name not in {"127.0.0.1", "localhost", *_NAMES}:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _REAL_LOOK_UP(_NAMES.get(name, name), *arguments, **options)


class _Collector(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextlib.contextmanager
def _logging_to(records: list[logging.LogRecord]) -> Iterator[None]:
    """Collect the records of all loggers, from DEBUG on."""
    handler = _Collector(records)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@contextlib.contextmanager
def _measuring(wanted: bool) -> Iterator[list[int]]:  # noqa: FBT001 - a single switch
    measured = [0]
    if wanted:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
    try:
        yield measured
    finally:
        if wanted:
            measured[0] = tracemalloc.get_traced_memory()[1] - before
            tracemalloc.stop()
