"""All faults as data: the actions of the server, and the expected outcome."""

from __future__ import annotations

import functools
import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.server import Connection, Script

SECRET: Final = "pk-created+secret/0123456789"
KEY_ID: Final = "183f497a-2a7f-4f47-992e-26213fa863ce"
ADMIN_KEY: Final = "pk-admin-key-that-nobody-may-see"

CREATED: Final = {"id": KEY_ID, "key": SECRET, "object": "api-key"}
GOOD: Final = json.dumps(CREATED).encode()
_BLOCK: Final = b" " * 65536
_HUNDRED_MEGABYTES: Final = 1600

# The possible outcomes of a call.
KEY: Final = "created"
NOT_SENT: Final = "not sent"
REFUSED: Final = "refused"
UNKNOWN: Final = "unknown"
# The outcomes of calls that create no secret.
DONE: Final = "returned, nothing"
FOUND: Final = "found"


# At DEBUG, httpcore logs the headers of a response, and quotes bytes that break the protocol.
LOGGED_BY_HTTPCORE: Final = (
    "a header that echoes the admin key",
    "an invalid header",
    "an invalid chunk",
)


@dataclass(frozen=True)
class Good:
    """The normal answer of an operation: an object with a secret."""

    members: Mapping[str, Any]
    is_listed: bool = False
    """Whether it is the only key of a list."""

    def value(self, *left_out: str, **more: Any) -> Any:
        """Return the answer without some members, and with others."""
        one = {name: each for name, each in self.members.items() if name not in left_out} | more
        return {"object": "list", "total": 1, "data": [one]} if self.is_listed else one

    def body(self, *left_out: str, **more: Any) -> bytes:
        """Return the answer as JSON."""
        return json.dumps(self.value(*left_out, **more)).encode()

    @property
    def cut_in_key(self) -> bytes:
        """The answer up to the middle of the secret."""
        return self.body().partition(SECRET.encode())[0] + SECRET[:5].encode()

    @property
    def cut_after_key(self) -> bytes:
        """The answer up to the end of the secret."""
        return self.body().partition(SECRET.encode())[0] + SECRET.encode() + b'"'


@dataclass(frozen=True)
class Fault:
    """One fault, and the expected outcome."""

    name: str
    script: Script
    outcome: str
    creates: int = 1
    """How many creates, or other changes, arrive completely at the server."""
    key: bool = False
    """Whether the caller gets the key, in the result or in the error."""
    scheme: str = "http"
    setting: str = ""
    """Other unusual conditions: see calls.py."""
    options: dict[str, Any] = field(default_factory=dict)
    """The options of the client."""


