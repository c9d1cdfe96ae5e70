"""Everything that regen and the tests use is pinned, by version and by hash."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.regen import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DEVELOPMENT: list[str] = PROJECT["dependency-groups"]["dev"]
LOCKED = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")

# A requirement with the hashes on its continued line.
LOCKED_REQUIREMENTS = LOCKED.replace("\\\n", "").splitlines()


def pin(requirement: Requirement) -> str | None:
    """Return the only version that the requirement allows."""
    exact = re.fullmatch(r"==([0-9][0-9A-Za-z.]*)", str(requirement.specifier))
    return exact and exact[1]


def locked() -> dict[str, str | None]:
    """Return the pin of each requirement in requirements-dev.txt."""
    found = [Requirement(line.partition(" --hash")[0]) for line in LOCKED_REQUIREMENTS]
    assert len({each.name for each in found}) == len(found)
    return {canonicalize_name(each.name): pin(each) for each in found}


@pytest.mark.parametrize("text", DEVELOPMENT)
def test_development_requirement_is_pinned_and_locked(text: str) -> None:
    """Each requirement has one exact version, the same as in requirements-dev.txt."""
    requirement = Requirement(text)
    version = pin(requirement)
    assert version
    assert locked()[canonicalize_name(requirement.name)] == version


def test_generator_and_formatter_are_pinned() -> None:
    """openapi-python-client and ruff, whose output is committed, are pinned."""
    assert {Requirement(text).name for text in DEVELOPMENT} >= {"openapi-python-client", "ruff"}


def test_build_uses_the_pinned_backend() -> None:
    """The wheel is built with the pinned and locked version."""
    for text in PROJECT["build-system"]["requires"]:
        assert text in DEVELOPMENT


def test_locked_runtime_versions_are_allowed() -> None:
    """Each runtime dependency is locked at a version that the package allows."""
    optional = PROJECT["project"]["optional-dependencies"].values()
    for text in [
        *PROJECT["project"]["dependencies"],
        *(each for some in optional for each in some),
    ]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked()[canonicalize_name(requirement.name)] or "")


@pytest.mark.parametrize("line", LOCKED_REQUIREMENTS, ids=lambda line: line.partition("==")[0])
def test_locked_requirement_has_hashes(line: str) -> None:
    """Each requirement has one exact version and at least one SHA-256, and nothing else."""
    assert re.fullmatch(
        r"[a-z0-9-]+==[0-9][0-9A-Za-z.]*( ; [a-z_]+ [!=]= '\w+')?( +--hash=sha256:[0-9a-f]{64})+ *",
        line,
    )


def test_lock_names_no_index() -> None:
    """The lock file does not choose a package index."""
    assert not re.search(r"://|^\s*-[^-]|^\s*--(?!hash=)", LOCKED, re.MULTILINE)
