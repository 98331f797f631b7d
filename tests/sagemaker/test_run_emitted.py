"""The executor of emitted documents, tried with a code archive that is four lines long."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sagemaker import pipelines
from sagemaker.pipelines import ARTIFACTS, GATE, job, parameter, pipeline
from sagemaker.run_emitted import RefusedError, StepFailedError, run_pipeline

from millpond.backends.sagemaker import TARGET
from millpond.compiler.contract.job import Constant, FromJob, FromParameter, Pipeline
from millpond.compiler.types import types

# Its result id is the digest of what it was told; what it was told lies in the bucket.
FAKE = """
import hashlib, json, pathlib, sys
told, options, last = {}, {}, None
for word in sys.argv[1:]:
    name, _, value = word.partition("=")
    if name == "--arg":
        last, _, text = value.partition(":")
        told[last] = text
    elif name == "--more":
        told[last] += value
    else:
        options[name] = value
if told.get("min_auc") == "=1.0":
    sys.exit("too low")
record = json.dumps([options.get("--helper"), told], sort_keys=True)
result = hashlib.sha256(record.encode()).hexdigest()
pathlib.Path(options["--store"].removeprefix("file://"), result).write_text(record)
for option, text in (("--result", result), ("--result-json", json.dumps({"result": result}))):
    path = pathlib.Path(options[option])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
"""


def deployed(made: Pipeline, folder: Path) -> str:
    """The document of a pipeline whose archives lie in the folder."""
    emission, diagnostics = TARGET.emit(made)
    assert emission is not None, diagnostics
    (folder / "code").mkdir(parents=True)
    for digest in {one.bundle for one in made.jobs}:
        with zipfile.ZipFile(folder / "code" / f"{digest}.zip", "w") as archive:
            archive.writestr("__main__.py", FAKE)
    return emission.files["pipeline.json"].decode()


def run(made: Pipeline, tmp_path: Path, **parameters: object) -> dict[str, object]:
    """What each step was told, by its name."""
    folder = tmp_path / "bucket"
    results = run_pipeline(
        deployed(made, folder),
        artifacts_url=ARTIFACTS,
        artifacts_folder=folder,
        scratch=tmp_path / "scratch",
        parameters=parameters,
    )
    for name, result in results.items():
        uploaded = folder / "runs" / "a1b2c3d4e5f6" / name / "result.json"
        assert json.loads(uploaded.read_text()) == {"result": result}
    return {name: json.loads((folder / result).read_text()) for name, result in results.items()}


def test_flights_runs_from_its_document_alone(tmp_path: Path) -> None:
    told = run(pipelines.flights(), tmp_path, min_auc=0.5)
    assert len(told) == 9
    entry = {"first_test_day": "=2013-12-01", "learning_rate": "=0.1", "min_auc": "=0.5"}
    assert told["entry"] == ["entry", entry]
    raw = hashlib.sha256(b"[null, {}]").hexdigest()
    assert told["cleaned"] == [
        None, {"flights": f"@{raw}#flights", "late_after": "=900", "weather": f"@{raw}#weather"},
    ]  # fmt: skip


def test_everything_runs(tmp_path: Path) -> None:
    made = pipelines.everything()
    told = run(made, tmp_path, source="s3://in", limit="=7", tier="standard")
    assert len(told) == len(made.jobs)


def test_long_texts_arrive_whole(tmp_path: Path) -> None:
    text = "=" + "a 'quoted' \"text\" with $(HOME), $$ and € 🦆: " * 30
    made = pipeline(
        job("a", {"x": Constant(text), "y": FromParameter("p"), "z": FromParameter("b")}),
        parameters=(
            parameter("p", types.Optional(types.STRING)),
            parameter("b", types.BOOL, True),
        ),
    )
    assert run(made, tmp_path, p="=value")["a"] == [None, {"x": text, "y": "=value", "z": "=true"}]


def test_a_gate_that_fails_ends_the_execution(tmp_path: Path) -> None:
    made = pipeline(
        job("a"),
        job("gate", {"a.x": FromJob("a", "x"), "min_auc": FromParameter("m")}, ("a",), kind=GATE),
        job("b", needs=("gate",)),
        parameters=(parameter("m", types.FLOAT, 1),),
    )
    with pytest.raises(StepFailedError, match="too low") as failed:
        run(made, tmp_path)
    assert failed.value.step == "gate"
    assert not (tmp_path / "scratch" / "b").exists()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"m": "high"}, "no Float"), ({"m": 1.5, "n": 1}, "no parameter n"), ({}, "has no value")],
)
def test_values_that_sagemaker_refuses(
    tmp_path: Path, parameters: dict[str, object], message: str
) -> None:
    made = pipeline(job("a", {"m": FromParameter("m")}), parameters=(parameter("m", types.FLOAT),))
    with pytest.raises(RefusedError, match=message):
        run(made, tmp_path, **parameters)


def test_values_that_grow_too_long_are_refused_when_the_step_starts(tmp_path: Path) -> None:
    made = pipeline(
        job("a", {"m": FromParameter("m")}), parameters=(parameter("m", types.STRING, "x"),)
    )
    with pytest.raises(RefusedError, match="is no argument"):
        run(made, tmp_path, m="x" * 300)


def test_code_that_is_not_there_is_refused(tmp_path: Path) -> None:
    document = deployed(replace(pipeline(job("a"))), tmp_path / "bucket")
    for path in (tmp_path / "bucket" / "code").iterdir():
        path.unlink()
    with pytest.raises(RefusedError, match="there is nothing at"):
        run_pipeline(
            document,
            artifacts_url=ARTIFACTS,
            artifacts_folder=tmp_path / "bucket",
            scratch=tmp_path / "scratch",
        )
