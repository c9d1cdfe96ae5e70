"""Read spec/limits.yaml, the list of operations that are not fully supported.

    - operation: POST /shelves
      at: /paths/~1shelves/post/requestBody
      stage: generate
      reason: the generator has no type for lists without items

`at` is a JSON pointer into spec/openapi.yaml. The stages are `generate` (the generator cannot
express the operation), `stub` (the stub cannot judge it) and `draw` (the conformance tests cannot
draw cases for it).
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
    """An unsupported operation, with the JSON pointer of the cause and the reason."""

    operation: str
    at: str
    reason: str

    @property
    def key(self) -> tuple[str, str]:
        """The row's identity, without the wording of its reason."""
        return self.operation, self.at


class LimitsError(ValueError):
    """The list is malformed; the message gives the place."""


def read_limits(root: Path, stage: str) -> list[Limit]:
    """Return the rows of a stage; none if the file is missing.

    Raises LimitsError, or yaml_document.DocumentError if the file is not YAML.
    """
    path = root / LIMITS
    rows = yaml_document.load_value(path.read_bytes(), LIMITS.as_posix()) if path.exists() else []
    if not isinstance(rows, list):
        raise LimitsError(f"{LIMITS} is not a list")
    for number, row in enumerate(rows, start=1):
        where = f"{LIMITS}, row {number}"
        if not isinstance(row, dict) or row.keys() != _KEYS:
            raise LimitsError(f"{where}: a row must have exactly {', '.join(sorted(_KEYS))}")
        if not all(isinstance(each, str) and each.strip() for each in row.values()):
            raise LimitsError(f"{where}: each value must be text")
        if row["stage"] not in _STAGES:
            raise LimitsError(f"{where}: the stage must be one of {', '.join(_STAGES)}")
    return [
        Limit(row["operation"], row["at"], row["reason"]) for row in rows if row["stage"] == stage
    ]


def as_rows(limits: Iterable[Limit], stage: str) -> str:
    """Return rows as YAML, ready to paste into the list."""
    return "".join(
        f"- operation: {json.dumps(each.operation, ensure_ascii=False)}\n"
        f"  at: {json.dumps(each.at, ensure_ascii=False)}\n"
        f"  stage: {stage}\n"
        f"  reason: {json.dumps(each.reason, ensure_ascii=False)}\n"
        for each in limits
    )
