"""The operations on API keys: their arguments, for both clients alike."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from portkey_admin._spec import create_operation

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from portkey_generated.models.create_api_key_sub_type import CreateApiKeySubType
    from portkey_generated.models.create_api_key_type import CreateApiKeyType
    from portkey_generated.models.defaults import Defaults
    from portkey_generated.models.rate_limit import RateLimit
    from portkey_generated.models.rotation_policy import RotationPolicy
    from portkey_generated.models.usage_limits import UsageLimits
    from portkey_generated.typed_dicts import (
        DefaultsDict,
        RateLimitDict,
        RotationPolicyDict,
        UsageLimitsDict,
    )

    from portkey_admin._request import Call

CreatedT = TypeVar("CreatedT")
MethodT = TypeVar("MethodT", bound=Callable[..., Any])


class Omitted:
    """The type of an argument that is not given, and so not sent."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted()


def _sends(prepare: MethodT) -> MethodT:
    """Make a method send the call that it returns, from a frame that holds no argument."""

    @functools.wraps(prepare)
    def method(self: ApiKeys[Any], /, *args: Any, **kwargs: Any) -> Any:
        try:
            call = prepare(self, *args, **kwargs)
        finally:
            del args, kwargs  # a traceback would show them
        return self._send(call)

    return cast("MethodT", method)


class ApiKeys(Generic[CreatedT]):
    """API keys of an organisation or a workspace."""

    def __init__(self, send: Callable[[Call], Any]) -> None:
        self._send = send

    @_sends
    def create(  # noqa: PLR0913 - one argument for each property of the schema
        self,
        *,
        type: CreateApiKeyType,  # noqa: A002 - the spec's name
        sub_type: CreateApiKeySubType,
        name: str,
        scopes: Sequence[str],
        description: str | Omitted = OMITTED,
        organisation_id: UUID | str | Omitted = OMITTED,
        workspace_id: str | Omitted = OMITTED,
        user_id: UUID | str | Omitted = OMITTED,
        rate_limits: Sequence[RateLimit | RateLimitDict] | Omitted | None = OMITTED,
        usage_limits: UsageLimits | UsageLimitsDict | Omitted = OMITTED,
        defaults: Defaults | DefaultsDict | Omitted = OMITTED,
        alert_emails: Sequence[str] | Omitted = OMITTED,
        expires_at: datetime | str | Omitted | None = OMITTED,
        rotation_policy: RotationPolicy | RotationPolicyDict | Omitted | None = OMITTED,
        extra: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> CreatedT:
        """Create an API key (`POST /api-keys/{type}/{sub-type}`).

        Arguments that you leave out are not sent; None is sent as null. Nested values are dicts and
        lists with the spec's own names, or generated models. The descriptions are the spec's.

        Args:
            type: Whether the key belongs to an `organisation` or a `workspace`.
            sub_type: Whether it is for a `user` or a `service`.
            name: The name of the key, by which it is found again.
            scopes: What it may do, `completions.write` for example; Portkey adds new ones often.
            description: What it is for.
            organisation_id: UUID. Optional when calling with a key of organisation level.
            workspace_id: UUID or slug (`ws-...`) of the workspace.
            user_id: UUID. Required when `sub_type` is `user`.
            rate_limits: List of `{"type": "requests" | "tokens", "unit": "rpd" | "rph" | "rpm" |
                "rps" | "rpw", "value": int}`; requests or tokens per day, hour, minute, second or
                week, at least 0.
            usage_limits: `{"type": "cost" | "tokens", "credit_limit": int, "alert_threshold": int,
                "periodic_reset": "monthly" | "weekly" | None, "periodic_reset_days": int | None,
                "next_usage_reset_at": datetime | None}`, each optional. The limits are at least 1;
                the days are 1 to 365 and exclude `periodic_reset`.
            defaults: `{"metadata": dict, "config_id": str, "allow_config_override": bool}`, each
                optional. When the last is False, the config cannot be overridden by a request.
            alert_emails: E-mail addresses for alerts.
            expires_at: When the key expires: an aware datetime, or RFC 3339 text with an offset.
            rotation_policy: `{"rotation_period": "weekly" | "monthly"}` or `{"next_rotation_at":
                datetime}`, and optionally `"key_transition_period_ms": int`: for how many
                milliseconds the previous key stays valid, from 1800000 to less than the period.
            extra: Fields that the spec lacks, sent beside the others; inside the others too, as in
                `{"usage_limits": {"new_field": 1}}`.
            validate: False leaves the checks to the server; what JSON cannot carry is refused all
                the same.

        Returns:
            The created key. Portkey shows its secret only once: `created.key.reveal()`.

        Raises:
            InvalidRequestError: An argument is not what the spec allows; nothing was sent.
            NotSentError: Nothing was sent; trying again is safe.
            RefusedError: The server refused the request; no key was created.
            OutcomeUnknownError: A key may have been created: look for its name before a retry.
        """
        from portkey_generated.api.api_keys import create_api_key  # noqa: PLC0415 - loads httpx

        from portkey_admin._request import Call  # noqa: PLC0415 - loads httpx, as an import need not

        body = {
            "name": name,
            "scopes": scopes,
            "description": description,
            "organisation_id": organisation_id,
            "workspace_id": workspace_id,
            "user_id": user_id,
            "rate_limits": rate_limits,
            "usage_limits": usage_limits,
            "defaults": defaults,
            "alert_emails": alert_emails,
            "expires_at": expires_at,
            "rotation_policy": rotation_policy,
        }
        call = Call(
            operation=create_operation(),
            function=create_api_key.sync_detailed,
            path=_given({"type": type, "sub_type": sub_type}),
            body=_given(body),
            extra=extra,
            validate=validate,
        )
        return cast("CreatedT", call)  # which _sends turns into a created key


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not OMITTED}
