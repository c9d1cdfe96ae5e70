"""The time of `make regen` compared with the generator alone, for specs of different sizes."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

from scripts import yaml_document
from scripts.bench.measure import ROOT
from scripts.overlay import OVERLAYS

_UPSTREAM: Final = Path("spec", "upstream.yaml")
# Everything that `make regen` does after a change, except mypy.
_REGEN: Final = """
import subprocess, sys, tempfile
from pathlib import Path
from scripts import regen
with tempfile.TemporaryDirectory() as folder:
    regen.derive(Path(sys.argv[1]), Path(folder))
    check = [sys.executable, "scripts/import_everything.py", regen.PACKAGE]
    check[1] = str(regen.ROOT / check[1])
    subprocess.run(check, cwd=Path(folder, "generated"), check=True)
"""


@contextmanager
def tree(operations: int) -> Iterator[Path]:
    """Yield a folder that regen can read, with a spec of so many operations."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "spec").mkdir()
        for file in ("pyproject.toml", "generator-config.yaml", *OVERLAYS, _UPSTREAM):
            shutil.copy(ROOT / file, root / file)
        if operations > 1:
            document = yaml_document.load((root / _UPSTREAM).read_bytes(), _UPSTREAM.name)
            [(path, item)] = document["paths"].items()
            for number in range(1, operations):
                another = path.replace("/api-keys", f"/api-keys-{number}", 1)
                document["paths"][another] = copy.deepcopy(item)
            (root / _UPSTREAM).write_bytes(yaml_document.dump(document))
        yield root


def regen(root: Path) -> float:
    """Return the seconds of regen with its checks, without mypy."""
    return _seconds(sys.executable, "-c", _REGEN, str(root))


def bare(root: Path) -> float:
    """Return the seconds of the generator alone, for the checked-in spec."""
    return _seconds(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--overwrite"),
        *("--meta", "none", "--path", str(ROOT / "spec" / "openapi.yaml")),
        *("--output-path", str(root / "bare"), "--config", str(ROOT / "generator-config.yaml")),
    )


def _seconds(*command: str) -> float:
    began = perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own
    return perf_counter() - began
