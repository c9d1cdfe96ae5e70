"""The exit code says what became of the key, also where a signal ends the process."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from pathlib import Path

import pytest

from portkey_admin import PortkeyAdmin
from portkey_admin_cli.formats import FORMATS
from portkey_admin_cli.sending import raise_at_signals
from portkey_admin_cli.telling import Interrupted
from portkey_admin_stub import Stub
from tests.cli.command import (
    COMMAND,
    CREATE,
    CREATED,
    PATIENCE,
    Done,
    answering,
    files,
    run,
    variables,
)
from tests.faults.faults import ADMIN_KEY, KEY_ID, SECRET, answer, says
from tests.faults.server import Connection, FaultServer, Script, free_port

REFUSAL = b'{"success": false, "data": {"message": "No \\u001b[31mway", "errorCode": "AB03"}}'

# What a server does, and what must come of it.
OUTCOMES: dict[str, tuple[Script, int, str]] = {
    "refused": (says(answer(REFUSAL, 403)), 4, "status 403: AB03 No \\x1b[31mway; hint: The admin"),
    "redirected": (says(answer(b"", 302, "Location: /")), 4, "status 302; hint: Redirects are not"),
    "500": (says(answer(b"", 500)), 5, "a key may have been created: look for it by its name"),
    "200 without a key": (says(answer(b"{}")), 5, "a key may have been created"),
    "an id alone": (says(answer(b'{"id": "k-1"}')), 5, "(its id is 'k-1')"),
    "no answer": (Connection.read_some, 5, "a key may have been created"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_outcome_has_a_code(name: str, work: Path) -> None:
    """What the server says is told in one line, and no file is left."""
    script, code, line = OUTCOMES[name]
    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key")
        assert server.connections == 1
    [problem] = done.problems
    assert (done.code, done.out, files(work)) == (code, b"", {})
    assert line in problem


def test_what_does_not_leave_is_not_sent(work: Path) -> None:
    """Where nobody listens the exit code is 3."""
    done = run(*CREATE, "--server", f"http://127.0.0.1:{free_port()}/v1", "--output", "key")
    assert (done.code, len(done.problems), files(work)) == (3, 1, {})


def test_the_deadline_is_kept() -> None:
    """A server that does not answer in time leaves the outcome unknown."""
    with FaultServer(lambda connection: connection.hang()) as server:
        done = run(*CREATE, "--server", server.url, "--deadline", "0.2")
    assert (done.code, len(done.problems)) == (5, 1)


@pytest.mark.parametrize(
    ("options", "environment", "line"),
    [
        (("--server", "ftp://x"), {}, "--server is not usable: its scheme is ftp, not https"),
        ((), {"PORTKEY_BASE_URL": ""}, "PORTKEY_BASE_URL is not usable: it is empty"),
        (("--deadline", "1e9"), {}, "--deadline is above 86400 seconds"),
        (("--deadline", "0"), {}, "--deadline is not a number above 0"),
        (("--deadline", "-1"), {}, "--deadline is not a number above 0"),
        (("--deadline", "nan"), {}, "--deadline is not a number above 0"),
        (("--ca-file", "none.pem"), {}, "--ca-file cannot be used: "),
        (("--api-key-file", "none"), {}, "--api-key-file none: No such file"),
        (("--body", "-", "--api-key-file", "-"), {}, "--api-key-file -: stdin is for --body"),
        ((), {"PORTKEY_API_KEY": " x"}, "the API key is not usable: "),
        ((), {"PORTKEY_API_KEY": ""}, "the API key is not usable: "),
    ],
)
def test_what_is_not_usable_is_invalid(
    options: tuple[str, ...], environment: dict[str, str], line: str
) -> None:
    """An option that the client cannot be made with is told by its flag or variable, once."""
    done = run(*CREATE, *options, stdin="{}", **environment)
    assert (done.code, len(done.problems)) == (2, 1)
    assert done.problems[0].startswith(line)


@pytest.mark.parametrize("line_break", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("file", ["key", "-"])
def test_the_admin_key_comes_from_a_file(
    file: str, line_break: bytes, stub: Stub, work: Path
) -> None:
    """--api-key-file wins over the environment; a line break at its end is none of the key."""
    path = work / "key"
    path.write_bytes(ADMIN_KEY.encode() + line_break)
    path.chmod(0o600)
    content = path.read_bytes() if file == "-" else b""
    done = run(*CREATE, "--api-key-file", file, stdin=content, PORTKEY_API_KEY="another")
    assert (done.code, stub.exchanges[0].status) == (0, 200)
    assert "warning" not in done.err


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_an_admin_key_that_others_may_read_is_told(mode: int, stub: Stub, work: Path) -> None:
    """A warning tells of the file's mode, and the key is created."""
    path = work / "key"
    path.write_text(ADMIN_KEY)
    path.chmod(mode)
    done = run(*CREATE, "--api-key-file", "key")
    assert (done.code, len(stub.exchanges)) == (0, 1)
    assert done.err.startswith("warning: --api-key-file key: others may read it; chmod 600 it\n")


