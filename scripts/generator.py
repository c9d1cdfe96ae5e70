"""Run the pinned generator on a document, and list the places that it cannot express.

    python -m scripts.generator SOURCE PACKAGE CONFIG [OPERATION ...]

The operations that are named (as in "POST /shelves") are left out, with the components that no
other operation refers to. The first line on stdout is JSON. `found` lists the places that the
generator cannot express, in the whole document. The other keys are about the rest of the document:
`left` lists the places that the generator warns of, and if there are any, no package is written;
`passed_over` lists the places that it omits without a warning; `modules` maps each module to the
JSON pointer of its source.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from openapi_python_client import Project
from openapi_python_client import schema as oai
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError, ParseError, PropertyError
from openapi_python_client.parser.openapi import generate_operation_id
from openapi_python_client.parser.properties import Schemas, build_schemas, property_from_data
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import ClassName, PythonIdentifier
from pydantic import BaseModel, ValidationError

from scripts import lazy_models, typed_dicts
from scripts.limits import Limit
from scripts.parts import (
    Operation,
    Owners,
    Place,
    alone,
    operations,
    place_of,
    pointer,
    value_at,
    without,
)

_PREFIX: Final = "field_"  # the generator's own default
_OPERATION: Final = re.compile(r"WARNING parsing (\S+ .+) within \S+\.")
_COMPONENT: Final = re.compile(r"/components/(schemas|parameters)/(\S+?):?(?:\s|$)")
_OF_NO_USE: Final = re.compile(r"\s*(Unable to|Problem creating|WARNING parsing)[^:]*[: ]*")
_MISSING: Final = re.compile(r"Could not find reference|Reference \S+ not found")


class UnreadableError(Exception):
    """The generator cannot read the document at all; `limits` lists each place that it refuses."""

    def __init__(self, limits: list[Limit]) -> None:
        super().__init__(limits)
        self.limits = limits


class Reading:
    """A document as the generator reads it, with the places that it cannot express."""

    def __init__(self, document: dict[str, Any], config: Config) -> None:
        self._document = document
        self._config = config
        self._owners = Owners(document)
        try:
            openapi: Any = oai.OpenAPI.model_validate(document)
        except ValidationError as error:
            found = [(self._located(each["loc"]), each["msg"]) for each in error.errors()]
            raise UnreadableError([row for each in found for row in self._rows(*each)]) from None
        self._models = list(_models(openapi, ()))
        self._places = {id(model): place for place, model in self._models}
        self._order = {place: number for number, (place, _) in enumerate(self._models)}
        with _readable_names():
            made = GeneratorData.from_dict(openapi, config=config)
            if isinstance(made, GeneratorError):
                raise TypeError(f"{made.header}: {made.detail}")
            self.made = made
            self.passed_over = list(self._passed_over())
            self.limits = [*self.passed_over, *self._of_components()]
            self.limits += self._of_operations()

    def modules(self) -> dict[str, str]:
        """Map each module of the package to the JSON pointer of its source."""
        places = {f"api/{_module(each)}": each.place for each in operations(self._document)}
        for model in self.made.models:
            places[f"models/{model.class_info.module_name}"] = self._made_of(model)
        return {f"{name}.py": pointer(place) for name, place in places.items()}

    def _passed_over(self) -> Iterator[Limit]:
        """Yield the places that the generator omits without a warning."""
        modules = dict[str, Operation]()
        for each in operations(self._document):
            if each.place[:2] != ("paths", each.path):
                at = pointer(("paths", each.path, "$ref"))
                yield Limit(each.name, at, "the generator does not follow the $ref of a path")
            other = modules.setdefault(_module(each), each)
            if other is not each:
                reason = f"its module has the same name as the module of {other.name}"
                yield Limit(each.name, pointer(each.place), reason)
        classes = dict[str, str]()
        for made in (*self.made.models, *self.made.enums):
            info = made.class_info
            if (name := classes.setdefault(info.module_name, info.name)) != info.name:
                reason = f"the classes {info.name} and {name} have the same module name"
                yield from self._rows(self._made_of(made), reason)
        for place, model in self._models:
            if isinstance(model, oai.Parameter) and model.param_schema is None:
                yield from self._rows(place, "the generator reads only parameters with a schema")

    def _of_components(self) -> Iterator[Limit]:
        for error in self.made.errors:
            place = self._place(error, ())
            named = _COMPONENT.findall(f"{error.header} {error.detail}")
            for part in [place[:3]] if place else [("components", *each) for each in named]:
                yield from self._rows(*self._cause(error, part))

    def _of_operations(self) -> Iterator[Limit]:
        explained = {each.operation for each in self.limits}
        places = {each.name: each.place for each in operations(self._document)}
        collections = self.made.endpoint_collections_by_tag.values()
        for error in (each for some in collections for each in some.parse_errors):
            [name] = _OPERATION.findall(error.header)
            place, reason = self._cause(error, places[name])
            # The missing component has its own row.
            if name not in explained or not _MISSING.search(reason):
                yield Limit(name, pointer(place), reason)

    def _cause(self, error: ParseError, whole: Place) -> tuple[Place, str]:
        """Return the smallest place in `whole` that explains an error, and the reason."""
        place = self._place(error, whole) or whole
        schemas = [(at, model) for at, model in self._below(place) if _is_schema(model)]
        for at, schema in sorted(schemas, key=lambda each: -len(each[0])):
            if fault := self._fault(schema):
                deeper = self._fault(fault.data) if _is_schema(fault.data) else None
                reason = _reason(deeper or fault)
                return at, _reason(error) if _MISSING.search(reason) else reason
        for at, schema in schemas:
            title = getattr(schema, "title", None)
            other = title and self._classes.get(ClassName(title, _PREFIX))
            if other and other != at:
                return at, f"its title {title} names the same class as {pointer(other)}"
        return place, _reason(error)

    def _fault(self, schema: Any) -> PropertyError | None:
        """Return the generator's error for a schema alone, or None."""
        made, _ = property_from_data(
            name=UntrustedString("value"),
            required=True,
            data=schema,
            schemas=self._components,
            parent_name="",
            config=self._config,
        )
        return made if isinstance(made, PropertyError) else None

    @cached_property
    def _components(self) -> Schemas:
        """The targets of references, without the classes that a second reading would repeat."""
        openapi = oai.OpenAPI.model_validate(self._document)
        schemas = (openapi.components and openapi.components.schemas) or {}
        made = build_schemas(components=schemas, schemas=Schemas(), config=self._config)
        return Schemas(classes_by_reference=made.classes_by_reference)

    @cached_property
    def _classes(self) -> dict[str, Place]:
        """The place in the document from which each class was generated."""
        return {each.class_info.name: self._made_of(each) for each in self.made.models}

    def _made_of(self, made: Any) -> Place:
        return self._places.get(id(getattr(made, "data", None)), ())

    def _place(self, error: ParseError, whole: Place) -> Place:
        """Return the place that an error is about; () if it is unknown."""
        about: Any = error.data
        for model in (about, getattr(about, "param_schema", None)):
            if id(model) in self._places:
                return self._places[id(model)]
        # The generator copies some parts before it reads them.
        if isinstance(about, BaseModel):
            written = _written(about)
            for place, model in self._below(whole):
                if type(model) is type(about) and _written(model) == written:
                    return place
        return ()

    def _below(self, place: Place) -> Iterator[tuple[Place, Any]]:
        """Yield the parts at and below a place; they follow each other in `_models`."""
        for at, model in itertools.islice(self._models, self._order.get(place, 0), None):
            if at[: len(place)] != place:
                break
            yield at, model

    def _rows(self, place: Place, reason: str) -> list[Limit]:
        """Return a row for each operation that needs a place, or one row without an operation."""
        return [Limit(each, pointer(place), reason) for each in self._owners.of(place) or [""]]

    def _located(self, loc: Iterable[str | int]) -> Place:
        """Return the place that a validator's location names, without the words that it adds."""
        place: Place = ()
        for step in loc:
            if value_at(self._document, (*place, str(step))) is not None:
                place = (*place, str(step))
        return place


