from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.update_defaults import UpdateDefaults
    from ..models.update_rate_limit import UpdateRateLimit
    from ..models.update_rotation_policy import UpdateRotationPolicy
    from ..models.update_usage_limits import UpdateUsageLimits


T = TypeVar("T", bound="UpdateApiKeyObject")


@_attrs_define
class UpdateApiKeyObject:
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    rate_limits: list[UpdateRateLimit] | None | Unset = UNSET
    """ Replaces all rate limits; null removes them. """
    usage_limits: None | Unset | UpdateUsageLimits = UNSET
    """ Replaces the usage limits; null removes them. """
    scopes: list[str] | Unset = UNSET
    """ Replaces all scopes. """
    defaults: UpdateDefaults | Unset = UNSET
    alert_emails: list[str] | Unset = UNSET
    """ Replaces all addresses that alerts go to. """
    expires_at: datetime.datetime | None | Unset = UNSET
    """ When the key expires; null for never. """
    rotation_policy: None | Unset | UpdateRotationPolicy = UNSET
    """ When the server rotates the key. Needs rotation_period or next_rotation_at; null stops it. """
    reset_usage: bool | Unset = UNSET
    """ Whether to reset the usage to zero now. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.update_rotation_policy import UpdateRotationPolicy  # noqa: PLC0415
        from ..models.update_usage_limits import UpdateUsageLimits  # noqa: PLC0415

        name = self.name

        description = self.description

        rate_limits: list[dict[str, Any]] | None | Unset
        if isinstance(self.rate_limits, Unset):
            rate_limits = UNSET
        elif isinstance(self.rate_limits, list):
            rate_limits = []
            for rate_limits_type_0_item_data in self.rate_limits:
                rate_limits_type_0_item = rate_limits_type_0_item_data.to_dict()
                rate_limits.append(rate_limits_type_0_item)

        else:
            rate_limits = self.rate_limits

        usage_limits: dict[str, Any] | None | Unset
        if isinstance(self.usage_limits, Unset):
            usage_limits = UNSET
        elif isinstance(self.usage_limits, UpdateUsageLimits):
            usage_limits = self.usage_limits.to_dict()
        else:
            usage_limits = self.usage_limits

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = self.scopes

        defaults: dict[str, Any] | Unset = UNSET
        if not isinstance(self.defaults, Unset):
            defaults = self.defaults.to_dict()

        alert_emails: list[str] | Unset = UNSET
        if not isinstance(self.alert_emails, Unset):
            alert_emails = self.alert_emails

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        rotation_policy: dict[str, Any] | None | Unset
        if isinstance(self.rotation_policy, Unset):
            rotation_policy = UNSET
        elif isinstance(self.rotation_policy, UpdateRotationPolicy):
            rotation_policy = self.rotation_policy.to_dict()
        else:
            rotation_policy = self.rotation_policy

        reset_usage = self.reset_usage

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if rate_limits is not UNSET:
            field_dict["rate_limits"] = rate_limits
        if usage_limits is not UNSET:
            field_dict["usage_limits"] = usage_limits
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if defaults is not UNSET:
            field_dict["defaults"] = defaults
        if alert_emails is not UNSET:
            field_dict["alert_emails"] = alert_emails
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if rotation_policy is not UNSET:
            field_dict["rotation_policy"] = rotation_policy
        if reset_usage is not UNSET:
            field_dict["reset_usage"] = reset_usage

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.update_defaults import UpdateDefaults  # noqa: PLC0415
        from ..models.update_rate_limit import UpdateRateLimit  # noqa: PLC0415
        from ..models.update_rotation_policy import UpdateRotationPolicy  # noqa: PLC0415
        from ..models.update_usage_limits import UpdateUsageLimits  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name", UNSET)

        description = d.pop("description", UNSET)

        def _parse_rate_limits(data: object) -> list[UpdateRateLimit] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                rate_limits_type_0 = []
                _rate_limits_type_0 = data
                for rate_limits_type_0_item_data in _rate_limits_type_0:
                    rate_limits_type_0_item = UpdateRateLimit.from_dict(
                        rate_limits_type_0_item_data
                    )

                    rate_limits_type_0.append(rate_limits_type_0_item)

                return rate_limits_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[UpdateRateLimit] | None | Unset, data)

        rate_limits = _parse_rate_limits(d.pop("rate_limits", UNSET))

        def _parse_usage_limits(data: object) -> None | Unset | UpdateUsageLimits:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                usage_limits_type_0 = UpdateUsageLimits.from_dict(data)

                return usage_limits_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UpdateUsageLimits, data)

        usage_limits = _parse_usage_limits(d.pop("usage_limits", UNSET))

        scopes = cast(list[str], d.pop("scopes", UNSET))

        _defaults = d.pop("defaults", UNSET)
        defaults: UpdateDefaults | Unset
        if isinstance(_defaults, Unset):
            defaults = UNSET
        else:
            defaults = UpdateDefaults.from_dict(_defaults)

        alert_emails = cast(list[str], d.pop("alert_emails", UNSET))

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        def _parse_rotation_policy(data: object) -> None | Unset | UpdateRotationPolicy:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                rotation_policy_type_0 = UpdateRotationPolicy.from_dict(data)

                return rotation_policy_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UpdateRotationPolicy, data)

        rotation_policy = _parse_rotation_policy(d.pop("rotation_policy", UNSET))

        reset_usage = d.pop("reset_usage", UNSET)

        update_api_key_object = cls(
            name=name,
            description=description,
            rate_limits=rate_limits,
            usage_limits=usage_limits,
            scopes=scopes,
            defaults=defaults,
            alert_emails=alert_emails,
            expires_at=expires_at,
            rotation_policy=rotation_policy,
            reset_usage=reset_usage,
        )

        update_api_key_object.additional_properties = d
        return update_api_key_object

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
