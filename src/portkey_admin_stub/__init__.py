"""A stub of any API: it checks every request against the API's OpenAPI document.

    stub = Stub(document, api_key="the key")
    client = httpx.Client(transport=stub.transport(), base_url="http://stub/v1")
    ...
    assert not stub.exchanges[-1].problems

Nothing in here is specific to one API.
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

MAX_BODY = 1_048_576
"""The largest body of a request, in bytes."""


@dataclass(frozen=True)
class Answer:
    """An answer to send."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Exchange:
    """One request, as it was read and checked, and its answer."""

    operation_id: str | None
    """None if no operation of the document fits the request."""
    method: str
    target: str
    headers: Headers = field(repr=False)
    path_parameters: dict[str, Any]
    query_parameters: dict[str, Any]
    header_parameters: dict[str, Any]
    cookie_parameters: dict[str, Any]
    body: Any
    """The parsed JSON, or NO_BODY if the body is missing or not strict JSON."""
    raw_body: bytes
    problems: list[str]
    """All violations of the document; empty if the request was accepted."""
    status: int
    """The status of the answer; 503 if a fault prevented both the effect and an answer."""
    answer: Any
    """The parsed body of the answer, or NO_BODY; after a fault, the client may not have got it."""


class Memory(Protocol):
    """Makes answers that depend on earlier requests, as those of the API do."""

    def answer(self, operation: Operation, request: Judgement) -> tuple[int, Json] | None:
        """Return status and body for an accepted request, and remember its effect.

        Return None for an unknown operation: its answer is then generated from the document.
        """


class Stub:
    """A stub of the API that a document describes, in process or behind any WSGI server.

    `exchanges` has the requests and answers, in the order of the answers. `faults` takes the faults
    of the next requests.
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

        `api_key` is the only accepted key; None accepts any key. `prefix` is the path to mount the
        API at, "/" for no prefix; by default, it is the path of the document's first server without
        variables. Headers in `extra_headers` are accepted although the document lacks them. Answers
        come from `memory`, or else are generated from the document. Raises ValueError if the
        document is not OpenAPI 3.
        """
        self._operations = read_operations(document, prefix)
        self.limits = [each.limit for each in self._operations if each.limit]
        """The operations that the stub cannot check, or answers without the described body."""
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

        `target` is the path and query as sent, still encoded. Invalid requests raise no exception.
        """
        operation, judgement, answer_headers = self._judged(method, target, headers, body)
        status: int = HTTPStatus.SERVICE_UNAVAILABLE
        value: Any = NO_BODY
        if operation is None or judgement.problems:
            judgement.problems = bounded(judgement.problems)
            status, value = judgement.status, refusal(judgement.status, judgement.problems)
        else:
            if fault.carried_out:
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
        """Keep an exchange; a subclass can override this."""
        with self._lock:
            self.exchanges.append(exchange)

    def app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as a WSGI application."""
        fault = self.faults.take()
        answer = self.handle(
            environ["REQUEST_METHOD"],
            read_target(environ),
            read_headers(environ),
            # One byte more than allowed is enough to recognise a body that is too long.
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
        """Return a transport for httpx clients, sync or async, that sends to this stub."""
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
        """Return the operation of a request, the judgement, and headers for the answer."""
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
        return made.status, NO_BODY if made.make is None else made.make(self._next_number())

    def _next_number(self) -> int:
        with self._lock:
            self._answered += 1
            return self._answered
