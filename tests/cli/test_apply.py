"""`portkey-admin apply`: many keys from a file, none created twice and no secret lost."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import re
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from portkey_admin import NotSentError
from portkey_admin_cli import plan, storing
from portkey_admin_cli.journal import Journal, open_journal
from tests.cli.command import (
    PATIENCE,
    Done,
    Running,
    files,
    run,
)
from tests.cli.killing import Runner, runner
from tests.cli.provisioning import Server, body, serving, sometimes, write_keys
from tests.faults.faults import ADMIN_KEY, GOOD, KEY_ID, SECRET, answer, replies
from tests.faults.server import Connection, FaultServer, free_port

JOURNAL = "apply.jsonl"
# Applies keys.jsonl, and stores the secrets in the folder keys.
APPLY = ("apply", "keys.jsonl", "--output-dir", "keys")


def apply(url: str, *options: str, **settings: Any) -> Done:
    """Apply keys.jsonl, and store the secrets in the folder keys."""
    return run(*APPLY, "--server", url, *options, **settings)


def summary(out: bytes | str) -> dict[str, dict[str, Any]]:
    """Return the JSON summary of each key, by name."""
    return {each["name"]: each for each in json.loads(out)["keys"]}


def stored(folder: Path) -> dict[str, str]:
    """Return the secrets in the files of a folder, by name."""
    return {name[:-4]: text.decode() for name, text in files(folder).items() if ".key" in name}


def check_agreement(server: Server, folder: Path, keys: dict[str, dict[str, Any]]) -> None:
    """Check that server and files have the same keys, except those named in the summary."""
    secrets, in_files = server.secrets, stored(folder)
    for name, key in keys.items():
        if key["state"] in {"created", "there already"}:
            assert secrets[name] == [in_files[name]], name
        else:
            assert name not in in_files, name
        if key["state"] in {"refused", "not tried"}:
            assert name not in secrets, name
        if key["state"] == "unknown":
            assert sorted(key["found"]) == sorted(server.ids(name)), name
    assert secrets.keys() <= keys.keys()
    assert in_files.keys() <= secrets.keys()


def no_space(*_: object, **__: object) -> None:
    """Fail as if the disk were full."""
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def server() -> Iterator[tuple[Server, str]]:
    """Serve without faults."""
    made = Server()
    with serving(made) as url:
        yield made, url


def test_each_key_is_created_and_stored(server: tuple[Server, str], work: Path) -> None:
    """Each secret is in its own file, which only the user can read, and nowhere else."""
    made, url = server
    names = ["billing", "search", "a b/../c"]
    write_keys(work / "keys.jsonl", [body(name) for name in names])
    done = apply(url)
    found = files(work / "keys")
    assert (done.code, done.err.count("created "), done.problems) == (0, 3, [])
    assert done.out.decode().split() == ["created", "3"]
    assert found.keys() == {"billing.key", "search.key", "a%20b%2F..%2Fc.key", JOURNAL}
    assert [[found["billing.key"].decode()]] == [made.secrets["billing"]]
    for path in (work / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((work / "keys").stat().st_mode) == 0o700
    for secret in (*made.secrets.values(), [ADMIN_KEY]):
        for text in (found[JOURNAL].decode(), done.out.decode(), done.err):
            assert secret[0] not in text


FORMS = {
    "JSON": json.dumps([body("a"), body("b")], indent="\t"),
    "YAML": "- &a {name: a, type: organisation, sub-type: service, scopes: [x]}\n"
    "- <<: *a\n  name: b\n",
    "YAML documents": "name: a\ntype: organisation\nsub_type: service\nscopes: [x]\n---\n"
    "name: b\ntype: organisation\nsub-type: service\nscopes: [x]\n---\n",
    "JSON Lines": f"\n{json.dumps(body('a'))}\n \n{json.dumps(body('b'))}\n",
    "byte order mark": f"\ufeff{json.dumps(body('a'))}\r\n{json.dumps(body('b'))}",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_file_is_read(form: str, server: tuple[Server, str]) -> None:
    """A list, several documents and JSON Lines can be read from a file and from stdin."""
    made, url = server
    done = run("apply", "-", "--output-dir", "keys", "--server", url, stdin=FORMS[form])
    assert (done.code, done.problems, sorted(made.secrets)) == (0, [], ["a", "b"])


PROBLEMS = {
    "- name: a\n  type: team\n  sub-type: service\n  scope: [x]\n  scopes: []\n- 1\n- name: a\n": [
        "keys.yaml, line 4, item 1 /scope: no property of this name; did you mean scopes?",
        'keys.yaml, line 2, item 1 /type: found "team"; allowed: "organisation" or "workspace"',
        "keys.yaml, line 6, item 2: must be a mapping with the fields of a key",
        "keys.yaml, line 7, item 3 /type is required: ",
        "keys.yaml, line 7, item 3 /sub-type is required: ",
        "keys.yaml, line 7, item 3 /scopes is required: ",
    ],
    '\t[\n\t{"name": "a",\n\t "type": "organisation", "sub-type": "service",\n\t "scopes": [1]}]': [
        "keys.yaml, line 4, item 1 /scopes/0: found 1; allowed: a string",
    ],
    '{"name": 1, "type": "organisation", "sub-type": "service", "scopes": ["x"]}\n{"name": }\n'
    '{"name": "a", "name": "b"}\n{"name": "a" // b }\n{x': [
        "keys.yaml, line 2, column 10: not valid JSON: Expecting value",
        "keys.yaml, line 3: not valid JSON: a field is there twice",
        "keys.yaml, line 4, column 14: not valid JSON: ",
        "keys.yaml, line 5, column 2: not valid JSON: ",
    ],
    # YAML allows neither DEL nor such deep nesting, so the lines of the fields are unknown.
    '[{"name": "a\x7f", "type": "team", "sub-type": "service", "scopes": ["x"]}]': [
        'keys.yaml, item 1 /type: found "team"; allowed: "organisation" or "workspace"',
    ],
    f'[{{"name": "a", "type": "organisation", "scopes": ["x"], "a": {"[" * 500}{"]" * 500}}}]': [
        "keys.yaml, item 1 /a: no property of this name",
        "keys.yaml, item 1 /sub-type is required: ",
    ],
    f'{{"a":{"[" * 200_000}\n{{"name": "a"}}': ["keys.yaml, line 1: not valid JSON: "],
    "--- ~\n--- ~\n--- {}\n---\nname: a\ntype: x": [
        "keys.yaml, line 3, item 1 /type is required: ",
        "keys.yaml, line 3, item 1 /sub-type is required: ",
        "keys.yaml, line 3, item 1 /name is required: ",
        "keys.yaml, line 3, item 1 /scopes is required: ",
        "keys.yaml, line 6, item 2 /type: ",
    ],
    "- name: k\n  type: organisation\n  sub-type: service\n  scopes:\n  - x\n  - 1\n  - y\n": [
        "keys.yaml, line 6, item 1 /scopes/1: found 1; allowed: a string",
    ],
    "- name: k\n  type: organisation\n  sub-type: service\n  scopes:\n    x\n": [
        'keys.yaml, line 4, item 1 /scopes: found "x"; allowed: an array',
    ],
    "- &a\n  name: k\n  scopes: [x]\n  usage_limits: {type: gold}\n- <<: *a\n  name: l\n"
    "  sub-type: service\n  type: organisation\n": [
        "keys.yaml, line 1, item 1 /type is required: ",
        "keys.yaml, line 1, item 1 /sub-type is required: ",
        "keys.yaml, line 4, item 1 /usage_limits/type: ",
        "keys.yaml, line 5, item 2 /usage_limits/type: ",
    ],
    "- type: organisation\n  sub-type: service\n  name: a\n  scopes: [x]\n  defaults:\n"
    "    metadata:\n      x: y\n      a/b~c: .nan\n": [
        "keys.yaml, line 8, item 1 /defaults/metadata/a~1b~0c: "
    ],
    "a: [": ["keys.yaml, line 1, column 5: not valid JSON or YAML"],
    "": ["keys.yaml: has no keys"],
    "[]": ["keys.yaml: has no keys"],
    "--- \n...\n---": ["keys.yaml: has no keys"],
    "- {type: organisation, sub-type: service, scopes: [x],\n   name: ''}": [
        "keys.yaml, line 2, item 1 /name is empty; the secret's file is named after it"
    ],
    "- {name: [x], type: organisation, sub-type: service, scopes: [x],\n"
    "   expires_at: 2020-01-01T00:00:00Z}": [
        "keys.yaml, line 2, item 1 /expires_at is in the past",
        "keys.yaml, line 1, item 1 /name: ",
    ],
    "- &a {name: k, type: organisation, sub-type: service, scopes: [x]}\n- *a\n- <<: *a\n"
    "  name: K": [
        'keys.yaml, line 1, item 2: "k" has the name of keys.yaml, line 1, item 1',
        'keys.yaml, line 3, item 3: "K" has the file K.key of keys.yaml, line 1, item 1',
    ],
    "- {name: k, type: organisation, sub-type: service, scopes: [x],\n"
    "   expires_at: 2020-01-01T00:00:00Z}": [
        "keys.yaml, line 2, item 1 /expires_at is in the past"
    ],
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_all_problems_are_found_before_anything_is_sent(
    text: str, server: tuple[Server, str], work: Path
) -> None:
    """Each problem is a line with file, line and item, and nothing is sent or created."""
    made, url = server
    work.joinpath("keys.yaml").write_text(text)
    done = run("apply", "keys.yaml", "--output-dir", "keys", "--server", url)
    assert (done.code, made.creates, work.joinpath("keys").exists()) == (2, {}, False)
    for line, start in zip(done.problems, PROBLEMS[text], strict=False):
        assert line.startswith(start)
    assert len(done.problems) >= len(PROBLEMS[text])
    assert "(char " not in done.err


def test_one_line_may_be_yaml(server: tuple[Server, str]) -> None:
    """A single line that begins like JSON Lines may be YAML."""
    made, url = server
    text = "{name: a, type: organisation, sub-type: service, scopes: [x]}"
    done = run("apply", "-", "--output-dir", "keys", "--server", url, stdin=text)
    assert (done.code, done.problems, list(made.secrets)) == (0, [], ["a"])


def test_missing_type_is_explained(work: Path) -> None:
    """A missing type, a newcomer's most likely mistake, is reported with the allowed values."""
    work.joinpath("keys.jsonl").write_text('{"name": "a", "scopes": []}\n')
    assert apply("http://127.0.0.1:9/v1").problems == [
        'keys.jsonl, line 1, item 1 /type is required: "organisation" or "workspace"',
        'keys.jsonl, line 1, item 1 /sub-type is required: "user" or "service"',
    ]


