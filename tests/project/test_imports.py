"""Rules for imports between modules of src that import-linter does not check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
MODULES = {str(path.relative_to(SRC)): path for path in sorted(SRC.rglob("*.py"))}
PACKAGES = {path.name for path in SRC.iterdir() if path.is_dir()}
_MOST_MODULES = 14


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def imported(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield module, name and local name of each import from our packages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            for each in node.names:
                yield node.module or "", each.name, each.asname or each.name
        elif isinstance(node, ast.Import):
            for each in node.names:
                if each.name.split(".")[0] in PACKAGES:
                    yield each.name, "", each.asname or each.name


def uses(package: str, source: str) -> set[str]:
    """Return the underscore names of other modules that a module of a package uses."""
    tree = ast.parse(source)
    found: set[str] = set()
    modules: set[str] = set()
    for module, name, local in imported(tree):
        top, *inner = module.split(".")
        is_module = any(
            SRC.joinpath(top, *inner, name).with_suffix(end).exists() for end in ("", ".py")
        )
        if is_module or not name:
            modules.add(local)
        private = [each for each in (*inner, name) if _is_private(each)]
        own = [*inner, *([name] if is_module else [])] if top == package else []
        found |= {f"{module}.{name}" for each in private if each not in own}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
            and _is_private(node.attr)
        ):
            found.add(f"{node.value.id}.{node.attr}")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_no_module_uses_an_underscore_name_of_another(name: str) -> None:
    """A module may import others of its package, but uses only their names without underscore."""
    assert uses(Path(name).parts[0], MODULES[name].read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from portkey_admin._spec import _read", {"portkey_admin._spec._read"}),
        ("from portkey_admin import _spec\n_spec._read", {"_spec._read"}),
        ("from portkey_admin import _spec as s\ns._read", {"s._read"}),
        ("from portkey_admin import _HOMES", {"portkey_admin._HOMES"}),
        ("def f():\n from portkey_admin import _spec\n _spec._read()", {"_spec._read"}),
        (
            "from portkey_admin_connections._pools import Connections",
            {"portkey_admin_connections._pools.Connections"},
        ),
        ("from portkey_admin_connections import _pools", {"portkey_admin_connections._pools"}),
        ("import portkey_admin_connections._pools", {"portkey_admin_connections._pools."}),
        ("from portkey_admin import _spec, __version__\n_spec.document", set()),
        ("from portkey_admin._spec import document", set()),
        ("import httpx\nhttpx._client", set()),
    ],
)
def test_search_finds_underscore_names(source: str, found: set[str]) -> None:
    """Each way to use an underscore name is found, and allowed code is not."""
    assert uses("portkey_admin", source) == found


def test_the_wrapper_has_few_modules() -> None:
    """The wrapper is small enough to be read in one sitting."""
    assert len(list((SRC / "portkey_admin").rglob("*.py"))) <= _MOST_MODULES


def test_only_the_stub_command_loads_the_stub() -> None:
    """No module of the command loads the stub, which needs an extra, on import."""
    for name, path in MODULES.items():
        if name.startswith("portkey_admin_cli/"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            lazy = {
                id(inner)
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                for inner in ast.walk(node)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in lazy:
                    found = [module for module, *_ in imported(node)]
                    assert not any(each.startswith("portkey_admin_stub") for each in found)
