"""A pickled object names its class and does not hold it: who reads it depends on the class too."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Mlp

PROGRAM = """\
edition 2026

step fit() -> (model: Model) { run python "train:fit" }
step write() -> (file: File) { run python "train:write" }
step score(model: Model) -> (y: Int) { run python "score:score" }
step load(file: File) -> (y: Int) { run python "score:load" }
step again(model: Model) -> (model: Model) { run python "score:again" }

pipeline p() {
  m = fit()
  w = write()
  s = score(model = m.model)
  l = load(file = w.file)
  a = again(model = m.model)
  t = score(model = a.model)
  output all = [s.y, l.y, t.y]
}
"""
TRAIN = """\
import pickle
from pathlib import Path
from scaling import Scaler


def fit() -> object:
    return Scaler(2)


def write() -> Path:
    Path("model.bin").write_bytes(pickle.dumps(Scaler(3)))
    return Path("model.bin")
"""
SCORE = """\
import pickle
from pathlib import Path


def score(model: object) -> int:
    return model.predict(10)


def load(file: Path) -> int:
    return pickle.loads(file.read_bytes()).predict(10)


def again(model: object) -> object:
    return {"inner": model}.pop("inner")
"""
SCALING = """\
class Scaler:
    def __init__(self, k):
        self.k = k

    def predict(self, x):
        return x * self.k
"""


def ran(mlp: Mlp) -> tuple[list[int], set[str]]:
    answer = mlp("run", "main.mlp", "--format", "json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    return found["outputs"]["all"], {n["id"] for n in found["nodes"] if n["state"] == "ran"}


def test_readers_run_again_where_the_class_does_something_else(mlp: Mlp, tmp_path: Path) -> None:
    for name, text in (
        ("main.mlp", PROGRAM),
        ("train.py", TRAIN),
        ("score.py", SCORE),
        ("scaling.py", SCALING),
    ):
        (tmp_path / name).write_text(text)
    assert ran(mlp)[0] == [20, 30, 20]
    (tmp_path / "scaling.py").write_text(SCALING.replace("x * self.k", "x * self.k + 1"))
    values, nodes = ran(mlp)
    assert values == [21, 31, 21]
    assert nodes >= {"m", "w", "s", "l", "a"}  # and `t` does what `s` has done
    (tmp_path / "scaling.py").write_text("# the one that is used\n" + SCALING)
    assert ran(mlp) == ([20, 30, 20], set())

    # The bytes name the module: one that is not there any more could not be loaded.
    (tmp_path / "scaling.py").unlink()
    (tmp_path / "scalers.py").write_text(SCALING)
    (tmp_path / "train.py").write_text(TRAIN.replace("scaling", "scalers"))
    (tmp_path / "score.py").write_text(SCORE.replace("predict(10)", "predict(100)"))
    told = "`scaling.py:Scaler` is `scalers.py:Scaler` now, and what comes out may name it"
    assert f"`m` runs: {told}" in " ".join(mlp("why", "main.mlp", "m").out.split())
    assert ran(mlp)[0] == [200, 300, 200]
