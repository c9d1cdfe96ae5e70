from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.update_rotation_policy_rotation_period import (
    UpdateRotationPolicyRotationPeriod,
    check_update_rotation_policy_rotation_period,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="UpdateRotationPolicy")


@_attrs_define
class UpdateRotationPolicy:
    """When the server rotates the key. Needs rotation_period or next_rotation_at; null stops it."""

    rotation_period: None | Unset | UpdateRotationPolicyRotationPeriod = UNSET
    """ How often the server rotates the key. """
    next_rotation_at: datetime.datetime | None | Unset = UNSET
    """ When the server rotates the key next. Cannot be combined with rotation_period. """
    key_transition_period_ms: int | Unset = UNSET
    """ For how many milliseconds the old secret stays valid after a rotation: 30 minutes (1800000) at least, and
    less than the period of rotation. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        rotation_period: None | str | Unset
        if isinstance(self.rotation_period, Unset):
            rotation_period = UNSET
        elif isinstance(self.rotation_period, str):
            rotation_period = self.rotation_period
        else:
            rotation_period = self.rotation_period

        next_rotation_at: None | str | Unset
        if isinstance(self.next_rotation_at, Unset):
            next_rotation_at = UNSET
        elif isinstance(self.next_rotation_at, datetime.datetime):
            next_rotation_at = self.next_rotation_at.isoformat()
        else:
            next_rotation_at = self.next_rotation_at

        key_transition_period_ms = self.key_transition_period_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if rotation_period is not UNSET:
            field_dict["rotation_period"] = rotation_period
        if next_rotation_at is not UNSET:
            field_dict["next_rotation_at"] = next_rotation_at
        if key_transition_period_ms is not UNSET:
            field_dict["key_transition_period_ms"] = key_transition_period_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_rotation_period(
            data: object,
        ) -> None | Unset | UpdateRotationPolicyRotationPeriod:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                rotation_period_type_1 = check_update_rotation_policy_rotation_period(
                    data
                )

                return rotation_period_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UpdateRotationPolicyRotationPeriod, data)

        rotation_period = _parse_rotation_period(d.pop("rotation_period", UNSET))

        def _parse_next_rotation_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_rotation_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_rotation_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        next_rotation_at = _parse_next_rotation_at(d.pop("next_rotation_at", UNSET))

        key_transition_period_ms = d.pop("key_transition_period_ms", UNSET)

        update_rotation_policy = cls(
            rotation_period=rotation_period,
            next_rotation_at=next_rotation_at,
            key_transition_period_ms=key_transition_period_ms,
        )

        update_rotation_policy.additional_properties = d
        return update_rotation_policy

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
