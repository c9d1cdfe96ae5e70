"""Draw the lines of a JSON file (standard input) as SVG: `plot.py FILE`.

It runs in the environment that has matplotlib.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


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
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    _main(sys.argv[1])
