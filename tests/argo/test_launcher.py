"""Emitted commands drive the real launcher: steps, a gate and both ends over one file store."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from argo.pipelines import helper, parameter, pipeline, task
from argo.run_emitted import ContainerFailedError, run_workflow
from runtime_cases import Engine, output, step_spec

from millpond.backends.argo import TARGET
from millpond.compiler.contract.job import Constant, FromJob, FromParameter, JobKind, Pipeline
from millpond.compiler.types.types import INT, STRING, Optional
from millpond.runtime.opening import open_store

COUNT = step_spec(
    "shell",
    text='seq "$n" > "$numbers"; printf %s "$word" > "$said"',
    inputs=[["n", "Int"], ["word", "String"], ["extra", ["optional", "String"]]],
    outputs=[output("numbers", "File"), output("said", "String")],
)
TOTAL = step_spec(
    "shell",
    text='awk \'{ n += $1 } END { print n }\' "$numbers" > "$total"',
    inputs=[["numbers", "File"]],
    outputs=[output("total", "Int")],
)
HELPERS = {
    "entry": {
        "kind": "entry",
        "names": {"n": "Int", "least": "Int", "extra": ["optional", "String"]},
        "parameters": {"n": "Int", "least": "Int", "extra": ["optional", "String"]},
        "gates": [],
    },
    "enough": {
        "kind": "gate",
        "names": {"sum.total": "Int", "least": "Int"},
        "condition": [">=", ["ref", "sum.total"], ["ref", "least"]],
        "policy": "fail",
        "message": None,
        "text": "sum.total >= least",
    },
    "outputs": {
        "kind": "outputs",
        "names": {"sum.total": "Int", "count.said": "String"},
        "outputs": [
            ["total", "Int", ["ref", "sum.total"]],
            ["said", "String", ["ref", "count.said"]],
        ],
    },
}
WORD = "{{x}} $(PATH) $$ 'a' \"b\""


def _pipeline(digests: dict[str, str]) -> Pipeline:
    least = FromParameter("least")
    jobs = (
        helper(
            "entry",
            JobKind.ENTRY,
            (),
            {"n": FromParameter("n"), "least": least, "extra": FromParameter("extra")},
        ),
        task(
            "count",
            "count",
            ("entry",),
            n=FromParameter("n"),
            word=Constant(f"={WORD}"),
            extra=FromParameter("extra"),
        ),
        task("sum", "sum", ("count",), numbers=FromJob("count", "numbers")),
        helper(
            "enough",
            JobKind.GATE,
            ("sum",),
            {"sum.total": FromJob("sum", "total"), "least": least},
        ),
        helper(
            "outputs",
            JobKind.OUTPUTS,
            ("sum", "enough"),
            {"sum.total": FromJob("sum", "total"), "count.said": FromJob("count", "said")},
        ),
    )
    return pipeline(
        *(replace(job, bundle=digests.get(job.id, digests["helpers"])) for job in jobs),
        parameters=(
            parameter("n", INT, 4),
            parameter("least", INT, 10),
            parameter("extra", Optional(STRING), None),
        ),
    )


@pytest.fixture
def bucket(tmp_path: Path) -> tuple[Path, str]:
    """A folder that stands for the bucket, with the code in it, and the template's text."""
    folder = tmp_path / "bucket"
    (folder / "code").mkdir(parents=True)
    engine = Engine(tmp_path, folder.as_uri())
    archives = {
        "count": engine.bundle("count", COUNT),
        "sum": engine.bundle("sum", TOTAL),
        "helpers": engine.bundle("helpers", helpers=HELPERS),
    }
    digests = {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in archives.items()
    }
    for name, path in archives.items():
        path.rename(folder / "code" / f"{digests[name]}.zip")
    emission, problems = TARGET.emit(_pipeline(digests))
    assert emission is not None, problems
    return folder, emission.files["workflowtemplate.yaml"].decode()


def _run(bucket: tuple[Path, str], scratch: Path, **parameters: str) -> dict[str, object]:
    folder, document = bucket
    results = run_workflow(
        document,
        artifacts_url="s3://acme-artifacts/staging",
        artifacts_folder=folder,
        scratch=scratch,
        parameters=parameters,
    )
    record = open_store(folder.as_uri()).record(results["outputs"])
    assert record is not None
    return {"results": results, "total": record.json("total"), "said": record.json("said")}


def test_a_pipeline_runs_and_a_second_run_gives_the_same_results(
    bucket: tuple[Path, str], tmp_path: Path
) -> None:
    first = _run(bucket, tmp_path / "first")
    assert first["total"] == 10
    assert first["said"] == WORD
    assert _run(bucket, tmp_path / "second") == first
    assert _run(bucket, tmp_path / "third", n="5", extra="x$$")["total"] == 15


def test_a_gate_that_does_not_hold_ends_the_run(bucket: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(ContainerFailedError, match=r"sum\.total >= least") as failure:
        _run(bucket, tmp_path / "first", n="3")
    assert failure.value.task == "enough"


def test_a_parameter_of_the_wrong_type_fails_at_the_entry(
    bucket: tuple[Path, str], tmp_path: Path
) -> None:
    with pytest.raises(ContainerFailedError, match="three") as failure:
        _run(bucket, tmp_path / "first", n="three")
    assert failure.value.task == "entry"
