"""A list has every key once, even while keys change, and reads no page too early."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portkey_admin import (
    ApiKey,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)
from portkey_admin._listing import Listing
from portkey_admin._records import Page
from tests.wrapper.caller import Caller, answering
from tests.wrapper.pages import Change, PagedKeys, key, key_id

both_styles = pytest.mark.parametrize("style", ["sync", "async"])

# More reads than any of these servers needs; without a limit, some would be read for ever.
MOST_READS = 20


def ids(keys: Any) -> list[str | None]:
    """Return the ids of keys."""
    return [each.id for each in keys]


def every(count: int) -> list[str]:
    """Return the ids of the first `count` keys of a server."""
    return [key_id(number) for number in range(count)]


# Fewer keys are created between two reads than fit on a page: otherwise no reader would get ahead.
CHANGES = st.lists(
    st.builds(
        Change,
        created=st.integers(0, 1),
        deleted=st.lists(st.integers(0, 9), max_size=2).map(tuple),
    ),
    max_size=8,
)


@pytest.mark.parametrize("order", ["oldest first", "newest first"])
@both_styles
@settings(max_examples=60)
@given(count=st.integers(0, 12), cap=st.integers(2, 4), changes=CHANGES, has_total=st.booleans())
@example(count=3, cap=2, changes=[Change(deleted=(0,)), Change(created=1)], has_total=True)
@example(count=5, cap=2, changes=[Change(deleted=(0, 0, 0))], has_total=True)
@example(count=5, cap=2, changes=[Change(created=1)] * 4, has_total=False)
def test_existing_keys_are_listed_once(
    order: Any, style: str, count: int, cap: int, changes: list[Change], *, has_total: bool
) -> None:
    """While others create and delete keys, each existing key is listed once and none missed."""
    server = PagedKeys(count, cap, changes, order, has_total)
    found = ids(Caller(is_async=style == "async").call("list", server))
    assert len(set(found)) == len(found)
    assert set(server.kept) <= set(found)


def test_temporary_key_hides_no_other(caller: Caller) -> None:
    """A key that is created and deleted while listing hides no other key."""
    server = PagedKeys(6, 2, order="newest first")
    passing = key_id(100)

    def answer(request: httpx.Request) -> httpx.Response:
        if len(server.reads) == 1:
            server.keys.insert(0, passing)
        elif len(server.reads) == 2:
            server.keys.remove(passing)
        elif len(server.reads) == 5:
            server.keys.insert(0, key_id(101))
        return server(request)

    assert set(every(6)) <= set(ids(caller.call("list", answer)))


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
@pytest.mark.parametrize("cap", [100, 30])
@pytest.mark.parametrize("has_total", [True, False])
def test_every_page_is_read(caller: Caller, count: int, cap: int, *, has_total: bool) -> None:
    """All keys are listed in the server's order, with or without a total, for any page size."""
    server = PagedKeys(count, cap, has_total=has_total)
    assert ids(caller.call("list", server)) == every(count)
    pages = count // cap + 1
    assert len(server.reads) <= 2 * pages + 1
    assert server.reads[:pages] == list(range(pages))


def test_requests_name_page_and_size(caller: Caller) -> None:
    """A request has the number and size of the page, and the workspace if one is given."""
    caller.call("list", PagedKeys(1))
    caller.call("find", PagedKeys(1), workspace_id="ws-1")
    pages = [{"page_size": "100", "current_page": number} for number in ("0", "1")]
    assert {(each.method, each.url.path) for each in caller.requests} == {("GET", "/v1/api-keys")}
    sent = [dict(each.url.params) for each in caller.requests]
    assert sent == [*pages, *({**page, "workspace_id": "ws-1"} for page in pages)]


# Laziness


def test_no_page_is_read_before_it_is_needed(caller: Caller) -> None:
    """A page is requested only when one of its keys is needed."""
    server = PagedKeys(250)
    admin = caller.admin(transport=caller.transport(server))
    for count, reads in ((0, []), (1, [0]), (100, [0]), (101, [0, 1])):
        server.reads.clear()
        assert ids(caller.take(admin.api_keys.list(), count)) == every(count)
        assert server.reads == reads


def test_each_list_begins_anew(caller: Caller) -> None:
    """Each call of list begins with the first page."""
    admin = caller.admin(transport=caller.transport(PagedKeys(3)))
    for _ in range(2):
        assert ids(caller.run(admin.api_keys.list())) == every(3)


# Servers with mistakes


@pytest.mark.parametrize("total", [None, 0, 1, -1, 100, 10**9, 10**30, "5", 2.5, True, [], {}])
def test_wrong_total(caller: Caller, total: Any) -> None:
    """With any total from the server, all keys are listed, and listing ends."""
    server = PagedKeys(250, has_total=False)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={**server(request).json(), "total": total})

    assert ids(caller.call("list", answer)) == every(250)
    assert len(server.reads) < MOST_READS


