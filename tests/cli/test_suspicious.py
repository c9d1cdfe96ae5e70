"""Values that the spec allows but that are probably mistakes, and a key that is typed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest

from portkey_admin import Secret
from portkey_admin_cli import suspicious
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
        ({"rate_limits": [{"unit": "rpm"}, {"type": ""}]}, ["/rate_limits/1/type is empty"]),
        ({"name": 1, "scopes": "", "defaults": []}, ["/scopes is empty"]),
    ],
)
def test_each_sign_of_a_mistake_has_its_warning(content: dict[str, Any], signs: list[str]) -> None:
    """A warning names the place and the sign; values without one have no warning."""
    body = read_content(content, {"type": 1, "sub_type": 2}, lambda _: "F", allow_unknown=False)
    assert list(warnings(body)) == [f"F {sign}" for sign in signs]


NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "past", "signs"),
    [
        ("2020-01-01t00:00:00z", ["is in the past"], []),
        ("2030-01-31T11:59:59Z", ["is in the past"], []),
        ("2030-01-31T13:00:00+01:00", ["is in the past"], []),
        ("2030-01-31T12:00:01Z", [], []),
        ("2040-02-08T12:00:00Z", [], []),
        ("2040-02-08T12:00:01Z", [], ["is in the year 2040"]),
        ("2020-01-01T00:00:00", [], []),
        ("2050-01-01T00:00:00", [], []),
        ("soon", [], []),
    ],
)
def test_times_in_the_past_or_far_away(
    text: str, past: list[str], signs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time until now is a problem, and one in over 3,660 days a sign; others have no offset."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return NOW.astimezone(tz)

    monkeypatch.setattr(suspicious, "datetime", Clock)
    content = {"name": "2020-01-01T00:00:00Z", "expires_at": text}
    body = read_content(content, {"type": 1, "sub_type": 2}, lambda _: "F", allow_unknown=False)
    assert list(past_instants(body)) == [f"F /expires_at {each}" for each in past]
    assert list(warnings(body)) == [f"F /expires_at {each}" for each in signs]


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
