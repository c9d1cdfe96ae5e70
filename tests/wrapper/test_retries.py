"""Reads are repeated; other calls only after a 429, and only on request."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from portkey_admin import NotSentError, OutcomeUnknownError, RefusedError
from tests.wrapper.caller import CHANGES, CREATED, ID, KEY, MINIMAL_BODY, READS, Caller, answering
from tests.wrapper.clock import Clock

TOO_MANY = httpx.Response(429, headers={"Retry-After": "7"}, json={"message": "slow down"})


def test_waits_for_retry_after(caller: Caller, pauses: list[float]) -> None:
    """After a 429, the call waits for Retry-After and sends the same request again."""
    transport = caller.transport(answering(TOO_MANY, TOO_MANY, CREATED))
    created = caller.create_by(caller.admin(transport=transport, retries=2))
    assert created.key.reveal() == CREATED["key"]
    assert pauses == [7.0, 7.0]
    assert len({request.content for request in caller.requests}) == 1
    assert len(caller.requests) == 3
    for request in caller.requests:
        assert request.headers.get_list("x-portkey-api-key") == [KEY]


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_number_of_attempts(caller: Caller, pauses: list[float], retries: int) -> None:
    """After the last attempt the refusal is raised; by default there is one attempt."""
    transport = caller.transport(answering(*[TOO_MANY] * 5))
    options: dict[str, Any] = {"retries": retries} if retries else {}
    with pytest.raises(RefusedError) as caught:
        caller.create_by(caller.admin(transport=transport, **options))
    assert (caught.value.status, caught.value.retry_after) == (429, "7")
    assert len(caller.requests) == 1 + retries
    assert pauses == [7.0] * retries


OTHERS: dict[str, tuple[httpx.Response | Exception, type[Exception]]] = {
    "without Retry-After": (httpx.Response(429), RefusedError),
    "beyond the deadline": (httpx.Response(429, headers={"Retry-After": "31"}), RefusedError),
    "503": (httpx.Response(503, headers={"Retry-After": "1"}), OutcomeUnknownError),
    "408": (httpx.Response(408, headers={"Retry-After": "1"}), OutcomeUnknownError),
    "403": (httpx.Response(403, headers={"Retry-After": "1"}), RefusedError),
    "no answer": (httpx.ReadError("x"), OutcomeUnknownError),
    "no connection": (httpx.ConnectError("x"), NotSentError),
    "429 that holds a key": (
        httpx.Response(429, headers={"Retry-After": "1"}, json=CREATED),
        OutcomeUnknownError,
    ),
}


@pytest.mark.parametrize(("answer", "kind"), OTHERS.values(), ids=OTHERS.keys())
def test_other_failures_are_not_repeated(
    caller: Caller,
    pauses: list[float],
    answer: httpx.Response | Exception,
    kind: type[Exception],
) -> None:
    """A call that may have created a key, or has no time left, is not repeated."""
    admin = caller.admin(transport=caller.transport(answering(answer)), retries=10)
    with pytest.raises(kind):
        caller.create_by(admin)
    assert (len(caller.requests), pauses) == (1, [])


def test_error_of_the_last_attempt(caller: Caller, pauses: list[float]) -> None:
    """The error of the last attempt is raised."""
    refused = httpx.Response(403, json={"message": "no"})
    admin = caller.admin(transport=caller.transport(answering(TOO_MANY, refused)), retries=5)
    with pytest.raises(RefusedError, match="status 403: no"):
        caller.create_by(admin)
    assert (len(caller.requests), pauses) == (2, [7.0])


@pytest.mark.usefixtures("pauses")
def test_generated_functions_are_not_repeated(caller: Caller) -> None:
    """A generated function returns the 429."""
    admin = caller.admin(transport=caller.transport(answering(TOO_MANY)), retries=5)
    assert caller.call_generated(admin).status_code == 429
    assert caller.sent_body() == MINIMAL_BODY


# Reads

FOUND: dict[str, Any] = {
    "list": [{"id": ID, "name": "ci"}],
    "find": [{"id": ID, "name": "ci"}],
    "retrieve": {"id": ID, "name": "ci"},
}
DONE: dict[str, Any] = {"create": CREATED, "update": {}, "rotate": CREATED, "delete": {}}


class CutOff(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": "'
        raise httpx.ReadError("x")

    async def __aiter__(self) -> Any:
        for part in self:
            yield part


def cut_off(_: httpx.Request) -> httpx.Response:
    """Respond with a body that breaks off."""
    return httpx.Response(200, stream=CutOff())


# The failures after which a read is repeated, with the pause in seconds.
PASSING: dict[str, tuple[httpx.Response | Exception, float]] = {
    "connection lost": (httpx.ReadError("x"), 0.1),
    "closed": (httpx.RemoteProtocolError("x"), 0.1),
    "no answer": (httpx.ReadTimeout("x"), 0.1),
    "429": (httpx.Response(429), 0.1),
    "429 with Retry-After": (TOO_MANY, 7.0),
    "429 with a Retry-After of now": (httpx.Response(429, headers={"Retry-After": "0"}), 0.0),
    "429 with a Retry-After that is none": (
        httpx.Response(429, headers={"Retry-After": "soon"}),
        0.1,
    ),
    "502": (httpx.Response(502, html="<html>Bad gateway</html>"), 0.1),
    "503": (httpx.Response(503), 0.1),
    "503 with Retry-After": (httpx.Response(503, headers={"Retry-After": "3"}), 3.0),
    "504": (httpx.Response(504), 0.1),
}
each_read = pytest.mark.parametrize("method", READS)


@each_read
@pytest.mark.parametrize(("answer", "pause"), PASSING.values(), ids=PASSING.keys())
def test_read_is_repeated(
    caller: Caller, pauses: list[float], method: str, answer: Any, pause: float
) -> None:
    """A read is repeated after a temporary failure, after our pause or the server's."""
    found = caller.call(method, answering(answer, FOUND[method], []))
    assert [each.id for each in ([found] if method == "retrieve" else found)] == [ID]
    assert pauses == [pause]
    assert len({str(request.url) for request in caller.requests[:2]}) == 1
    assert [request.headers.get_list("x-portkey-api-key") for request in caller.requests[:2]] == [
        [KEY]
    ] * 2


