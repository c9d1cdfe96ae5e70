"""Flags and a file become the request, or errors that name the flag to change."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from portkey_admin_cli.body import assemble
from portkey_admin_cli.body_file import read_input
from portkey_admin_cli.commands import create, flags_of
from portkey_admin_cli.flags import body_flags, operation
from portkey_admin_cli.output import InvalidInputError
from portkey_admin_stub import Stub
from tests.cli.command import BODY, CREATE, TO_STDOUT, run
from tests.faults.faults import ADMIN_KEY

USER = "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f"

# Flags, and the fields that they set in the body.
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

# Flags of nested values.
GIVEN |= {
    ("--credit-limit", "10", "--usage-limits-type", "cost", "--periodic-reset-days", "30"): {
        "usage_limits": {"credit_limit": 10, "type": "cost", "periodic_reset_days": 30}
    },
    ("--next-usage-reset-at", "2027-01-01T00:00Z", "--alert-threshold", "8"): {
        "usage_limits": {"next_usage_reset_at": "2027-01-01T00:00:00+00:00", "alert_threshold": 8}
    },
    ("--metadata", "team=search", "--metadata", "a=b=c", "--config-id", "c"): {
        "defaults": {"metadata": {"team": "search", "a": "b=c"}, "config_id": "c"}
    },
    ("--allow-config-override",): {"defaults": {"allow_config_override": True}},
    ("--no-allow-config-override",): {"defaults": {"allow_config_override": False}},
    ("--rotation-period", "monthly", "--key-transition-period-ms", "1800000"): {
        "rotation_policy": {"rotation_period": "monthly", "key_transition_period_ms": 1800000}
    },
}

# Flags, and the beginnings of the lines about their problems.
REFUSED: dict[tuple[str, ...], list[str]] = {
    ("--user-id", "me"): ['--user-id: found "me"; allowed: a UUID'],
    ("--alert-email", "a@b.example", "--alert-email", "nobody"): [
        '--alert-email at /alert_emails/1: found "nobody"; allowed: '
    ],
    ("--rate-limit", "requests:100/rpx", "--rate-limit", "tokens:-1/rpm"): [
        '--rate-limit at /rate_limits/0/unit: found "rpx"; allowed: "rpd" or ',
        "--rate-limit at /rate_limits/1/value: found -1; allowed: an integer, at least 0",
    ],
    ("--rate-limit", "requests:1e3/rpm"): [
        '--rate-limit at /rate_limits/0/value: found "1e3"; allowed: an integer'
    ],
    ("--rate-limit", f"requests:{'9' * 5000}/rpm"): [
        f'--rate-limit at /rate_limits/0/value: found "{"9" * 59}...; allowed: an integer'
    ],
    ("--rate-limit", "100 a minute"): ["--rate-limit must be TYPE:N/UNIT, for example "],
    ("--credit-limit", "ten"): ['--credit-limit: found "ten"; allowed: an integer'],
    ("--credit-limit", "0"): ["--credit-limit: found 0; allowed: an integer, at least 1"],
    ("--periodic-reset", "daily"): ['--periodic-reset: found "daily"; allowed: "monthly"'],
    ("--periodic-reset", "weekly", "--periodic-reset-days", "3"): ["--periodic-reset-days: found"],
    ("--key-transition-period-ms", "1800000"): ["--key-transition-period-ms: found"],
    ("--metadata", "team"): ["--metadata must be NAME=VALUE, for example team=search"],
    ("--metadata", "=x"): ["--metadata must be NAME=VALUE, for example team=search"],
    ("--expires-at", "2027-01-30T25:00:00Z"): ['--expires-at: found "2027-01-30T25:00:00Z"'],
    **{
        ("--expires-at", text): ["--expires-at must be a date and a time with its offset"]
        for text in ("2027-01-01", "2027-01-01T00:00", "2027-02-30T00:00Z", "tomorrow", "90d", "")
    },
    **{
        ("--expires-in", text): ["--expires-in must be a number and h, d or w (hours, days, weeks)"]
        for text in ("0d", "-1d", "90", "3m", "1.5d", "999999w", "2027-01-01T00:00:00Z", "")
    },
    ("--expires-at", "2027-01-01T00:00Z", "--expires-in", "90d"): [
        "--expires-in cannot be combined with --expires-at"
    ],
    ("--expires-at", "2020-01-01T00:00:00Z"): ["--expires-at is in the past"],
    ("--next-usage-reset-at", "2020-01-01T00:00Z"): ["--next-usage-reset-at is in the past"],
    ("--next-rotation-at", "2020-01-01T00:00+01:00"): ["--next-rotation-at is in the past"],
}

# Flags that are sent, and the beginnings of their warnings.
DOUBTFUL: dict[tuple[str, ...], list[str]] = {
    ("--scope", "a,b"): ["--scope at /scopes/1 looks like several values in one"],
    ("--scope", '["a","b"]'): ["--scope at /scopes/1 looks like several values in one"],
    ("--scope", "a b"): ["--scope at /scopes/1 looks like several values in one"],
    ("--scope", ""): ["--scope at /scopes/1 is empty"],
    ("--name", ""): ["--name is empty"],
    ("--name", " "): ["--name is empty"],
    ("--workspace-id", "ws-1 "): ["--workspace-id begins or ends with white space"],
    ("--config-id", ""): ["--config-id is empty"],
    ("--workspace-id", "null"): ["--workspace-id is the text null, not an empty value"],
    ("--description", "None"): ["--description is the text None, not an empty value"],
    ("--workspace-id", "$WORKSPACE"): ["--workspace-id looks like a variable that was not"],
    ("--name", "${{ inputs.name }}"): ["--name looks like a variable that was not replaced"],
    ("--name", "<name>"): ["--name looks like a variable that was not replaced"],
    ("--scope", "logs.view\u200b"): ["--scope at /scopes/1 has invisible characters"],
    ("--name", "a\u00a0b"): ["--name has invisible characters"],
    ("--expires-in", "99999w"): ["--expires-at is in the year "],
}

TOO_MANY_VALUES = "its aliases (*name) repeat over 100,000 values"
TOO_MANY_LEVELS = "has over 100 levels"

# Files, and the lines about their problems.
WRONG_FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["--body -: must be a mapping with the fields of the body"]),
    "a list": ("[1]", ["--body -: must be a mapping with the fields of the body"]),
    "a text": ("name", ["--body -: must be a mapping with the fields of the body"]),
    "two documents": (
        "name: a\n---\nname: b\n",
        ["--body -, line 2, column 1: not valid JSON or YAML: but found another document"],
    ),
    "no YAML": (
        "a: [1, 2",
        [
            (
                "--body -, line 1, column 9: not valid JSON or YAML: "
                "expected ',' or ']', but got '<stream end>'"
            )
        ],
    ),
    "a name twice": (
        '{"name": "a", "name": "b"}',
        [
            (
                "--body -, line 1, column 15: not valid JSON or YAML: "
                'found duplicate key "name" with value "b" (original value: "a")'
            )
        ],
    ),
    "a class": (
        "name: !!python/object:os.system x",
        [
            (
                "--body -, line 1, column 7: not valid JSON or YAML: "
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
                "an RFC 3339 date-time with offset (2027-01-31T12:00:00Z)"
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
        "defaults: {metadata: {1: x, shape: .nan}}",
        [
            "--body - /defaults/metadata: found 1; allowed: names that are strings",
            "--body - /defaults/metadata/shape: found NaN; allowed: a finite number",
        ],
    ),
    "itself": (
        "defaults: {metadata: {colour: &x [*x]}}",
        ["--body - /defaults/metadata/colour/0: found a value of type list; allowed: "],
    ),
    "names that the spec lacks": (
        "expire_at: x\nworkspce_id: x\nrate_limit: x\ntype: x\nsub-type:\nbase: &b {a: 1}\n1: y\n",
        [
            "--body - /expire_at: no property of this name; did you mean expires_at?",
            "--body - /workspce_id: no property of this name; did you mean workspace_id?",
            "--body - /rate_limit: no property of this name; did you mean rate_limits?",
            "--body - /type: no property of this name; it is the argument TYPE",
            "--body - /sub-type: no property of this name; it is the argument SUB_TYPE",
            "--body - /base: no property of this name; if Portkey has this field, send it",
            "--body - /1: no property of this name; if Portkey has this field, send it",
        ],
    ),
    **{
        f"a comment in JSON: {text}": (
            text,
            [
                (
                    f"--body -, line {line}, column {column}: JSON has no comments; remove it, "
                    "or write YAML with # comments"
                )
            ],
        )
        for text, line, column in (
            ('{"scopes":["a"], /* until */ "expires_at":"2027-01-01T00:00:00Z"}', 1, 18),
            ('// n\n{"description": "x"}', 1, 1),
            ('{"description": "x" // why\n}', 1, 21),
            ('{"description": "x"} // end', 1, 22),
            ('{"description": "x",\n // why\n "workspace_id": "y",}', 2, 2),
            ('{"alert_emails": ["a@b.example",], // why\n "workspace_id": "y"}', 1, 36),
            ("{workspace_id: x // why\n}", 1, 16),
            ("defaults: {metadata: {/* a */ b: c}}", 1, 23),
        )
    },
    "aliases without end": (
        "a0: &a0 x\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)),
        [f"--body -: {TOO_MANY_VALUES}"],
    ),
    "not UTF-8": (
        b"name: \xff",
        ["--body -: not valid JSON or YAML: unacceptable character #x00ff: invalid start byte"],
    ),
    "no such word": ("name: !!bool x", ["--body -: 'x'"]),
    "no number": ("name: !!int x", ["--body -: invalid literal for int()"]),
    "nested without end": ("[" * 20_000, [f"--body -: {TOO_MANY_LEVELS}"]),
}


def instants(value: Any) -> Any:
    """Return a JSON value with its date-times parsed, because their texts may differ."""
    if isinstance(value, dict):
        return {name: instants(each) for name, each in value.items()}
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return datetime.fromisoformat(value)
    return value


@pytest.mark.parametrize("flags", GIVEN, ids=" ".join)
def test_flags_become_the_body(flags: tuple[str, ...], stub: Stub) -> None:
    """The body has exactly the values of the flags."""
    done = run(*TO_STDOUT, *flags)
    [exchange] = stub.exchanges
    assert (done.code, done.out.decode()) == (0, exchange.answer["key"])
    assert instants(exchange.body) == instants({**BODY, **GIVEN[flags]})
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
    """--expires-in sets a time that much later than now, in whole seconds."""
    before = datetime.now(UTC).replace(microsecond=0)
    assert run(*TO_STDOUT, "--expires-in", text).code == 0
    [exchange] = stub.exchanges
    ends = datetime.fromisoformat(exchange.body["expires_at"])
    assert before + span <= ends <= datetime.now(UTC) + span
    assert ends.microsecond == 0


@pytest.mark.parametrize("flags", REFUSED, ids=lambda flags: " ".join(flags)[:60])
def test_each_problem_names_the_flag(flags: tuple[str, ...], stub: Stub) -> None:
    """Each problem of a flag is a line with its name, and nothing is sent."""
    done = run(*TO_STDOUT, *flags)
    assert (done.code, done.out, stub.exchanges) == (2, b"", [])
    for line, start in zip(sorted(done.problems), sorted(REFUSED[flags]), strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize("flags", DOUBTFUL, ids=" ".join)
def test_suspicious_flag_gives_a_warning(flags: tuple[str, ...], stub: Stub) -> None:
    """A suspicious but allowed value is sent, with a warning on stderr."""
    done = run(*TO_STDOUT, *flags)
    assert (done.code, len(stub.exchanges)) == (0, 1)
    for line, start in zip(done.warnings, DOUBTFUL[flags], strict=True):
        assert line.startswith(start.replace("--expires-at", flags[0]))


def test_suspicious_value_of_a_file_gives_a_warning(stub: Stub) -> None:
    """The warning names the file and the place, in create and in check."""
    body = json.dumps({"name": "x", "scopes": ["a", "b, c"], "defaults": {"config_id": " "}})
    places = [
        "{} - /scopes/1 looks like several values in one; pass each of them separately",
        "{} - /defaults/config_id is empty",
    ]
    done = run(*TO_STDOUT[:3], "--body", "-", "--output", "-", stdin=body)
    assert (done.code, done.warnings) == (0, [each.format("--body") for each in places])
    done = run("check", "workspace", "service", "-", stdin=body)
    assert (done.code, done.warnings) == (0, [each.format("FILE") for each in places])
    assert len(stub.exchanges) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"rotation_policy": {"next_rotation_at": "2020-01-01T00:00:00z"}}, "/rotation_policy/"),
        ({"usage_limits": {"next_usage_reset_at": "2020-01-01T00:00:00+00:00"}}, "/usage_limits/"),
    ],
)
def test_past_time_in_a_file_is_refused(body: dict[str, Any], place: str, stub: Stub) -> None:
    """A file with a time in the past is refused."""
    done = run(*TO_STDOUT, "--body", "-", stdin=json.dumps(body))
    [problem] = done.problems
    assert (done.code, stub.exchanges) == (2, [])
    assert problem.startswith(f"--body - {place}")
    assert problem.endswith(" is in the past")


def test_all_problems_are_reported_at_once(stub: Stub, work: Path) -> None:
    """All problems of arguments, flags, file, output and server are reported, one a line."""
    work.joinpath("body.yaml").write_text("usage_limits: {credit_limit: 0}\n")
    done = run(
        *("create", "team", "user", "--rate-limit", "x", "--body", "body.yaml"),
        *("--output", "nowhere/key", "--server", "http://portkey.example.com", "--deadline", "2"),
        *("--variable", "A"),
    )
    assert done.code == 2
    variable, server, *problems = done.problems
    assert variable == "--variable is for --format env and --format github"
    assert {line.partition(" ")[0].rstrip(":") for line in problems} == {
        *("TYPE", "--name", "--scope", "--user-id", "--rate-limit", "--body", "--output")
    }
    assert len(problems) == 7
    assert "http" in server
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
def test_json_and_yaml_files_become_the_body(
    text: str, encoding: str, stub: Stub, work: Path
) -> None:
    """JSON and YAML files give the same body, in each of their encodings."""
    work.joinpath("body").write_bytes(text.encode(encoding))
    assert run("create", "workspace", "service", "--body", "body", "--output", "-").code == 0
    assert stub.exchanges[0].body == {
        "name": "café 😀",
        "scopes": ["a"],
        "usage_limits": {"credit_limit": 1},
    }


def test_flags_win_over_the_file(stub: Stub) -> None:
    """A flag replaces a whole property of the file, and leaves its other properties."""
    body: dict[str, Any] = {"name": "file", "scopes": ["a", "b"]}
    body |= {"description": "d", "expires_at": None}
    body["rate_limits"] = [{"type": "tokens", "unit": "rpd", "value": 1}] * 2
    flags = ("--body", "-", "--rate-limit", "requests:2/rpm", "--expires-at", "2027-01-01T00:00Z")
    done = run(*TO_STDOUT, *flags, stdin=json.dumps(body))
    assert done.code == 0
    expected = {
        **BODY,
        "description": "d",
        "expires_at": "2027-01-01T00:00:00+00:00",
        "rate_limits": [{"type": "requests", "unit": "rpm", "value": 2}],
    }
    assert instants(stub.exchanges[0].body) == instants(expected)


def test_yaml_timestamps_and_words_are_texts(stub: Stub) -> None:
    """Dates and booleans of YAML 1.1 are sent as texts, and date-times as the same instant."""
    body = "expires_at: 2027-01-01T00:00:00Z\ndescription: 2027-01-01\n"
    body += "defaults: {metadata: {a: no}}"
    assert run(*TO_STDOUT, "--body", "-", stdin=body).code == 0
    expected = {
        **BODY,
        "description": "2027-01-01",
        "expires_at": "2027-01-01T00:00:00+00:00",
        "defaults": {"metadata": {"a": "no"}},
    }
    assert instants(stub.exchanges[0].body) == instants(expected)


def test_unknown_properties_are_sent_on_request(stub: Stub) -> None:
    """With --allow-unknown, fields that the spec lacks are sent under any name."""
    unknown = {"colour": "red", "extra": 1, "validate": None, "self": [], "a/b~c": {}}
    done = run(*TO_STDOUT, "--body", "-", "--allow-unknown", stdin=json.dumps(unknown))
    assert (done.code, stub.exchanges[0].body) == (0, {**BODY, **unknown})
    done = run(*TO_STDOUT, "--body", "-", "--allow-unknown", stdin="colour: [.nan]")
    assert done.problems[0].startswith("--body - /colour/0: found NaN; allowed: ")
    done = run("check", "workspace", "service", "-", "--allow-unknown", stdin=json.dumps(BODY))
    assert (done.code, done.err) == (0, "-: valid\n")


@pytest.mark.parametrize("options", [(), ("--allow-unknown",)])
def test_unknown_properties_hide_no_wrong_types(options: tuple[str, ...]) -> None:
    """A value of the wrong type is refused with or without --allow-unknown."""
    limit = {"type": "tokens", "unit": "rpm", "value": 1, **({"burst": 2} if options else {})}
    bodies: list[dict[str, Any]] = [
        {"name": ["a"], "usage_limits": [1], "rate_limits": "tokens"},
        {"name": "a", "rate_limits": [limit, 5]},
    ]
    checked = [
        run("check", "workspace", "service", "-", *options, stdin=json.dumps({**BODY, **body}))
        for body in bodies
    ]
    assert [done.problems for done in checked] == [
        [
            "FILE - /name: found a value of type list; allowed: a string",
            'FILE - /rate_limits: found "tokens"; allowed: an array, or null',
            "FILE - /usage_limits: found a value of type list; allowed: an object",
        ],
        ["FILE - /rate_limits/1: found 5; allowed: an object"],
    ]


def test_a_missing_value_without_a_flag_names_the_option() -> None:
    """Without a file, the place of a value that has no flag is in the file's option."""
    body = assemble({"type": "workspace", "sub_type": "service"}, (), "--body", None)
    assert body.place(("colour",)) == "--body /colour"


