"""The documents that the client is checked with: the effective spec, and small ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from scripts.parts import without
from tests.conformance.operations import read_operations

Json = dict[str, Any]


def load(path: Path) -> Any:
    """Return what is in a YAML file."""
    return YAML(typ="safe").load(path.read_bytes())


_SPEC = Path(__file__).parents[2] / "spec"


LIMITS: list[dict[str, str]] = (
    load(_SPEC / "limits.yaml") or [] if (_SPEC / "limits.yaml").exists() else []
)
"""What is left out, of which operation, and why: by the generator, the stub or the drawing."""

DOCUMENT: Json = without(
    load(_SPEC / "openapi.yaml"),
    {row["operation"] for row in LIMITS if row["stage"] == "generate"},
)
OPERATIONS, REFUSED = read_operations(DOCUMENT, "portkey_generated")

SPECS: dict[str, Json] = {
    path.stem: load(path) for path in sorted((Path(__file__).parent / "specs").glob("*.yaml"))
}
"""Small documents with what the effective spec does not have."""
