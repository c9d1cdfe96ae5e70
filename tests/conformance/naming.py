"""The pinned generator's reading of a document: names, defaults and omissions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties.float import FloatProperty

from scripts.regen import CONFIG


@dataclass(frozen=True)
class Names:
    """The Python names of parameters or properties, and the defaults that calls add."""

    python: Mapping[str, str]
    defaults: Mapping[str, Any]


@dataclass(frozen=True)
class Naming:
    """The Python names of a document."""

    modules: Mapping[str, str]
    """The generated module of each operation, below `api`, by its `route`."""
    parameters: Mapping[str, Names]
    """The names of each operation, by `path.name`, `query.name` and so on."""
    models: Mapping[str, Names]
    """The properties of each model, by its class."""
    left_out: tuple[tuple[str, str], ...]
    """What the generator does not generate, and why."""


def read_naming(document: Mapping[str, Any]) -> Naming:
    """Return the generator's names for a document, with the project's settings.

    Raises LookupError if it cannot read the document at all.
    """
    settings = ConfigFile.load_from_path(CONFIG)
    config = Config.from_sources(settings, MetaType.NONE, Path(), "utf-8", False, None)  # noqa: FBT003 - the generator's signature
    made = GeneratorData.from_dict(dict(document), config=config)
    if isinstance(made, GeneratorError):
        raise LookupError(f"{made.header}: {made.detail}")  # noqa: TRY004 - the document is wrong
    collections = made.endpoint_collections_by_tag
    errors = (error for each in collections.values() for error in each.parse_errors)
    endpoints = {
        route(each.method, each.path.get_untrusted_value()): (f"{tag}.{each.name}", each)
        for tag, collection in collections.items()
        for each in collection.endpoints
    }
    return Naming(
        modules={found: module for found, (module, _) in endpoints.items()},
        parameters={
            found: _names((f"{place}.", each) for place, each in endpoint.iter_all_parameters())
            for found, (_, endpoint) in endpoints.items()
        },
        models={
            model.class_info.name: _names(
                ("", each)
                for each in (*(model.required_properties or ()), *(model.optional_properties or ()))
            )
            for model in made.models
        },
        left_out=tuple((str(error.header), str(error.detail)) for error in errors),
    )


def route(method: str, path: str) -> str:
    """Return method and path without the names of variables, which the generator changes."""
    return f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"


def _names(properties: Iterable[tuple[str, Any]]) -> Names:
    python, defaults = {}, {}
    for prefix, each in properties:
        name = f"{prefix}{each.name.get_untrusted_value()}"
        python[name] = str(each.python_name)
        if each.default is not None:
            default = each.default.raw_value
            defaults[name] = float(default) if isinstance(each, FloatProperty) else default
    return Names(python, defaults)
