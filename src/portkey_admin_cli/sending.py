"""The one request, and what must come of it: a stored key, or a word on what became of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final, NoReturn

from portkey_admin import CreatedKey, OutcomeUnknownError, PortkeyAdmin, PortkeyAdminError
from portkey_admin_cli.storing import reason, rescue
from portkey_admin_cli.telling import CREATED, NOT_STORED, UNKNOWN, Interrupted, say

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def raise_at_signals() -> None:
    """Raise Interrupted when the process is asked to end, unless whoever began it ignores that."""
    for each in _SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    _ignore_signals()  # one is enough: a second must not keep a key from being rescued
    raise Interrupted(signal.Signals(number).name)


def _ignore_signals() -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def create_and_store(
    portkey: PortkeyAdmin, arguments: Mapping[str, Any], store: Callable[[CreatedKey], None]
) -> int:
    """Create a key, give it to `store`, and return the exit code.

    A key that `store` fails to take is put elsewhere. Raises the library's errors, and
    OutcomeUnknownError for an interruption while the request was on its way.
    """
    created: CreatedKey | None = None
    code = CREATED
    try:
        try:
            created = portkey.api_keys.create(**arguments)
        except OutcomeUnknownError as error:
            if error.created is None:
                raise
            created, code = error.created, UNKNOWN
            say(f"error: {error}")
        store(created)
        _ignore_signals()
    except (Exception, Interrupted) as error:
        if created is not None:
            _ignore_signals()
            place = rescue(created)
            say(f"error: the key was created, but not stored as told: {_why(error)}")
            say(f"error: {_shown_id(created)}: the secret is in {place}, as JSON")
            return NOT_STORED
        if isinstance(error, PortkeyAdminError):
            raise
        raise OutcomeUnknownError(_why(error)) from error
    say(f"created the key {_shown_id(created)}")
    return code


def _why(error: BaseException) -> str:
    if isinstance(error, OSError | ValueError):
        return reason(error)
    return f"interrupted by {error}" if isinstance(error, Interrupted) else type(error).__name__


def _shown_id(created: CreatedKey) -> str:
    return (created.id or "without an id")[:100]
