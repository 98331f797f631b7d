"""The tree itself: the tools see every file, and nothing names a machine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mypy.modulefinder import FindModuleCache, SearchPaths
from mypy.options import Options

from architecture.house import TOPS, dotted, files

ROOT = Path(__file__).parents[2]

# Spelled in pieces, so that this file may be tracked too.
HOSTS = re.compile(
    r"(?:pypi|pythonhosted|artifactory|devpi|nexus|registry\.npmjs)\." + r"(?:org|com|io|net|local)"
    r"|--(?:extra-)?" + r"index-url|--trusted" + r"-host|PIP_" + r"(?:EXTRA_)?INDEX"
)
MACHINES = re.compile("/" + r"(?:work/(?:main|shared)|root/|home/[a-z]+/)")


def tracked(*patterns: str) -> list[str]:
    """The files that git tracks and that stand in the tree, links left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    return [n for n in listed if n and (ROOT / n).is_file() and not (ROOT / n).is_symlink()]


@pytest.mark.parametrize("wrong", [HOSTS, MACHINES], ids=["hosts", "machines"])
def test_no_tracked_file_names_a_machine(wrong: re.Pattern[str]) -> None:
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {match}" for match in wrong.findall(text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "https://files.pythonhosted" + ".org/x",
        "pip install --extra-" + "index-url=x",
        "/work/" + "main/a.py",
    ],
)
def test_a_planted_machine_is_found(text: str) -> None:
    assert HOSTS.search(text) or MACHINES.search(text)


def test_the_import_name_links_to_every_room() -> None:
    for top in TOPS:
        link = ROOT / "millpond" / top
        assert link.is_symlink()
        assert link.readlink() == Path("..", top)
    rest = {p.name for p in (ROOT / "millpond").iterdir()} - {*TOPS, "__pycache__"}
    assert rest == {"__init__.py", "__main__.py", "py.typed"}


def test_pyright_checks_every_file_of_the_product(tmp_path: Path) -> None:
    """Which files it finds, with nothing in them: what is in them is what `make lint` is for."""
    names = files(ROOT)
    for name in names:
        empty = tmp_path / name
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.touch()
    for top in TOPS:
        (tmp_path / "millpond" / top).symlink_to(Path("..", top))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert json.loads(run.stdout)["summary"]["filesAnalyzed"] == len(names)


def test_mypy_checks_every_file_of_the_product() -> None:
    finder = FindModuleCache(SearchPaths((str(ROOT),), (), (), ()), None, Options())
    found = finder.find_modules_recursive("millpond")
    # A folder that holds no Python is a package to mypy all the same.
    seen = {source.module for source in found if source.path and source.path.endswith(".py")}
    assert seen == {dotted(name) for name in files(ROOT) if name != "__init__.py"}
