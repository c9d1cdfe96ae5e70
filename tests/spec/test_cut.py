"""import-spec imports some paths of a document with their components, as published."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts.import_spec import main
from tests.regen.tree import copy_inputs, run_make

WHOLE = b"""\
# Shelves of every kind
openapi: 3.0.3
info: {title: Shelves, version: '1'}  # beside
x-anchors:
  - &Shared [{url: 'https://shelves.example'}]
security:
  - Key: []
# All paths
paths:  # beside the paths
  # About books
  /books:
    servers: *Shared
    get:
      security: [{Other: []}]
      responses: &Done
        '200': {$ref: '#/components/responses/Done'}
  # About shelves
  /shelves:
    servers: *Shared
    get:
      description: |
        # No comment

      parameters: [{$ref: '#/components/parameters/Limit'}]
      responses: *Done
    post:
      operationId: makeShelf
      security:
        - Third: []
          Second: []
      requestBody: {$ref: '#/components/requestBodies/Shelf'}
      responses: *Done
  /shelves/{id}:
    $ref: '#/components/pathItems/Shelf'
# Shared by all
components:
  parameters:
    # How many
    Limit: {name: limit, in: query, schema: {$ref: '#/components/schemas/Limit'}}
    Unused: {name: unused, in: query, schema: {type: string}}
  pathItems:
    Shelf:
      delete: {responses: {'204': {description: gone}}}
  requestBodies:
    Shelf: {content: {application/json: {schema: {$ref: '#/components/schemas/Shelf'}}}}
  responses:
    Done: {description: done, headers: {H: {$ref: '#/components/headers/H'}}}
  headers: {G: {schema: {type: string}}, H: {schema: {type: string}}}
  links:
    Unused: {operationId: makeShelf}
  schemas:
    Limit: {type: integer}
    Shelf:
      oneOf: [{$ref: '#/components/schemas/Low'}]
      discriminator:
        propertyName: kind
        mapping: {middle: Middle, high: '#/components/schemas/High'}
    # Not high
    Low: {type: object}
    Middle: {type: object}
    # Not low
    High: {type: object, properties: {below: {$ref: '#/components/schemas/Shelf'}}}
    Unused: {type: object}
  securitySchemes:
    Key: {type: apiKey, in: header, name: k}
    Other: {type: http, scheme: bearer}
    Second: {type: apiKey, in: header, name: s}
    Third: {type: apiKey, in: header, name: t}
x-after: 1
# The end
"""

SHELVES = b"""\
# Shelves of every kind
openapi: 3.0.3
info: {title: Shelves, version: '1'}  # beside
x-anchors:
  - &Shared [{url: 'https://shelves.example'}]
security:
  - Key: []
# All paths
paths:  # beside the paths
  # About shelves
  /shelves:
    servers: *Shared
    get:
      description: |
        # No comment

      parameters: [{$ref: '#/components/parameters/Limit'}]
      responses: &Done {"200": {"$ref": "#/components/responses/Done"}}
    post:
      operationId: makeShelf
      security:
        - Third: []
          Second: []
      requestBody: {$ref: '#/components/requestBodies/Shelf'}
      responses: *Done
  /shelves/{id}:
    $ref: '#/components/pathItems/Shelf'
# Shared by all
components:
  parameters:
    # How many
    Limit: {name: limit, in: query, schema: {$ref: '#/components/schemas/Limit'}}
  pathItems:
    Shelf:
      delete: {responses: {'204': {description: gone}}}
  requestBodies:
    Shelf: {content: {application/json: {schema: {$ref: '#/components/schemas/Shelf'}}}}
  responses:
    Done: {description: done, headers: {H: {$ref: '#/components/headers/H'}}}
  headers: {H: {schema: {type: string}}}
  schemas:
    Limit: {type: integer}
    Shelf:
      oneOf: [{$ref: '#/components/schemas/Low'}]
      discriminator:
        propertyName: kind
        mapping: {middle: Middle, high: '#/components/schemas/High'}
    # Not high
    Low: {type: object}
    Middle: {type: object}
    # Not low
    High: {type: object, properties: {below: {$ref: '#/components/schemas/Shelf'}}}
  securitySchemes:
    Key: {type: apiKey, in: header, name: k}
    Second: {type: apiKey, in: header, name: s}
    Third: {type: apiKey, in: header, name: t}
