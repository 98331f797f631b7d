"""The emitted commands drive the real launcher: edges, values, gates, outputs, and second runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kubeflow.pipelines import SPAN, job, parameter, pipeline
from kubeflow.run_emitted import TaskFailedError, run_pipeline
from runtime_cases import output, step_spec

from millpond.backends.kubeflow import TARGET
from millpond.compiler.contract.bundle import Bundle, helper_bundle, step_bundle
from millpond.compiler.contract.job import Constant, FromJob, FromParameter, JobKind, Pipeline
from millpond.compiler.ir.definitions import BundledFile
from millpond.compiler.types import types

BODY = b"""
import os
from pathlib import Path

def write(count: int, word: str, rate: float, day, out_rows: Path):
    out_rows.write_text(f"{word} {day:%Y}\\n" * count + f"{rate!r}\\n")
    return {"lines": count + 1.0}

def count(rows: Path, limit):
    Path(os.environ.get("TRACE", os.devnull)).touch()
    return {"lines": rows.read_text().count("\\n"), "note": f"limit {limit}"}
"""
METRICS = ["Metrics", [["lines", "Float"]]]


def step(function: str, inputs: list[list[Any]], outputs: list[list[Any]]) -> Bundle:
    spec = step_spec(
        function=function,
        inputs=inputs,
        outputs=outputs,
        parts={"body": {"function": function}, "environment": {}, "settings": {}, "salt": ""},
    )
    return step_bundle(spec, [BundledFile("code/body.py", BODY)])


WRITE = step(
    "write",
    [["count", "Int"], ["word", "String"], ["rate", "Float"], ["day", "Date"]],
    [output("rows", "File"), output("metrics", METRICS)],
)
COUNT = step(
    "count",
    [["rows", "File"], ["limit", ["optional", "Int"]]],
    [output("lines", "Int"), output("note", "String")],
)
HELPERS = helper_bundle(
    {
        "enough": {
            "kind": "gate",
            "names": {"write.metrics.lines": "Float", "least": "Int"},
            "condition": [">=", ["ref", "write.metrics.lines"], ["ref", "least"]],
            "policy": "fail",
            "message": None,
            "text": "metrics.lines >= least",
        },
        "outputs": {
            "kind": "outputs",
            "names": {"count.lines": "Int", "count.note": "String"},
            "outputs": [
                ["lines", "Int", ["ref", "count.lines"]],
                ["note", "String", ["ref", "count.note"]],
            ],
        },
    }
)


def made() -> Pipeline:
    return pipeline(
        job("write", {"count": FromParameter("n"), "word": Constant("=costs $$5, $(HOME)"),
                      "rate": FromParameter("rate"), "day": FromParameter("day")},
            bundle=WRITE.digest),
        job("enough", {"write.metrics.lines": FromJob("write", "metrics.lines"),
                       "least": FromParameter("least")},
            ("write",), kind=JobKind.GATE, bundle=HELPERS.digest),
        job("count", {"rows": FromJob("write", "rows"), "limit": FromParameter("limit")},
            ("enough",), bundle=COUNT.digest),
        job("outputs", {"count.lines": FromJob("count", "lines"),
                        "count.note": FromJob("count", "note")},
            ("count",), kind=JobKind.OUTPUTS, bundle=HELPERS.digest),
        parameters=(
            parameter("n", types.INT, 3),
            parameter("least", types.INT, 2),
            parameter("rate", types.FLOAT, 1e-07),
            parameter("day", types.DATE, "2026-11-22"),
            parameter("limit", types.Optional(types.INT)),
        ),
        span=SPAN,
    )  # fmt: skip


def run(tmp_path: Path, name: str, **given: object) -> dict[str, str]:
    emission, diagnostics = TARGET.emit(made())
    assert emission is not None, diagnostics
    assert TARGET.validate(emission.files) == []
    store = tmp_path / "store"
    (store / "code").mkdir(parents=True, exist_ok=True)
    for bundle in (WRITE, COUNT, HELPERS):
        (store / "code" / f"{bundle.digest}.zip").write_bytes(bundle.content)
    return run_pipeline(
        emission.files["pipeline.yaml"].decode(),
        artifacts_url=made().store,
        artifacts_folder=store,
        scratch=tmp_path / name,
        parameters=dict(given),
    )


def outputs(tmp_path: Path, result: str) -> dict[str, Any]:
    (path,) = (tmp_path / "store").rglob(f"{result}*")
    found: dict[str, Any] = json.loads(path.read_bytes())["outputs"]
    return {name: entry.get("value", entry) for name, entry in found.items()}


def test_values_and_files_go_from_step_to_step(tmp_path: Path) -> None:
    ids = run(tmp_path, "first")
    assert list(ids) == ["write", "enough", "count", "outputs"]
    assert outputs(tmp_path, ids["outputs"]) == {"lines": 4, "note": "limit None"}
    digest = outputs(tmp_path, ids["write"])["rows"]["digest"].removeprefix("file:")
    (data,) = (path for path in (tmp_path / "store").rglob(digest) if path.is_file())
    assert data.read_text() == "costs $$5, $(HOME) 2026\n" * 3 + "1e-07\n"


def test_a_second_run_gives_the_same_results_and_another_parameter_others(tmp_path: Path) -> None:
    first = run(tmp_path, "first")
    assert run(tmp_path, "second") == first
    third = run(tmp_path, "third", limit="=5")
    assert third["write"] == first["write"]
    assert outputs(tmp_path, third["outputs"]) == {"lines": 4, "note": "limit 5"}


def test_a_gate_that_does_not_hold_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(TaskFailedError, match=r"enough ended with 1(.|\n)*lines >= least"):
        run(tmp_path, "closed", least=5)


def test_a_value_that_is_none_ends_the_run_at_its_step(tmp_path: Path) -> None:
    with pytest.raises(TaskFailedError, match=r"write ended with 1(.|\n)*Date wanted"):
        run(tmp_path, "bad", day="2026-13-01")
