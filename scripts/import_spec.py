"""Copy the OpenAPI document from a docs page to spec/upstream.yaml, byte for byte.

A docs page has it in a block that begins with four backticks and `yaml METHOD PATH` or `yaml SOURCE
METHOD PATH`. A file without such a block is read as a plain OpenAPI document. `--only` imports just
the paths that begin with a text, and the components that they refer to.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path
from typing import Any

from scripts import yaml_document
from scripts.changes.report import show_texts
from scripts.cut_text import cut_text
from scripts.parts import Cut, operations, reached
from scripts.replace_file import replace_file

ROOT = Path(__file__).resolve().parent.parent

_OPENING = re.compile(
    rb"````yaml +(?:(?P<source>\S+)[ \t]+)?(?P<method>\S+) +(?P<path>\S+)[ \t]*\r?\n"
)
_CLOSING = re.compile(rb"````[ \t]*\r?\n?")


class PageError(ValueError):
    """The page does not contain exactly one OpenAPI document; the message gives the reason."""


def extract(page: bytes, name: str) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of the OpenAPI document in `page`, and the parsed document.

    Raises PageError (with `name` in its message) if there is no document, more than one, or one
    that is not OpenAPI, and yaml_document.DocumentError if it is not YAML.
    """
    blocks = _blocks(page, name)
    if len(blocks) > 1:
        headings = ", ".join(heading for heading, _ in blocks)
        raise PageError(f"{name} has {len(blocks)} OpenAPI blocks ({headings}); one is needed")
    if not blocks:
        try:
            return page, _check(page, name)
        except (PageError, yaml_document.DocumentError) as error:
            raise PageError(
                f"{name} has no OpenAPI block (a line ````yaml METHOD PATH and the YAML below it) "
                f"and is no OpenAPI document itself: {error}"
            ) from None
    [(heading, text)] = blocks
    document = _check(text, f"the block of {name}")
    method, path = heading.split(" ", 1)
    described = document["paths"].get(path)
    if not isinstance(described, dict) or method.lower() not in described:
        raise PageError(
            f"the block of {name} is headed {heading}, but its paths lack that operation"
        )
    return text, document


def cut(text: bytes, document: dict[str, Any], beginning: str, name: str) -> bytes:
    """Return the text with only the paths that begin with `beginning` and their components.

    `document` is the parsed text. Everything except paths and components stays. A comment names
    the original file. Raises PageError if no path begins with `beginning`.
    """
    paths = document["paths"]
    chosen = {("paths", path) for path in paths if path.startswith(beginning)}
    if not chosen:
        raise PageError(f"{name} has no path that begins with {beginning}")
    # Operations without their own security schemes use those of the document.
    start = [{"security": document.get("security")}, *(paths[path] for _, path in chosen)]
    parts = chosen | reached(document, start)
    result = cut_text(text, document, parts)
    taken, total = (len(list(operations(each))) for each in (Cut(parts).of(document), document))
    comment = (
        f"Cut by make import-spec from {name} (SHA-256 {hashlib.sha256(text).hexdigest()}):",
        f"{taken} of {total} operations, those below {beginning}, with their components.",
    )
    ending = b"\r\n" if b"\r\n" in text else b"\n"
    lines = (b"# " + " ".join(line.split()).encode() + ending for line in comment)
    return b"".join(lines) + result


def _blocks(page: bytes, name: str) -> list[tuple[str, bytes]]:
    """Return the heading (METHOD PATH) and the content of each block."""
    blocks: list[tuple[str, bytes]] = []
    heading = ""
    content: list[bytes] | None = None
    for line in page.splitlines(keepends=True):
        if content is None:
            if opening := _OPENING.fullmatch(line):
                heading = f"{opening['method'].decode()} {opening['path'].decode(errors='replace')}"
                content = []
        elif _CLOSING.fullmatch(line):
            blocks.append((heading, b"".join(content)))
            content = None
        else:
            content.append(line)
    if content is not None:
        raise PageError(f"{name}: the OpenAPI block ({heading}) is not closed")
    return blocks


def _check(text: bytes, name: str) -> dict[str, Any]:
    """Parse the document, and check that it is OpenAPI."""
    document = yaml_document.load(text, name)
    if not str(document.get("openapi", "")).startswith("3."):
        raise PageError(
            f"{name} is not an OpenAPI 3 document: openapi is {document.get('openapi')!r}"
        )
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise PageError(f"{name} describes no paths")
    return document


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Replace spec/upstream.yaml below `root`; return 0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="import_spec", description=__doc__)
    parser.add_argument("page", type=Path, help="the docs page, or a plain OpenAPI file (YAML)")
    parser.add_argument("--only", metavar="TEXT", help="import only the paths that begin with TEXT")
    parser.add_argument(
        "--changes", type=Path, metavar="FILE", help="also write the changes to FILE, as Markdown"
    )
    given = parser.parse_args(arguments)
    page: Path = given.page
    upstream = root / "spec" / "upstream.yaml"
    try:
        text, document = extract(page.read_bytes(), page.name)
        if given.only is not None:
            text = cut(text, document, given.only, page.name)
        before = upstream.read_bytes() if upstream.exists() else None
        if before != text:
            replace_file(upstream, text)
    except (OSError, PageError, yaml_document.DocumentError) as error:
        print(f"import-spec: {error}", file=sys.stderr)
        return 1
    if before == text:
        print("import-spec: spec/upstream.yaml is up to date already")
    else:
        print("import-spec: spec/upstream.yaml is new; now run: make regen")
    return show_texts(before, text, given.changes, root)


if __name__ == "__main__":
    sys.exit(main())
