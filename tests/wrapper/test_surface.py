"""The public surface of the package: names, clients and secrets."""

from __future__ import annotations

import copy
import functools
import importlib.metadata
import importlib.resources
import inspect
import json
import logging
import pickle
import pprint
import re
import subprocess
import sys
import tomllib
import traceback
from collections.abc import Callable
from typing import Any, get_type_hints

import httpx
import pytest
from portkey_generated import Client
from portkey_generated.models import CreatedApiKey

import portkey_admin
from portkey_admin import (
    OMITTED,
    ApiKeyAuth,
    CreatedKey,
    NotSentError,
    Omitted,
    PortkeyAdmin,
    Secret,
)
from portkey_admin._api_keys import ApiKeys
from portkey_admin._client import AsyncPortkeyAdmin
from tests.wrapper.caller import CREATED, KEY, MINIMAL_BODY, SERVER, Admin, Caller
from tests.wrapper.documents import ROOT

# The package


def _output_of(program: str) -> set[str]:
    """Return the words that a program prints in a new interpreter; warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", program]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def _modules_after(statement: str) -> set[str]:
    """Return the top-level modules in a new interpreter after a statement."""
    return _output_of(
        f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import portkey_admin",
        "from portkey_admin import PortkeyAdmin, AsyncPortkeyAdmin",
        "from portkey_admin import Secret, InvalidRequestError, Problem",
        "import portkey_admin; dir(portkey_admin)",
    ],
)
def test_lazy_import(statement: str) -> None:
    """Importing the package or its clients loads nothing that only a client needs."""
    loaded = _modules_after(statement)
    assert "portkey_admin" in loaded
    assert not {"httpx", "httpcore", "anyio", "attrs", "attr", "portkey_generated", "ssl"} & loaded


def test_client_loads_its_modules() -> None:
    """A client does load the modules that the test above looks for."""
    loaded = _modules_after("from portkey_admin import PortkeyAdmin; PortkeyAdmin('k').close()")
    assert {"httpx", "portkey_generated"} < loaded


def test_all() -> None:
    """Each public name exists, is listed once and in order, and is its object's own name."""
    in_order = sorted(set(portkey_admin.__all__), key=lambda name: (not name.isupper(), name))
    assert list(portkey_admin.__all__) == in_order
    for name in portkey_admin.__all__:
        value = getattr(portkey_admin, name)
        assert repr(value) == name or value.__name__ == name
        assert inspect.getdoc(value)
    assert set(portkey_admin.__all__) <= set(dir(portkey_admin))


def test_type_of_omitted() -> None:
    """The type of OMITTED is public, for annotations of functions that pass arguments on."""
    assert type(OMITTED) is Omitted


def test_each_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first use, a name is in the package's namespace."""
    for name in portkey_admin.__all__:
        known = getattr(portkey_admin, name)
        monkeypatch.delitem(vars(portkey_admin), name)
        assert getattr(portkey_admin, name) is known
        assert vars(portkey_admin)[name] is known


def test_star_import() -> None:
    """A star import imports the public names."""
    names: dict[str, Any] = {}
    exec("from portkey_admin import *", names)  # noqa: S102 - the statement is only allowed at the top
    assert names.keys() - {"__builtins__"} == set(portkey_admin.__all__)


def test_dir() -> None:
    """dir() has the public names and the version, before and after their first use."""
    public = {*portkey_admin.__all__, "__version__"}
    assert public <= set(dir(portkey_admin))
    assert public <= _output_of("import portkey_admin; print(*dir(portkey_admin))")


def test_unknown_attribute() -> None:
    """An unknown name raises AttributeError with the name."""
    with pytest.raises(AttributeError, match=r"^module 'portkey_admin' has no attribute 'Keys'$"):
        portkey_admin.Keys  # noqa: B018 - the access matters
    assert not hasattr(portkey_admin, "Page")  # only in a module of the package
    assert not hasattr(portkey_admin, "__wrapped__")


