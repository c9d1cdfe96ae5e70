"""Measure everything in one run and print the table; with --write, also docs/performance.md."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable

from scripts.bench import environments, measure, report, rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md as well")
    write = parser.parse_args().write
    environments.prepare()
    with measure.server() as url:
        parts: list[Callable[[], list[rows.Row]]] = [
            *(lambda: rows.fresh(url), lambda: rows.calls(url), lambda: rows.many(url)),
            *(rows.alone, rows.regen),
        ]
        found = [row for part in parts for row in part()]
        text = f"{report.table(found)}\n{report.machine()}"
        print(text)
        grown = rows.growth(url)
    print(json.dumps(grown, indent=1) if not write else "")
    if write:
        report.write(text)
        subprocess.run(  # noqa: S603 - our own
            [
                *(environments.python("plot"), str(measure.HERE / "plot.py")),
                str(report.DOCUMENT.with_suffix(".svg")),
            ],
            input=json.dumps(grown),
            text=True,
            check=True,
        )


if __name__ == "__main__":
    main()
