"""Write the `__init__.py` of the models, which loads each model on first use (PEP 562).

Type checkers and editors see plain imports. If a model has the same name as its module, as in
scripts without capitals, it is imported at once: otherwise its module would hide it.
"""

from __future__ import annotations

from typing import Final

from openapi_python_client.parser import GeneratorData

_SOURCE: Final = '''\
"""The models, each of which is loaded when its name is first used."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING
{at_once}
__all__ = {names}

if TYPE_CHECKING:
    {imports}
else:
    _MODULES = {modules}

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        module = _import_module(f"{{__name__}}.{{_MODULES[name]}}")
        globals()[name] = value = getattr(module, name)
        return value

    def __dir__() -> list[str]:
        return sorted({{*globals(), *__all__}})
'''


def module(made: GeneratorData) -> str:
    """Return the source of the module."""
    classes = (each.class_info for each in (*made.models, *made.enums))
    modules = {str(each.name): str(each.module_name) for each in classes}
    names = tuple(sorted(modules))
    imports = {name: f"from .{modules[name]} import {name}" for name in names}
    return _SOURCE.format(
        at_once="\n".join(imports.pop(name) for name in names if name == modules[name]),
        names=names,
        imports="\n    ".join(imports.values()) or "pass",
        modules={name: modules[name] for name in imports},
    )
