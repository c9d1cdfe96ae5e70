"""The one request, and what must come of it: a stored key, or a message on its outcome."""

from __future__ import annotations

import errno
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from portkey_admin import CreatedKey, OutcomeUnknownError, PortkeyAdminError
from portkey_admin_cli.output import (
    CREATED,
    NOT_STORED,
    UNKNOWN,
    Interrupted,
    exit_code,
    print_error,
    print_line,
)
from portkey_admin_cli.records import members_of, print_json
from portkey_admin_cli.storing import reason, rescue

_LONGEST: Final = 100
_MOMENT: Final = 1.0  # seconds that a signal leaves to the call
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
T = TypeVar("T")
_Handler = Callable[[int, FrameType | None], None] | signal.Handlers


class Destination(NamedTuple):
    """Where a created key goes."""

    store: Callable[[CreatedKey], None]
    place: str
    """The file, or stdout."""
    as_json: bool
    """Whether everything but the secret is printed on stdout."""
    quiet: bool
    """Whether a success prints nothing on stderr."""
    members: Mapping[str, Any] = {}
    """What else as_json prints."""


def raise_at_signals() -> None:
    """Raise Interrupted at a signal that asks the process to end, unless it is ignored already."""
    handle_signals(_interrupt)


def handle_signals(handler: _Handler) -> None:
    """Set the handler of the signals that ask the process to end; ignored ones stay ignored."""
    for each in _SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, handler)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    handle_signals(signal.SIG_IGN)  # a second signal must not keep a key from being rescued
    raise Interrupted(signal.Signals(number).name)


@contextmanager
def breaking_the_call() -> Iterator[list[str]]:
    """At a signal, give the call a moment to end, then break it; give the signals' names.

    It is broken as by a lost connection, so that the library keeps a key that has arrived, and
    knows whether anything was sent. Afterwards signals are blocked, until no key can be lost.
    """
    names: list[str] = []

    def note(number: int, _: FrameType | None) -> None:
        names.append(signal.Signals(number).name)
        if len(names) == 1:
            # Again and again, since the library may try to connect once more.
            signal.setitimer(signal.ITIMER_REAL, _MOMENT, _MOMENT)

    def fail(_: int, __: FrameType | None) -> None:
        raise OSError(errno.ECONNABORTED, f"interrupted by {names[0]}")

    handle_signals(note)
    signal.signal(signal.SIGALRM, fail)
    try:
        yield names
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        handle_signals(_interrupt)


def attempt(call: Callable[[], T]) -> tuple[T | None, PortkeyAdminError | None]:
    """Return what a call returns, and the error that it ends with, which may hold a key."""
    try:
        return call(), None
    except PortkeyAdminError as error:
        return getattr(error, "created", None), error
    except Exception as error:  # noqa: BLE001 - the request may have been sent
        return None, OutcomeUnknownError(why(error))


def change(call: Callable[[], None], hint: str) -> int:
    """Make a call that changes a key without a new secret; print its error, return the exit code.

    `hint` is the command that shows the key if the outcome is unknown.
    """
    _, code = _call_once(call, hint)
    _end_signals()
    return code


def _call_once(call: Callable[[], T], hint: str) -> tuple[T | None, int]:
    """Return what a call returns and the exit code, and print its error. Signals are blocked."""
    with breaking_the_call() as signals:
        result, failure = attempt(call)
    if failure is None:
        return result, CREATED
    interrupted = f"interrupted by {signals[0]}: " if signals else ""
    print_error(f"{interrupted}{failure}")
    if exit_code(failure) == UNKNOWN:
        print_line(f"To look it up: portkey-admin {hint}")
    return result, exit_code(failure)


def create_and_store(
    call: Callable[[], CreatedKey], done: str, hint: str, destination: Destination
) -> int:
    """Make a call that creates a secret, store that, and return the exit code.

    `done` says what the call does to the key: created "billing". A secret that cannot be stored as
    asked is stored elsewhere.
    """
    created, code = _call_once(call, hint)
    if created is None:
        _end_signals()
        return code
    place = destination.place
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        destination.store(created)
        handle_signals(signal.SIG_IGN)
    except (Exception, Interrupted) as error:  # noqa: BLE001 - a key is rescued from any failure
        handle_signals(signal.SIG_IGN)
        place, code = rescue(created), NOT_STORED
        verb = done.partition(" ")[0]
        print_error(f"the key was {verb}, but could not be stored: {why(error)}")
    _report(created, done, place, code, destination)
    return code


def _end_signals() -> None:
    """Ignore the signals that were blocked, and those to come."""
    handle_signals(signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _report(
    created: CreatedKey, done: str, place: str, code: int, destination: Destination
) -> None:
    line = success(done, created.id, place)
    if code == NOT_STORED:
        print_error(f"{line}, as JSON")
    elif not destination.quiet:
        print_line(line)
    if destination.as_json:
        members = {**members_of(created), **destination.members, "secret_in": place}
        try:
            print_json(members)
        except OSError as error:
            print_error(f"stdout: {reason(error)}; the key is {done.partition(' ')[0]} and stored")


def success(done: str, key_id: str | None, place: str) -> str:
    """Return a line that says what was done with a key, and where its secret is."""
    where = f"{'on' if place in ('stdout', 'stderr') else 'in'} {place}"
    return f"{done} (id {(key_id or 'unknown')[:_LONGEST]}); the secret is {where}"


def quoted(name: str) -> str:
    """Return the name of a key for a line, shortened."""
    return json.dumps(name[:_LONGEST], ensure_ascii=False)


def why(error: BaseException) -> str:
    """Return the reason of a failure, without a text that nobody foresaw."""
    if isinstance(error, OSError | ValueError):
        return reason(error)
    return f"interrupted by {error}" if isinstance(error, Interrupted) else type(error).__name__
