from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ApiKeyUsageLimits")


@_attrs_define
class ApiKeyUsageLimits:
    credit_limit: float | None | Unset = UNSET
    type_: None | str | Unset = UNSET
    """ Known values are cost and tokens. """
    alert_threshold: float | None | Unset = UNSET
    periodic_reset: None | str | Unset = UNSET
    """ Known values are monthly and weekly. """
    periodic_reset_days: float | None | Unset = UNSET
    next_usage_reset_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        credit_limit: float | None | Unset
        if isinstance(self.credit_limit, Unset):
            credit_limit = UNSET
        else:
            credit_limit = self.credit_limit

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        alert_threshold: float | None | Unset
        if isinstance(self.alert_threshold, Unset):
            alert_threshold = UNSET
        else:
            alert_threshold = self.alert_threshold

        periodic_reset: None | str | Unset
        if isinstance(self.periodic_reset, Unset):
            periodic_reset = UNSET
        else:
            periodic_reset = self.periodic_reset

        periodic_reset_days: float | None | Unset
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

        def _parse_credit_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        credit_limit = _parse_credit_limit(d.pop("credit_limit", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_alert_threshold(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        alert_threshold = _parse_alert_threshold(d.pop("alert_threshold", UNSET))

        def _parse_periodic_reset(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        periodic_reset = _parse_periodic_reset(d.pop("periodic_reset", UNSET))

        def _parse_periodic_reset_days(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

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

        api_key_usage_limits = cls(
            credit_limit=credit_limit,
            type_=type_,
            alert_threshold=alert_threshold,
            periodic_reset=periodic_reset,
            periodic_reset_days=periodic_reset_days,
            next_usage_reset_at=next_usage_reset_at,
        )

        api_key_usage_limits.additional_properties = d
        return api_key_usage_limits

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