def test_without_an_admin_key_nothing_is_sent(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, and no terminal to ask for it at: that is told with all else."""
    monkeypatch.delenv("PORTKEY_API_KEY", raising=False)
    process = subprocess.run(
        [*COMMAND, *CREATE, "--user-id", "me"],
        env={name: value for name, value in variables().items() if name != "PORTKEY_API_KEY"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    assert process.returncode == 2
    [key, user] = process.stderr.splitlines()
    assert key == "error: --api-key-file: there is no admin key; or set PORTKEY_API_KEY"
    assert user.startswith("error: --user-id")
    assert stub.exchanges == []


class Running:
    """A process that creates a key, and can be sent signals at known times."""

    def __init__(self, url: str, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *CREATE, "--server", url, *options],
            env=variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def done(self) -> Done:
        """Return what came of it."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Done(self.process.returncode, out, err.decode())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_on_the_way_leaves_the_outcome_unknown(number: signal.Signals, work: Path) -> None:
    """A process that is ended while it waits for the answer says that a key may be there."""
    running: list[Running] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].process.send_signal(number)
        connection.hang()

    with FaultServer(script) as server:
        running.append(Running(server.url, "--output", "key"))
        done = running[0].done()
    assert (done.code, done.out, files(work)) == (5, b"", {})
    assert done.err == (
        f"error: interrupted by {number.name}; a key may have been created: "
        "look for it by its name before trying again\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_request_is_not_sent(number: signal.Signals, work: Path) -> None:
    """A process that is ended while it reads its input says that nothing was sent."""
    os.mkfifo(work / "body")
    running = Running("http://127.0.0.1:9/v1", "--output", "key", "--body", "body")
    with work.joinpath("body").open("wb"):  # opens when the command reads
        running.process.send_signal(number)
        done = running.done()
    assert done.problems == [f"interrupted by {number.name}; nothing was sent"]
    assert done.code == 3
    assert files(work) == {}


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGHUP, signal.SIGINT]])
def test_a_signal_while_stdout_is_stuck_rescues_the_key(
    numbers: list[signal.Signals], home: Path
) -> None:
    """A process that is ended, once or twice, while its pipe is full puts the key into a file."""
    secret = "x" * 500_000
    with answering(key=secret) as server:
        running = Running(server.url)
        assert running.process.stdout
        assert select.select([running.process.stdout], [], [], PATIENCE)[0]
        for number in numbers:
            running.process.send_signal(number)
        running.process.wait(PATIENCE)
        done = running.done()
    [path] = home.iterdir()
    assert json.loads(path.read_bytes()) == {**CREATED, "key": secret}
    [why, where] = done.problems
    assert done.code == 6
    assert why.startswith("the key was created, but not stored as told: interrupted by SIG")
    assert where == f"{KEY_ID}: the secret is in {path}, as JSON"


def test_one_signal_is_enough() -> None:
    """After the first signal the others mean nothing, so that none of them stops a rescue."""
    raise_at_signals()
    with pytest.raises(Interrupted, match="SIGTERM"):
        signal.raise_signal(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.raise_signal(number)


def test_an_ignored_signal_stays_ignored(work: Path) -> None:
    """What nohup ignores does not end the command."""
    running: list[Running] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].process.send_signal(signal.SIGHUP)
        connection.send(answer())

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with FaultServer(script) as server:
            running.append(Running(server.url, "--output", "key"))
            done = running[0].done()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (done.code, files(work)) == (0, {"key": SECRET.encode()})


def test_an_error_that_nobody_foresaw_leaves_the_outcome_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever fails in the call is told by its name alone, with what it means for the key."""

    def fail(*_: object) -> None:
        raise RuntimeError(SECRET)

    with answering() as server:
        monkeypatch.setattr(PortkeyAdmin, "_call", fail)
        # The check before the call would meet the same error.
        monkeypatch.setattr("portkey_admin_cli.dry_run.check", lambda *_: None)
        done = run(*CREATE, "--server", server.url)
    assert done.code == 5
    assert done.problems[0].startswith("RuntimeError; a key may have been created")
    assert SECRET not in done.err


def test_an_error_that_nobody_foresaw_loses_no_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails once the key is there, the key is rescued, and the error's text not shown."""

    def fail(_: object) -> bytes:
        raise RuntimeError(SECRET)

    monkeypatch.setitem(FORMATS, "raw", fail)
    with answering() as server:
        done = run(*CREATE, "--server", server.url)
    [path] = home.iterdir()
    assert (done.code, json.loads(path.read_bytes())) == (6, CREATED)
    assert done.problems[0].endswith("not stored as told: RuntimeError")
    assert SECRET not in done.err
