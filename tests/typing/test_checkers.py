"""mypy and pyright report the wrong lines of the samples, and no others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
# Both report a comment on a line without an error.
CHECKERS = {
    "mypy": ["mypy", "tests/typing/nested.py", "tests/typing/surface.py", "tests/typing/life.py"],
    "pyright": ["pyright", "--project", "tests/typing", "--pythonpath", sys.executable],
}


@pytest.mark.parametrize("command", CHECKERS.values(), ids=CHECKERS)
def test_errors_are_on_the_lines_with_a_comment(command: list[str], tmp_path: Path) -> None:
    """Exactly the lines with a comment have an error, and no network is used."""
    environment = {
        **os.environ,
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",  # no check for a newer version
        "XDG_CACHE_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
