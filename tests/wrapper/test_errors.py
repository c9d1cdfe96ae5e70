"""The texts of errors have all known facts, and no others."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from portkey_admin import (
    ConfigurationError,
    CreatedKey,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdminError,
    Problem,
    RefusedError,
    Secret,
)

POINTER_LENGTH = 200
ID_LENGTH = 100


@pytest.mark.parametrize(
    ("pointer", "shown"),
    [
        ("", ""),
        ("/name", "/name"),
        ("/a\nb", "/a\\nb"),
        ("/" + "x" * (POINTER_LENGTH - 1), "/" + "x" * (POINTER_LENGTH - 1)),
        ("/" + "x" * POINTER_LENGTH, "/" + "x" * (POINTER_LENGTH - 1) + "..."),
    ],
)
def test_text_of_a_problem(pointer: str, shown: str) -> None:
    """A problem is one line, with a shortened pointer."""
    assert str(Problem(pointer, "1", "a string")) == f"{shown}: found 1; allowed: a string"


def test_text_of_an_invalid_request() -> None:
    """The text counts the problems, and lists one on each line."""
    one, two = Problem("/a", "1", "a string"), Problem("/b", "2", "an array")
    assert str(InvalidRequestError([one])) == (
        "1 problem, nothing was sent:\n  /a: found 1; allowed: a string"
    )
    error = InvalidRequestError([one, two])
    assert str(error) == (
        "2 problems, nothing was sent:\n"
        "  /a: found 1; allowed: a string\n"
        "  /b: found 2; allowed: an array"
    )
    assert error.problems == (one, two)


def test_many_problems() -> None:
    """The text lists the first twenty problems, and counts the others."""
    problems = [Problem(f"/{number}", "1", "a string") for number in range(21)]
    assert str(InvalidRequestError(problems[:20])).endswith("\n  /19: found 1; allowed: a string")
    text = str(InvalidRequestError(problems))
    assert text.endswith("\n  /19: found 1; allowed: a string\n  and 1 more")


def test_text_of_invalid_options() -> None:
    """The text begins with the invalid options."""
    assert str(ConfigurationError("is wrong")) == "is wrong"
    assert str(ConfigurationError("are wrong", "a", "b")) == "a and b: are wrong"


HEAD = "the server refused the request with status 403"
FACTS = {
    "code": "AB03",
    "server_message": "no",
    "hint": "why",
    "request_id": "r1",
    "trace_id": "t1",
    "retry_after": "5",
}


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((), HEAD),
        (("code",), f"{HEAD}: AB03"),
        (("server_message",), f"{HEAD}: no"),
        (("code", "server_message"), f"{HEAD}: AB03 no"),
        (("hint",), f"{HEAD}; hint: why"),
        (("retry_after",), f"{HEAD}; retry after: 5"),
        (("request_id",), f"{HEAD}; request id: r1"),
        (("trace_id",), f"{HEAD}; trace id: t1"),
        (FACTS, f"{HEAD}: AB03 no; hint: why; retry after: 5; request id: r1; trace id: t1"),
    ],
)
def test_text_of_a_refusal(facts: tuple[str, ...], text: str) -> None:
    """A refusal has the server's message in its text and in its attributes."""
    given: dict[str, Any] = {name: FACTS[name] for name in facts}
    error = RefusedError(status=403, **given)
    assert str(error) == text
    held = {name: getattr(error, name) for name in ("status", *FACTS)}
    assert held == {"status": 403, **dict.fromkeys(FACTS), **given}


@pytest.mark.parametrize(
    ("key_id", "shown"),
    [
        (None, ""),
        ("", ""),
        ("an id", "; the key's id is 'an id'"),
        ("i" * ID_LENGTH, f"; the key's id is '{'i' * ID_LENGTH}'"),
        ("i" * ID_LENGTH + "j", f"; the key's id is '{'i' * ID_LENGTH}'"),
        ("é\n", r"; the key's id is '\xe9\n'"),
    ],
)
def test_text_of_an_unknown_outcome(key_id: str | None, shown: str) -> None:
    """An unknown outcome has the reason, the advice, and the key's id if it arrived."""
    error = OutcomeUnknownError("it broke", key_id=key_id)
    assert str(error) == (
        f"it broke{shown}; a key may have been created: "
        "look for its name with api_keys.find before you try again"
    )
    held = (error.reason, error.status, error.created, error.key_id)
    assert held == ("it broke", None, None, key_id)
    assert OutcomeUnknownError("it broke").key_id is None


def test_copy_keeps_the_cause() -> None:
    """A copy of an error has the same cause."""
    error = RefusedError(status=403)
    error.__cause__ = ValueError("x")
    for copied in (copy.copy(error), copy.deepcopy(error)):
        assert copied.__cause__ is error.__cause__
        assert copied is not error


_PROBLEM = Problem("/name", "nothing", "a string")
ERRORS: dict[str, PortkeyAdminError] = {
    "configuration": ConfigurationError("it is not usable"),
    "invalid": InvalidRequestError([_PROBLEM, Problem("/scopes", "1", "an array")]),
    "not sent": NotSentError("the connection failed"),
    "refused": RefusedError(
        status=403, code="AB03", server_message="no", hint="h", request_id="r", retry_after="5"
    ),
    "unknown": OutcomeUnknownError("it is unknown", status=500, key_id="an id"),
    "base": PortkeyAdminError("it"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
@pytest.mark.parametrize("noted", [False, True], ids=["plain", "with a note"])
@pytest.mark.parametrize(
    "through",
    [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy],  # noqa: S301 - our own
    ids=["pickle", "copy", "deepcopy"],
)
def test_errors_can_be_copied_and_pickled(
    error: PortkeyAdminError, through: Any, *, noted: bool
) -> None:
    """A pickled or copied error keeps its text and attributes."""
    error = copy.copy(error)
    if noted:
        error.add_note("while testing")
    arrived = through(error)
    assert type(arrived) is type(error)
    assert (str(arrived), arrived.args) == (str(error), error.args)
    assert {name: getattr(arrived, name) for name in vars(error)} == vars(error)
    assert getattr(arrived, "__notes__", []) == (["while testing"] if noted else [])


def test_pickled_errors_have_no_key() -> None:
    """The created key of an error is not in its pickle."""
    created = CreatedKey(id="an id", key=Secret("hidden"), object=None)
    error = OutcomeUnknownError("it is unknown", created=created, key_id="an id")
    pickled = pickle.dumps(error)
    assert b"hidden" not in pickled
    arrived = pickle.loads(pickled)  # noqa: S301 - our own
    assert (arrived.created, arrived.key_id) == (None, "an id")
    assert "hidden" not in f"{error} {error!r} {vars(error)}"


def test_base_classes_of_errors() -> None:
    """Every error is a PortkeyAdminError; errors of invalid values are also ValueErrors."""
    for error in ERRORS.values():
        assert isinstance(error, PortkeyAdminError)
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(InvalidRequestError, ValueError)
