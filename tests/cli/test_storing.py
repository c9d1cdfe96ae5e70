"""A created key is stored as requested or rescued, and no file is overwritten by accident."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portkey_admin import CreatedKey, Secret
from portkey_admin_cli.output import InvalidInputError, write
from portkey_admin_cli.storing import opened, rescue, sync_folder
from portkey_admin_stub import Stub
from tests.cli.command import (
    COMMAND,
    CREATE,
    CREATED,
    PATIENCE,
    TO_STDOUT,
    answering,
    files,
    run,
    run_process,
    run_shell,
    variables,
)
from tests.faults.faults import KEY_ID, SECRET, answer
from tests.faults.server import Connection, FaultServer

# Secrets with characters that a shell or a file format could get wrong.
SECRETS = {
    "plain": "pk-Aa0+/=._-",
    "quotes": 'it\'s "quoted"',
    "spaces": "  a  b ",
    "shell": "$HOME `id` $(id) \\n !x *~#;&|<>",
    "letters": "caf\u00e9 \U0001f600",
    "an option": "--help",
    "percent": "%0A%25%s",
}
LINES = {
    "a line break": "a\nPATH=b",
    "a carriage return": "a\r\nb",
    "NUL": "a\0b",
    "a line separator": "a\u2028b",
}
TEXTS = {**SECRETS, **LINES}
ALL = {**TEXTS, "a lone surrogate": "a\ud800b"}


def parsed_by_github(text: str) -> dict[str, str]:
    """Return the values in a file as GitHub's runner parses it: NAME=value or NAME<<END."""
    values = dict[str, str]()
    lines = iter(text.split("\n"))
    for line in lines:
        if match := re.fullmatch(r"([^=]+?)<<(.+)", line):
            name, end = match.groups()
            held = list(iter(lambda: next(lines), end))
            values[name] = "\n".join(held)
        elif line:
            name, _, values[name] = line.partition("=")
    return values


def unescaped(text: str) -> str:
    """Return the value of a workflow command as GitHub's runner parses it."""
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def output(style: str) -> tuple[str, ...]:
    """Return the flags that print a key in a format, which may need a file."""
    return (*CREATE, "--format", style) if style == "github" else (*TO_STDOUT, "--format", style)


