"""A model of a registry is a file: no step of a pipeline gets it as an object."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Mlp

PROGRAM = """\
edition 2026
use std.registry

step fit() -> (model: Model) { run python "models:fit" }
step opened(model: Model) -> (text: String) { run python "models:opened" }
step judged(model: Model) -> (text: String) { run python "models:judged" }
step carried(model: Model) -> (text: String) { run python "models:carried" }

pipeline train() {
  m = fit()
  o = opened(model = m.model)
  registry.register(model = m.model, name = "m", stage = "production")
  output text = o.text
}

pipeline serve(name: String = "m") {
  fitted = fit()
  found = registry.find(name = name, stage = "production")
  expect found.model != none
  c = carried(model = found.model ?? fitted.model)
  output text = c.text
}
"""
MODELS = """\
from pathlib import Path


class Model:
    pass


def fit() -> dict:
    return {"rounds": 3}


def opened(model: Model) -> str:
    return str(model["rounds"])


def judged(model: Model) -> str:
    return f"judged {model}"


def carried(model: Path) -> str:
    return str(model.stat().st_size > 0)
"""


def test_what_a_registry_hands_out_is_not_unpickled(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS, "utf-8")
    file = tmp_path / "m.mlp"
    file.write_text(PROGRAM, "utf-8")
    trained = mlp("run", "m.mlp", "--pipeline", "train", "--format", "json")
    assert trained.json["outputs"] == {"text": "3"}, trained.err
    served = mlp("run", "m.mlp", "--pipeline", "serve", "--format", "json")
    assert served.json["outputs"] == {"text": "True"}, served.err
    file.write_text(PROGRAM.replace("c = carried", "c = judged"), "utf-8")
    refused = mlp("run", "m.mlp", "--pipeline", "serve")
    assert refused.code == 1
    assert "a model that no step of yours made is not unpickled" in refused.err
