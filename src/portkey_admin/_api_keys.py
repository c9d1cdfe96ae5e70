"""The call itself: its arguments, for the synchronous and the asynchronous client alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from portkey_generated.models.create_api_key_sub_type import CreateApiKeySubType
    from portkey_generated.models.create_api_key_type import CreateApiKeyType
    from portkey_generated.models.defaults import Defaults
    from portkey_generated.models.rate_limit import RateLimit
    from portkey_generated.models.rotation_policy import RotationPolicy
    from portkey_generated.models.usage_limits import UsageLimits

ResultT = TypeVar("ResultT")


class Omitted:
    """The type of an argument that is not given, and so not sent."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted()


class Arguments(NamedTuple):
    """The arguments of a call, sorted by where they go."""

    path: dict[str, Any]
    body: dict[str, Any]
    extra: Mapping[str, Any] | None
    validate: bool


class ApiKeys(Generic[ResultT]):
    """API keys of an organisation or a workspace."""

    def __init__(self, call: Callable[[Arguments], ResultT]) -> None:
        self._call = call

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
        rate_limits: Sequence[RateLimit | Mapping[str, Any]] | Omitted | None = OMITTED,
        usage_limits: UsageLimits | Mapping[str, Any] | Omitted = OMITTED,
        defaults: Defaults | Mapping[str, Any] | Omitted = OMITTED,
        alert_emails: Sequence[str] | Omitted = OMITTED,
        expires_at: datetime | str | Omitted | None = OMITTED,
        rotation_policy: RotationPolicy | Mapping[str, Any] | Omitted | None = OMITTED,
        extra: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> ResultT:
        """Create an API key (`POST /api-keys/{type}/{sub-type}`).

        An argument that is not given is not sent; None is sent as null. Nested values are dicts and
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
            extra: Fields that the spec does not know yet, sent beside the others.
            validate: False leaves it to the server to check the values; what JSON cannot carry is
                refused all the same.

        Returns:
            The created key. Its secret is shown this once: `created.key.reveal()`.

        Raises:
            InvalidRequestError: An argument is not what the spec allows; nothing was sent.
            NotSentError: The request did not leave; trying again is safe.
            RefusedError: The server said no; no key was created.
            OutcomeUnknownError: A key may have been created; look for its name before trying again.
        """
        given = {
            argument: value
            for argument, value in locals().items()
            if argument not in {"self", "extra", "validate"} and value is not OMITTED
        }
        path: dict[str, Any] = {
            name: given.pop(name) for name in ("type", "sub_type") if name in given
        }
        return self._call(Arguments(path, given, extra, validate))
