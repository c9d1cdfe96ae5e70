"""Derive spec/openapi.yaml and generated/ from the upstream spec, the overlays and the pins.

    spec/upstream.yaml + the overlays in spec/ -> spec/openapi.yaml -> generated/portkey_generated/

Operations that spec/limits.yaml lists with the stage `generate` are left out of the package.

Everything is generated and checked in a temporary folder and moved into place at the end, so a
failure changes nothing. `--check` generates the same files and only compares them.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.metadata
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scripts import overlay, yaml_document
from scripts.changes.report import show_texts
from scripts.limits import LIMITS, Limit, LimitsError, as_rows, read_limits
from scripts.parts import Owners, operations, place_of, without

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "portkey_generated"
SPEC = Path("spec", "openapi.yaml")
GENERATED = Path("generated")
CONFIG = ROOT / "generator-config.yaml"

_PASSED_ON = ("HOME", "SYSTEMROOT", "TMPDIR")
_FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "COLUMNS": "200",
    "NO_COLOR": "1",
}
# A module of the package in a tool's output, and the message about it.
_MODULE = re.compile(r"(?P<name>(?:api/\w+|models)/\w+\.py)(?::\d+)*:?(?: error:)?(?P<reason>.*)")
_TOOLS = ("openapi-python-client", "ruff")


class RegenError(Exception):
    """Something could not be generated; the message tells a maintainer how to fix it."""


class BrokenError(RegenError):
    """The generator cannot express some operations; `limits` has a row for each."""

    def __init__(self, message: str, limits: list[Limit]) -> None:
        super().__init__(f"{message}\n\n{_remedy(limits)}" if limits else message)
        self.limits = limits


@dataclass(frozen=True)
class Generated:
    """A generated package: its document and the source of each module."""

    document: Mapping[str, Any]
    modules: Mapping[str, str]
    """The JSON pointer of each module's source."""
    passed_over: list[Limit]
    """The places that the generator omitted without a warning."""

    def limits(self, output: str, *, last: bool = False) -> list[Limit]:
        """Return a row for each operation that needs one of the modules in a tool's output.

        In a traceback, only the `last` module is at fault.
        """
        owners = Owners(self.document)
        found = [each for each in _MODULE.finditer(output) if each["name"] in self.modules]
        rows = dict[tuple[str, str], Limit]()
        for each in found[-1:] if last else found:
            at = self.modules[each["name"]]
            reason = output.strip().splitlines()[-1] if last else each["reason"].strip()
            for operation in owners.of(place_of(f"#{at}")):
                rows.setdefault((operation, at), Limit(operation, at, reason))
        return list(rows.values())


def derive(root: Path, into: Path) -> Generated:
    """Write the effective spec and the generated package of `root` into the empty folder `into`.

    The output depends only on the files below `root` and the pinned tools, not on the locale, the
    time zone, the hash seed or the current folder. Raises RegenError.
    """
    _check_pins(root)
    document = effective_spec(root)
    try:
        listed = read_limits(root, "generate")
    except (OSError, LimitsError, yaml_document.DocumentError) as error:
        raise RegenError(str(error)) from error
    (into / "spec").mkdir()
    (into / SPEC).write_bytes(yaml_document.dump(document))
    package = into / GENERATED / PACKAGE
    package.parent.mkdir()
    generated = generate(document, package, root / CONFIG.name, listed)
    if generated.passed_over:
        raise BrokenError("the generator omits these without a warning:", generated.passed_over)
    return generated


def generate(
    document: Mapping[str, Any], package: Path, config: Path, listed: Collection[Limit] = ()
) -> Generated:
    """Generate the package for a document, with the settings in `config`.

    Listed operations are left out of the package; its openapi.json has the whole document. Raises
    BrokenError if the generator cannot express an operation that is not listed, and RegenError if
    a row of the list is not needed.
    """
    # JSON loads many times faster than YAML.
    source = package.with_suffix(".json")
    source.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    done = _run(
        [
            *(sys.executable, "-m", "scripts.generator", str(source), str(package), str(config)),
            *sorted({each.operation for each in listed}),
        ],
        package.parent,
        {"PYTHONPATH": str(ROOT)},
    )
    failure = f"the generator failed:\n{done.stderr}".rstrip()
    first, _, _ = done.stdout.partition("\n")
    if not first:
        raise RegenError(failure)
    result = json.loads(first)
    passed_over = [Limit(*each) for each in result["passed_over"]]
    if left := [Limit(*each) for each in result["left"]]:
        raise BrokenError("the generator cannot express these:", [*left, *passed_over])
    generated = Generated(document, result["modules"], passed_over)
    if done.returncode:
        raise BrokenError(failure, generated.limits(done.stderr))
    _check_listed(document, config, listed, [Limit(*each) for each in result["found"]])
    (package / "py.typed").touch()
    source.rename(package / "openapi.json")
    return generated