def test_version() -> None:
    """The version matches the project's."""
    with ROOT.joinpath("pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert portkey_admin.__version__ == version
    assert importlib.metadata.version("portkey-admin") == version


@pytest.mark.parametrize("package", ["portkey_admin", "portkey_generated"])
def test_typed(package: str) -> None:
    """Both packages have a py.typed file."""
    assert importlib.resources.files(package).joinpath("py.typed").is_file()


# The clients


def test_same_surface() -> None:
    """Both clients have the same arguments and attributes, except close and aclose."""
    one, other = (
        {name for name in dir(kind("k")) if not name.startswith("_")}
        for kind in (PortkeyAdmin, AsyncPortkeyAdmin)
    )
    assert (one - other, other - one) == ({"close"}, {"aclose"})
    assert inspect.signature(PortkeyAdmin) == inspect.signature(AsyncPortkeyAdmin)


@pytest.mark.parametrize("kind", [PortkeyAdmin, AsyncPortkeyAdmin])
def test_help(kind: Any) -> None:
    """The class has api_keys too, so that help() works."""
    assert kind.api_keys is ApiKeys


def test_defaults() -> None:
    """The defaults of a client are these."""
    parameters = inspect.signature(PortkeyAdmin).parameters
    given = {"allow_http": False, "deadline": 30.0, "retries": 0, "max_response_bytes": 1_048_576}
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    assert defaults == {**dict.fromkeys(parameters), **given}


def test_documented() -> None:
    """Each argument of a client is documented."""
    documentation = inspect.getdoc(PortkeyAdmin.__init__) or ""
    for name in inspect.signature(PortkeyAdmin).parameters:
        assert f"\n    {name}: " in documentation


def test_created_key(caller: Caller) -> None:
    """A call returns the created key, whose secret reveal() returns."""
    created = caller.create()
    assert type(created) is CreatedKey
    assert (created.id, created.key.reveal(), created.object) == tuple(CREATED.values())
    assert created.additional_properties == {}


def test_context_manager(caller: Caller) -> None:
    """A client is its own context manager, which closes it."""
    admin = caller.admin()
    entered: list[tuple[Admin, bool]] = []
    caller.enter(admin, lambda given: entered.append((given, caller.http(admin).is_closed)))
    assert entered == [(admin, False)]
    assert caller.http(admin).is_closed


def test_closed_after_an_error(caller: Caller) -> None:
    """An error inside the context reaches the caller, and closes the client."""
    admin = caller.admin()

    def fail(_: Admin) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        caller.enter(admin, fail)
    assert caller.http(admin).is_closed


def test_use_after_close(caller: Caller) -> None:
    """A closed client raises NotSentError, and can be closed again."""
    admin = caller.admin()
    caller.close(admin)
    caller.close(admin)
    with pytest.raises(NotSentError, match="closed"):
        caller.create_by(admin)
    assert caller.requests == []


def test_admin(caller: Caller) -> None:
    """`portkey.admin.api_keys` is `portkey.api_keys`."""
    admin = caller.admin()
    assert admin.admin is admin
    assert admin.admin.api_keys is admin.api_keys


def test_many_calls(caller: Caller) -> None:
    """One client can make any number of calls."""
    admin = caller.admin()
    for _ in range(3):
        caller.create_by(admin)
    assert len(caller.requests) == 3


def test_generated_client(caller: Caller) -> None:
    """Generated functions work with portkey.client, including its auth and server."""
    admin = caller.admin(server="https://h.example/prefix/", headers={"X-Team": "a"}, timeout=7)
    assert isinstance(admin.client, Client)
    response = caller.call_generated(admin)
    assert response.parsed == CreatedApiKey.from_dict(CREATED)
    [request] = caller.requests
    assert str(request.url) == "https://h.example/prefix/api-keys/organisation/service"
    assert request.headers["x-portkey-api-key"] == KEY
    assert request.headers["x-team"] == "a"
    assert request.extensions["timeout"]["read"] == 7
    assert caller.sent_body() == MINIMAL_BODY


def test_create_uses_the_generated_client(caller: Caller) -> None:
    """Headers that a caller adds to the generated client are also sent by create()."""
    admin = caller.admin()
    caller.http(admin).headers["X-Added"] = "1"
    caller.create_by(admin)
    caller.call_generated(admin)
    assert [request.headers.get("x-added") for request in caller.requests] == ["1", "1"]


def test_annotations_resolve() -> None:
    """The annotations of a client can be resolved at run time."""
    names = {"Client": Client, "httpx": httpx, "CreatedKey": CreatedKey}
    assert get_type_hints(PortkeyAdmin, localns=names)["client"] is Client


# repr and str


def test_representations_show_no_secret(caller: Caller) -> None:
    """No repr or str of a user's objects contains the admin key or the created key."""
    admin = caller.admin()
    created = caller.create_by(admin)
    held = [admin, admin.api_keys, admin.client, vars(admin), caller.http(admin), created]
    held += [vars(caller.http(admin)), caller.http(admin).auth, created.key, vars(admin.api_keys)]
    for each in held:
        for shown in (repr(each), str(each), f"{each}", pprint.pformat(each)):
            assert KEY not in shown
            assert CREATED["key"] not in shown
    assert repr(admin) == f"{type(admin).__name__}(Secret('**********'))"


def test_repr_of_a_client_whose_init_failed() -> None:
    """The repr of a client whose construction failed raises no error."""
    for kind in (PortkeyAdmin, AsyncPortkeyAdmin):
        assert repr(kind.__new__(kind)) == f"{kind.__name__}(None)"


def test_repr_of_a_created_key_has_no_unknown_members() -> None:
    """Unknown members of a created key, which may be secret, are not shown."""
    created = CreatedKey(
        id="an id",
        key=Secret("hidden"),
        object="api-key",
        additional_properties={"other_key": "hidden"},
    )
    assert repr(created) == "CreatedKey(id='an id', key=Secret('**********'), object='api-key')"
    assert "hidden" not in f"{created} {created!s} {pprint.pformat(created)}"


def test_created_key_is_frozen() -> None:
    """A created key cannot be changed, and equals one with the same secret."""
    created = CreatedKey(id="a", key=Secret("hidden"), object=None)
    with pytest.raises(AttributeError):
        created.id = "b"  # type: ignore[misc]
    assert created == CreatedKey(id="a", key=Secret("hidden"), object=None)
    assert created != CreatedKey(id="a", key=Secret("other"), object=None)


def test_auth_representation() -> None:
    """The repr of the auth has the header and the origin, not the key."""
    shown = repr(ApiKeyAuth("x-key", Secret("hidden"), httpx.URL(SERVER)))
    assert "hidden" not in shown
    assert "x-key" in shown
    assert "portkey.example.com" in shown


# Secret

SHOWN = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "format with a width": lambda secret: format(secret, ">40"),
    "format of a number": lambda secret: format(secret, "x"),
    "f-string": lambda secret: f"{secret}",
    "f-string with repr": lambda secret: f"{secret!r:>40}",
    "str.format": lambda secret: f"{secret:10}",
    "%s": lambda secret: "%s" % secret,  # noqa: UP031 - each way is tried
    "%r": lambda secret: "%r" % secret,  # noqa: UP031 - each way is tried
    "in a list": lambda secret: str([secret]),
    "in a dict": lambda secret: str({"key": secret}),
    "in an f-string of a tuple": lambda secret: f"{(secret,)}",
    "pprint": pprint.pformat,
    "dir": lambda secret: str(dir(secret)),
    "exception": lambda secret: "".join(traceback.format_exception_only(ValueError(secret))),
    "doc": lambda secret: str(inspect.getdoc(secret)),
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN.keys())
def test_secret_is_masked(show: Any) -> None:
    """Every text form of a secret is the same mask, of the same length."""
    shown = show(Secret("hidden"))
    assert "hidden" not in shown
    assert shown == show(Secret("a much longer hidden secret"))
    assert Secret("hidden").reveal() == "hidden"