def test_stdin_is_read_once(server: tuple[Server, str]) -> None:
    """The bodies and the admin key cannot both come from stdin."""
    _, url = server
    arguments = ("-", "--api-key-file", "-", "--output-dir", "keys", "--server", url)
    done = run("apply", *arguments, stdin="[]")
    assert done.code == 2
    assert "--api-key-file - cannot be combined with FILE -" in done.problems
    done = run("apply", "-", "--output-dir", "keys", "--server", url, stdin="[]")
    assert (done.code, done.problems) == (2, ["stdin: has no keys"])


def test_suspicious_values_give_a_warning(server: tuple[Server, str], work: Path) -> None:
    """A suspicious value is sent, with a warning that names its line."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a"), body("b", description="$TEAM")])
    assert apply(url, "--quiet", "--dry-run").err == ""
    done = apply(url)
    assert (done.code, made.creates.total()) == (0, 2)
    assert done.warnings == [
        "keys.jsonl, line 2, item 2 /description looks like a variable that was not replaced"
    ]
    assert apply(url).warnings == []


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("..", "%2E..key"),
        (".bashrc", "%2Ebashrc.key"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.key"),
        ("/etc", "%2Fetc.key"),
        ("-rf", "%2Drf.key"),
        ("~root", "%7Eroot.key"),
        ("a\x00b\n", "a%00b%0A.key"),
        ("käse", "k%C3%A4se.key"),
        ("con", "%63on.key"),
        ("LPT1.x", "%4CPT1.x.key"),
        ("console", "console.key"),
    ],
)
def test_file_names_are_safe(name: str, file: str) -> None:
    """The name of a key never becomes a path, a hidden file or a device."""
    assert plan.file_name(name) == file


def test_long_names_get_short_file_names() -> None:
    """Long names with the same beginning get different files, short enough for any file system."""
    found = {plan.file_name("ä" * 1000 + end) for end in "ab"}
    assert len(found) == 2
    assert max(map(len, found)) < 200
    longest = "a" * 150
    digest = hashlib.sha256(f"{longest}a".encode()).hexdigest()[:16]
    assert plan.file_name(longest) == f"{longest}.key"
    assert plan.file_name(f"{longest}a") == f"{longest}-{digest}.key"


def test_an_existing_file_is_kept(server: tuple[Server, str], work: Path) -> None:
    """An existing file that is not in the journal is an error, even if it is a broken link."""
    made, url = server
    work.joinpath("keys").mkdir()
    work.joinpath("keys", "a.key").write_text("mine")
    work.joinpath("keys", "b.key").symlink_to("nowhere")
    write_keys(work / "keys.jsonl", [body("a"), body("b"), body("c")])
    done = apply(url)
    assert (done.code, len(done.problems), made.creates) == (2, 2, {})
    assert done.problems[0] == (
        "keys.jsonl, line 1, item 1: keys/a.key exists, but the journal has no key of this name; "
        "move the file, or use another --output-dir"
    )
    assert files(work / "keys") == {"a.key": b"mine"}


def test_an_empty_folder_name_is_not_the_working_folder(work: Path) -> None:
    """An empty folder name, for example from an unset variable, is refused."""
    write_keys(work / "keys.jsonl", [body("a")])
    for options in ((), ("--dry-run",)):
        arguments = ("keys.jsonl", "--output-dir", "", "--server", "http://127.0.0.1:9/v1")
        done = run("apply", *arguments, *options)
        assert (done.code, done.problems) == (2, ["--output-dir is empty"])
    assert files(work).keys() == {"keys.jsonl"}


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("keys.jsonl", "Not a directory"),
        ("none/keys", "No such file or directory"),
        ("keys", "No space left on device"),
    ],
)
def test_unwritable_folder_is_refused_first(
    folder: str,
    reason: str,
    server: tuple[Server, str],
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is sent if the secrets could not be stored."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a")])
    if folder == "keys":
        monkeypatch.setattr("portkey_admin_cli.storing.os.write", no_space)
    done = run("apply", "keys.jsonl", "--output-dir", folder, "--server", url)
    assert (done.code, done.problems) == (2, [f"--output-dir {folder}: {reason}"])
    assert (made.creates, work.joinpath("keys").exists()) == ({}, False)


def test_a_dry_run_shows_the_plan(server: tuple[Server, str], work: Path) -> None:
    """A dry run shows which keys are new, existing or unknown, and changes nothing."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a")])
    assert apply(url).code == 0
    before = files(work / "keys")
    line = json.dumps({"name": "b", "state": "sending", "fingerprint": "x"})
    work.joinpath("keys", JOURNAL).write_bytes(before[JOURNAL] + f"{line}\n".encode())
    write_keys(work / "keys.jsonl", [body("a"), body("b"), body("c")])
    done = apply(url, "--dry-run", "--retry-unknown", PORTKEY_API_KEY="")
    rows = [line.split()[:2] for line in done.out.decode().splitlines() if line]
    assert done.code == 0
    assert rows[:2] == [["unknown", '"b"'], ["to", "create"]]
    assert "there already  1" in done.out.decode()
    assert (made.creates, files(work / "keys").keys()) == ({"a": 1}, before.keys())


