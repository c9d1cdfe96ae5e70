from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RotateApiKeyObject")


@_attrs_define
class RotateApiKeyObject:
    key_transition_period_ms: int | Unset = UNSET
    """ How many milliseconds the old secret stays valid: at least 1800000 (30 minutes), which is also the default.
    """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key_transition_period_ms = self.key_transition_period_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if key_transition_period_ms is not UNSET:
            field_dict["key_transition_period_ms"] = key_transition_period_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        key_transition_period_ms = d.pop("key_transition_period_ms", UNSET)

        rotate_api_key_object = cls(
            key_transition_period_ms=key_transition_period_ms,
        )

        rotate_api_key_object.additional_properties = d
        return rotate_api_key_object

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
