"""What the flags and the file say is what is sent, or told as wrong with the flag to change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portkey_admin import _spec
from portkey_admin_cli.flags import FLAGS
from portkey_admin_stub import Stub
from tests.cli.command import BODY, CREATE, run

USER = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"

# Flags, and what each of them makes of the body.
GIVEN: dict[tuple[str, ...], dict[str, Any]] = {
    (): {},
    ("--name", ""): {"name": ""},
    ("--name", "--scope"): {"name": "--scope"},
    ("--name", "naïve 😀 'x' $HOME"): {"name": "naïve 😀 'x' $HOME"},
    ("--scope", "logs.view"): {"scopes": ["completions.write", "logs.view"]},
    ("--description", "for CI"): {"description": "for CI"},
    ("--organisation-id", USER): {"organisation_id": USER},
    ("--workspace-id", "ws-1"): {"workspace_id": "ws-1"},
    ("--user-id", USER): {"user_id": USER},
    ("--alert-email", "a@b.example", "--alert-email", "c@d.example"): {
        "alert_emails": ["a@b.example", "c@d.example"]
    },
    ("--rate-limit", "requests:100/rpm", "--rate-limit", "tokens:0/rpw"): {
        "rate_limits": [
            {"type": "requests", "unit": "rpm", "value": 100},
            {"type": "tokens", "unit": "rpw", "value": 0},
        ]
    },
    ("--expires-at", "2027-01-01T00:00Z"): {"expires_at": "2027-01-01T00:00:00+00:00"},
    ("--expires-at", "2027-01-01T00:00:00.5+01:00"): {
        "expires_at": "2027-01-01T00:00:00.500000+01:00"
    },
}

# Flags, and the lines that tell what is wrong with them.
REFUSED: dict[tuple[str, ...], list[str]] = {
    ("--user-id", "me"): ['--user-id: found "me"; allowed: a UUID (8-4-4-4-12 hexadecimal digits)'],
    ("--alert-email", "a@b.example", "--alert-email", "nobody"): [
        '--alert-email at /alert_emails/1: found "nobody"; allowed: an e-mail address'
    ],
    ("--rate-limit", "requests:100/rpx", "--rate-limit", "tokens:-1/rpm"): [
        (
            '--rate-limit at /rate_limits/0/unit: found "rpx"; allowed: '
            '"rpd" or "rph" or "rpm" or "rps" or "rpw"'
        ),
        "--rate-limit at /rate_limits/1/value: found -1; allowed: an integer, at least 0",
    ],
    ("--rate-limit", "requests:1e3/rpm"): [
        '--rate-limit at /rate_limits/0/value: found "1e3"; allowed: an integer, at least 0'
    ],
    ("--rate-limit", f"requests:{'9' * 5000}/rpm"): [
        (
            f'--rate-limit at /rate_limits/0/value: found "{"9" * 59}...; '
            "allowed: an integer, at least 0"
        )
    ],
    ("--rate-limit", "100 a minute"): [
        (
            "--rate-limit at /rate_limits/0: allowed: "
            "[requests|tokens]:VALUE/[rpd|rph|rpm|rps|rpw], requests:100/rpm for example"
        )
    ],
    **{
        ("--expires-at", text): [
            (
                f'--expires-at: found "{text}"; allowed: '
                "an RFC 3339 date-time with offset (2027-01-31T12:00:00Z), or null"
            )
        ]
        for text in ("2027-01-01", "2027-01-01T00:00", "2027-02-30T00:00:00Z", "tomorrow", "90d")
    },
    **{
        ("--expires-in", text): [
            (
                "--expires-in: allowed: "
                "a number above 0 and h, d or w (hours, days, weeks), 90d for example"
            )
        ]
        for text in ("0d", "-1d", "90", "3m", "1.5d", "999999w", "2027-01-01T00:00:00Z", "")
    },
    ("--expires-at", "2027-01-01T00:00Z", "--expires-in", "90d"): [
        "--expires-in: allowed: nothing beside --expires-at"
    ],
}

# Files, with flags beside them, and the lines that tell what is wrong.
WRONG_FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["--body -: not a mapping of the body's properties"]),
    "a list": ("[1]", ["--body -: not a mapping of the body's properties"]),
    "a text": ("name", ["--body -: not a mapping of the body's properties"]),
    "two documents": (
        "name: a\n---\nname: b\n",
        ["--body -, line 2, column 1: neither JSON nor YAML: but found another document"],
    ),
    "no YAML": (
        "a: [1, 2",
        [
            (
                "--body -, line 1, column 9: neither JSON nor YAML: "
                "expected ',' or ']', but got '<stream end>'"
            )
        ],
    ),
    "a name twice": (
        '{"name": "a", "name": "b"}',
        [
            (
                "--body -, line 1, column 15: neither JSON nor YAML: "
                'found duplicate key "name" with value "b" (original value: "a")'
            )
        ],
    ),
    "a class": (
        "name: !!python/object:os.system x",
        [
            (
                "--body -, line 1, column 7: neither JSON nor YAML: "
                "could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/object:os.system'"
            )
        ],
    ),
    "a naive timestamp": (
        "expires_at: 2027-01-01 00:00:00",
        [
            (
                '--body - /expires_at: found "2027-01-01 00:00:00"; allowed: '
                "an RFC 3339 date-time with offset (2027-01-31T12:00:00Z), or null"
            )
        ],
    ),
    "more digits than can be sent": (
        "expires_at: 2027-01-01T00:00:00.1234567Z",
        [
            (
                '--body - /expires_at: found "2027-01-01T00:00:00.1234567Z"; allowed: '
                "a value that the client can send exactly (microseconds at most)"
            )
        ],
    ),
    "deep inside": (
        "usage_limits: {type: gold}\nrate_limits: [{type: tokens, unit: rpm, value: x}]",
        [
            '--body - /rate_limits/0/value: found "x"; allowed: an integer, at least 0',
            '--body - /usage_limits/type: found "gold"; allowed: "cost" or "tokens"',
        ],
    ),
    "not JSON": (
        "colour: {1: x}\nshape: .nan",
        [
            "--body - /colour: found 1; allowed: names that are strings",
            (
                "--body - /shape: found NaN; allowed: "
                "a finite number (JSON has no NaN and no infinity)"
            ),
        ],
    ),
    "itself": (
        "colour: &x [*x]",
        [
            (
                "--body - /colour/0: found a value of type list; allowed: "
                "a value that does not contain itself"
            )
        ],
    ),
    "aliases without end": (
        "a: &a [x]\n" + "".join(f"{n}: [{', '.join(['*a'] * 3)}]\n" for n in "bcdefgh"),
        ["--body -: over 20 aliases (*name), or 100 levels"],
    ),
    "not UTF-8": (
        b"name: \xff",
        ["--body -: neither JSON nor YAML: unacceptable character #x00ff: invalid start byte"],
    ),
    "nested without end": ("[" * 20_000, ["--body -: over 20 aliases (*name), or 100 levels"]),
}


@pytest.mark.parametrize("flags", GIVEN, ids=" ".join)
def test_flags_are_the_body(flags: tuple[str, ...], stub: Stub) -> None:
    """What the flags say is what is sent, and nothing else."""
    done = run(*CREATE, *flags)
    [exchange] = stub.exchanges
    assert (done.code, done.out.decode()) == (0, exchange.answer["key"])
    assert exchange.body == {**BODY, **GIVEN[flags]}
    assert exchange.path_parameters == {"type": "organisation", "sub-type": "service"}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        ("02w", timedelta(weeks=2)),
    ],
)
def test_expires_in_is_counted_from_now(text: str, span: timedelta, stub: Stub) -> None:
    """A span ends so much later than now, in whole seconds."""
    before = datetime.now(UTC).replace(microsecond=0)
    assert run(*CREATE, "--expires-in", text).code == 0
    [exchange] = stub.exchanges
    ends = datetime.fromisoformat(exchange.body["expires_at"])
    assert before + span <= ends <= datetime.now(UTC) + span
    assert ends.microsecond == 0


@pytest.mark.parametrize("flags", REFUSED, ids=lambda flags: " ".join(flags)[:60])
def test_each_problem_names_the_flag(flags: tuple[str, ...], stub: Stub) -> None:
    """What is wrong with a flag is told in a line with its name, and nothing is sent."""
    done = run(*CREATE, *flags)
    assert (done.code, done.problems, done.out) == (2, REFUSED[flags], b"")
    assert stub.exchanges == []


def test_every_problem_is_told_at_once(stub: Stub, work: Path) -> None:
    """Arguments, flags, file, output and server: a line for each, whichever is first."""
    work.joinpath("body.yaml").write_text("usage_limits: {credit_limit: 0}\n")
    done = run(
        *("create", "team", "user", "--rate-limit", "x", "--body", "body.yaml"),
        *("--output", "nowhere/key", "--server", "http://portkey.example.com", "--deadline", "2"),
    )
    assert done.code == 2
    assert [line.split(": ")[0] for line in done.problems] == [
        "TYPE",
        "--name",
        "--scope",
        "--user-id",
        "--rate-limit at /rate_limits/0",
        "--body body.yaml /usage_limits/credit_limit",
        "--output nowhere/key",
        "--server is not usable",
    ]
    assert stub.exchanges == []


@pytest.mark.parametrize(
    "text",
    [
        (
            '{"scopes": ["a"], "name": "caf\\u00e9 \\ud83d\\ude00",'
            ' "usage_limits": {"credit_limit": 1}}'
        ),
        '{\n\t"name": "café 😀",\n\t"scopes": ["a"],\n\t"usage_limits": {"credit_limit": 1}\n}',
        "name: café 😀\nscopes: [a]\nusage_limits:\n  credit_limit: 1\n",
        "name: café 😀\nscopes: &s [a]\nusage_limits: {credit_limit: 0x1}\n# *s\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_the_body(text: str, encoding: str, stub: Stub, work: Path) -> None:
    """JSON and YAML are read alike, in each encoding that they know."""
    work.joinpath("body").write_bytes(text.encode(encoding))
    assert run("create", "workspace", "service", "--body", "body").code == 0
    assert stub.exchanges[0].body == {
        "name": "café 😀",
        "scopes": ["a"],
        "usage_limits": {"credit_limit": 1},
    }


def test_flags_win_over_the_file(stub: Stub) -> None:
    """A flag replaces the whole property of the file, and the others stay."""
    body: dict[str, Any] = {"name": "file", "scopes": ["a", "b"]}
    body |= {"description": "d", "expires_at": None}
    body["rate_limits"] = [{"type": "tokens", "unit": "rpd", "value": 1}] * 2
    flags = ("--body", "-", "--rate-limit", "requests:2/rpm", "--expires-at", "2027-01-01T00:00Z")
    done = run(*CREATE, *flags, stdin=json.dumps(body))
    assert done.code == 0
    assert stub.exchanges[0].body == {
        **BODY,
        "description": "d",
        "expires_at": "2027-01-01T00:00:00+00:00",
        "rate_limits": [{"type": "requests", "unit": "rpm", "value": 2}],
    }


def test_yaml_timestamps_and_words_are_texts(stub: Stub) -> None:
    """What YAML 1.1 made a date or a boolean of arrives as it was written, or as the instant."""
    body = "expires_at: 2027-01-01T00:00:00Z\ndescription: 2027-01-01\n"
    body += "defaults: {metadata: {a: no}}"
    assert run(*CREATE, "--body", "-", stdin=body).code == 0
    assert stub.exchanges[0].body == {
        **BODY,
        "description": "2027-01-01",
        "expires_at": "2027-01-01T00:00:00+00:00",
        "defaults": {"metadata": {"a": "no"}},
    }


def test_unknown_properties_are_sent_too(stub: Stub) -> None:
    """What the spec does not know yet is sent as it is, whatever it is called."""
    unknown = {"colour": "red", "extra": 1, "validate": None, "type": "x", "self": [], "a/b~c": {}}
    assert run(*CREATE, "--body", "-", stdin=json.dumps(unknown)).code == 0
    assert stub.exchanges[0].body == {**BODY, **unknown}


def test_what_yaml_warns_of_is_not_said(stub: Stub) -> None:
    """An anchor that is used again is no concern of the user's."""
    done = run(*CREATE, "--body", "-", stdin="colour: &x red\nshape: &x round\nsize: *x\n")
    [exchange] = stub.exchanges
    assert exchange.body == {**BODY, "colour": "red", "shape": "round", "size": "round"}
    assert done.err == f"created the key {exchange.answer['id']}\n"


