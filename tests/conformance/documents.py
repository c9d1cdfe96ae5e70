"""The document that the client is checked against: the effective spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from scripts.parts import without
from tests.conformance.operations import read_operations

Json = dict[str, Any]


def load(path: Path) -> Any:
    """Return the content of a YAML file."""
    return YAML(typ="safe").load(path.read_bytes())


_ROOT = Path(__file__).parents[2]
_SPEC = _ROOT / "spec"

LIMITS: list[dict[str, str]] = (
    load(_SPEC / "limits.yaml") or [] if (_SPEC / "limits.yaml").exists() else []
)
"""The operations that the generator, the stub or the drawing leaves out, with the reasons."""

DOCUMENT: Json = without(
    # Equal to spec/openapi.yaml (tests/regen), but JSON loads many times faster.
    json.loads((_ROOT / "generated" / "portkey_generated" / "openapi.json").read_bytes()),
    {row["operation"] for row in LIMITS if row["stage"] == "generate"},
)
OPERATIONS, REFUSED = read_operations(DOCUMENT, "portkey_generated")
