"""The table, with the machine and the versions that it is true of."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Final

from scripts.bench import environments
from scripts.bench.rows import Row

DOCUMENT: Final = environments.ROOT / "docs" / "performance.md"
_BEGIN: Final = "<!-- written by make bench -->\n"
_END: Final = "<!-- end of what make bench writes -->\n"
_OTHERS: Final = {"bare": "bare client", "sdk": "SDK", "requests": "requests", "socket": "socket"}


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    head = ["what", "goal", "ours", "reached", *_OTHERS.values()]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        others = [row.others.get(name, "") for name in _OTHERS]
        lines.append([row.what, row.goal, row.ours, "yes" if row.reached else "**no**", *others])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def machine() -> str:
    """Return what was measured on, and with which versions."""
    versions = ", ".join(environments.versions("ours"))
    sdk = ", ".join(environments.versions("sdk"))
    return (
        f"{os.cpu_count()} cores ({_said('/proc/cpuinfo', 'model name')}), memory"
        f" {_said('/proc/meminfo', 'MemTotal')}, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}.\n\nVersions: {versions}."
        f"\nThe SDK has its own environment: {sdk}.\n"
    )


def write(text: str) -> None:
    """Put `text` where the document has the last one."""
    document = DOCUMENT.read_text(encoding="utf-8")
    before, rest = document.split(_BEGIN)
    after = rest.split(_END)[1]
    DOCUMENT.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")


def _said(file: str, name: str) -> str:
    """Return what the kernel says of the machine."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "unknown")
