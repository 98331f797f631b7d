"""The wheel and the sdist, built once from a clean copy, and empty venvs to install into."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("face", "compiler", "backends", "grammar", "stdlib", "runtime")


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of what git tracks, links kept as links: what a fresh clone would have.

    Builds start from here: setuptools leaves a `build/` behind and ships what lies in it.
    """
    copy = tmp_path_factory.mktemp("export")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in listed:
        if name and (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    return copy


@pytest.fixture(scope="session")
def product(export: Path) -> dict[str, bytes]:
    """What a wheel must hold: name inside the wheel, content."""
    files = {f"millpond/{f.relative_to(export)}": f for top in TOPS for f in walk(export / top)}
    files |= {str(f.relative_to(export)): f for f in walk(export / "millpond")}
    return {name: file.read_bytes() for name, file in files.items()}


def walk(folder: Path) -> Iterator[Path]:
    """The files under a folder; links are not followed."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


@pytest.fixture(scope="session")
def built(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with one wheel and one sdist, both built from the export."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel"]
    run = subprocess.run(
        [*command, "--outdir", str(out), str(export)], capture_output=True, check=False, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return out


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(built: Path) -> Path:
    (found,) = built.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Installs a wheel or an sdist into a venv of its own, and gives that venv's folder."""

    def into_an_empty_venv(what: Path) -> Path:
        folder = empty_venv(tmp_path_factory.mktemp("venv"))
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
        options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        run = subprocess.run(
            [*pip, "install", *options, str(what)], capture_output=True, check=False, text=True
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return folder

    return into_an_empty_venv


def empty_venv(folder: Path) -> Path:
    """A venv without pip that sees this interpreter's dependencies, but not Millpond's own links.

    A .pth file in a folder that a .pth file adds is not read: the editable install stays out.
    """
    venv.create(folder, with_pip=False)
    (packages,) = (folder / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return folder
