"""The TypedDicts of request bodies match the spec, for any spec that regen accepts."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import GenericAlias, ModuleType
from typing import Any, Literal, NotRequired
from uuid import UUID

import pytest
from ruamel.yaml import YAML

from scripts import regen

SPEC = Path(__file__).with_name("dicts.yaml")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Return the module for a document with every kind of schema; it passes regen's checks."""
    folder = tmp_path_factory.mktemp("dicts")
    document = YAML(typ="safe", pure=True).load(SPEC)
    generated = regen.generate(document, folder / regen.PACKAGE, regen.CONFIG)
    regen.check_package(folder, generated)
    loader = SourceFileLoader("dicts_of_a_test", str(folder / regen.PACKAGE / "typed_dicts.py"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def hints(module: ModuleType, name: str) -> dict[str, Any]:
    """Return the types of the members of a TypedDict."""
    return typing.get_type_hints(vars(module)[name], vars(module), include_extras=True)


def test_members_match_the_spec(module: ModuleType) -> None:
    """Names, kinds, nulls, references and required members of the types match the spec."""
    thing: Any = vars(module)["ThingDict"]
    typed: Any = vars(module)["TypedDict"]
    things: Any = GenericAlias(Sequence, (thing,))
    members = hints(module, "ThingDict")
    assert "TreeDict" in str(members.pop("tree"))
    assert "LeafDict" in str(members.pop("map"))
    assert members == {
        "a-b": str,
        "class": bool,
        "__name": float,
        "str": int,
        "quote\"'\\": str,
        "id": NotRequired[str],
        "typing": NotRequired[Any],
        "datetime": NotRequired[datetime | str],
        "day": NotRequired[date | str],
        "uuid": NotRequired[UUID | str | None],
        "file": NotRequired[str],
        "either": NotRequired[datetime | str | None],
        "level": NotRequired[Literal[1, 2, 3]],
        "word": NotRequired[Literal["a", "b", "c", "d", "e"] | None],
        "text_const": NotRequired[Literal["'x\\"]],
        "seven": Literal[7],
        "yes": Literal[True],
        "nothing": NotRequired[None],
        "parent": NotRequired[thing],
        "children": NotRequired[things],
        "typed": NotRequired[typed],
        "closed": NotRequired[vars(module)["ClosedDict"]],
        "open": NotRequired[Mapping[str, Any]],
        "whole": NotRequired[vars(module)["ThingWholeDict"]],
    }
    required = {"a-b", "class", "__name", "str", "quote\"'\\", "seven", "yes"}
    assert thing.__required_keys__ == required
    assert hints(module, "ThingWholeDict") == {"a": str, "b": NotRequired[str]}
    assert hints(module, "ClosedDict") == {}


def test_only_request_bodies_have_types(module: ModuleType) -> None:
    """Everything in a request body of any operation has a type; answers have none."""
    names = {each.removesuffix("Dict") for each in vars(module) if each.endswith("Dict")}
    assert names == {
        *("Closed", "Item", "Leaf", "Map", "Open", "Thing", "ThingWhole", "Tree", "Typed")
    }


def test_source_is_sorted(module: ModuleType) -> None:
    """A union names each type once, with null last, and values are sorted."""
    source = inspect.getsource(module)
    assert '"either": typing.NotRequired[typing.Union[datetime.datetime, str, None]]' in source
    assert '["a", "b", "c", "d", "e"]' in source
