"""How much of a response's body is read and decompressed."""

from __future__ import annotations

import gzip
import zlib

import httpx
import pytest

from portkey_admin import OutcomeUnknownError
from tests.wrapper.inner import KEY_ID, WHOLE, Inner, Sender, Stream

TEXT = b'{"key": "hidden"}' * 3
LIMIT = 100

PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "zlib": zlib.compress(TEXT),
    "deflate": zlib.compress(TEXT, wbits=-zlib.MAX_WBITS),  # without a header and a checksum
}


def inner(encoding: str | None, *parts: bytes | Exception, status: int = 200) -> Inner:
    """Return a transport that responds with a body in parts."""
    headers = {} if encoding is None else {"content-encoding": encoding}
    return Inner(Stream(*parts), status, headers)


class Given(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that returns a given response, as after a redirect."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def handle_request(self, _: httpx.Request) -> httpx.Response:
        """Return the response."""
        return self._response

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        """Return the response."""
        return self._response


def cut(data: bytes, size: int) -> list[bytes]:
    """Return `data` in pieces of `size`."""
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize(
    ("encoding", "sent", "content"),
    [
        (None, "plain", "plain"),
        ("", "plain", "plain"),
        ("identity", "plain", "plain"),
        ("gzip", "gzip", "plain"),
        ("x-gzip", "gzip", "plain"),
        (" GZip ", "gzip", "plain"),
        ("gzip, identity", "gzip", "plain"),
        ("gzip,", "gzip", "plain"),
        (", gzip", "gzip", "plain"),
        (" identity ,gzip", "gzip", "plain"),
        ("gzip", "zlib", "plain"),
        ("deflate", "zlib", "plain"),
        ("deflate", "deflate", "plain"),
        # A body in another format than the named one, or in an unknown one, stays unchanged.
        ("gzip", "plain", "plain"),
        ("deflate", "plain", "plain"),
        ("br", "plain", "plain"),
        ("gzip, gzip", "gzip", "gzip"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, LIMIT])
def test_encodings(
    sender: Sender, encoding: str | None, sent: str, content: str, size: int
) -> None:
    """A body is decompressed if its only encoding is gzip or deflate, in any pieces."""
    answer = sender.send(inner(encoding, *cut(PACKED[sent], size)), limit=LIMIT)
    assert (answer.content, answer.complaint) == (PACKED[content], None)


@pytest.mark.parametrize("text", [b"x", TEXT], ids=["one byte", "text"])
@pytest.mark.parametrize("size", [1, 7, LIMIT])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_damaged_compressed_body(sender: Sender, encoding: str, size: int, text: bytes) -> None:
    """The bytes before the damage are kept, and the body is reported as damaged."""
    sent = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
    damaged = sent[:-1] + bytes([sent[-1] ^ 1])
    answer = sender.send(inner(encoding, *cut(damaged, size)), limit=LIMIT)
    assert (answer.content, answer.complaint) == (text, "its body could not be decompressed")


def test_compressed_body_is_complete_at_its_own_end(sender: Sender) -> None:
    """If the connection breaks off after the end of a compressed body, the body is complete."""
    answer = sender.send(inner("gzip", PACKED["gzip"], httpx.ReadError("x")))
    assert (answer.content, answer.complaint) == (TEXT, None)


def test_plain_body_that_breaks_off(sender: Sender) -> None:
    """The bytes that arrived are kept, and the body is reported as incomplete."""
    answer = sender.send(inner(None, b"", TEXT, httpx.ReadError("x")))
    assert (answer.content, answer.complaint) == (TEXT, "its body did not arrive whole")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_body_that_ends_early(sender: Sender, encoding: str) -> None:
    """The bytes that arrived are kept, and the body is incomplete unless it is empty."""
    sent = gzip.compress(WHOLE) if encoding == "gzip" else zlib.compress(WHOLE)
    answer = sender.send(inner(encoding, sent[:-9]))
    assert answer.complaint == "its body did not arrive whole"
    assert WHOLE.startswith(answer.content)
    assert answer.content
    answer = sender.send(inner(encoding))
    assert (answer.content, answer.complaint) == (b"", None)


@pytest.mark.parametrize(("encoding", "pack"), [(None, bytes), ("gzip", gzip.compress)])
def test_limit(sender: Sender, encoding: str | None, pack: type[bytes]) -> None:
    """A body may be as long as the limit; of a longer one, one more byte is kept."""
    answer = sender.send(inner(encoding, pack(b"x" * LIMIT)), limit=LIMIT)
    assert (answer.complaint, len(answer.content)) == (None, LIMIT)
    for size in (LIMIT + 1, LIMIT * 9, LIMIT * 9000):
        answer = sender.send(inner(encoding, pack(b"x" * size)), limit=LIMIT)
        assert answer.complaint == f"its body is longer than {LIMIT} bytes"
        assert len(answer.content) == LIMIT + 1


def test_limit_applies_to_all_parts(sender: Sender) -> None:
    """The limit applies to the sum of all parts, and the rest is not read."""
    transport = inner(None, b"x" * 60, b"x" * 40, b"x" * 60, b"x" * 60)
    stream = transport._answer
    answer = sender.send(transport, limit=LIMIT)
    assert len(answer.content) == LIMIT + 1
    assert isinstance(stream, Stream)
    assert (stream.taken, stream.closed) == (3, 1)


def test_limit_applies_to_compressed_bytes(sender: Sender) -> None:
    """The limit also applies to the compressed bytes."""
    sent = gzip.compress(bytes(range(LIMIT - 5)))
    assert len(sent) > LIMIT
    answer = sender.send(inner("gzip", sent), limit=LIMIT)
    assert answer.complaint == f"its body is longer than {LIMIT} bytes"


def test_body_that_the_transport_has_read(sender: Sender) -> None:
    """A response that the transport has read is used unchanged, up to the limit."""
    for size, complaint in ((LIMIT, None), (LIMIT + 1, f"its body is longer than {LIMIT} bytes")):
        response = httpx.Response(200, content=b"x" * size)
        answer = sender.send(httpx.MockTransport(lambda _, it=response: it), limit=LIMIT)
        assert (len(answer.content), answer.complaint) == (size, complaint)


@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_complete_bodies(sender: Sender, status: int) -> None:
    """A complete body is returned for any status, and its stream is closed."""
    stream = Stream(WHOLE[:9], WHOLE[9:])
    answer = sender.send(Inner(stream, status))
    assert (answer.content, answer.complaint, answer.status) == (WHOLE, None, status)
    assert (stream.taken, stream.closed) == (2, 1)


@pytest.mark.parametrize("status", [403, 500])
def test_error_that_breaks_off(sender: Sender, status: int) -> None:
    """An error response needs no complete body, also for generated functions."""
    transport = inner(None, b"part", httpx.ReadError("x"), status=status)
    answer = sender.send(transport)
    assert (answer.content, answer.complaint) == (b"part", "its body did not arrive whole")
    assert sender.respond(transport).content == b"part"


def test_success_that_breaks_off(sender: Sender) -> None:
    """Generated functions never get an incomplete success; the error has the status and the id."""
    with pytest.raises(OutcomeUnknownError) as caught:
        sender.respond(inner(None, WHOLE[:50], httpx.ReadError("x")))
    error = caught.value
    reason = "the server's answer, status 200, its body did not arrive whole"
    assert error.reason == reason
    assert (error.status, error.created, error.key_id) == (200, None, KEY_ID)


def test_success_that_breaks_off_after_the_key(sender: Sender) -> None:
    """A key that arrived completely is in the error, with its id."""
    with pytest.raises(OutcomeUnknownError) as caught:
        sender.respond(inner(None, WHOLE[:-20], httpx.ReadError("x")))
    created = caught.value.created
    assert created is not None
    assert (created.key.reveal(), created.id, caught.value.key_id) == ("hidden", KEY_ID, KEY_ID)


def test_answer_of_another_server(sender: Sender) -> None:
    """Generated functions get no success from a server to which a client was redirected."""
    stranger = httpx.Request("POST", "https://stranger.example/")
    own = httpx.Request("POST", "https://h.example/elsewhere")
    for request, history in ((stranger, []), (own, [httpx.Response(302)])):
        response = httpx.Response(200, content=WHOLE, request=request, history=history)
        with pytest.raises(OutcomeUnknownError, match="comes from another URL"):
            sender.respond(Given(response))


def test_response(sender: Sender) -> None:
    """The response has the decompressed body, and no misleading header or reason."""
    dropped = {
        "Content-Encoding": "gzip",
        "Content-Length": "7",
        "Transfer-Encoding": "chunked",
        "Set-Cookie": "session=1",
        "Location": "https://elsewhere.example",
    }
    kept = {"x-request-id": "1", "x-one": "1"}
    transport = Inner(Stream(gzip.compress(TEXT)), 201, {**dropped, "x-request-id": "1"})
    response = sender.respond(transport)
    assert (response.status_code, response.content) == (201, TEXT)
    assert dict(response.headers) == {**kept, "content-length": str(len(TEXT))}
    assert response.reason_phrase == "Created"


def test_repeated_headers(sender: Sender) -> None:
    """A repeated header stays repeated."""
    headers = [("x-many", "a"), ("x-many", "b")]
    response = sender.respond(httpx.MockTransport(lambda _: httpx.Response(404, headers=headers)))
    assert response.headers.get_list("x-many") == ["a", "b"]
