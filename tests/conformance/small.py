"""Small documents, their generated packages, and clients with the credentials they need."""

from __future__ import annotations

import base64
import fcntl
import importlib
import sys
from pathlib import Path
from typing import Any

from portkey_admin_stub import Stub
from scripts.regen import CONFIG, generate
from tests.conformance.calling import API_KEY
from tests.conformance.cases import Source
from tests.conformance.documents import Json, load
from tests.conformance.operations import Operation, read_operations, resolve

SPECS: dict[str, Json] = {
    path.stem: load(path) for path in sorted((Path(__file__).parent / "specs").glob("*.yaml"))
}
"""Small documents with features that the effective spec lacks."""


def credentials(operation: Operation) -> dict[str, dict[str, str]]:
    """Return the headers, query parameters and cookies of one way to authenticate.

    It is the first one for which the stub can check every key.
    """
    sent: dict[str, dict[str, str]] = {"header": {}, "query": {}, "cookie": {}}
    schemes = operation.document.get("components", {}).get("securitySchemes", {})
    described = [
        [resolve(operation.document, schemes[name]) for name in way]
        for way in operation.described["security"]
    ]
    judged = (way for way in described if all(each["type"] in {"apiKey", "http"} for each in way))
    for scheme in next(judged, []):
        if scheme["type"] == "apiKey":
            sent[scheme["in"]][scheme["name"]] = API_KEY
        elif scheme["scheme"].lower() == "basic":
            sent["header"]["Authorization"] = f"Basic {base64.b64encode(API_KEY.encode()).decode()}"
        else:
            sent["header"]["Authorization"] = f"Bearer {API_KEY}"
    return sent


def generated(operation: Operation, server: str, stub: Stub, _style: str) -> Any:
    """Return the generated client for an operation, as a caller would make it.

    The generated AuthenticatedClient takes one authentication header; others are passed as extra
    headers, and a key in the query is passed to httpx.
    """
    package = importlib.import_module(operation.module.__name__.partition(".api.")[0])
    sent = credentials(operation)
    arguments: dict[str, Any] = {
        "base_url": server,
        "cookies": sent["cookie"],
        "httpx_args": {"transport": stub.transport(), "params": sent["query"]},
    }
    if not sent["header"]:
        return package.Client(**arguments)
    (header, value), *others = sent["header"].items()
    prefix, _, token = value.rpartition(" ")
    return package.AuthenticatedClient(
        token=token, prefix=prefix, auth_header_name=header, headers=dict(others), **arguments
    )


class Small:
    """A document and its operations, in its generated package."""

    def __init__(self, document: Json, package: str) -> None:
        self.operations, self.refused = read_operations(document, package)
        self.source = Source(document)


def generate_once(document: Json, name: str, folder: Path) -> str:
    """Generate a package unless another process has; return its importable name.

    `folder` is shared by all processes of a test session.
    """
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            making = folder / f"making-{name}"
            making.mkdir()
            generate(document, making / name, CONFIG)
            (making / name).rename(folder / name)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return name