def test_nested_unknown_properties_are_refused(stub: Stub) -> None:
    """An unknown name in a nested value is refused with its place, unless allowed."""
    limits = [{"type": "tokens", "unit": "rpm", "value": 1}] * 2
    body = json.dumps(
        {
            "usage_limits": {"credit_limit": 1, "credit_limt": 5},
            "rate_limits": [limits[0], {**limits[1], "burst": {"size": 2}}],
        }
    )
    done = run(*TO_STDOUT, "--body", "-", stdin=body)
    if stub.exchanges:
        pytest.skip("this library sends unknown names of nested values")
    burst, limit = sorted(done.problems)
    assert done.code == 2
    assert burst.startswith("--body - /rate_limits/1/burst")
    assert limit.startswith("--body - /usage_limits/credit_limt")
    assert "credit_limit" in limit
    done = run(*TO_STDOUT, "--body", "-", "--allow-unknown", stdin=body)
    assert (done.code, stub.exchanges[0].body) == (0, {**BODY, **json.loads(body)})


def test_errors_are_bounded(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first twenty problems are printed, with the number of the others."""
    searches: list[str] = []
    monkeypatch.setattr("difflib.get_close_matches", lambda name, *_: searches.append(name))
    body = json.dumps({f"{number}{'x' * 9000}": 1 for number in range(1000)})
    done = run(*TO_STDOUT, "--body", "-", stdin=body)
    assert (done.code, stub.exchanges) == (2, [])
    assert (len(done.problems), done.problems[-1]) == (21, "and 980 more")
    assert len(searches) == 20  # for a similar name, which take long
    assert len(done.err) < 10_000
    limits = json.dumps({"rate_limits": [{"type": "x" * 5000, "unit": "x", "value": -1}] * 1000})
    done = run(*TO_STDOUT, "--body", "-", stdin=limits)
    assert done.code == 2
    assert len(done.problems) <= 21
    assert len(done.err) < 5000
    done = run(*CREATE, "--dry-run", *("--scope", "a b") * 50)
    assert (len(done.warnings), done.warnings[-1]) == (21, "and 30 more")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"a: &a [{'x,' * 499}]\nb: [{'*a,' * 200}]", None),
        (f"a: &a [{'x,' * 499}]\nb: [{'*a,' * 200}]\nc: &c x\nd: *c", TOO_MANY_VALUES),
        (f"a: &a [{'x,' * 499}]\nb: [{'*a,' * 199}]\nc: &c x\nd: [{'*c,' * 500}]", None),
        ("a: " + "[" * 99 + "]" * 99, None),
        ("a: " + "[" * 100 + "]" * 100, TOO_MANY_LEVELS),
    ],
)
def test_the_limits_of_yaml_are_exact(text: str, problem: str | None) -> None:
    """100,000 repeated values and 100 levels are accepted, one more of either is refused."""
    done = run("check", "workspace", "service", "-", "--allow-unknown", stdin=text)
    limits = (f"FILE -: {TOO_MANY_VALUES}", f"FILE -: {TOO_MANY_LEVELS}")
    found = [each for each in done.problems if each in limits]
    assert found == ([f"FILE -: {problem}"] if problem else [])


def test_anchor_gives_no_warning(stub: Stub) -> None:
    """An anchor that is used again gives no warning."""
    body = "description: &x red\nworkspace_id: &x round\ndefaults: {config_id: *x}\n"
    done = run(*TO_STDOUT, "--body", "-", stdin=body)
    [exchange] = stub.exchanges
    expected = {"description": "red", "workspace_id": "round", "defaults": {"config_id": "round"}}
    assert exchange.body == {**BODY, **expected}
    assert (done.warnings, len(done.err.splitlines())) == ([], 1)


@pytest.mark.parametrize("name", WRONG_FILES)
def test_problems_of_a_file_name_the_place(name: str, stub: Stub) -> None:
    """Each problem of a file names its place in the file."""
    text, problems = WRONG_FILES[name]
    done = run(*TO_STDOUT, "--body", "-", stdin=text)
    assert (done.code, stub.exchanges) == (2, [])
    for line, start in zip(sorted(done.problems), sorted(problems), strict=True):
        assert line.startswith(start)
    assert "\\n" not in done.err


@pytest.mark.parametrize(
    "text",
    [
        "description: a // b",
        '{"description": "a // b", workspace_id: x}',
        "defaults: {config_id: 'a // b'}",
        "defaults: {config_id: x}\ndescription: a /* b */",
    ],
)
def test_comment_marks_in_texts_are_kept(text: str, stub: Stub) -> None:
    """Texts may contain the characters that begin a comment."""
    done = run(*CREATE, "--dry-run", "--body", "-", stdin=text)
    assert (done.code, done.problems, stub.exchanges) == (0, [], [])


def test_closed_stdin_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed stdin is an error, not an empty body."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InvalidInputError, match=r"^--body -: it is closed$"):
        read_input("--body -", "-")


@pytest.mark.parametrize(("file", "why"), [("none.yaml", "No such file"), (".", "Is a directory")])
def test_an_unreadable_file_is_reported(file: str, why: str) -> None:
    """A file that cannot be read is reported with the system's reason."""
    done = run(*CREATE, "--body", file)
    assert done.code == 2
    assert done.problems[0].startswith(f"--body {file}: {why}")


def test_the_admin_key_is_masked_in_a_problem(work: Path) -> None:
    """An admin key that is passed to another flag by mistake is masked in the error."""
    work.joinpath("key").write_text("pk-x-and-more")
    done = run(*TO_STDOUT, "--user-id", "pk-x-and-more", "--api-key-file", "key")
    assert done.problems[0].startswith('--user-id: found "**********"; allowed: a UUID')
    body = json.dumps({**BODY, "user_id": ADMIN_KEY})
    done = run("check", "workspace", "service", "-", stdin=body)
    assert done.problems[0].startswith('FILE - /user_id: found "**********"; allowed: a UUID')


def test_check_reports_the_problems_of_create(stub: Stub, work: Path) -> None:
    """`check` reports the same problems of a file, needs no admin key, and sends nothing."""
    good, wrong = work / "good.yaml", work / "wrong.yaml"
    good.write_text(json.dumps(BODY))
    wrong.write_text("name: 5\nrate_limits: [{type: tokens, unit: rpx, value: 1}]\n")
    done = run("check", "workspace", "service", "good.yaml", PORTKEY_BASE_URL="nonsense")
    assert (done.code, done.err) == (0, "good.yaml: valid\n")
    done = run("check", "workspace", "user", "wrong.yaml")
    assert (done.code, done.out) == (2, b"")
    by_create = run("create", "workspace", "user", "--body", "wrong.yaml", "--output", "-")
    places = [
        ("FILE wrong.yaml /name:", "--body wrong.yaml /name:"),
        ("FILE wrong.yaml /scopes is required:", "--scope is required:"),
        ("FILE wrong.yaml /user_id is required:", "--user-id is required:"),
        ("FILE wrong.yaml /rate_limits/0/unit:", "--body wrong.yaml /rate_limits/0/unit:"),
    ]
    assert len(done.problems) == len(by_create.problems) == len(places)
    for file_place, flag_place in places:
        [by_file] = [each for each in done.problems if each.startswith(file_place)]
        [by_flag] = [each for each in by_create.problems if each.startswith(flag_place)]
        assert by_file.removeprefix(file_place) == by_flag.removeprefix(flag_place)
    assert run("check", "workspace", "service", "-", stdin=good.read_bytes()).code == 0
    assert stub.exchanges == []


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (
            "usage_limits: {credit_limit: 1, type: tokens}\ndefaults: {config_id: c}",
            {"usage_limits": {"credit_limit": 5, "type": "tokens"}, "defaults": {"config_id": "c"}},
        ),
        ("usage_limits: not an object", {"usage_limits": {"credit_limit": 5}}),
        (
            "usage_limits: &empty {}\ndefaults: *empty",
            {"usage_limits": {"credit_limit": 5}, "defaults": {}},
        ),
    ],
)
def test_flags_win_over_a_part_of_a_value(text: str, body: dict[str, Any], stub: Stub) -> None:
    """A flag for a nested value replaces only that value of the file."""
    done = run(*TO_STDOUT, "--body", "-", "--credit-limit", "5", stdin=text)
    assert (done.code, stub.exchanges[0].body) == (0, {**BODY, **body})