x-after: 1
# The end
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a tree with an empty spec/."""
    (tmp_path / "spec").mkdir()
    return tmp_path


def imported(root: Path, document: bytes, only: str) -> bytes:
    """Import some paths of a document, and return upstream.yaml without its comment."""
    (root / "whole.yaml").write_bytes(document)
    assert main(["--only", only, str(root / "whole.yaml")], root=root) == 0
    result = (root / "spec" / "upstream.yaml").read_bytes()
    return result.split(b"\n", 2)[2]


def value(text: bytes) -> Any:
    """Return the parsed YAML text."""
    reader = YAML(typ="safe", pure=True)
    reader.composer.warn_double_anchors = False
    return reader.load(text)


def test_paths_bring_their_components(root: Path) -> None:
    """Paths bring the parameters, schemas and other components they refer to, as published."""
    assert imported(root, WHOLE, "/shelves") == SHELVES


def test_a_comment_names_the_source_file(root: Path) -> None:
    """The first lines name the file, its hash, the paths and the number of operations."""
    imported(root, WHOLE, "/shelves")
    comment = (root / "spec" / "upstream.yaml").read_text().splitlines()[:2]
    digest = hashlib.sha256(WHOLE).hexdigest()
    assert comment == [
        f"# Cut by make import-spec from whole.yaml (SHA-256 {digest}):",
        "# 3 of 4 operations, those below /shelves, with their components.",
    ]


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (WHOLE.replace(b"\n", b"\r\n"), SHELVES.replace(b"\n", b"\r\n")),
        (b"\xef\xbb\xbf" + WHOLE, SHELVES),
        (WHOLE.decode().encode("utf-16"), SHELVES),
        (WHOLE.rstrip(b"\n"), SHELVES.rstrip(b"\n")),
        (b"---\n" + WHOLE + b"...\n", b"---\n" + SHELVES + b"...\n"),
    ],
    ids=["CRLF", "byte order mark", "UTF-16", "no line break at the end", "markers"],
)
def test_encodings_are_cut_alike(root: Path, whole: bytes, expected: bytes) -> None:
    """The same paths are imported for any line endings and encoding."""
    assert imported(root, whole, "/shelves") == expected


@pytest.mark.parametrize("indent", [None, 2], ids=["in a line", "in lines"])
def test_json_keeps_its_layout(root: Path, indent: int | None) -> None:
    """A document in JSON stays JSON, in its own layout."""
    whole, expected = (
        json.dumps(value(text), indent=indent).encode() + b"\n" for text in (WHOLE, SHELVES)
    )
    assert imported(root, whole, "/shelves") == expected


HEAD = b"openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"
A = b"  /a: {get: {responses: {}}}\n"


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (b"paths:\n" + A + b"  /b: {}\n", b"paths:\n  /b: {}\n"),
        (b"paths:\n  /b: {}\n" + A, b"paths:\n  /b: {}\n"),
        (b"paths:\n" + A + b"  /b: {}", b"paths:\n  /b: {}"),
        (b"paths: {/a: {}, /b: {}, /c: {}}\n", b"paths: {/b: {}}\n"),
        (b"paths: { /b: {}, /c: {} }\n", b"paths: { /b: {} }\n"),
        (b"paths: { /a: {}, /b: {} }\n", b"paths: { /b: {} }\n"),
        (b"paths: {/a: {}, '/b': {}, /b2: {}}\n", b"paths: {'/b': {}, /b2: {}}\n"),
        (b"paths: {\n  /a: {}, # a\n  /b: {}, # b\n}\n", b"paths: {\n  /b: {}, # b\n}\n"),
        (
            b"paths:\n  /a:\n    get: {}\n\n  # Of b\n\n  /b:\n    get: {}\n\n# End\n",
            b"paths:\n\n  # Of b\n\n  /b:\n    get: {}\n\n# End\n",
        ),
        (
            b"paths:\n  /a:\n    x: |+\n      1\n\n  /b:\n    x: |+\n      2\n\n  /c: {}\n",
            b"paths:\n  /b:\n    x: |+\n      2\n\n",
        ),
        (b"paths:\n  ? /a\n  : {}\n  ? /b\n  : {}\n", b"paths:\n  ? /b\n  : {}\n"),
        (b"paths:\n  /a:\n  /b:\n    get: {}\n", b"paths:\n  /b:\n    get: {}\n"),
        (b"components:\n  schemas: {A: {}}\npaths:\n  /b: {}\n", b"paths:\n  /b: {}\n"),
        (b"webhooks: {w: {}}\npaths:\n  /b: {}\n", b"paths:\n  /b: {}\n"),
    ],
    ids=[
        "first",
        "last",
        "no line break at the end",
        "flow, middle",
        "flow, first",
        "flow, last",
        "flow, quoted",
        "flow in lines",
        "empty lines and comments",
        "text that keeps its line breaks",
        "question marks",
        "path without a value",
        "all components",
        "webhooks",
    ],
)
def test_layouts(root: Path, whole: bytes, expected: bytes) -> None:
    """A path is cut out completely in any position and layout."""
    assert imported(root, HEAD + whole, "/b") == HEAD + expected


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (
            b"paths:\n  /a: {x: &S {a: &T [1]}}\n  /b: {x: *S, y: *T, z: *S}\n",
            b'paths:\n  /b: {x: &S {"a": [1]}, y: &T [1], z: *S}\n',
        ),
        (
            b"x-s: &S 1\npaths:\n  /a: {x: &S 2}\n  /b: {x: *S, y: *S}\n",
            b"x-s: &S 1\npaths:\n  /b: {x: &S 2, y: *S}\n",
        ),
        (
            b"x-s: &S 1\npaths:\n  /b: {x: *S}\n  /c: {x: &S 2}\nx-t: *S\n",
            b"x-s: &S 1\npaths:\n  /b: {x: *S}\nx-t: &S 2\n",
        ),
        (
            b"paths:\n  /a: &S\n    x: 1\n  /b:\n    <<: *S\n    y: 2\n",
            b'paths:\n  /b:\n    <<: &S {"x": 1}\n    y: 2\n',
        ),
        (
            b"paths:\n  /a: &S {x: 1}\n  /b: *S\n",
            b'paths:\n  /b: &S {"x": 1}\n',
        ),
        (
            b"paths:\n  /a: {x: &S \xf0\x9f\x98\x80}\n  /b:\n    - *S\n    - {a: *S}\n",
            b'paths:\n  /b:\n    - &S "\xf0\x9f\x98\x80"\n    - {a: *S}\n',
        ),
    ],
    ids=[
        "anchor in an anchor",
        "anchor defined again",
        "anchor defined again behind",
        "merged",
        "a whole path",
        "in a list",
    ],
)
def test_alias_without_its_anchor_still_works(root: Path, whole: bytes, expected: bytes) -> None:
    """The first alias whose anchor was cut away becomes the anchor."""
    assert imported(root, HEAD + whole, "/b") == HEAD + expected


@pytest.mark.parametrize(
    "whole",
    [
        b"x-p: &P\n  /a: {}\n  /b: {x: 1}\npaths: *P\n",
        b"x-p: &P {/a: {}, /b: {x: 1}}\npaths:\n  <<: *P\n  /c: {}\n",
        b"paths:\n  &K /a: {}\n  /b: {x: *K}\n",
    ],
    ids=["paths that are an alias", "merged paths", "anchored key"],
)
def test_layout_that_cannot_be_cut_is_written_anew(root: Path, whole: bytes) -> None:
    """If no text can be cut out, the values are still right."""
    result = value(imported(root, HEAD + whole, "/b"))
    assert list(result["paths"]) == ["/b"]
    assert result["paths"]["/b"] == value(HEAD + whole)["paths"]["/b"]


def test_path_that_another_one_refers_to_comes_along(root: Path) -> None:
    """A reference into another path imports that whole path."""
    whole = HEAD + (
        b"paths:\n"
        b"  /a/{i}: {get: {responses: {'200': {$ref: '#/components/responses/R'}}},"
        b" put: {responses: {'200': {$ref: '#/components/responses/S'}}}}\n"
        b"  /b: {get: {responses: {'200': {$ref: '#/paths/~1a~1%7Bi%7D/get/responses/200'}}}}\n"
        b"  /c: {}\n"
        b"components: {responses: {R: {$ref: '#/x-shared/R'}, S: {description: s}, T: {}}}\n"
        b"x-shared: {R: {description: r}}\n"
    )
    result = value(imported(root, whole, "/b"))
    assert list(result["paths"]) == ["/a/{i}", "/b"]
    assert list(result["components"]["responses"]) == ["R", "S"]


def test_unknown_path_is_one_clear_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A beginning that no path has is an error, and spec/ is unchanged."""
    (root / "whole.yaml").write_bytes(WHOLE)
    assert main(["--only", "/nowhere", str(root / "whole.yaml")], root=root) == 1
    assert capsys.readouterr().err == (
        "import-spec: whole.yaml has no path that begins with /nowhere\n"
    )
    assert not list((root / "spec").iterdir())


def test_same_paths_are_not_written_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same cut of the same document is not written again."""
    first = imported(root, WHOLE, "/shelves")
    assert imported(root, WHOLE, "/shelves") == first
    assert "already" in capsys.readouterr().out


def test_make_import_spec_takes_some_paths(tmp_path: Path) -> None:
    """`make import-spec PAGE=FILE ONLY=/path` imports some paths of a docs page."""
    copy_inputs(tmp_path)
    page = b"# Shelves\n\n````yaml whole.yaml get /books\n" + WHOLE + b"````\n"
    (tmp_path / "a page.md").write_bytes(page)
    done = run_make(tmp_path, "import-spec", "PAGE=a page.md", "ONLY=/shelves")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "spec" / "upstream.yaml").read_bytes().endswith(SHELVES)
