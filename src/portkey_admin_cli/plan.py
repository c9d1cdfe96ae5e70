"""Reads and checks the keys of a file, and compares them with the journal."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from portkey_admin import OMITTED, Secret
from portkey_admin_cli import dry_run, journal
from portkey_admin_cli.body import Body, read_content
from portkey_admin_cli.body_file import Item, read_items
from portkey_admin_cli.flags import operation
from portkey_admin_cli.journal import Journal
from portkey_admin_cli.output import CREATED, UNKNOWN, InvalidInputError, Problems

# The states of a key.
TO_CREATE: Final = "to create"
WAS_CREATED: Final = journal.CREATED
THERE_ALREADY: Final = "there already"
REFUSED: Final = "refused"
IN_DOUBT: Final = journal.UNKNOWN
NOT_TRIED: Final = "not tried"

_LONGEST_STEM: Final = 150
# Names that mean a device on Windows, with any ending.
_RESERVED: Final = re.compile(r"(CON|PRN|AUX|NUL|(COM|LPT)[0-9])(\..*)?", re.IGNORECASE)


@dataclass
class Key:
    """One key of the file, and its outcome."""

    body: Body
    place: str
    """Its place in the file: keys.yaml, line 3, item 1."""
    path: Path
    """The file of its secret."""
    fingerprint: str
    """A digest of its request."""
    state: str = TO_CREATE
    code: int = field(init=False)
    """The exit code of its outcome."""
    id: str | None = None
    secret_in: str | None = None
    reason: str = ""
    status: int | None = None
    """The HTTP status of a refusal."""
    found: list[str] | None = None
    """The ids of the keys that have its name now, if they were looked up."""

    @property
    def name(self) -> str:
        """The name of the key."""
        name: str = self.body.arguments["name"]
        return name

    @property
    def workspace_id(self) -> str | None:
        """The workspace of the key, if the file names one."""
        workspace: str | None = self.body.arguments.get("workspace_id")
        return workspace

    def members(self) -> dict[str, Any]:
        """Return its outcome as JSON values."""
        names = ("name", "workspace_id", "state", "id", "secret_in", "reason", "found")
        return {name: getattr(self, name) for name in names}


def read_keys(  # noqa: PLR0913 - each is an option of the command
    file: str,
    folder: Path,
    kept: Journal,
    api_key: Secret | None,
    *,
    allow_unknown: bool,
    retry_unknown: bool,
) -> list[Key]:
    """Return the keys of the file. Raises InvalidInputError with every problem."""
    label = "stdin" if file == "-" else file
    items = read_items(label, file)
    problems = Problems()
    keys: list[Key] = []
    if not items:
        raise InvalidInputError(f"{label}: has no keys")
    for number, item in enumerate(items, 1):
        with problems:
            place = _place(label, number, item)
            body = _read_body(item, place, allow_unknown=allow_unknown)
            name = body.arguments["name"]
            state = kept.state(name) if isinstance(name, str) else None
            request = dry_run.check(body, api_key, is_new=state is None)
            if not name:
                raise InvalidInputError(
                    f"{place(('name',))} /name is empty; the secret's file is named after it"
                )
            content = [request.url.raw_path.decode(), json.loads(request.content)]
            fingerprint = kept.fingerprint(content)
            key = Key(body, place(()), folder / file_name(name), fingerprint)
            keys.append(key)
            _take_state(key, state, kept, retry_unknown=retry_unknown)
    with problems:
        raise InvalidInputError(*_clashes(keys))
    problems.check()
    return keys


def file_name(name: str) -> str:
    """Return the name of the file for the secret of a key.

    Characters other than ASCII letters and digits, _ . - and ~ are percent-encoded, so that no name
    leads out of the folder. Long names are cut off, and get a digest to keep them different.
    """
    stem = quote(name, safe="")
    if stem[:1] in {".", "-", "~"} or _RESERVED.fullmatch(stem):
        stem = f"%{ord(stem[0]):02X}{stem[1:]}"
    if len(stem) > _LONGEST_STEM:
        digest = hashlib.sha256(stem.encode()).hexdigest()[:16]
        stem = f"{stem[:_LONGEST_STEM]}-{digest}"
    return f"{stem}.key"


def _place(label: str, number: int, item: Item) -> Callable[[tuple[str, ...]], str]:
    def place(path: tuple[str, ...]) -> str:
        line = item.line(path)
        return f"{label}, line {line}, item {number}" if line else f"{label}, item {number}"

    return place


def _read_body(item: Item, place: Callable[[tuple[str, ...]], str], *, allow_unknown: bool) -> Body:
    if not isinstance(item.value, dict):
        raise InvalidInputError(f"{place(())}: must be a mapping with the fields of a key")
    content = dict(item.value)
    values: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for name in operation().arguments:  # sub_type, which the spec calls sub-type
        as_in_spec = name.replace("_", "-")
        spelled[name] = name if name in content else as_in_spec
        values[name] = content.pop(spelled[name], OMITTED)
    body = read_content(content, values, place, allow_unknown=allow_unknown)
    for name, spelling in spelled.items():
        body.flags[name,] = body.given[name,] = f"{place((spelling,))} /{spelling}"
    return body


def _take_state(key: Key, state: str | None, kept: Journal, *, retry_unknown: bool) -> None:
    """Compare a key with its record in the journal. Raises InvalidInputError."""
    record = kept.records.get(key.name, {})
    is_there = os.path.lexists(key.path)
    if state == journal.UNKNOWN and record["state"] == journal.SENDING and is_there:
        state = journal.CREATED  # killed after it was stored
    if state is None:
        if is_there:
            raise InvalidInputError(
                f"{key.place}: {key.path} exists, but the journal has no key of this name; "
                "move the file, or use another --output-dir"
            )
        return
    key.id = record.get("id")
    if state == journal.CREATED:
        key.state, key.code = THERE_ALREADY, CREATED
        key.secret_in = record.get("secret_in", str(key.path))
    else:
        key.state, key.code = IN_DOUBT, UNKNOWN
        key.reason = "an earlier run ended without the outcome"
    if record["fingerprint"] != key.fingerprint and not (retry_unknown and key.state == IN_DOUBT):
        known = f" (id {key.id})" if key.id else ""
        verb = "was" if state == journal.CREATED else "may have been"
        raise InvalidInputError(
            f"{key.place}: {json.dumps(key.name)} {verb} created{known} with another body; undo "
            "the change, or use another name"
        )


def _clashes(keys: list[Key]) -> Iterator[str]:
    """Yield a problem for each key whose secret would go into the file of an earlier one."""
    taken: dict[str, Key] = {}
    for key in keys:
        # Some file systems ignore the case of letters.
        other = taken.setdefault(key.path.name.casefold(), key)
        if other is not key:
            same = "the name" if other.name == key.name else f"the file {key.path.name}"
            yield f"{key.place}: {json.dumps(key.name)} has {same} of {other.place}"
