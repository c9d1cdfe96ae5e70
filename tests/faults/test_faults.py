"""A key is never created twice, never lost and never leaked, whatever goes wrong."""

from __future__ import annotations

import asyncio
import copy
import functools
import itertools
import pickle
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import portkey_admin
from portkey_admin import CreatedKey, PortkeyAdminError
from tests.faults.calls import OPERATIONS, Result, call_async, call_sync, run
from tests.faults.faults import (
    ADMIN_KEY,
    CREATED,
    DONE,
    FAULTS,
    FOUND,
    KEY,
    KEY_ID,
    LOGGED_BY_HTTPCORE,
    REFUSED,
    SECRET,
    UNKNOWN,
    Fault,
    Good,
    faults,
)

# Deadlines are at most half a second, in which connecting is tried three times.
MOST_SECONDS = 5.0
MOST_BYTES = 8 * 1024 * 1024
LONGEST_TEXT = 1000

LIBRARY = str(Path(portkey_admin.__file__).parent)


STYLES = {"sync": call_sync, "async": call_async}
# The reads, with the most requests of each: find reads pages, which these servers repeat.
READS = {"retrieve": 3, "find": 20}

# The faults for each operation. Answers may have a secret even if none is expected.
_NAMED = {**CREATED, "name": "ci"}
TABLES = {
    "create": FAULTS,
    "rotate": faults(Good({"id": KEY_ID, "key": SECRET, "key_transition_expires_at": None})),
    "update": FAULTS,
    "delete": FAULTS,
    "retrieve": faults(Good(_NAMED)),
    "find": faults(Good(_NAMED, is_listed=True)),
}
# The slow faults run only with these.
_PATIENT = {("create", "sync"), ("create", "async"), ("rotate", "async"), ("find", "sync")}

# In these the key arrives but the rest is missing: enough for a create, not for other operations.
_CUT_OFF = {
    "cut off after the key, which is not the first",
    "chunks without an end",
    "chunks that are broken after the key",
    "gzip cut off after the key",
    "cut off after the key",
    "hangs after the key",
    "the key, then 100 MB",
}
# These have no key, which is normal for other operations.
_OBJECTS = {
    "200 with an id alone",
    "200 with a null key",
    "200 with an empty key",
    "200 with a key that is a number",
}
# An object or nothing is the normal answer of a change that creates no secret.
_DONE = {
    *_OBJECTS,
    "200 with a key in the metadata",
    "a megabyte of a string without an end",
    "204",
    "205 without a body",
    "200 without a body",
    "200 with an empty object",
}


def expected(operation: str, fault: Fault) -> str:
    """Return the expected outcome of an operation; `fault.outcome` is that of a create."""
    if operation in {"create", "rotate"} or fault.outcome not in {KEY, UNKNOWN}:
        return fault.outcome
    if fault.name == "409 that holds the key":
        return REFUSED
    is_good = fault.outcome == KEY and fault.name not in _CUT_OFF
    if operation not in READS:
        return DONE if is_good or fault.name in _DONE else UNKNOWN
    if operation == "find" and fault.name in {"200 with a list", "200 with an id alone"}:
        return DONE if fault.name == "200 with a list" else UNKNOWN  # an empty list, and no list
    is_good = is_good and fault.name != "wrapped in something else"
    return FOUND if is_good or fault.name in _OBJECTS else UNKNOWN


def _parameters() -> Iterator[Any]:
    for operation, style in itertools.product(OPERATIONS, STYLES):
        for fault in TABLES[operation]:
            is_slow = fault.options or fault.setting == "opens late"
            if is_slow and (operation, style) not in _PATIENT:
                continue
            marks: list[pytest.MarkDecorator] = []
            if fault.name == "TLS: reset in the handshake":
                # The reset may arrive before ssl has read the socket; then Python leaves it open.
                ignored = "ignore:unclosed <ssl.SSLSocket:ResourceWarning"
                marks.append(pytest.mark.filterwarnings(ignored))
            yield pytest.param(
                operation, style, fault, id=f"{operation}-{style}-{fault.name}", marks=marks
            )


@pytest.fixture
def _no_pauses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the pauses between attempts, unless a fault needs them."""
    fault = request.node.callspec.params["fault"]
    if fault.setting != "opens late":
        monkeypatch.setattr(time, "sleep", lambda _, sleep=time.sleep: sleep(0))
        monkeypatch.setattr(asyncio, "sleep", lambda _, sleep=asyncio.sleep: sleep(0))


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize(("operation", "style", "fault"), [*_parameters()])
def test_fault(operation: str, style: str, fault: Fault) -> None:
    """At most one change arrives, the outcome is certain or unknown, and no secret is lost."""
    call = functools.partial(STYLES[style], operation=operation)
    result = run(fault, call, measure="100 MB" in fault.name or "bomb" in fault.name)
    assert result.outcome == expected(operation, fault), _describe(result)
    if operation in READS:
        assert result.creates == 0
        assert fault.creates <= result.reads <= READS[operation]
    else:
        assert (result.creates, result.reads) == (fault.creates, 0)
    makes_key = operation in {"create", "rotate"}
    assert result.key == (SECRET if fault.key and makes_key else None)
    assert result.seconds < MOST_SECONDS
    assert result.memory < MOST_BYTES
    if fault.name in LOGGED_BY_HTTPCORE:
        result.logs = [each for each in result.logs if "receive_response_" not in each]
    for text in _texts(result):
        assert ADMIN_KEY not in text
        assert SECRET not in text
    if isinstance(result.value, PortkeyAdminError):
        _check_error(result.value)
        assert operation == "create" or "been created" not in str(result.value)


def test_names_are_unique() -> None:
    """Each fault has a unique name, and there are more than sixty."""
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 60


def _check_error(error: PortkeyAdminError) -> None:
    """Check that an error is short, and that its copies and pickles have the same text."""
    assert 0 < len(str(error)) < LONGEST_TEXT
    for twin in (copy.deepcopy(error), copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert type(twin) is type(error)
        assert str(twin) == str(error)
    assert copy.deepcopy(error).__cause__ is error.__cause__
    for secret in (ADMIN_KEY, SECRET):
        assert secret.encode() not in pickle.dumps(error)


def _texts(result: Result) -> Iterator[str]:
    """Yield every text in which a secret might appear."""
    yield from result.logs
    yield from (repr(result.value), str(result.value), f"{result.value}", f"{result.value!r:>90}")
    if isinstance(result.value, CreatedKey):
        yield str(vars(result.value)) if hasattr(result.value, "__dict__") else ""
    chain = [result.value] if isinstance(result.value, BaseException) else []
    for error in chain:
        yield repr(error)
        yield from traceback.format_exception_only(error)
        yield from _locals(error.__traceback__)
        links = (error.__cause__, error.__context__)
        chain += [link for link in links if link is not None and link not in chain]


def _locals(trace: TracebackType | None) -> Iterator[str]:
    """Yield the local variables of the library's frames."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(LIBRARY):
            for name, value in trace.tb_frame.f_locals.items():
                yield f"{name} = {value!r}"
        trace = trace.tb_next


def _describe(result: Result) -> str:
    error = result.value
    return "".join(traceback.format_exception(error)) if isinstance(error, Exception) else ""
