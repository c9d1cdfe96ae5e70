"""A document as large as Portkey's own, and the cost of import-spec and regen for it.

    python -m tests.regen.large [OPERATIONS ...]

The text is this project's upstream spec with made-up resources: several security schemes, anchors,
operations without ids or with several headers of authentication, and some operations that the
generator cannot express.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from scripts.limits import LIMITS
from scripts.regen import ROOT
from tests.regen.tree import copy_inputs

PER_RESOURCE = 8
_DEFAULT = (50, 100, 200, 400)

# Eight operations: only two of the first four have an id, and one has three headers of security.
_PATHS = """\
  /shelves-{n}:
    servers: *ControlPlane
    get:
      tags: [Shelves {tag}]
      summary: List the things on shelf {n}
      parameters:
        - $ref: '#/components/parameters/PageSize'
        - $ref: '#/components/parameters/CurrentPage'
        - name: kind
          in: query
          schema: {{type: array, items: {{type: string, enum: [book, box]}}}}
      responses:
        '200':
          description: The things
          content:
            application/json:
              schema:
                type: object
                required: [data, total]
                properties:
                  total: {{type: integer, minimum: 0}}
                  data: {{type: array, items: {{$ref: '#/components/schemas/Thing{n}'}}}}
    post:
      tags: [Shelves {tag}]
      operationId: putOnShelf{n}
      description: |
        Puts a thing on shelf {n}.

        It stays there until somebody takes it.
      security:
        - Portkey-Key: []
        - Portkey-Key: []
          Shelf-Key: []
          Shelf-Config: []
      requestBody:
        required: true
        content:
          application/json:
            schema: {{$ref: '#/components/schemas/NewThing{n}'}}
            example: {{name: a box, size: {{width: 1, height: 2}}}}
      responses: &Done{n}
        '200':
          description: The thing
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing{n}'}}}}}}
        '400': {{$ref: '#/components/responses/Refusal'}}
  /shelves-{n}/{{thing_id}}:
    servers: *ControlPlane
    parameters:
      - {{name: thing_id, in: path, required: true, schema: {{type: string, format: uuid}}}}
    get:
      tags: [Shelves {tag}]
      responses: *Done{n}
    put:
      tags: [Shelves {tag}]
      operationId: changeOnShelf{n}
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/NewThing{n}'}}}}}}
      responses: *Done{n}
    delete:
      tags: [Shelves {tag}]
      operationId: takeFromShelf{n}
      security: [{{Shelf-Token: []}}, {{Shelf-Key: [], Shelf-Name: []}}]
      responses: {{'204': {{description: gone}}}}
  /shelves-{n}/{{thing_id}}/label:
    get:
      tags: [Shelves {tag}]
      operationId: labelOnShelf{n}
      parameters:
        - {{name: thing_id, in: path, required: true, schema: {{type: string}}}}
        - {{name: X-Languages, in: header, schema: {languages}}}
      responses:
        '200': {{description: The label, content: {{text/plain: {{schema: {{type: string}}}}}}}}
    post:
      tags: [Shelves {tag}]
      operationId: relabelOnShelf{n}
      parameters:
        - {{name: thing_id, in: path, required: true, schema: {{type: string}}}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              oneOf:
                - $ref: '#/components/schemas/PlainLabel'
                - $ref: '#/components/schemas/LongLabel'
              discriminator: {{propertyName: kind, mapping: {{plain: PlainLabel, long: LongLabel}}}}
      responses: {{default: {{$ref: '#/components/responses/Refusal'}}}}
    patch:
      tags: [Shelves {tag}]
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/Size{n}'}}}}}}
      parameters:
        - {{name: thing_id, in: path, required: true, schema: {{type: string}}}}
      responses: {{'302': {{description: elsewhere}}}}
"""

_SCHEMAS = """\
    Size{n}:
      type: object
      required: [width, height]
      properties:
        width: {{type: integer, minimum: 1, maximum: 1000}}
        height: {{type: number, exclusiveMinimum: true, minimum: 0}}
    NewThing{n}:
      type: object
      required: [name]
      properties:
        name: {{type: string, minLength: 1, maxLength: 100}}
        note: {{type: string, nullable: true}}
        size: {{$ref: '#/components/schemas/Size{n}'}}
        kept_until: {{type: string, format: date-time, nullable: true}}
        labels: {{type: object, additionalProperties: {{type: string}}}}
        parts: {{type: array, items: {{$ref: '#/components/schemas/Size{n}'}}}}
    Thing{n}:
      allOf:
        - $ref: '#/components/schemas/NewThing{n}'
        - type: object
          required: [id]
          properties:
            id: {{type: string, format: uuid}}
            state: {{type: string, enum: [there, lent, lost]}}
            holder:
              type: object
              properties:
                name: {{type: string}}
                since: {{type: string, format: date}}
"""

_SHARED_SCHEMAS = """\
    PlainLabel: {type: object, required: [kind], properties: {kind: {type: string}}}
    LongLabel:
      type: object
      required: [kind, lines]
      properties: {kind: {type: string}, lines: {type: array, items: {type: string}}}
"""

_SHARED = """\
  parameters:
    PageSize: {name: page_size, in: query, schema: {type: integer, minimum: 1, default: 50}}
    CurrentPage: {name: current_page, in: query, schema: {type: integer, minimum: 0}}
  responses:
    Refusal:
      description: It was refused
      content:
        application/json:
          schema: {type: object, properties: {why: {type: string}}}
"""

_SCHEMES = """\
    Shelf-Key: {type: apiKey, in: header, name: x-shelf-key}
    Shelf-Config: {type: apiKey, in: header, name: x-shelf-config}
    Shelf-Name: {type: apiKey, in: header, name: x-shelf-name}
    Shelf-Token: {type: http, scheme: bearer}
"""

_ANCHORS = """\
x-shelves: &ControlPlane
  - url: https://shelves.example/v1
    description: Where all shelves are
"""


def large(operations: int) -> str:
    """Return a document of at least so many operations: this project's, and eight per resource."""
    count = -(-(operations - 1) // PER_RESOURCE)
    head, _, rest = (ROOT / "spec" / "upstream.yaml").read_text("utf-8").partition("paths:\n")
    paths, _, components = rest.partition("components:\n  schemas:\n")
    schemas, _, schemes = components.partition("  securitySchemes:\n")
    return "".join(
        (
            *(head, _ANCHORS, "paths:\n", paths),
            *(_resource(_PATHS, number) for number in range(count)),
            *("components:\n", _SHARED, "  schemas:\n", schemas, _SHARED_SCHEMAS),
            *(_resource(_SCHEMAS, number) for number in range(count)),
            *("  securitySchemes:\n", schemes, _SCHEMES),
        )
    )


def _resource(template: str, number: int) -> str:
    # The generator cannot write a list to a header.
    languages = "{type: array, items: {type: string}}" if number % 5 == 0 else "{type: string}"
    return template.format(n=number, tag=number % 20, languages=languages)


def measured(root: Path, *command: str) -> tuple[str, float, float]:
    """Run a command of this project in a tree; return its errors, seconds and peak of MB."""
    began = perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=root, stdout=subprocess.DEVNULL, stderr=errors
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        errors.seek(0)
        return errors.read(), perf_counter() - began, usage.ru_maxrss / 1024


def proposed_rows(error: str) -> str:
    """Return the rows for spec/limits.yaml in an error of regen."""
    keys = ("- operation:", "  at:", "  stage:", "  reason:")
    return "".join(each for each in error.splitlines(keepends=True) if each.startswith(keys))


def main() -> int:
    """Print the cost of each step, for each number of operations."""
    sizes = [int(each) for each in sys.argv[1:]] or _DEFAULT
    print(f"{'operations':>10} {'MB of YAML':>10}  {'step':<40} {'seconds':>8} {'MB':>6}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            copy_inputs(root)
            page = root / "openapi.yaml"
            page.write_text(large(size), "utf-8")
            for step, command in (
                ("import-spec ONLY=/api-keys", ["import_spec", "--only", "/api-keys", page.name]),
                ("import-spec ONLY=/shelves-0", ["import_spec", "--only", "/shelves-0", page.name]),
                ("import-spec", ["import_spec", page.name]),
                ("regen that lists what is to be left out", ["regen"]),
                ("regen, with mypy", ["regen"]),
                ("check-regen", ["regen", "--check"]),
            ):
                error, seconds, memory = measured(root, f"scripts.{command[0]}", *command[1:])
                text = f"{page.stat().st_size / 1e6:>10.2f}"
                print(f"{size:>10} {text}  {step:<40} {seconds:>8.1f} {memory:>6.0f}", flush=True)
                if rows := proposed_rows(error):
                    (root / LIMITS).write_text(rows, "utf-8")
                elif error:
                    print(error, file=sys.stderr)
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
