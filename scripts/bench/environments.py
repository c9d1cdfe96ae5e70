"""The environments that are measured, each in a folder of its own below .bench/."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / ".bench"
REQUIREMENTS: Final = Path(__file__).with_name("requirements")


def python(name: str) -> str:
    """Return the interpreter of an environment: ours, sdk or plot."""
    return str(FOLDER / name / "bin" / "python")


def prepare() -> None:
    """Install what is pinned, where it is not installed yet, and this tree's own wheel anew."""
    for pins in sorted(REQUIREMENTS.glob("*.txt")):
        done = FOLDER / pins.stem / "pins.txt"
        if not done.exists() or done.read_bytes() != pins.read_bytes():
            _uv("venv", "--clear", "--python", sys.executable, str(done.parent))
            _install(pins.stem, "--requirement", str(pins))
            shutil.copy(pins, done)
    wheels = FOLDER / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(wheels))
    [wheel] = wheels.glob("*.whl")
    _install("ours", "--no-deps", "--reinstall", str(wheel))


def installed_bytes(name: str, *but: str) -> int:
    """Return the size of what is installed in an environment, some packages and bytecode aside."""
    [packages] = (FOLDER / name).glob("lib/python*/site-packages")
    return sum(
        file.stat().st_size
        for file in packages.rglob("*")
        if file.is_file()
        and file.suffix != ".pyc"
        and not file.relative_to(packages).parts[0].startswith(but)
    )


def versions(name: str) -> list[str]:
    """Return what is pinned in an environment that a reader would ask for."""
    asked = ("attrs", "anyio", "httpcore", "httpx", "portkey-ai", "requests", "sniffio")
    lines = (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    return [line.replace("==", " ") for line in lines if line.split("==")[0] in asked]


def _install(name: str, *what: str) -> None:
    _uv("pip", "install", "--native-tls", "--compile-bytecode", "--python", python(name), *what)


def _uv(*arguments: str) -> None:
    _run(str(Path(sys.executable).with_name("uv")), "--quiet", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
