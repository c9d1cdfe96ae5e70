"""The installed command: its help, its completion, its modules and its requirements."""

from __future__ import annotations

import ast
import errno
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import httpx
import pytest

import portkey_admin
from portkey_admin import PortkeyAdmin, __version__
from portkey_admin_cli import commands
from portkey_admin_cli.__main__ import main
from portkey_admin_stub import Stub
from tests.cli.command import (
    BODY,
    COMMAND,
    CREATE,
    PATIENCE,
    TO_STDOUT,
    run,
    run_process,
    run_shell,
    variables,
)
from tests.conformance.documents import DOCUMENT
from tests.faults.faults import ADMIN_KEY
from tests.faults.server import Connection, FaultServer

ROOT = Path(__file__).parents[2]
COMMANDS = (
    *("apply", "check", "completion", "create", "delete", "list", "rotate", "schema", "show"),
    *("stub", "update"),
)
HELP = run("create", "--help").out.decode()
EXAMPLES = re.split(r"\n    (?=portkey-admin )", HELP.partition("Examples:")[2])[1:]


def test_help_lists_every_exit_code() -> None:
    """The help lists all exit codes."""
    codes = run("--help").out.decode().partition("Exit codes:")[2]
    assert re.findall(r"^    (\d)  \w", codes, re.MULTILINE) == ["0", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("number", range(3))
def test_examples_run(number: int, stub: Stub, work: Path) -> None:
    """Each example of the help works, with a vault program that takes the key from a file."""
    work.joinpath("key.yaml").write_text(json.dumps(BODY))
    vault = work / "vault"
    vault.write_text('#!/bin/sh\ncat "${5#key=@}" > stored\n')
    vault.chmod(0o755)
    path = f"{work}:{os.environ['PATH']}"
    done = run_shell(EXAMPLES[number], **{**os.environ, "PATH": path})
    assert done.code == 0
    sent = [exchange.status for exchange in stub.exchanges]
    assert sent == ([] if "--dry-run" in EXAMPLES[number] else [200])
    if "vault" in EXAMPLES[number]:
        assert work.joinpath("stored").read_text() == stub.exchanges[0].answer["key"]
        assert stub.exchanges[0].body == {**BODY, "name": "search"}


def test_there_are_three_examples() -> None:
    """The help of create has three examples, and that of check has one."""
    assert len(EXAMPLES) == 3
    assert "Example: portkey-admin check" in run("check", "--help").out.decode()


def test_help_lists_the_choices_of_the_spec() -> None:
    """The help lists the values of the path parameters in the spec."""
    path = DOCUMENT["paths"]["/api-keys/{type}/{sub-type}"]
    for parameter in path["post"]["parameters"]:
        name = parameter["name"].upper().replace("-", "_")
        explained = HELP.partition(f"  {name} ")[2].partition("\n  S")[0]
        for choice in parameter["schema"]["enum"]:
            assert f"{choice}: a key for " in " ".join(explained.split())


def test_version() -> None:
    """--version prints the version of the package."""
    assert run("--version").out.decode() == f"portkey-admin, version {__version__}\n"


def test_each_client_option_has_a_flag() -> None:
    """Each option of the client is a flag of create with the same name."""
    arguments = inspect.signature(PortkeyAdmin).parameters
    for name in ("server", "allow_http", "deadline", "ca_file", "proxy"):
        assert name in arguments
        assert f"--{name.replace('_', '-')}" in HELP
    assert f"[default: {arguments['deadline'].default:g}]" in " ".join(HELP.split())
    assert "[default: PORTKEY_CREATED_API_KEY]" in HELP


@pytest.mark.parametrize("option", ["--api-key", "--key", "--api-key=x", "-k"])
def test_no_flag_takes_the_admin_key(option: str) -> None:
    """No flag takes the admin key, because other users could see it."""
    done = run(*CREATE, option)
    assert done.code == 2
    assert "No such option" in done.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("portkey-admin ", {*COMMANDS}),
        ("portkey-admin create ", {"organisation", "workspace"}),
        ("portkey-admin create w", {"workspace"}),
        ("portkey-admin create workspace ", {"service", "user"}),
        ("portkey-admin check organisation s", {"service"}),
        ("portkey-admin create workspace user --rate", {"--rate-limit"}),
        ("portkey-admin create workspace user --format ", {"raw", "env", "json", "github"}),
        ("portkey-admin create workspace user --periodic-reset ", {"monthly", "weekly"}),
        ("portkey-admin completion f", {"fish"}),
    ],
)
def test_completion_offers_commands_and_choices(words: str, expected: set[str]) -> None:
    """Commands, TYPE, SUB_TYPE, flags and their choices are completed, without a key."""
    done = run(
        _PORTKEY_ADMIN_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
    )
    assert {line.partition(",")[2] for line in done.out.decode().splitlines()} == expected


