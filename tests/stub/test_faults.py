"""A served stub fails requests as a test chooses."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from portkey_admin_stub import NO_BODY
from portkey_admin_stub.faults import Fault, Faults
from portkey_admin_stub.portkey import PortkeyStub
from portkey_admin_stub.server import serve

from .test_api_keys import BODY
from .test_packaged import request
from .wire import Reply, in_process, over_socket

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def stub() -> PortkeyStub:
    """Return a stub with a memory."""
    return PortkeyStub()


def create(stub: PortkeyStub, *, body: object = BODY) -> Reply:
    """Send a request for a key to a served stub."""
    with serve(stub) as base_url:
        return over_socket(base_url, request(stub, body))


@pytest.mark.parametrize("carried_out", [False, True], ids=["not carried out", "carried out"])
@pytest.mark.parametrize(
    ("status", "code"), [(429, "AB06"), (409, "AB07"), (500, "AB04"), (520, "AB01")]
)
def test_fault_replaces_the_response(
    stub: PortkeyStub, status: int, code: str, *, carried_out: bool
) -> None:
    """The response has the chosen status with Portkey's code, whether a key is created or not."""
    stub.faults.answer(status, carried_out=carried_out)
    reply = create(stub)
    assert reply.status == status
    assert json.loads(reply.body) == {
        "success": False,
        "data": {"message": "a fault chosen by the test", "errorCode": code},
    }
    assert "retry-after" not in reply.headers
    assert len(stub.keys.kept) == carried_out
    [exchange] = stub.exchanges
    assert (exchange.status, exchange.body, exchange.problems) == (status, BODY, [])


@pytest.mark.parametrize("value", [0, "1.5", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after_is_sent_as_given(stub: PortkeyStub, value: int | str) -> None:
    """Retry-After may be a number of seconds or any text."""
    stub.faults.answer(429, retry_after=value)
    stub.faults.answer(429, retry_after=value)
    assert stub.faults.take().headers == (("Retry-After", str(value)),)
    assert create(stub).headers["retry-after"] == str(value)


def test_delay_begins_after_the_request_is_carried_out(
    stub: PortkeyStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the delay begins, the key exists and the exchange is recorded; others do not wait."""
    waited: list[tuple[float, int, int]] = []
    monkeypatch.setattr(
        "portkey_admin_stub.time.sleep",
        lambda seconds: waited.append((seconds, len(stub.keys.kept), len(stub.exchanges))),
    )
    stub.faults.delay(7.5)
    assert [create(stub).status for _ in range(2)] == [200, 200]
    assert waited == [(7.5, 1, 1), (0, 2, 2)]


@pytest.mark.parametrize("after", [0, 1, 20])
def test_body_is_cut_off(stub: PortkeyStub, after: int) -> None:
    """Content-Length is that of the complete body, but only part of it is sent."""
    stub.faults.cut_off(after)
    reply = create(stub)
    whole = json.dumps(stub.exchanges[0].answer).encode()
    assert (reply.status, reply.body) == (200, whole[:after])
    assert int(reply.headers["content-length"]) == len(whole)
    assert len(stub.keys.kept) == 1


@pytest.mark.parametrize("carried_out", [False, True], ids=["not carried out", "carried out"])
def test_connection_is_dropped(
    stub: PortkeyStub, monkeypatch: pytest.MonkeyPatch, *, carried_out: bool
) -> None:
    """The connection closes without a response, whether a key is created or not."""
    monkeypatch.setattr("portkey_admin_stub.server._QuietHandler.timeout", None)
    stub.faults.drop(carried_out=carried_out)
    with pytest.raises(IndexError):  # there is no status line
        create(stub)
    assert len(stub.keys.kept) == carried_out
    [exchange] = stub.exchanges
    assert (exchange.status, exchange.problems) == (200 if carried_out else 503, [])
    assert (exchange.answer is not NO_BODY) == carried_out


def test_faults_are_for_one_request_each_in_order(stub: PortkeyStub) -> None:
    """Each fault affects one request, in order; later requests succeed."""
    stub.faults.answer(429)
    stub.faults.answer(503)
    assert [create(stub).status for _ in range(4)] == [429, 503, 200, 200]


def test_defaults_of_faults() -> None:
    """By default, errors have no effect, and lost connections do."""
    faults = Faults()
    faults.answer(500)
    faults.cut_off()
    faults.drop()
    assert [faults.take() for _ in range(4)] == [
        Fault(status=500, carried_out=False),
        Fault(sent=1),
        Fault(carried_out=True, dropped=True),
        Fault(),
    ]


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda faults: faults.answer(399), "status must be from 400 to 599, not 399"),
        (lambda faults: faults.answer(600), "status must be from 400 to 599, not 600"),
        (lambda faults: faults.delay(-1), "seconds must be finite and at least 0, not -1"),
        (
            lambda faults: faults.delay(math.inf),
            "seconds must be finite and at least 0, not inf",
        ),
        (
            lambda faults: faults.delay(math.nan),
            "seconds must be finite and at least 0, not nan",
        ),
        (lambda faults: faults.cut_off(-1), "after must be at least 0, not -1"),
    ],
)
def test_impossible_faults_are_refused(choose: Callable[[Faults], None], message: str) -> None:
    """A status of no error, an endless delay or a negative number is refused with the reason."""
    faults = Faults()
    with pytest.raises(ValueError, match="must be") as caught:
        choose(faults)
    assert str(caught.value) == message
    assert faults.take() == Fault()


def test_extreme_faults_are_possible() -> None:
    """The lowest and highest status of an error, no delay and no byte can be chosen."""
    faults = Faults()
    faults.answer(400)
    faults.answer(599)
    faults.delay(0)
    faults.cut_off(0)
    chosen = [faults.take() for _ in range(4)]
    assert [each.status for each in chosen] == [400, 599, None, None]
    assert [(each.delay, each.sent) for each in chosen[2:]] == [(0, None), (0, 0)]


def test_invalid_request_is_refused_despite_a_fault(stub: PortkeyStub) -> None:
    """A fault does not hide the problems of a request."""
    stub.faults.answer(500)
    assert create(stub, body={}).status == 400
    assert stub.exchanges[0].problems


def test_faults_affect_only_served_stubs(stub: PortkeyStub) -> None:
    """A fault does not affect requests in process."""
    stub.faults.answer(429)
    assert in_process(stub, request(stub, BODY)).status == 200
    assert create(stub).status == 429
