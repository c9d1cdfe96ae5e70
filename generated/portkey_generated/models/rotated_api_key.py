from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RotatedApiKey")


@_attrs_define
class RotatedApiKey:
    id: None | Unset | UUID = UNSET
    key: str | Unset = UNSET
    """ The new secret. """
    key_transition_expires_at: datetime.datetime | None | Unset = UNSET
    """ When the old secret expires. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        elif isinstance(self.id, UUID):
            id = str(self.id)
        else:
            id = self.id

        key = self.key

        key_transition_expires_at: None | str | Unset
        if isinstance(self.key_transition_expires_at, Unset):
            key_transition_expires_at = UNSET
        elif isinstance(self.key_transition_expires_at, datetime.datetime):
            key_transition_expires_at = self.key_transition_expires_at.isoformat()
        else:
            key_transition_expires_at = self.key_transition_expires_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if key is not UNSET:
            field_dict["key"] = key
        if key_transition_expires_at is not UNSET:
            field_dict["key_transition_expires_at"] = key_transition_expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                id_type_0 = UUID(data)

                return id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        id = _parse_id(d.pop("id", UNSET))

        key = d.pop("key", UNSET)

        def _parse_key_transition_expires_at(
            data: object,
        ) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                key_transition_expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return key_transition_expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        key_transition_expires_at = _parse_key_transition_expires_at(
            d.pop("key_transition_expires_at", UNSET)
        )

        rotated_api_key = cls(
            id=id,
            key=key,
            key_transition_expires_at=key_transition_expires_at,
        )

        rotated_api_key.additional_properties = d
        return rotated_api_key

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
