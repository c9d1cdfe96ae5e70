"""Portkey's API keys, kept in memory: created keys can be listed, found, changed and deleted.

    keys = ApiKeys()
    stub = Stub(document, memory=keys)
    for number in range(250):
        keys.add(name=f"key {number}", workspace_id="ws-1")

The checks of requests do not depend on this.
"""

from __future__ import annotations

import base64
import copy
import re
import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .judge import Judgement
    from .operations import Operation
    from .schema import Json

MOST_ON_A_PAGE = 100

_ORGANISATION = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
_SHORTEST_TRANSITION = timedelta(minutes=30)
_CHANGEABLE = (
    "name",
    "description",
    "rate_limits",
    "usage_limits",
    "scopes",
    "defaults",
    "alert_emails",
    "expires_at",
)


@dataclass
class KeptKey:
    """A key as the server stores it."""

    secret: str = field(repr=False)
    members: dict[str, Json]
    """The members that reads return; `key` and `status` override the usual values."""
    used: float = 0
    """The usage so far, which counts against the usage limits."""
    transition_ends: datetime | None = None
    """When the secret before the last rotation expires."""


class ApiKeys:
    """The keys of an organisation, and the answers to the operations on them.

    It is a `memory` for a stub. `kept` has the keys by id, oldest first; tests may change it.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Take the clock for expiry and rotation; its datetimes have a time zone."""
        self._now = now
        self._lock = threading.Lock()
        self._of_one_key: dict[str, Callable[[str, KeptKey, Judgement], tuple[int, Json]]] = {
            "GET /api-keys/{id}": self._retrieve,
            "PUT /api-keys/{id}": self._update,
            "DELETE /api-keys/{id}": self._delete,
            "POST /api-keys/{id}/rotate": self._rotate,
        }
        self.kept: dict[str, KeptKey] = {}

    def add(self, **members: Json) -> str:
        """Add a key with these members, as reads return them, and return its id.

        The other members are those of a new service key of an organisation.
        """
        with self._lock:
            return self._keep(members)

    def answer(self, operation: Operation, request: Judgement) -> tuple[int, Json] | None:
        """Return status and body for a request; None if it is not for an operation on keys."""
        name = f"{operation.method} {operation.template}"
        with self._lock:
            if name == "POST /api-keys/{type}/{sub-type}":
                return self._create(request)
            if name == "GET /api-keys":
                return self._list(request.query_parameters)
            if name not in self._of_one_key:
                return None
            key_id = request.path_parameters["id"].lower()
            if key_id not in self.kept:
                return _error(HTTPStatus.NOT_FOUND, "AB08", "there is no API key with this id")
            return self._of_one_key[name](key_id, self.kept[key_id], request)

    def _keep(self, members: dict[str, Json]) -> str:
        now = _written(self._now())
        key_id = str(members.get("id", uuid.uuid4()))
        self.kept[key_id] = KeptKey(
            _new_secret(),
            {
                "id": key_id,
                **dict.fromkeys(_CHANGEABLE),
                "type": "organisation-service",
                "organisation_id": _ORGANISATION,
                "workspace_id": None,
                "user_id": None,
                "creation_mode": "api",
                "created_at": now,
                "last_updated_at": now,
                "reset_usage": 0,
                "object": "api-key",
                # Live servers return these two, which are not documented.
                "expiry_enforced": 0,
                "api_key_defaults_id": None,
                **members,
            },
        )
        return key_id

    def _create(self, request: Judgement) -> tuple[int, Json]:
        kind = f"{request.path_parameters['type']}-{request.path_parameters['sub-type']}"
        names = (*_CHANGEABLE, "organisation_id", "workspace_id", "user_id")
        key_id = self._keep({"type": kind, **_given(request.body, names)})
        secret = self.kept[key_id].secret
        return HTTPStatus.OK, {"id": key_id, "key": secret, "object": "api-key"}

    def _list(self, query: dict[str, Any]) -> tuple[int, Json]:
        workspace = query.get("workspace_id")
        found = [
            kept
            for kept in reversed(self.kept.values())
            if workspace is None or kept.members["workspace_id"] == workspace
        ]
        size = min(query.get("page_size", MOST_ON_A_PAGE), MOST_ON_A_PAGE)
        start = query.get("current_page", 0) * size
        data = [self._read(kept) for kept in found[start : start + size]]
        return HTTPStatus.OK, {"total": len(found), "object": "list", "data": data}

    def _retrieve(self, _id: str, kept: KeptKey, _request: Judgement) -> tuple[int, Json]:
        return HTTPStatus.OK, self._read(kept)

    def _update(self, _id: str, kept: KeptKey, request: Judgement) -> tuple[int, Json]:
        given = _given(request.body, (*_CHANGEABLE, "reset_usage"))
        if given.pop("reset_usage", False):
            kept.used = 0
        kept.members |= {**given, "last_updated_at": _written(self._now())}
        return HTTPStatus.OK, {}

    def _delete(self, key_id: str, _kept: KeptKey, _request: Judgement) -> tuple[int, Json]:
        del self.kept[key_id]
        return HTTPStatus.OK, {}

    def _rotate(self, key_id: str, kept: KeptKey, request: Judgement) -> tuple[int, Json]:
        now = self._now()
        if kept.transition_ends is not None and now < kept.transition_ends:
            text = "the transition of an earlier rotation has not ended"
            return _error(HTTPStatus.CONFLICT, "AB07", text)
        # The body is optional.
        given = _given(request.body, ("key_transition_period_ms",))
        try:
            kept.transition_ends = now + (
                timedelta(milliseconds=given["key_transition_period_ms"])
                if given
                else _SHORTEST_TRANSITION
            )
        except OverflowError:
            text = "key_transition_period_ms: the transition would never end"
            return _error(HTTPStatus.BAD_REQUEST, "AB01", text)
        kept.secret = _new_secret()
        kept.members["last_updated_at"] = _written(now)
        return HTTPStatus.OK, {
            "id": key_id,
            "key": kept.secret,
            "key_transition_expires_at": _written(kept.transition_ends),
        }

    def _read(self, kept: KeptKey) -> Json:
        masked = f"{kept.secret[:2]}{'*' * 10}{kept.secret[-2:]}"
        return copy.deepcopy({"key": masked, "status": self._status(kept), **kept.members})

    def _status(self, kept: KeptKey) -> str:
        expires_at = kept.members["expires_at"]
        if expires_at is not None and _moment(expires_at) <= self._now():
            return "expired"
        limit = (kept.members["usage_limits"] or {}).get("credit_limit")
        return "active" if limit is None or kept.used < limit else "exhausted"


def _given(body: Json, names: tuple[str, ...]) -> dict[str, Json]:
    """Return the members of a body that have one of some names; none if there is no body."""
    members = body if isinstance(body, dict) else {}
    # Copied, because tests may change the recorded request.
    return copy.deepcopy({name: members[name] for name in names if name in members})


def _error(status: int, code: str, text: str) -> tuple[int, Json]:
    return status, {"success": False, "data": {"message": text, "errorCode": code}}


def _new_secret() -> str:
    """Return a secret as long as real ones; it may contain + and /."""
    return base64.b64encode(secrets.token_bytes(21)).decode()


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    # Python has neither leap seconds nor a year 0.
    text = re.sub(r":60(?=[.Z+-])", ":59", text.upper())
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