def rescued(folder: Path) -> dict[str, str]:
    """Return the content of the only rescue file, which only its owner can read."""
    [path] = folder.glob("portkey-admin-*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    members: dict[str, str] = json.loads(path.read_bytes())
    return members


@pytest.mark.parametrize("secret", TEXTS.values(), ids=list(TEXTS))
def test_raw_is_the_secret(secret: str, work: Path) -> None:
    """The format raw is exactly the secret, on stdout and in a file."""
    with answering(key=secret) as server:
        assert run(*TO_STDOUT, "--server", server.url).out == secret.encode()
        done = run(*CREATE, "--server", server.url, "--output", "key")
    assert (done.code, done.out, files(work)) == (0, b"", {"key": secret.encode()})


@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
def test_shell_reads_the_format_env(secret: str) -> None:
    """A shell reads any secret correctly from a file in the format env."""
    with answering(key=secret) as server:
        run(*CREATE, "--server", server.url, "--format", "env", "--output", "key.env")
    done = run_shell('. ./key.env; printf %s "$PORTKEY_CREATED_API_KEY"')
    assert done.out.decode() == secret


def test_env_has_no_needless_quotes(work: Path) -> None:
    """A simple secret has no quotes, so that docker and systemd read it like a shell."""
    with answering() as server:
        run(*CREATE, "--server", server.url, "--format", "env", "--output", "key.env")
    assert files(work) == {"key.env": f"PORTKEY_CREATED_API_KEY={SECRET}\n".encode()}


@pytest.mark.parametrize("secret", ALL.values(), ids=list(ALL))
def test_json_can_have_any_secret(secret: str, work: Path) -> None:
    """The format json can have any id, key and object."""
    with answering(key=secret) as server:
        run(*CREATE, "--server", server.url, "--format", "json", "--output", "key.json")
    assert json.loads(files(work)["key.json"]) == {**CREATED, "key": secret}


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_ENV"])
@pytest.mark.parametrize("secret", TEXTS.values(), ids=list(TEXTS))
def test_github_masks_and_appends(secret: str, variable: str, work: Path) -> None:
    """Stdout has only the mask, and the key is appended to the runner's file."""
    file = work / "runner"
    file.write_text("before=1")
    output = () if variable == "GITHUB_OUTPUT" else ("--output", str(file))
    with answering(key=secret) as server:
        done = run(
            *(*CREATE, "--server", server.url, "--format", "github", *output),
            **{variable: str(file)},
        )
    assert done.code == 0
    [mask, rest] = done.out.decode().split("\n")
    assert (unescaped(mask.removeprefix("::add-mask::")), rest) == (secret, "")
    values = parsed_by_github(file.read_bytes().decode())
    assert values == {"before": "1", "PORTKEY_CREATED_API_KEY": secret}


def test_github_creates_other_files(work: Path) -> None:
    """A file other than the runner's is created, as with the other formats."""
    with answering() as server:
        options = (*CREATE, "--server", server.url, "--format", "github", "--output", "key")
        assert run(*options).code == 0
        assert run(*options).code == 2
        assert server.creates == 1
    assert parsed_by_github(files(work)["key"].decode()) == {"PORTKEY_CREATED_API_KEY": SECRET}


@pytest.mark.parametrize("output", [(), ("--output", "-")])
def test_github_needs_a_file(output: tuple[str, ...], stub: Stub) -> None:
    """Outside of GitHub Actions, nothing is sent without a file."""
    done = run(*CREATE, "--format", "github", *output)
    assert (done.code, stub.exchanges) == (2, [])
    assert done.problems == ["--output: --format github needs a file, or GITHUB_OUTPUT"]


@pytest.mark.parametrize(
    ("style", "secret"),
    [
        *(("env", secret) for secret in LINES.values()),
        *((style, "a\ud800b") for style in ("raw", "env", "github")),
    ],
)
def test_secret_that_a_format_cannot_represent_is_rescued(
    style: str, secret: str, home: Path, work: Path
) -> None:
    """The key is stored in the format json instead, and the exit code is 6."""
    work.joinpath("runner").touch()
    with answering(key=secret) as server:
        done = run(*output(style), "--server", server.url, GITHUB_OUTPUT="runner")
    assert (done.code, done.out) == (6, b"")
    assert rescued(home) == {**CREATED, "key": secret}
    assert files(work) == {"runner": b""}
    why = "the secret has characters that UTF-8 cannot encode"
    if secret in LINES.values():
        why = "the secret has control characters, which --format env cannot represent"
    assert f"the key was created, but could not be stored: {why}" in done.problems
    assert secret not in done.err


def test_only_the_owner_can_read_the_file(stub: Stub, work: Path) -> None:
    """With any umask the file has mode 0600, and no other file is left."""
    for mask in (0, 0o777):
        before = os.umask(mask)
        try:
            assert run(*CREATE, "--output", f"key-{mask}").code == 0
        finally:
            os.umask(before)
        assert stat.S_IMODE(work.joinpath(f"key-{mask}").stat().st_mode) == 0o600
    assert len(files(work)) == len(stub.exchanges) == 2


@pytest.fixture(params=["a file without a name", "a file with a temporary name"])
def named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether the file has a temporary name first, as on systems other than Linux."""
    if request.param == "a file with a temporary name":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return not hasattr(os, "O_TMPFILE")


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_the_file_is_ready_before_the_request(
    named: bool,  # noqa: FBT001
    force: tuple[str, ...],
    work: Path,
) -> None:
    """During the request the file exists, with reserved space and mode 0600 or without a name."""
    seen: list[tuple[int, int, str]] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        for path in work.iterdir():
            status = path.stat()
            seen.append((stat.S_IMODE(status.st_mode), status.st_size, path.name[:15]))
        connection.send(answer())

    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key", *force)
    assert (done.code, files(work)) == (0, {"key": SECRET.encode()})
    assert seen == ([(0o600, 4096, ".portkey-admin-")] if named else [])


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_nothing_is_created_in_the_working_folder(
    named: bool,  # noqa: FBT001
    force: tuple[str, ...],
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With FILE in another folder, the working folder may be read-only."""
    seen: list[int] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        seen.append(len(list(work.iterdir())))
        connection.send(answer())

    monkeypatch.chdir("/proc" if Path("/proc").exists() else "/")
    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", str(work / "key"), *force)
    assert (done.code, files(work), seen) == (0, {"key": SECRET.encode()}, [named])


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_the_file_is_synced_before_it_is_named(
    named: bool,  # noqa: FBT001
    force: tuple[str, ...],
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The complete secret is on the disk before the file gets its name."""
    events: list[tuple[str, Any]] = []

    def record(function: str, position: int) -> None:
        original = getattr(os, function)

        def call_and_record(*arguments: Any, **options: Any) -> Any:
            events.append((function, arguments[position]))
            return original(*arguments, **options)

        monkeypatch.setattr(os, function, call_and_record)

    for function, position in {"write": 0, "fsync": 0, "link": 1, "replace": 1}.items():
        record(function, position)
    assert run(*CREATE, "--output", "key", *force).code == 0
    assert len(stub.exchanges) == 1
    [naming] = [event for event in events if event[1] == "key"]
    before = events[: events.index(naming)]
    written = max(at for at, (function, _) in enumerate(before) if function == "write")
    assert before[written + 1] == ("fsync", before[written][1])
    assert naming[0] == ("replace" if force else "link")
    assert named == (not hasattr(os, "O_TMPFILE"))


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_kill_leaves_no_file(force: tuple[str, ...], work: Path) -> None:
    """A process that is killed during the request leaves no file (Linux)."""
    running: list[subprocess.Popen[bytes]] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].kill()
        connection.hang()

    if not hasattr(os, "O_TMPFILE"):
        pytest.skip("files without names are Linux's")
    with FaultServer(script) as server:
        command = (*COMMAND, *CREATE, "--server", server.url, "--output", "key", *force)
        running.append(subprocess.Popen(command, env=variables(), stderr=subprocess.DEVNULL))
        assert running[0].wait(PATIENCE) == -signal.SIGKILL
    assert files(work) == {}


def open_files() -> list[str]:
    """Return the files that this process has open, except sockets and pipes."""
    paths = []
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            paths.append(str(each.readlink()))
    return sorted(path for path in paths if path.startswith("/") and "/fd" not in path)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_no_descriptor_is_left_open(
    named: bool,  # noqa: FBT001
    stub: Stub,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run closes every file that it has opened, after success and failure."""
    runner = work / "runner"
    runner.touch()
    work.joinpath("there").touch()
    # If stdout fails, the command replaces it, and must close the replacement too.
    broken = os.open("/dev/full", os.O_WRONLY)
    commands: list[tuple[str, ...]] = [
        (*CREATE, "--output", "new"),
        (*CREATE, "--output", "there", "--force"),
        (*CREATE, "--output", "there"),
        (*CREATE, "--output", "none/new"),
        (*CREATE, "--format", "github"),
        (*CREATE, "--output", "dry", "--dry-run"),
        (*TO_STDOUT, "--name", ""),
    ]
    assert run(*TO_STDOUT).code == 0  # loads everything that is loaded once
    before = open_files()
    codes = [run(*each, GITHUB_OUTPUT=str(runner)).code for each in commands]
    with os.fdopen(os.dup(broken), "w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        with pytest.raises(OSError, match="No space left"):
            write(stream, b"x")
        monkeypatch.undo()
    assert open_files() == before
    os.close(broken)
    assert codes == [0, 0, 2, 2, 0, 0, 0]
    assert len(stub.exchanges) == 5
    assert named in {True, False}


def test_the_folder_is_synced_last(
    named: bool,  # noqa: FBT001
    stub: Stub,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the last sync of the folder, the file is complete and no other file is left."""
    assert named == (not hasattr(os, "O_TMPFILE"))
    seen: list[Mapping[str, bytes]] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(files(work)))
    assert run(*CREATE, "--output", "key").code == 0
    assert seen[-1] == {"key": stub.exchanges[0].answer["key"].encode()}


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("there", "it exists; --force overwrites it"),
        ("folder", "it exists and is not a regular file, but a folder, a link or a device"),
        ("link", "it exists and is not a regular file, but a folder, a link or a device"),
        ("dangling", "it exists and is not a regular file, but a folder, a link or a device"),
        ("pipe", "it exists and is not a regular file, but a folder, a link or a device"),
        ("", "it exists and is not a regular file, but a folder, a link or a device"),
        ("/dev/stdout", "it exists and is not a regular file, but a folder, a link or a device"),
        ("none/key", "No such file or directory"),
        ("there/key", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("/proc/key", "No such file or directory"),
    ],
)
def test_file_that_cannot_be_created_is_refused_first(
    file: str, why: str, stub: Stub, work: Path
) -> None:
    """Nothing is sent if the file cannot be created, and existing files are unchanged."""
    work.joinpath("there").write_text("before")
    work.joinpath("folder").mkdir()
    work.joinpath("link").symlink_to("there")
    work.joinpath("dangling").symlink_to("elsewhere")
    os.mkfifo(work / "pipe")
    for force in ((), ("--force",)):
        if not (force and file == "there"):
            done = run(*CREATE, "--output", file, *force)
            assert (done.code, done.problems) == (2, [f"--output {file}: {why}"])
    assert files(work) == {"there": b"before", "link": b"before"}
    assert stub.exchanges == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_refused_first(stub: Stub, work: Path) -> None:
    """Nothing is sent if the folder is read-only."""
    work.chmod(0o500)
    try:
        done = run(*CREATE, "--output", "key")
    finally:
        work.chmod(0o700)
    assert (done.code, done.problems) == (2, ["--output key: Permission denied"])
    assert stub.exchanges == []


@pytest.mark.parametrize("function", ["open", "fchmod", "write", "fsync", "link"])
def test_a_disk_that_fails_is_refused_first(
    function: str, stub: Stub, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent if the file cannot be written, synced or named, and no file is left."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"portkey_admin_cli.storing.os.{function}", full)
    done = run(*CREATE, "--output", "key")
    assert (done.code, done.problems) == (2, ["--output key: No space left on device"])
    assert (stub.exchanges, files(work)) == ([], {})


def test_a_folder_that_cannot_be_synced_is_refused_first(
    stub: Stub, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent if the folder cannot be synced, because the file's name could get lost."""
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    done = run(*CREATE, "--output", "key")
    assert (done.code, done.problems) == (2, ["--output key: Input/output error"])
    assert (stub.exchanges, files(work)) == ([], {})


def test_force_needs_no_links(stub: Stub, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--force works on a file system without links."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", fail)
    assert run(*CREATE, "--output", "key").code == 2
    assert run(*CREATE, "--output", "key", "--force").code == 0
    assert files(work) == {"key": stub.exchanges[0].answer["key"].encode()}


def test_a_file_system_without_owners_is_refused_first(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent if others could read the file."""
    fchmod = os.fchmod
    monkeypatch.setattr(os, "fchmod", lambda descriptor, _: fchmod(descriptor, 0o644))
    done = run(*CREATE, "--output", "key")
    assert done.problems == ["--output key: other users could read it on this file system"]
    assert (done.code, stub.exchanges) == (2, [])


def test_a_disk_that_is_full_is_refused_first(stub: Stub) -> None:
    """Nothing is sent if not even one block can be written."""
    command = " ".join((*CREATE, "--output", "key"))
    done = run_shell(f"ulimit -f 0; portkey-admin {command}", **os.environ)
    assert (done.code, done.problems) == (2, ["--output key: File too large"])
    assert stub.exchanges == []


def test_force_replaces_the_whole_file(stub: Stub, work: Path) -> None:
    """--force replaces the file with a new one of mode 0600, and readers keep the old one."""
    file = work / "key"
    file.write_text("before, and longer than what comes after it")
    file.chmod(0o444)
    with file.open() as before:
        assert run(*CREATE, "--output", "key", "--force").code == 0
        assert before.read().startswith("before")
    assert file.read_text() == stub.exchanges[0].answer["key"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_file_that_appears_during_the_request_is_kept(home: Path, work: Path) -> None:
    """A file that appears under the name during the request is not overwritten."""

    def script(connection: Connection) -> None:
        connection.read_request()
        work.joinpath("key").write_text("another's")
        connection.send(answer())

    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key")
    assert (done.code, done.out, rescued(home)) == (6, b"", CREATED)
    assert done.problems == [
        "the key was created, but could not be stored: File exists",
        f'created "ci" (id {KEY_ID}); the secret is in {next(home.iterdir())}, as JSON',
    ]
    assert files(work) == {"key": b"another's"}


def test_folder_deleted_during_the_request_loses_no_key(home: Path, work: Path) -> None:
    """If the folder is deleted during the request, the key is rescued."""
    folder = work / "folder"
    folder.mkdir()

    def script(connection: Connection) -> None:
        connection.read_request()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        connection.send(answer())

    with FaultServer(script) as server:
        done = run(*CREATE, "--server", server.url, "--output", "folder/key")
    assert (done.code, rescued(home)) == (6, CREATED)


@pytest.mark.parametrize("error", [RuntimeError, FileNotFoundError])
def test_rescue_uses_the_temporary_folder_without_a_home(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a home, the rescue file is in the temporary folder."""

    def home(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "home", home)
    with answering(key="a\nb") as server:
        done = run(*output("env"), "--server", server.url)
    assert (done.code, rescued(tmp_path / "temporary")) == (6, {**CREATED, "key": "a\nb"})


def test_key_goes_to_stderr_if_no_file_can_be_written(home: Path) -> None:
    """If no file can be written, the key goes to stderr, with a message."""
    with answering(key="x" * 9000) as server:
        command = " ".join((*CREATE, "--server", server.url, "--output", "key"))
        done = run_shell(f"ulimit -f 8; portkey-admin {command}")
    assert (done.code, done.out) == (6, b"")
    lines = done.err.splitlines()
    assert json.loads(lines[0]) == {**CREATED, "key": "x" * 9000}
    assert lines[1:] == [
        "error: the key was created, but could not be stored: File too large",
        f'error: created "ci" (id {KEY_ID}); the secret is on stderr, as JSON',
    ]
    assert files(home) == files(Path.cwd()) == {}


def test_full_disk_leaves_the_runner_file_unchanged(work: Path) -> None:
    """If the disk fills up, a half-written key is removed from the runner's file."""
    work.joinpath("runner").write_text("before=1\n")
    with answering(key="x" * 9000) as server:
        command = " ".join((*CREATE, "--server", server.url, "--format", "github"))
        done = run_shell(f"ulimit -f 16; portkey-admin {command}", GITHUB_OUTPUT="runner")
    assert (done.code, files(work)) == (6, {"runner": b"before=1\n"})
    assert done.problems[0] == "the key was created, but could not be stored: File too large"


def test_a_runner_file_that_is_full_is_refused_first(stub: Stub, work: Path) -> None:
    """If the runner's file cannot grow, nothing is sent and the file is unchanged."""
    work.joinpath("runner").write_text("before=1\n")
    command = f"ulimit -f 1; portkey-admin {' '.join((*CREATE, '--format', 'github'))}"
    done = run_shell(command, **{**os.environ, "GITHUB_OUTPUT": "runner"})
    assert (done.code, done.problems) == (2, ["--output runner: File too large"])
    assert (stub.exchanges, files(work)) == ([], {"runner": b"before=1\n"})


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("/dev/full", "it is not a regular file"),
        ("missing", "No such file or directory"),
        (".", "Is a directory"),
    ],
)
def test_unusable_runner_file_is_refused_first(file: str, why: str, stub: Stub) -> None:
    """A runner's file that cannot be appended to is refused with the reason, before any request."""
    done = run(*CREATE, "--format", "github", GITHUB_OUTPUT=file)
    assert (done.code, done.problems) == (2, [f"--output {file}: {why}"])
    assert stub.exchanges == []


def test_only_the_format_github_uses_the_runner_file(stub: Stub, work: Path) -> None:
    """Other formats do not append to it, and an empty variable names no file."""
    work.joinpath("runner").touch()
    done = run(*CREATE, "--output", "runner", GITHUB_OUTPUT="runner")
    assert (done.code, done.problems[0][:26]) == (2, "--output runner: it exists")
    assert run(*CREATE, "--format", "github", GITHUB_OUTPUT="").code == 2
    assert stub.exchanges == []


def test_a_runner_file_is_tried_with_empty_lines(
    stub: Stub, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the process is killed, the file has only empty lines, which the runner ignores."""
    written: list[bytes] = []
    write = os.write

    def write_and_record(file: int, data: bytes) -> int:
        written.append(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", write_and_record)
    work.joinpath("runner").touch()
    assert run(*CREATE, "--format", "github", GITHUB_OUTPUT="runner").code == 0
    tried, entry = written
    assert (tried, len(stub.exchanges)) == (b"\n" * 4096, 1)
    assert files(work) == {"runner": entry}


@pytest.mark.parametrize(
    ("out", "style", "is_refused"),
    [("-", "raw", True), ("key", "github", True), ("key", "raw", False)],
)
def test_closed_stdout_is_refused_if_needed(
    out: str,
    style: str,
    is_refused: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A closed stdout is refused if the secret or its mask goes there."""
    monkeypatch.setattr("sys.stdout", None)
    refusal = (
        pytest.raises(InvalidInputError, match=f"^--output {out}: stdout is closed$")
        if is_refused
        else contextlib.nullcontext()
    )
    with refusal, opened(out, style, "A", force=False) as (_, place):
        assert place == "key"


def test_lost_key_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no file and no stream can be written, the message says that the key is lost."""

    def fail(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", fail)
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert rescue(CreatedKey(id="id", key=Secret("key"), object="api-key")) == (
        "no place: no file and no stream could be written"
    )


@pytest.mark.parametrize("place", ["stderr", "stdout"])
def test_a_key_goes_to_a_stream_if_no_file_can_be_written(
    place: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """If no file can be written, the key goes to stderr; if that fails too, to stdout."""
    monkeypatch.setattr("portkey_admin_cli.storing.write_all", _full)
    if place == "stdout":
        monkeypatch.setattr("sys.stderr", None)
    before = open_files()
    assert rescue(CreatedKey(id="id", key=Secret("key"), object="api-key")) == place
    assert open_files() == before
    out, err = capsysbinary.readouterr()
    assert json.loads(out if place == "stdout" else err)["key"] == "key"
    assert not list(Path.home().iterdir())


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_is_synced(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names in a folder are synced to disk, and its descriptor is closed."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))
    before = open_files()
    sync_folder(work)
    assert (synced, open_files()) == ([work.stat().st_ino], before)


def test_first_failure_is_the_reported_reason(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the runner's file can neither be written nor truncated, the failed write is reported."""
    work.joinpath("runner").touch()

    def fail(number: int) -> Callable[..., None]:
        def failing(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        return failing

    def script(connection: Connection) -> None:
        connection.read_request()
        monkeypatch.setattr("portkey_admin_cli.storing.write_all", fail(errno.ENOSPC))
        monkeypatch.setattr(os, "ftruncate", fail(errno.EINVAL))
        monkeypatch.setattr("portkey_admin_cli.storing.rescue", lambda _: "nowhere")
        connection.send(answer())

    with FaultServer(script) as server:
        options = (*CREATE, "--server", server.url, "--format", "github")
        done = run(*options, GITHUB_OUTPUT=str(work / "runner"))
    assert (done.code, files(home)) == (6, {})
    assert done.problems[0].endswith("could not be stored: No space left on device")


@pytest.mark.parametrize("style", ["env", "github"])
def test_the_variable_can_be_chosen(style: str, stub: Stub, work: Path) -> None:
    """--variable names the variable; the default is not that of the admin key."""
    work.joinpath("PORTKEY_CREATED_API_KEY").touch()
    work.joinpath("BILLING_KEY").touch()
    for name, flags in {
        "PORTKEY_CREATED_API_KEY": (),
        "BILLING_KEY": ("--variable", "BILLING_KEY"),
    }.items():
        options = (*CREATE, "--format", style, *flags, "--output", name, "--force")
        assert run(*options, GITHUB_OUTPUT=name).code == 0
        content = files(work)[name].decode()
        assert re.search(rf"^{name}(=|<<)", content, re.MULTILINE)
        assert "PORTKEY_API_KEY" not in content
    assert len(stub.exchanges) == 2


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        *(
            (
                ("--output", "-", "--format", "env", "--variable", name),
                "--variable must be a name of letters, digits and _",
            )
            for name in ("A B", "1A", "A\nB=c", "")
        ),
        *(
            (
                ("--output", "-", "--format", style, "--variable", "A"),
                "--variable is for --format env and --format github",
            )
            for style in ("raw", "json")
        ),
        *(
            (
                ("--json", *flags),
                "--json cannot be combined with --output - or --format github, which use stdout",
            )
            for flags in (("--output", "-"), ("--output", "key", "--format", "github"))
        ),
    ],
)
def test_contradicting_options_are_refused(
    flags: tuple[str, ...], problem: str, stub: Stub
) -> None:
    """Options of the secret that contradict each other are an error before anything is sent."""
    done = run(*CREATE, *flags)
    assert (done.code, done.problems, stub.exchanges) == (2, [problem], [])


def test_stdout_has_the_secret_on_request_only(stub: Stub) -> None:
    """Without --output nothing is sent, because CI may keep stdout in a log."""
    done = run_process(*CREATE, PORTKEY_BASE_URL=os.environ["PORTKEY_BASE_URL"])
    assert (done.code, done.out, stub.exchanges) == (2, b"", [])
    assert done.problems == ["--output is required: a file for the secret, or - for stdout"]


def test_json_has_everything_but_the_secret(work: Path) -> None:
    """--json prints id, name, object, the file and other fields from the server."""
    with answering(expires_at=None, limits={"a": [1]}) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key", "--json", "--quiet")
    assert (done.code, done.err, files(work)) == (0, "", {"key": SECRET.encode()})
    assert json.loads(done.out) == {
        "id": KEY_ID,
        "name": "ci",
        "object": "api-key",
        "secret_in": "key",
        "expires_at": None,
        "limits": {"a": [1]},
    }
    assert SECRET.encode() not in done.out


def test_quiet_prints_errors_only(stub: Stub, work: Path) -> None:
    """With --quiet a success prints nothing, not even a warning; errors are printed."""
    done = run(*CREATE, "--scope", "a,b", "--output", "key", "--quiet")
    assert (done.code, done.out, done.err, len(files(work))) == (0, b"", "", 1)
    done = run(*CREATE, "--output", "key", "--quiet")
    assert (done.code, len(done.problems), len(stub.exchanges)) == (2, 1, 1)


def test_a_success_names_key_and_file(stub: Stub) -> None:
    """A success is one printable line with the name, the id and the file."""
    done = run(*CREATE[:3], "--name", "a\x1b[2J\u202e", "--scope", "a", "--output", "key")
    assert done.err.endswith(
        f'created "a\\u001b[2J\\u202e" (id {stub.exchanges[0].answer["id"]}); '
        "the secret is in key\n"
    )


@pytest.mark.parametrize("style", ["raw", "env"])
def test_a_terminal_shows_the_secret_in_a_line(
    style: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """On a terminal, a warning comes first, and the secret is on its own line."""
    stdout = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout", stdout)
    with opened("-", style, "A", force=False) as (store, place):
        store(CreatedKey(id="id", key=Secret("pk-key"), object="api-key"))
    shown = {"raw": b"pk-key\n", "env": b"A=pk-key\n"}[style]
    assert (place, stdout.buffer.getvalue()) == ("stdout", shown)
    assert capsysbinary.readouterr().err == (
        b"warning: the terminal shows the secret, and may keep it in its history\n"
    )


@pytest.fixture(params=["a full disk", "a reader that is gone"])
def failing(request: pytest.FixtureRequest) -> Iterator[int]:
    """Yield the descriptor of a stdout that cannot be written."""
    if request.param == "a full disk":
        descriptor = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
        os.close(reader)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("style", ["raw", "github"])
def test_failing_stdout_loses_no_key(style: str, failing: int, home: Path, work: Path) -> None:
    """If stdout fails, the key is rescued, and Python adds no error at exit."""
    work.joinpath("runner").touch()
    with answering() as server:
        options = (*output(style), "--server", server.url)
        done = run_process(*options, stdout=failing, GITHUB_OUTPUT="runner")
    assert (done.code, rescued(home)) == (6, CREATED)
    assert len(done.err.splitlines()) == len(done.problems) == 2
    assert files(work) == {"runner": b""}


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-"])
def test_other_streams_may_be_closed(closed: str, stub: Stub) -> None:
    """A process without stdin or stderr still creates its key."""
    done = run_shell(f"portkey-admin {' '.join(TO_STDOUT)} {closed}", **os.environ)
    assert (done.code, done.out.decode()) == (0, stub.exchanges[0].answer["key"])


@pytest.mark.parametrize(("status", "code"), [(403, 4), (500, 5)])
def test_an_error_keeps_its_exit_code_without_stderr(status: int, code: int) -> None:
    """Without stderr, the exit code is still that of the outcome."""
    with answering(status, key=None) as server:
        command = f"portkey-admin {' '.join(TO_STDOUT)} --server {server.url} 2>&-"
        done = run_shell(command, **os.environ)
    assert (done.code, done.out) == (code, b"")


def test_a_closed_stdout_is_refused_first(stub: Stub, work: Path) -> None:
    """Without stdout nothing is sent, unless the key goes to a file."""
    done = run_shell(f"portkey-admin {' '.join(TO_STDOUT)} >&-", **os.environ)
    assert (done.code, len(done.problems), stub.exchanges) == (2, 1, [])
    done = run_shell(f"portkey-admin {' '.join(CREATE)} --output key >&-", **os.environ)
    assert (done.code, len(files(work))) == (0, 1)


def test_key_in_an_error_response_is_stored(work: Path) -> None:
    """A key in an error response is stored, and the exit code is 5."""
    with answering(500) as server:
        done = run(*CREATE, "--server", server.url, "--output", "key")
    assert (done.code, files(work)) == (5, {"key": SECRET.encode()})
    assert "status 500" in done.problems[0]


def test_only_stdout_has_the_secret(stub: Stub) -> None:
    """Stderr has neither key, and only stdout has the created one."""
    done = run_process(*TO_STDOUT, PORTKEY_BASE_URL=os.environ["PORTKEY_BASE_URL"])
    [exchange] = stub.exchanges
    assert (done.code, done.out.decode()) == (0, exchange.answer["key"])
    assert done.err == f'created "ci" (id {exchange.answer["id"]}); the secret is on stdout\n'