def _check_listed(
    document: Mapping[str, Any], config: Path, listed: Collection[Limit], found: list[Limit]
) -> None:
    """Raise RegenError if rows of the list are not needed."""
    faults = {each.key: each for each in found}
    names = {each.name for each in operations(document)}
    # The generator may write unusable Python without a warning: import and check that too.
    tried = {each.operation for each in listed if each.key not in faults} & names
    while tried:
        with tempfile.TemporaryDirectory() as folder:
            try:
                package = Path(folder, PACKAGE)
                generated = generate(without(document, names - tried), package, config)
                check_package(package.parent, generated)
                break
            except BrokenError as error:
                faults |= {each.key: each for each in error.limits}
                broken = {each.operation for each in error.limits}
                if not tried & broken:
                    break
                tried -= broken
    if unneeded := [each for each in listed if each.key not in faults]:
        message = f"{LIMITS.as_posix()} has rows that are not needed:"
        missing = {each.operation for each in unneeded}
        instead = [each for each in faults.values() if each.operation in missing]
        raise RegenError(
            f"{message}\n\n{as_rows(unneeded, 'generate')}"
            + (f"\nThese are the faults:\n\n{as_rows(instead, 'generate')}" if instead else "")
        )


def check_package(folder: Path, generated: Generated) -> None:
    """Raise BrokenError unless every module in `folder` imports and passes `mypy --strict`."""
    script = str(Path(__file__).with_name("import_everything.py"))
    done = _run([sys.executable, script, PACKAGE], folder)
    if done.returncode:
        message = f"the import of every module failed:\n{done.stderr}".rstrip()
        raise BrokenError(message, generated.limits(done.stderr, last=True))
    cache = ROOT / ".mypy_cache" / "regen"
    done = _run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull),
            *("--cache-dir", str(cache), "--package", PACKAGE),
        ],
        folder,
    )
    if done.returncode:
        output = f"{done.stdout}{done.stderr}"
        message = f"mypy --strict failed:\n{output}".rstrip()
        raise BrokenError(message, generated.limits(output))


def check_wrapper(folder: Path, root: Path) -> None:
    """Raise RegenError if the wrapper cannot read the package in `folder`."""
    script = str(Path(__file__).with_name("check_wrapper.py"))
    done = _run([sys.executable, script], folder, {"PYTHONPATH": str(root / "src")})
    if done.returncode:
        raise RegenError(f"the wrapper cannot read this spec: {done.stderr}".rstrip())


def regenerate(root: Path) -> list[str]:
    """Bring the derived files below `root` up to date, and return the paths that changed.

    Raises RegenError; then nothing has changed.
    """
    with tempfile.TemporaryDirectory(prefix=".regen-", dir=root) as name:
        staging = Path(name)
        generated = derive(root, staging)
        changed = [path for path, _, _ in differences(root, staging)]
        if changed:
            check_package(staging / GENERATED, generated)
            check_wrapper(staging / GENERATED, root)
            try:
                _swap(root, staging)
            except OSError as error:
                raise RegenError(str(error)) from error
    return changed


def differences(root: Path, derived: Path) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """Yield the path, the checked-in and the derived content of each file that differs.

    The content is None if the file is missing on that side.
    """
    for path in sorted(_files(root) | _files(derived)):
        here, there = (_content(base / path) for base in (root, derived))
        if here != there:
            yield path.as_posix(), here, there


def report(path: str, here: bytes | None, there: bytes | None) -> str:
    """Return a unified diff from checked-in to derived content, or a line about a missing file."""
    if here is None:
        return f"missing: {path}\n"
    if there is None:
        return f"not generated: {path}\n"
    old, new = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (here, there))
    lines = list(difflib.unified_diff(old, new, f"checked in: {path}", f"derived: {path}", n=2))
    ending = "\n\\ no line break at the end\n"
    return "".join(line if line.endswith("\n") else line + ending for line in lines)


