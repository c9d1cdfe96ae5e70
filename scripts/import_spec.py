"""Take the OpenAPI document out of a docs page into spec/upstream.yaml, byte for byte.

A docs page holds it in a fence of four backticks with `yaml METHOD PATH` behind it. A file that
has no such fence is taken as a plain OpenAPI document.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from scripts import yaml_document
from scripts.changes.report import show_texts
from scripts.replace_file import replace_file

ROOT = Path(__file__).resolve().parent.parent

_OPENING = re.compile(rb"````yaml +(?P<method>\S+) +(?P<path>\S+)[ \t]*\r?\n")
_CLOSING = re.compile(rb"````[ \t]*\r?\n?")


class PageError(ValueError):
    """The page does not hold exactly one OpenAPI document; the message says why."""


def extract(page: bytes, name: str) -> bytes:
    """Return the bytes of the OpenAPI document in `page`.

    Raises PageError (with `name` in its message) where there is none or more than one, or where it
    is not OpenAPI, and yaml_document.DocumentError where it is not YAML.
    """
    blocks = _blocks(page, name)
    if len(blocks) > 1:
        headings = ", ".join(heading for heading, _ in blocks)
        raise PageError(f"{name} has {len(blocks)} OpenAPI blocks ({headings}); one is needed")
    if not blocks:
        try:
            _check(page, name)
        except (PageError, yaml_document.DocumentError) as error:
            raise PageError(
                f"{name} has no OpenAPI block (a line ````yaml METHOD PATH and the YAML below it) "
                f"and is no OpenAPI document itself: {error}"
            ) from None
        return page
    [(heading, document)] = blocks
    paths = _check(document, f"the block of {name}")
    method, path = heading.split(" ", 1)
    described = paths.get(path)
    if not isinstance(described, dict) or method.lower() not in described:
        raise PageError(f"the block of {name} is headed {heading}, which its paths do not describe")
    return document


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
        raise PageError(f"{name}: the OpenAPI block ({heading}) has no end")
    return blocks


def _check(text: bytes, name: str) -> dict[str, object]:
    """Return the document's paths after a check that it is OpenAPI."""
    document = yaml_document.load(text, name)
    if not str(document.get("openapi", "")).startswith("3."):
        raise PageError(
            f"{name} is not an OpenAPI 3 document: openapi is {document.get('openapi')!r}"
        )
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise PageError(f"{name} describes no paths")
    return paths


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Replace spec/upstream.yaml below `root`; return 0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="import_spec", description=__doc__)
    parser.add_argument("page", type=Path, help="the docs page, or a plain OpenAPI file (YAML)")
    parser.add_argument("--changes", type=Path, metavar="FILE", help="where to write what changed")
    given = parser.parse_args(arguments)
    page: Path = given.page
    upstream = root / "spec" / "upstream.yaml"
    try:
        document = extract(page.read_bytes(), page.name)
        before = upstream.read_bytes() if upstream.exists() else None
        if before != document:
            replace_file(upstream, document)
    except (OSError, PageError, yaml_document.DocumentError) as error:
        print(f"import-spec: {error}", file=sys.stderr)
        return 1
    if before == document:
        print("import-spec: spec/upstream.yaml is this document already")
    else:
        print("import-spec: spec/upstream.yaml is new; now run: make regen")
    return show_texts(before, document, given.changes, root)


if __name__ == "__main__":
    sys.exit(main())
