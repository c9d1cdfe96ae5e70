from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.update_rate_limit_type import (
    UpdateRateLimitType,
    check_update_rate_limit_type,
)
from ..models.update_rate_limit_unit import (
    UpdateRateLimitUnit,
    check_update_rate_limit_unit,
)

T = TypeVar("T", bound="UpdateRateLimit")


@_attrs_define
class UpdateRateLimit:
    type_: UpdateRateLimitType
    unit: UpdateRateLimitUnit
    """ Requests or tokens per day, hour, minute, second or week. """
    value: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        unit: str = self.unit

        value = self.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "unit": unit,
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = check_update_rate_limit_type(d.pop("type"))

        unit = check_update_rate_limit_unit(d.pop("unit"))

        value = d.pop("value")

        update_rate_limit = cls(
            type_=type_,
            unit=unit,
            value=value,
        )

        update_rate_limit.additional_properties = d
        return update_rate_limit

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