def effective_spec(root: Path) -> dict[str, Any]:
    """Return the upstream spec below `root` with the overlays applied. Raises RegenError."""
    name = "spec/upstream.yaml"
    try:
        return overlay.apply_all(yaml_document.load((root / name).read_bytes(), name), root)
    except (OSError, yaml_document.DocumentError, overlay.OverlayError) as error:
        raise RegenError(str(error)) from error


def _check_pins(root: Path) -> None:
    """Raise RegenError unless the pinned versions are installed: the output is committed."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        installed = {tool: importlib.metadata.version(tool) for tool in _TOOLS}
    except (OSError, tomllib.TOMLDecodeError, importlib.metadata.PackageNotFoundError) as error:
        raise RegenError(str(error)) from error
    for tool, version in installed.items():
        pins = [each for each in project["dependency-groups"]["dev"] if each.startswith(tool)]
        if pins != [f"{tool}=={version}"]:
            pinned = ", ".join(pins).removeprefix(f"{tool}==") or "no version of it"
            raise RegenError(
                f"{tool} is {version}, but pyproject.toml pins {pinned}: run make clean"
            )


def _run(
    command: list[str], folder: Path, more: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder`, in an environment that is the same on every machine."""
    search = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"PATH": search, **_FIXED, **more}
    return subprocess.run(  # noqa: S603 - every word of the command is written in this file
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def _remedy(limits: list[Limit]) -> str:
    """Return the places and reasons, with instructions for the maintainer."""
    listed = [each for each in limits if each.operation]
    lines = [f"{each.at}: {each.reason}" for each in limits if not each.operation]
    if lines:
        lines.append("No operation needs these; fix or remove them in spec/overlay.yaml.\n")
    if listed:
        where = LIMITS.as_posix()
        lines.append(f"Fix these in spec/overlay.yaml, or leave the operations out in {where}:\n")
        lines.append(as_rows(listed, "generate"))
    return "\n".join(lines)


def _files(base: Path) -> set[Path]:
    found = {
        path for path in (base / GENERATED).rglob("*") if path.is_symlink() or not path.is_dir()
    }
    if (base / SPEC).exists():
        found.add(base / SPEC)
    return {path.relative_to(base) for path in found if "__pycache__" not in path.parts}


def _content(path: Path) -> bytes | None:
    if path.is_symlink():
        return f"a link to {path.readlink()}\n".encode()
    return path.read_bytes() if path.is_file() else None


def _swap(root: Path, staging: Path) -> None:
    """Move the new files in; if that fails, move the old ones back."""
    moved: list[Path] = []
    aside = staging / "aside"
    (aside / SPEC).parent.mkdir(parents=True)
    try:
        for part in (GENERATED, SPEC):
            moved.append(part)
            if (root / part).exists():
                (root / part).rename(aside / part)
            (staging / part).rename(root / part)
    except BaseException:
        for part in moved:
            if not (staging / part).exists():
                (root / part).rename(staging / part)
            if (aside / part).exists():
                (aside / part).rename(root / part)
        raise


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    """Regenerate below `root`, or compare with --check; return 0, or 1 with the reason printed."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a diff may contain any character
    parser = argparse.ArgumentParser(prog="regen", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    parser.add_argument(
        "--changes", type=Path, metavar="FILE", help="also write the changes to FILE, as Markdown"
    )
    given = parser.parse_args(arguments)
    try:
        if given.check:
            return _compare(root)
        before = _content(root / SPEC)
        changed = regenerate(root)
    except RegenError as error:
        print(f"regen: {error}\nregen: spec/ and generated/ are unchanged", file=sys.stderr)
        return 1
    print("\n".join(changed) or "regen: everything is up to date already")
    return show_texts(before, (root / SPEC).read_bytes(), given.changes)


def _compare(root: Path) -> int:
    with tempfile.TemporaryDirectory() as name:
        derived = Path(name)
        derive(root, derived)
        found = list(differences(root, derived))
    if not found:
        return 0
    print("".join(report(*difference) for difference in found), end="")
    print(
        f"\ncheck-regen: {len(found)} derived file(s) are out of date.\n"
        "check-regen: run `make regen` and commit the changes; do not edit these files yourself."
    )
    return 1


if __name__ == "__main__":
    # SIGTERM raises SystemExit, so that the old files are moved back.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
