"""The request as it would be sent, recorded from the real client."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import httpx

from portkey_admin import (
    ConfigurationError,
    InvalidRequestError,
    PortkeyAdmin,
    PortkeyAdminError,
    Secret,
    _spec,
)
from portkey_admin_cli.body import Body
from portkey_admin_cli.telling import InvalidInputError

# curl makes these itself.
_CURLS_OWN: Final = frozenset({"host", "content-length", "connection"})


class _Recorded(PortkeyAdminError):  # noqa: N818 - it is what is wanted
    """The request was made, and not sent."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        super().__init__()


class _Recorder(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise _Recorded(request)


def record(body: Body, api_key: Secret | None, **options: Any) -> httpx.Request:
    """Return the request of a call. Raises InvalidInputError with every problem of the body."""
    with PortkeyAdmin(api_key, transport=_Recorder(), **options) as portkey:
        try:
            portkey.api_keys.create(**body.arguments)
        except _Recorded as recorded:
            return recorded.request
        except InvalidRequestError as error:
            raise InvalidInputError(*body.problems(error)) from None
    raise AssertionError("a recorder answers nothing")


def check(body: Body, api_key: Secret | None = None) -> None:
    """Raise InvalidInputError with every problem of the body, in which `api_key` is masked."""
    for key in (api_key, Secret(secrets.token_urlsafe())):
        # A key that is not usable is told of with the options of the client.
        with suppress(ConfigurationError):
            record(body, key, server=_spec.public_endpoint())


def shown(body: Body, api_key: Secret, options: Mapping[str, Any]) -> str:
    """Return the request as a command for sh and as a JSON object, with an empty line between."""
    client = {name: value for name, value in options.items() if name != "ca_file"}
    request = record(body, api_key, **client)
    return f"{_as_curl(request, api_key, options)}\n{_as_json(request, api_key)}"


def _as_curl(request: httpx.Request, api_key: Secret, options: Mapping[str, Any]) -> str:
    # printf is a part of the shell, so that no process has the key among its arguments.
    header = _spec.api_key_header()
    words = [["--request", request.method, "--url", str(request.url)], ["--header", "@-"]]
    words += [
        ["--header", f"{name}: {value}"]
        for name, value in request.headers.items()
        if name not in _CURLS_OWN | {header.lower()}
    ]
    if request.url.scheme == "http":
        words.append(["--noproxy", "*"])  # as the client does: a proxy would see the key
    for option, name in {"--cacert": "ca_file", "--max-time": "deadline"}.items():
        words += [[option, str(options[name])]] if name in options else []
    words.append(["--data-raw", api_key.masked_in(request.content.decode())])
    lines = " \\\n  ".join(map(shlex.join, words))
    return f"printf '{header}: %s\\n' \"$PORTKEY_API_KEY\" | curl {lines}\n"


def _as_json(request: httpx.Request, api_key: Secret) -> str:
    members = {
        "method": request.method,
        "url": str(request.url),
        "headers": {**request.headers, _spec.api_key_header(): str(api_key)},
        "body": json.loads(api_key.masked_in(request.content.decode())),
    }
    return f"{json.dumps(members, indent=2, ensure_ascii=False)}\n"
