"""The files of spec/, as bytes and as JSON values."""

from __future__ import annotations

import json
from typing import Any

from scripts import yaml_document
from scripts.regen import ROOT


def text(name: str) -> bytes:
    """Return the bytes of a file in spec/."""
    return (ROOT / "spec" / name).read_bytes()


def values(name: str) -> dict[str, Any]:
    """Return the content of a file in spec/ as plain types, which validators need."""
    plain: dict[str, Any] = json.loads(json.dumps(yaml_document.load(text(name), name)))
    return plain
