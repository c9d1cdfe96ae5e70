"""The documents that the client is checked with: the effective spec, and small ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.conformance.operations import operations, without

Json = dict[str, Any]


def load(path: Path) -> Json:
    """Return the document in a YAML file."""
    document: Json = YAML(typ="safe").load(path.read_bytes())
    return document


LIMITS = load(Path(__file__).with_name("limits.yaml"))
"""What the generator cannot express, and the operations that are not checked for it."""

DOCUMENT = without(load(Path(__file__).parents[2] / "spec" / "openapi.yaml"), LIMITS["unchecked"])
OPERATIONS = operations(DOCUMENT, "portkey_generated")

SPECS = {path.stem: load(path) for path in sorted((Path(__file__).parent / "specs").glob("*.yaml"))}
"""Small documents with what the effective spec does not have."""