def test_secret_in_logs(caplog: pytest.LogCaptureFixture) -> None:
    """A logged secret is masked."""
    logging.getLogger(__name__).warning(
        "%s %r %s", Secret("hidden"), Secret("hidden"), [Secret("x")]
    )
    assert "hidden" not in caplog.text
    assert "**********" in caplog.text


def test_secret_is_not_serialized() -> None:
    """A secret raises an error when it is written as JSON or pickled."""
    secret = Secret("hidden")
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    encodings: list[Callable[[], object]] = [
        lambda: json.dumps({"key": secret}),
        lambda: json.dumps({secret: 1}),
        lambda: pickle.dumps([CreatedKey(id=None, key=secret, object=None)]),
        *(functools.partial(pickle.dumps, secret, each) for each in protocols),
        secret.__getstate__,
    ]
    for encode in encodings:
        with pytest.raises(TypeError) as caught:
            encode()
        assert "hidden" not in str(caught.value)
    with pytest.raises(TypeError, match=re.escape("store the text that reveal() returns")):
        pickle.dumps(secret)


def test_secret_equals_only_texts() -> None:
    """A secret equals only secrets and texts."""
    secret = Secret("hidden")
    assert [secret == each for each in ("hidden", Secret("hidden"))] == [True, True]
    assert [secret == each for each in ("other", Secret("other"), b"hidden", 5, None)] == [
        False
    ] * 5


def test_secret_is_not_a_string() -> None:
    """A secret cannot be used as a string by accident."""
    secret: Any = Secret("hidden")
    assert not isinstance(secret, str)
    for use in (
        lambda: secret + "x",
        lambda: "x" + secret,
        lambda: ",".join(iter([secret])),
        lambda: list(secret),
        lambda: len(secret),
        lambda: secret[0],
        lambda: bytes(secret),
        lambda: "h" in secret,
        lambda: vars(secret),
    ):
        with pytest.raises(TypeError):
            use()


def test_secret_copies() -> None:
    """Copies and deep copies of a secret have the same text."""
    held = {"key": [Secret("hidden")]}
    assert copy.copy(held["key"][0]).reveal() == "hidden"
    assert copy.deepcopy(held)["key"][0].reveal() == "hidden"
    created = CreatedKey(id=None, key=Secret("hidden"), object=None)
    assert copy.deepcopy(created).key.reveal() == "hidden"


def test_secret_equality() -> None:
    """Secrets are equal to secrets and texts of the same characters, with equal hashes."""
    secret = Secret("hidden\u00e9")
    assert secret == Secret("hidden\u00e9")
    assert secret == "hidden\u00e9"
    assert secret == secret  # noqa: PLR0124 - on purpose
    assert secret != Secret("other")
    assert secret != "other"
    assert secret != b"hidden"
    assert secret is not None
    assert secret != 5
    assert hash(secret) == hash(Secret("hidden\u00e9"))
    assert {secret: 1}[Secret("hidden\u00e9")] == 1
    assert Secret("\ud800") == Secret("\ud800")