def test_a_dry_run_makes_no_folder(work: Path) -> None:
    """A dry run does not create a missing folder."""
    write_keys(work / "keys.jsonl", [body("a")])
    done = apply("http://127.0.0.1:9/v1", "--dry-run", "--json")
    nothing = {"workspace_id": None, "id": None, "secret_in": None, "found": None}
    assert (done.code, json.loads(done.out)) == (
        0,
        {
            "counts": {"to create": 1},
            "keys": [{"name": "a", "state": "to create", "reason": "", **nothing}],
        },
    )
    assert not work.joinpath("keys").exists()


def test_a_second_run_creates_nothing_twice(server: tuple[Server, str], work: Path) -> None:
    """Keys in the journal count as created, even if their files were moved."""
    made, url = server
    labels = {"team": "search", "cost": "7"}
    write_keys(work / "keys.jsonl", [body("a", defaults={"metadata": labels}), body("b")])
    assert apply(url).code == 0
    work.joinpath("keys", "a.key").unlink()
    reordered = {"metadata": dict(reversed(labels.items()))}
    in_another_order = dict(reversed(body("a", defaults=reordered).items()))
    write_keys(work / "keys.jsonl", [body("b"), body("c"), in_another_order])
    done = apply(url, "--json", "--quiet")
    states = {name: key["state"] for name, key in summary(done.out).items()}
    assert states == {"a": "there already", "b": "there already", "c": "created"}
    assert (done.code, done.err, made.creates) == (0, "", {"a": 1, "b": 1, "c": 1})


def test_created_key_may_have_expired(
    server: tuple[Server, str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time in the past is an error only for new keys."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a")])
    assert apply(url).code == 0
    monkeypatch.setattr("portkey_admin_cli.dry_run.past_instants", lambda _: ["it is in the past"])
    assert apply(url).code == 0
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    assert apply(url).problems == ["it is in the past"]
    assert made.creates == {"a": 1}


