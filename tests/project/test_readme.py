"""The first commands of README work; test_documents runs its code."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_demo_shows_every_key_and_no_secret() -> None:
    """The demo creates keys with both clients, deletes one, and shows no secret."""
    result = subprocess.run(
        ["make", "demo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("POST /v1/api-keys/") == 10
    assert result.stdout.count("Secret('**********')") == 11
    assert "8 keys were created" in result.stdout
    assert "abssofjosfjs" not in result.stdout


def test_help_lists_every_target() -> None:
    """`make help` has a line for each target."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    listed = subprocess.run(
        ["make", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert set(re.findall(r"^  make (\S+)", listed, re.MULTILINE)) == targets
