"""Packages of small documents, generated for the tests."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

from scripts.regen import CONFIG, generate
from tests.conformance.cases import Source
from tests.conformance.documents import Json
from tests.conformance.operations import read_operations


class Small:
    """A document and its operations, in the package that was generated from it."""

    def __init__(self, document: Json, package: str) -> None:
        self.operations, self.refused = read_operations(document, package)
        self.source = Source(document)


def generate_once(document: Json, name: str, folder: Path) -> str:
    """Generate a package of a document, unless another process has; return its importable name.

    `folder` is shared by all processes of a test session.
    """
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            making = folder / f"making-{name}"
            making.mkdir()
            generate(document, making / name, CONFIG)
            (making / name).rename(folder / name)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return name
