"""Draw what the commands print, for the documents: make captures.

Each is run for real; none of them sends anything.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from scripts.regen import ROOT

INTO: Final = ROOT / "docs" / "images"
COMMANDS: Final = {
    "dry-run": "portkey-admin create organisation service --name billing "
    "--scope completions.write --rate-limit requests:100/rpm --dry-run",
    "problems": "portkey-admin create workspace user --name ci --scope completions.write "
    "--rate-limit requests:-1/rpm --user-id ada --output ci.key",
    "conformance": "make conformance N=5000",
}

# rich's own format, but for the fonts that it fetches from elsewhere.
_SVG: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, monospace;
  font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> int:
    """Write one picture for each of the commands."""
    INTO.mkdir(exist_ok=True)
    for name, command in COMMANDS.items():
        capture(command).save_svg(
            str(INTO / f"{name}.svg"), title=name, code_format=_SVG, unique_id=name
        )
    return 0


def capture(command: str) -> Console:
    """Return what a terminal shows of a command."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    result = subprocess.run(  # noqa: S602 - the commands are written in this file
        command,
        shell=True,
        cwd=ROOT,
        env={"PATH": path, "PORTKEY_API_KEY": "admin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text(result.stdout.rstrip()))
    return console


if __name__ == "__main__":
    sys.exit(main())