@each_read
def test_cut_off_read_is_repeated(caller: Caller, pauses: list[float], method: str) -> None:
    """A read whose response breaks off is repeated."""
    given = answering(FOUND[method], [])

    def answer(request: httpx.Request) -> httpx.Response:
        return cut_off(request) if len(caller.requests) == 1 else given(request)

    assert caller.call(method, answer)
    assert pauses == [0.1]


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
@pytest.mark.parametrize("answer", [httpx.ReadError("x"), httpx.Response(503)], ids=["lost", "503"])
def test_number_of_repeated_reads(
    caller: Caller, pauses: list[float], answer: Any, retries: int
) -> None:
    """A read is repeated twice, or `retries` times if that is more, before it fails."""
    with pytest.raises(OutcomeUnknownError, match="nothing was changed"):
        caller.call("retrieve", answer, {"retries": retries})
    assert len(caller.requests) == 1 + max(retries, 2)
    assert pauses == [0.1, *[0.5] * (max(retries, 2) - 1)]


def test_each_page_is_repeated(caller: Caller, pauses: list[float]) -> None:
    """Each page of a list is repeated on its own."""
    pages = [[{"id": f"{number}-{at}"} for at in range(100)] for number in range(2)]
    lost = httpx.ReadError("x")
    answers = answering(lost, lost, pages[0], lost, lost, pages[1], lost, lost, [], pages[0])
    assert len(caller.call("list", answers)) == 200
    assert pauses == [0.1, 0.5] * 3


NOT_PASSING: dict[str, tuple[Any, type[Exception]]] = {
    **{str(status): (httpx.Response(status), RefusedError) for status in (400, 401, 403, 404, 409)},
    **{str(status): (httpx.Response(status), OutcomeUnknownError) for status in (408, 500, 501)},
    "302": (httpx.Response(302), RefusedError),
    "505": (httpx.Response(505), OutcomeUnknownError),
    "429 beyond the deadline": (
        httpx.Response(429, headers={"Retry-After": "31"}),
        RefusedError,
    ),
    "503 beyond the deadline": (
        httpx.Response(503, headers={"Retry-After": "31"}),
        OutcomeUnknownError,
    ),
    "no connection": (httpx.ConnectError("x"), NotSentError),
    "no JSON": (httpx.Response(200, text="x"), OutcomeUnknownError),
}


@each_read
@pytest.mark.parametrize(("answer", "kind"), NOT_PASSING.values(), ids=NOT_PASSING.keys())
def test_read_is_not_repeated(
    caller: Caller, pauses: list[float], method: str, answer: Any, kind: type[Exception]
) -> None:
    """A failure that another attempt cannot change, or has no time for, is raised at once."""
    with pytest.raises(kind):
        caller.call(method, answer, {"retries": 10})
    assert (len(caller.requests), pauses) == (1, [])


