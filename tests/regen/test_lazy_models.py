"""Generated models are loaded one by one, and work as if all were loaded."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from scripts import regen

# A recursive list; modules named like imports of an __init__.py; a class with its module's name.
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Lazy", "version": "1"},
    "paths": {},
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "properties": {
                    "trees": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                    "kind": {"$ref": "#/components/schemas/Kind"},
                },
            },
            "Kind": {"type": "string", "enum": ["a", "b"]},
            "Typing": {"type": "object"},
            "ImportModule": {"type": "object"},
            "鍵": {"type": "object"},
        }
    },
}
NAMES = ["ImportModule", "Kind", "Tree", "Typing", "鍵"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package of the document, which has passed the checks of regen."""
    folder = tmp_path_factory.mktemp("lazy")
    generated = regen.generate(DOCUMENT, folder / regen.PACKAGE, regen.CONFIG)
    regen.check_package(folder, generated)
    (folder / regen.PACKAGE).rename(folder / "lazy_models")  # the settings file of the project
    return folder


@pytest.fixture
def models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return the models of a package without any of them loaded."""
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("lazy_models.models")
    for name in [name for name in sys.modules if name.startswith("lazy_models")]:
        del sys.modules[name]


def loaded() -> set[str]:
    """Return the names of the loaded modules of models."""
    return {name[19:] for name in sys.modules if name.startswith("lazy_models.models.")}


def test_model_is_loaded_when_used(models: ModuleType) -> None:
    """Using a name loads only its module, once; listing the names loads none."""
    assert {*NAMES} <= {*dir(models)}
    assert loaded() <= {"鍵"}
    tree = models.Tree
    assert tree.from_dict({"trees": [{}], "kind": "a"}).to_dict() == {"trees": [{}], "kind": "a"}
    assert loaded() <= {"鍵", "kind", "tree"}
    assert vars(models)["Tree"] is tree


def test_each_name_is_a_model(models: ModuleType) -> None:
    """Each name is its class, whichever modules are loaded; `import *` has all of them."""
    for name in ("typing", "import_module", "鍵"):
        importlib.import_module(f"lazy_models.models.{name}")
    names: dict[str, object] = {}
    exec("from lazy_models.models import *", names)  # noqa: S102 - not allowed inside a function
    assert sorted(names.keys() - {"__builtins__"}) == sorted(models.__all__) == NAMES
    kinds = {name: isinstance(each, type) for name, each in names.items() if name in NAMES}
    assert kinds == {name: name != "Kind" for name in NAMES}


def test_model_survives_pickle(models: ModuleType) -> None:
    """A model can be pickled, and loaded in another process."""
    tree = models.Tree(trees=[models.Tree(kind="b")])
    pickled = pickle.dumps(tree)
    for name in loaded():
        del sys.modules[f"lazy_models.models.{name}"]
    assert pickle.loads(pickled).to_dict() == tree.to_dict()  # noqa: S301 - pickled above


def test_unknown_model_name_is_an_error(models: ModuleType) -> None:
    """An unknown name raises AttributeError or ImportError, as in any module."""
    message = "module 'lazy_models.models' has no attribute 'Branch'"
    with pytest.raises(AttributeError, match=message):
        _ = models.Branch
    with pytest.raises(ImportError, match="cannot import name 'Branch'"):
        exec("from lazy_models.models import Branch")  # noqa: S102 - type checkers would refuse it
