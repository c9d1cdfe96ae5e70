"""Import every module of a package, and every name that its modules import lazily."""

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
    """Import the package and all modules below it, and yield them."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def import_lazy_names(module: ModuleType) -> None:
    """Import the module's exports, and every name in its relative imports, also inside functions.

    Raises ImportError or AttributeError if a name does not exist.
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
