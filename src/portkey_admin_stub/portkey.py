"""A stub of Portkey's API, which checks requests against the packaged spec and remembers keys."""

from __future__ import annotations

import functools
import json
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from . import Stub
from .api_keys import ApiKeys
from .server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@functools.cache
def packaged_document() -> dict[str, Any]:
    """Return the spec in the generated package."""
    document: dict[str, Any] = json.loads(
        files("portkey_generated").joinpath("openapi.json").read_bytes()
    )
    return document


class PortkeyStub(Stub):
    """A stub of Portkey that accepts any admin key."""

    url: str
    """Its base URL."""
    keys: ApiKeys
    """Its keys: `keys.kept` has them by id, and `keys.add(name="billing")` adds one."""

    def __init__(self) -> None:
        self.keys = ApiKeys()
        super().__init__(packaged_document(), memory=self.keys)


@contextmanager
def serve_portkey() -> Iterator[PortkeyStub]:
    """Serve a new stub on a free port of loopback while the context lasts."""
    stub = PortkeyStub()
    with serve(stub) as stub.url:
        yield stub
