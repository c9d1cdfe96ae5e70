"""Messages on stderr are complete printable lines, and each failure has its exit code."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portkey_admin import ApiKey, NotSentError, OutcomeUnknownError
from portkey_admin_cli.body import read_content
from portkey_admin_cli.connection import server_of
from portkey_admin_cli.output import (
    Interrupted,
    InvalidInputError,
    Problems,
    exit_on_error,
    is_terminal,
    print_error,
    print_lines,
    print_warning,
    printable,
    write,
)
from portkey_admin_cli.progress import Progress, print_summary
from portkey_admin_cli.records import print_json, print_table
from portkey_admin_cli.sending import quoted, success
from tests.cli.command import run

FULL = "No space left on device"


def replace_stderr(monkeypatch: pytest.MonkeyPatch, *, is_tty: bool = True) -> Any:
    """Return a stream in place of stderr, which is a terminal unless `is_tty` is False."""
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(stream, "isatty", lambda: is_tty, raising=False)
    monkeypatch.setattr("sys.stderr", stream)
    return stream


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (InvalidInputError("a", "b"), 2, ["a", "b"]),
        (NotSentError("no route"), 3, ["no route"]),
        (OutcomeUnknownError("lost"), 5, [str(OutcomeUnknownError("lost"))]),
        (Interrupted("SIGINT"), 3, ["interrupted by SIGINT; nothing was changed"]),
        (OSError(28, FULL), 3, [f"stdout: {FULL}; nothing was changed"]),
    ],
)
def test_each_failure_ends_with_its_exit_code(
    error: BaseException, code: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each problem is a line, and the process ends with the code of the failure."""
    with pytest.raises(SystemExit) as ended, exit_on_error("nothing was changed"):
        raise error
    assert (ended.value.code, capsys.readouterr().err) == (
        code,
        "".join(f"error: {line}\n" for line in lines),
    )


def test_an_interrupted_request_was_not_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless a command says otherwise, an interruption means that nothing was sent."""
    with pytest.raises(SystemExit), exit_on_error():
        raise Interrupted("SIGINT")
    assert capsys.readouterr().err == "error: interrupted by SIGINT; nothing was sent\n"


@pytest.mark.parametrize(
    ("is_tty", "no_color", "error", "warning"),
    [
        (True, "", "\x1b[1;31merror:\x1b[0m x\n", "\x1b[1;33mwarning:\x1b[0m x\n"),
        (True, "1", "error: x\n", "warning: x\n"),
        (False, "", "error: x\n", "warning: x\n"),
    ],
)
def test_labels_are_coloured_on_a_terminal(
    is_tty: bool,  # noqa: FBT001
    no_color: str,
    error: str,
    warning: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Errors are red and warnings yellow on a terminal, unless NO_COLOR is set."""
    stream = replace_stderr(monkeypatch, is_tty=is_tty)
    monkeypatch.setenv("NO_COLOR", no_color)
    print_error("x")
    print_warning("x")
    assert stream.buffer.getvalue().decode() == error + warning


def test_a_line_has_printable_characters_only() -> None:
    """Control characters and line ends are escaped; letters of any script are not."""
    assert printable("a\x1b\u00e9\u202e\n") == "a\\x1b\u00e9\\u202e\\n"