def test_there_is_a_flag_for_each_simple_value() -> None:
    """Each value of the body, except objects with members, has a flag."""
    properties = operation().body["properties"]
    values = [
        (name, *member)
        for name, schema in properties.items()
        for member in (zip(schema["properties"]) if "properties" in schema else [()])
    ]
    assert {flag.path for flag in flags_of(create)} == set(values)
    names = [flag.name for flag in flags_of(create)]
    assert len(set(names)) == len(names)


def test_flags_have_unique_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new property of the spec gets its own flag, or none if its name or type is unsuitable."""
    text = {"type": "string"}
    gained = {
        **dict.fromkeys(("name", "output", "type", 'a"b'), text),
        "either": {"oneOf": [text]},
        "null": {"type": ["string", "null"]},
        "anything": {},
        "first": {"type": "object", "properties": {"name": text, "size": {"type": "integer"}}},
        "second": {"type": "object", "properties": {"size": {"type": "integer"}}},
    }
    spec = operation()._replace(body={"properties": gained})
    monkeypatch.setattr("portkey_admin_cli.flags.operation", lambda *_: spec)
    names = [flag.name for flag in body_flags.__wrapped__("create", frozenset({"output"}))]
    assert names == [
        *("--name", "--key-output", "--key-type", "--first-name", "--size", "--second-size")
    ]


def test_printed_template_is_a_valid_body() -> None:
    """`schema` prints a valid body that, without the comment marks, has every property."""
    printed = run("schema").out.decode()
    assert run("check", "organisation", "service", "-", stdin=printed).err == "-: valid\n"
    whole = re.sub(r"^#(?! )|^#(?= {2})", "", printed, flags=re.MULTILINE)
    loaded = YAML(typ="safe").load(whole)
    properties = operation().body["properties"]
    assert loaded.keys() == properties.keys()
    for name, schema in properties.items():
        if "properties" in schema:
            assert loaded[name].keys() == schema["properties"].keys()
    del loaded["usage_limits"]["periodic_reset"]
    del loaded["rotation_policy"]["rotation_period"]
    done = run("check", "organisation", "user", "-", stdin=json.dumps(loaded))
    assert (done.code, done.err) == (0, "-: valid\n")
    for line in printed.splitlines():
        assert len(line) <= 88
