"""What is taken of a response's body, and what is said of it."""

from __future__ import annotations

import gzip
import zlib

import httpx
import pytest

from portkey_admin._body import Body

TEXT = b'{"key": "hidden"}' * 3
LIMIT = 100


def body_of(encoding: str | None) -> Body:
    """Return the body of a response of which nothing has arrived but its head."""
    headers = {} if encoding is None else {"content-encoding": encoding}
    return Body(httpx.Response(200, headers=headers), LIMIT)


PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "zlib": zlib.compress(TEXT),
    "deflate": zlib.compress(TEXT, wbits=-zlib.MAX_WBITS),  # without header and checksum
}


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
        ("deflate", "zlib", "plain"),
        ("deflate", "deflate", "plain"),
        # What it is said to be and is not, or what is not read, is taken as it is.
        ("gzip", "plain", "plain"),
        ("gzip", "zlib", "zlib"),
        ("deflate", "plain", "plain"),
        ("br", "plain", "plain"),
        ("gzip, gzip", "gzip", "gzip"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, LIMIT])
def test_encodings(encoding: str | None, sent: str, content: str, size: int) -> None:
    """A body is inflated where its one encoding is gzip or deflate, however it arrives."""
    body = body_of(encoding)
    pieces = [PACKED[sent][at : at + size] for at in range(0, len(PACKED[sent]), size)]
    for piece in pieces:
        assert body.whole is False
        if not body.feed(piece):
            assert piece is pieces[-1]
            break
    else:
        assert body.whole is False
        body.end()
    assert (body.content, body.whole) == (PACKED[content], True)
    assert (body.cut, body.failure) == (None, None)


@pytest.mark.parametrize("text", [b"x", TEXT], ids=["one byte", "text"])
@pytest.mark.parametrize("size", [1, 7, LIMIT])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_that_is_damaged(encoding: str, size: int, text: bytes) -> None:
    """What has been inflated before the damage stays, whatever the pieces; it is not whole."""
    sent = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
    damaged = sent[:-1] + bytes([sent[-1] ^ 1])
    body = body_of(encoding)
    wants = [body.feed(damaged[at : at + size]) for at in range(0, len(damaged), size)]
    assert wants == [True] * (len(wants) - 1) + [False]
    assert (body.content, body.whole) == (text, False)
    assert body.cut == "its body does not inflate"


def test_nothing_is_no_end() -> None:
    """A piece of no bytes ends nothing."""
    body = body_of(None)
    assert body.feed(b"")
    assert body.whole is False


def test_a_compressed_body_that_ends_early() -> None:
    """What has arrived is there, and the body is not whole; one of no bytes at all is."""
    body = body_of("gzip")
    assert body.feed(gzip.compress(TEXT)[:-9])
    body.end()
    assert body.whole is False
    assert TEXT.startswith(body.content)
    assert body.content
    empty = body_of("gzip")
    empty.end()
    assert empty.whole is True


@pytest.mark.parametrize(("encoding", "pack"), [(None, bytes), ("gzip", gzip.compress)])
def test_the_limit(encoding: str | None, pack: type[bytes]) -> None:
    """A body of as many bytes as the limit is taken, one more ends it, and no more are kept."""
    at_the_limit, above, far_above = (body_of(encoding) for _ in range(3))
    at_the_limit.feed(pack(b"x" * LIMIT))
    assert (at_the_limit.cut, len(at_the_limit.content)) == (None, LIMIT)
    assert at_the_limit.whole is (encoding == "gzip")
    assert not above.feed(pack(b"x" * (LIMIT + 1)))
    assert not far_above.feed(pack(b"x" * LIMIT * 9))
    for body in (above, far_above):
        assert body.cut == f"its body is longer than {LIMIT} bytes"
        assert len(body.content) == LIMIT + 1


def test_the_limit_is_of_all_that_arrives() -> None:
    """The limit holds for what arrives in parts as it does for the whole."""
    body = body_of(None)
    assert body.feed(b"x" * 60)
    assert body.feed(b"x" * 40)
    assert not body.feed(b"x" * 60)
    assert len(body.content) == LIMIT + 1


def test_the_limit_is_of_what_arrives_too() -> None:
    """A compressed body that is longer than the limit is cut, however short it would inflate."""
    body = body_of("gzip")
    sent = gzip.compress(bytes(range(LIMIT - 5)))
    assert len(sent) > LIMIT
    assert not body.feed(sent)
    assert (body.whole, body.cut) == (False, f"its body is longer than {LIMIT} bytes")


def test_the_response() -> None:
    """The response has the body inflated, and no header or reason that is untrue or unwanted."""
    dropped = {
        "Content-Encoding": "gzip",
        "Content-Length": "7",
        "Transfer-Encoding": "chunked",
        "Set-Cookie": "session=1",
        "Location": "https://elsewhere.example",
    }
    kept = [("x-request-id", "1"), ("x-many", "a"), ("x-many", "b")]
    head = httpx.Response(
        201,
        headers=[*dropped.items(), *kept],
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": b"hidden", "stream_id": 1},
    )
    body = Body(head, LIMIT)
    body.feed(gzip.compress(TEXT))
    response = body.response()
    assert (response.status_code, response.content) == (201, TEXT)
    length = ("content-length", str(len(TEXT)))
    assert sorted(response.headers.multi_items()) == sorted([*kept, length])
    assert response.extensions == {"http_version": b"HTTP/1.1"}
