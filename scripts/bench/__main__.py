"""Measure everything in one run and print the table; --write also updates docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scripts.bench import measure, rows

_DOCUMENT: Final = measure.ROOT / "docs" / "performance.md"
_BEGIN: Final = "<!-- written by make bench -->\n"
_END: Final = "<!-- end of what make bench writes -->\n"
_OTHERS: Final = {
    "bare": "generated client",
    "sdk": "SDK",
    "requests": "requests",
    "socket": "socket",
}
_NAMED: Final = ("attrs", "anyio", "httpcore", "httpx", "portkey-ai", "requests", "sniffio")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also update docs/performance.md")
    write = parser.parse_args().write
    measure.prepare()
    with measure.server() as url:
        text = f"{_table(rows.every_row(url))}\n{_machine()}"
        print(text)
        grown = json.dumps(rows.growth(url), indent=1)
    if not write:
        print(grown)
        return
    before, rest = _DOCUMENT.read_text(encoding="utf-8").split(_BEGIN)
    after = rest.split(_END)[1]
    _DOCUMENT.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")
    plot = [
        measure.python("plot"),
        str(measure.HERE / "plot.py"),
        str(_DOCUMENT.with_suffix(".svg")),
    ]
    subprocess.run(plot, input=grown, text=True, check=True)  # noqa: S603 - our own


def _table(found: Iterable[rows.Row]) -> str:
    head = ["measurement", "goal", "portkey-admin", *_OTHERS.values()]
    lines = [head, ["---"] * len(head)]
    for row in found:
        others = [row.others.get(name, "") for name in _OTHERS]
        ours = row.ours if row.reached else f"**{row.ours}**"
        lines.append([row.what, row.goal, ours, *others])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _machine() -> str:
    """Return a description of the machine, and the versions that were measured."""
    return (
        f"{os.cpu_count()} cores ({_line_of('/proc/cpuinfo', 'model name')}), memory"
        f" {_line_of('/proc/meminfo', 'MemTotal')}, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}.\n\nVersions: {_versions('ours')}."
        f"\nThe SDK has its own environment: {_versions('sdk')}.\n"
    )


def _line_of(file: str, name: str) -> str:
    """Return the value of a line in a file of the kernel, such as /proc/cpuinfo."""
    lines = Path(file).read_text(encoding="utf-8").splitlines() if Path(file).exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "unknown")


def _versions(name: str) -> str:
    """Return the pinned versions of the most important packages in an environment."""
    lines = (measure.REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    return ", ".join(line.replace("==", " ") for line in lines if line.split("==")[0] in _NAMED)


if __name__ == "__main__":
    main()
