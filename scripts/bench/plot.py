"""Draw the lines in JSON on standard input as an SVG file: `plot.py FILE`.

It runs in the environment that has matplotlib.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from pathlib import Path
from typing import Any, Final

# Lines and text follow the reader's colour scheme; the background is that of the page.
_SCHEMES: Final = """\
svg { color: #222; fill: currentColor }
@media (prefers-color-scheme: dark) { svg { color: #ddd } }
"""


def _main(file: str) -> None:
    plots = json.load(sys.stdin)
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "portkey-admin", "font.size": 9})
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(1, len(plots), figsize=(11, 3.4), layout="constrained")
    for axis, (title, lines) in zip(axes, plots.items(), strict=True):
        for name, points in lines.items():
            axis.plot(*zip(*points, strict=True), marker="o", markersize=3, label=name)
        axis.set(xlabel=title, ylabel="seconds", xlim=(0, None), ylim=(0, None))
        axis.legend(frameon=False)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    Path(file).write_text(_for_both_schemes(drawn.getvalue()), encoding="utf-8")


def _for_both_schemes(svg: str) -> str:
    """Make a black and white plot readable on light and dark pages."""
    style = '<style type="text/css">'
    svg = svg.replace(style, f"{style}\n{_SCHEMES}", 1)
    return svg.replace("#000000", "currentColor").replace("#ffffff", "none")


if __name__ == "__main__":
    _main(sys.argv[1])
