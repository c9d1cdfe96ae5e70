from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.defaults import Defaults
    from ..models.rate_limit import RateLimit
    from ..models.rotation_policy import RotationPolicy
    from ..models.usage_limits import UsageLimits


T = TypeVar("T", bound="CreateApiKeyObject")


@_attrs_define
class CreateApiKeyObject:
    name: str
    scopes: list[str]
    description: str | Unset = UNSET
    organisation_id: UUID | Unset = UNSET
    """ Organisation ID. Optional when calling via an org-level API key (picked from auth context). """
    workspace_id: str | Unset = UNSET
    user_id: UUID | Unset = UNSET
    """ **Required** when sub-type path parameter is 'user'. Not required when sub-type is 'service'. """
    rate_limits: list[RateLimit] | None | Unset = UNSET
    usage_limits: UsageLimits | Unset = UNSET
    defaults: Defaults | Unset = UNSET
    alert_emails: list[str] | Unset = UNSET
    expires_at: datetime.datetime | None | Unset = UNSET
    """ ISO 8601 datetime at which this key expires. Must not exceed the org/workspace maximum TTL if configured.
    """
    rotation_policy: None | RotationPolicy | Unset = UNSET
    """ Automatic key rotation configuration. Requires either rotation_period or next_rotation_at. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.rotation_policy import RotationPolicy  # noqa: PLC0415

        name = self.name

        scopes = self.scopes

        description = self.description

        organisation_id: str | Unset = UNSET
        if not isinstance(self.organisation_id, Unset):
            organisation_id = str(self.organisation_id)

        workspace_id = self.workspace_id

        user_id: str | Unset = UNSET
        if not isinstance(self.user_id, Unset):
            user_id = str(self.user_id)

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

        usage_limits: dict[str, Any] | Unset = UNSET
        if not isinstance(self.usage_limits, Unset):
            usage_limits = self.usage_limits.to_dict()

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
        elif isinstance(self.rotation_policy, RotationPolicy):
            rotation_policy = self.rotation_policy.to_dict()
        else:
            rotation_policy = self.rotation_policy

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "scopes": scopes,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if organisation_id is not UNSET:
            field_dict["organisation_id"] = organisation_id
        if workspace_id is not UNSET:
            field_dict["workspace_id"] = workspace_id
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if rate_limits is not UNSET:
            field_dict["rate_limits"] = rate_limits
        if usage_limits is not UNSET:
            field_dict["usage_limits"] = usage_limits
        if defaults is not UNSET:
            field_dict["defaults"] = defaults
        if alert_emails is not UNSET:
            field_dict["alert_emails"] = alert_emails
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if rotation_policy is not UNSET:
            field_dict["rotation_policy"] = rotation_policy

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.defaults import Defaults  # noqa: PLC0415
        from ..models.rate_limit import RateLimit  # noqa: PLC0415
        from ..models.rotation_policy import RotationPolicy  # noqa: PLC0415
        from ..models.usage_limits import UsageLimits  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        scopes = cast(list[str], d.pop("scopes"))

        description = d.pop("description", UNSET)

        _organisation_id = d.pop("organisation_id", UNSET)
        organisation_id: UUID | Unset
        if isinstance(_organisation_id, Unset):
            organisation_id = UNSET
        else:
            organisation_id = UUID(_organisation_id)

        workspace_id = d.pop("workspace_id", UNSET)

        _user_id = d.pop("user_id", UNSET)
        user_id: UUID | Unset
        if isinstance(_user_id, Unset):
            user_id = UNSET
        else:
            user_id = UUID(_user_id)

        def _parse_rate_limits(data: object) -> list[RateLimit] | None | Unset:
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
                    rate_limits_type_0_item = RateLimit.from_dict(
                        rate_limits_type_0_item_data
                    )

                    rate_limits_type_0.append(rate_limits_type_0_item)

                return rate_limits_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[RateLimit] | None | Unset, data)

        rate_limits = _parse_rate_limits(d.pop("rate_limits", UNSET))

        _usage_limits = d.pop("usage_limits", UNSET)
        usage_limits: UsageLimits | Unset
        if isinstance(_usage_limits, Unset):
            usage_limits = UNSET
        else:
            usage_limits = UsageLimits.from_dict(_usage_limits)

        _defaults = d.pop("defaults", UNSET)
        defaults: Defaults | Unset
        if isinstance(_defaults, Unset):
            defaults = UNSET
        else:
            defaults = Defaults.from_dict(_defaults)

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

        def _parse_rotation_policy(data: object) -> None | RotationPolicy | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                rotation_policy_type_0 = RotationPolicy.from_dict(data)

                return rotation_policy_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RotationPolicy | Unset, data)

        rotation_policy = _parse_rotation_policy(d.pop("rotation_policy", UNSET))

        create_api_key_object = cls(
            name=name,
            scopes=scopes,
            description=description,
            organisation_id=organisation_id,
            workspace_id=workspace_id,
            user_id=user_id,
            rate_limits=rate_limits,
            usage_limits=usage_limits,
            defaults=defaults,
            alert_emails=alert_emails,
            expires_at=expires_at,
            rotation_policy=rotation_policy,
        )

        create_api_key_object.additional_properties = d
        return create_api_key_object

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
