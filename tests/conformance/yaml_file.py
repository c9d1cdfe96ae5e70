"""Reads the data of these tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def load(path: Path) -> Any:
    """Return what is in a YAML file."""
    return YAML(typ="safe").load(path.read_bytes())
