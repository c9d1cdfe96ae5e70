"""Create, use and delete keys against the stub on loopback, and print each exchange."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from ruamel.yaml import YAML

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, PortkeyAdmin, RefusedError
from portkey_admin_stub import Exchange, Stub
from portkey_admin_stub.api_keys import ApiKeys
from portkey_admin_stub.server import serve
from scripts.regen import ROOT, SPEC


def calls(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the keyword arguments of each call: the spec's request examples and a user key."""
    operation = next(
        each["post"]
        for each in document["paths"].values()
        if each.get("post", {}).get("operationId") == "createApiKey"
    )
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    service = {"type": "organisation", "sub_type": "service"}
    user_key = {
        "type": "workspace",
        "sub_type": "user",
        "workspace_id": "ws-1",
        "user_id": "c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f",
        "name": "ci",
        "scopes": ["completions.write"],
        "rate_limits": [{"type": "requests", "unit": "rpm", "value": 100}],
        "expires_at": datetime.now(UTC).replace(microsecond=0) + timedelta(days=90),
    }
    return {
        **{each["summary"]: {**service, **each["value"]} for each in examples.values()},
        "Create a user API key": user_key,
    }


def show(exchange: Exchange, result: object) -> None:
    """Print one exchange with its secrets masked."""
    print(f"    {exchange.method} {exchange.target}")
    if isinstance(exchange.body, dict):
        print("   ", json.dumps(exchange.body, indent=2).replace("\n", "\n    "))
    print(f"    {exchange.status} {'' if result is None else result}\n")


async def create_async(api_key: str, server: str, arguments: dict[str, Any]) -> CreatedKey:
    """Create a key with the asynchronous client."""
    async with AsyncPortkeyAdmin(api_key, server=server) as portkey:
        return await portkey.api_keys.create(**arguments)


def live(portkey: PortkeyAdmin, stub: Stub) -> None:
    """Create a key, find it by its name, update it, rotate it and delete it."""
    keys, name = portkey.api_keys, "short-lived"
    print("Create a key, to find, update, rotate and delete it")
    created = keys.create(
        type="organisation", sub_type="service", name=name, scopes=["completions.write"]
    )
    show(stub.exchanges[-1], created)
    [key] = keys.find(name)
    print(f"Find it by its name among {len(list(keys.list()))} keys")
    show(stub.exchanges[-1], key)
    print("Limit it")
    keys.update(key.id, rate_limits=[{"type": "requests", "unit": "rpm", "value": 100}])
    show(stub.exchanges[-1], None)
    print("Give it a new secret; the old one is valid for another hour")
    rotated = keys.rotate(key.id, key_transition_period_ms=3_600_000)
    show(stub.exchanges[-1], rotated)
    print("Delete it")
    keys.delete(key.id)
    show(stub.exchanges[-1], None)
    print("It is gone")
    try:
        keys.retrieve(key.id)
    except RefusedError as error:
        show(stub.exchanges[-1], error)


def main() -> int:
    """Create each key with both clients, then one to delete; return 1 if two secrets are equal."""
    document = YAML(typ="safe").load(ROOT / SPEC)
    api_key = secrets.token_urlsafe()
    stub = Stub(document, api_key=api_key, memory=ApiKeys())
    found = set()
    with serve(stub) as server:
        print(f"a stub that checks every request against {SPEC} listens on {server}\n")
        with PortkeyAdmin(api_key, server=server) as portkey:
            for summary, arguments in calls(document).items():
                print(f"{summary} (PortkeyAdmin)")
                created = portkey.api_keys.create(**arguments)
                show(stub.exchanges[-1], created)
                print(f"{summary} (AsyncPortkeyAdmin)")
                again = asyncio.run(create_async(api_key, server, arguments))
                show(stub.exchanges[-1], again)
                found |= {created.key, again.key}
            count = len(stub.exchanges)
            live(portkey, stub)
    print(f"{len(found)} keys were created, each with its own secret: key.reveal() returns it")
    return 0 if len(found) == count else 1


if __name__ == "__main__":
    sys.exit(main())
