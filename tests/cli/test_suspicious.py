"""Values that the spec allows but that are probably mistakes, and a key that is typed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portkey_admin import Secret
from portkey_admin_cli.body import read_content
from portkey_admin_cli.suspicious import past_instants, warnings
from portkey_admin_stub import Stub
from tests.cli.command import CREATE, run
from tests.cli.provisioning import body as item
from tests.cli.provisioning import write_keys
from tests.faults.faults import ADMIN_KEY, KEY_ID

VARIABLE = "looks like a variable that was not replaced"
SEVERAL = "looks like several values in one; pass each of them separately"


@pytest.mark.parametrize(
    ("content", "signs"),
    [
        ({"name": ""}, ["/name is empty"]),
        ({"name": " \t"}, ["/name is empty"]),
        ({"name": " a"}, ["/name begins or ends with white space"]),
        ({"name": "a\u200b"}, ["/name has invisible characters"]),
        ({"name": "a\nb", "description": "a <b>", "scopes": ["a.b"]}, []),
        ({"name": "$5", "expires_at": "soon", "user_id": "2130-01-01T00:00:00Z"}, []),
        *(
            ({"name": text}, [f"/name is the text {text}, not an empty value"])
            for text in ("null", "None", "undefined")
        ),
        *(
            ({"name": text}, [f"/name {VARIABLE}"])
            for text in ("a$B", "${b}", "$(b)", "{{b", "<b>")
        ),
        *(({"scopes": ["a", f"a{sign}b"]}, [f"/scopes/1 {SEVERAL}"]) for sign in " ,;[]\"'"),
        ({"expires_at": "2130-01-01t00:00:00z"}, ["/expires_at is in the year 2130"]),
        ({"defaults": {"config_id": ""}}, ["/defaults/config_id is empty"]),
        ({"name": 1, "scopes": "", "defaults": []}, ["/scopes is empty"]),
    ],
)
def test_each_sign_of_a_mistake_has_its_warning(content: dict[str, Any], signs: list[str]) -> None:
    """A warning names the place and the sign; values without one have no warning."""
    body = read_content(content, {"type": 1, "sub_type": 2}, lambda _: "F", allow_unknown=False)
    assert list(warnings(body)) == [f"F {sign}" for sign in signs]


@pytest.mark.parametrize(("hours", "is_far"), [(-1, False), (1, True)])
def test_a_time_in_more_than_ten_years_is_a_sign(hours: int, is_far: bool) -> None:  # noqa: FBT001
    """A time gives a warning if it is more than 3,660 days away."""
    instant = datetime.now(UTC) + timedelta(days=3660, hours=hours)
    content = {"expires_at": instant.isoformat()}
    body = read_content(content, {"type": 1, "sub_type": 2}, lambda _: "F", allow_unknown=False)
    assert list(warnings(body)) == [f"F /expires_at is in the year {instant.year}"] * is_far


@pytest.mark.parametrize(
    ("text", "is_past"),
    [
        ("2020-01-01T00:00:00Z", True),
        ("2020-01-01t00:00:00z", True),
        ("2130-01-01T00:00:00Z", False),
        ("2020-01-01T00:00:00", False),
        ("soon", False),
    ],
)
def test_only_times_with_an_offset_can_be_past(text: str, is_past: bool) -> None:  # noqa: FBT001
    """Only a date-time with an offset can be in the past; the library refuses others."""
    content = {"name": "2020-01-01T00:00:00Z", "expires_at": text}
    body = read_content(content, {"type": 1, "sub_type": 2}, lambda _: "F", allow_unknown=False)
    assert list(past_instants(body)) == ["F /expires_at is in the past"] * is_past


@pytest.mark.parametrize("command", ["creating", "applying", "keeping"])
def test_a_key_that_is_typed_is_used(
    command: str, stub: Stub, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an admin key, each command that sends something asks for it."""
    monkeypatch.setattr("portkey_admin_cli.connection.require_terminal", lambda: None)
    typed = f"portkey_admin_cli.{command}.ask_admin_key"
    monkeypatch.setattr(typed, lambda: Secret(ADMIN_KEY))
    write_keys(work / "keys.jsonl", [item("a")])
    arguments = {
        "creating": (*CREATE, "--output", "key"),
        "applying": ("apply", "keys.jsonl", "--output-dir", "keys"),
        "keeping": ("delete", KEY_ID, "--yes"),
    }[command]
    assert run(*arguments, PORTKEY_API_KEY="").code == 0
    assert stub.exchanges[0].status == 200


def test_check_can_allow_unknown_fields() -> None:
    """`check` reports an unknown field unless --allow-unknown is set."""
    text = json.dumps({"name": "a", "scopes": ["a"], "new": 1})
    arguments = ("check", "organisation", "service", "-")
    assert [run(*arguments, *each, stdin=text).code for each in ((), ("--allow-unknown",))] == [
        2,
        0,
    ]
