"""The one request, and what must come of it: a stored key, or a message on its outcome."""

from __future__ import annotations

import errno
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, Final, NamedTuple, NoReturn

from portkey_admin import CreatedKey, OutcomeUnknownError, PortkeyAdmin, PortkeyAdminError
from portkey_admin_cli.output import (
    CREATED,
    NOT_STORED,
    Interrupted,
    exit_code,
    print_error,
    print_line,
    write,
)
from portkey_admin_cli.storing import reason, rescue

_LONGEST: Final = 100
_MOMENT: Final = 1.0  # seconds that a signal leaves to the call
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
def _breaking_the_call() -> Iterator[list[str]]:
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


def attempt(
    call: Callable[[], CreatedKey],
) -> tuple[CreatedKey | None, PortkeyAdminError | None]:
    """Return the key that a call creates, if there is one, and the error that it ends with."""
    try:
        return call(), None
    except PortkeyAdminError as error:
        return getattr(error, "created", None), error
    except Exception as error:  # noqa: BLE001 - the request may have been sent
        return None, OutcomeUnknownError(why(error))


def create_and_store(
    portkey: PortkeyAdmin, arguments: Mapping[str, Any], destination: Destination
) -> int:
    """Create a key, store it, and return the exit code.

    A key that cannot be stored as asked is stored elsewhere.
    """
    created, code = _create(portkey, arguments)
    place = destination.place
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        if created is not None:
            destination.store(created)
        handle_signals(signal.SIG_IGN)
    except (Exception, Interrupted) as error:  # noqa: BLE001 - a key is rescued from any failure
        handle_signals(signal.SIG_IGN)
        if created is not None:
            place, code = rescue(created), NOT_STORED
            print_error(f"the key was created, but could not be stored: {why(error)}")
    if created is not None:
        _report(created, str(arguments["name"]), place, code, destination)
    return code


def _create(portkey: PortkeyAdmin, arguments: Mapping[str, Any]) -> tuple[CreatedKey | None, int]:
    """Return the created key, if there is one, and the exit code."""
    with _breaking_the_call() as signals:
        created, failure = attempt(partial(portkey.api_keys.create, **arguments))
    if failure is None:
        return created, CREATED
    interrupted = f"interrupted by {signals[0]}: " if signals else ""
    print_error(f"{interrupted}{failure}")
    return created, exit_code(failure)


def _report(
    created: CreatedKey, name: str, place: str, code: int, destination: Destination
) -> None:
    line = creation(name, created.id, place)
    if code == NOT_STORED:
        print_error(f"{line}, as JSON")
    elif not destination.quiet:
        print_line(line)
    if destination.as_json:
        try:
            _print_json(created, name, place)
        except OSError as error:
            print_error(f"stdout: {reason(error)}; the key is created and stored")


def creation(name: str, key_id: str | None, place: str) -> str:
    """Return a line that says which key was created and where its secret is."""
    shown = json.dumps(name[:_LONGEST], ensure_ascii=False)
    where = f"{'on' if place in ('stdout', 'stderr') else 'in'} {place}"
    return f"created {shown} (id {(key_id or 'unknown')[:_LONGEST]}); the secret is {where}"


def _print_json(created: CreatedKey, name: str, place: str) -> None:
    members = {"id": created.id, "name": name, "object": created.object}
    members |= created.additional_properties
    text = json.dumps({**members, "secret_in": place}, default=str)
    write(sys.stdout, f"{text}\n".encode())


def why(error: BaseException) -> str:
    """Return the reason of a failure, without a text that nobody foresaw."""
    if isinstance(error, OSError | ValueError):
        return reason(error)
    return f"interrupted by {error}" if isinstance(error, Interrupted) else type(error).__name__
