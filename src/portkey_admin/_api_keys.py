"""The operations on API keys: their arguments, for both clients alike."""

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

# What the calls of a client return: records, or what is awaited or iterated over for them.
CreatedT = TypeVar("CreatedT")
RotatedT = TypeVar("RotatedT")
KeyT = TypeVar("KeyT")
KeysT = TypeVar("KeysT")
FoundT = TypeVar("FoundT")
NoneT = TypeVar("NoneT")
MethodT = TypeVar("MethodT", bound=Callable[..., Any])


class Omitted:
    """The type of an argument that is not given, and so not sent."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted()
# The arguments that have no need of their name.
_POSITIONAL: Final = {"send": ("id",), "find": ("name",)}


def _calls(operation_id: str, way: str = "send") -> Callable[[MethodT], MethodT]:
    """Make a method, which is a signature alone, call an operation of the spec.

    Its arguments have the spec's names, by which they go to the path, the query or the body.
    """

    def decorate(declared: MethodT) -> MethodT:
        @functools.wraps(declared)
        def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            from portkey_admin import _request  # noqa: PLC0415 - loads httpx, as an import need not

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
    where nothing was sent, RefusedError where the server refused the request and changed nothing,
    and OutcomeUnknownError where the request was sent and no answer says what became of it.
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
            PortkeyAdminError: As for every call. If the outcome is unknown, a key may have been
                created: `find` it before you try again.
        """

    @_calls("listApiKeys", "pages")
    def list(self, *, workspace_id: str | Omitted = OMITTED) -> KeysT:
        """Iterate over the keys of all pages (`GET /api-keys`), which are read as they are needed.

        A key that is there throughout is given once, whatever is created and deleted meanwhile. For
        that, all pages are read a second time at the end, if there are several. The deadline holds
        for each page.

        Args:
            workspace_id: UUID or slug of the workspace; by default all that the admin key may see.

        Returns:
            An iterator over ApiKey; of the asynchronous client, an asynchronous one.

        Raises:
            PortkeyAdminError: As for every call. Listing needs scopes of its own.
        """

    @_calls("listApiKeys", "find")
    def find(self, name: str, *, workspace_id: str | Omitted = OMITTED) -> FoundT:
        """Return every key of this name, whichever page it is on (`GET /api-keys`).

        Portkey cannot search by name, so all pages are read, as by `list`.

        Args:
            name: The whole name; several keys may have it.
            workspace_id: UUID or slug of the workspace; by default all that the admin key may see.

        Returns:
            A list of ApiKey, empty if there is no such key.

        Raises:
            PortkeyAdminError: As for every call. Listing needs scopes of its own.
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
            PortkeyAdminError: As for every call. With status 404, there is no such key.
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

        Arguments that you leave out are not sent, and their fields stay as they are. What is given
        has the form that `create` takes, and replaces the whole field. Reads may return the old
        values for a moment.

        Args:
            id: The key's id, a UUID.
            name: The new name.
            description: What the key is for.
            rate_limits: All rate limits; None removes them.
            usage_limits: The usage limits; None removes them.
            scopes: All that the key may do.
            defaults: The defaults of its requests.
            alert_emails: All e-mail addresses for alerts.
            expires_at: When the key expires; None for never.
            rotation_policy: When the server rotates the key; None stops it.
            reset_usage: True sets the usage back to zero now.
            extra: Fields that the spec lacks, as for `create`.
            validate: False leaves the checks to the server, as for `create`.

        Raises:
            PortkeyAdminError: As for every call. If the outcome is unknown, `retrieve` the key.
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
        """Give a key a new secret (`POST /api-keys/{id}/rotate`); its id stays.

        The server refuses it while the transition of an earlier rotation lasts.

        Args:
            id: The key's id, a UUID.
            key_transition_period_ms: For how many milliseconds the old secret stays valid, at least
                1800000, which is also the server's default: 30 minutes.
            extra: Fields that the spec lacks, as for `create`.
            validate: False leaves the checks to the server, as for `create`.

        Returns:
            The key, as a RotatedKey. Portkey shows the new secret only once: `key.reveal()`.

        Raises:
            PortkeyAdminError: As for every call. If the outcome is unknown, the new secret is in
                `error.created` where it arrived.
        """

    @_calls("deleteApiKey")
    def delete(self, id: UUID | str, *, validate: bool = True) -> NoneT:  # noqa: A002 - the spec's name
        """Delete a key (`DELETE /api-keys/{id}`): its secret is no longer accepted.

        Args:
            id: The key's id, a UUID.
            validate: False leaves the checks to the server.

        Raises:
            PortkeyAdminError: As for every call. If the outcome is unknown, `retrieve` the key.
        """
