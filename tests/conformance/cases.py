"""Where cases come from: the document's examples, schemathesis's coverage cases and its fuzzing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import schemathesis
from hypothesis.strategies import SearchStrategy
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from tests.conformance.calling import Case
from tests.conformance.operations import Operation

Drawn: TypeAlias = schemathesis.Case[Any]
"""A case as schemathesis draws it."""

_BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


class Source:
    """Draws cases for the operations of a document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        schema = schemathesis.openapi.from_dict(dict(document))
        self._drawn_from: dict[str, Any] = {}
        for result in schema.get_all_operations():
            operation: Any = result
            self._drawn_from[operation.ok().definition.raw["operationId"]] = operation.ok()

    def coverage(self, operation: Operation) -> Iterator[Case]:
        """Yield the deterministic cases, each of which touches another part of the schema."""
        for drawn in self._coverage(operation, [GenerationMode.POSITIVE]):
            yield as_case(drawn, operation)

    def fuzzed(self, operation: Operation) -> SearchStrategy[Case]:
        """Return a strategy of cases that the schema allows."""
        strategy = self._drawn_from[operation.operation_id].as_strategy(
            generation_mode=GenerationMode.POSITIVE
        )
        cases: SearchStrategy[Case] = strategy.map(lambda drawn: as_case(drawn, operation))
        return cases

    def refused(self, operation: Operation) -> Iterator[Drawn]:
        """Yield the deterministic cases of which one part breaks the document."""
        for drawn in self._coverage(operation, _BOTH):
            if drawn.meta is not None and drawn.meta.generation.mode is GenerationMode.NEGATIVE:
                yield drawn

    def fuzzed_refused(self, operation: Operation) -> SearchStrategy[Drawn]:
        """Return a strategy of cases that are meant to break the document."""
        source = self._drawn_from[operation.operation_id]
        cases: SearchStrategy[Drawn] = source.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        return cases

    def _coverage(self, operation: Operation, modes: list[GenerationMode]) -> Iterator[Drawn]:
        # Undocumented, and so pinned: schemathesis offers these cases to its own runner only.
        source = self._drawn_from[operation.operation_id]
        config = source.schema.config.generation_for(operation=source, phase="coverage")
        yield from source.schema.iter_coverage_cases(
            source, generation_modes=modes, generation_config=config
        )


def examples(operation: Operation) -> dict[str, Case]:
    """Return a case for each request example of the document, by its name.

    An example is of a body; the parameters are the first values that their schemas list.
    """
    for item in operation.document["paths"].values():
        for described in item.values():
            if (
                isinstance(described, dict)
                and described.get("operationId") == operation.operation_id
            ):
                content = described["requestBody"]["content"]["application/json"]
                parameters = {
                    each["name"]: each["schema"]["enum"][0] for each in operation.parameters
                }
                return {
                    name: Case(parameters, example["value"])
                    for name, example in content.get("examples", {}).items()
                }
    raise LookupError(operation.operation_id)


def as_case(drawn: Drawn, operation: Operation) -> Case:
    """Return what schemathesis drew as the arguments of a call; auth is the client's business."""
    sent = {**(drawn.path_parameters or {}), **(drawn.query or {}), **dict(drawn.headers or {})}
    names = {each["name"] for each in operation.parameters}
    parameters = {name: value for name, value in sent.items() if name in names}
    return Case(parameters, None if drawn.body is NOT_SET else drawn.body)
