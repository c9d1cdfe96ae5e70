"""The generated models are loaded one by one, and can be used as if all were there."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from scripts import regen

# A list of itself; modules named as what an __init__.py may import; a class that is named as its
# module.
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
    (folder / regen.PACKAGE).rename(folder / "lazy_models")  # the name of the project's own
    return folder


@pytest.fixture
def models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return the models of a package of which nothing is loaded yet."""
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("lazy_models.models")
    for name in [name for name in sys.modules if name.startswith("lazy_models")]:
        del sys.modules[name]


def loaded() -> set[str]:
    """Return the names of the modules of models that are loaded."""
    return {name[19:] for name in sys.modules if name.startswith("lazy_models.models.")}


def test_model_is_loaded_when_asked_for(models: ModuleType) -> None:
    """A name loads its own module, once, and looking at the names loads none."""
    assert {*NAMES} <= {*dir(models)}
    assert loaded() <= {"鍵"}
    tree = models.Tree
    assert tree.from_dict({"trees": [{}], "kind": "a"}).to_dict() == {"trees": [{}], "kind": "a"}
    assert loaded() <= {"鍵", "kind", "tree"}
    assert vars(models)["Tree"] is tree


def test_each_name_is_a_model(models: ModuleType) -> None:
    """Each name is its class, whichever modules are loaded already; `import *` has all of them."""
    for name in ("typing", "import_module", "鍵"):
        importlib.import_module(f"lazy_models.models.{name}")
    names: dict[str, object] = {}
    exec("from lazy_models.models import *", names)  # noqa: S102 - a module cannot write it
    assert sorted(names.keys() - {"__builtins__"}) == sorted(models.__all__) == NAMES
    kinds = {name: isinstance(each, type) for name, each in names.items() if name in NAMES}
    assert kinds == {name: name != "Kind" for name in NAMES}


def test_model_survives_pickle(models: ModuleType) -> None:
    """A model can be pickled, and is read by a process that has not loaded it."""
    tree = models.Tree(trees=[models.Tree(kind="b")])
    pickled = pickle.dumps(tree)
    for name in loaded():
        del sys.modules[f"lazy_models.models.{name}"]
    assert pickle.loads(pickled).to_dict() == tree.to_dict()  # noqa: S301 - of a line above


def test_other_name_is_an_error(models: ModuleType) -> None:
    """A name that is no model is what it is in any module: an AttributeError, an ImportError."""
    message = "module 'lazy_models.models' has no attribute 'Branch'"
    with pytest.raises(AttributeError, match=message):
        _ = models.Branch
    with pytest.raises(ImportError, match="cannot import name 'Branch'"):
        exec("from lazy_models.models import Branch")  # noqa: S102 - checkers would refuse it
