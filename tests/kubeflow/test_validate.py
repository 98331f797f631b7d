"""Every planted fault is found, and nothing is found where there is none."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubeflow import pipelines

from millpond.backends.documents import to_yaml
from millpond.backends.kubeflow import TARGET
from millpond.compiler.contract.target import Finding

Object = dict[str, Any]
Fault = Callable[[Object, Object], object]

RICH = (Path(__file__).parent / "rich.yaml").read_bytes()


def findings(*documents: Object) -> list[Finding]:
    return TARGET.validate({"pipeline.yaml": to_yaml(*documents)})


@cache
def parsed(name: str) -> list[Object]:
    if name == "rich":
        return list(yaml.safe_load_all(RICH))
    emission, _ = TARGET.emit(pipelines.everything())
    assert emission is not None
    return list(yaml.safe_load_all(emission.files["pipeline.yaml"]))


def ours() -> list[Object]:
    return deepcopy(parsed("ours"))


def test_what_the_sdk_compiles_has_no_findings() -> None:
    """Loops, branches, an exit handler, importers, a platform document: all that we read."""
    assert TARGET.validate({"pipeline.yaml": RICH}) == []


def test_what_we_compile_has_no_findings() -> None:
    assert findings(*ours()) == []


def test_other_files_are_none_of_its_business() -> None:
    assert TARGET.validate({"README.md": b"{", "manifest.json": b"{"}) == []


def tasks(spec: Object) -> Object:
    found: Object = spec["root"]["dag"]["tasks"]
    return found


def args(spec: Object, executor: str) -> list[str]:
    found: list[str] = spec["deploymentSpec"]["executors"][executor]["container"]["args"]
    return found


def heavy(spec: Object) -> Object:
    found: Object = tasks(spec)["heavy"]
    return found


def parameters(spec: Object) -> Object:
    found: Object = spec["root"]["inputDefinitions"]["parameters"]
    return found


def platform(document: Object) -> Object:
    found: Object = document["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-heavy"]
    return found


def swap(items: list[str], old: str, new: str) -> None:
    items[:] = [item.replace(old, new) for item in items]


# Each: the fault, and words of the finding. `s` is our PipelineSpec, `p` the platform document.
FAULTS: list[tuple[Fault, str]] = [
    (lambda s, p: s.update(schemaVersion="2.0.0"), "Kubeflow takes 2.1.0 only"),
    (lambda s, p: s["pipelineInfo"].update(name="Every_Feature"), "is no name"),
    (lambda s, p: s["pipelineInfo"].update(nmae="x"), "nmae"),
    (lambda s, p: s["root"].update(dag={"tasks": {}}), "the pipeline has no tasks"),
    (lambda s, p: heavy(s)["componentRef"].update(name="comp-lost"), "no component `comp-lost`"),
    (lambda s, p: s["components"]["comp-heavy"].update(executorLabel="x"), "no executor `x`"),
    (lambda s, p: s["components"].update(more={"executorLabel": "exec-late"}), "no task uses"),
    (lambda s, p: heavy(s)["dependentTasks"].append("lost"), "no task `lost`"),
    (lambda s, p: heavy(s)["dependentTasks"].remove("load-a"), "does not wait for it"),
    (lambda s, p: tasks(s)["load-a"]["dependentTasks"].append("late"), "wait for each other"),
    (lambda s, p: heavy(s).pop("cachingOptions"), "on by default"),
    (lambda s, p: heavy(s).update(cachingOption={}), "cachingOption"),
    (lambda s, p: heavy(s).pop("taskInfo"), "taskInfo.name"),
    (lambda s, p: heavy(s)["inputs"]["parameters"].pop("none"), "`none` is not bound"),
    (lambda s, p: heavy(s)["inputs"]["artifacts"].pop("code"), "artifact `code` is not bound"),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"].update(
            more={"runtimeValue": {"constant": "=1"}}
        ),
        "no input `more`",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["limit"].update(
            componentInputParameter="limits"
        ),
        "no parameter `limits`",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["a"]["taskOutputParameter"].update(
            producerTask="load-z"
        ),
        "no task `load-z`",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["a"]["taskOutputParameter"].update(
            outputParameterKey="rows"
        ),
        "no output parameter `rows`",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["artifacts"]["code"]["taskOutputArtifact"].update(
            outputArtifactKey="zip"
        ),
        "no output artifact `zip`",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["none"]["runtimeValue"].update(constant=5),
        "is no STRING",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["none"]["runtimeValue"].update(
            constant="={{$.inputs.parameters['lost']}}"
        ),
        "no parameter `lost`",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["none"]["runtimeValue"].update(
            constant="={{workflow.name}}"
        ),
        "no placeholder",
    ),
    (
        lambda s, p: heavy(s)["inputs"]["parameters"]["none"].update(constant="=1"),
        "constant",
    ),
    (lambda s, p: swap(args(s, "exec-heavy"), "inputs.parameters['a']", "inputs.parameters['z']"),
     "no parameter `z`"),
    (lambda s, p: swap(args(s, "exec-heavy"), "['none']", "['text']"), "`none` is never used"),
    (lambda s, p: swap(args(s, "exec-heavy"), "output_file", "path"), "is no placeholder"),
    (lambda s, p: swap(args(s, "exec-heavy"), "['code']", "['zip']"), "no artifact `zip`"),
    (lambda s, p: args(s, "exec-heavy").__delitem__(slice(-2, None)), "writes the output `result`"),
    (
        lambda s, p: s["deploymentSpec"]["executors"]["exec-heavy"]["container"].pop("image"),
        "no image",
    ),
    (
        lambda s, p: s["deploymentSpec"]["executors"]["exec-heavy"]["container"].pop("command"),
        "no command",
    ),
    (
        lambda s, p: s["deploymentSpec"]["executors"]["exec-heavy"]["container"].update(
            resources={"cpu": 1}
        ),
        "PipelineDeploymentConfig",
    ),
    (
        lambda s, p: s["deploymentSpec"]["executors"].update({"exec-more": {"container": {}}}),
        "no component uses",
    ),
    (lambda s, p: heavy(s).update(retryPolicy={"backoffDuration": "30 seconds"}), "Duration"),
    (lambda s, p: parameters(s)["rows"].update(defaultValue=2.5), "is no NUMBER_INTEGER"),
    (lambda s, p: parameters(s)["rows"].update(parameterType="INT"), "parameterType"),
    (lambda s, p: parameters(s)["tier"].update(defaultValue="silver"), "is not one of"),
    (lambda s, p: tasks(s).update({"heavy-driver": tasks(s)["late"]}), "beside `heavy`"),
    (lambda s, p: tasks(s).update({"Late_2": tasks(s)["late"]}), "no name for a task"),
    (lambda s, p: platform(p).update(nodeSelectors={}), "no field `nodeSelectors`"),
    (lambda s, p: platform(p).update(activeDeadlineSeconds="1h"), "int64 wanted"),
    (lambda s, p: platform(p)["secretAsEnv"][0]["keyToEnv"][0].update(env="A"), "no field `env`"),
    (
        lambda s, p: p["platforms"]["kubernetes"]["deploymentSpec"]["executors"].update(
            {"exec-lost": {}}
        ),
        "no executor `exec-lost`",
    ),
    (lambda s, p: p["platforms"].update(nomad={}), "`kubernetes` only"),
    (lambda s, p: p["platforms"]["kubernetes"].update(pipelineConf={}), "pipelineConf"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "words"), FAULTS, ids=[f"{i}-{w}" for i, (_, w) in enumerate(FAULTS)]
)
def test_a_planted_fault_is_found(fault: Fault, words: str) -> None:
    spec, document = ours()
    fault(spec, document)
    assert any(words in finding.what for finding in findings(spec, document))


RICH_FAULTS: list[tuple[Fault, str]] = [
    (
        lambda s, p: s["components"]["comp-condition-branches-5"]["dag"]["tasks"]["condition-6"][
            "triggerPolicy"
        ].update(condition="inputs.parameter_values['pipelinechannel--x'] > 1"),
        "reads `pipelinechannel--x`",
    ),
    (
        lambda s, p: s["components"]["comp-for-loop-2"]["dag"]["outputs"]["artifacts"][
            "pipelinechannel--train-model"
        ]["artifactSelectors"][0].update(producerSubtask="fit"),
        "no task `fit`",
    ),
    (
        lambda s, p: s["components"]["comp-for-loop-2"]["dag"]["outputs"]["parameters"][
            "pipelinechannel--train-auc"
        ]["valueFromParameter"].update(outputParameterKey="recall"),
        "no output `recall`",
    ),
    (
        lambda s, p: s["components"]["comp-exit-handler-1"]["dag"]["tasks"]["for-loop-2"][
            "parameterIterator"
        ]["items"].update(inputParameter="lost"),
        "not bound",
    ),
    (
        lambda s, p: s["components"]["comp-exit-handler-1"]["dag"]["tasks"]["split"]["inputs"][
            "parameters"
        ]["shards"].update(componentInputParameter="pipelinechannel--source"),
        "NUMBER_INTEGER is wanted",
    ),
    (
        lambda s, p: s["components"]["comp-exit-handler-1"]["dag"]["tasks"]["importer"][
            "taskInfo"
        ].update(name="reference data"),
        "importer's taskInfo.name",
    ),
    (
        lambda s, p: s["deploymentSpec"]["executors"]["exec-importer"]["importer"].update(
            artifactUri={"constant": "ref.csv"}
        ),
        "has no URI",
    ),
    (
        lambda s, p: s["components"]["comp-exit-handler-1"]["dag"]["tasks"]["ingest"]["inputs"][
            "parameters"
        ].pop("pipelinechannel--source"),
        "no parameter `pipelinechannel--source`",
    ),
]


@pytest.mark.parametrize(("fault", "words"), RICH_FAULTS, ids=[w for _, w in RICH_FAULTS])
def test_a_fault_in_loops_and_branches_is_found(fault: Fault, words: str) -> None:
    spec, document = deepcopy(parsed("rich"))
    fault(spec, document)
    assert any(words in finding.what for finding in findings(spec, document))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: [", "not YAML"),
        (b"", "one PipelineSpec"),
        (b"a: 1", "one PipelineSpec"),
        (b"\xff\xfe\xff", "not YAML"),
        (RICH + b"\n---\n" + RICH, "one PipelineSpec"),
    ],
)
def test_no_document_at_all(content: bytes, words: str) -> None:
    (finding,) = TARGET.validate({"pipeline.yaml": content})
    assert words in finding.what
    assert finding.file == "pipeline.yaml"


def test_a_document_beyond_the_limit_is_found() -> None:
    spec, document = ours()
    text = spec["root"]["dag"]["tasks"]["heavy"]["inputs"]["parameters"]["none"]["runtimeValue"]
    text["constant"] = "=" + "x" * 800_000
    assert any("the cluster takes" in finding.what for finding in findings(spec, document))