def answer(
    body: bytes = GOOD,
    status: int = 200,
    *headers: str,
    length: int | None = None,
    before: bytes = b"",
) -> bytes:
    """Return a response with a Content-Length, by default the right one."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {size}", *headers]
    if not any(each.lower().startswith("content-type") for each in headers):
        lines.append("Content-Type: application/json")
    return before + "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def replies(data: bytes, *, then: str = "wait") -> Script:
    """Return a script that reads one request and sends `data`."""

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(data)
        if then == "wait":
            connection.hang()
        elif then == "reset":
            connection.reset()

    return script


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", headers: str = "") -> bytes:
    """Return a response in chunks."""
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{headers}\r\n".encode()
    return head + b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + end


def _portkey_error(message: str, code: str) -> bytes:
    return json.dumps({"success": False, "data": {"message": message, "errorCode": code}}).encode()


def _bomb(status: int, encoding: str) -> Script:
    """Return a script that answers with a hundred megabytes, compressed to a hundred kilobytes."""

    # Not at import: compressing takes a third of a second.
    def script(connection: Connection) -> None:
        replies(answer(_compressed(), status, f"Content-Encoding: {encoding}"))(connection)

    return script


@functools.cache
def _compressed() -> bytes:
    compressor = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    parts = [compressor.compress(b'{"pad": "')]
    parts += [compressor.compress(_BLOCK) for _ in range(_HUNDRED_MEGABYTES)]
    return b"".join([*parts, compressor.compress(b'"}'), compressor.flush()])


def _read_and(*actions: Any) -> Script:
    """Return a script that reads one request and then does each of `actions`."""

    def script(connection: Connection) -> None:
        connection.read_request()
        for action in actions:
            action(connection)

    return script


def _send(data: bytes) -> Script:
    return lambda connection: connection.send(data)


def _drip(data: bytes, every: float = 0.02) -> Script:
    return lambda connection: connection.drip(data, every)


def _flood(times: int = _HUNDRED_MEGABYTES) -> Script:
    return lambda connection: connection.send_over(_BLOCK, times)


def _endless_early_hints(connection: Connection) -> None:
    while True:
        connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        connection.hang(0.01)


def _reset_in_the_request(connection: Connection) -> None:
    connection.read_some()
    connection.reset()


def _answer_at_once(data: bytes) -> Script:
    def script(connection: Connection) -> None:
        connection.send(data)
        connection.hang()

    return script


def _every_request(data: bytes) -> Script:
    def script(connection: Connection) -> None:
        while connection.read_request():
            connection.send(data)

    return script


_TIGHT: Final = {"deadline": 0.4}
_LENGTH: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


def _never_sent(good: Good) -> list[Fault]:
    return [
        Fault("nobody listens", _send(b""), NOT_SENT, 0, setting="closed port"),
        Fault(
            "nobody listens at first",
            replies(answer(good.body())),
            KEY,
            key=True,
            setting="opens late",
        ),
        Fault("the name is unknown", _send(b""), NOT_SENT, 0, setting="unknown name"),
        Fault(
            "connecting hangs",
            _send(b""),
            NOT_SENT,
            0,
            setting="full backlog",
            options={"timeout": 0.1},
        ),
        Fault(
            "connecting hangs, by the deadline",
            _send(b""),
            NOT_SENT,
            0,
            setting="full backlog",
            options=_TIGHT,
        ),
        Fault(
            "TLS: untrusted certificate",
            _send(b""),
            NOT_SENT,
            0,
            scheme="https",
            setting="untrusted",
        ),
        Fault(
            "TLS: another host's certificate",
            _send(b""),
            NOT_SENT,
            0,
            scheme="https",
            setting="wrong name",
        ),
        Fault(
            "TLS: the server speaks plain http",
            _answer_at_once(answer(good.body())),
            NOT_SENT,
            0,
            scheme="https",
            setting="plain",
        ),
        Fault(
            "TLS: reset in the handshake",
            Connection.reset,
            NOT_SENT,
            0,
            scheme="https",
            setting="plain",
        ),
        Fault(
            "TLS: the handshake hangs",
            Connection.hang,
            NOT_SENT,
            0,
            scheme="https",
            setting="plain",
            options=_TIGHT,
        ),
        Fault(
            "the proxy refuses",
            replies(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"),
            NOT_SENT,
            0,
            setting="proxy",
        ),
        Fault("the proxy is down", _send(b""), NOT_SENT, 0, setting="closed proxy"),
        Fault(
            "TLS, trusted",
            replies(answer(good.body())),
            KEY,
            key=True,
            scheme="https",
            setting="tls",
        ),
    ]


def _refused() -> list[Fault]:
    return [
        *(
            Fault(f"status {status}", replies(answer(b"", status)), REFUSED)
            for status in (300, 304, 305, 402, 405, 410, 413, 415, 418, 422, 446, 451, 460)
        ),
        *(
            Fault(
                f"status {status} to {where}",
                replies(answer(b"", status, f"Location: {location}")),
                REFUSED,
            )
            for status in (301, 302, 303, 307, 308)
            for where, location in (
                ("this server", "/v1/api-keys/organisation/service"),
                ("no URL", "http://[::bad/"),
                ("another origin", "http://localhost:1/v1/api-keys/organisation/service"),
            )
        ),
        *(
            Fault(
                f"status {status}, {code}",
                replies(answer(_portkey_error("No.", code), status)),
                REFUSED,
            )
            for status, code in (
                *((400, "AB01"), (404, "AB02"), (403, "AB03"), (401, "AB05"), (429, "AB06")),
                *((409, "AB07"), (404, "AB08"), (402, "AB09")),
            )
        ),
        Fault("429 with Retry-After", replies(answer(b"", 429, "Retry-After: 7")), REFUSED),
        Fault(
            "401 that echoes the admin key",
            replies(
                answer(
                    _portkey_error(f"{ADMIN_KEY} is wrong", "AB05"),
                    401,
                )
            ),
            REFUSED,
        ),
        Fault(
            "403 in HTML",
            replies(answer(b"<html><h1>Forbidden</h1></html>", 403, "Content-Type: text/html")),
            REFUSED,
        ),
        Fault("400 not UTF-8", replies(answer(b'{"message": "\xff\xfe"}', 400)), REFUSED),
        Fault("400 nested without end", replies(answer(b"[" * 100_000, 400)), REFUSED),
        Fault(
            "400 with a message of a megabyte",
            replies(answer(_portkey_error("m" * 900_000, "AB01"), 400)),
            REFUSED,
        ),
        Fault("400 that is a list", replies(answer(b"[1, 2]", 400)), REFUSED),
        Fault(
            "400 with an error text",
            replies(answer(b'{"error": "no such thing"}', 400)),
            REFUSED,
        ),
        Fault(
            "400 of 100 MB",
            _read_and(_send(b"HTTP/1.1 400 No\r\nContent-Length: 1000000000\r\n\r\n"), _flood()),
            REFUSED,
        ),
        Fault("400 that is a gzip bomb", _bomb(400, "gzip"), REFUSED),
        Fault(
            "400 cut off",
            replies(answer(b'{"message"', 400, length=500), then="close"),
            REFUSED,
        ),
        Fault(
            "400 that drips",
            _read_and(_send(b"HTTP/1.1 400 No\r\nContent-Length: 9999\r\n\r\n"), _drip(b"x" * 999)),
            REFUSED,
            options=_TIGHT,
        ),
    ]


def _unknown(good: Good) -> list[Fault]:
    echo = good.body("key", id=f"for {ADMIN_KEY}", object="x", key=SECRET)
    return [
        *(
            Fault(f"status {status}", replies(answer(b"", status)), UNKNOWN)
            for status in (
                408,
                499,
                500,
                501,
                502,
                503,
                504,
                505,
                507,
                511,
                *range(520, 530),
                598,
                599,
                600,
                999,
            )
        ),
        Fault("500, AB04", replies(answer(_portkey_error("Oops.", "AB04"), 500)), UNKNOWN),
        Fault(
            "502 in HTML",
            replies(answer(b"<html>Bad gateway</html>", 502, "Content-Type: text/html")),
            UNKNOWN,
        ),
        Fault("503 with Retry-After", replies(answer(b"", 503, "Retry-After: 1")), UNKNOWN),
        Fault("500 that holds the key", replies(answer(good.body(), 500)), UNKNOWN, key=True),
        Fault("409 that holds the key", replies(answer(good.body(), 409)), UNKNOWN, key=True),
        Fault(
            "500 whose id is the key",
            replies(answer(good.body(id=SECRET), 500)),
            UNKNOWN,
            key=True,
        ),
        Fault(
            "500 whose id is the admin key",
            replies(answer(good.body(id=ADMIN_KEY, key=None), 500)),
            UNKNOWN,
        ),
        Fault(
            "200 with an error that names a key",
            replies(answer(b'{"error": {"key": "rate_limits"}}')),
            UNKNOWN,
        ),
        Fault(
            "200 that failed, and names a key",
            replies(answer(b'{"success": false, "data": {"key": "name", "id": "1"}}')),
            UNKNOWN,
        ),
        Fault(
            "200 with a key in the metadata",
            replies(answer(b'{"defaults": {"key": "not it"}}')),
            UNKNOWN,
        ),
        Fault(
            "cut off after a key in the metadata",
            replies(
                answer(b'{"defaults": {"metadata": {"key": "not it"}}, "id": "1', length=500),
                then="close",
            ),
            UNKNOWN,
        ),
        Fault(
            "an invalid chunk",
            replies(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + good.body() + b"\r\n",
                then="close",
            ),
            UNKNOWN,
        ),
        Fault(
            "an invalid header",
            replies(
                b"HTTP/1.1 200 OK\r\nX Echo " + ADMIN_KEY.encode() + b"\r\n\r\n" + good.body(),
                then="close",
            ),
            UNKNOWN,
        ),
        Fault(
            "a megabyte of a string without an end",
            replies(answer(b'{"key": "' + b'\\"' * 500_000)),
            UNKNOWN,
        ),
        Fault(
            "gzip, then 100 MB",
            _read_and(
                _send(
                    _LENGTH.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
                    + gzip.compress(b"{}")
                ),
                _flood(),
            ),
            UNKNOWN,
        ),
        Fault(
            "500 of 100 MB",
            _read_and(_send(b"HTTP/1.1 500 No\r\nContent-Length: 1000000000\r\n\r\n"), _flood()),
            UNKNOWN,
        ),
        Fault("500 that echoes the admin key", replies(answer(ADMIN_KEY.encode(), 500)), UNKNOWN),
        Fault(
            "200 that echoes the admin key in the id, cut off",
            replies(answer(echo[:-20], length=len(echo)), then="close"),
            UNKNOWN,
        ),
        Fault("200 that echoes the admin key in the id", replies(answer(echo)), KEY, key=True),
        Fault("closed without a word", _read_and(), UNKNOWN),
        Fault("reset without a word", _read_and(Connection.reset), UNKNOWN),
        Fault("reset in the request", _reset_in_the_request, UNKNOWN, 0),
        Fault("closed at once", lambda _: None, UNKNOWN, 0),
        Fault("no answer", _read_and(Connection.hang), UNKNOWN, options=_TIGHT),
        Fault(
            "no answer, by the timeout between bytes",
            _read_and(Connection.hang),
            UNKNOWN,
            options={"timeout": 0.2},
        ),
        Fault("closed in the status line", replies(b"HTTP/1.1 2", then="close"), UNKNOWN),
        Fault(
            "closed in the headers",
            replies(b"HTTP/1.1 200 OK\r\nContent-", then="close"),
            UNKNOWN,
        ),
        Fault(
            "the status line drips",
            _read_and(_drip(b"HTTP/1.1 200 " + b"O" * 999)),
            UNKNOWN,
            options=_TIGHT,
        ),
        Fault(
            "a header drips",
            _read_and(_send(b"HTTP/1.1 200 OK\r\nX: "), _drip(b"x" * 999)),
            UNKNOWN,
            options=_TIGHT,
        ),
        Fault(
            "headers without end",
            _read_and(
                _send(b"HTTP/1.1 200 OK\r\n"), lambda c: c.send_over(b"X: y\r\n" * 1000, 1000)
            ),
            UNKNOWN,
        ),
        Fault(
            "informational answers without end",
            _read_and(_endless_early_hints),
            UNKNOWN,
            options=_TIGHT,
        ),
        Fault(
            "100 Continue and no more",
            replies(b"HTTP/1.1 100 Continue\r\n\r\n"),
            UNKNOWN,
            options=_TIGHT,
        ),
        Fault(
            "101 Switching Protocols",
            replies(
                b"HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", then="close"
            ),
            UNKNOWN,
        ),
        Fault("not HTTP", replies(b"220 mail.example.com ESMTP\r\n", then="close"), UNKNOWN),
        Fault("HTTP/0.9", replies(b"<html>hello</html>", then="close"), UNKNOWN),
        Fault(
            "a wrong Content-Length",
            replies(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + good.body(), then="close"),
            UNKNOWN,
        ),
        Fault("204", replies(b"HTTP/1.1 204 No Content\r\n\r\n"), UNKNOWN),
        Fault("205 without a body", replies(answer(b"", 205)), UNKNOWN),
        Fault("200 without a body", replies(answer(b"")), UNKNOWN),
        Fault(
            "200 in HTML",
            replies(answer(b"<html>Log in</html>", 200, "Content-Type: text/html")),
            UNKNOWN,
        ),
        Fault("200 with an empty object", replies(answer(b"{}")), UNKNOWN),
        Fault("200 with null", replies(answer(b"null")), UNKNOWN),
        Fault("200 with a list", replies(answer(b"[]")), UNKNOWN),
        Fault("200 with a number", replies(answer(b"12")), UNKNOWN),
        Fault(
            "200 with an id alone",
            replies(answer(json.dumps({"id": KEY_ID}).encode())),
            UNKNOWN,
        ),
        Fault("200 with a null key", replies(answer(good.body(key=None))), UNKNOWN),
        Fault("200 with an empty key", replies(answer(good.body(key=""))), UNKNOWN),
        Fault("200 with a key that is a number", replies(answer(good.body(key=5))), UNKNOWN),
        Fault("200 nested without end", replies(answer(b"[" * 100_000)), UNKNOWN),
        Fault(
            "cut off in the key",
            replies(answer(good.cut_in_key, length=500), then="close"),
            UNKNOWN,
        ),
        Fault(
            "reset in the key",
            replies(answer(good.cut_in_key, length=500), then="reset"),
            UNKNOWN,
        ),
        Fault(
            "hangs in the key",
            replies(answer(good.cut_in_key, length=500)),
            UNKNOWN,
            options=_TIGHT,
        ),
        Fault(
            "chunks cut off in the key",
            replies(chunked(good.cut_in_key, end=b""), then="close"),
            UNKNOWN,
        ),
        Fault(
            "drips too slowly",
            _read_and(_send(_LENGTH), _drip(good.body(), 0.05)),
            UNKNOWN,
            options=_TIGHT,
        ),
        Fault("spaces, 100 MB, no key", _read_and(_send(_LENGTH), _flood()), UNKNOWN),
        Fault("a gzip bomb", _bomb(200, "gzip"), UNKNOWN),
        Fault("a bomb with the header of deflate", _bomb(200, "deflate"), UNKNOWN),
        Fault(
            "brotli, which was not asked for",
            replies(answer(b"\x0b\x02\x80{}\x03", 200, "Content-Encoding: br")),
            UNKNOWN,
        ),
    ]


def _created(good: Good) -> list[Fault]:
    return [
        *(
            Fault(f"status {status}", replies(answer(good.body(), status)), KEY, key=True)
            for status in (200, 201, 202, 203, 206, 207, 208, 226, 250, 299)
        ),
        Fault(
            "an id that is no UUID",
            replies(answer(good.body(id="183f497a-2a7f-4f47-992e-26213fa863we"))),
            KEY,
            key=True,
        ),
        Fault("an id that is a number", replies(answer(good.body(id=7))), KEY, key=True),
        Fault("an id that is null", replies(answer(good.body(id=None))), KEY, key=True),
        Fault("no id", replies(answer(good.body("id", "object"))), KEY, key=True),
        Fault("an unknown object", replies(answer(good.body(object="api_key_v2"))), KEY, key=True),
        Fault("a null object", replies(answer(good.body(object=None))), KEY, key=True),
        Fault("no object", replies(answer(good.body("object"))), KEY, key=True),
        Fault(
            "unknown fields",
            replies(answer(good.body(extra={"a": [1]}, name="ci"))),
            KEY,
            key=True,
        ),
        Fault(
            "wrapped in data",
            replies(answer(json.dumps({"success": True, "data": good.value()}).encode())),
            KEY,
            key=True,
        ),
        Fault(
            "wrapped in something else",
            replies(answer(json.dumps({"result": good.value()}).encode())),
            KEY,
            key=True,
        ),
        Fault(
            "cut off after the key, which is not the first",
            replies(
                answer(
                    b'{"defaults": {"metadata": {"key": "not it"}}, "data": ' + good.cut_after_key,
                    length=500,
                ),
                then="close",
            ),
            KEY,
            key=True,
        ),
        Fault(
            "text/plain",
            replies(answer(good.body(), 200, "Content-Type: text/plain")),
            KEY,
            key=True,
        ),
        Fault(
            "no content type",
            replies(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(good.body()), good.body())
            ),
            KEY,
            key=True,
        ),
        Fault(
            "a charset",
            replies(
                answer(
                    good.body(description="caf\u00e9").replace(b"\\u00e9", b"\xe9"),
                    200,
                    "Content-Type: application/json; charset=latin-1",
                )
            ),
            KEY,
            key=True,
        ),
        Fault(
            "an unknown charset",
            replies(answer(good.body(), 200, "Content-Type: application/json; charset=klingon")),
            KEY,
            key=True,
        ),
        Fault(
            "UTF-16",
            replies(
                answer(
                    good.body().decode().encode("utf-16"),
                    200,
                    "Content-Type: application/json; charset=utf-16",
                )
            ),
            KEY,
            key=True,
        ),
        Fault("a byte order mark", replies(answer(b"\xef\xbb\xbf" + good.body())), KEY, key=True),
        Fault(
            "not UTF-8 elsewhere",
            replies(answer(good.body()[:-1] + b', "name": "\xff"}')),
            KEY,
            key=True,
        ),
        Fault(
            "a lone surrogate elsewhere",
            replies(answer(good.body()[:-1] + b', "name": "\\ud800"}')),
            KEY,
            key=True,
        ),
        Fault(
            "a key with escapes",
            replies(answer(good.body().replace(b"/", b"\\/").replace(b"+", b"\\u002b"))),
            KEY,
            key=True,
        ),
        Fault(
            "something after the JSON",
            replies(answer(good.body() + b"\n<!-- served by x -->")),
            KEY,
            key=True,
        ),
        Fault(
            "NaN elsewhere",
            replies(answer(good.body()[:-1] + b', "limit": NaN}')),
            KEY,
            key=True,
        ),
        Fault(
            "a number of 5,000 digits elsewhere",
            replies(answer(good.body()[:-1] + b', "limit": ' + b"9" * 5000 + b"}")),
            KEY,
            key=True,
        ),
        Fault(
            "nested without end elsewhere",
            replies(answer(good.body()[:-1] + b', "deep": ' + b"[" * 100_000)),
            KEY,
            key=True,
        ),
        Fault("chunks", replies(chunked(good.body()[:20], good.body()[20:])), KEY, key=True),
        Fault(
            "chunks of a byte",
            replies(chunked(*(bytes([byte]) for byte in good.body()))),
            KEY,
            key=True,
        ),
        Fault(
            "chunks with a trailer",
            replies(chunked(good.body(), end=b"0\r\nX-Sum: 1\r\n\r\n")),
            KEY,
            key=True,
        ),
        Fault(
            "chunks without an end",
            replies(chunked(good.body(), end=b""), then="close"),
            KEY,
            key=True,
        ),
        Fault(
            "chunks that are broken after the key",
            replies(chunked(good.body(), end=b"zzz\r\n"), then="close"),
            KEY,
            key=True,
        ),
        Fault(
            "gzip",
            replies(answer(gzip.compress(good.body()), 200, "Content-Encoding: gzip")),
            KEY,
            key=True,
        ),
        Fault(
            "gzip in chunks",
            replies(
                chunked(
                    gzip.compress(good.body())[:9],
                    gzip.compress(good.body())[9:],
                    headers="Content-Encoding: gzip\r\n",
                )
            ),
            KEY,
            key=True,
        ),
        Fault(
            "gzip cut off after the key",
            replies(
                answer(
                    gzip.compress(good.body(pad="x" * 3000))[:-9],
                    200,
                    "Content-Encoding: gzip",
                    length=9999,
                ),
                then="close",
            ),
            KEY,
            key=True,
        ),
        Fault(
            "deflate",
            replies(answer(zlib.compress(good.body()), 200, "Content-Encoding: deflate")),
            KEY,
            key=True,
        ),
        Fault(
            "raw deflate",
            replies(
                answer(
                    zlib.compress(good.body(), wbits=-zlib.MAX_WBITS),
                    200,
                    "Content-Encoding: deflate",
                )
            ),
            KEY,
            key=True,
        ),
        Fault(
            "not gzip, with the header of gzip",
            replies(answer(good.body(), 200, "Content-Encoding: gzip")),
            KEY,
            key=True,
        ),
        Fault(
            "not brotli, with the header of brotli",
            replies(answer(good.body(), 200, "Content-Encoding: br")),
            KEY,
            key=True,
        ),
        Fault(
            "an unknown encoding",
            replies(answer(good.body(), 200, "Content-Encoding: rot13")),
            KEY,
            key=True,
        ),
        Fault(
            "100 Continue first",
            replies(answer(good.body(), before=b"HTTP/1.1 100 Continue\r\n\r\n")),
            KEY,
            key=True,
        ),
        Fault(
            "102 and 103 first",
            replies(
                answer(
                    good.body(),
                    before=b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
                )
            ),
            KEY,
            key=True,
        ),
        Fault(
            "no length, closed at the end",
            replies(b"HTTP/1.1 200 OK\r\n\r\n" + good.body(), then="close"),
            KEY,
            key=True,
        ),
        Fault(
            "HTTP/1.0",
            replies(b"HTTP/1.0 200 OK\r\n\r\n" + good.body(), then="close"),
            KEY,
            key=True,
        ),
        Fault(
            "answered before the request is read",
            _answer_at_once(answer(good.body())),
            KEY,
            0,
            key=True,
        ),
        Fault(
            "cut off after the key",
            replies(answer(good.cut_after_key, length=500), then="close"),
            KEY,
            key=True,
        ),
        Fault(
            "hangs after the key",
            replies(answer(good.cut_after_key, length=500)),
            KEY,
            key=True,
            options=_TIGHT,
        ),
        Fault(
            "the key, then 100 MB",
            _read_and(_send(_LENGTH + good.cut_after_key + b', "pad": "'), _flood()),
            KEY,
            key=True,
        ),
        Fault(
            "drips, in time",
            _read_and(_send(answer(b"", length=len(good.body()))), _drip(good.body(), 0.002)),
            KEY,
            key=True,
        ),
        Fault(
            "a cookie",
            _every_request(answer(good.body(), 200, "Set-Cookie: session=1")),
            KEY,
            key=True,
        ),
        Fault(
            "closed after each answer",
            replies(answer(good.body(), 200, "Connection: close"), then="close"),
            KEY,
            key=True,
        ),
        Fault(
            "a header that echoes the admin key",
            replies(answer(good.body(), 200, f"x-portkey-trace-id: {ADMIN_KEY}")),
            KEY,
            key=True,
        ),
    ]


def faults(good: Good) -> list[Fault]:
    """Return all faults, for an operation with this normal answer."""
    return [*_never_sent(good), *_refused(), *_unknown(good), *_created(good)]


FAULTS: Final = faults(Good(CREATED))
