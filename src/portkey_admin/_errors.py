"""What can go wrong, sorted by what it means for the key that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar

if TYPE_CHECKING:
    from portkey_admin._created import CreatedKey


_LONGEST_POINTER: Final = 200
_LONGEST_ID: Final = 100


class PortkeyAdminError(Exception):
    """The one class above every error that this library raises.

    All of them can be copied and pickled; a copy keeps the cause, a pickle neither that nor a key.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in vars(self).items() if name != "created"}
        return _restored, (type(self), self.args, state)

    def __deepcopy__(self, memo: object) -> Self:
        copied = _restored(type(self), self.args, vars(self))
        copied.__cause__ = self.__cause__
        return copied

    def __copy__(self) -> Self:
        return self.__deepcopy__(None)


ErrorT = TypeVar("ErrorT", bound=PortkeyAdminError)


def _restored(kind: type[ErrorT], args: tuple[Any, ...], state: dict[str, Any]) -> ErrorT:
    error = kind.__new__(kind)
    error.args = args
    vars(error).update(state)
    return error


class ConfigurationError(PortkeyAdminError, ValueError):
    """The client cannot be made as asked: its key, its server or an option is not usable."""

    options: tuple[str, ...] = ()
    """The options that the message is about (`server`, for example); it begins with them."""

    def __init__(self, reason: str, *options: str) -> None:
        self.reason = reason
        """What is wrong, without the names of the options."""
        self.options = options
        super().__init__(f"{' and '.join(options)}: {reason}" if options else reason)


class Problem(NamedTuple):
    """One thing that is wrong with the arguments of a call."""

    pointer: str
    """Where: a JSON pointer (RFC 6901) into the arguments, /rate_limits/0/unit for example."""
    found: str
    """What is there, shortened; never a secret."""
    allowed: str
    """What is allowed there."""

    def __str__(self) -> str:
        pointer = json.dumps(self.pointer)[1:-1]  # one line, whatever the names hold
        if len(pointer) > _LONGEST_POINTER:
            pointer = f"{pointer[:_LONGEST_POINTER]}..."
        return f"{pointer}: found {self.found}; allowed: {self.allowed}"


class InvalidRequestError(PortkeyAdminError, ValueError):
    """The arguments are not what the spec allows; nothing was sent."""

    problems: tuple[Problem, ...]
    """Every problem, in the order of the arguments."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{count}, nothing was sent:{lines}")


class NotSentError(PortkeyAdminError):
    """The request did not leave: no key was created, and trying again is safe."""


class RefusedError(PortkeyAdminError):
    """The server said no (3xx or 4xx): no key was created."""

    status: int
    """The HTTP status."""
    code: str | None
    """Portkey's own code, AB03 for example, where the body has one."""
    server_message: str | None
    """The server's message, shortened, where the body has one."""
    hint: str | None
    """What the code means (the spec's x-error-codes)."""
    request_id: str | None
    trace_id: str | None
    retry_after: str | None
    """The Retry-After header as sent: seconds, or an HTTP date (RFC 9110)."""

    def __init__(  # noqa: PLR0913 - what a server can tell about a refusal
        self,
        *,
        status: int,
        code: str | None = None,
        server_message: str | None = None,
        hint: str | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
        retry_after: str | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.server_message = server_message
        self.hint = hint
        self.request_id = request_id
        self.trace_id = trace_id
        self.retry_after = retry_after
        super().__init__(self._text())

    def _text(self) -> str:
        head = f"the server refused the request with status {self.status}"
        said = [part for part in (self.code, self.server_message) if part]
        facts = {
            "hint": self.hint,
            "retry after": self.retry_after,
            "request id": self.request_id,
            "trace id": self.trace_id,
        }
        tail = "".join(f"; {name}: {value}" for name, value in facts.items() if value)
        return f"{head}{': ' if said else ''}{' '.join(said)}{tail}"


class OutcomeUnknownError(PortkeyAdminError):
    """The request was sent, and whether it created a key cannot be told.

    Before trying again, look for the key by its name in Portkey's list of API keys: a second
    request may create a second key.
    """

    status: int | None
    """The HTTP status, where one arrived."""
    created: CreatedKey | None = None
    """The created key, where the response held it whole; it does not survive pickling."""
    key_id: str | None
    """The id of the created key, where the response held it."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        created: CreatedKey | None = None,
        key_id: str | None = None,
    ) -> None:
        self.reason = reason
        self.status = status
        self.created = created
        self.key_id = key_id
        known = f" (its id is {key_id[:_LONGEST_ID]!a})" if key_id else ""
        super().__init__(
            f"{reason}; a key may have been created{known}: look for it by its name before trying "
            "again"
        )
