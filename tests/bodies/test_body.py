"""One call reads a Python body whole, or says the one thing that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.compiler.bodies.body import PythonBody, open_library, read_python
from millpond.compiler.bodies.problem import (
    FunctionMissing,
    FunctionUnsuitable,
    ModuleBroken,
    ModuleMissing,
    ModuleRefused,
    ModuleTwice,
    ReferenceMalformed,
)


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    files = {
        "src/flights/__init__.py": "",
        "src/flights/train.py": "import pandas as pd\nfrom .data import load\n"
        "def fit(train: pd.DataFrame, lr: float = 0.1): return load(train)\n"
        "async def later(): ...\n",
        "src/flights/data.py": "def load(x): return x\n",
        "src/broken.py": "def f(:",
        "src/deep.py": "def f(): return " + " + ".join(["x"] * 2_000),
        "twice.py": "",
        "src/twice.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return [tmp_path, tmp_path / "src"]


def test_a_body_read_whole(roots: list[Path]) -> None:
    body = read_python("flights.train:fit", open_library(roots))
    assert isinstance(body, PythonBody)
    assert body.path == roots[1] / "flights/train.py"
    assert [parameter.name for parameter in body.signature.parameters] == ["train", "lr"]
    assert sorted(body.code.table) == ["flights/data.py:load", "flights/train.py:fit"]
    assert [name for name, _ in body.closure.files] == ["flights", "flights.data", "flights.train"]
    assert body.closure.third_party == ("pandas",)


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("flights.train", ReferenceMalformed),
        ("flights.train:", ReferenceMalformed),
        ("flights/train:fit", ReferenceMalformed),
        ("../flights:fit", ReferenceMalformed),
        (":fit", ReferenceMalformed),
        ("flights.trian:fit", ModuleMissing),
        ("twice:fit", ModuleTwice),
        ("broken:f", ModuleBroken),
        ("deep:f", ModuleRefused),
        ("flights.train:fitt", FunctionMissing),
        ("flights.train:later", FunctionUnsuitable),
    ],
)
def test_one_problem_each(roots: list[Path], reference: str, kind: type[object]) -> None:
    assert isinstance(read_python(reference, open_library(roots)), kind)


def test_a_missing_module_names_the_places_and_its_neighbours(roots: list[Path]) -> None:
    found = read_python("flights.trian:fit", open_library(roots))
    assert isinstance(found, ModuleMissing)
    assert found.searched == tuple(roots)
    assert found.nearest[0] == "flights.train"


def test_nothing_is_imported_or_run(roots: list[Path]) -> None:
    mark = roots[0] / "ran"
    text = f"open({str(mark)!r}, 'w').close()\ndef f(): return 1\n"
    (roots[0] / "loud.py").write_text(text)
    assert isinstance(read_python("loud:f", open_library(roots)), PythonBody)
    assert not mark.exists()
