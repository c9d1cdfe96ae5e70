"""The comparison gives the verdicts in changes.yaml, which were derived by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts.changes.documents import compare
from scripts.changes.verdicts import UNKNOWN, Change
from scripts.changes.walk import ABSENT
from tests.changes.patching import patched

WRITTEN = YAML(typ="safe").load(Path(__file__).with_name("changes.yaml").read_bytes())
BASE: dict[str, Any] = WRITTEN["base"]
CHANGES: list[dict[str, Any]] = WRITTEN["changes"]


def before_and_after(entry: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two documents of an entry."""
    before = patched(BASE, entry.get("before", {}))
    return before, patched(before, entry["after"])


def as_entry(change: Change) -> dict[str, Any]:
    """Return a change in the form of an entry."""
    entry: dict[str, Any] = {
        "what": change.what,
        "verdict": change.verdict.value,
        "pointer": change.pointer,
    }
    entry |= {
        name: value
        for name, value in (("old", change.old), ("new", change.new))
        if value is not ABSENT
    }
    if change.why == UNKNOWN.request[1]:
        entry["unjudged"] = True
    return entry


@pytest.mark.parametrize("entry", CHANGES, ids=lambda entry: entry["name"])
def test_changes_have_the_expected_verdicts(entry: dict[str, Any]) -> None:
    """Each change is reported with its verdict, place and values, and nothing else is."""
    assert [as_entry(change) for change in compare(*before_and_after(entry))] == entry["expected"]


@pytest.mark.parametrize("entry", CHANGES, ids=lambda entry: entry["name"])
def test_reverse_of_a_change_is_a_change(entry: dict[str, Any]) -> None:
    """A change in one direction is also a change in the other."""
    before, after = before_and_after(entry)
    assert compare(after, before)


def test_names_are_unique() -> None:
    """The names of entries are unique, and each verdict has at least ten."""
    assert len({entry["name"] for entry in CHANGES}) == len(CHANGES)
    verdicts = [each["verdict"] for entry in CHANGES for each in entry["expected"]]
    assert min(verdicts.count(each) for each in ("breaking", "compatible", "docs only")) >= 10
