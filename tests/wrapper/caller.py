"""The synchronous and the asynchronous client, with the same interface for tests."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import httpx
from portkey_generated.api.api_keys import create_api_key
from portkey_generated.models import CreateApiKeyObject

from portkey_admin import AsyncPortkeyAdmin, CreatedKey, PortkeyAdmin

KEY = "the-admin-key"
SERVER = "https://portkey.example.com/v1"
CREATED = {"id": "183f497a-2a7f-4f47-992e-26213fa863ce", "key": "made", "object": "api-key"}

# The required arguments of create, with valid values.
MINIMAL: Mapping[str, Any] = {
    "type": "organisation",
    "sub_type": "service",
    "name": "ci",
    "scopes": ["completions.write"],
}
MINIMAL_BODY = {"name": "ci", "scopes": ["completions.write"]}

ID = CREATED["id"]
# The required arguments of each call.
ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "create": MINIMAL,
    "list": {},
    "find": {"name": "ci"},
    "retrieve": {"id": ID},
    "update": {"id": ID},
    "rotate": {"id": ID},
    "delete": {"id": ID},
}
READS = ("list", "find", "retrieve")
CHANGES = ("create", "update", "rotate", "delete")

Admin = PortkeyAdmin | AsyncPortkeyAdmin
Answer = Callable[[httpx.Request], httpx.Response]


def created(_: httpx.Request) -> httpx.Response:
    """Respond like a server that has created a key."""
    return httpx.Response(200, json=CREATED)


def answering(*answers: Any) -> Answer:
    """Return a function that gives these answers in order, and then repeats the last one.

    An answer is a response, an exception to raise, or the JSON of a success.
    """
    left = itertools.chain(answers, itertools.repeat(answers[-1]))

    def answer(_: httpx.Request) -> httpx.Response:
        given = next(left)
        if isinstance(given, BaseException):
            raise given
        if isinstance(given, httpx.Response):
            return httpx.Response(given.status_code, headers=given.headers, content=given.content)
        return httpx.Response(200, json=given)

    return answer


class Caller:
    """Calls one of the two clients and records what it sends."""

    def __init__(self, *, is_async: bool) -> None:
        self.is_async = is_async
        self.kind: type[Admin] = AsyncPortkeyAdmin if is_async else PortkeyAdmin
        self.http_kind: type[httpx.Client | httpx.AsyncClient] = (
            httpx.AsyncClient if is_async else httpx.Client
        )
        self.requests: list[httpx.Request] = []

    def transport(self, answer: Answer = created) -> httpx.MockTransport:
        """Return a transport that records each request and passes it to `answer`."""

        def answered(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return answer(request)

        return httpx.MockTransport(answered)

    def admin(self, api_key: Any = KEY, **options: Any) -> Admin:
        """Return a client that sends to the recording transport."""
        return self.kind(api_key, **{"server": SERVER, "transport": self.transport(), **options})

    def call(self, method: str, answer: Any, /, options: Any = None, **arguments: Any) -> Any:
        """Make a call with a new client, and return its result; a list for `list`.

        `answer` is a function that answers, or an answer for `answering`.
        """
        transport = self.transport(answer if callable(answer) else answering(answer))
        call = getattr(self.admin(transport=transport, **(options or {})).api_keys, method)
        return self.run(call(**{**ARGUMENTS[method], **arguments}))

    def create(self, **arguments: Any) -> CreatedKey:
        """Create a key with a new client; required arguments have default values."""
        return self.create_by(self.admin(), **arguments)

    def create_by(self, admin: Admin, **arguments: Any) -> CreatedKey:
        """Create a key with `admin`."""
        result: CreatedKey = self.run(admin.api_keys.create(**{**MINIMAL, **arguments}))
        return result

    def create_over(self, **options: Any) -> CreatedKey:
        """Create a key with a client that has only these options, and close the client."""
        admin = self.kind(KEY, **options)
        if isinstance(admin, PortkeyAdmin):
            with admin:
                return admin.api_keys.create(**MINIMAL)

        async def create() -> CreatedKey:
            async with admin:
                return await admin.api_keys.create(**MINIMAL)

        return asyncio.run(create())

    def enter(self, admin: Admin, within: Callable[[Admin], None]) -> None:
        """Enter `admin` as a context manager, and call `within` with the entered client."""
        if isinstance(admin, PortkeyAdmin):
            with admin as entered:
                within(entered)
            return

        async def enter() -> None:
            async with admin as entered:
                within(entered)

        asyncio.run(enter())

    def call_generated(self, admin: Admin) -> Any:
        """Call the generated function with the generated client of `admin`."""
        function = (
            create_api_key.asyncio_detailed if self.is_async else create_api_key.sync_detailed
        )
        body = CreateApiKeyObject.from_dict(MINIMAL_BODY)
        return self.run(function("organisation", "service", client=admin.client, body=body))

    def http(self, admin: Admin) -> Any:
        """Return the httpx client with which `admin` sends."""
        client = admin.client
        return client.get_async_httpx_client() if self.is_async else client.get_httpx_client()

    def close(self, admin: Admin) -> None:
        """Close `admin`."""
        if isinstance(admin, PortkeyAdmin):
            admin.close()
        else:
            asyncio.run(admin.aclose())

    def run(self, result: Any) -> Any:
        """Return `result`: awaited if it is a coroutine, as a list if it is an iterator."""
        if inspect.isasyncgen(result):
            return self.take(result)
        if isinstance(result, Iterator):
            return list(result)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    def take(self, keys: Any, count: int | None = None) -> list[Any]:
        """Return the first keys of a list, by default all."""
        if isinstance(keys, Iterator):
            return list(itertools.islice(keys, count))

        async def take() -> list[Any]:
            iterator: AsyncIterator[Any] = aiter(keys)
            taken: list[Any] = []
            while count is None or len(taken) < count:
                try:
                    taken.append(await anext(iterator))
                except StopAsyncIteration:
                    break
            return taken

        return asyncio.run(take())

    def sent_body(self) -> Any:
        """Return the JSON body of the only request."""
        [request] = self.requests
        return json.loads(request.content)
