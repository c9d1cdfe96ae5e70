"""A key is never created twice, never lost and never leaked, whatever goes wrong."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import portkey_admin
from portkey_admin import CreatedKey, PortkeyAdminError
from tests.faults.calls import CALLS, Result, run
from tests.faults.faults import ADMIN_KEY, FAULTS, LOGGED_BY_HTTPCORE, SECRET, Fault

# The deadline of no fault is above half a second; connecting is tried three times in that time.
MOST_SECONDS = 5.0
MOST_BYTES = 8 * 1024 * 1024
LONGEST_TEXT = 1000

LIBRARY = str(Path(portkey_admin.__file__).parent)


def _parameter(fault: Fault) -> Any:
    # A reset that comes before ssl has looked at the socket leaves Python's own SSLSocket unclosed.
    resets = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
    marks = [resets] if fault.name == "TLS: reset in the handshake" else []
    return pytest.param(fault, id=fault.name, marks=marks)


@pytest.mark.parametrize("fault", [_parameter(fault) for fault in FAULTS])
@pytest.mark.parametrize("style", ["sync", "async"])
def test_fault(fault: Fault, style: str) -> None:
    """One create at most arrives, the outcome is told as it is, and the key is kept and hidden."""
    result = run(fault, CALLS[style], measure="100 MB" in fault.name or "bomb" in fault.name)
    assert result.outcome == fault.outcome, _told(result)
    assert result.creates == fault.creates
    assert result.key == (SECRET if fault.key else None)
    assert result.seconds < MOST_SECONDS
    assert result.memory < MOST_BYTES
    if fault.name in LOGGED_BY_HTTPCORE:
        result.logs = [each for each in result.logs if "receive_response_" not in each]
    for text in _texts(result):
        assert ADMIN_KEY not in text
        assert SECRET not in text
    if isinstance(result.value, PortkeyAdminError):
        _check_error(result.value)


def test_names_are_unique() -> None:
    """Each fault has a name of its own; there are more than sixty."""
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 60


def _check_error(error: PortkeyAdminError) -> None:
    """Check what holds of every error: a short text, copies and pickles that say the same."""
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
    """Yield the local variables of the library's own frames."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(LIBRARY):
            for name, value in trace.tb_frame.f_locals.items():
                yield f"{name} = {value!r}"
        trace = trace.tb_next


def _told(result: Result) -> str:
    error = result.value
    return "".join(traceback.format_exception(error)) if isinstance(error, Exception) else ""
