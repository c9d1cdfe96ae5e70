"""Import every module of a package, and every name that one of them imports when it is needed."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def modules(package: str) -> Iterator[ModuleType]:
    """Yield the package and all modules below it, imported."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def import_lazy_names(module: ModuleType) -> None:
    """Import what the module exports, and what its `from .. import` statements name anywhere.

    Raises ImportError or AttributeError where a name is not there.
    """
    for exported in getattr(module, "__all__", ()):
        getattr(module, exported)
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level:
            relative = "." * node.level + (node.module or "")
            name = importlib.util.resolve_name(relative, module.__package__)
            source_module = importlib.import_module(name)
            for alias in node.names:
                if not hasattr(source_module, alias.name):
                    importlib.import_module(f"{name}.{alias.name}")


if __name__ == "__main__":
    sys.path.insert(0, "")
    for each in modules(sys.argv[1]):
        import_lazy_names(each)
