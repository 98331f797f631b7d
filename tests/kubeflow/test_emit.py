"""What is written: the goldens, the same bytes everywhere, shared definitions, sizes, refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubeflow import pipelines
from kubeflow.pipelines import job, parameter, pipeline

from millpond.backends.documents import to_yaml
from millpond.backends.kubeflow import TARGET
from millpond.backends.kubeflow.specification import specification
from millpond.compiler.contract.job import Constant, FromJob, FromParameter, Pipeline
from millpond.compiler.contract.target import Emission, Target
from millpond.compiler.ir.settings import Resources, SecretRef
from millpond.compiler.types import types

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = {
    "flights": pipelines.flights,
    "everything": pipelines.everything,
    "odd_names": pipelines.odd_names,
}


def emitted(made: Pipeline) -> Emission:
    emission, diagnostics = TARGET.emit(made)
    assert emission is not None, diagnostics
    assert diagnostics == []
    return emission


def documents(made: Pipeline) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(emitted(made).files["pipeline.yaml"]))


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden(name: str) -> None:
    """`MILLPOND_GOLDEN=write` writes them anew."""
    emission = emitted(EXAMPLES[name]())
    for path, content in {
        f"{name}.yaml": emission.files["pipeline.yaml"],
        f"{name}.md": emission.next_steps.encode(),
    }.items():
        if os.environ.get("MILLPOND_GOLDEN") == "write":
            (GOLDEN / path).write_bytes(content)
        assert content.decode() == (GOLDEN / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_emitted_has_no_findings(name: str) -> None:
    assert TARGET.validate(emitted(EXAMPLES[name]()).files) == []


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "import hashlib; from kubeflow import pipelines as p; from millpond.backends.kubeflow "
        "import TARGET; print([hashlib.sha256(TARGET.emit(f())[0].files['pipeline.yaml'])"
        ".hexdigest() for f in (p.flights, p.everything, p.odd_names)])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(said) == 1


def test_importing_the_target_loads_no_yaml_and_no_proto() -> None:
    program = (
        "import sys; import millpond.backends.kubeflow as k; k.TARGET.features; k.TARGET.settings; "
        "print(sorted({'yaml', 'google', 'kfp', 'pydantic', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_target_keeps_the_protocol() -> None:
    target: Target = TARGET
    assert target.kind == "kubeflow"


# ---- shared definitions -----------------------------------------------------------------------


def executors(made: Pipeline) -> dict[str, Any]:
    found = documents(made)[0]["deploymentSpec"]["executors"]
    return {name: body for name, body in found.items() if "container" in body}


def test_calls_that_differ_in_bound_values_share_a_definition() -> None:
    made = pipeline(
        job("a", {"x": Constant("=1")}, label="step"), job("b", {"x": Constant("=2")}, label="step")
    )
    assert list(executors(made)) == ["exec-step"]


@pytest.mark.parametrize(
    "change",
    [
        {"resources": Resources(cpu=2)},
        {"image": "python:3.13-slim"},
        {"deadline": 60.0},
        {"secrets": (SecretRef("A", "a"),)},
        {"settings": (("run_as_user", 1),)},
        {"inputs": (("x", FromParameter("p")),)},
        {"inputs": (("x", FromJob("a", "out")),)},
        {"bundle": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_calls_that_differ_in_anything_else_do_not(change: dict[str, Any]) -> None:
    first = job("a", {"x": Constant("=1")}, label="step")
    made = pipeline(
        first, replace(first, id="b", **change), parameters=(parameter("p", types.INT, 1),)
    )
    assert sorted(executors(made)) == ["exec-step", "exec-step-2"]


def test_each_bundle_is_imported_once() -> None:
    made = pipelines.flights()
    spec = documents(made)[0]
    uris = [
        body["importer"]["artifactUri"]["constant"]
        for body in spec["deploymentSpec"]["executors"].values()
        if "importer" in body
    ]
    assert sorted(uris) == sorted({made.code_url(j.bundle) for j in made.jobs})


# ---- single words -------------------------------------------------------------------------------


def task(made: Pipeline, name: str) -> dict[str, Any]:
    found = documents(made)[0]["root"]["dag"]["tasks"][name]
    assert isinstance(found, dict)
    return found


def test_tasks_wait_for_what_they_read_also_when_the_order_implies_it() -> None:
    made = pipelines.flights()
    waits = task(made, "scores")["dependentTasks"]
    assert {"fit", "parts"} < set(waits)
    assert waits == sorted(waits)


def test_the_cache_of_kubeflow_is_off_for_every_task() -> None:
    tasks = documents(pipelines.everything())[0]["root"]["dag"]["tasks"]
    assert [body["cachingOptions"] for body in tasks.values()] == [{}] * len(tasks)


def test_only_infrastructure_attempts_become_retries() -> None:
    made = pipelines.flights()
    assert task(made, "fit")["retryPolicy"]["maxRetryCount"] == 2
    assert "retryPolicy" not in task(made, "clean")


def test_no_task_is_called_as_another_ones_driver() -> None:
    names = documents(pipeline(job("x"), job("x_driver")))[0]["root"]["dag"]["tasks"]
    assert "x-driver" not in names
    assert "x" in names


def test_a_step_asks_for_what_it_gets() -> None:
    found = executors(pipeline(job("a", resources=Resources(cpu=0.1, memory=3 * 2**30))))
    assert found["exec-a"]["container"]["resources"] == {
        "cpuLimit": 0.1, "cpuRequest": 0.1,
        "memoryLimit": 3.221225472, "memoryRequest": 3.221225472,
        "resourceCpuLimit": "100m", "resourceCpuRequest": "100m",
        "resourceMemoryLimit": "3Gi", "resourceMemoryRequest": "3Gi",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("type", "default", "expected"),
    [
        (types.INT, 2, {"parameterType": "NUMBER_INTEGER", "defaultValue": 2, "isOptional": True}),
        (types.INT, None, {"parameterType": "NUMBER_INTEGER"}),
        (types.FLOAT, 1, {"parameterType": "NUMBER_DOUBLE", "defaultValue": 1, "isOptional": True}),
        (types.INT, str(2**60), {"parameterType": "STRING", "defaultValue": str(2**60),
                                 "isOptional": True, "description": "Int."}),
        (types.TIME, "2026-11-22T06:00:00Z",
         {"parameterType": "STRING", "defaultValue": "2026-11-22T06:00:00Z",
          "isOptional": True, "description": "Time."}),
        (types.EnumOf(("a", "b")), "a",
         {"parameterType": "STRING", "defaultValue": "a", "isOptional": True,
          "literals": ["a", "b"], "description": '"a" | "b".'}),
        (types.ListOf(types.INT), [1, 2],
         {"parameterType": "LIST", "defaultValue": [1, 2], "isOptional": True,
          "description": "List[Int]."}),
        (types.Optional(types.STRING), None,
         {"parameterType": "STRING", "defaultValue": "~", "isOptional": True,
          "description": "String?: write `=` before the value, `~` for none."}),
    ],
)  # fmt: skip
def test_parameters_in_kubeflows_types(
    type: types.Type, default: Any, expected: dict[str, Any]
) -> None:
    made = pipeline(
        job("a", {"p": FromParameter("p")}), parameters=(parameter("p", type, default),)
    )
    assert documents(made)[0]["root"]["inputDefinitions"]["parameters"]["p"] == expected


def test_without_wishes_there_is_no_platform_document() -> None:
    assert len(documents(pipeline(job("a")))) == 1
    assert len(documents(pipeline(job("a"), timeout=60.0))) == 2


# ---- size and refusals --------------------------------------------------------------------------


def test_many_nodes_of_few_steps_stay_small() -> None:
    made = specification(pipelines.wide(1000))
    assert len(made.variants) <= 10
    assert len(to_yaml(made.pipeline)) <= 900 * 1024
    emission = emitted(pipelines.wide(700))
    assert emission.sizes[1].actual < 1_572_864
    assert "offloads" in emission.notes[0]


def test_too_large_says_what_takes_the_room() -> None:
    emission, (diagnostic,) = TARGET.emit(pipelines.wide(1000))
    assert emission is None
    assert diagnostic.code == "MLP0908"
    assert "Kubeflow takes 1.50 MiB" in diagnostic.message
    assert "1000 tasks take" in diagnostic.notes[0]


@pytest.mark.parametrize("text", ["={{workflow.name}}", '=["{{ x }}"]', "={{$.inputs}}"])
def test_text_that_the_engine_would_change_is_refused(text: str) -> None:
    emission, (diagnostic,) = TARGET.emit(pipeline(job("a", {"x": Constant(text)})))
    assert emission is None
    assert diagnostic.code == "MLP0903"
    assert "`x`" in diagnostic.message


def test_a_default_that_the_engine_would_change_is_refused() -> None:
    made = pipeline(job("a"), parameters=(parameter("p", types.JSON, {"a": ["{{b}}"]}),))
    emission, (diagnostic,) = TARGET.emit(made)
    assert (emission, diagnostic.code) == (None, "MLP0903")


def test_code_that_kubeflow_cannot_import_is_refused() -> None:
    emission, (diagnostic,) = TARGET.emit(pipeline(job("a"), artifacts="/mnt/shared"))
    assert (emission, diagnostic.code) == (None, "MLP0903")
    assert "`/mnt/shared`" in diagnostic.message