@pytest.mark.parametrize("name", WRONG_FILES)
def test_what_is_wrong_with_a_file_is_told(name: str, stub: Stub) -> None:
    """A problem of the file is told with its place in the file."""
    text, problems = WRONG_FILES[name]
    done = run(*CREATE, "--body", "-", stdin=text)
    assert (done.code, done.problems) == (2, problems)
    assert stub.exchanges == []


@pytest.mark.parametrize(("file", "why"), [("none.yaml", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_told(file: str, why: str) -> None:
    """The reason is the system's."""
    done = run(*CREATE, "--body", file)
    assert done.code == 2
    assert done.problems[0].startswith(f"--body {file}: {why}")


def test_the_admin_key_is_masked_in_a_problem(work: Path) -> None:
    """An admin key that got into a flag is not shown by the error about it."""
    work.joinpath("key").write_text("pk-x")
    done = run(*CREATE, "--user-id", "pk-x", "--api-key-file", "key")
    assert done.problems[0].startswith('--user-id: found "**********"; allowed: a UUID')


def test_check_tells_what_create_would(stub: Stub, work: Path) -> None:
    """`check` has the same lines for a file, needs no admin key, and sends nothing."""
    good, wrong = work / "good.yaml", work / "wrong.yaml"
    good.write_text(json.dumps(BODY))
    wrong.write_text("name: 5\nrate_limits: [{type: tokens, unit: rpx, value: 1}]\n")
    done = run("check", "workspace", "service", "good.yaml", PORTKEY_BASE_URL="nonsense")
    assert (done.code, done.err) == (0, "good.yaml: valid\n")
    done = run("check", "workspace", "user", "wrong.yaml")
    assert (done.code, done.out) == (2, b"")
    by_create = run("create", "workspace", "user", "--body", "wrong.yaml")
    places = [
        ("FILE wrong.yaml /name", "--body wrong.yaml /name"),
        ("FILE wrong.yaml /scopes", "--scope"),
        ("FILE wrong.yaml /user_id", "--user-id"),
        ("FILE wrong.yaml /rate_limits/0/unit", "--body wrong.yaml /rate_limits/0/unit"),
    ]
    found = zip(done.problems, by_create.problems, places, strict=True)
    for by_file, by_flag, (file_place, flag_place) in found:
        assert by_file.removeprefix(file_place) == by_flag.removeprefix(flag_place)
        assert by_file.startswith(f"{file_place}: found ")
    assert run("check", "workspace", "service", "-", stdin=good.read_bytes()).code == 0
    assert stub.exchanges == []


def test_there_is_a_flag_for_each_simple_property() -> None:
    """Each text, list of texts and list of rate limits has a flag; the rest is for the file."""
    flags = {name for name, _ in FLAGS}
    others = _spec.body_schema()["properties"].keys() - flags
    assert others == {"usage_limits", "defaults", "rotation_policy"}
    options = [option.opts[0] for _, option in FLAGS]
    assert len(set(options)) == len(options)