@pytest.mark.parametrize(
    "words",
    [
        *(f"portkey-admin create --{each} " for each in ("body", "output", "api-key-file")),
        *("portkey-admin create --ca-file ", "portkey-admin check workspace service "),
        *("portkey-admin apply ", "portkey-admin apply --output-dir "),
    ],
)
def test_file_names_are_completed(words: str) -> None:
    """The shell completes file names for arguments that are files."""
    done = run(
        _PORTKEY_ADMIN_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
    )
    assert done.out.strip() == b"file,"


def test_zsh_needs_no_compinit() -> None:
    """The script for zsh runs compinit if necessary, and also works with autoload."""
    lines = run("completion", "zsh").out.decode().splitlines()
    assert lines[0] == "#compdef portkey-admin"
    assert lines[1] == "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not on this machine")
def test_zsh_reads_the_script_without_compinit(work: Path) -> None:
    """A zsh without settings can read the script, and then completes the command."""
    work.joinpath("script").write_bytes(run("completion", "zsh").out)
    source = "source ./script; print $_comps[portkey-admin]"
    done = subprocess.run(["zsh", "-f", "-c", source], capture_output=True, check=True, text=True)
    assert (done.stdout, done.stderr) == ("_portkey_admin_completion\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_can_read_the_completion_script(shell: str) -> None:
    """Each installed shell can read its completion script."""
    script = run("completion", shell).out
    assert f"_PORTKEY_ADMIN_COMPLETE={shell}_complete".encode() in script
    assert script.count(b"compinit &&") == (shell == "zsh")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, check=True, timeout=PATIENCE)


def test_completion_works_in_bash(work: Path) -> None:
    """With the line from the help, bash completes a word."""
    command = work / "portkey-admin"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    command.chmod(0o755)
    script = """
        eval "$(portkey-admin completion bash)"
        COMP_WORDS=(portkey-admin create org) COMP_CWORD=2
        _portkey_admin_completion portkey-admin org create
        echo "${COMPREPLY[@]}"
    """
    given = {**variables(), "PATH": f"{work}:{os.environ['PATH']}"}
    bash = ["bash", "--norc", "-c", script]
    assert subprocess.check_output(bash, env=given, timeout=PATIENCE) == b"organisation\n"


def test_stub_runs_the_stub() -> None:
    """`portkey-admin stub` serves until it is interrupted, and its help shows that name."""
    assert "usage: portkey-admin stub" in run_process("stub", "--help").out.decode()
    command = [*COMMAND, "stub", "--port", "0"]
    with subprocess.Popen(command, env=variables(), stdout=subprocess.PIPE) as process:
        assert process.stdout
        url = process.stdout.readline().decode().strip()
        try:
            done = run_process(*TO_STDOUT, "--server", url)
            assert (done.code, bool(done.out)) == (0, True)
            assert httpx.get(f"{url}/nothing").status_code == 404
        finally:
            process.kill()


def test_stub_gets_all_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """`portkey-admin stub` passes each argument on, even -h and --help, and ends with its code."""
    calls: list[Any] = []

    def stub(*given: Any, **options: Any) -> int:
        calls.append((given, options))
        return 5

    monkeypatch.setattr("portkey_admin_stub.__main__.main", stub)
    assert run("stub", "spec.yaml", "--port", "0", "-h", "--help").code == 5
    given = ("spec.yaml", "--port", "0", "-h", "--help")
    assert calls == [((given,), {"program": "portkey-admin stub"})]


def without(*modules: str) -> str:
    """Return a program that runs the command as if these modules were not installed."""
    blocked = "".join(f"sys.modules[{each!r}] = None; " for each in modules)
    return f"import sys; {blocked}from portkey_admin_cli.__main__ import main; main()"


