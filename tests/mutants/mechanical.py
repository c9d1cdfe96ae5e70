"""All mechanical changes of our packages, and the list of those that make no difference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from tests.mutants.judging import PACKAGES
from tests.mutants.mutator import Mutant, mutants

_WRAPPER, _GENERATED, _CONNECTIONS, _COMMAND, _STUB = PACKAGES
_REQUEST_SIDE: Final = frozenset({"to_dict", "from_dict", "_get_kwargs"})
EQUIVALENTS: Final = Path(__file__).with_name("equivalents.yaml")


@dataclass(frozen=True)
class Module:
    """A module, and which part of it is changed."""

    file: Path
    wanted: Callable[[str], bool] = lambda _: True
    part: str = ""
    """The part that it belongs to: "cli", "stub", or "" for the client."""

    @property
    def name(self) -> str:
        """A short name, such as _transport or cli.storing: the client's package is left out."""
        return f"{self.part}.{self.file.stem}".lstrip(".")

    def mutants(self) -> Iterator[Mutant]:
        """Yield all changes of the module."""
        yield from mutants(self.file.read_text(encoding="utf-8"), self.wanted)


def modules() -> list[Module]:
    """Return the modules of the wrapper, connections, command, stub and generated requests."""
    [builder] = (_GENERATED / "api").glob("*/create_api_key.py")
    models = _models("create_api_key_object")
    return [
        *(Module(file, _is_request_side) for file in (builder, *sorted(models))),
        *(Module(file) for file in sorted(_WRAPPER.glob("*.py"))),
        *(Module(file) for file in sorted(_CONNECTIONS.glob("_[!_]*.py"))),
        *(Module(file, part="cli") for file in sorted(_COMMAND.glob("*.py"))),
        *(Module(file, part="stub") for file in sorted(_STUB.glob("*.py"))),
    ]


def _models(name: str) -> set[Path]:
    """Return the model with this name and the models in it."""
    file = _GENERATED / "models" / f"{name}.py"
    within = set(re.findall(r"from \.\.models\.(\w+) import", file.read_text(encoding="utf-8")))
    return {file}.union(*map(_models, within))


def _is_request_side(function: str) -> bool:
    return not _REQUEST_SIDE.isdisjoint(function.split("."))


@dataclass(frozen=True)
class Equivalent:
    """A change that breaks no promise."""

    module: str
    function: str
    line: str
    change: str
    reason: str

    def is_of(self, module: str, mutant: Mutant) -> bool:
        """Return whether the entry is about a change of a module."""
        given = (module, mutant.function, mutant.text, mutant.change)
        return given == (self.module, self.function, self.line, self.change)


def equivalents(names: Sequence[str]) -> list[Equivalent]:
    """Return the entries of equivalents.yaml for some modules."""
    listed = YAML(typ="safe").load(EQUIVALENTS) or []
    found = [
        Equivalent(reason=group["reason"], **each) for group in listed for each in group["mutants"]
    ]
    return [each for each in found if each.module in names]


def stale(
    listed: Sequence[Equivalent], found: Sequence[tuple[Module, Mutant]]
) -> Iterator[Equivalent]:
    """Yield the listed entries that match none of the mutants."""
    for entry in listed:
        if not any(entry.is_of(module.name, mutant) for module, mutant in found):
            yield entry
