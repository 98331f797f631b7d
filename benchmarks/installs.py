"""Installs what is compared: each tool in a venv of its own, this tree from a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / ".venv"

PINNED = {
    "doit": ("doit==0.37.0",),
    "snakemake": ("snakemake==9.27.1",),
    "dvc": ("dvc==3.67.1",),
    "redun": ("redun==0.44.1",),
}
"""What is installed of the tools that are packages."""


def tool(name: str) -> Path | None:
    """The program of a tool, installed when it is first asked for; None where it cannot be had."""
    if name not in PINNED:
        found = shutil.which(name)
        return None if found is None else Path(found)
    program = FOLDER / name / "bin" / name
    if not program.exists():
        print(f"installing {' '.join(PINNED[name])}", file=sys.stderr)
        try:
            venv(FOLDER, name, *PINNED[name])
        except subprocess.CalledProcessError:
            print(f"{name} cannot be installed here", file=sys.stderr)
            return None
    return program


def venv(folder: Path, name: str, *requirements: str) -> Path:
    """The Python of a new venv with these packages."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
    python = folder / name / "bin/python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *requirements], check=True)
    return python


def wheel(folder: Path, revision: str = "HEAD") -> Path:
    """The Python of a venv with this tree, as it was committed, installed from a wheel."""
    export = folder / "export"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(export)], check=True)
    subprocess.run(["git", "-C", str(export), "checkout", "--quiet", revision], check=True)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    subprocess.run([*build, str(export)], check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return venv(folder, "millpond", str(built))


def version(python: Path, package: str) -> str:
    """A package's name and version as that Python has it."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    found = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
    return f"{package} {found.stdout.strip()}"