@pytest.mark.parametrize(
    ("modules", "arguments", "extra"),
    [
        (["click"], ["create"], "cli"),
        (["ruamel.yaml"], ["check", "workspace", "service", "-"], "cli"),
        (["werkzeug"], ["stub"], "stub"),
    ],
)
def test_a_missing_extra_is_reported(modules: list[str], arguments: list[str], extra: str) -> None:
    """Without an extra, one line says what to install, and the exit code is 7."""
    done = subprocess.run(
        [sys.executable, "-c", without(*modules), *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    problem = f"error: a package is missing; run: pip install 'portkey-admin[{extra}]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (7, "", problem)


def fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command raise an error."""

    def command(*, prog_name: str) -> None:
        assert prog_name == "portkey-admin"
        raise error

    monkeypatch.setattr(commands, "portkey_admin", command)


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("click", "cli"),
        ("ruamel.yaml", "cli"),
        ("werkzeug.serving", "stub"),
        ("jsonschema_rs", "stub"),
    ],
)
def test_each_package_belongs_to_an_extra(
    module: str, extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The extra of each package that can be missing is named."""
    fail_with(ModuleNotFoundError(name=module), monkeypatch)
    with pytest.raises(SystemExit) as ended:
        main()
    problem = f"error: a package is missing; run: pip install 'portkey-admin[{extra}]'\n"
    assert (ended.value.code, capsys.readouterr().err) == (7, problem)


@pytest.mark.parametrize("name", ["portkey_admin_cli.flags", None])
def test_another_missing_module_is_not_an_extra(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that is missing from a broken installation is raised."""
    fail_with(ModuleNotFoundError(name=name), monkeypatch)
    with pytest.raises(ModuleNotFoundError):
        main()


def test_text_that_cannot_be_printed_is_an_error(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If stdout fails, one line says so, and nothing more is written to it."""
    fail_with(OSError(errno.ENOSPC, "No space left on device"), monkeypatch)
    with work.joinpath("out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as ended:
            main()
        out.write("more")
    assert work.joinpath("out").read_text() == ""
    error = "error: stdout: No space left on device\n"
    assert (ended.value.code, capsys.readouterr().err) == (3, error)


def test_broken_installation_is_not_a_missing_extra() -> None:
    """A broken installation is not reported as a missing extra."""
    done = subprocess.run(
        [sys.executable, "-c", without("portkey_admin_cli.flags"), "--help"],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "pip install" not in done.stderr


@pytest.mark.parametrize("arguments", ["--help", "schema", "completion zsh", "create --help"])
def test_full_stdout_is_an_error(arguments: str) -> None:
    """If a text cannot be printed, one line says so."""
    done = run_shell(f"portkey-admin {arguments} >/dev/full")
    assert (done.code, done.err) == (3, "error: stdout: No space left on device\n")


def loaded_by(program: str, *arguments: str, **environment: str) -> set[str]:
    """Return the packages that a program has loaded when it ends."""
    script = f"import sys\ntry:\n    {program}\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**variables(), **environment},
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


MAIN = "from portkey_admin_cli.__main__ import main; main()"
HEAVY = {"httpx", "httpcore", "anyio", "attrs", "ruamel", "portkey_generated", "ssl"}


def test_an_import_loads_nothing_of_the_command() -> None:
    """Importing portkey_admin loads neither click nor YAML nor the command."""
    loaded = loaded_by("import portkey_admin")
    names = ("click", "ruamel", "portkey")
    assert {each for each in loaded if each.startswith(names)} == {"portkey_admin"}


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["completion", "fish"]])
def test_help_is_light(arguments: list[str]) -> None:
    """The help, the version and the completion scripts load neither httpx, the models nor YAML."""
    loaded = loaded_by(MAIN, *arguments)
    assert "click" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "words", ["portkey-admin ", "portkey-admin create ", "portkey-admin create workspace user --"]
)
def test_completion_is_light(words: str) -> None:
    """Completion loads neither httpx, the models nor YAML."""
    loaded = loaded_by(
        MAIN,
        _PORTKEY_ADMIN_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
    )
    assert not loaded & HEAVY - {"portkey_generated"}


def test_the_command_uses_public_names_only() -> None:
    """The command imports only itself, the exports of portkey_admin, and the stub's main."""
    for path in (ROOT / "src" / "portkey_admin_cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(each.name.startswith("portkey") for each in node.names)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("portkey"):
                names = {each.name for each in node.names}
                public = {"__version__", *portkey_admin.__all__}
                assert (
                    str(node.module).startswith("portkey_admin_cli")
                    or (node.module == "portkey_admin" and names <= public)
                    or (node.module == "portkey_admin_stub.__main__" and names == {"main"})
                )


@pytest.mark.parametrize("command", ["create", "check", "schema", "completion"])
def test_each_option_is_described(command: str) -> None:
    """-h explains each argument and option, and --help is the same."""
    done = run(command, "-h")
    assert done.out == run(command, "--help").out
    context = click.Context(commands.portkey_admin.commands[command])
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        assert record is None or len(record[1]) > len("Show.")
        assert record or isinstance(parameter, click.Argument)


def test_the_top_help_has_examples(stub: Stub, work: Path) -> None:
    """The examples of the top help run."""
    examples = run("-h").out.decode().partition("Examples:")[2].partition("Exit codes:")[0]
    done = run_shell(f"set -e\n{examples}", **os.environ)
    assert (done.code, len(stub.exchanges)) == (0, 1)
    assert work.joinpath("billing.key").read_text() == stub.exchanges[0].answer["key"]


def test_the_script_is_installed() -> None:
    """The wheel installs `portkey-admin`, which is the same as `python -m portkey_admin_cli`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"portkey-admin": "portkey_admin_cli.__main__:main"}
    assert {re.split("[<>=]", each)[0] for each in project["optional-dependencies"]["cli"]} == {
        "click",
        "ruamel.yaml",
    }


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")
def test_no_process_has_a_key_among_its_arguments(work: Path) -> None:
    """During the request, no command line on the machine contains the admin key."""
    seen: list[bytes] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes())
            except OSError:
                continue

    work.joinpath("key").write_text(ADMIN_KEY)
    work.joinpath("key").chmod(0o600)
    with FaultServer(script) as server:
        run_process(*TO_STDOUT, "--server", server.url, "--api-key-file", "key")
    assert any(b"--api-key-file" in each for each in seen)
    assert not any(ADMIN_KEY.encode() in each for each in seen)
