"""Runs `portkey-admin apply`: creates many keys, and records each in a journal."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Final, NoReturn

from portkey_admin import (
    CreatedKey,
    NotSentError,
    OutcomeUnknownError,
    PortkeyAdmin,
    PortkeyAdminError,
    RefusedError,
)
from portkey_admin_cli import journal
from portkey_admin_cli.admin_key import ask_admin_key
from portkey_admin_cli.connection import read_client, server_of
from portkey_admin_cli.formats import FORMATS
from portkey_admin_cli.journal import Journal, open_journal
from portkey_admin_cli.output import (
    CREATED,
    NOT_SENT,
    NOT_STORED,
    UNKNOWN,
    Interrupted,
    InvalidInputError,
    Problems,
    exit_code,
    exit_on_error,
    print_lines,
)
from portkey_admin_cli.plan import (
    IN_DOUBT,
    NOT_TRIED,
    REFUSED,
    THERE_ALREADY,
    TO_CREATE,
    WAS_CREATED,
    Key,
    read_keys,
)
from portkey_admin_cli.progress import Progress, print_summary
from portkey_admin_cli.sending import attempt, handle_signals, raise_at_signals, without_advice
from portkey_admin_cli.storing import failure_text, new_file, rescue
from portkey_admin_cli.suspicious import warnings

_UNAUTHORISED: Final = 401
_FOR_MANY: Final = (402, 403)  # statuses that every key may get
_TOO_MANY: Final = 429
_MOST_IN_A_ROW: Final = 10
_MOST_PAUSES: Final = 20
_LONGEST_PAUSE: Final = 900.0
_MOMENT: Final = 1.0


def apply(file: str, options: Mapping[str, Any]) -> NoReturn:
    """Create the keys of a file, and end the process with their highest exit code."""
    raise_at_signals()
    with exit_on_error():
        sys.exit(_apply(file, options))


def _apply(file: str, options: Mapping[str, Any]) -> int:
    folder, is_dry = Path(options["output_dir"]), options["dry_run"]
    problems = Problems()
    with ExitStack() as stack:
        api_key, client = read_client(options, problems, file, needs_key=not is_dry)
        with problems:
            if not options["output_dir"]:  # Path takes it for the working folder
                raise InvalidInputError("--output-dir is empty")
            opening = open_journal(folder, server_of(client), read_only=is_dry)
            kept = stack.enter_context(opening)
            keys = read_keys(
                file,
                folder,
                kept,
                api_key,
                allow_unknown=options["allow_unknown"],
                retry_unknown=options["retry_unknown"],
            )
        problems.check()
        if not options["quiet"]:
            print_lines([*_warnings(keys, kept)], "warning")
        if is_dry:
            print_summary(keys, as_json=options["as_json"])
            return CREATED
        portkey = stack.enter_context(PortkeyAdmin(api_key or ask_admin_key(), **client))
        _run(portkey, kept, keys, options)
    if options["as_json"] or not options["quiet"]:
        print_summary(keys, as_json=options["as_json"])
    return max(key.code for key in keys)


def _warnings(keys: list[Key], kept: Journal) -> Iterator[str]:
    for key in keys:
        if key.state == TO_CREATE:
            yield from warnings(key.body)
    for name in kept.records.keys() - {key.name for key in keys}:
        if kept.state(name) == journal.UNKNOWN:
            yield f"{kept.path}: it is unknown whether {json.dumps(name)} was created"


def _run(portkey: PortkeyAdmin, kept: Journal, keys: list[Key], options: Mapping[str, Any]) -> None:
    for key in keys:
        if key.state == THERE_ALREADY and kept.records[key.name]["state"] == journal.SENDING:
            with suppress(OSError):
                kept.write(key.name, journal.CREATED, secret_in=str(key.path))
    if options["retry_unknown"]:
        _look_up(portkey, keys)
        for key in keys:
            if key.found == []:
                key.state, key.id, key.found = TO_CREATE, None, None
    waiting = [key for key in keys if key.state == TO_CREATE]
    run = _Run(portkey, kept, Progress(len(waiting), quiet=options["quiet"]))
    run.create(waiting, options["concurrency"])
    raise_at_signals()
    try:
        if not run.is_interrupted:
            _look_up(portkey, waiting if options["retry_unknown"] else keys)
    except Interrupted:
        pass
    finally:
        handle_signals(signal.SIG_IGN)


def _look_up(portkey: PortkeyAdmin, keys: Iterable[Key]) -> None:
    """Record, for each key whose outcome is unknown, the ids of all keys with its name."""
    by_workspace: dict[str | None, list[Key]] = defaultdict(list)
    for key in keys:
        if key.state == IN_DOUBT:
            by_workspace[key.workspace_id].append(key)
    for workspace, group in by_workspace.items():
        only = {} if workspace is None else {"workspace_id": workspace}
        found: dict[str | None, list[str]] = {key.name: [] for key in group}
        try:
            for record in portkey.api_keys.list(**only):
                if record.name in found:
                    found[record.name].append(record.id)
        except PortkeyAdminError as error:
            for key in group:
                key.reason += f"; its name could not be looked up: {error}"
        else:
            for key in group:
                key.found = found[key.name]


class _Run:
    """Creates keys on several threads; the main thread prints the results."""

    def __init__(self, portkey: PortkeyAdmin, kept: Journal, progress: Progress) -> None:
        self._portkey = portkey
        self._journal = kept
        self._progress = progress
        self._waiting: SimpleQueue[Key] = SimpleQueue()
        self._results: SimpleQueue[Key | str] = SimpleQueue()
        self._storing = threading.Lock()
        self._stopping = threading.Event()
        self._stop_reason = ""
        self._resumes = time.monotonic()  # the earliest time of the next request
        self._last_outcomes: deque[tuple[str, int | None]] = deque(maxlen=_MOST_IN_A_ROW)
        self.is_interrupted = False

    def create(self, keys: list[Key], concurrency: int) -> None:
        """Create keys, and record the outcome in each."""
        for key in keys:
            self._waiting.put(key)
        handle_signals(self._note_signal)
        for _ in range(concurrency):
            threading.Thread(target=self._work).start()
        left = len(keys)
        while left:
            try:
                # A signal that arrives just before the call blocks does not wake it.
                result = self._results.get(timeout=_MOMENT)
            except Empty:
                continue
            if isinstance(result, str):
                self._progress.note(result)
                continue
            left -= 1
            if not (result.state == NOT_TRIED and result.reason == self._stop_reason):
                self._progress.show(result)
        self._progress.end()

    def _note_signal(self, number: int, _: FrameType | None) -> None:
        """Stop after the requests in flight; at the second signal, end at once."""
        if self.is_interrupted:
            self._storing.acquire(timeout=_MOMENT)  # a key that has arrived is stored
            os._exit(UNKNOWN)
        self.is_interrupted = True
        self._stop(f"interrupted by {signal.Signals(number).name}")

    def _stop(self, reason: str) -> None:
        """Send nothing more, and let the requests in flight end."""
        self._stop_reason = self._stop_reason or reason  # keys have been given the first one
        self._stopping.set()
        self._results.put(f"{reason}: waiting for the requests in flight")

    def _stop_if_hopeless(self, key: Key) -> None:
        """Stop if the next keys would probably fail for the same reason."""
        if self._stopping.is_set():
            return
        outcome = (key.state, key.status)
        self._last_outcomes.append(outcome)
        is_for_many = key.state in (IN_DOUBT, NOT_TRIED) or key.status in _FOR_MANY
        if key.status == _UNAUTHORISED:
            self._stop("the server refuses the admin key")
        elif is_for_many and self._last_outcomes.count(outcome) == _MOST_IN_A_ROW:
            self._stop(f"{_MOST_IN_A_ROW} keys in a row failed in the same way")

    def _work(self) -> None:
        while True:
            try:
                key = self._waiting.get_nowait()
            except Empty:
                return
            try:
                self._create_when_allowed(key)
            except Exception as error:  # noqa: BLE001 - the request may have been sent
                key.state, key.code, key.reason = IN_DOUBT, UNKNOWN, failure_text(error)
            # With the lock, only one thread stops the run.
            with self._storing:
                self._stop_if_hopeless(key)
            self._results.put(key)

    def _create_when_allowed(self, key: Key) -> None:
        for number in range(_MOST_PAUSES):
            while (pause := self._resumes - time.monotonic()) > 0:
                if self._stopping.wait(pause):
                    break
            if self._stopping.is_set():
                key.state, key.code, key.reason = NOT_TRIED, NOT_SENT, self._stop_reason
                return
            failure = self._create(key)
            if not isinstance(failure, RefusedError) or failure.status != _TOO_MANY:
                return
            seconds = _pause(failure.retry_after, 2.0**number)
            if seconds > _LONGEST_PAUSE:
                self._stop(f"the server asks to wait {seconds:.0f} seconds")
                return
            resumes = time.monotonic() + seconds
            if resumes > self._resumes + _MOMENT:
                self._results.put(f"the server asks to wait {seconds:.0f} seconds")
            self._resumes = max(self._resumes, resumes)

    def _create(self, key: Key) -> PortkeyAdminError | None:
        """Create a key and store it; return the error of the call, if any."""
        with ExitStack() as stack:
            try:
                put = stack.enter_context(new_file(key.path, force=False))
                self._journal.write(
                    key.name,
                    journal.SENDING,
                    workspace_id=key.workspace_id,
                    fingerprint=key.fingerprint,
                )
            except OSError as error:
                key.state, key.code = NOT_TRIED, NOT_SENT
                key.reason = f"{key.path}: {failure_text(error)}"
                return None
            arguments = key.body.arguments
            created, failure = attempt(partial(self._portkey.api_keys.create, **arguments))
            with self._storing:
                _take_outcome(key, created, failure, put)
                self._write_outcome(key)
            return failure

    def _write_outcome(self, key: Key) -> None:
        try:
            self._journal.write(key.name, key.state, id=key.id, secret_in=key.secret_in)
        except OSError as error:
            key.reason += f"; the journal could not be written: {failure_text(error)}"
            key.code = max(key.code, NOT_STORED)


def _take_outcome(
    key: Key,
    created: CreatedKey | None,
    failure: PortkeyAdminError | None,
    put: Callable[[bytes], None],
) -> None:
    """Record the outcome of a key, and store its secret if there is one."""
    key.reason = "" if failure is None else without_advice(failure)
    key.code = CREATED if failure is None else exit_code(failure)
    key.status = failure.status if isinstance(failure, RefusedError) else None
    if created is not None:
        key.state, key.id, key.secret_in = WAS_CREATED, created.id, str(key.path)
        try:
            put(FORMATS["raw"](created, ""))
        except Exception as error:  # noqa: BLE001 - a key is rescued from any failure
            key.secret_in, key.code = rescue(created), NOT_STORED
            key.reason = f"{key.path}: {failure_text(error)}"
    elif isinstance(failure, OutcomeUnknownError):
        key.state, key.id = IN_DOUBT, failure.key_id
    else:
        key.state = NOT_TRIED if isinstance(failure, NotSentError) else REFUSED


def _pause(retry_after: str | None, otherwise: float) -> float:
    """Return the seconds that a server asks to wait, or `otherwise` if it does not."""
    if retry_after is None:
        return otherwise
    if re.fullmatch(r"[0-9]+", retry_after):
        return float(retry_after)
    try:
        return parsedate_to_datetime(retry_after).timestamp() - time.time()
    except (ValueError, OverflowError):
        return otherwise
