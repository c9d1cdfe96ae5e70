"""The routes of a deep run: each way for a case to go out, and what must hold of it then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from portkey_admin import AsyncPortkeyAdmin, InvalidRequestError, PortkeyAdmin
from portkey_admin_stub import Stub
from tests.conformance.calling import API_KEY, Case, Way, servers, stub_at
from tests.conformance.checking import check, report
from tests.conformance.forms import is_carried
from tests.conformance.meaning import differences
from tests.conformance.operations import Operation, python_name, resolve

# Where the spec's prose refuses what its schema allows.
PROSE: Final = frozenset(
    {
        "/user_id",
        "/rotation_policy",
        "/rotation_policy/next_rotation_at",
        "/rotation_policy/key_transition_period_ms",
        "/usage_limits/periodic_reset_days",
    }
)

Create = Callable[[dict[str, Any]], object]


class ByModels:
    """Through a generated function, with the models that it takes."""

    refuses: Final = False
    """Whether a value that the models do not carry exactly is refused, and not altered."""

    def __init__(self, operation: Operation, way: Way) -> None:
        self.name = way.name
        self._operation = operation
        self._way = way

    def told(self, case: Case) -> str | None:
        """Return what is wrong with what comes of a case, or None."""
        try:
            check(self._operation, case, [self._way])
        except AssertionError as error:
            return str(error)
        return None

    def sent(self) -> bytes | None:
        """Return the body that went out last, where one did."""
        return _last_body(self._way.stub)


class ByKeywords:
    """Through the wrapper, with its keyword arguments."""

    refuses: Final = True

    def __init__(
        self, operation: Operation, server: str, runner: asyncio.Runner | None, *, validate: bool
    ) -> None:
        """Create at a server, validated or not; awaited where there is a runner."""
        style = "async" if runner else "sync"
        self.name = f"{style}, keyword arguments, {'' if validate else 'unchecked, '}{server}"
        self.validate = validate
        """Whether the wrapper checks what it is given."""
        self._operation_id = operation.operation_id
        self._document = operation.document
        self._schema = operation.body_schema or {}
        self._known = resolve(self._document, self._schema)["properties"].keys()
        self._host = urlsplit(server).netloc
        self._stub = stub_at(self._document, server)
        self._create = _creating(server, self._stub, runner)

    def told(self, case: Case) -> str | None:
        """Return what is wrong with what comes of a case, or None."""
        self._stub.exchanges.clear()
        try:
            self._create(self._arguments(case))
        except InvalidRequestError as error:
            wrong = list(self._wrong(case, [each.pointer for each in error.problems]))
        except Exception as error:  # noqa: BLE001 - whatever it is, the case is to be shown
            wrong = [f"it raised {error!r}"]
        else:
            wrong = list(self._wrong(case, []))
        if not wrong:
            return None
        return report(self._operation_id, case, [f"{self.name}: {each}" for each in wrong])

    def sent(self) -> bytes | None:
        """Return the body that went out last, where one did."""
        return _last_body(self._stub)

    def _wrong(self, case: Case, refused: Sequence[str]) -> Iterator[str]:
        for pointer in refused:
            if not self.validate or not (
                pointer in PROSE or not is_carried(_at(case.body, pointer))
            ):
                yield f"{pointer} was refused"
        if len(self._stub.exchanges) != (not refused):
            yield f"{len(self._stub.exchanges)} requests were sent"
        for exchange in self._stub.exchanges:
            yield from exchange.problems
            if dict(exchange.headers)["Host"] != self._host:
                yield f"it was for the host {dict(exchange.headers)['Host']}"
            yield from differences({}, {}, case.parameters, exchange.path_parameters, "parameters")
            # Without validation the body goes out letter for letter.
            schema = self._schema if self.validate else {}
            yield from differences(self._document, schema, case.body, exchange.body)

    def _arguments(self, case: Case) -> dict[str, Any]:
        path = {python_name(name).rstrip("_"): value for name, value in case.parameters.items()}
        known, extra = self._parted(self._schema, case.body)
        return {**path, **known, "extra": extra, "validate": self.validate}

    def _parted(self, schema: Mapping[str, Any], part: Any) -> tuple[Any, Any]:
        """Return what of a value the spec has names for, and the rest in the same shape."""
        schema = resolve(self._document, schema)
        if isinstance(part, list) and part and schema.get("type") == "array":
            pairs = [self._parted(schema["items"], item) for item in part]
            return [known for known, _ in pairs], [rest for _, rest in pairs]
        if not isinstance(part, dict) or "properties" not in schema:
            return part, {}
        known: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for name, member in part.items():
            if name in schema["properties"]:
                known[name], more = self._parted(schema["properties"][name], member)
                rest |= {name: more} if more and more != [{}] * len(more) else {}
            else:
                rest[name] = member
        return known, rest


Route = ByModels | ByKeywords


def routes(operation: Operation, every_way: Sequence[Way], runner: asyncio.Runner) -> list[Route]:
    """Return every route of an operation; those of the wrapper where it is the wrapper's."""
    found: list[Route] = [ByModels(operation, way) for way in every_way]
    if operation.operation_id == "createApiKey":
        found += [
            ByKeywords(operation, server, each, validate=validate)
            for validate in (True, False)
            for each in (None, runner)
            for server in servers(operation.document)
        ]
    return found


def _creating(server: str, stub: Stub, runner: asyncio.Runner | None) -> Create:
    """Return what creates a key by keyword arguments."""
    if runner is None:
        create = PortkeyAdmin(API_KEY, server=server, transport=stub.transport()).api_keys.create
        return lambda given: create(**given)
    admin = AsyncPortkeyAdmin(API_KEY, server=server, transport=stub.transport())
    return lambda given: runner.run(admin.api_keys.create(**given))


def _last_body(stub: Stub) -> bytes | None:
    return stub.exchanges[-1].raw_body if stub.exchanges else None


def _at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer points at, or None where nothing is there."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (LookupError, TypeError, ValueError):
            return None
    return value
