"""Sends one request, and stores the key or prints the error."""

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
from portkey_admin_cli.storing import failure_text, rescue

_LONGEST: Final = 100
_MOMENT: Final = 1.0  # seconds that a signal leaves to the call
# What may have happened, by the method whose outcome is unknown.
_MAY_HAVE: Final = {
    "create": "a key may have been created",
    "update": "the key may have been updated",
    "rotate": "the key may have a new secret: if so, it cannot be rotated again until the "
    "transition ends (after 30 minutes by default), and the old secret is valid until then",
    "delete": "the key may have been deleted",
}
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
T = TypeVar("T")
_Handler = Callable[[int, FrameType | None], None] | signal.Handlers


class Destination(NamedTuple):
    """The place where a created key is stored."""

    store: Callable[[CreatedKey], None]
    place: str
    """The file, or stdout."""
    as_json: bool
    """Whether JSON without the secret is printed on stdout."""
    quiet: bool
    """Whether a success prints nothing on stderr."""
    members: Mapping[str, Any] = {}
    """Additional members for as_json."""


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
    """After a signal, let the call run for a moment, then break it; yield the signals' names.

    It ends as if the connection was lost, so that the library recovers a key that has arrived, and
    knows whether anything was sent. Signals stay blocked until no key can be lost.
    """
    names: list[str] = []

    def note(number: int, _: FrameType | None) -> None:
        names.append(signal.Signals(number).name)
        if len(names) == 1:
            # Repeatedly, because the library may retry connecting.
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
    """Return the result and the error of a call; the error may contain the result."""
    try:
        return call(), None
    except PortkeyAdminError as error:
        return getattr(error, "created", None), error
    except Exception as error:  # noqa: BLE001 - the request may have been sent
        return None, OutcomeUnknownError(failure_text(error))


def without_advice(error: PortkeyAdminError) -> str:
    """Return the text of an error without its advice, which names calls of Python."""
    return str(error).removesuffix(f"; {getattr(error, 'advice', '')}")


def change(call: Callable[[], None], method: str, hint: str) -> int:
    """Make a call that changes a key without a new secret; print its error, return the exit code.

    `hint` is the command to look the key up if the outcome is unknown.
    """
    _, code = _call_once(call, method, hint)
    _end_signals()
    return code


def _call_once(call: Callable[[], T], method: str, hint: str) -> tuple[T | None, int]:
    """Return what a call returns and the exit code, and print its error. Signals are blocked."""
    with breaking_the_call() as signals:
        result, failure = attempt(call)
    if failure is None:
        return result, CREATED
    interrupted = f"interrupted by {signals[0]}: " if signals else ""
    is_unknown = exit_code(failure) == UNKNOWN
    may_have = f"; {_MAY_HAVE[method]}" if is_unknown else ""
    print_error(f"{interrupted}{without_advice(failure)}{may_have}")
    if is_unknown:
        print_line(f"To look it up: portkey-admin {hint}")
    return result, exit_code(failure)


def create_and_store(
    call: Callable[[], CreatedKey], method: str, done: str, hint: str, destination: Destination
) -> int:
    """Make a call that creates a secret, store that, and return the exit code.

    `done` describes the success: created "billing". A secret that cannot be stored as requested is
    stored elsewhere.
    """
    created, code = _call_once(call, method, hint)
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
        print_error(f"the key was {verb}, but could not be stored: {failure_text(error)}")
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
            verb = done.partition(" ")[0]
            print_error(f"stdout: {failure_text(error)}; the key is {verb} and stored")


def success(done: str, key_id: str | None, place: str | None) -> str:
    """Return a line about a success, with the id of the key and the place of its secret."""
    where = f"{'on' if place in ('stdout', 'stderr') else 'in'} {place}"
    return f"{done} (id {(key_id or 'unknown')[:_LONGEST]}); the secret is {where}"


def quoted(name: str) -> str:
    """Return the name of a key for a line, shortened."""
    return json.dumps(name[:_LONGEST], ensure_ascii=False)
