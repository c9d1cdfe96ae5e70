"""The wheel has everything that a user needs."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from portkey_admin_stub import Stub
from portkey_admin_stub.server import serve
from tests.conformance.documents import DOCUMENT

ROOT = Path(__file__).parents[2]

CREATE = """
from portkey_admin import PortkeyAdmin
from portkey_generated import Client

with PortkeyAdmin() as portkey:
    created = portkey.api_keys.create(
        type="workspace", sub_type="user", name="ci", scopes=["completions.write"],
        user_id="c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f",
        rotation_policy={"rotation_period": "monthly", "key_transition_period_ms": 3600000})
    assert isinstance(portkey.client, Client)
print(created.id)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of its sources."""
    source = tmp_path_factory.mktemp("source")
    for name in ("src", "generated"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"], cwd=source, check=True
    )
    [built] = (source / "dist").glob("*.whl")
    return built


def test_wheel_has_all_packages(wheel: Path) -> None:
    """The wheel has each import package with its types, the spec as data, and nothing else."""
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {
        "portkey_admin",
        "portkey_admin_cli",
        "portkey_admin_connections",
        "portkey_admin_pytest",
        "portkey_admin_stub",
        "portkey_generated",
    }
    assert {f"{package}/py.typed" for package in packages} <= set(names)
    assert "portkey_generated/openapi.json" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    [entry_points] = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    assert "[pytest11]\nportkey-admin = portkey_admin_pytest\n" in (
        zipfile.ZipFile(wheel).read(entry_points).decode()
    )


def test_wheel_creates_a_key_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """With only its declared dependencies installed, the wheel creates a key."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=os.name != "nt")
    python = str(environment / "bin" / "python")
    command = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(command, text=True).strip())
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    declared = importlib.metadata.PathDistribution(next(packages.glob("*.dist-info"))).requires
    for distribution in _closure(declared or []):
        _copy(distribution, packages)

    stub = Stub(DOCUMENT, api_key="the-admin-key")
    with serve(stub) as server:
        printed = subprocess.check_output(
            [python, "-I", "-c", CREATE],
            env={"PORTKEY_API_KEY": "the-admin-key", "PORTKEY_BASE_URL": server},
            text=True,
        )
    [exchange] = stub.exchanges
    assert printed.strip() == exchange.answer["id"]


def _closure(requirements: list[str]) -> Iterator[importlib.metadata.Distribution]:
    """Yield the installed packages of `requirements`, and those that they require."""
    waiting, seen = [Requirement(each) for each in requirements], set[str]()
    while waiting:
        requirement = waiting.pop()
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not applies or requirement.name in seen:
            continue
        seen.add(requirement.name)
        distribution = importlib.metadata.distribution(requirement.name)
        assert requirement.specifier.contains(distribution.version)
        waiting += [Requirement(each) for each in distribution.requires or []]
        yield distribution


def _copy(distribution: importlib.metadata.Distribution, packages: Path) -> None:
    for file in distribution.files or []:
        if ".." not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(distribution.locate_file(file)), packages / file)
