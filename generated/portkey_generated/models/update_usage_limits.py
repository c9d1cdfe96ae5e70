from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.update_usage_limits_periodic_reset import (
    UpdateUsageLimitsPeriodicReset,
    check_update_usage_limits_periodic_reset,
)
from ..models.update_usage_limits_type import (
    UpdateUsageLimitsType,
    check_update_usage_limits_type,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="UpdateUsageLimits")


@_attrs_define
class UpdateUsageLimits:
    """Replaces the usage limits; null removes them."""

    credit_limit: int | Unset = UNSET
    """ The limit of the usage, in the unit of type. """
    type_: UpdateUsageLimitsType | Unset = UNSET
    """ The unit of the limits. """
    alert_threshold: int | Unset = UNSET
    """ The usage above which an alert is sent. """
    periodic_reset: None | Unset | UpdateUsageLimitsPeriodicReset = UNSET
    """ How often the usage is reset to zero. """
    periodic_reset_days: int | None | Unset = UNSET
    """ After how many days the usage is set back to zero. Cannot be combined with periodic_reset. """
    next_usage_reset_at: datetime.datetime | None | Unset = UNSET
    """ When the usage is set back to zero next. The server computes it if it is left out. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        credit_limit = self.credit_limit

        type_: str | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = self.type_

        alert_threshold = self.alert_threshold

        periodic_reset: None | str | Unset
        if isinstance(self.periodic_reset, Unset):
            periodic_reset = UNSET
        elif isinstance(self.periodic_reset, str):
            periodic_reset = self.periodic_reset
        else:
            periodic_reset = self.periodic_reset

        periodic_reset_days: int | None | Unset
        if isinstance(self.periodic_reset_days, Unset):
            periodic_reset_days = UNSET
        else:
            periodic_reset_days = self.periodic_reset_days

        next_usage_reset_at: None | str | Unset
        if isinstance(self.next_usage_reset_at, Unset):
            next_usage_reset_at = UNSET
        elif isinstance(self.next_usage_reset_at, datetime.datetime):
            next_usage_reset_at = self.next_usage_reset_at.isoformat()
        else:
            next_usage_reset_at = self.next_usage_reset_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if credit_limit is not UNSET:
            field_dict["credit_limit"] = credit_limit
        if type_ is not UNSET:
            field_dict["type"] = type_
        if alert_threshold is not UNSET:
            field_dict["alert_threshold"] = alert_threshold
        if periodic_reset is not UNSET:
            field_dict["periodic_reset"] = periodic_reset
        if periodic_reset_days is not UNSET:
            field_dict["periodic_reset_days"] = periodic_reset_days
        if next_usage_reset_at is not UNSET:
            field_dict["next_usage_reset_at"] = next_usage_reset_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        credit_limit = d.pop("credit_limit", UNSET)

        _type_ = d.pop("type", UNSET)
        type_: UpdateUsageLimitsType | Unset
        if isinstance(_type_, Unset):
            type_ = UNSET
        else:
            type_ = check_update_usage_limits_type(_type_)

        alert_threshold = d.pop("alert_threshold", UNSET)

        def _parse_periodic_reset(
            data: object,
        ) -> None | Unset | UpdateUsageLimitsPeriodicReset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                periodic_reset_type_1 = check_update_usage_limits_periodic_reset(data)

                return periodic_reset_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UpdateUsageLimitsPeriodicReset, data)

        periodic_reset = _parse_periodic_reset(d.pop("periodic_reset", UNSET))

        def _parse_periodic_reset_days(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        periodic_reset_days = _parse_periodic_reset_days(
            d.pop("periodic_reset_days", UNSET)
        )

        def _parse_next_usage_reset_at(
            data: object,
        ) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_usage_reset_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_usage_reset_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        next_usage_reset_at = _parse_next_usage_reset_at(
            d.pop("next_usage_reset_at", UNSET)
        )

        update_usage_limits = cls(
            credit_limit=credit_limit,
            type_=type_,
            alert_threshold=alert_threshold,
            periodic_reset=periodic_reset,
            periodic_reset_days=periodic_reset_days,
            next_usage_reset_at=next_usage_reset_at,
        )

        update_usage_limits.additional_properties = d
        return update_usage_limits

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
