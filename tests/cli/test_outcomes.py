"""The exit code shows the outcome, even if a signal ends the process."""

from __future__ import annotations

import errno
import json
import os
import re
import select
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from portkey_admin import ConfigurationError, CreatedKey, NotSentError, Secret
from portkey_admin_cli.formats import FORMATS
from portkey_admin_cli.output import Interrupted, exit_on_error
from portkey_admin_cli.sending import (
    Destination,
    breaking_the_call,
    change,
    create_and_store,
    raise_at_signals,
)
from portkey_admin_stub import Stub
from tests.cli.command import (
    COMMAND,
    CREATE,
    CREATED,
    PATIENCE,
    TO_STDOUT,
    Running,
    answering,
    files,
    run,
    variables,
)
from tests.faults.faults import ADMIN_KEY, GOOD, KEY_ID, SECRET, answer, chunked, replies
from tests.faults.server import Connection, FaultServer, Script, free_port

REFUSAL = b'{"success": false, "data": {"message": "No \\u001b[31mway", "errorCode": "AB03"}}'

# The server's behaviour, the exit code, and words of the error.
OUTCOMES: dict[str, tuple[Script, int, str]] = {
    "refused": (
        replies(answer(REFUSAL, 403)),
        4,
        "status 403: AB03 No \\x1b[31mway; hint: The admin",
    ),
    "redirected": (
        replies(answer(b"", 302, "Location: /")),
        4,
        "status 302; hint: Redirects are not",
    ),
    "500": (replies(answer(b"", 500)), 5, "a key may have been created"),
    "200 without a key": (replies(answer(b"{}")), 5, "a key may have been created"),
    "an id alone": (replies(answer(b'{"id": "k-1"}')), 5, "the key's id is 'k-1'"),
    "no answer": (Connection.read_some, 5, "a key may have been created"),
}


