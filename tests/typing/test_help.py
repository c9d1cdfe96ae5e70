"""The output of help() and pydoc, without a client."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any

import portkey_admin
from portkey_admin import AsyncPortkeyAdmin, PortkeyAdmin


def test_help_of_a_call() -> None:
    """help(PortkeyAdmin.api_keys.create) shows the signature and the documentation."""
    kinds: list[Any] = [PortkeyAdmin, AsyncPortkeyAdmin]
    for kind in kinds:
        shown = pydoc.plain(pydoc.render_doc(kind.api_keys.create))
        assert "usage_limits: 'UsageLimits | UsageLimitsDict | Omitted' = OMITTED" in shown
        assert "Create an API key" in shown
        assert inspect.signature(kind.api_keys.create).parameters["name"].annotation == "str"


def test_each_client_has_its_own_calls() -> None:
    """The `api_keys` of the class is not that of a client."""
    holders: list[Any] = [PortkeyAdmin("k"), PortkeyAdmin("k"), PortkeyAdmin]
    assert len({id(each.api_keys) for each in holders}) == 3


def test_pydoc_shows_the_public_names() -> None:
    """The output of pydoc has each public name of the package, and no other class."""
    shown = pydoc.plain(pydoc.render_doc(portkey_admin))
    classes = {line.split()[1].split("(")[0] for line in shown.splitlines() if "    class " in line}
    public = {name for name in portkey_admin.__all__ if inspect.isclass(vars(portkey_admin)[name])}
    assert classes == public
    for name in set(portkey_admin.__all__) - public:
        assert f"\n    {name}" in shown
