"""What is emitted: golden documents, the same bytes always, sizes, and refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from argo import pipelines
from argo.pipelines import SPAN, parameter, pipeline, task

from millpond.backends.argo import TARGET
from millpond.backends.argo.quantities import cpu_text, size_text
from millpond.compiler.contract.feature import Feature, Impossible, Lowered, Native
from millpond.compiler.contract.job import Constant, FromParameter, Pipeline
from millpond.compiler.contract.target import Emission
from millpond.compiler.diagnostics.codes import CODES
from millpond.compiler.ir.settings import Resources, SecretRef
from millpond.compiler.ir.values import Json
from millpond.compiler.types.types import INT, STRING

GOLDEN = Path(__file__).parent / "golden"


def emitted(made: Pipeline) -> Emission:
    emission, problems = TARGET.emit(made)
    assert emission is not None, problems
    return emission


def refused(made: Pipeline) -> list[str]:
    emission, problems = TARGET.emit(made)
    assert emission is None
    assert all(problem.code in CODES and problem.span for problem in problems)
    return [f"{problem.code} {problem.message}" for problem in problems]


def document(made: Pipeline) -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load(emitted(made).files["workflowtemplate.yaml"])
    return loaded


@pytest.mark.parametrize("name", pipelines.ALL)
def test_golden(name: str) -> None:
    emission = emitted(pipelines.ALL[name]())
    files = {**emission.files, "next_steps.md": emission.next_steps.encode()}
    folder = GOLDEN / name
    if os.environ.get("MILLPOND_GOLDEN") == "write":
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize("name", [*pipelines.ALL, "large"])
def test_whatever_is_emitted_is_valid(name: str) -> None:
    made = pipelines.large(200) if name == "large" else pipelines.ALL[name]()
    assert TARGET.validate(emitted(made).files) == []


def test_hash_seeds_change_nothing() -> None:
    code = (
        "import hashlib; from argo import pipelines; from millpond.backends.argo import TARGET\n"
        "for make in pipelines.ALL.values():\n"
        "    emission, _ = TARGET.emit(make())\n"
        "    for name, content in emission.files.items():\n"
        "        print(name, hashlib.sha256(content).hexdigest())\n"
        "    print(emission.next_steps)\n"
    )
    tests = Path(__file__).parents[1]
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(tests)},
            capture_output=True,
            check=True,
            cwd=tests.parent,
        ).stdout
        for seed in ("1", "2", "4711")
    }
    assert len(said) == 1
    assert b"workflowtemplate.yaml" in said.pop()


def test_importing_the_target_loads_nothing_heavy() -> None:
    code = (
        "import sys; from millpond.backends.argo import TARGET; TARGET.features; TARGET.settings\n"
        "print(sorted({'yaml', 'pydantic', 'hera', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_emitting_loads_neither_pydantic_nor_an_sdk() -> None:
    code = (
        "import sys; from argo import pipelines; from millpond.backends.argo import TARGET\n"
        "TARGET.emit(pipelines.flights())\n"
        "print(sorted({'pydantic', 'hera', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == "[]\n"


def test_the_table_answers_every_feature_in_good_words() -> None:
    assert set(TARGET.features) == set(Feature)
    for support in TARGET.features.values():
        match support:
            case Impossible(why, instead):
                assert why[0].islower()
                assert instead
            case Lowered(how):
                assert how
            case Native():
                pass


def test_a_thousand_nodes_are_small() -> None:
    emission = emitted(pipelines.large(1000))
    assert len(emission.files["workflowtemplate.yaml"]) <= 250 * 1024
    size, expected = emission.sizes
    assert size.actual <= 250 * 1024
    assert size.limit == expected.limit == 1024 * 1024
    assert emission.notes == ()
    spec = yaml.load(emission.files["workflowtemplate.yaml"], yaml.CSafeLoader)["spec"]
    assert [template["name"] for template in spec["templates"]] == [
        "main", "load", "score", "merge", "train",
    ]  # fmt: skip


def test_a_run_that_may_outgrow_the_cluster_is_noted() -> None:
    (note,) = emitted(pipelines.large(2500)).notes
    assert "offload" in note


def test_what_argo_cannot_store_is_refused_with_what_takes_the_room() -> None:
    wide = {f"x{i}": Constant("=" + "y" * 1000) for i in range(110)}
    made = pipeline(*(task(f"n{i}", "work", **wide) for i in range(10)))
    emission, (problem,) = TARGET.emit(made)
    assert emission is None
    assert problem.code == "MLP0908"
    assert problem.message == "the compiled pipeline is 1.1 MiB, Argo takes 1.0 MiB"
    assert problem.notes == (
        "nodes take 1.1 MiB (10), step templates 6.8 KiB (1)",
        "`n0` has the most inputs: 110",
    )


@pytest.mark.parametrize(
    ("settings", "artifacts", "message"),
    [
        ({}, "/tmp/x", "an `artifacts` folder in a bucket, s3:// or gs://, not `/tmp/x`"),
        ({}, "https://a/b", "an `artifacts` folder in a bucket, s3:// or gs://, not `https://a/b`"),
        ({"namespace": "ML_x"}, "s3://b", "a `namespace` that is a Kubernetes name, not `ML_x`"),
        ({"endpoint": "minio"}, "s3://b", "an `endpoint` that is the address of a server"),
        ({"gpu_label": "a b"}, "s3://b", "a `gpu_label` that is a node label, not `a b`"),
        ({"node_selector": {"a b": "c"}}, "s3://b", "a `node_selector` of node labels"),
        ({"image_pull_secrets": ["A"]}, "s3://b", "`image_pull_secrets` that are Kubernetes names"),
        ({"priority_class": "A"}, "s3://b", "a `priority_class` that is a Kubernetes name"),
        ({"tolerations": [{"value": "x"}]}, "s3://b", "`tolerations` with a key for each value"),
    ],
)
def test_settings_that_no_cluster_takes(
    settings: dict[str, Json], artifacts: str, message: str
) -> None:
    (problem,) = refused(pipeline(task("a"), settings=settings, artifacts=artifacts))
    assert problem.startswith(f"MLP0909 target `staging` needs {message}")


def test_other_refusals() -> None:
    assert refused(pipeline()) == ["MLP0903 Argo cannot run a pipeline without steps"]
    braces = parameter("p", STRING, "a {{b}}")
    assert refused(pipeline(task("a"), parameters=(braces,))) == [
        "MLP0903 Argo cannot take `{{` in the default of `p`"
    ]
    scheduled = pipeline(
        task("a"), parameters=(parameter("n", INT),), schedule=("0 6 * * *", "UTC")
    )
    assert refused(scheduled) == ["MLP0902 Argo must know `n` when compiling"]
    gpu = replace(task("a"), resources=Resources(gpu=1, gpu_type="two words"))
    assert refused(pipeline(gpu)) == ["MLP0907 no Argo node has a gpu called `two words`"]
    step = replace(task("a"), settings=(("node_selector", {"x": "y z"}),))
    assert refused(pipeline(step)) == [
        "MLP0909 step `a` needs a `node_selector` of node labels, not `x = y z`"
    ]


def test_google_storage() -> None:
    made = pipeline(task("a"), artifacts="gs://acme/ml")
    _, step = document(made)["spec"]["templates"]  # type: ignore[index]
    (code,) = step["inputs"]["artifacts"]
    assert code["gcs"] == {"bucket": "acme", "key": f"ml/code/{made.jobs[0].bundle}.zip"}
    assert "gcloud storage cp -r code gs://acme/ml/\n" in emitted(made).next_steps


def test_a_parameter_without_a_value_is_named_where_it_is_asked_for() -> None:
    made = pipeline(task("a", n=FromParameter("n")), parameters=(parameter("n", INT),))
    emission = emitted(made)
    run = yaml.safe_load(emission.files["workflow.yaml"])
    assert run["spec"]["arguments"] == {"parameters": [{"name": "n"}]}
    assert "`n` must be given" in emission.next_steps
    assert "argo submit workflow.yaml -p n=… --watch" in emission.next_steps


def test_jobs_that_differ_in_what_they_are_given_share_a_template() -> None:
    one, other = task("a", "fit", x=Constant("=1")), task("b", "fit", x=FromParameter("n"))
    made = pipeline(one, other, parameters=(parameter("n", INT, 1),))
    templates = document(made)["spec"]["templates"]  # type: ignore[index]
    assert [template["name"] for template in templates] == ["main", "fit"]


@pytest.mark.parametrize(
    "change",
    [
        {"image": "python:3.11-slim"},
        {"resources": Resources(cpu=2)},
        {"deadline": 60.0},
        {"infrastructure_attempts": 2},
        {"secrets": (SecretRef("A", "b"),)},
        {"settings": (("node_selector", {"a": "b"}),)},
        {"bundle": "0" * 64},
        {"inputs": (("y", Constant("=1")),)},
        {"inputs": (("x", Constant("={{y}}")),)},
    ],
)
def test_jobs_that_differ_in_anything_else_do_not(change: dict[str, object]) -> None:
    one = task("a", "fit", x=Constant("=1"))
    other = replace(one, id="b", **change)  # type: ignore[arg-type]
    templates = document(pipeline(one, other))["spec"]["templates"]  # type: ignore[index]
    assert [template["name"] for template in templates] == ["main", "fit-a", "fit-b"]


def test_a_name_stays_when_others_come() -> None:
    one, other = task("a_b"), task("c")
    short = document(pipeline(one))["spec"]["templates"][1]  # type: ignore[index]
    assert short in document(pipeline(other, one))["spec"]["templates"]  # type: ignore[index]


def test_quantities_are_exact() -> None:
    assert [size_text(n) for n in (32 * 10**9, 16 * 2**30, 10**6, 1536 * 2**20, 1001, 0)] == [
        "32G", "16Gi", "1M", "1536Mi", "1001", "0",
    ]  # fmt: skip
    assert [cpu_text(n) for n in (0.5, 2, 1.25, 0.1, 0.0001)] == [
        "500m",
        "2",
        "1250m",
        "100m",
        "1m",
    ]


def test_spans_point_into_the_source() -> None:
    _, (problem,) = TARGET.emit(pipeline(task("a"), artifacts="x"))
    assert problem.span == SPAN