def test_total_of_the_page_alone(caller: Caller) -> None:
    """A server with short pages whose total counts only the page hides no keys."""
    server = PagedKeys(5, 2, has_total=False)

    def answer(request: httpx.Request) -> httpx.Response:
        page = server(request).json()
        return httpx.Response(200, json={**page, "total": len(page["data"])})

    assert ids(caller.call("list", answer)) == every(5)
    assert server.reads == [0, 1, 2, 3, 0, 1, 2]


@pytest.mark.parametrize("total", [None, 3, 4, 10**9])
def test_server_with_one_page(caller: Caller, total: int | None) -> None:
    """A server that always returns the same page gives each key once, and listing ends."""
    page = {"data": [key(each) for each in every(3)], "total": total}
    assert ids(caller.call("list", page)) == every(3)
    assert len(caller.requests) < MOST_READS


@pytest.mark.parametrize(
    ("total", "reads"),
    [(None, 1001), (1, 1001), ("9", 1001), (7.5, 1001), (1000, 1001), (1200, 1201)],
)
def test_server_with_new_keys_on_every_page(total: Any, reads: int) -> None:
    """Listing ends with an error after 1,000 pages, unless the total allows as many keys."""
    listing = Listing()
    for number in range(reads - 1):
        listing.take(Page([ApiKey(id=key_id(number))], total))
    with pytest.raises(OutcomeUnknownError, match="has no end; nothing was changed"):
        listing.take(Page([ApiKey(id=key_id(reads))], total))


def test_server_that_repeats_its_last_page(caller: Caller) -> None:
    """Listing ends if a server returns its last page for every later number."""
    pages = [[key(each) for each in every(250)[at : at + 100]] for at in (0, 100, 200)]
    given = answering(*({"data": page} for page in pages))
    assert ids(caller.call("list", given)) == every(250)
    assert len(caller.requests) < MOST_READS


def test_server_that_counts_pages_from_one(caller: Caller) -> None:
    """If pages 0 and 1 are the same, every key is still listed once."""
    server = PagedKeys(250)

    def answer(request: httpx.Request) -> httpx.Response:
        number = max(int(request.url.params["current_page"]) - 1, 0)
        shifted = request.url.copy_merge_params({"current_page": str(number)})
        return server(httpx.Request("GET", shifted))

    assert ids(caller.call("list", answer)) == every(250)
    assert len(caller.requests) < MOST_READS


def test_server_whose_keys_always_change(caller: Caller) -> None:
    """Listing ends even if the first page is new at every read."""
    numbers = itertools.count()

    def answer(request: httpx.Request) -> httpx.Response:
        is_first = request.url.params["current_page"] == "0"
        return httpx.Response(200, json=[key(key_id(next(numbers)))] if is_first else [])

    found = ids(caller.call("list", answer))
    assert len(set(found)) == len(found)
    # Three times: the page, the empty one behind it, and the page again.
    assert len(caller.requests) == 9


def test_key_twice_on_a_page(caller: Caller) -> None:
    """A key that is twice on a page is listed once."""
    page = {"data": [key(key_id(0)), key(key_id(1)), key(key_id(0))], "total": 3}
    assert sorted(ids(caller.call("list", page)), key=str) == every(2)
    assert len(caller.requests) < MOST_READS


def test_key_that_is_renamed_meanwhile(caller: Caller) -> None:
    """A key is identified by its id: one with another name on the next page is listed once."""
    pages = [[key(key_id(0), name)] for name in ("old", "new")]
    assert [each.name for each in caller.call("list", answering(*pages, []))] == ["old"]


def test_keys_without_ids(caller: Caller) -> None:
    """Keys without an id are distinguished by their other members, and listed once."""
    absent: list[dict[str, Any]] = [{}, {"id": None}, {"id": ""}, {"id": {"a": 1}}, {"id": []}]
    for each_id in absent:
        page = {"data": [{**each_id, "name": "a"}, {**each_id, "name": "b"}]}
        found = caller.call("list", page)
        assert [(each.id, each.name) for each in found] == [("", "a"), ("", "b")]
    assert len(caller.requests) < 5 * MOST_READS


def test_empty_page_ends_the_list(caller: Caller) -> None:
    """An empty page in the middle ends the list after the keys before it."""
    page = {"data": [key(each) for each in every(2)], "total": 9}
    assert ids(caller.call("list", answering(page, {"data": []}, page))) == every(2)
    assert len(caller.requests) < MOST_READS


EMPTY: dict[str, Any] = {
    "an empty page": {"object": "list", "total": 0, "data": []},
    "a bare list": [],
    "wrapped": {"success": True, "data": {"total": 0, "data": []}},
}


