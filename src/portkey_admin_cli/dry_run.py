"""Builds the request of a call with the real client, without sending it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final

import httpx

from portkey_admin import ConfigurationError, InvalidRequestError, PortkeyAdmin, Secret
from portkey_admin_cli.admin_key import stand_in
from portkey_admin_cli.body import Body
from portkey_admin_cli.flags import operation
from portkey_admin_cli.output import InvalidInputError
from portkey_admin_cli.suspicious import past_instants

# curl sets these itself.
_CURLS_OWN: Final = ("host", "content-length", "connection")
# The options of the client that belong to its connections; a recorder has none.
_CONNECTION: Final = ("ca_file", "proxy")


class _Recorder(httpx.BaseTransport):
    """Records a request instead of sending it, and answers as if a key had been created."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        return httpx.Response(200, json={"id": "none", "key": "none"})


def record(body: Body, api_key: Secret | None, **options: Any) -> httpx.Request:
    """Return the request of a call. Raises InvalidRequestError."""
    recorder = _Recorder()
    own = {name: value for name, value in options.items() if name not in _CONNECTION}
    with PortkeyAdmin(api_key, transport=recorder, **own) as portkey:
        getattr(portkey.api_keys, body.method)(**body.arguments)
    return recorder.request


def check(body: Body, api_key: Secret | None, *, is_new: bool = True) -> httpx.Request:
    """Return the request for the spec's own server.

    Raises InvalidInputError with every problem of the body, in which `api_key` is masked. Only a
    new key must not have times in the past.
    """
    problems = [*body.problems, *(past_instants(body) if is_new else ())]
    try:
        request = _record_for_check(body, api_key)
    except InvalidRequestError as error:
        raise InvalidInputError(*problems, *body.lines(error)) from None
    if problems:
        raise InvalidInputError(*problems)
    return request


def _record_for_check(body: Body, api_key: Secret | None) -> httpx.Request:
    server = operation().server
    try:
        return record(body, api_key, server=server)
    except ConfigurationError:  # the key is missing or invalid; the body is checked without it
        return record(body, stand_in(), server=server)


def describe(body: Body, api_key: Secret, options: Mapping[str, Any]) -> str:
    """Return the request as a command for sh and as a JSON object, separated by an empty line."""
    request = record(body, api_key, **options)
    headers = _masked(dict(request.headers), api_key)
    content = _masked(json.loads(request.content), api_key)
    # By the name of the header too, because a short key is not masked in texts.
    headers[operation().api_key_header.lower()] = str(api_key)
    members = {"method": request.method, "url": str(request.url)}
    members |= {"headers": headers, "body": content}
    return f"{_as_curl(members, options)}\n{_json(members, indent=2)}\n"


def _masked(value: Any, api_key: Secret) -> Any:
    """Return a JSON value with the admin key masked in its texts."""
    if isinstance(value, dict):
        return {api_key.masked_in(name): _masked(each, api_key) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, api_key) for each in value]
    return api_key.masked_in(value) if isinstance(value, str) else value


def _as_curl(request: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    # printf is a shell builtin, so no process has the key among its arguments.
    header = operation().api_key_header
    words = [["--request", request["method"], "--url", request["url"]], ["--header", "@-"]]
    words += [
        ["--header", f"{name}: {value}"]
        for name, value in request["headers"].items()
        if name not in (*_CURLS_OWN, header.lower())
    ]
    if "proxy" in options:
        words.append(["--proxy", options["proxy"]])
    elif request["url"].startswith("http:"):
        words.append(["--noproxy", "*"])  # as the client does: a proxy would see the key
    for option, name in {"--cacert": "ca_file", "--max-time": "deadline"}.items():
        words += [[option, str(options[name])]] if name in options else []
    words.append(["--data-raw", _json(request["body"], separators=(",", ":"))])
    lines = " \\\n  ".join(map(shlex.join, words))
    return f"printf '{header}: %s\\n' \"$PORTKEY_API_KEY\" | curl {lines}\n"


def _json(value: Any, **settings: Any) -> str:
    """Return JSON with printable characters unescaped, and control characters escaped."""
    text = json.dumps(value, ensure_ascii=False, **settings)
    return "".join(
        each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text
    )
