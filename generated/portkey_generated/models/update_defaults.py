from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.update_metadata import UpdateMetadata


T = TypeVar("T", bound="UpdateDefaults")


@_attrs_define
class UpdateDefaults:
    metadata: UpdateMetadata | Unset = UNSET
    config_id: str | Unset = UNSET
    allow_config_override: bool | Unset = True
    """ Whether a request may use another config than config_id. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        config_id = self.config_id

        allow_config_override = self.allow_config_override

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if config_id is not UNSET:
            field_dict["config_id"] = config_id
        if allow_config_override is not UNSET:
            field_dict["allow_config_override"] = allow_config_override

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.update_metadata import UpdateMetadata  # noqa: PLC0415

        d = dict(src_dict)
        _metadata = d.pop("metadata", UNSET)
        metadata: UpdateMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = UpdateMetadata.from_dict(_metadata)

        config_id = d.pop("config_id", UNSET)

        allow_config_override = d.pop("allow_config_override", UNSET)

        update_defaults = cls(
            metadata=metadata,
            config_id=config_id,
            allow_config_override=allow_config_override,
        )

        update_defaults.additional_properties = d
        return update_defaults

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
