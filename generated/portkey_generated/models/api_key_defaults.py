from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.api_key_metadata import ApiKeyMetadata


T = TypeVar("T", bound="ApiKeyDefaults")


@_attrs_define
class ApiKeyDefaults:
    metadata: ApiKeyMetadata | None | Unset = UNSET
    config_id: None | str | Unset = UNSET
    allow_config_override: bool | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.api_key_metadata import ApiKeyMetadata  # noqa: PLC0415

        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, ApiKeyMetadata):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        config_id: None | str | Unset
        if isinstance(self.config_id, Unset):
            config_id = UNSET
        else:
            config_id = self.config_id

        allow_config_override: bool | None | Unset
        if isinstance(self.allow_config_override, Unset):
            allow_config_override = UNSET
        else:
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
        from ..models.api_key_metadata import ApiKeyMetadata  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_metadata(data: object) -> ApiKeyMetadata | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_type_0 = ApiKeyMetadata.from_dict(data)

                return metadata_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ApiKeyMetadata | None | Unset, data)

        metadata = _parse_metadata(d.pop("metadata", UNSET))

        def _parse_config_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        config_id = _parse_config_id(d.pop("config_id", UNSET))

        def _parse_allow_config_override(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        allow_config_override = _parse_allow_config_override(
            d.pop("allow_config_override", UNSET)
        )

        api_key_defaults = cls(
            metadata=metadata,
            config_id=config_id,
            allow_config_override=allow_config_override,
        )

        api_key_defaults.additional_properties = d
        return api_key_defaults

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
