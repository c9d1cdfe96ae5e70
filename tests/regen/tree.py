"""Copies of regen's inputs and outputs, so that no test changes the real tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.overlay import OVERLAYS
from scripts.regen import ROOT

SOURCES = ("Makefile", "generator-config.yaml", "pyproject.toml", "requirements-dev.txt", "scripts")
TOOLS = Path(sys.executable).parent


@dataclass(frozen=True)
class Entry:
    """The state of a file or a folder."""

    content: bytes | None
    mode: int
    changed_at: int


def copy_inputs(root: Path) -> None:
    """Copy regen's inputs into the empty folder `root`, and no outputs."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    (root / "spec").mkdir()
    for path in (Path("spec", "upstream.yaml"), *OVERLAYS, Path("spec", "limits.yaml")):
        shutil.copy(ROOT / path, root / path)


def share_types(root: Path) -> None:
    """Let mypy in a copy know the types of the libraries, which it takes seconds to find out."""
    cache = ROOT / ".mypy_cache"
    cache.mkdir(exist_ok=True)
    (root / cache.name).symlink_to(cache, target_is_directory=True)


def entries(root: Path) -> dict[str, Entry]:
    """Return the state of everything below `root`, with times in nanoseconds.

    `root` itself is left out, because regen makes its temporary folder there.
    """
    found: dict[str, Entry] = {}
    for path in root.rglob("*"):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(root))] = Entry(content, status.st_mode, status.st_mtime_ns)
    return found


def contents(root: Path) -> dict[str, bytes | None]:
    """Return everything below `root`, without times."""
    return {name: entry.content for name, entry in entries(root).items()}


def append(path: Path, more: str) -> None:
    """Append some text to a file."""
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    """Replace the only occurrence of `old` in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; `environment` changes some variables of this process."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def run_make(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make in a tree that `copy_inputs` made, with the tools of these tests."""
    # The path of the project may contain a space, which a variable of make cannot.
    tools = root.with_name(f"{root.name}-tools")
    if not tools.exists():
        tools.symlink_to(TOOLS.parent, target_is_directory=True)
    # A target with an old time is not made again, so that nothing is installed for a copy.
    options = ["--old-file=.venv/.installed", f"BIN={tools / TOOLS.name}"]
    return run(["make", *options, "PYTHONDONTWRITEBYTECODE=1", *words], root, {})
