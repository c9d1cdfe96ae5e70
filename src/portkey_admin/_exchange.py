"""What goes out for the arguments of a call, and what a response means for the key."""

from __future__ import annotations

import functools
import json
from typing import Final

import httpx

from portkey_admin import _spec
from portkey_admin._api_keys import Arguments
from portkey_admin._body import Body
from portkey_admin._created import CreatedKey, read_created, read_id
from portkey_admin._errors import NotSentError, OutcomeUnknownError, RefusedError
from portkey_admin._request import build_request
from portkey_admin._secret import Secret

_LONGEST_SHOWN: Final = 200


def request(
    arguments: Arguments, http: httpx.Client | httpx.AsyncClient, hide: Secret
) -> httpx.Request:
    """Return the request that `http` makes of the arguments, signed.

    Raises InvalidRequestError, and NotSentError where `http` is closed or the URL is too long.
    """
    built = build_request(
        arguments.path, arguments.body, arguments.extra, validate=arguments.validate, hide=hide
    )
    if http.is_closed:
        raise NotSentError("the client is closed")
    try:
        url = _url(http.base_url, built["url"])
    except httpx.InvalidURL as error:
        raise NotSentError(f"the request has no URL: {error}") from None
    made = http.build_request(**{**built, "url": url})
    if http.auth is not None:
        next(http.auth.auth_flow(made))
    return made


@functools.lru_cache
def _url(base: httpx.URL, path: str) -> httpx.URL:
    """Return what httpx makes of the two, which takes it longer than all else of a request."""
    return base.copy_with(raw_path=base.raw_path.rstrip(b"/") + path.encode())


def recovered(error: OutcomeUnknownError) -> CreatedKey:
    """Return the key that a broken response held whole, or raise `error`."""
    if error.created is None:
        raise error
    return error.created


def created_key(body: Body, hide: Secret) -> CreatedKey:
    """Return the key in `body`. Raises RefusedError and OutcomeUnknownError."""
    response = body.head
    created = read_created(body.content, hide)
    if response.is_success and created is not None:
        return created
    if (response.is_redirect or response.is_client_error) and created is None:
        raise _refusal(body, hide)
    what = "holds no readable key" if response.is_success else "says that it failed"
    raise OutcomeUnknownError(
        f"the server's answer, status {response.status_code}, {what}",
        status=response.status_code,
        created=created,
        key_id=created.id if created else read_id(body.content, hide),
    )


def _refusal(body: Body, hide: Secret) -> RefusedError:
    response = body.head
    code, message = _said(body.content)
    meaning = _spec.error_codes().get(code or "", {}).get("meaning")
    if response.is_redirect:
        meaning = "Redirects are not followed; write the server's own URL."

    return RefusedError(
        status=response.status_code,
        code=_shown(code, hide),
        server_message=_shown(message, hide),
        hint=meaning,
        **{
            fact: _shown(response.headers.get(name), hide)
            for name, fact in _spec.error_headers().items()
        },
    )


def _shown(text: str | None, hide: Secret) -> str | None:
    """Return a text of the server's in one line, shortened, without `hide`."""
    return text and " ".join(hide.masked_in(text).split())[:_LONGEST_SHOWN]


def _said(content: bytes) -> tuple[str | None, str | None]:
    """Return code and message of an error body, in the shapes that Portkey is known to send.

    Source: the help center's admin-api/error; error and a message at the top are seen as well.
    """
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(parsed, dict):
        return None, None
    for inner in (parsed.get("data"), parsed.get("error"), parsed):
        if isinstance(inner, dict) and isinstance(inner.get("message"), str):
            code = inner.get("errorCode") or inner.get("code")
            return code if isinstance(code, str) else None, inner["message"]
    return None, parsed["error"] if isinstance(parsed.get("error"), str) else None