def test_the_journal_is_synced_before_each_request(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is synced to disk before each request is sent."""
    synced: dict[int, int] = {}
    lengths: list[tuple[int, int | None]] = []
    fsync = os.fsync

    def fsync_and_record(descriptor: int) -> None:
        fsync(descriptor)
        status = os.fstat(descriptor)
        synced[status.st_ino] = status.st_size

    def script(connection: Connection) -> None:
        connection.read_request()
        status = (work / "keys" / JOURNAL).stat()
        lengths.append((status.st_size, synced.get(status.st_ino)))
        connection.send(answer(GOOD, 200, "Connection: close"))

    monkeypatch.setattr(os, "fsync", fsync_and_record)
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    with FaultServer(script) as fault_server:
        assert apply(fault_server.url, "--concurrency", "1").code == 0
    assert len(lengths) == 2
    assert all(0 < size == on_disk for size, on_disk in lengths)
    status = (work / "keys" / JOURNAL).stat()
    assert synced[status.st_ino] == status.st_size


def test_a_changed_item_is_refused(server: tuple[Server, str], work: Path) -> None:
    """Changing the body of a created key is an error that gives the key's id."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    assert apply(url).code == 0
    changed = [body("a", scopes=["logs.view"]), body("b", type="workspace"), body("c")]
    write_keys(work / "keys.jsonl", changed)
    for options in ((), ("--retry-unknown",)):
        done = apply(url, *options)
        assert (done.code, made.creates) == (2, {"a": 1, "b": 1})
        assert done.problems == [
            f'keys.jsonl, line {number}, item {number}: "{name}" was created (id '
            f"{made.ids(name)[0]}) with another body; undo the change, or use another name"
            for number, name in enumerate("ab", 1)
        ]


def test_item_of_unknown_outcome_may_change_on_retry(work: Path) -> None:
    """The body of a key with an unknown outcome may change only when its create is tried again."""
    server = Server({"a": "500"}.get)
    write_keys(work / "keys.jsonl", [body("a")])
    with serving(server) as url:
        assert apply(url).code == 5
        work.joinpath("keys", "a.key").touch()
        assert apply(url).code == 5
        work.joinpath("keys", "a.key").unlink()
        write_keys(work / "keys.jsonl", [body("a", scopes=["logs.view"])])
        assert apply(url).err == (
            'error: keys.jsonl, line 1, item 1: "a" may have been created with another body; undo '
            "the change, or use another name\n"
        )
        assert apply(url, "--retry-unknown").code == 5
    assert server.creates == {"a": 2}


def test_a_refused_item_may_change(work: Path) -> None:
    """The item of a refused key can be corrected and applied again."""
    refusing = ["a"]
    server = Server(lambda name: "refused" if name in refusing else None)
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    with serving(server) as url:
        done = apply(url)
        assert done.code == 4
        assert done.problems[0].startswith('"a": refused: the server refused the request')
        assert re.search(r'^refused +"a" +the server .* AB01 no', done.out.decode())
        refusing.clear()
        write_keys(work / "keys.jsonl", [body("a", scopes=["logs.view"]), body("b")])
        assert apply(url).code == 0
    assert server.creates == {"a": 2, "b": 1}


def test_a_journal_belongs_to_one_server(server: tuple[Server, str], work: Path) -> None:
    """A folder with keys of another server, or with a damaged journal, is refused."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a")])
    assert apply(url).code == 0
    done = apply("http://127.0.0.1:9/v1")
    assert done.code == 2
    assert done.problems[0] == (
        f"keys/{JOURNAL}: the journal belongs to {url}; use another --output-dir for "
        "http://127.0.0.1:9/v1"
    )
    journal = work / "keys" / JOURNAL
    whole = journal.read_text()
    sending = json.dumps({"name": "b", "state": "sending"})
    for text, number in {
        f"{whole}{{}}\n": 4,
        f"{whole}1\n": 4,
        f"{whole}no JSON\n": 4,
        f"{whole}{sending}\n": 4,
        whole.replace('"format": 1', '"format": 2'): 1,
    }.items():
        journal.write_text(text)
        problem = f"keys/{JOURNAL}, line {number}: the journal is damaged"
        done = apply(url)
        assert (done.code, done.problems) == (2, [problem])
    assert made.creates == {"a": 1}


def test_failed_write_leaves_the_journal_unchanged(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails, or is not allowed, raises and leaves the journal unchanged."""

    def fail(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_journal(work, "https://a.example", read_only=False) as kept:
        kept.write("a", "sending", fingerprint="x")
        before = files(work)
        with monkeypatch.context() as broken:
            broken.setattr("portkey_admin_cli.journal.write_all", fail)
            with pytest.raises(OSError, match="No space left"):
                kept.write("a", "created")
    assert files(work) == before
    with (
        open_journal(work, "https://a.example", read_only=True) as kept,
        pytest.raises(OSError, match="Bad file descriptor"),
    ):
        kept.write("a", "created")
    assert files(work) == before


def test_a_journal_is_salted_and_synced(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each journal has digests with its own salt, and its name is synced to disk."""
    synced: list[Path] = []
    monkeypatch.setattr("portkey_admin_cli.journal.sync_folder", synced.append)
    folders = [work / "one", work / "two"]
    digests = set()
    for folder in folders:
        with open_journal(folder, "https://a.example", read_only=False) as kept:
            digests.add(kept.fingerprint("a"))
            kept.path.unlink()
    assert (len(digests), synced) == (2, folders)


def test_journal_removed_by_another_run_is_not_used(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that locks a journal which another run has just removed does not use it."""
    monkeypatch.setattr("fcntl.flock", lambda *_: work.joinpath(JOURNAL).unlink())
    with (
        pytest.raises(NotSentError, match="another apply uses"),
        open_journal(work, "https://a.example", read_only=False),
    ):
        pass


@pytest.mark.parametrize("state", ["sending", "created"])
def test_incomplete_last_line_is_dropped(
    state: str, server: tuple[Server, str], work: Path
) -> None:
    """An incomplete line at the end of the journal is ignored and removed."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a")])
    assert apply(url).code == 0
    journal = work / "keys" / JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole + f'{{"name": "b", "state": "{state}", "fing'.encode())
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    assert apply(url, "--dry-run").code == 0
    assert apply(url).code == 0
    assert apply(url).code == 0
    assert (made.creates, journal.read_bytes()[: len(whole)]) == ({"a": 1, "b": 1}, whole)


def test_unknown_outcome_of_a_removed_item_gives_a_warning(work: Path) -> None:
    """A key with an unknown outcome that is no longer in the file gives a warning."""
    write_keys(work / "keys.jsonl", [body("a"), body("c")])
    with serving(Server({"a": "500 after"}.get)) as failing:
        assert apply(failing).code == 5
        write_keys(work / "keys.jsonl", [body("b")])
        done = apply(failing)
    assert done.warnings == [f'keys/{JOURNAL}: it is unknown whether "a" was created']


def test_second_run_on_a_folder_sends_nothing(work: Path) -> None:
    """While one apply uses a folder, another one sends nothing."""
    write_keys(work / "keys.jsonl", [body("a")])
    problems: list[str] = []

    def script(connection: Connection) -> None:
        connection.read_request()
        with (
            pytest.raises(NotSentError) as refused,
            open_journal(Path("keys"), running.url, read_only=False),
        ):
            pass
        problems.append(str(refused.value))
        connection.send(answer())

    with FaultServer(script) as running:
        assert apply(running.url).code == 0
    with open_journal(Path("keys"), running.url, read_only=False):
        done = apply(running.url)
    problems += done.problems
    assert (done.code, running.connections) == (3, 1)
    assert problems == ["another apply uses keys now; nothing was sent"] * 2


@pytest.mark.parametrize("fault", ["500 after", "reset after", "500"])
def test_an_unknown_outcome_is_looked_up_and_settled(fault: str, work: Path) -> None:
    """The summary lists the keys of that name; once they are gone, the key is created again."""
    faults = {"b": fault}
    server = Server(faults.get)
    for name in ("b", "c"):  # keys of other workspaces
        server.keys.add(name=name, workspace_id="ws-2")
    items = [body("a"), body("b", type="workspace", workspace_id="ws-1"), body("c")]
    write_keys(work / "keys.jsonl", items)
    is_there = " after" in fault
    with serving(server) as url:
        for options in ((), (), ("--retry-unknown",) * is_there):
            done = apply(url, *options)
            [row] = re.findall(r'^unknown  .*"b".*$', done.out.decode(), re.MULTILINE)
            orphans = server.ids("b")[1:]
            assert (done.code, server.creates["b"]) == (5, 1)
            assert re.findall(r"[0-9a-f-]{36}", row) == orphans
            assert ("portkey-admin delete ID" in row) == is_there
            assert "--retry-unknown" in row
            assert "api_keys.find" not in row + done.err
        faults.clear()
        for orphan in orphans:
            del server.keys.kept[orphan]
        done = apply(url, "--retry-unknown", "--quiet")
        assert (done.code, done.out, done.err) == (0, b"", "")
        assert stored(work / "keys")["b"] == server.secrets["b"][1]
    assert server.creates == {"a": 1, "b": 2, "c": 1}


def test_an_outcome_that_cannot_be_looked_up_stays_unknown(work: Path) -> None:
    """If the admin key may not list keys, the reason is given and nothing is created again."""

    def script(connection: Connection) -> None:
        is_create = connection.read_request().startswith(b"POST")
        connection.send(answer(b"", 500 if is_create else 403))

    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(script) as server:
        apply(server.url)
        done = apply(server.url, "--retry-unknown", "--json")
        assert server.creates == 1
    key = summary(done.out)["a"]
    assert (done.code, key["state"], key["found"]) == (5, "unknown", None)
    beginning = (
        "an earlier run ended without the outcome; its name could not be looked up: "
        "the server refused the request with status 403"
    )
    assert key["reason"].startswith(beginning)
    assert key["reason"].count("looked up") == 1


def test_a_key_in_a_broken_answer_is_stored(work: Path) -> None:
    """A key that comes with a failure is stored, and the exit code shows the failure."""
    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(replies(answer(status=500))) as server:
        done = apply(server.url)
        assert apply(server.url).code == 0
        assert server.creates == 1
    assert (done.code, stored(work / "keys")) == (5, {"a": SECRET})


class Clock:
    """The time of the command, in which pauses are recorded and take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.pauses: list[float] = []
        pauses, clock = self.pauses, self

        class Event(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                assert timeout is not None
                pauses.append(timeout)
                clock.now += min(
                    timeout, 500
                )  # a long pause is cut, so the command goes on waiting
                return self.is_set()

        time = SimpleNamespace(monotonic=lambda: self.now, time=lambda: self.now)
        names = SimpleNamespace(Event=Event, Lock=threading.Lock, Thread=threading.Thread)
        monkeypatch.setattr("portkey_admin_cli.applying.time", time)
        monkeypatch.setattr("portkey_admin_cli.applying.threading", names)


@pytest.mark.parametrize(
    ("headers", "pauses", "is_long"),
    [
        (["7"], [7], False),
        (["0"] * 19, [], False),
        (["1", "2"], [1, 2], False),
        ([None] * 10, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 12], True),
        (["900"], [900, 400], False),
        (["901"], [], True),
        (["Thu, 01 Jan 1970 00:01:47 GMT"], [7], False),
        (["Thu, 01 Jan 1970 00:01:33 GMT"], [], False),
        # None of these is a number or a date.
        (["\u00b2", "soon", "7s", f"Fri, 31 Dec {'9' * 20} 23:59:59 GMT"], [1, 2, 4, 8], False),
    ],
)
def test_pauses_follow_retry_after(
    headers: list[str | None],
    pauses: list[float],
    is_long: bool,  # noqa: FBT001
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a 429 the run pauses for its Retry-After, or longer each time, up to 15 minutes."""
    clock = Clock(monkeypatch)
    refusals = [
        answer(b"", 429, *([] if each is None else [f"Retry-After: {each}"])) for each in headers
    ]
    replies_left = [*refusals, answer(b"", 429) if is_long else answer()]
    write_keys(work / "keys.jsonl", [body("a")])

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(replies_left.pop(0))

    with FaultServer(script) as fault_server:
        done = apply(fault_server.url)
    assert (clock.pauses, done.code) == (pauses, 4 if is_long else 0)
    notes = [line for line in done.err.splitlines() if "asks to wait" in line]
    long = "1024" if headers[0] is None else headers[0]
    expected = [f"the server asks to wait {each} seconds" for each in pauses if 1 < each != 12]
    if is_long:
        expected.append(
            f"the server asks to wait {long} seconds: waiting for the requests in flight"
        )
    assert notes == [each for each in expected if " 400 " not in each]


def test_a_key_is_tried_twenty_times(work: Path) -> None:
    """A key that the server answers with 429 twenty times counts as refused."""
    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(replies(answer(b"", 429, "Retry-After: 0"))) as server:
        done = apply(server.url)
        assert (done.code, server.creates) == (4, 20)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_equal_refusals_stop_the_run(status: int, work: Path) -> None:
    """If all keys are refused for the same reason, the run stops, and a later run continues."""
    names = [f"k{number}" for number in range(40)]
    faults: dict[str, str] = dict.fromkeys(names, str(status))
    server = Server(faults.get)
    write_keys(work / "keys.jsonl", [body(name) for name in names])
    with serving(server) as url:
        done = apply(url, "--concurrency", "2")
        states = done.out.decode().split()
        assert (done.code, "not" in states) == (4, True)
        assert server.creates.total() <= (3 if status == 401 else 12)
        assert "and " in done.out.decode()
        assert len(done.err.splitlines()) < 20
        reason = "10 keys in a row failed in the same way"
        if status == 401:
            reason = "the server refuses the admin key"
        assert done.err.count(f"{reason}: waiting for the requests in flight\n") == 1
        assert done.out.decode().count(f"  {reason}\n") == 20
        faults.clear()
        server.keys.kept.clear()
        assert apply(url).code == 0
    assert len(stored(work / "keys")) == 40


@pytest.mark.parametrize("fault", ["500", "reset"])
def test_ten_unknown_outcomes_stop_the_run(fault: str, work: Path) -> None:
    """After ten unknown outcomes in a row, nothing more is sent."""
    server = Server(lambda _: fault)
    write_keys(work / "keys.jsonl", [body(f"k{number}") for number in range(40)])
    with serving(server) as url:
        done = apply(url, "--concurrency", "1")
    assert (done.code, server.creates.total()) == (5, 10)
    assert "not tried" in done.out.decode()


@pytest.mark.parametrize(
    ("kinds", "code"),
    [(("500", "refused", "403"), 5), (("402", "403"), 4), (("500", "a full disk"), 5)],
)
def test_different_failures_do_not_stop_the_run(
    kinds: tuple[str, ...], code: int, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten failures stop a run only if they have the same reason."""
    faults = {f"k{number}": kinds[number % len(kinds)] for number in range(24)}
    server = Server(faults.get)

    def new_file(path: Path, *, force: bool) -> Any:
        if faults[path.stem] == "a full disk":
            no_space()
        return storing.new_file(path, force=force)

    monkeypatch.setattr("portkey_admin_cli.applying.new_file", new_file)
    write_keys(work / "keys.jsonl", [body(name) for name in faults])
    with serving(server) as url:
        done = apply(url, "--concurrency", "1")
    assert (done.code, "in the same way" in done.err) == (code, False)
    assert server.creates.keys() == {name for name in faults if faults[name] != "a full disk"}


def test_no_key_is_tried_if_the_server_is_unreachable(work: Path) -> None:
    """If the server is unreachable, no key is tried, and the exit code means "not sent"."""
    write_keys(work / "keys.jsonl", [body(f"k{number}") for number in range(11)])
    done = apply(f"http://127.0.0.1:{free_port()}/v1", "--concurrency", "1")
    assert (done.code, done.out.decode().split()[-3:]) == (3, ["not", "tried", "11"])
    assert [each[:17] for each in done.problems] == [f'"k{n}": not tried: '[:17] for n in range(10)]


def test_keys_refused_with_429_are_created_after_the_pause(work: Path) -> None:
    """All keys that are refused with 429 are created after the pause."""
    seen: dict[str, int] = {}

    def fault(name: str) -> str | None:
        seen[name] = seen.get(name, 0) + 1
        return "429" if seen[name] <= 3 else None

    server = Server(fault)
    write_keys(work / "keys.jsonl", [body(f"k{number}") for number in range(10)])
    with serving(server) as url:
        assert apply(url).code == 0
    assert server.creates.total() == 40
    # The stub created these keys too, before their responses were replaced by 429.
    assert stored(work / "keys").items() <= {(k, v[-1]) for k, v in server.secrets.items()}


def test_keys_are_created_concurrently(work: Path) -> None:
    """--concurrency is the number of requests at once."""
    server = Server()
    write_keys(work / "keys.jsonl", [body(f"k{number}") for number in range(120)])
    with serving(server) as url:
        assert apply(url, "--concurrency", "1").code == 0
    assert server.most_at_once == 1


def test_a_secret_that_cannot_be_stored_is_rescued(
    home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that cannot be stored goes to the home folder, and the summary names its file."""
    write_keys(work / "keys.jsonl", [body("a")])
    link = os.link

    def fail(source: Any, name: Any, **options: Any) -> None:
        if name == "a.key":
            raise OSError(28, "No space left on device")
        link(source, name, **options)

    monkeypatch.setattr(os, "link", fail)
    server = Server()
    with serving(server) as url:
        done = apply(url, "--json")
        [path] = home.iterdir()
        assert json.loads(path.read_bytes())["key"] == server.secrets["a"][0]
        key = summary(done.out)["a"]
        assert (done.code, key["secret_in"]) == (6, str(path))
        assert key["reason"] == "keys/a.key: No space left on device"
        done = apply(url, "--json")
        assert (done.code, summary(done.out)["a"]["secret_in"]) == (0, str(path))
    assert server.creates == {"a": 1}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_lets_running_requests_finish(number: signal.Signals, work: Path) -> None:
    """After a signal, running requests are completed and stored, and the rest is not tried."""
    running: list[Running] = []
    lines: list[str] = []
    is_interrupted = threading.Event()

    def script(connection: Connection) -> None:
        connection.read_request()
        running[0].process.send_signal(number)
        assert running[0].process.stderr
        lines.append(running[0].process.stderr.readline().decode())
        connection.send(answer())
        is_interrupted.set()

    write_keys(work / "keys.jsonl", [body(f"k{each}") for each in range(5)])
    with FaultServer(script) as server:
        running.append(Running(*APPLY, "--server", server.url, "--concurrency", "1"))
        assert is_interrupted.wait(PATIENCE)
        done = running[0].done()
        assert server.creates == 1
    assert lines == [f"interrupted by {number.name}: waiting for the requests in flight\n"]
    assert (done.code, stored(work / "keys")) == (3, {"k0": SECRET})
    assert done.out.decode().split()[-5:] == ["created", "1", "not", "tried", "4"]


def test_a_second_signal_ends_at_once(work: Path) -> None:
    """A second signal ends the run at once; the journal keeps the keys for the next run."""
    running: list[Running] = []
    is_interrupted = threading.Event()

    def script(connection: Connection) -> None:
        if connection.read_request().startswith(b"GET"):
            connection.send(answer(b'{"total": 0, "object": "list", "data": []}'))
            return
        assert running[0].process.stderr
        running[0].process.send_signal(signal.SIGINT)
        running[0].process.stderr.readline()
        running[0].process.send_signal(signal.SIGINT)
        is_interrupted.set()
        connection.hang()

    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(script) as server:
        running.append(Running(*APPLY, "--server", server.url))
        assert is_interrupted.wait(PATIENCE)
        interrupted = running[0].done()
        assert (interrupted.code, interrupted.out) == (5, b"")
        done = apply(server.url)
        assert server.creates == 1
    assert done.code == 5
    assert re.match(
        r'unknown +"a" +an earlier run .* no key of this name exists', done.out.decode()
    )


def test_terminal_shows_a_progress_bar(
    server: tuple[Server, str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal shows the progress in one line, and the table at the end."""
    monkeypatch.setattr("portkey_admin_cli.progress.is_terminal", lambda _: True)
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    done = apply(server[1], TERM="xterm")
    clear = "\r\x1b[K"
    half, whole = f"[{'#' * 15}{'-' * 15}] 1/2 keys", f"[{'#' * 30}] 2/2 keys"
    assert (done.code, done.out) == (0, b"created  2\n")
    assert done.err == f"{clear}{half}{clear}{whole}{clear}"


def test_five_hundred_keys_survive_many_failures(work: Path) -> None:
    """After refusals, failures and lost connections, files and keys agree in the end."""
    server = Server(sometimes(1, 0.1))
    write_keys(work / "keys.jsonl", [body(f"k{number}") for number in range(500)])
    with serving(server) as url:
        codes = _resume_until_done(server, work, lambda *options: apply(url, "--json", *options))
    assert codes[0] == 5
    assert server.refused
    assert len(server.secrets) == 500
    assert all(len(each) == 1 for each in server.secrets.values())


def _resume_until_done(server: Server, work: Path, again: Callable[..., Done]) -> list[int]:
    """Apply until each key is created, delete the orphans, and check each summary."""
    codes: list[int] = []
    while codes[-1:] != [0]:
        assert len(codes) < 40
        done = again(*["--retry-unknown"] * bool(codes))
        codes.append(done.code)
        keys = summary(done.out)
        check_agreement(server, work / "keys", keys)
        for key in keys.values():
            for orphan in key["found"] or ():
                del server.keys.kept[orphan]
    return codes


@pytest.fixture(scope="module")
def quick() -> Iterator[Runner]:
    """Yield a runner of the command."""
    with runner() as found:
        yield found


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 20))]
)
def test_kills_lose_nothing(seed: int, quick: Runner, work: Path) -> None:
    """However often apply is killed, it creates no key twice and names unknown outcomes."""
    random = Random(seed)
    server = Server(sometimes(seed, 0.15))
    names = [f"k{number}" for number in range(8)]
    write_keys(work / "keys.jsonl", [body(name) for name in names])
    arguments = (*APPLY, "--json")

    def again(*options: str) -> Done:
        given = (*arguments, "--server", url, *options)
        code, _ = quick.run(*given, kill_at=random.randrange(1, 120))
        assert code in {-signal.SIGKILL, 0, 3, 4, 5}
        assert all(len(ids) == 1 for ids in server.secrets.values())
        code, out = quick.run(*arguments, "--server", url)
        return Done(code, out.encode(), "")

    with serving(server) as url:
        _resume_until_done(server, work, again)
    assert {name: len(each) for name, each in server.secrets.items()} == dict.fromkeys(names, 1)


def test_signal_before_the_first_request_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal before the first request sends nothing, with exit code 3."""

    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("portkey_admin_cli.applying.read_keys", interrupted)
    done = apply("http://127.0.0.1:9/v1")
    assert (done.code, done.problems) == (3, ["interrupted by SIGTERM; nothing was sent"])


def interrupt(number: signal.Signals = signal.SIGTERM) -> None:
    """Send a signal to the main thread, which runs the command."""
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def test_a_slow_response_does_not_end_the_run(
    server: tuple[Server, str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run waits for its results, however often it looks for signals meanwhile."""
    monkeypatch.setattr("portkey_admin_cli.applying._MOMENT", 0)
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    assert apply(server[1], "--concurrency", "1").out == b"created  2\n"


class Storing:
    """The lock of a run, with an event that is set when the main thread waits for it."""

    def __init__(self) -> None:
        self.is_wanted = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def is_held(self) -> bool:
        """Return whether a thread holds the lock."""
        return self._lock.locked()

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock for a second."""
        assert timeout == 1
        self.is_wanted.set()
        return self._lock.acquire(timeout=timeout)

    def end(self, code: int) -> None:
        """End the run in place of os._exit; its threads go on."""
        self.is_wanted.set()
        self._lock.release()
        raise SystemExit(code)


def test_a_second_signal_lets_a_key_be_stored(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second signal ends the run as soon as a key that has arrived is stored."""
    lock = Storing()
    names = SimpleNamespace(Event=threading.Event, Lock=lambda: lock, Thread=threading.Thread)
    found: list[Any] = []
    link = os.link

    def interrupted(source: Any, name: Any, **options: Any) -> None:
        if name == "a.key":
            found.append(lock.is_held())
            interrupt(signal.SIGINT)
            interrupt(signal.SIGTERM)
            assert lock.is_wanted.wait(PATIENCE)
        link(source, name, **options)

    def end(code: int) -> None:
        found.append(stored(work / "keys"))
        lock.end(code)

    monkeypatch.setattr("portkey_admin_cli.applying.threading", names)
    monkeypatch.setattr(os, "link", interrupted)
    monkeypatch.setattr(os, "_exit", end)
    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(replies(answer())) as server:
        done = apply(server.url)
    assert (done.code, done.out, found) == (5, b"", [True, {"a": SECRET}])


@pytest.mark.parametrize(
    ("reply", "code", "state", "notes_of_server"),
    [
        (answer(b"", 500), 5, "unknown", []),
        (
            answer(b"", 429, "Retry-After: 3600"),
            4,
            "refused",
            ["the server asks to wait 3600 seconds: waiting for the requests in flight"],
        ),
    ],
)
def test_interrupted_run_looks_up_no_names(
    reply: bytes,
    code: int,
    state: str,
    notes_of_server: list[str],
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An interrupted run records the outcome of its running request, and looks up no names."""
    notes: list[str] = []
    is_noted = threading.Event()

    def record(text: str) -> None:
        notes.append(text)
        is_noted.set()

    def script(connection: Connection) -> None:
        connection.read_request()
        interrupt()
        assert is_noted.wait(PATIENCE)
        connection.send(reply)

    monkeypatch.setattr("portkey_admin_cli.progress.print_line", record)
    write_keys(work / "keys.jsonl", [body("a"), body("b")])
    with FaultServer(script) as server:
        done = apply(server.url, "--concurrency", "1", "--json")
        assert server.connections == 1
    first = "interrupted by SIGTERM: waiting for the requests in flight"
    assert notes == [first, *notes_of_server]
    keys = summary(done.out)
    assert (done.code, keys["a"]["state"], keys["a"]["found"]) == (code, state, None)
    assert (keys["b"]["state"], keys["b"]["reason"]) == ("not tried", "interrupted by SIGTERM")


def test_an_interrupted_pause_ends(work: Path) -> None:
    """A run that waits for the server ends at a signal."""

    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(answer(b"", 429, "Retry-After: 600"))
        interrupt()

    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(script) as server:
        done = apply(server.url, "--json")
    key = summary(done.out)["a"]
    assert (done.code, key["state"], key["reason"]) == (3, "not tried", "interrupted by SIGTERM")


def test_a_signal_after_the_run_is_ignored(server: tuple[Server, str], work: Path) -> None:
    """A signal while the summary is printed does not change the exit code."""
    write_keys(work / "keys.jsonl", [body("a")])
    assert apply(server[1]).code == 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        assert signal.getsignal(number) is signal.SIG_IGN


def test_an_interrupted_search_leaves_the_outcome_unknown(work: Path) -> None:
    """A signal ends the look-up of names, and the summary is still printed."""

    def script(connection: Connection) -> None:
        if connection.read_request().startswith(b"POST"):
            connection.send(answer(b"", 500))
        else:
            interrupt()
            connection.send(answer(b'{"total": 0, "object": "list", "data": []}'))

    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(script) as server:
        done = apply(server.url, "--json")
    key = summary(done.out)["a"]
    assert (done.code, key["state"], key["found"]) == (5, "unknown", None)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_an_unexpected_error_leaves_the_outcome_unknown(
    server: tuple[Server, str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error in the command leaves the key's outcome unknown."""

    def fail(_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("portkey_admin_cli.applying.attempt", fail)
    write_keys(work / "keys.jsonl", [body("a")])
    done = apply(server[1], "--json")
    key = summary(done.out)["a"]
    assert (done.code, key["state"], key["reason"]) == (5, "unknown", "RuntimeError")


def test_the_journal_has_each_step(work: Path) -> None:
    """Each key has a line before its request, and one with its outcome."""
    server = Server({"b": "500", "c": "refused"}.get)
    write_keys(work / "keys.jsonl", [body("a", workspace_id="ws-1"), body("b"), body("c")])
    with serving(server) as url:
        assert apply(url, "--concurrency", "1").code == 5
    header, *lines = map(json.loads, (work / "keys" / JOURNAL).read_text().splitlines())
    salt = header.pop("salt")
    assert (header, len(salt)) == (
        {"journal": "portkey-admin apply", "format": 1, "server": url},
        64,
    )
    assert [len(line.pop("fingerprint", "")) for line in lines] == [32, 0] * 3
    assert all(line.pop("at") for line in lines)
    no_secret = {"id": None, "secret_in": None}
    created = {"id": server.ids("a")[0], "secret_in": "keys/a.key"}
    assert lines == [
        {"name": "a", "state": "sending", "workspace_id": "ws-1"},
        {"name": "a", "state": "created", **created},
        {"name": "b", "state": "sending", "workspace_id": None},
        {"name": "b", "state": "unknown", **no_secret},
        {"name": "c", "state": "sending", "workspace_id": None},
        {"name": "c", "state": "refused", **no_secret},
    ]


def test_key_stored_before_a_kill_counts_as_created(
    server: tuple[Server, str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that was stored just before a kill counts as created, and gets its journal line."""
    made, url = server
    write_keys(work / "keys.jsonl", [body("a")])
    assert apply(url).code == 0
    journal = work / "keys" / JOURNAL
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:-1]))
    with monkeypatch.context() as full:
        full.setattr(Journal, "write", no_space)
        done = apply(url, "--json")
        assert (done.code, summary(done.out)["a"]["state"]) == (0, "there already")
    for _ in range(2):
        done = apply(url, "--json")
        assert (done.code, summary(done.out)["a"]["secret_in"]) == (0, "keys/a.key")
        *before, last = journal.read_text().splitlines(keepends=True)
        assert (made.creates, before) == ({"a": 1}, lines[:-1])
        line = json.loads(last)
        assert (line["state"], line["secret_in"]) == ("created", "keys/a.key")


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_journal_that_cannot_be_written_is_reported(
    fails_at: int, server: tuple[Server, str], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the journal cannot be written, the key is not tried, or stored if it has arrived."""
    made, url = server
    write = Journal.write
    writes = itertools.count(1)

    def failing(self: Journal, *arguments: Any, **members: Any) -> None:
        if next(writes) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, *arguments, **members)

    monkeypatch.setattr(Journal, "write", failing)
    write_keys(work / "keys.jsonl", [body("a")])
    done = apply(url, "--json")
    key = summary(done.out)["a"]
    if fails_at == 1:
        reason = "keys/a.key: No space left on device"
        assert (done.code, key["state"], key["reason"]) == (3, "not tried", reason)
    else:
        reason = "; the journal could not be written: No space left on device"
        assert (done.code, key["state"], key["reason"]) == (6, "created", reason)
        assert stored(work / "keys") == {"a": made.secrets["a"][0]}


def test_a_key_of_unknown_outcome_keeps_its_id(work: Path) -> None:
    """The id in an incomplete answer is recorded, until the create is tried again."""
    cut_off = answer(f'{{"id": "{KEY_ID}", "key": "'.encode(), length=1000)

    def script(connection: Connection) -> None:
        is_create = connection.read_request().startswith(b"POST")
        connection.send(cut_off if is_create else answer(b"", 403))

    write_keys(work / "keys.jsonl", [body("a")])
    with FaultServer(script) as server:
        for _ in range(2):
            done = apply(server.url, "--json")
            key = summary(done.out)["a"]
            assert (done.code, key["id"]) == (5, KEY_ID)
    assert key["reason"].startswith("an earlier run ended without the outcome; its name could not")
    with serving(Server({"a": "refused"}.get)) as url:
        journal = work / "keys" / JOURNAL
        journal.write_text(journal.read_text().replace(server.url, url))  # as on the same server
        done = apply(url, "--retry-unknown", "--json")
    key = summary(done.out)["a"]
    assert (done.code, key["state"], key["id"], key["found"]) == (4, "refused", None, None)
