"""The code blocks of the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{each.name}" for each in ROOT.glob("docs/*.md")))

# The kinds of blocks that are not code. Output in a drawing is not compared with anything.
PRINTED = ("text", "drawing")


@dataclass(frozen=True)
class Block:
    """One block of code."""

    page: str
    line: int
    kind: str
    text: str
    shown: str | None = None
    """The content of the text block directly below it, if any."""


def blocks(page: str) -> list[Block]:
    """Return the code blocks of a page; a text block directly below another is its output."""
    source = (ROOT / page).read_text(encoding="utf-8")
    found: list[Block] = []
    end = 0
    for match in re.finditer(r"^```(\S*)\n(.*?)^```$", source, re.MULTILINE | re.DOTALL):
        if match[1] == "text" and found and not source[end : match.start()].strip():
            found[-1] = replace(found[-1], shown=match[2])
        else:
            line = source.count("\n", 0, match.start()) + 1
            found.append(Block(page, line, match[1], match[2]))
        end = match.end()
    return found
