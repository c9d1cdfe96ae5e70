"""Reads the limits of single operations of the spec: spec/limits.yaml.

    - operation: POST /shelves
      at: /paths/~1shelves/post/requestBody
      stage: generate
      reason: the generator has no type for lists without items

`at` is a JSON pointer into spec/openapi.yaml. The stages are `generate` (the generator cannot
express the operation), `stub` (the stub cannot judge it) and `draw` (the harness cannot draw its
cases).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from scripts import yaml_document

LIMITS: Final = Path("spec", "limits.yaml")

_KEYS: Final = {"operation", "at", "stage", "reason"}
_STAGES: Final = ("generate", "stub", "draw")


class Limit(NamedTuple):
    """What cannot be done with an operation, and the JSON pointer of the cause."""

    operation: str
    at: str
    reason: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes two rows the same, however their reasons are worded."""
        return self.operation, self.at


class LimitsError(ValueError):
    """The list is malformed; the message has the place."""


def read_limits(root: Path, stage: str) -> list[Limit]:
    """Return the rows of a stage; none where there is no list.

    Raises LimitsError, and yaml_document.DocumentError where it is no YAML.
    """
    path = root / LIMITS
    rows = yaml_document.load_value(path.read_bytes(), LIMITS.as_posix()) if path.exists() else []
    if not isinstance(rows, list):
        raise LimitsError(f"{LIMITS} is not a list")
    for number, row in enumerate(rows, start=1):
        where = f"{LIMITS}, row {number}"
        if not isinstance(row, dict) or row.keys() != _KEYS:
            raise LimitsError(f"{where}: a row has exactly {', '.join(sorted(_KEYS))}")
        if not all(isinstance(each, str) and each.strip() for each in row.values()):
            raise LimitsError(f"{where}: each value is a text")
        if row["stage"] not in _STAGES:
            raise LimitsError(f"{where}: the stage is not one of {', '.join(_STAGES)}")
    return [
        Limit(row["operation"], row["at"], row["reason"]) for row in rows if row["stage"] == stage
    ]


def as_rows(limits: Iterable[Limit], stage: str) -> str:
    """Return the YAML of rows, ready for the list."""
    return "".join(
        f"- operation: {json.dumps(each.operation, ensure_ascii=False)}\n"
        f"  at: {json.dumps(each.at, ensure_ascii=False)}\n"
        f"  stage: {stage}\n"
        f"  reason: {json.dumps(each.reason, ensure_ascii=False)}\n"
        for each in limits
    )
