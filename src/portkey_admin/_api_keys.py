"""The operations on API keys, with their arguments, for both clients."""

# A method is a signature alone: its decorator makes the call.
# mypy: disable-error-code="empty-body"
from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from portkey_generated.models import (
        Defaults,
        RateLimit,
        RotationPolicy,
        UpdateDefaults,
        UpdateRateLimit,
        UpdateRotationPolicy,
        UpdateUsageLimits,
        UsageLimits,
    )
    from portkey_generated.models.create_api_key_sub_type import CreateApiKeySubType
    from portkey_generated.models.create_api_key_type import CreateApiKeyType
    from portkey_generated.typed_dicts import (
        DefaultsDict,
        RateLimitDict,
        RotationPolicyDict,
        UpdateDefaultsDict,
        UpdateRateLimitDict,
        UpdateRotationPolicyDict,
        UpdateUsageLimitsDict,
        UsageLimitsDict,
    )

    from portkey_admin._client import AsyncCalls, Calls

# The return types of the calls: records, or awaitables and iterators of records.
CreatedT = TypeVar("CreatedT")
RotatedT = TypeVar("RotatedT")
KeyT = TypeVar("KeyT")
KeysT = TypeVar("KeysT")
FoundT = TypeVar("FoundT")
NoneT = TypeVar("NoneT")
MethodT = TypeVar("MethodT", bound=Callable[..., Any])


