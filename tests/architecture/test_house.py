"""The house stands: arrows run down, no circles, light at the door; and each rule can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from architecture.house import FLOORS, House, circles, files, read, room_of
from architecture.rules import RULES, Rule

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def house() -> House:
    return read(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule, house: House) -> None:
    broken = list(rule(house))
    assert not broken, "\n".join(["", *broken])


def test_the_drawing_is_of_this_house(house: House) -> None:
    assert set(house.files) == set(files(ROOT))
    assert len(house.files) > 20
    assert len(house.inner) > len(house.files) / 2
    assert {a.source.split("/")[0] for a in house.inner} >= {"compiler", "runtime", "backends"}


def test_a_file_stands_on_one_floor() -> None:
    rooms = [room for rooms in FLOORS.values() for room in rooms]
    assert len(rooms) == len(set(rooms))


PLANTED = [
    ("compiler/nowhere/x.py", '"""It stands nowhere."""\n', "stands_on_a_floor"),
    ("compiler/lower.py", "\nfrom .absent import x\n", "imports_what_exists"),
    ("compiler/source.py", "\nfrom .ir import graph\n", "runs_down"),
    ("compiler/source.py", "\ndef late():\n    from .cli import check\n", "runs_down"),
    ("compiler/types/types.py", "\nfrom .here import x\n", "no_circle_of_files"),
    ("compiler/types/types.py", "\ndef f():\n    from . import here\n", "no_circle_of_files"),
    (
        "compiler/types/types.py",
        "\nif TYPE_CHECKING:\n    from .here import x\n",
        "no_circle_of_files",
    ),
    ("compiler/ir/graph.py", "\nfrom ..diagnostics import diagnostic\n", "no_circle_of_rooms"),
    ("compiler/cli/check.py", "\nfrom ...backends import TARGETS\n", "compiler_knows_no_target"),
    (
        "compiler/cli/check.py",
        '\nimport_module("...backends.argo")\n',
        "compiler_knows_no_target",
    ),
    ("backends/argo/render.py", "\nfrom ...compiler.syntax import ast\n", "backends_know_no_text"),
    ("backends/argo/render.py", "\nfrom ..local import engine\n", "backends_know_not_each_other"),
    ("compiler/syntax/ast.py", "\nfrom ..ir.graph import Graph\n", "two_wings"),
    ("compiler/contract/target.py", "\nfrom ..check import names\n", "two_wings"),
    ("runtime/key.py", "\nfrom ..compiler.source import Span\n", "runtime_stands_alone"),
    ("runtime/key.py", "\ndef f():\n    import yaml\n", "runtime_stands_alone"),
    ("runtime/key.py", "\nimport fsspec\n", "runtime_stands_alone"),
    ("grammar/__init__.py", "\nfrom ..runtime import key\n", "data_rooms_stand_alone"),
    ("compiler/passes/dead.py", "\ndef f():\n    import networkx\n", "networkx_in_one_file"),
    ("compiler/ir/graph.py", "\nimport networkx\n", "starts_light"),
    ("compiler/cli/check.py", "\nfrom rich.console import Console\n", "starts_light"),
    ("backends/argo/render.py", "\nfrom .model import Workflow\n", "starts_light"),
    ("compiler/lower.py", "\nfrom millpond.compiler.source import Span\n", "imports_relatively"),
    ("compiler/lower.py", "\nfrom compiler.source import Span\n", "imports_relatively"),
    ("compiler/ir/text.py", "x = 1\n", "says_what_it_is_for"),
    ("compiler/syntax/build/x.py", '"""Hidden."""\n', "is_a_noun_or_a_verb"),
    ("compiler/ir/utils.py", '"""Things."""\n', "is_a_noun_or_a_verb"),
]

SOUND = {
    "__init__.py": "",
    "millpond/__init__.py": "def f():\n    from .face import api\n",
    "millpond/__main__.py": "from .face.api import check\n",
    "face/__init__.py": "",
    "face/api.py": "from ..backends import TARGETS\nfrom ..compiler.driver import check\n",
    "compiler/__init__.py": "",
    "compiler/source.py": "",
    "compiler/types/__init__.py": "",
    "compiler/types/types.py": "from ..source import Span\n",
    "compiler/types/here.py": "from .types import Type\n",
    "compiler/diagnostics/__init__.py": "",
    "compiler/diagnostics/diagnostic.py": "from ..ir import values\n",
    "compiler/ir/__init__.py": "",
    "compiler/ir/values.py": "from ..types.types import Type\n",
    "compiler/ir/graph.py": "from .values import Node\ndef f():\n    import networkx\n",
    "compiler/syntax/__init__.py": "",
    "compiler/syntax/ast.py": "from ..source import Span\n",
    "compiler/passes/__init__.py": "from . import dead\n",
    "compiler/passes/dead.py": "from ..ir.graph import Graph\n",
    "compiler/check/__init__.py": "",
    "compiler/check/names.py": "from ..syntax import ast\n",
    "compiler/contract/__init__.py": "",
    "compiler/contract/target.py": "from ..ir import graph\nfrom ...runtime import key\n",
    "compiler/lower.py": "from .check import names\nfrom .ir import graph\n",
    "compiler/driver.py": "from .lower import lower\nfrom .passes import dead\n",
    "compiler/cli/__init__.py": "",
    "compiler/cli/check.py": "from importlib import import_module\nfrom ..driver import check\n",
    "backends/__init__.py": "",
    "backends/argo/__init__.py": "",
    "backends/argo/model.py": "from pydantic import BaseModel\n",
    "backends/argo/render.py": "from ...compiler.contract.target import Target\n"
    "def f():\n    from . import model\n",
    "backends/local/__init__.py": "",
    "backends/local/engine.py": "from ...runtime.key import key\n",
    "runtime/__init__.py": "",
    "runtime/key.py": "import hashlib\ndef f():\n    import fsspec\n",
    "grammar/__init__.py": "from importlib.resources import files\n",
    "stdlib/__init__.py": "",
}


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """A small sound house in a folder of its own."""
    for name, text in SOUND.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""A room of a drawn house."""\n{text}')
    return tmp_path


def test_a_sound_house_breaks_no_rule(drawn: Path) -> None:
    house = read(drawn)
    assert [line for rule in RULES for line in rule(house)] == []


@pytest.mark.parametrize(("path", "text", "name"), PLANTED)
def test_a_planted_fault_is_found(path: str, text: str, name: str, drawn: Path) -> None:
    file = drawn / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + text)
    house = read(drawn)
    (rule,) = (r for r in RULES if r.__name__ == name)
    place = room_of(path) if name == "no_circle_of_rooms" else path
    assert any(str(place) in line for line in rule(house))


def test_every_rule_has_a_planted_fault() -> None:
    assert {name for _, _, name in PLANTED} == {rule.__name__ for rule in RULES}


def test_a_fault_planted_in_this_house_is_found(tmp_path: Path) -> None:
    for name in files(ROOT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    with (tmp_path / "compiler/source.py").open("a") as file:
        file.write("\n\ndef late() -> None:\n    from .ir import graph\n")
    house = read(tmp_path)
    broken = {rule.__name__ for rule in RULES if list(rule(house))}
    assert "runs_down" in broken


def test_circles_are_found_whole() -> None:
    arrows = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("f", "a")]
    assert circles(arrows) == [["a", "b", "c"], ["d", "e"]]
    assert circles([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]) == []
