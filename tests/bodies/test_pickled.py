"""What pickled objects may name: classes, and functions that are more than called."""

from __future__ import annotations

from pathlib import Path

import pytest
from bodies.test_slice import cut

from millpond.compiler.bodies.pickled import Pickled

MODELS = {
    "train.py": "from lib.kinds import Scaler, twice, helper\nLIMIT = 3\n\n"
    "def fit():\n    return Scaler(twice, helper(LIMIT))\n",
    "lib/__init__.py": "",
    "lib/kinds.py": "from lib.rates import RATE\n\nclass Scaler:\n    rate = RATE\n\n"
    "def twice(x):\n    return x * 2\n\ndef helper(x):\n    return x\n",
    "lib/rates.py": "RATE = 3\n",
}


def of(folder: Path, *edits: tuple[str, str, str]) -> Pickled:
    files = dict(MODELS)
    for name, was, now in edits:
        assert was in files[name]
        files[name] = files[name].replace(was, now)
    found = cut(folder, files, "train:fit").pickled
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "was", "now", "same"),
    [
        ("lib/rates.py", "3", "4", False),
        ("lib/kinds.py", "x * 2", "x * 3", False),
        ("lib/kinds.py", "return x\n", "return x + 1\n", True),
        ("lib/kinds.py", "class", "# A class.\nclass", True),
        ("train.py", "LIMIT = 3", "LIMIT = 4", True),
    ],
)
def test_only_what_is_named_counts_and_all_that_it_reaches(
    tmp_path: Path, name: str, was: str, now: str, same: bool
) -> None:
    before = of(tmp_path)
    assert before.modules == ("lib.kinds",)
    assert (of(tmp_path, (name, was, now)).digest == before.digest) is same


def test_where_it_lies_counts(tmp_path: Path) -> None:
    moved = {**MODELS, "lib/sorts.py": MODELS["lib/kinds.py"]}
    del moved["lib/kinds.py"]
    moved["train.py"] = moved["train.py"].replace("kinds", "sorts")
    code, here = cut(tmp_path, moved, "train:fit"), cut(tmp_path, MODELS, "train:fit")
    assert code.digest == here.digest
    assert code.pickled is not None
    assert code.pickled.modules == ("lib.sorts",)
    assert code.pickled != here.pickled


def test_effects_count_as_a_whole(tmp_path: Path) -> None:
    effect = ("lib/rates.py", "RATE = 3\n", "RATE = 3\nprint(RATE)\n")
    louder = ("train.py", "LIMIT = 3", "LIMIT = 4")
    assert of(tmp_path, effect).digest != of(tmp_path, effect, louder).digest


def test_code_without_definitions_to_name_has_nothing(tmp_path: Path) -> None:
    plain = {"train.py": "import sklearn\n\ndef fit():\n    return sklearn.fit(3)\n"}
    assert cut(tmp_path, plain, "train:fit").pickled is None
    made = {"train.py": "from collections import namedtuple\nP = namedtuple('P', 'a')\n\n"
            "def fit():\n    return P(1)\n"}  # fmt: skip
    assert cut(tmp_path, made, "train:fit").pickled is not None


@pytest.mark.parametrize(
    ("line", "call", "writes"),
    [
        ("import pickle as p", "p.dumps", True),
        ("from joblib import dump", "dump", True),
        ("from joblib import load", "load", False),
        ("import json", "json.dumps", False),
    ],
)
def test_whether_the_code_writes_objects_itself(
    tmp_path: Path, line: str, call: str, writes: bool
) -> None:
    text = f"{line}\n\nclass K:\n    pass\n\ndef fit():\n    return {call}(K())\n"
    found = cut(tmp_path, {"train.py": text}, "train:fit").pickled
    assert found is not None
    assert found.writes is writes
