"""Turn what callers pass into JSON values, exactly or not at all."""

from __future__ import annotations

import math
from collections import UserString
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from portkey_generated.types import Unset

from portkey_admin._schema import Finding, Path

REFUSED: Final = object()

_DEEPEST: Final = 100
_MOST_BITS: Final = 14_000  # Python writes no integer of more than 4,300 digits
_NO_ARRAYS: Final = (bytes, bytearray, memoryview, UserString)
_ANY: Final = "a JSON value: string, number, true or false, null, list or dict"


def to_json(value: Any, path: Path, findings: list[Finding]) -> Any:
    """Return `value` as JSON has it; add to `findings` what JSON cannot carry.

    Datetimes, UUIDs, enum members and generated models become what the spec has for them, and
    unset members are left out. What is added to `findings` is REFUSED in the result.
    """
    return _Conversion(findings).convert(value, path)


class _Conversion:
    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        self._open: set[int] = set()

    def convert(self, value: Any, path: Path) -> Any:  # noqa: PLR0911 - one for each kind
        # What nearly all values are comes first, by their very types.
        if type(value) is str and value.isascii():
            return value
        if type(value) is dict or type(value) is list:
            return self._container(value, path)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return self.convert(value.value, path)
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, int | float):
            return self._number(value, path)
        if isinstance(value, UUID):
            return str(value)
        if isinstance(value, date):
            return self._instant(value, path)
        is_model = hasattr(value, "to_dict")
        if is_model or (
            isinstance(value, Mapping | Sequence) and not isinstance(value, _NO_ARRAYS)
        ):
            return self._container(value, path)
        return self._refuse(path, value, _ANY)

    def _refuse(self, path: Path, value: Any, allowed: str) -> Any:
        self._findings.append(Finding(path, value, allowed))
        return REFUSED

    def _text(self, value: str, path: Path) -> Any:
        try:
            value.encode()
        except UnicodeEncodeError:
            return self._refuse(path, value, "text without lone surrogates, which UTF-8 lacks")
        return str.__str__(value)

    def _number(self, value: float, path: Path) -> Any:
        if isinstance(value, float):
            if not math.isfinite(value):
                return self._refuse(
                    path, value, "a finite number (JSON has no NaN and no infinity)"
                )
            return float(value)
        if value.bit_length() > _MOST_BITS:
            return self._refuse(path, "a number of more than 4,000 digits", "a shorter number")
        return int(value)

    def _instant(self, value: date, path: Path) -> Any:
        offset = value.utcoffset() if isinstance(value, datetime) else None
        if offset is None or offset % timedelta(minutes=1):
            allowed = "a datetime whose offset is known (tzinfo=UTC) and in whole minutes"
            return self._refuse(path, value, allowed)
        return value.isoformat()

    def _model(self, value: Any, path: Path) -> Any:
        try:
            members = value.to_dict()
        except Exception:  # noqa: BLE001 - a generated model may hold anything at all
            members = None
        if not isinstance(members, Mapping):
            return self._refuse(path, value, "a model whose to_dict gives a dict")
        return self._members(members, path)

    def _container(self, value: Any, path: Path) -> Any:
        if id(value) in self._open:
            return self._refuse(path, value, "a value that does not contain itself")
        if len(path) >= _DEEPEST:
            return self._refuse(path, value, f"a nesting of at most {_DEEPEST} levels")
        self._open.add(id(value))
        try:
            if hasattr(value, "to_dict"):
                return self._model(value, path)
            if isinstance(value, Mapping):
                return self._members(value, path)
            return [self.convert(item, (*path, index)) for index, item in enumerate(value)]
        finally:
            self._open.discard(id(value))

    def _members(self, value: Mapping[Any, Any], path: Path) -> dict[str, Any]:
        converted = {}
        for name, part in value.items():
            if isinstance(part, Unset):
                continue
            if not isinstance(name, str):
                self._refuse(path, name, "names that are strings")
                continue
            plain = self._text(name, path)
            if plain is not REFUSED:
                converted[plain] = self.convert(part, (*path, plain))
        return converted
