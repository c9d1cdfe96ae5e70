"""Run the command in this process, in another process, or on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from portkey_admin_cli.commands import portkey_admin
from tests.faults.faults import ADMIN_KEY, KEY_ID, SECRET, answer, replies
from tests.faults.server import FaultServer

COMMAND = (sys.executable, "-W", "error", "-m", "portkey_admin_cli")
PATIENCE = 60

# The flags of a valid create, and the body of its request.
CREATE = ("create", "organisation", "service", "--name", "ci", "--scope", "completions.write")
TO_STDOUT = (*CREATE, "--output", "-")
BODY = {"name": "ci", "scopes": ["completions.write"]}
CREATED = {"id": KEY_ID, "key": SECRET, "object": "api-key"}


@dataclass(frozen=True)
class Done:
    """The result of a run."""

    code: int
    out: bytes
    err: str

    @property
    def problems(self) -> list[str]:
        """The error lines on stderr."""
        return [line[7:] for line in self.err.splitlines() if line.startswith("error: ")]

    @property
    def warnings(self) -> list[str]:
        """The warning lines on stderr."""
        return [line[9:] for line in self.err.splitlines() if line.startswith("warning: ")]


def run(*arguments: str, stdin: str | bytes = b"", **environment: str) -> Done:
    """Run the command in this process, with the admin key in the environment."""
    variables = {"PORTKEY_API_KEY": ADMIN_KEY, **environment}
    result = CliRunner(catch_exceptions=False).invoke(
        portkey_admin, arguments, input=stdin, env=variables
    )
    assert ADMIN_KEY not in result.output
    return Done(result.exit_code, result.stdout_bytes, result.stderr)


def variables(**environment: str) -> dict[str, str]:
    """Return the environment of a process, with little more than the admin key."""
    # PYTHONPATH may lead to a changed copy of the command.
    names = ("PATH", "HOME", "TMPDIR", "PYTHONPATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    # No caches: the disk of the process may be full.
    own = {"PORTKEY_API_KEY": ADMIN_KEY, "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **own, **environment}


def run_process(
    *arguments: str, stdin: bytes = b"", stdout: int = subprocess.PIPE, **environment: str
) -> Done:
    """Run the command in another process, in the working folder of the test."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=variables(**environment),
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )
    out: bytes = done.stdout or b""
    assert ADMIN_KEY.encode() not in out + done.stderr
    return Done(done.returncode, out, done.stderr.decode())


def run_shell(script: str, **environment: str) -> Done:
    """Run a shell script in which `portkey-admin` is the command."""
    command = " ".join(f"'{word}'" for word in COMMAND)
    function = f'portkey_admin() {{ {command} "$@"; }}\n'
    done = subprocess.run(
        ["/bin/sh", "-c", function + script.replace("portkey-admin ", "portkey_admin ")],
        env=variables(**environment),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


def run_on_terminal(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    typed: str = "",
    without_key: bool = False,
    stdout: Path | None = None,
) -> tuple[int, str]:
    """Run the command on a new terminal; return the exit code and the terminal's output.

    `typed` is sent when the terminal shows a prompt.
    """
    process, terminal = pty.fork()
    if process == 0:
        given = variables(**environment)
        if without_key:
            del given["PORTKEY_API_KEY"]
        if stdout:
            os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT), 1)
        os.execve(COMMAND[0], [*COMMAND, *arguments], given)  # noqa: S606 - no shell needed
    shown = b""
    with contextlib.suppress(OSError):  # Linux raises it at the end of a terminal
        while select.select([terminal], [], [], PATIENCE)[0] and (part := os.read(terminal, 65536)):
            shown += part
            if typed and shown.rstrip().endswith(b":"):
                os.write(terminal, typed.encode())
                typed = ""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()


@contextlib.contextmanager
def answering(status: int = 200, **members: object) -> Iterator[FaultServer]:
    """Serve one response: a created key, with changed `members`."""
    with FaultServer(
        replies(answer(json.dumps({**CREATED, **members}).encode(), status))
    ) as server:
        yield server


def files(folder: Path) -> Mapping[str, bytes]:
    """Return the content of the files of a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class Running:
    """A command in another process, to which signals can be sent at known times."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def done(self) -> Done:
        """Return the result of the process when it has ended."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Done(self.process.returncode, out, err.decode())
