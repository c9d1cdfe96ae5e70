"""What can go wrong, sorted by what it means for the key that was asked for."""

from __future__ import annotations

import copyreg
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

if TYPE_CHECKING:
    from portkey_admin._records import CreatedKey

_LONGEST_POINTER: Final = 200
_LONGEST_ID: Final = 100
_MOST_SHOWN: Final = 20
ADVICE: Final = (
    "a key may have been created: look for its name with api_keys.find before you try again"
)


class PortkeyAdminError(Exception):
    """Base class of all errors that this library raises.

    They can be copied and pickled. A copy keeps the cause; a pickle loses the cause and the key.
    """

    is_final: Final = True
    """If a transport raises such an error, the call raises it unchanged."""

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in vars(self).items() if name != "created"}
        return copyreg.__newobj__, (type(self), *self.args), state  # type: ignore[attr-defined]

    def __copy__(self) -> Self:
        copied = self.__new__(type(self), *self.args)
        vars(copied).update(vars(self))
        copied.__cause__ = self.__cause__
        return copied

    def __deepcopy__(self, memo: object) -> Self:
        return self.__copy__()


class ConfigurationError(PortkeyAdminError, ValueError):
    """An option of the client is invalid: its key, its server or another one."""

    options: tuple[str, ...]
    """The options that the error is about, `server` for example; its text begins with them."""
    reason: str
    """The problem, without the names of the options."""

    def __init__(self, reason: str, *options: str) -> None:
        self.reason = reason
        self.options = options
        super().__init__(f"{' and '.join(options)}: {reason}" if options else reason)


class SpecError(PortkeyAdminError):
    """The wrapper cannot read a part of the spec; `make regen` refuses such a spec."""


class Problem(NamedTuple):
    """A value in the arguments of a call that the spec does not allow."""

    pointer: str
    """A JSON pointer (RFC 6901) into the arguments, for example /rate_limits/0/unit."""
    found: str
    """The value, shortened, with secrets masked; `nothing` if it is missing."""
    allowed: str
    """The values that the spec allows there."""

    def __str__(self) -> str:
        pointer = json.dumps(self.pointer)[1:-1]  # one line, even if a name has line breaks
        pointer = pointer[:_LONGEST_POINTER] + "..." * (len(pointer) > _LONGEST_POINTER)
        if self.found == "nothing":
            return f"{pointer}: is required: {self.allowed}"
        return f"{pointer}: found {self.found}; allowed: {self.allowed}"


class InvalidRequestError(PortkeyAdminError, ValueError):
    """The arguments do not match the spec; nothing was sent."""

    problems: tuple[Problem, ...]
    """All problems, in the order of the arguments, up to a thousand."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        lines = [str(problem) for problem in problems[:_MOST_SHOWN]]
        if len(problems) > _MOST_SHOWN:
            lines.append(f"and {len(problems) - _MOST_SHOWN} more")
        super().__init__("\n  ".join([f"{count}, nothing was sent:", *lines]))


class NotSentError(PortkeyAdminError):
    """The request was not sent: nothing has changed, and trying again is safe."""


class _AnsweredError(PortkeyAdminError):
    """An error with the fields of the server's response, if there was one."""

    status: int | None = None
    """The HTTP status."""
    code: str | None = None
    """Portkey's own code, AB03 for example, where the body has one."""
    server_message: str | None = None
    """The server's message, shortened, where the body has one."""
    hint: str | None = None
    """The meaning of the code (the spec's x-error-codes)."""
    request_id: str | None = None
    trace_id: str | None = None
    retry_after: str | None = None
    """The Retry-After header as sent: seconds, or an HTTP date (RFC 9110)."""

    def _details(self) -> str:
        """Return the fields of the answer for the text of the error."""
        server = " ".join(part for part in (self.code, self.server_message) if part)
        names = ("hint", "retry_after", "request_id", "trace_id")
        facts = {name.replace("_", " "): getattr(self, name) for name in names}
        tail = "".join(f"; {name}: {value}" for name, value in facts.items() if value)
        return f"{': ' if server else ''}{server}{tail}"


class RefusedError(_AnsweredError):
    """The server refused the request (3xx or 4xx): nothing was changed, no key was created."""

    status: int

    def __init__(self, **answer: Any) -> None:
        vars(self).update(answer)
        reason = f"the server refused the request with status {self.status}"
        super().__init__(f"{reason}{self._details()}")


class OutcomeUnknownError(_AnsweredError):
    """The request was sent, but it is unknown whether it took effect.

    `advice` names the call that finds out. Do not repeat a create before you have looked for the
    key with `api_keys.find`.
    """

    reason: str
    """Why the outcome is unknown."""
    advice: str
    """What may have happened, and what to do next."""
    created: CreatedKey | None = None
    """The created or rotated key, if the response contained it; pickling loses it."""
    key_id: str | None
    """The id of the created or rotated key, if the response contained it."""

    def __init__(
        self,
        reason: str,
        advice: str = ADVICE,
        *,
        created: CreatedKey | None = None,
        key_id: str | None = None,
        **answer: Any,
    ) -> None:
        vars(self).update(answer, reason=reason, advice=advice, created=created, key_id=key_id)
        known = f"; the key's id is {key_id[:_LONGEST_ID]!a}" if key_id else ""
        super().__init__(f"{reason}{self._details()}{known}; {advice}")
