"""import-spec copies one OpenAPI document from a page, or fails with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.import_spec import main
from scripts.replace_file import replace_file
from tests.regen.tree import copy_inputs, entries, run_make
from tests.spec.documents import text

BEFORE = b"openapi: 3.0.0\npaths: {/before: {get: {}}}\n"

DOCUMENT = b"""\
openapi: 3.0.3
info: {title: Shelves, version: '1'}
paths:
  /shelves/{id}:
    get:
      description: |
        ```bash
        curl
        ```
      responses: {}
"""


def fenced(document: bytes, heading: bytes = b"get /shelves/{id}") -> bytes:
    """Return the document in a block as Portkey's docs write it."""
    return b"````yaml " + heading + b"\n" + document + b"````\n"


def page(block: bytes) -> bytes:
    """Return a docs page with a block, and blocks of other kinds."""
    return (
        b"# A page\n\n```bash\ncurl\n```\n\n````json\n{}\n````\n\n"
        + block
        + b"\n```yaml\nopenapi: 3.0.0\n```\n"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a tree with another document in spec/."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "upstream.yaml").write_bytes(BEFORE)
    return tmp_path


def import_page(root: Path, content: bytes) -> int:
    """Write a page and import it."""
    written = root / "page.md"
    written.write_bytes(content)
    return main([str(written)], root=root)


def held(root: Path) -> dict[str, bytes]:
    """Return the content of each file in spec/."""
    return {path.name: path.read_bytes() for path in (root / "spec").iterdir()}


def refused(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Check that spec/ is unchanged, and return the one line on stderr."""
    assert held(root) == {"upstream.yaml": BEFORE}
    printed = capsys.readouterr()
    [line] = printed.err.splitlines()
    assert line.startswith("import-spec: ")
    assert printed.out == ""
    return line


CRLF = DOCUMENT.replace(b"\n", b"\r\n")
COMMENTED = b"# Shelves\n---\n" + DOCUMENT
QUOTED = DOCUMENT.replace(b"openapi:", b"'openapi' :")
WITH_3_1 = DOCUMENT.replace(b"3.0.3", b"3.1.0")


@pytest.mark.parametrize(
    ("content", "document"),
    [
        (page(fenced(DOCUMENT)), DOCUMENT),
        (fenced(DOCUMENT), DOCUMENT),
        (fenced(DOCUMENT).rstrip(), DOCUMENT),
        (page(fenced(DOCUMENT)).replace(b"\n", b"\r\n"), CRLF),
        (page(fenced(DOCUMENT + b"\n")), DOCUMENT + b"\n"),
        (page(fenced(DOCUMENT, b"GET /shelves/{id}")), DOCUMENT),
        (page(fenced(DOCUMENT, b"  get   /shelves/{id} \t")), DOCUMENT),
        (page(fenced(DOCUMENT, b"https://host/openapi.json get /shelves/{id}")), DOCUMENT),
        (page(fenced(DOCUMENT, b" openapi.yaml \t GET  /shelves/{id} ")), DOCUMENT),
        (b"```md\n" + fenced(DOCUMENT) + b"```\n", DOCUMENT),
        (DOCUMENT, DOCUMENT),
        (CRLF, CRLF),
        (COMMENTED, COMMENTED),
        (QUOTED, QUOTED),
        (WITH_3_1, WITH_3_1),
    ],
    ids=[
        "page",
        "block alone",
        "fence that ends the file",
        "page with CRLF",
        "blank line before the end",
        "method in capitals",
        "spaces in the heading",
        "source in the heading",
        "source and spaces in the heading",
        "three backticks around it",
        "plain file",
        "plain file with CRLF",
        "plain file with a comment first",
        "plain file with a quoted key",
        "plain file of OpenAPI 3.1",
    ],
)
def test_document_is_copied_byte_for_byte(root: Path, content: bytes, document: bytes) -> None:
    """upstream.yaml has exactly the bytes of the page's block, or of the plain file."""
    assert import_page(root, content) == 0
    assert held(root) == {"upstream.yaml": document}


def test_upstream_on_a_page_is_copied(root: Path) -> None:
    """import-spec finds the checked-in upstream on a page with Portkey's own heading."""
    upstream = text("upstream.yaml")
    block = fenced(upstream, b"post /api-keys/{type}/{sub-type}")
    assert import_page(root, page(block)) == 0
    assert held(root) == {"upstream.yaml": upstream}


def written(root: Path) -> tuple[int, int]:
    """Return upstream.yaml's inode and time of change."""
    found = (root / "spec" / "upstream.yaml").stat()
    return found.st_ino, found.st_mtime_ns


def test_same_document_is_not_written_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An equal document is not written again."""
    import_page(root, DOCUMENT)
    assert "make regen" in capsys.readouterr().out
    before = written(root)
    assert import_page(root, page(fenced(DOCUMENT))) == 0
    assert written(root) == before
    assert "already" in capsys.readouterr().out


def test_first_document_of_all(root: Path) -> None:
    """spec/upstream.yaml need not exist before."""
    (root / "spec" / "upstream.yaml").unlink()
    assert import_page(root, DOCUMENT) == 0
    assert held(root) == {"upstream.yaml": DOCUMENT}


ONE_BLOCK = "no OpenAPI block"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ONE_BLOCK),
        (b"# A page\n\nNothing here.\n", ONE_BLOCK),
        (page(b""), ONE_BLOCK),
        (page(DOCUMENT), ONE_BLOCK),
        (page(fenced(DOCUMENT).replace(b"````", b"```")), ONE_BLOCK),
        (page(fenced(DOCUMENT).replace(b"````", b"`````")), ONE_BLOCK),
        (page(fenced(DOCUMENT, b"get")), ONE_BLOCK),
        (page(fenced(DOCUMENT, b"")), ONE_BLOCK),
        (page(fenced(DOCUMENT, b"a source get /shelves/{id}")), ONE_BLOCK),
        (page(fenced(DOCUMENT).replace(b"yaml", b"yml")), ONE_BLOCK),
        (page(b"> " + fenced(DOCUMENT)), ONE_BLOCK),
        (bytes(range(256)), ONE_BLOCK),
        (bytes(64), ONE_BLOCK),
        (page(fenced(DOCUMENT) * 2), "has 2 OpenAPI blocks"),
        (page(fenced(DOCUMENT) + fenced(b"not: [yaml", b"get /other")), "get /other"),
        (page(fenced(DOCUMENT))[: -len(b"````\n\n```yaml\nopenapi: 3.0.0\n```\n")], "not closed"),
        (page((fenced(DOCUMENT)[:-5] + fenced(DOCUMENT))[:-5]), "not closed"),
        (fenced(b""), "not a YAML mapping"),
        (fenced(b"# Nothing but a comment\n"), "not a YAML mapping"),
        (fenced(b"- openapi: 3.0.0\n"), "not a YAML mapping"),
        (fenced(b"openapi\n"), "not a YAML mapping"),
        (fenced(b"openapi: [\n"), "not YAML"),
        (fenced(DOCUMENT + b"\tx: 1\n"), "not YAML"),
        (fenced(DOCUMENT + b"x: *nowhere\n"), "not YAML"),
        (fenced(DOCUMENT + b"x: \xe9\n"), "not YAML"),
        (fenced(DOCUMENT + b"x: \0\n"), "not YAML"),
        (fenced(DOCUMENT + b"---\na: 1\n"), "not YAML"),
        (fenced(b"%YAML 9.9\n---\n" + DOCUMENT), "not YAML"),
        (fenced(DOCUMENT + b"openapi: 3.0.3\n"), "duplicate key"),
        (fenced(DOCUMENT + b"x:\n  a: 1\n  a: 1\n"), "duplicate key"),
        (fenced(b"name: x\n"), "not an OpenAPI 3 document"),
        (fenced(b"swagger: '2.0'\npaths: {/a: {get: {}}}\n"), "not an OpenAPI 3 document"),
        (fenced(DOCUMENT.replace(b"3.0.3", b"2.0.0")), "not an OpenAPI 3 document"),
        (fenced(DOCUMENT.replace(b"3.0.3", b"[3.0.3]")), "not an OpenAPI 3 document"),
        (b"openapi: three\n", "not an OpenAPI 3 document"),
        (b"openapi: [\n", "not YAML"),
        (fenced(b"openapi: 3.0.0\n"), "describes no paths"),
        (fenced(b"openapi: 3.0.0\npaths:\n"), "describes no paths"),
        (fenced(b"openapi: 3.0.0\npaths: {}\n"), "describes no paths"),
        (fenced(b"openapi: 3.0.0\npaths: [/a]\n"), "describes no paths"),
        (b"openapi: 3.0.0\npaths: {}\n", "describes no paths"),
        (fenced(DOCUMENT, b"get /shelves"), "headed get /shelves,"),
        (fenced(DOCUMENT, b"post /shelves/{id}"), "headed post /shelves/{id},"),
        (fenced(b"openapi: 3.0.0\npaths: {/a: }\n", b"get /a"), "headed get /a,"),
        (fenced(DOCUMENT, b"host get /a"), "headed get /a,"),
    ],
    ids=[
        "empty file",
        "page without a fence",
        "page with other fences only",
        "document outside a fence",
        "three backticks",
        "five backticks",
        "heading without path",
        "heading without method",
        "heading of four words",
        "another language",
        "quoted fence",
        "binary",
        "zero bytes",
        "block twice",
        "two blocks, the second broken",
        "block without end",
        "block in a block",
        "empty block",
        "comment",
        "list",
        "text",
        "open bracket",
        "tab",
        "unknown alias",
        "Latin-1",
        "zero byte",
        "two documents",
        "YAML of the future",
        "duplicate key",
        "duplicate key in depth",
        "no version",
        "Swagger",
        "version 2",
        "list for a version",
        "plain file of no version",
        "plain file that is not YAML",
        "no paths",
        "null paths",
        "empty paths",
        "list of paths",
        "plain file without paths",
        "path of the heading missing",
        "method of the heading missing",
        "path of the heading is null",
        "path of a heading with a source",
    ],
)
def test_page_without_one_good_block_is_one_clear_error(
    root: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    """An invalid page gives one line with the reason and exit status 1; spec/ is unchanged."""
    assert import_page(root, content) == 1
    assert words in refused(root, capsys)


@pytest.mark.parametrize(
    "content",
    [
        fenced(DOCUMENT + b"x: !!int one\n"),
        fenced(DOCUMENT + b"x: !!float one\n"),
        fenced(DOCUMENT + b"x: !!bool one\n"),
        fenced(DOCUMENT + b"x: " + b"9" * 5000 + b"\n"),
        fenced(DOCUMENT + b"x: " + b"[" * 2000 + b"]" * 2000 + b"\n"),
        fenced(DOCUMENT, b"get /\xff"),
        fenced(b"openapi: 3.0.0\npaths: {/a: 5}\n", b"get /a"),
    ],
    ids=[
        "word tagged as an integer",
        "word tagged as a float",
        "word tagged as a boolean",
        "integer of 5000 digits",
        "2000 lists in each other",
        "heading that is not UTF-8",
        "number for a path",
    ],
)
def test_value_that_breaks_the_parser_is_one_clear_error(
    root: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """YAML that makes the parser itself fail gives one clear error too."""
    assert import_page(root, content) == 1
    refused(root, capsys)


@pytest.mark.parametrize(
    "value",
    [b".nan", b"!!binary aGk=", b"!!set {a, b}", b"!mine a", b'"\\ud800"', b"{[a, b]: c}"],
    ids=["not a number", "binary", "set", "tag of its own", "lone surrogate", "list for a key"],
)
def test_value_that_json_lacks_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str], value: bytes
) -> None:
    """A value that JSON does not allow is refused on import, not only by make regen."""
    assert import_page(root, fenced(DOCUMENT + b"x-value: " + value + b"\n")) == 1
    assert "has a value that JSON does not allow" in refused(root, capsys)


@pytest.mark.parametrize(
    "content",
    [
        b'{"openapi": "3.0.3", "paths": {"/a": {"get": {}}}}\n',
        b'{\n  "openapi": "3.0.3",\n  "paths": {"/a": {"get": {}}}\n}\n',
        b"\xef\xbb\xbf" + DOCUMENT,
        DOCUMENT.decode().encode("utf-16"),
        DOCUMENT + b"x-note: |\n  ````\n  four backticks\n  ````\n",
    ],
    ids=["JSON in a line", "JSON", "byte order mark", "UTF-16", "four backticks in a text"],
)
def test_any_layout_of_a_plain_file_is_accepted(root: Path, content: bytes) -> None:
    """A plain OpenAPI file is accepted in any layout of YAML or JSON."""
    assert import_page(root, content) == 0
    assert held(root) == {"upstream.yaml": content}


def test_missing_file_is_one_clear_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names a missing file."""
    assert main([str(root / "nowhere.md")], root=root) == 1
    assert "nowhere.md" in refused(root, capsys)


def test_folder_is_one_clear_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names a folder in place of the page."""
    assert main([str(root)], root=root) == 1
    assert str(root) in refused(root, capsys)


def test_spec_that_cannot_be_written_is_one_clear_error(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing folder spec/ gives one line on stderr, like any other error."""
    (root / "spec" / "upstream.yaml").unlink()
    (root / "spec").rmdir()
    assert import_page(root, DOCUMENT) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("step", ["chmod", "replace"])
def test_half_written_file_is_never_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """If writing fails at any step, the old file is complete and no other file is left."""

    def fail(path: Path, *_arguments: object) -> None:
        assert path.read_bytes() == DOCUMENT
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(root / "spec" / "upstream.yaml", DOCUMENT)
    assert held(root) == {"upstream.yaml": BEFORE}


def test_written_file_can_be_read_by_others(root: Path) -> None:
    """The new file has the permissions of a source file, not of a temporary file."""
    import_page(root, DOCUMENT)
    assert (root / "spec" / "upstream.yaml").stat().st_mode & 0o777 == 0o644


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a copy of the tree in which make can run."""
    copy_inputs(tmp_path)
    return tmp_path


def test_make_import_spec_takes_a_page(planted: Path) -> None:
    """`make import-spec PAGE=FILE` imports a page."""
    (planted / "a page.md").write_bytes(page(fenced(DOCUMENT)))
    done = run_make(planted, "import-spec", "PAGE=a page.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert (planted / "spec" / "upstream.yaml").read_bytes() == DOCUMENT


@pytest.mark.parametrize(
    ("words", "message"),
    [([], "import-spec: PAGE is missing"), (["PAGE=nowhere.md"], "nowhere.md")],
    ids=["no page", "missing page"],
)
def test_make_import_spec_refuses(planted: Path, words: list[str], message: str) -> None:
    """Without a valid page, make fails with the reason and leaves spec/ unchanged."""
    before = entries(planted / "spec")
    done = run_make(planted, "import-spec", *words)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[0]
    assert entries(planted / "spec") == before
