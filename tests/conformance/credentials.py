"""The credentials that a document asks for, and generated clients that send them."""

from __future__ import annotations

import base64
import importlib
from typing import Any

from portkey_admin_stub import Stub
from tests.conformance.calling import API_KEY
from tests.conformance.operations import Operation, resolve


def credentials(operation: Operation) -> dict[str, dict[str, str]]:
    """Return what one way to authenticate sends: headers, query parameters and cookies.

    It is the first of which the stub can judge every key.
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
    """Return the generated client for an operation, as its callers would make it.

    The generated AuthenticatedClient takes one header; any others are given to it as they are. It
    has nothing for a key in the query: that is given to httpx.
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