def _module(operation: Operation) -> str:
    """Return the module of an operation, below `api`."""
    tag = PythonIdentifier(next(iter(operation.value.get("tags") or ()), "default"), prefix="tag")
    name = operation.value.get("operationId")
    if name is not None:
        return f"{tag}/{PythonIdentifier(name, prefix=_PREFIX)}"
    path = UntrustedString(operation.path)
    return f"{tag}/{generate_operation_id(path=path, method=operation.method, prefix=_PREFIX)}"


def _models(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Yield each part of a document, as the generator reads it, with its place."""
    if isinstance(value, BaseModel):
        yield place, value
        for name, info in type(value).model_fields.items():
            yield from _models(getattr(value, name), (*place, info.alias or name))
    elif isinstance(value, dict):
        for key, each in value.items():
            if isinstance(key, UntrustedString):
                yield from _models(each, (*place, key.get_untrusted_value()))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _models(each, (*place, str(index)))


def _is_schema(model: Any) -> bool:
    if isinstance(model, oai.Reference):
        return place_of(model.ref.get_untrusted_value())[:2] == ("components", "schemas")
    return isinstance(model, oai.Schema)


def _written(model: BaseModel) -> str:
    """Return a part as text, without the fields that the generator changes in its copies."""
    changed = {"type", "enum", "oneOf", "default"}
    return model.model_dump_json(by_alias=True, exclude_unset=True, exclude=changed)


def _reason(error: ParseError) -> str:
    header = "" if _OF_NO_USE.match(error.header) else error.header
    text = f"{header} {_OF_NO_USE.sub('', error.detail or '')}"
    return " ".join(text.split()) or " ".join(error.header.split())


@contextlib.contextmanager
def _readable_names() -> Iterator[None]:
    """Make the generator's errors contain names from the document, not addresses of objects.

    The generator keeps untrusted names out of its code; no code is written in this context.
    """
    name: Any = "__str__"
    setattr(UntrustedString, name, UntrustedString.get_untrusted_value)
    try:
        yield
    finally:
        delattr(UntrustedString, name)


def read(document: dict[str, Any], config: Config) -> tuple[list[Limit], Reading | None]:
    """Return the places that the generator cannot express, and its reading of the rest."""
    found: list[Limit] = []
    reading = None
    while reading is None:
        limits: list[Limit] = []
        try:
            reading = Reading(document, config)
            found += reading.limits
        except UnreadableError as error:
            limits = error.limits
        except Exception as error:  # noqa: BLE001 - a mistake of the generator's own
            limits = _failures(document, config) or [Limit("", "", _failure(error))]
        if reading is None:
            found += limits
            if not all(each.operation for each in limits):
                break
            document = without(document, {each.operation for each in limits})
    first = {each.key: each for each in reversed(found)}
    return [each for each in found if first[each.key] is each], reading


def _failures(document: dict[str, Any], config: Config) -> list[Limit]:
    """Return the components and operations for which the generator raises an exception."""
    owners = Owners(document)
    found: list[Limit] = []
    for place, small in alone(document):
        # Components come first: an operation that needs a failing one fails too.
        names = set(owners.of(place) or [""]) - {each.operation for each in found}
        try:
            Reading(small, config)
        except UnreadableError:
            continue
        except Exception as error:  # noqa: BLE001 - a mistake of the generator's own
            found += [Limit(name, pointer(place), _failure(error)) for name in sorted(names)]
    return found


def _failure(error: Exception) -> str:
    return f"the generator fails: {type(error).__name__}: {error}"


class _Project(Project):
    """The generator's package, with TypedDicts added and models loaded on first use.

    The generator's post-hooks format these modules too.
    """

    def _build_models(self) -> None:
        super()._build_models()
        for name, written in (("typed_dicts.py", typed_dicts), ("models/__init__.py", lazy_models)):
            (self.package_dir / name).write_text(written.module(self.openapi), encoding="utf-8")


def settings(config: Path, package: Path | None = None) -> Config:
    """Read the generator's settings from a file, for a package without a project."""
    read_from_file = ConfigFile.load_from_path(config)
    return Config.from_sources(
        read_from_file, MetaType.NONE, Path(), "utf-8", overwrite=False, output_path=package
    )


def main() -> int:
    """Generate the package that the arguments describe; return 0, or 1 with errors on stderr."""
    parser = argparse.ArgumentParser(prog="generator", description=__doc__.splitlines()[0])
    for name in ("source", "package", "config"):
        parser.add_argument(name, type=Path)
    parser.add_argument("without", nargs="*")
    given = parser.parse_args()
    config = settings(given.config, given.package)
    document = json.loads(given.source.read_bytes())
    found, reading = read(document, config)
    left = found
    if given.without:
        left, reading = read(without(document, given.without), config)
    passed_over = reading.passed_over if reading else []
    left = [each for each in left if each not in passed_over]
    result = {
        "found": found,
        "left": left,
        "passed_over": passed_over,
        "modules": reading.modules() if reading else {},
    }
    print(json.dumps(result), flush=True)
    if left or reading is None:
        return 0
    errors = _Project(openapi=reading.made, config=config).build()
    for error in errors:
        print(f"{error.header}: {error.detail}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
