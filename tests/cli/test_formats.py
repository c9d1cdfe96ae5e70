"""The exact bytes of the format for GitHub Actions."""

from __future__ import annotations

import re

from portkey_admin import CreatedKey, Secret
from portkey_admin_cli.formats import FORMATS, github_mask


def test_mask_escapes_what_ends_a_workflow_command() -> None:
    """The runner reads a workflow command to the end of the line, and unescapes it."""
    created = CreatedKey(key=Secret("a%0A\r\nb"))
    assert github_mask(created) == b"::add-mask::a%250A%0D%0Ab\n"


def test_nobody_can_guess_the_end_of_an_entry() -> None:
    """The end of an entry is random, so that a secret cannot contain it."""
    ends = set()
    for _ in range(2):
        entry = FORMATS["github"](CreatedKey(key=Secret("a\nb")), "NAME")
        match = re.fullmatch(rb"\nNAME<<(end-[0-9a-f]{32})\na\nb\n\1\n", entry)
        assert match
        ends.add(match[1])
    assert len(ends) == 2