class Omitted:
    """The type of `OMITTED`, the default of arguments that are not sent."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted()
# The arguments that callers can pass by position.
_POSITIONAL: Final = {"send": ("id",), "find": ("name",)}


def _calls(operation_id: str, way: str = "send") -> Callable[[MethodT], MethodT]:
    """Make a method, which is only a signature, call an operation of the spec.

    The names of its arguments in the spec decide whether they go to the path, query or body.
    """

    def decorate(declared: MethodT) -> MethodT:
        @functools.wraps(declared)
        def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            from portkey_admin import _request  # noqa: PLC0415 - loads httpx, which is slow

            try:
                declared(self, *args, **kwargs)  # Python's own check of the arguments
                kwargs |= zip(_POSITIONAL.get(way, ()), args, strict=False)
                kwargs = {k: v for k, v in kwargs.items() if not isinstance(v, Omitted)}
                call = _request.pack(operation_id, kwargs)
            finally:
                del args, kwargs  # a traceback would show them
            return getattr(self._calls, way)(call)

        return cast("MethodT", method)

    return decorate


class ApiKeys(Generic[CreatedT, RotatedT, KeyT, KeysT, FoundT, NoneT]):
    """API keys of an organisation or a workspace.

    Every call raises InvalidRequestError for arguments that the spec does not allow, NotSentError
    if nothing was sent, RefusedError if the server refused the request and changed nothing, and
    OutcomeUnknownError if the request was sent and its outcome is unknown.
    """

    def __init__(self, calls: Calls | AsyncCalls) -> None:
        self._calls = calls

    @_calls("createApiKey")
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
        lists with the spec's own names, or generated models.

        Args:
            type: Whether the key belongs to an `organisation` or a `workspace`.
            sub_type: Whether it is for a `user` or a `service`.
            name: The name of the key; `find` looks for it.
            scopes: Its permissions, for example `completions.write`; Portkey adds new ones often.
            description: A description of the key.
            organisation_id: UUID. Optional when calling with a key of organisation level.
            workspace_id: UUID or slug (`ws-...`) of the workspace.
            user_id: UUID. Required when `sub_type` is `user`.
            rate_limits: List of `{"type": "requests" | "tokens", "unit": "rpd" | "rph" | "rpm" |
                "rps" | "rpw", "value": int}`; requests or tokens per day, hour, minute, second or
                week, at least 0.
            usage_limits: `{"type": "cost" | "tokens", "credit_limit": int, "alert_threshold": int,
                "periodic_reset": "monthly" | "weekly" | None, "periodic_reset_days": int | None,
                "next_usage_reset_at": datetime | None}`, each optional. The limits are at least 1.
                The days are 1 to 365, and cannot be combined with `periodic_reset`.
            defaults: `{"metadata": dict, "config_id": str, "allow_config_override": bool}`, each
                optional. If the last is False, requests cannot override the config.
            alert_emails: E-mail addresses for alerts.
            expires_at: When the key expires: an aware datetime, or RFC 3339 text with an offset.
            rotation_policy: `{"rotation_period": "weekly" | "monthly"}` or `{"next_rotation_at":
                datetime}`, and optionally `"key_transition_period_ms": int`: the milliseconds that
                the previous key stays valid, at least 1800000 and less than the period.
            extra: Additional fields that the spec lacks; they can be inside known fields, as in
                `{"usage_limits": {"new_field": 1}}`.
            validate: False leaves the checks to the server; values that JSON cannot represent are
                still refused.

        Returns:
            The created key. Portkey shows its secret only once: `created.key.reveal()`.

        Raises:
            PortkeyAdminError: As described in ApiKeys. If the outcome is unknown, a key may have
                been created: `find` it before you try again.
        """

    @_calls("listApiKeys", "pages")
    def list(self, *, workspace_id: str | Omitted = OMITTED) -> KeysT:
        """Iterate over all keys (`GET /api-keys`). Each page is read when it is needed.

        A key that exists all the time is returned once, even if others create and delete keys. To
        ensure that, all pages are read a second time if there are several. The deadline applies to
        each page.

        Args:
            workspace_id: UUID or slug of a workspace; by default all that the admin key can see.

        Returns:
            An iterator over ApiKey; AsyncPortkeyAdmin returns an asynchronous iterator.

        Raises:
            PortkeyAdminError: As described in ApiKeys. Listing needs scopes of its own.
        """

    @_calls("listApiKeys", "find")
    def find(self, name: str, *, workspace_id: str | Omitted = OMITTED) -> FoundT:
        """Return all keys of a name (`GET /api-keys`).

        Portkey cannot search by name, so all pages are read, as by `list`.

        Args:
            name: The exact name; several keys may have it.
            workspace_id: UUID or slug of a workspace; by default all that the admin key can see.

        Returns:
            A list of ApiKey; an empty list if no key has the name.

        Raises:
            PortkeyAdminError: As described in ApiKeys. Listing needs scopes of its own.
        """

    @_calls("retrieveApiKey")
    def retrieve(self, id: UUID | str, *, validate: bool = True) -> KeyT:  # noqa: A002 - the spec's name
        """Return a key (`GET /api-keys/{id}`); the server masks its secret.

        Args:
            id: The key's id, a UUID.
            validate: False leaves the checks to the server.

        Returns:
            The key, as an ApiKey.

        Raises:
            PortkeyAdminError: As described in ApiKeys. Status 404 means that no key has this id.
        """

    @_calls("updateApiKey")
    def update(  # noqa: PLR0913 - one argument for each property of the schema
        self,
        id: UUID | str,  # noqa: A002 - the spec's name
        *,
        name: str | Omitted = OMITTED,
        description: str | Omitted = OMITTED,
        rate_limits: Sequence[UpdateRateLimit | UpdateRateLimitDict] | Omitted | None = OMITTED,
        usage_limits: UpdateUsageLimits | UpdateUsageLimitsDict | Omitted | None = OMITTED,
        scopes: Sequence[str] | Omitted = OMITTED,
        defaults: UpdateDefaults | UpdateDefaultsDict | Omitted = OMITTED,
        alert_emails: Sequence[str] | Omitted = OMITTED,
        expires_at: datetime | str | Omitted | None = OMITTED,
        rotation_policy: UpdateRotationPolicy | UpdateRotationPolicyDict | Omitted | None = OMITTED,
        reset_usage: bool | Omitted = OMITTED,
        extra: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> NoneT:
        """Change a key (`PUT /api-keys/{id}`).

        Fields that you leave out keep their values. The arguments have the same form as those of
        `create`, and each replaces its whole field. Reads may return the old values for a moment.

        Args:
            id: The key's id, a UUID.
            name: The new name.
            description: The new description.
            rate_limits: All rate limits; None removes them.
            usage_limits: The usage limits; None removes them.
            scopes: All permissions of the key.
            defaults: The defaults for requests with the key.
            alert_emails: All e-mail addresses for alerts.
            expires_at: When the key expires; None for never.
            rotation_policy: When the server rotates the key; None stops it.
            reset_usage: True resets the usage to zero now.
            extra: Additional fields that the spec lacks, as for `create`.
            validate: False leaves the checks to the server, as for `create`.

        Raises:
            PortkeyAdminError: As described in ApiKeys. If the outcome is unknown, `retrieve` the
                key.
        """

    @_calls("rotateApiKey")
    def rotate(
        self,
        id: UUID | str,  # noqa: A002 - the spec's name
        *,
        key_transition_period_ms: int | Omitted = OMITTED,
        extra: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> RotatedT:
        """Give a key a new secret (`POST /api-keys/{id}/rotate`); its id does not change.

        The server refuses a rotation during the transition of an earlier one.

        Args:
            id: The key's id, a UUID.
            key_transition_period_ms: How many milliseconds the old secret stays valid: at least
                1800000 (30 minutes), which is also the server's default.
            extra: Additional fields that the spec lacks, as for `create`.
            validate: False leaves the checks to the server, as for `create`.

        Returns:
            The key, as a RotatedKey. Portkey shows the new secret only once: `key.reveal()`.

        Raises:
            PortkeyAdminError: As described in ApiKeys. If the outcome is unknown, and the new
                secret has arrived, it is in `error.created`.
        """

    @_calls("deleteApiKey")
    def delete(self, id: UUID | str, *, validate: bool = True) -> NoneT:  # noqa: A002 - the spec's name
        """Delete a key (`DELETE /api-keys/{id}`): its secret is no longer accepted.

        Args:
            id: The key's id, a UUID.
            validate: False leaves the checks to the server.

        Raises:
            PortkeyAdminError: As described in ApiKeys. If the outcome is unknown, `retrieve` it.
        """