MAY_HAVE = {
    "create": "a key may have been created",
    "update": "the key may have been updated",
    "rotate": "the key may have a new secret: if so, it cannot be rotated again until the "
    "transition ends (after 30 minutes by default), and the old secret is valid until then",
    "delete": "the key may have been deleted",
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_outcome_has_a_code(name: str, work: Path) -> None:
    """The outcome is reported in one line, and no file is left."""
    script, code, line = OUTCOMES[name]
    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key")
        assert server.connections == 1
    [problem] = done.problems
    assert (done.code, done.out, files(work)) == (code, b"", {})
    assert line in problem


def test_a_refused_connection_is_not_sent(work: Path) -> None:
    """If nothing listens at the server's address, the exit code is 3."""
    done = run(*CREATE, "--server", f"http://127.0.0.1:{free_port()}/v1", "--output", "key")
    assert (done.code, len(done.problems), files(work)) == (3, 1, {})


def test_the_deadline_is_kept() -> None:
    """A server that does not respond in time leaves the outcome unknown."""
    with FaultServer(lambda connection: connection.hang()) as server:
        done = run(*TO_STDOUT, "--server", server.url, "--deadline", "0.2")
    assert (done.code, len(done.problems)) == (5, 1)


@pytest.mark.parametrize(
    ("options", "environment", "option", "reason"),
    [
        (("--server", "ftp://x"), {}, "server", "scheme"),
        ((), {"PORTKEY_BASE_URL": ""}, "PORTKEY_BASE_URL", "empty"),
        (("--deadline", "1e9"), {}, "deadline", "86400"),
        (("--deadline", "0"), {}, "deadline", "0"),
        (("--deadline", "-1"), {}, "deadline", "0"),
        (("--deadline", "nan"), {}, "deadline", "0"),
        (("--ca-file", "none.pem"), {}, "ca_file|ca-file", "No such file"),
        (("--api-key-file", "none"), {}, "--api-key-file", "No such file"),
        (("--body", "-", "--api-key-file", "-"), {}, "--api-key-file -", "--body -"),
        ((), {"PORTKEY_API_KEY": " x"}, "API key|admin key", "white space"),
        ((), {"PORTKEY_API_KEY": ""}, "admin key", "is required: set PORTKEY_API_KEY"),
    ],
)
def test_unusable_options_are_invalid(
    options: tuple[str, ...], environment: dict[str, str], option: str, reason: str
) -> None:
    """An invalid option is reported once, by its flag or variable."""
    done = run(*TO_STDOUT, *options, stdin="{}", **environment)
    assert (done.code, len(done.problems)) == (2, 1)
    assert re.search(option, done.problems[0])
    assert reason in done.problems[0]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("deadline",), "--deadline: must be greater than 0"),
        (("ca_file",), "--ca-file: must be greater than 0"),
        (("headers",), "--header: must be greater than 0"),
        (("api_key",), "the admin key: must be greater than 0"),
        (("PORTKEY_BASE_URL",), "PORTKEY_BASE_URL: must be greater than 0"),
        (("server", "allow_http"), "--server and --allow-http: must be greater than 0"),
        ((), "must be greater than 0"),
    ],
)
def test_library_errors_name_flags(
    options: tuple[str, ...], line: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Errors of the library name flags, not arguments of Python."""
    with pytest.raises(SystemExit), exit_on_error():
        raise ConfigurationError("must be greater than 0", *options)
    assert capsysbinary.readouterr().err.decode() == f"error: {line}\n"


@pytest.mark.parametrize("line_break", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("file", ["key", "-"])
def test_the_admin_key_comes_from_a_file(
    file: str, line_break: bytes, stub: Stub, work: Path
) -> None:
    """--api-key-file overrides the environment, and a line break at its end is ignored."""
    path = work / "key"
    path.write_bytes(ADMIN_KEY.encode() + line_break)
    path.chmod(0o600)
    content = path.read_bytes() if file == "-" else b""
    done = run(*TO_STDOUT, "--api-key-file", file, stdin=content, PORTKEY_API_KEY="another")
    assert (done.code, stub.exchanges[0].status) == (0, 200)
    assert "warning" not in done.err


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_readable_admin_key_file_gives_a_warning(mode: int, stub: Stub, work: Path) -> None:
    """A file that others may read gives a warning, and the key is created."""
    path = work / "key"
    path.write_text(ADMIN_KEY)
    path.chmod(mode)
    done = run(*TO_STDOUT, "--api-key-file", "key")
    assert (done.code, len(stub.exchanges)) == (0, 1)
    assert done.err.startswith(
        "warning: other users can read the file of --api-key-file; run chmod 600 on it\n"
    )


def test_pipe_for_the_admin_key_gives_no_warning(stub: Stub, work: Path) -> None:
    """An admin key from a pipe, such as a shell's <(...), gives no warning about its mode."""
    os.mkfifo(work / "key", 0o644)
    writing = threading.Thread(target=work.joinpath("key").write_text, args=[ADMIN_KEY])
    writing.start()
    done = run(*TO_STDOUT, "--api-key-file", "key")
    writing.join()
    assert (done.code, "warning" in done.err, len(stub.exchanges)) == (0, False, 1)


def test_an_admin_key_of_any_bytes_is_an_error(stub: Stub, work: Path) -> None:
    """A binary file is refused by the rules for a key, without a traceback."""
    work.joinpath("key").write_bytes(b"pk-\xff")
    work.joinpath("key").chmod(0o600)
    done = run(*TO_STDOUT, "--api-key-file", "key")
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    assert done.problems[0].startswith("the admin key: ")


@pytest.mark.parametrize("file", [SECRET, f"./{SECRET}", SECRET * 50, "."])
def test_the_value_of_api_key_file_is_not_shown(file: str, stub: Stub) -> None:
    """A key that is passed in place of a file name is not printed, and nothing is sent."""
    done = run(*TO_STDOUT, "--api-key-file", file)
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    assert done.problems[0].startswith("--api-key-file (must be the name of a file): ")
    assert SECRET not in done.err


def test_a_key_file_that_ends_in_a_space_is_refused(stub: Stub, work: Path) -> None:
    """A key file with a space at its end is refused, and the error names the space."""
    work.joinpath("key").write_text(f"{ADMIN_KEY} \n")
    work.joinpath("key").chmod(0o600)
    done = run(*TO_STDOUT, "--api-key-file", "key")
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    assert "white space" in done.problems[0]


@pytest.mark.parametrize(
    "arguments", [(*CREATE, "--dry-run"), ("check", "workspace", "service", "body")]
)
def test_dry_run_and_check_need_no_admin_key(
    arguments: tuple[str, ...], stub: Stub, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run and a check neither need nor ask for an admin key."""
    work.joinpath("body").write_text('{"name": "x", "scopes": ["a"]}')
    monkeypatch.setattr("tests.cli.command.ADMIN_KEY", "none")
    environment = {name: each for name, each in variables().items() if name != "PORTKEY_API_KEY"}
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, stub.exchanges) == (0, [])


def test_a_required_flag_is_named() -> None:
    """A missing value is reported by its flag."""
    done = run("create", "workspace", "user", "--output", "-")
    starts = ("--name is required: ", "--scope is required: ", "--user-id is required: ")
    for line, start in zip(sorted(done.problems), sorted(starts), strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize("proxy", [f"http://user:{SECRET}@proxy:1", f"http://{SECRET}@proxy"])
def test_a_proxy_with_a_password_is_refused(proxy: str, stub: Stub) -> None:
    """A password in a flag is refused, and the error does not show it."""
    done = run(*TO_STDOUT, "--proxy", proxy)
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    assert done.problems[0].startswith("--proxy must not contain a user name or password")
    assert SECRET not in done.err


def test_a_proxy_is_used() -> None:
    """--proxy is used for the connection."""
    with FaultServer(replies(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n")) as proxy:
        url = proxy.url.removesuffix("/v1")
        done = run(*TO_STDOUT, "--server", "https://portkey.example/v1", "--proxy", url)
        assert proxy.heads[0].startswith(b"CONNECT portkey.example:443 ")
    assert done.code in {3, 5}
    assert ADMIN_KEY.encode() not in b"".join(proxy.heads)


def test_headers_are_sent() -> None:
    """Each --header is sent with the request."""
    with answering() as server:
        flags = ("--header", "X-Team: search", "--header", "x-cost:a:b")
        assert run(*TO_STDOUT, "--server", server.url, *flags).code == 0
        head = server.heads[0].lower()
    assert b"\r\nx-team: search\r\n" in head
    assert b"\r\nx-cost: a:b\r\n" in head


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (f"Authorization: {SECRET}", "--header Authorization: a flag cannot carry a secret"),
        (f"cookie:{SECRET}", "--header cookie: a flag cannot carry a secret"),
        (
            f"X-Portkey-Api-Key: {SECRET}",
            "--header X-Portkey-Api-Key: a flag cannot carry a secret",
        ),
        (f"{SECRET}", "--header must be 'Name: value'"),
        (f"X-Team: {SECRET}\nx", ""),
        (f"a b: {SECRET}", ""),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(header: str, problem: str, stub: Stub) -> None:
    """A malformed header, or one for a secret, is refused without showing its value."""
    done = run(*TO_STDOUT, "--header", header)
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    assert done.problems[0].startswith(problem)
    assert SECRET not in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_during_the_call_leaves_the_outcome_unknown(
    number: signal.Signals, work: Path
) -> None:
    """A signal while waiting for the response reports that a key may exist."""
    running: list[Running] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].process.send_signal(number)
        connection.hang()

    with FaultServer(script) as server:
        running.append(Running(*CREATE, "--server", server.url, "--output", "key"))
        done = running[0].done()
    assert (done.code, done.out, files(work)) == (5, b"", {})
    [problem] = done.problems
    assert problem.startswith(f"interrupted by {number.name}: ")
    assert "a key may have been created" in problem


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_request_is_not_sent(number: signal.Signals, work: Path) -> None:
    """A signal while the input is read reports that nothing was sent."""
    os.mkfifo(work / "body")
    running = Running(
        *CREATE, "--server", "http://127.0.0.1:9/v1", "--output", "key", "--body", "body"
    )
    with work.joinpath("body").open("wb"):  # returns when the command opens it
        # If Python checks for signals just before it reads, the end of the file wakes it.
        running.process.send_signal(number)
    done = running.done()
    assert done.problems == [f"interrupted by {number.name}; nothing was sent"]
    assert done.code == 3
    assert files(work) == {}


def test_a_signal_before_any_request_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal before the first request of create sends nothing, with exit code 3."""
    monkeypatch.setattr("portkey_admin_cli.creating.assemble", lambda *_, **__: _signal())
    done = run(*CREATE, "--server", "http://127.0.0.1:9/v1", "--output", "key")
    assert (done.code, done.problems) == (3, ["interrupted by SIGTERM; nothing was sent"])


@pytest.mark.parametrize("body", [answer(length=500), chunked(GOOD, end=b"")])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_body_is_read_keeps_the_key(
    number: signal.Signals, body: bytes, work: Path
) -> None:
    """A key that has arrived is stored, even if the rest of the response has not."""
    running: list[Running] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(body)
        running[0].process.send_signal(number)
        connection.hang()

    with FaultServer(script) as server:
        running.append(Running(*CREATE, "--server", server.url, "--output", "key"))
        done = running[0].done()
    assert (done.code, files(work)) == (0, {"key": SECRET.encode()})
    assert f'created "ci" (id {KEY_ID}); the secret is in key' in done.err


def test_signal_gives_the_call_time_to_end() -> None:
    """A signal gives the call some time to end before it is interrupted."""
    raise_at_signals()
    with breaking_the_call() as signals:
        signal.raise_signal(signal.SIGTERM)
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left <= interval == 1
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        for number in (signal.SIGINT, signal.SIGHUP):  # these do not restart the timer
            signal.raise_signal(number)
        assert signal.getitimer(signal.ITIMER_REAL)[1] == pytest.approx(0.1)
        for _ in range(2):  # because the library may try again
            with pytest.raises(OSError, match="interrupted by SIGTERM"):
                select.select([], [], [], PATIENCE)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    assert signals == ["SIGTERM", "SIGINT", "SIGHUP"]
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN


def test_a_signal_after_a_change_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal after a change without a secret does not affect the exit code."""
    change_mask = signal.pthread_sigmask

    def interrupted(how: int, numbers: Iterable[int]) -> None:
        change_mask(how, numbers)
        if how == signal.SIG_BLOCK:
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    raise_at_signals()
    monkeypatch.setattr(signal, "pthread_sigmask", interrupted)
    assert change(lambda: None, "update", "show x") == 0
    signal.raise_signal(signal.SIGINT)
    assert change_mask(signal.SIG_BLOCK, []) == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_answer_that_comes_in_time_is_stored(number: signal.Signals, work: Path) -> None:
    """A signal just before the response arrives loses no key."""
    running: list[Running] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].process.send_signal(number)
        connection.send(answer())

    with FaultServer(script) as server:
        running.append(Running(*CREATE, "--server", server.url, "--output", "key"))
        done = running[0].done()
    assert (done.code, files(work)) == (0, {"key": SECRET.encode()})


def test_a_signal_between_call_and_store_rescues_the_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal between the call and the storing takes effect after the key is safe."""
    change_mask = signal.pthread_sigmask

    def interrupted(how: int, numbers: Iterable[int]) -> None:
        change_mask(how, numbers)
        if how == signal.SIG_BLOCK:
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    monkeypatch.setattr(signal, "pthread_sigmask", interrupted)
    with answering() as server:
        done = run(*CREATE, "--server", server.url, "--output", "key")
    [path] = home.iterdir()
    assert (done.code, json.loads(path.read_bytes())) == (6, CREATED)
    assert done.problems[0].endswith("could not be stored: interrupted by SIGTERM")


def _signal() -> None:
    signal.raise_signal(signal.SIGTERM)


def _failure() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("happens", "why"),
    [(_signal, "interrupted by SIGTERM"), (_failure, "No space left on device")],
)
@pytest.mark.parametrize("function", ["lseek", "ftruncate", "write", "link"])
def test_a_signal_while_a_file_is_stored_rescues_the_key(
    happens: Callable[[], None],
    why: str,
    function: str,
    home: Path,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A signal or failure during storing, and a signal during the rescue, lose no key."""
    original, make = getattr(os, function), tempfile.mkstemp

    def interrupted(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(os, function, original)
        happens()
        return original(*arguments, **options)

    def interrupted_rescue(*arguments: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return make(*arguments, **options)

    def script(connection: Connection) -> None:
        connection.read_request()
        monkeypatch.setattr(os, function, interrupted)
        monkeypatch.setattr(tempfile, "mkstemp", interrupted_rescue)
        connection.send(answer())

    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key")
    [path] = home.iterdir()
    assert (done.code, json.loads(path.read_bytes())) == (6, CREATED)
    assert done.problems[0].endswith(f"could not be stored: {why}")
    assert files(work) == {}


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGHUP, signal.SIGINT]])
def test_a_signal_while_stdout_is_stuck_rescues_the_key(
    numbers: list[signal.Signals], home: Path
) -> None:
    """One or two signals while the pipe is full put the key into a file."""
    secret = "x" * 500_000
    with answering(key=secret) as server:
        running = Running(*CREATE, "--server", server.url, "--output", "-")
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
    assert why.startswith("the key was created, but could not be stored: interrupted by SIG")
    assert where == f'created "ci" (id {KEY_ID}); the secret is in {path}, as JSON'


def test_one_signal_is_enough() -> None:
    """Signals after the first one are ignored, so that they cannot stop a rescue."""
    raise_at_signals()
    with pytest.raises(Interrupted, match="SIGTERM"):
        signal.raise_signal(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.raise_signal(number)


def test_an_ignored_signal_stays_ignored() -> None:
    """A signal that nohup ignores does not end the command."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise_at_signals()
    signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.parametrize("method", MAY_HAVE)
def test_an_interrupted_call_names_the_possible_change(
    method: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A signal during a call is reported with the possible change, and how to look it up."""

    def fail() -> None:
        signal.raise_signal(signal.SIGTERM)
        raise RuntimeError(SECRET)

    assert change(fail, method, "show x") == 5
    assert capsysbinary.readouterr().err.decode() == (
        f"error: interrupted by SIGTERM: RuntimeError; {MAY_HAVE[method]}\n"
        "To look it up: portkey-admin show x\n"
    )


def test_a_call_that_was_not_sent_changed_nothing(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """If nothing was sent, there is nothing to look up."""

    def fail() -> None:
        raise NotSentError("no route")

    assert change(fail, "update", "show x") == 3
    assert capsysbinary.readouterr().err == b"error: no route\n"


def test_unexpected_error_of_the_call_leaves_the_outcome_unknown(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """After an unexpected error of the call, the outcome is unknown, and only its type is shown."""

    def fail() -> CreatedKey:
        raise RuntimeError(SECRET)

    stored: list[CreatedKey] = []
    destination = Destination(stored.append, "key", as_json=False, quiet=False)
    assert create_and_store(fail, "create", "created it", "list", destination) == 5
    signal.raise_signal(signal.SIGTERM)  # ignored
    assert stored == []
    err = capsysbinary.readouterr().err.decode()
    assert err.startswith("error: RuntimeError; a key may have been created")
    assert SECRET not in err


@pytest.mark.parametrize(
    ("done", "is_stored"),
    [("created it", "created and stored"), ("rotated it", "rotated and stored")],
)
def test_failed_printing_of_json_loses_no_key(
    done: str,
    is_stored: str,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """If the JSON cannot be printed, the error says that the key is safe."""
    monkeypatch.setattr("sys.stdout", None)
    stored: list[CreatedKey] = []
    key = CreatedKey(id=KEY_ID, key=Secret(SECRET), object="api-key")
    destination = Destination(stored.append, "key", as_json=True, quiet=False)
    assert create_and_store(lambda: key, "create", done, "list", destination) == 0
    assert stored == [key]
    assert capsysbinary.readouterr().err.decode() == (
        f"{done} (id {KEY_ID}); the secret is in key\n"
        f"error: stdout: it is closed; the key is {is_stored}\n"
    )


def test_a_signal_after_the_storing_changes_nothing(stub: Stub, work: Path) -> None:
    """A signal after the key is stored does not change the success."""
    assert run(*CREATE, "--output", "key").code == 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.raise_signal(number)
    assert files(work) == {"key": stub.exchanges[0].answer["key"].encode()}


def test_unexpected_error_after_the_call_loses_no_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an unexpected failure the key is rescued, and the error's text is not shown."""

    def fail(*_: object) -> bytes:
        raise RuntimeError(SECRET)

    monkeypatch.setitem(FORMATS, "raw", fail)
    with answering() as server:
        done = run(*TO_STDOUT, "--server", server.url)
    [path] = home.iterdir()
    assert (done.code, json.loads(path.read_bytes())) == (6, CREATED)
    assert done.problems[0].endswith("could not be stored: RuntimeError")
    assert SECRET not in done.err
