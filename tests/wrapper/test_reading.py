"""How much of a response's body is read, and what of it is taken."""

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
    "deflate": zlib.compress(TEXT, wbits=-zlib.MAX_WBITS),  # without header and checksum
}


def inner(encoding: str | None, *parts: bytes | Exception, status: int = 200) -> Inner:
    """Return a transport that answers with a body in parts."""
    headers = {} if encoding is None else {"content-encoding": encoding}
    return Inner(Stream(*parts), status, headers)


class Given(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that has followed redirects, as clients do."""

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
        # What is not of the format that is named, or of no format that is read, stays as it is.
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
    """A body is inflated where its one encoding is gzip or deflate, however it arrives."""
    answer = sender.send(inner(encoding, *cut(PACKED[sent], size)), limit=LIMIT)
    assert (answer.content, answer.complaint) == (PACKED[content], None)


@pytest.mark.parametrize("text", [b"x", TEXT], ids=["one byte", "text"])
@pytest.mark.parametrize("size", [1, 7, LIMIT])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_that_is_damaged(
    sender: Sender, encoding: str, size: int, text: bytes
) -> None:
    """What has been inflated before the damage stays, whatever the pieces; it is not whole."""
    sent = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
    damaged = sent[:-1] + bytes([sent[-1] ^ 1])
    answer = sender.send(inner(encoding, *cut(damaged, size)), limit=LIMIT)
    assert (answer.content, answer.complaint) == (text, "its body could not be decompressed")


def test_a_compressed_body_that_is_whole_by_its_own_end(sender: Sender) -> None:
    """A compressed body says where it ends: what comes of the connection then does not matter."""
    answer = sender.send(inner("gzip", PACKED["gzip"], httpx.ReadError("x")))
    assert (answer.content, answer.complaint) == (TEXT, None)


def test_a_plain_body_that_breaks_off(sender: Sender) -> None:
    """What has arrived is there, and the body is not whole."""
    answer = sender.send(inner(None, b"", TEXT, httpx.ReadError("x")))
    assert (answer.content, answer.complaint) == (TEXT, "its body did not arrive whole")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_that_ends_early(sender: Sender, encoding: str) -> None:
    """What has arrived is there, and the body is not whole; one of no bytes at all is."""
    sent = gzip.compress(WHOLE) if encoding == "gzip" else zlib.compress(WHOLE)
    answer = sender.send(inner(encoding, sent[:-9]))
    assert answer.complaint == "its body did not arrive whole"
    assert WHOLE.startswith(answer.content)
    assert answer.content
    answer = sender.send(inner(encoding))
    assert (answer.content, answer.complaint) == (b"", None)


@pytest.mark.parametrize(("encoding", "pack"), [(None, bytes), ("gzip", gzip.compress)])
def test_the_limit(sender: Sender, encoding: str | None, pack: type[bytes]) -> None:
    """A body of as many bytes as the limit is taken, one more ends it, and no more are kept."""
    answer = sender.send(inner(encoding, pack(b"x" * LIMIT)), limit=LIMIT)
    assert (answer.complaint, len(answer.content)) == (None, LIMIT)
    for size in (LIMIT + 1, LIMIT * 9, LIMIT * 9000):
        answer = sender.send(inner(encoding, pack(b"x" * size)), limit=LIMIT)
        assert answer.complaint == f"its body is longer than {LIMIT} bytes"
        assert len(answer.content) == LIMIT + 1


def test_the_limit_is_of_all_that_arrives(sender: Sender) -> None:
    """The limit holds for what arrives in parts as it does for the whole; the rest is not read."""
    transport = inner(None, b"x" * 60, b"x" * 40, b"x" * 60, b"x" * 60)
    stream = transport._answer
    answer = sender.send(transport, limit=LIMIT)
    assert len(answer.content) == LIMIT + 1
    assert isinstance(stream, Stream)
    assert (stream.taken, stream.closed) == (3, 1)


def test_the_limit_applies_to_compressed_bytes_too(sender: Sender) -> None:
    """A compressed body that is longer than the limit is cut, however short it would inflate."""
    sent = gzip.compress(bytes(range(LIMIT - 5)))
    assert len(sent) > LIMIT
    answer = sender.send(inner("gzip", sent), limit=LIMIT)
    assert answer.complaint == f"its body is longer than {LIMIT} bytes"


def test_a_body_that_the_transport_has_read(sender: Sender) -> None:
    """A response that the caller's transport gives whole is taken as it is, up to the limit."""
    for size, complaint in ((LIMIT, None), (LIMIT + 1, f"its body is longer than {LIMIT} bytes")):
        response = httpx.Response(200, content=b"x" * size)
        answer = sender.send(httpx.MockTransport(lambda _, it=response: it), limit=LIMIT)
        assert (len(answer.content), answer.complaint) == (size, complaint)


@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_whole_bodies(sender: Sender, status: int) -> None:
    """A body that arrives whole is returned, whatever the status; its stream is closed."""
    stream = Stream(WHOLE[:9], WHOLE[9:])
    answer = sender.send(Inner(stream, status))
    assert (answer.content, answer.complaint, answer.status) == (WHOLE, None, status)
    assert (stream.taken, stream.closed) == (2, 1)


@pytest.mark.parametrize("status", [403, 500])
def test_an_error_that_breaks_off(sender: Sender, status: int) -> None:
    """Of an error, what has arrived is enough, for generated functions too."""
    transport = inner(None, b"part", httpx.ReadError("x"), status=status)
    answer = sender.send(transport)
    assert (answer.content, answer.complaint) == (b"part", "its body did not arrive whole")
    assert sender.respond(transport).content == b"part"


def test_a_success_that_breaks_off(sender: Sender) -> None:
    """Generated functions get no part of a success: the error has status and id."""
    with pytest.raises(OutcomeUnknownError) as caught:
        sender.respond(inner(None, WHOLE[:50], httpx.ReadError("x")))
    error = caught.value
    reason = "the server's answer, status 200, its body did not arrive whole"
    assert error.reason == reason
    assert (error.status, error.created, error.key_id) == (200, None, KEY_ID)


def test_a_success_that_breaks_off_behind_the_key(sender: Sender) -> None:
    """A key that arrived whole is in the error, with its id."""
    with pytest.raises(OutcomeUnknownError) as caught:
        sender.respond(inner(None, WHOLE[:-20], httpx.ReadError("x")))
    created = caught.value.created
    assert created is not None
    assert (created.key.reveal(), created.id, caught.value.key_id) == ("hidden", KEY_ID, KEY_ID)


def test_an_answer_of_another_server_is_none(sender: Sender) -> None:
    """Generated functions get no success of a server that a borrowed client was led to."""
    stranger = httpx.Request("POST", "https://stranger.example/")
    own = httpx.Request("POST", "https://h.example/elsewhere")
    for request, history in ((stranger, []), (own, [httpx.Response(302)])):
        response = httpx.Response(200, content=WHOLE, request=request, history=history)
        with pytest.raises(OutcomeUnknownError, match="comes from another URL"):
            sender.respond(Given(response))


def test_the_response(sender: Sender) -> None:
    """The response has the body inflated, and no header or reason that is untrue or unwanted."""
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


def test_headers_that_are_there_many_times(sender: Sender) -> None:
    """A header that is there twice stays so."""
    headers = [("x-many", "a"), ("x-many", "b")]
    response = sender.respond(httpx.MockTransport(lambda _: httpx.Response(404, headers=headers)))
    assert response.headers.get_list("x-many") == ["a", "b"]
