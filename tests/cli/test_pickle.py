"""`[security] pickle = "never"`: no model is given as an object, here, in tests or on an engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from argo.run_emitted import ContainerFailedError, run_workflow
from cli.conftest import Mlp

from millpond.face.api import check

PROGRAM = """\
edition 2026

target staging: argo { artifacts = "s3://bucket/millpond" }

step fit() -> (model: Model) { run python "models:fit" }
step describe(model: Model) -> (text: String) { run python "models:READ" }

pipeline train() {
  fitted = fit()
  described = describe(model = fitted.model)
  output text = described.text
}

test "describes" for train { }
"""
MODELS = """\
from pathlib import Path


class Model:
    rounds = 3


def fit() -> dict:
    return {"rounds": 3}


def opened(model: Model) -> str:
    return str(model["rounds"])


def carried(model: Path) -> str:
    return str(model.stat().st_size > 0)
"""
REFUSED = (
    'input `model`: a model is not unpickled here, as `pickle = "never"` stands in `mlp.toml`; '
    "annotate the parameter with pathlib.Path"
)


def project(folder: Path, read: str, pickle: str = "never") -> None:
    (folder / "mlp.toml").write_text(f'[security]\npickle = "{pickle}"\n')
    (folder / "main.mlp").write_text(PROGRAM.replace("READ", read))
    (folder / "models.py").write_text(MODELS)


def test_a_run_refuses_an_object_and_takes_a_path(mlp: Mlp, tmp_path: Path) -> None:
    project(tmp_path, "opened")
    refused = mlp("run", "main.mlp")
    assert refused.code == 1
    assert REFUSED in refused.err
    project(tmp_path, "carried")
    assert mlp("run", "main.mlp").code == 0


def test_a_test_refuses_an_object_and_takes_a_path(mlp: Mlp, tmp_path: Path) -> None:
    project(tmp_path, "opened")
    refused = mlp("test", "main.mlp")
    assert refused.code == 1
    assert f"`described` failed: {REFUSED}" in " ".join(refused.out.split())
    project(tmp_path, "carried")
    assert mlp("test", "main.mlp").code == 0


def test_the_word_is_in_no_key(mlp: Mlp, tmp_path: Path) -> None:
    project(tmp_path, "opened", "project")
    assert mlp("run", "main.mlp").code == 0
    project(tmp_path, "opened")
    planned = mlp("plan", "main.mlp", "--format", "json").json
    states = {node["id"]: node["state"] for node in planned["nodes"]}
    assert states == {"fitted": "hit", "described": "hit"}


def emitted(mlp: Mlp, folder: Path) -> dict[str, str]:
    answer = mlp("compile", "main.mlp", "--target", "staging", "-o", "out")
    assert answer.code == 0, answer.err
    bucket = folder / "bucket"
    shutil.copytree(folder / "out" / "code", bucket / "code")
    return run_workflow(
        (folder / "out" / "workflowtemplate.yaml").read_text(),
        artifacts_url="s3://bucket/millpond",
        artifacts_folder=bucket,
        scratch=folder / "scratch",
        parameters={},
    )


def test_an_engine_refuses_an_object(mlp: Mlp, tmp_path: Path) -> None:
    project(tmp_path, "opened")
    with pytest.raises(ContainerFailedError) as caught:
        emitted(mlp, tmp_path)
    assert caught.value.task == "described"
    assert REFUSED in caught.value.log


def test_an_engine_takes_a_path(mlp: Mlp, tmp_path: Path) -> None:
    project(tmp_path, "carried")
    assert set(emitted(mlp, tmp_path)) == {"fitted", "described", "outputs"}


def test_another_word_is_refused(tmp_path: Path) -> None:
    project(tmp_path, "opened", "sometimes")
    (found,) = check(tmp_path / "main.mlp")
    assert found.code == "MLP0503"
    assert found.message == '`pickle` in `mlp.toml` is "project" or "never", not "sometimes"'
