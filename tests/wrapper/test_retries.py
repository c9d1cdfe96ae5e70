"""A call that the server refuses with 429 is tried again, if that is asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from portkey_admin import NotSentError, OutcomeUnknownError, RefusedError
from tests.wrapper.caller import CREATED, KEY, MINIMAL_BODY, Caller

TOO_MANY = httpx.Response(429, headers={"Retry-After": "7"}, json={"message": "slow down"})


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that calls make, none of which takes any time."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(time, "sleep", made.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


def answering(*answers: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    """Return what gives these answers one after the other, and then a key."""
    left: Iterator[httpx.Response | Exception] = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        given = next(left, httpx.Response(200, json=CREATED))
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    return answer


def test_waits_and_tries_again(caller: Caller, pauses: list[float]) -> None:
    """A 429 is waited out by its Retry-After, and the same request is sent again."""
    transport = caller.transport(answering(TOO_MANY, TOO_MANY))
    created = caller.create_by(caller.admin(transport=transport, retries=2))
    assert created.key.reveal() == CREATED["key"]
    assert pauses == [7.0, 7.0]
    assert len({request.content for request in caller.requests}) == 1
    assert len(caller.requests) == 3
    for request in caller.requests:
        assert request.headers.get_list("x-portkey-api-key") == [KEY]


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_tries_so_often(caller: Caller, pauses: list[float], retries: int) -> None:
    """After so many attempts the refusal is raised; by default there is one."""
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
def test_nothing_else_is_tried_again(
    caller: Caller,
    pauses: list[float],
    answer: httpx.Response | Exception,
    kind: type[Exception],
) -> None:
    """What may have created a key, or asks for more time than there is, is not sent again."""
    admin = caller.admin(transport=caller.transport(answering(answer)), retries=10)
    with pytest.raises(kind):
        caller.create_by(admin)
    assert (len(caller.requests), pauses) == (1, [])


def test_a_refusal_that_changes(caller: Caller, pauses: list[float]) -> None:
    """What comes of the last attempt is what is raised."""
    refused = httpx.Response(403, json={"message": "no"})
    admin = caller.admin(transport=caller.transport(answering(TOO_MANY, refused)), retries=5)
    with pytest.raises(RefusedError, match="status 403: no"):
        caller.create_by(admin)
    assert (len(caller.requests), pauses) == (2, [7.0])


@pytest.mark.usefixtures("pauses")
def test_generated_functions_are_not_tried_again(caller: Caller) -> None:
    """A generated function gets the 429 as the answer that it is."""
    admin = caller.admin(transport=caller.transport(answering(TOO_MANY)), retries=5)
    assert caller.call_generated(admin).status_code == 429
    assert caller.sent_body() == MINIMAL_BODY
