"""The commands of an emitted document run from its text alone, edge by edge."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from kubeflow import pipelines
from kubeflow.run_emitted import TaskFailedError, as_text, run_pipeline

from millpond.backends.kubeflow import TARGET
from millpond.compiler.contract.job import Constant, FromJob, FromParameter, Pipeline
from millpond.compiler.ir.settings import Resources, SecretRef
from millpond.compiler.types import types

# A launcher in miniature: it writes down what it was given and returns the digest of that.
LAUNCHER = """
import hashlib, json, os, pathlib, sys, urllib.parse

words = sys.argv[1:]
store = pathlib.Path(urllib.parse.urlsplit(words[words.index("--store") + 1]).path)
given = {words[i + 1]: words[i + 2] for i, word in enumerate(words) if word == "--arg"}
scratch = words[words.index("--scratch") + 1] if "--scratch" in words else None
record = {
    "given": given,
    "helper": words[words.index("--helper") + 1] if "--helper" in words else None,
    "run": words[words.index("--run") + 1] if "--run" in words else None,
    "node": words[words.index("--node") + 1] if "--node" in words else None,
    "scratch": scratch and pathlib.Path(scratch).is_dir(),
    "token": os.environ.get("TOKEN"),
    "zip": sys.argv[0],
}
for value in given.values():
    if value.startswith("@"):
        assert (store / "records" / value[1:].partition("#")[0]).is_file(), value
if given.get("fail") == "=true":
    sys.exit("millpond: step failed: asked to")
data = json.dumps(record).encode()
name = hashlib.sha256(data).hexdigest()
(store / "records").mkdir(exist_ok=True)
(store / "records" / name).write_bytes(data)
pathlib.Path(words[words.index("--result") + 1]).write_text(name)
"""


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    folder = tmp_path / "bucket"
    (folder / "code").mkdir(parents=True)
    return folder


def run(
    pipeline: Pipeline,
    bucket: Path,
    secrets: dict[str, dict[str, str]] | None = None,
    **given: object,
) -> dict[str, dict[str, object]]:
    """What each task was given, by task."""
    emission, diagnostics = TARGET.emit(pipeline)
    assert emission is not None, diagnostics
    for digest in {job.bundle for job in pipeline.jobs}:
        with zipfile.ZipFile(bucket / "code" / f"{digest}.zip", "w") as archive:
            archive.writestr("__main__.py", LAUNCHER)
    ids = run_pipeline(
        emission.files["pipeline.yaml"].decode(),
        artifacts_url=pipeline.store,
        artifacts_folder=bucket,
        scratch=bucket.parent / "scratch",
        parameters=dict(given),
        secrets=secrets,
    )
    return {
        task: json.loads((bucket / "records" / result).read_text()) for task, result in ids.items()
    }


def test_the_flights_example_runs_from_entry_to_outputs(bucket: Path) -> None:
    records = run(pipelines.flights(), bucket, min_auc=0.75)
    assert list(records) == [
        "entry", "ingest", "clean", "parts", "fit", "scores", "expect-1", "report", "outputs",
    ]  # fmt: skip
    gate = records["expect-1"]
    assert gate["helper"] == "expect_1"
    given = gate["given"]
    assert isinstance(given, dict)
    assert given["min_auc"] == "=0.75"
    assert given["scores.metrics.auc"].endswith("#metrics.auc")
    steps = [record for record in records.values() if record["helper"] is None]
    assert len({record["run"] for record in steps}) == 1
    assert [r["node"] for r in steps] == ["ingest", "clean", "parts", "fit", "scores", "report"]


def test_every_text_arrives_as_it_was_written(bucket: Path) -> None:
    text = "=a 'quoted' \"text\"\nof $$two$(HOME) lines: #é"
    pipeline = pipelines.everything()
    secrets = {"db": {"password": "hunter22"}, "token": {"TOKEN": "sesame"}}
    records = run(pipeline, bucket, secrets, source="s3://b/$x", limit="=7")
    heavy = records["heavy"]
    given = heavy["given"]
    assert isinstance(given, dict)
    assert given["text"] == text
    assert given["none"] == "~"
    assert given["grid"] == '=[{"a":1},{"a":2}]'
    assert given["limit"] == "=7"
    assert heavy["scratch"] is True
    assert heavy["token"] == "sesame"
    assert records["load-a"]["given"] == {"source": "=s3://b/$x", "n": "=1"}
    assert records["load-c"]["given"] == {"source": "=on", "n": "=5"}


def test_defaults_arrive_in_the_launchers_form(bucket: Path) -> None:
    secrets = {"db": {"password": "hunter22"}, "token": {"TOKEN": "sesame"}}
    records = run(pipelines.everything(), bucket, secrets, source="here")
    assert records["entry"]["given"] == {
        "source": "=here",
        "rows": "=5",
        "huge": "=1152921504606846976",
        "rate": "=0.0000001",
        "fast": "=false",
        "day": "=2026-11-22",
        "wait": "=90m",
        "room": "=16GB",
        "tier": "=gold",
        "names": '=["x","y: $$ {z}"]',
        "shape": '={"a":1,"b":"on"}',
        "weights": '={"a":0.5,"b":2}',
        "anything": '=[1,{"a":null}]',
        "limit": "~",
        "note": "=costs $$5",
    }


def test_odd_names_keep_their_edges(bucket: Path) -> None:
    records = run(pipelines.odd_names(), bucket)
    assert len(records) == 7
    reader = next(record for record in records.values() if "from" in record["given"])  # type: ignore[operator]
    producer = next(
        r
        for r in records.values()
        if r["given"] == {"code": "=1", "run": "=2", "a.b": "=3", "node": "=4"}
    )
    assert reader is not producer


def test_a_failing_task_says_what_it_wrote(bucket: Path) -> None:
    pipeline = pipelines.pipeline(
        pipelines.job("bad", {"fail": Constant("=true")}, infrastructure_attempts=2)
    )
    with pytest.raises(TaskFailedError, match=r"bad ended with 1(.|\n)*asked to"):
        run(pipeline, bucket)


def test_a_value_outside_of_the_literals_is_refused(bucket: Path) -> None:
    parameter = pipelines.parameter("tier", types.EnumOf(("gold", "standard")), "gold")
    job = pipelines.job("one", {"tier": FromParameter("tier")})
    with pytest.raises(ValueError, match="one of"):
        run(pipelines.pipeline(job, parameters=(parameter,)), bucket, tier="silver")


def test_scratch_and_secrets_are_the_tasks_own(bucket: Path) -> None:
    pipeline = pipelines.pipeline(
        pipelines.job("a", resources=Resources(disk=10**9)),
        pipelines.job("b", {"x": FromJob("a", "y")}, ("a",), secrets=(SecretRef("TOKEN", "t"),)),
    )
    records = run(pipeline, bucket, {"t": {"TOKEN": "sesame"}})
    assert (records["a"]["scratch"], records["a"]["token"]) == (True, None)
    assert (records["b"]["scratch"], records["b"]["token"]) == (None, "sesame")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"), (5.0, "5"), (0.7, "0.7"), (1e-7, "0.0000001"), (1e22, "1" + "0" * 22),
        (-2.5, "-2.5"), (100, "100"), (True, "true"), ([1.0, 0.5, "a"], '[1,0.5,"a"]'),
        ({"b": 2.0, "a": None}, '{"a":null,"b":2}'), ("x", "x"),
    ],
)  # fmt: skip
def test_parameters_become_text_as_the_driver_makes_it(value: object, text: str) -> None:
    assert as_text(value) == text
