"""Where the created key is found in what a server answers with."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from portkey_admin import CreatedKey, Secret
from portkey_admin._created import read_created, read_id
from portkey_admin._secret import MASK

ID = "a1b2c3d4-e5f6-4890-abcd-ef1234567890"
ADMIN = Secret("admin")
WHOLE = {"id": ID, "key": "hidden", "object": "api-key"}


def read(members: Any) -> tuple[str | None, str, str | None, dict[str, Any]] | None:
    """Return what is read of a JSON value: id, secret, object and the rest."""
    created = read_created(json.dumps(members).encode(), ADMIN)
    if created is None:
        return None
    return created.id, created.key.reveal(), created.object, dict(created.additional_properties)


@pytest.mark.parametrize(
    ("members", "found"),
    [
        (WHOLE, (ID, "hidden", "api-key", {})),
        ({**WHOLE, "more": 1}, (ID, "hidden", "api-key", {"more": 1})),
        ({"key": "hidden"}, (None, "hidden", None, {})),
        ({"key": "hidden", "id": None, "object": None}, (None, "hidden", None, {})),
        ({"key": "hidden", "id": 7, "object": 8}, ("7", "hidden", "8", {})),
        # An id or an object that holds the key is none, and would show it.
        ({"key": "hidden", "id": "x-hidden", "object": "hidden"}, (None, "hidden", None, {})),
        # What a server echoes of the admin key is masked.
        ({"key": "hidden", "id": "an admin"}, (f"an {MASK}", "hidden", None, {})),
        ({"key": "hidden", "object": "admin"}, (None, "hidden", MASK, {})),
        ({"key": " hidden\n"}, (None, " hidden\n", None, {})),
        ({"key": "hidden", "success": None}, (None, "hidden", None, {"success": None})),
        ({"data": WHOLE}, (ID, "hidden", "api-key", {})),
        ({"any": {"key": "hidden", "id": ID}}, (ID, "hidden", None, {})),
        ({"any": {"key": "hidden", "object": "api-key"}}, (None, "hidden", "api-key", {})),
        ({"success": True, "data": WHOLE}, (ID, "hidden", "api-key", {})),
        ({**WHOLE, "data": {"key": "other", "id": "x"}}, (ID, "hidden", "api-key", {"data": ...})),
        ({"error": None, **WHOLE}, (ID, "hidden", "api-key", {"error": None})),
    ],
)
def test_reads_the_key(members: Any, found: Any) -> None:
    """The key is read from the top or from the object that wraps it, with whatever there is."""
    read_of_it = read(members)
    assert read_of_it is not None
    assert read_of_it[:3] == found[:3]
    assert read_of_it[3].keys() == found[3].keys()


@pytest.mark.parametrize(
    "members",
    [
        [WHOLE],
        "hidden",
        {},
        {"key": ""},
        {"key": 5},
        {"key": None, "id": ID},
        {"metadata": {"key": "hidden"}},
        {**WHOLE, "success": False},
        {**WHOLE, "error": "no"},
        {"deep": {"deeper": WHOLE}},
    ],
    ids=json.dumps,
)
def test_reads_no_key_that_is_none(members: Any) -> None:
    """A key of another type, of something else, or of an answer that says no is none."""
    assert read(members) is None


@pytest.mark.parametrize(
    ("content", "key", "key_id"),
    [
        (b'{"id": "i", "key": "hidden", "object": "api-k', "hidden", "i"),
        (b'{"data": {"id": "i", "key": "hidden", "obj', "hidden", "i"),
        (b'{"key": "hid\\"den"', 'hid"den', None),
        (b'{"id": "i", "key": "hidd', None, "i"),
        (b'{"data": {"id": "i", "key": "hidd', None, "i"),
        (b'{"other": {"id": "i", "key": "hidden"', None, None),
        (b'{"list": [{"key": "hidden"', None, None),
        (b'{"key": "hidden", "id": "', "hidden", None),
        (b'{"name": "key", "x": "hidden"', None, None),
        (b'{"a": 1, "key": "hidden"} trailing', "hidden", None),
        (b'{"id": "an admin", "key": "hid', None, f"an {MASK}"),
        (b'{"id": "an admin", "key": "hidden"', "hidden", f"an {MASK}"),
        (b'{"key": "hidden", "data": {"key": "other", "id": "i"}, "x', "hidden", "i"),
        (b': {"key": "hidden"', "hidden", None),
        (b'{"\\q": {"key": "hidden"', "hidden", None),
        (b'[{"a": 1}, {"key": "hidden"', "hidden", None),
        (b'[{"id": 5}, {"key": "hidden"', "hidden", None),
        (b'{"a": {"b": {"c": {}}}, "key": "hidden"', "hidden", None),
        (b'{"a": {"b": {}, "key": "no"}, "key": "hidden"', "hidden", None),
        (b"[" * 100_000, None, None),
        (b"", None, None),
    ],
    ids=range(21),
)
def test_salvages_what_stands_whole(content: bytes, key: str | None, key_id: str | None) -> None:
    """Of an answer that is cut off or damaged, key and id are read where they stand whole."""
    created = read_created(content, ADMIN)
    assert (created and created.key.reveal()) == key
    assert (created.id if created else read_id(content, ADMIN)) == key_id


def test_salvages_nothing_else() -> None:
    """Of what is cut off, the key, its id and what it is are taken, and nothing that is unknown."""
    cut_off = b'{"name": "n", "object": "api-key", "key": "hidden", "id": "i", "x"'
    created = read_created(cut_off, ADMIN)
    assert created is not None
    assert (created.id, created.object, created.additional_properties) == ("i", "api-key", {})


def test_a_created_key_is_a_value() -> None:
    """It is made by keywords, cannot be changed, and shows neither the secret nor the rest."""
    created = CreatedKey(id="i", key=Secret("hidden"), object="api-key")
    assert created.additional_properties == {}
    more = CreatedKey(id="i", key=Secret("hidden"), object="o", additional_properties={"a": "b"})
    assert repr(more) == "CreatedKey(id='i', key=Secret('**********'), object='o')"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        created.id = "j"  # type: ignore[misc]
    with pytest.raises(TypeError):
        CreatedKey("i", Secret("hidden"), "api-key")  # type: ignore[call-arg]