@pytest.mark.parametrize("page", EMPTY.values(), ids=EMPTY.keys())
def test_no_keys(caller: Caller, page: Any) -> None:
    """Without any keys, the list is empty after one page."""
    assert caller.call("list", page) == caller.call("find", page) == []
    assert len(caller.requests) == 2


def test_null_for_no_keys(caller: Caller) -> None:
    """A list whose data is null, as some servers write an empty list, is empty."""
    assert caller.call("list", {"object": "list", "total": 0, "data": None}) == []


def test_bare_list(caller: Caller) -> None:
    """A page that is just a list is read."""
    page = [key(each) for each in every(2)]
    assert ids(caller.call("list", answering(page, []))) == every(2)


PAGES: dict[str, Any] = {
    "no list": {"data": "none"},
    "no data": {},
    "another object": {"id": key_id(0)},
    "an item that is no key": {"data": [key(key_id(0)), 5]},
    "an item that is null": {"data": [None]},
    "a failure": {"success": False, "data": []},
    "an error": {"error": "no", "data": []},
    "null": None,
    "text": "x",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
@pytest.mark.parametrize("method", ["list", "find"])
def test_unreadable_page(caller: Caller, method: str, page: Any) -> None:
    """A response that is not a list of keys is an error, not an empty list."""
    with pytest.raises(OutcomeUnknownError, match="trying again is safe") as caught:
        caller.call(method, page)
    fails = isinstance(page, dict) and not {"success", "error"}.isdisjoint(page)
    what = "reports a failure" if fails else "holds no list of keys"
    assert caught.value.reason == f"the server's answer, status 200, {what}"
    assert len(caller.requests) == 1


def test_page_above_the_limit(caller: Caller) -> None:
    """A page longer than max_response_bytes is an error that names the limit."""
    with pytest.raises(OutcomeUnknownError, match="2000 bytes, which is max_response_bytes"):
        caller.call("find", PagedKeys(100), {"max_response_bytes": 2000, "deadline": 0.05})


@pytest.mark.parametrize("count", [100, None])
def test_refusal_in_the_middle(caller: Caller, count: int | None) -> None:
    """The keys of the first page are returned before a later page's refusal is raised."""
    page = {"data": [key(each) for each in every(100)]}
    answer = answering(page, httpx.Response(403, json={"message": "no"}))
    keys = caller.admin(transport=caller.transport(answer)).api_keys.list()
    if count is None:
        with pytest.raises(RefusedError, match="403: no"):
            caller.run(keys)
    else:
        assert ids(caller.take(keys, count)) == every(count)


def test_client_closed_in_the_middle(caller: Caller) -> None:
    """A client that is closed while listing reads no further pages."""
    server = PagedKeys(250)
    admin: Any = caller.admin(transport=caller.transport(server))
    keys: Any = admin.api_keys.list()

    def close_in_the_middle() -> Any:
        next(keys)
        admin.close()
        return list(keys)

    async def close_in_the_middle_async() -> Any:
        await anext(keys)
        await admin.aclose()
        return [key async for key in keys]

    with pytest.raises(NotSentError, match="closed"):
        caller.run(close_in_the_middle_async() if caller.is_async else close_in_the_middle())
    assert server.reads == [0]


@pytest.mark.parametrize("method", ["list", "find"])
@pytest.mark.parametrize("workspace_id", [5, None, b"ws-1", ["ws-1"]])
def test_workspace_must_be_text(caller: Caller, method: str, workspace_id: Any) -> None:
    """A workspace_id that is not text is refused before anything is sent."""
    with pytest.raises(InvalidRequestError, match="/workspace_id"):
        caller.call(method, PagedKeys(1), workspace_id=workspace_id)
    assert caller.requests == []


# find


def test_find_reads_every_page(caller: Caller) -> None:
    """Every key with exactly this name is found, on any page."""
    names = ["ci", *["other"] * 99, "ci-2", "CI", "ci ", *["x"] * 150, "ci"]
    data = [key(key_id(number), name) for number, name in enumerate(names)]
    pages = ({"data": data[at : at + 100], "total": len(data)} for at in (0, 100, 200, 100, 0))
    found = caller.call("find", answering(*pages))
    assert ids(found) == [key_id(0), key_id(len(names) - 1)]


def test_find_by_position(caller: Caller) -> None:
    """The name may be a positional argument."""
    admin = caller.admin(transport=caller.transport(PagedKeys(2)))
    assert ids(caller.run(admin.api_keys.find("ci"))) == every(2)
    assert caller.run(admin.api_keys.find("other")) == []


@pytest.mark.parametrize("name", [None, b"ci", 5])
def test_find_refuses_a_name_that_is_not_a_string(caller: Caller, name: Any) -> None:
    """A name that is not text is refused; an empty list would mean that no such key exists."""
    with pytest.raises(InvalidRequestError, match="/name"):
        caller.call("find", PagedKeys(1), name=name)
