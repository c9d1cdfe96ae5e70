"""A server that stands in for an API: it judges every request by the API's OpenAPI document.

    stub = Stub(document, api_key="the key")
    client = httpx.Client(transport=stub.transport(), base_url="http://stub/v1")
    ...
    assert not stub.exchanges[-1].problems

Nothing in here knows a path, a header or a field of any particular API.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any, Protocol

from .answers import refusal
from .faults import NO_FAULT, Fault, Faults
from .judge import NO_BODY, Headers, Judge, Judgement
from .operations import Limit, Operation, read_operations
from .problems import bounded, problem
from .wsgi import read_body, read_headers, read_target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    import httpx

    from .schema import Json

__all__ = ["MAX_BODY", "NO_BODY", "Answer", "Exchange", "Limit", "Memory", "Stub"]

MAX_BODY = 2**20
"""The most bytes that a body may have."""


@dataclass(frozen=True)
class Answer:
    """What to send back."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Exchange:
    """One request, as it was read and judged, and what was answered."""

    operation_id: str | None
    """None when the request is for no operation of the document."""
    method: str
    target: str
    headers: Headers = field(repr=False)
    path_parameters: dict[str, Any]
    query_parameters: dict[str, Any]
    header_parameters: dict[str, Any]
    cookie_parameters: dict[str, Any]
    body: Any
    """The parsed JSON, or NO_BODY if there was none, or none that is strict JSON."""
    raw_body: bytes
    problems: list[str]
    """All that is wrong with the request by the document; empty when it was accepted."""
    status: int
    answer: Any
    """The parsed body of the answer, or NO_BODY; a fault may have kept the client from it."""


class Memory(Protocol):
    """Answers by what earlier requests left behind, as the API itself would."""

    def answer(self, operation: Operation, request: Judgement) -> tuple[int, Json] | None:
        """Return status and body for an accepted request, and remember what it changed.

        None for an operation that is not known: its answer is made up from the document.
        """


class Stub:
    """Stands in for the API that a document describes, in process or behind any WSGI server.

    `exchanges` holds what was asked and answered, in the order of the answers. `faults` takes what
    is to go wrong with the next requests.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        api_key: str | None = None,
        prefix: str = "",
        extra_headers: Collection[str] = (),
        memory: Memory | None = None,
    ) -> None:
        """Take a valid document of OpenAPI 3.0 or 3.1, as plain JSON values.

        `api_key` is the only key accepted; any is when it is None. `prefix` is the path to mount
        the API at, "/" for none; when empty, it is the path of the first server in the document
        without variables. Headers named in `extra_headers` may be sent though not described.
        Answers to accepted requests come from `memory`, or else are made up from the document.
        Raises ValueError when the document is not of OpenAPI 3.
        """
        self._operations = read_operations(document, prefix)
        self.limits = [each.limit for each in self._operations if each.limit]
        """What the stub cannot judge, or answers without the body that is described."""
        self._judge = Judge(api_key, extra_headers)
        self._memory = memory
        self._lock = threading.Lock()
        self._answered = 0
        self.exchanges: list[Exchange] = []
        self.faults = Faults()

    @property
    def prefix(self) -> str:
        """Return the path that the API is mounted at, such as "/v1"; may be empty."""
        return self._operations[0].prefix if self._operations else ""

    def handle(
        self, method: str, target: str, headers: Headers, body: bytes, fault: Fault = NO_FAULT
    ) -> Answer:
        """Return the answer to a request, and record both.

        `target` is the path and query as sent, still encoded. Raises nothing for any request that
        could come over a wire, however wrong it is.
        """
        operation, judgement, answer_headers = self._judged(method, target, headers, body)
        status = int(judgement.status)
        value: Any = NO_BODY
        if judgement.problems:
            judgement.problems = bounded(judgement.problems)
            value = refusal(status, judgement.problems)
        else:
            if operation is not None and fault.carried_out:
                status, value = self._carried_out(operation, judgement)
            if fault.status is not None:
                status, value = fault.status, refusal(fault.status, ["a fault chosen by the test"])
                answer_headers += fault.headers
        self.record(
            Exchange(
                operation_id=operation.operation_id if operation else None,
                method=method,
                target=target,
                headers=list(headers),
                path_parameters=judgement.path_parameters,
                query_parameters=judgement.query_parameters,
                header_parameters=judgement.header_parameters,
                cookie_parameters=judgement.cookie_parameters,
                body=judgement.body,
                raw_body=body,
                problems=judgement.problems,
                status=status,
                answer=value,
            )
        )
        if value is NO_BODY:
            return Answer(status, answer_headers, b"")
        answer_headers.append(("Content-Type", "application/json"))
        return Answer(status, answer_headers, json.dumps(value).encode())

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange; a subclass may do something else with it."""
        with self._lock:
            self.exchanges.append(exchange)

    def app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as a WSGI application."""
        fault = self.faults.take()
        answer = self.handle(
            environ["REQUEST_METHOD"],
            read_target(environ),
            read_headers(environ),
            # One byte more than allowed is enough to know that it is too much.
            read_body(environ, MAX_BODY + 1),
            fault,
        )
        time.sleep(fault.delay)
        if fault.dropped:
            raise ConnectionAbortedError  # the server closes the connection
        headers = list(answer.headers)
        if answer.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body[: fault.sent]]

    def transport(self) -> httpx.MockTransport:
        """Return a transport for httpx clients, sync or async, that ends in this stub."""
        import httpx  # noqa: PLC0415 - who does not use it need not have it

        def answered(request: httpx.Request) -> httpx.Response:
            answer = self.handle(
                request.method,
                request.url.raw_path.decode("ascii"),
                [
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in request.headers.raw
                ],
                request.content,
            )
            return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

        return httpx.MockTransport(answered)

    def _judged(
        self, method: str, target: str, headers: Headers, body: bytes
    ) -> tuple[Operation | None, Judgement, Headers]:
        """Return the operation that a request is for, what is wrong, and headers to answer with."""
        path = target.partition("?")[0]
        matching = [found for found in self._operations if found.pattern.fullmatch(path)]
        by_method = {
            found.method: found for found in matching if found.template == matching[0].template
        }
        judgement = Judgement()
        if not matching:
            judgement.refuse(HTTPStatus.NOT_FOUND, problem("path", f"{path} is not described"))
        elif method not in by_method:
            allowed = ", ".join(by_method)
            text = problem("method", f"{method} is not described for this path, only {allowed}")
            judgement.refuse(HTTPStatus.METHOD_NOT_ALLOWED, text)
            return None, judgement, [("Allow", allowed)]
        elif len(body) > MAX_BODY:
            text = problem("body", f"longer than {MAX_BODY} bytes")
            judgement.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
        elif (limit := by_method[method].limit) and not limit.judged:
            text = problem("operation", f"it cannot be judged: {limit.reason}")
            judgement.refuse(HTTPStatus.NOT_IMPLEMENTED, text)
        else:
            judgement = self._judge.judge(by_method[method], target, headers, body)
        return by_method.get(method), judgement, []

    def _carried_out(self, operation: Operation, judgement: Judgement) -> tuple[int, Any]:
        """Return status and body of the answer to an accepted request."""
        if self._memory is not None:
            remembered = self._memory.answer(operation, judgement)
            if remembered is not None:
                return remembered
        made = operation.answer
        if made is None:
            return int(judgement.status), NO_BODY
        return made.status, NO_BODY if made.make is None else made.make(self._next_number())

    def _next_number(self) -> int:
        with self._lock:
            self._answered += 1
            return self._answered