@pytest.mark.parametrize("deadline", [0.05, 0.3, 0.9])
def test_reads_are_repeated_within_the_deadline(
    caller: Caller, clock: Clock, monkeypatch: pytest.MonkeyPatch, deadline: float
) -> None:
    """All attempts of a read share one deadline, and no pause goes beyond it."""
    began = clock.now

    async def sleep(seconds: float) -> None:
        clock.go_on(seconds)

    monkeypatch.setattr(time, "sleep", clock.go_on)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(OutcomeUnknownError):
        caller.call("retrieve", httpx.Response(503), {"deadline": deadline, "retries": 10})
    assert clock.now - began < deadline
    assert len(caller.requests) == {0.05: 1, 0.3: 2, 0.9: 3}[deadline]


def test_read_without_a_deadline_ends(caller: Caller, pauses: list[float]) -> None:
    """The number of attempts is also limited without a deadline."""
    with pytest.raises(OutcomeUnknownError):
        caller.call("find", httpx.Response(503), {"deadline": None})
    assert pauses == [0.1, 0.5]


@pytest.mark.parametrize("seconds", ["60", "86400"])
def test_read_without_a_deadline_does_not_wait_a_minute(
    caller: Caller, pauses: list[float], seconds: str
) -> None:
    """A Retry-After of a minute ends a read, even without a deadline."""
    answers = answering(httpx.Response(429, headers={"Retry-After": seconds}), FOUND["retrieve"])
    with pytest.raises(RefusedError):
        caller.call("retrieve", answers, {"deadline": None})
    assert pauses == []


def test_change_without_a_deadline_waits_for_retry_after(
    caller: Caller, pauses: list[float]
) -> None:
    """Without a deadline, a call with retries waits as long as the server asks."""
    answers = answering(httpx.Response(429, headers={"Retry-After": "86400"}), DONE["update"])
    caller.call("update", answers, {"deadline": None, "retries": 1})
    assert pauses == [86400.0]


def test_too_long_read_is_not_repeated(caller: Caller, pauses: list[float]) -> None:
    """A response above max_response_bytes is not requested again."""
    with pytest.raises(OutcomeUnknownError, match="longer than 10 bytes"):
        caller.call("retrieve", FOUND["retrieve"], {"max_response_bytes": 10})
    assert (len(caller.requests), pauses) == (1, [])


# Changes

UNREPEATED: dict[str, httpx.Response | Exception] = {
    name: answer for name, (answer, _) in {**OTHERS, **PASSING}.items()
}
# These refuse the call and name a time. A key in a 429 matters only for calls that create secrets.
del UNREPEATED["429 with Retry-After"], UNREPEATED["429 with a Retry-After of now"]
_MAKES_NONE = [("update", "429 that holds a key"), ("delete", "429 that holds a key")]


@pytest.mark.parametrize(
    ("method", "name"),
    [each for each in itertools.product(CHANGES, UNREPEATED) if each not in _MAKES_NONE],
)
def test_change_is_never_repeated(
    caller: Caller, pauses: list[float], method: str, name: str
) -> None:
    """Failures after which reads are repeated end any other call, even with retries."""
    with pytest.raises((RefusedError, OutcomeUnknownError, NotSentError)):
        caller.call(method, UNREPEATED[name], {"retries": 10})
    assert (len(caller.requests), pauses) == (1, [])


@pytest.mark.parametrize("method", CHANGES)
def test_cut_off_change_is_never_repeated(caller: Caller, pauses: list[float], method: str) -> None:
    """A call whose response breaks off is sent once."""
    with contextlib.suppress(OutcomeUnknownError):
        caller.call(method, cut_off, {"retries": 10})
    assert (len(caller.requests), pauses) == (1, [])


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_change_refused_with_429_is_repeated(
    caller: Caller, pauses: list[float], method: str, retries: int
) -> None:
    """A call that was refused with 429 and Retry-After is repeated on request."""
    answers = answering(*[TOO_MANY] * 3, DONE[method])
    if retries == 3:
        caller.call(method, answers, {"retries": retries})
    else:
        with pytest.raises(RefusedError):
            caller.call(method, answers, {"retries": retries})
    assert len(caller.requests) == 1 + retries
    assert pauses == [7.0] * retries
    assert len({(each.method, each.url, each.content) for each in caller.requests}) == 1