@pytest.mark.parametrize(("count", "more"), [(20, []), (21, ["error: and 1 more"])])
def test_the_first_twenty_lines_are_printed(
    count: int, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty problems are printed, and the others are counted."""
    print_lines([str(number) for number in range(count)], "error")
    lines = [f"error: {number}" for number in range(20)]
    assert capsys.readouterr().err.splitlines() == lines + more


def test_a_closed_stream_is_an_error_of_stdout_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that cannot be written is an error; a message without stderr is not."""
    with pytest.raises(OSError, match="it is closed"):
        write(None, b"")
    monkeypatch.setattr("sys.stderr", None)
    print_error("x")
    assert not is_terminal(sys.stderr)


def test_problems_are_collected_once() -> None:
    """The same problem is listed only once, and other kinds of errors are raised."""
    problems = Problems()
    for _ in range(2):
        with problems:
            raise InvalidInputError("a")
    with problems:
        raise InvalidInputError("b")
    assert problems == ["a", "b"]
    with pytest.raises(InvalidInputError) as raised:
        problems.check()
    assert raised.value.args == ("a", "b")
    with pytest.raises(ValueError, match="other"), problems:
        raise ValueError("other")


def test_long_names_and_ids_are_cut() -> None:
    """A success is one line, however long the name and the id are."""
    assert quoted("\u00e9" * 101) == '"' + "\u00e9" * 100 + '"'
    assert success("created", None, "stdout") == "created (id unknown); the secret is on stdout"
    assert success("rotated", "i" * 101, "stderr").startswith(f"rotated (id {'i' * 100}); ")
    assert success("created", "i", "stderr").endswith("; the secret is on stderr")
    assert success("created", "i", "key").endswith("; the secret is in key")


@pytest.mark.parametrize(
    ("content", "extra"),
    [
        ({"name": "a", "x": 1}, {"x": 1}),
        (
            {"usage_limits": {"credit_limit": 1, "y": 2}, "defaults": {"metadata": {"a": "b"}}},
            {"usage_limits": {"y": 2}},
        ),
        (
            {"rate_limits": [{"type": "requests", "z": 3}, {"unit": "rpm"}], "scopes": ["s"]},
            {"rate_limits": [{"z": 3}, {}]},
        ),
        ({"rate_limits": [{"type": "requests"}], "usage_limits": {"credit_limit": 1}}, {}),
        ({"rate_limits": [5], "usage_limits": "text", "scopes": {"a": 1}}, {}),
    ],
)
def test_unknown_fields_are_sent_as_extra(content: dict[str, Any], extra: dict[str, Any]) -> None:
    """With --allow-unknown, fields that the spec lacks are separated at any depth."""
    body = read_content(content, {"type": 1, "sub_type": 2}, str, allow_unknown=True)
    assert body.arguments["extra"] == extra
    for name in content.keys() - extra.keys():
        assert body.arguments[name] == content[name]


def test_names_in_a_pointer_are_escaped(tmp_path: Any) -> None:
    """A pointer has ~0 and ~1 for ~ and /, and long names in it are cut."""
    file = tmp_path / "key.json"
    file.write_text(f'{{"a~b/c": 1, "{"x" * 300}": 1}}')
    problems = run("check", "organisation", "service", str(file)).problems
    assert problems[0].startswith(f"FILE {file} /a~0b~1c: no property of this name; ")
    assert problems[1].startswith(f"FILE {file} /{'x' * 199}: no property of this name; ")


@pytest.mark.parametrize(
    ("given", "variable", "server"),
    [
        ({"server": "https://a.example/"}, "https://b.example", "https://a.example"),
        ({}, "https://b.example/v1", "https://b.example/v1"),
        ({}, "", "https://api.portkey.ai/v1"),
    ],
)
def test_flag_and_environment_override_the_server(
    given: dict[str, str], variable: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag overrides the environment, which overrides the server in the spec."""
    monkeypatch.setenv("PORTKEY_BASE_URL", variable)
    assert server_of(given) == server


def test_a_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns stay aligned with wide, combining and long names, and dates are ISO."""
    instant = datetime(2030, 1, 31, 12, tzinfo=UTC)
    print_table(
        [
            ApiKey(
                id="1",
                name="\u65e5\u672c",
                status="active",
                type="t",
                workspace_id="ws-1",
                expires_at=instant,
            ),
            ApiKey(id="22", name="n" * 60),
            ApiKey(id="3", name="n" * 61),
            ApiKey(id="4", name="e\u0301"),
        ]
    )
    assert capsys.readouterr().out.splitlines() == [
        f"ID  NAME{' ' * 59}  STATUS  TYPE  WORKSPACE  EXPIRES AT",
        f"1   \u65e5\u672c{' ' * 59}  active  t     ws-1       2030-01-31T12:00:00+00:00",
        f"22  {'n' * 60}     -       -     -          -",
        f"3   {'n' * 60}...  -       -     -          -",
        f"4   e\u0301{' ' * 62}  -       -     -          -",
    ]


def test_json_is_indented(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is indented, and its dates are ISO."""
    print_json({"at": datetime(2030, 1, 31, tzinfo=UTC)})
    assert capsys.readouterr().out == '{\n  "at": "2030-01-31T00:00:00+00:00"\n}\n'


def key(state: str, **members: Any) -> Any:
    """Return a key of apply with an outcome."""
    given = {"name": "a", "code": 0, "id": "i", "secret_in": "f", "reason": "no", "found": None}
    return SimpleNamespace(state=state, place="line 1", path="keys/a.key", **(given | members))


@pytest.mark.parametrize(
    ("term", "quiet", "shown"),
    [
        (
            "xterm",
            False,
            (
                "\r\x1b[K[##########--------------------] 1/3 keys"
                '\r\x1b[Kerror: "a": refused: no\n\r\x1b[K[####################----------] 2/3 keys'
                '\r\x1b[Kerror: "a": created: no\n\r\x1b[K[##############################] 3/3 keys'
                "\r\x1b[Kwait\n\r\x1b[K[##############################] 3/3 keys\r\x1b[K"
            ),
        ),
        (
            "dumb",
            False,
            (
                'created "a" (id i); the secret is in f\nerror: "a": refused: no\n'
                'error: "a": created: no\nwait\n'
            ),
        ),
        ("xterm", True, 'error: "a": refused: no\nerror: "a": created: no\n'),
    ],
)
def test_progress_is_a_bar_or_lines(
    term: str,
    quiet: bool,  # noqa: FBT001
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal shows a bar below the errors, a dumb one lines, and --quiet only errors."""
    stream = replace_stderr(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", term)
    progress = Progress(3, quiet=quiet)
    for each in (key("created"), key("refused"), key("created", code=6)):
        progress.show(each)
    progress.note("wait")
    progress.end()
    assert stream.buffer.getvalue().decode() == shown


@pytest.mark.parametrize(
    ("total", "bar"), [(0, f"[{'-' * 30}] 0/0 keys"), (1, f"[{'-' * 30}] 0/1 keys")]
)
def test_a_bar_fills_up_with_the_keys(
    total: int, bar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bar is empty before the first key, and full after the only one."""
    stream = replace_stderr(monkeypatch)
    monkeypatch.setenv("TERM", "xterm")
    progress = Progress(total, quiet=False)
    progress.note("wait")
    clear = "\r\x1b[K"
    shown = f"{clear}wait\n{clear}{bar}"
    if total:
        progress.show(key("created"))
        shown += f"{clear}[{'#' * 30}] 1/1 keys"
    assert stream.buffer.getvalue().decode() == shown


@pytest.mark.parametrize(
    ("columns", "bar"),
    [
        (80, f"[{'#' * 15}{'-' * 15}] 1/2 keys"),
        (42, f"[{'#' * 15}{'-' * 15}] 1/2 keys"),
        (41, f"[{'#' * 14}{'-' * 15}] 1/2 keys"),
        (14, "[#-] 1/2 keys"),
        (13, "[-] 1/2 keys"),
        (12, "1/2 keys"),
        (9, "1/2 keys"),
        (5, "1/2 "),
        (0, f"[{'#' * 15}{'-' * 15}] 1/2 keys"),
    ],
)
def test_a_bar_fits_the_terminal(columns: int, bar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar never wraps, because a wrapped line cannot be replaced."""
    stream = replace_stderr(monkeypatch)
    monkeypatch.setattr(stream, "fileno", lambda: 99)
    monkeypatch.setattr("os.get_terminal_size", {99: os.terminal_size((columns, 24))}.__getitem__)
    monkeypatch.setenv("TERM", "xterm")
    Progress(2, quiet=False).show(key("created"))
    assert stream.buffer.getvalue().decode() == f"\r\x1b[K{bar}"


def test_a_bar_fits_a_terminal_of_unknown_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the terminal has no size, a line has at most 79 characters."""
    stream = replace_stderr(monkeypatch)
    monkeypatch.setenv("TERM", "xterm")
    Progress(10**90, quiet=False).show(key("created"))
    assert stream.buffer.getvalue().decode() == f"\r\x1b[K1/1{'0' * 76}"


def test_a_terminal_that_is_gone_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar that cannot be written is ignored."""
    with Path("/dev/full").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stderr", stream)
        Progress(1, quiet=False).end()


def test_a_summary_that_cannot_be_printed_loses_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If stdout is closed, the error says that every created key is stored."""
    monkeypatch.setattr("sys.stdout", None)
    print_summary([key("created")], as_json=False)
    assert capsys.readouterr().err == "error: stdout: it is closed; every created key is stored\n"


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ([key("created", reason="")], ["created  1"]),
        ([key("refused")], ['refused  "a"  no', "", "refused  1"]),
        (
            [key("to create")],
            ['to create  "a"  line 1; the secret goes into keys/a.key', "", "to create  1"],
        ),
        (
            [key("unknown")],
            ['unknown  "a"  no; run apply again to look it up', "", "unknown  1"],
        ),
        (
            [key("unknown", found=[])],
            [
                (
                    'unknown  "a"  no; no key of this name exists: run apply again with '
                    "--retry-unknown"
                ),
                "",
                "unknown  1",
            ],
        ),
        (
            [key("unknown", found=["1", "2"])],
            [
                (
                    'unknown  "a"  no; keys of this name: 1 2; delete the one whose secret is lost '
                    "with portkey-admin delete ID, then run apply again with --retry-unknown"
                ),
                "",
                "unknown  1",
            ],
        ),
        (
            [*[key("not tried")] * 22, key("created", reason="")],
            [
                *['not tried  "a"         no'] * 20,
                "not tried  and 2 more",
                "",
                "not tried  22",
                "created    1",
            ],
        ),
    ],
)
def test_summary_explains_keys_that_need_attention(
    keys: list[Any], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary counts each state, after a line for each key that needs attention."""
    print_summary(keys, as_json=False)
    assert capsys.readouterr().out.splitlines() == lines
