"""Every planted fault is found, and nothing is found where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sagemaker import pipelines

from millpond.backends.sagemaker import TARGET
from millpond.compiler.contract.target import Finding

Object = dict[str, Any]
Fault = Callable[[Object], object]

RICH = Path(__file__).parent / "rich.json"


def findings(document: Object) -> list[Finding]:
    return TARGET.validate({"pipeline.json": json.dumps(document).encode()})


@cache
def _ours() -> Object:
    emission, _ = TARGET.emit(pipelines.everything())
    assert emission is not None
    return dict(json.loads(emission.files["pipeline.json"]))


def ours() -> Object:
    return deepcopy(_ours())


def rich() -> Object:
    return dict(json.loads(RICH.read_bytes()))


def test_what_the_sdk_writes_has_no_findings() -> None:
    """A ForEach, a Condition, a Fail, a Lambda, property files, caching: all that we read."""
    assert findings(rich()) == []


@pytest.mark.parametrize("made", [pipelines.flights, pipelines.everything])
def test_what_we_write_has_no_findings(made: Callable[[], Any]) -> None:
    emission, _ = TARGET.emit(made())
    assert emission is not None
    assert TARGET.validate(emission.files) == []


def test_long_definitions_have_no_findings() -> None:
    emission, _ = TARGET.emit(pipelines.chain(500))
    assert emission is not None
    assert TARGET.validate(emission.files) == []


def test_other_files_are_none_of_its_business() -> None:
    assert TARGET.validate({"README.md": b"{", "manifest.json": b"{}"}) == []


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"a": 1, "a": 2}', b'{"a": NaN}'])
def test_what_is_no_document(content: bytes) -> None:
    [found] = TARGET.validate({"pipeline.json": content})
    assert found.what.startswith("this is no JSON")


def test_more_than_the_service_takes() -> None:
    document = ours() | {"Metadata": {"x": "y" * 1_048_576}}
    assert any("1,048,576 is the most" in found.what for found in findings(document))


# ---- planted faults -------------------------------------------------------------------------


def step(document: Object, name: str) -> Object:
    found: Object = next(one for one in document["Steps"] if one["Name"] == name)
    return found


def request(document: Object, name: str = "heavy") -> Object:
    found: Object = step(document, name)["Arguments"]
    return found


def application(document: Object, name: str = "heavy") -> Object:
    found: Object = request(document, name)["AppSpecification"]
    return found


def cluster(document: Object) -> Object:
    found: Object = request(document)["ProcessingResources"]["ClusterConfig"]
    return found


def joins(document: Object) -> list[Object]:
    arguments = application(document)["ContainerArguments"]
    return [entry["Std:Join"] for entry in arguments if isinstance(entry, dict)]


def put(target: Object, **values: object) -> None:
    target.update(values)


def read(document: Object) -> Object:
    """The read of a result in the arguments of `heavy`."""
    found: Object = next(
        value["Std:JsonGet"]
        for join in joins(document)
        for value in join["Values"]
        if isinstance(value, dict) and "Std:JsonGet" in value
    )
    return found


FAULTS: dict[str, tuple[Fault, str]] = {
    "version": (lambda d: put(d, Version="2021-01-01"), "2020-12-01"),
    "top key": (lambda d: put(d, Step=[]), "no `Step`"),
    "no steps": (lambda d: put(d, Steps=[]), "at least one step"),
    "unknown type": (lambda d: put(step(d, "heavy"), Type="Procesing"), "called `Procesing`"),
    "step key": (lambda d: put(step(d, "heavy"), Dependson=[]), "no `Dependson`"),
    "no arguments": (lambda d: step(d, "outputs").pop("Arguments"), "`Arguments` is missing"),
    "step name": (lambda d: put(step(d, "big"), Name="big_one"), "no name for a step"),
    "name twice": (lambda d: put(step(d, "outputs"), Name="big"), "two steps are called `big`"),
    "typo": (lambda d: put(request(d), RoleARN="x"), "no `RoleARN`"),
    "missing member": (lambda d: request(d).pop("RoleArn"), "`RoleArn` is missing"),
    "job name": (lambda d: put(request(d), ProcessingJobName="x"), "makes this up itself"),
    "role": (lambda d: put(request(d), RoleArn="arn:aws:iam::1:role/x-y-z"), "does not match"),
    "instance type": (lambda d: put(cluster(d), InstanceType="ml.m5.huge"), "`ml.m5.huge`"),
    "instance count": (lambda d: put(cluster(d), InstanceCount=0), "1 is the least"),
    "count as text": (lambda d: put(cluster(d), InstanceCount="1"), "a number"),
    "volume": (lambda d: put(cluster(d), VolumeSizeInGB=20_000), "16,384 is the most"),
    "volume from a float": (
        lambda d: put(cluster(d), VolumeSizeInGB={"Get": "Parameters.rate"}), "gives a float",
    ),
    "list from the run": (
        lambda d: put(request(d), ProcessingInputs={"Get": "Parameters.source"}),
        "cannot come from the run",
    ),
    "run time": (
        lambda d: put(request(d), StoppingCondition={"MaxRuntimeInSeconds": 777_601}),
        "777,600 is the most",
    ),
    "image": (lambda d: put(application(d), ImageUri="x" * 256), "255 is the most"),
    "no argument": (lambda d: put(application(d), ContainerArguments=[]), "1 is the least"),
    "101 arguments": (
        lambda d: put(application(d), ContainerArguments=["x"] * 101), "100 is the most",
    ),
    "empty argument": (lambda d: put(application(d), ContainerArguments=[""]), "may not be empty"),
    "long argument": (lambda d: put(application(d), ContainerArguments=["x" * 257]), "257"),
    "lines": (lambda d: put(application(d), ContainerArguments=["a\nb"]), "does not match"),
    "number as argument": (lambda d: put(application(d), ContainerArguments=[1]), "a text"),
    "long join": (lambda d: joins(d)[0]["Values"].append("x" * 256), "the fixed part alone"),
    "lines in a join": (lambda d: joins(d)[0]["Values"].append("a\nb"), "line breaks"),
    "empty join": (lambda d: put(joins(d)[0], Values=[]), "at least one value"),
    "join without On": (lambda d: joins(d)[0].pop("On"), "`On` and `Values`"),
    "join of a list": (lambda d: joins(d)[0]["Values"].append([]), "can be joined"),
    "two functions": (
        lambda d: application(d)["ContainerArguments"][-1].update({"Get": "Parameters.rows"}),
        "a function stands alone",
    ),
    "parameter": (
        lambda d: joins(d)[0]["Values"].append({"Get": "Parameters.rowz"}), "no parameter `rowz`",
    ),
    "execution": (
        lambda d: joins(d)[0]["Values"].append({"Get": "Execution.Id"}), "an execution has no `Id`",
    ),
    "nonsense": (lambda d: joins(d)[0]["Values"].append({"Get": "rows"}), "names neither"),
    "loop variable": (
        lambda d: joins(d)[0]["Values"].append({"Get": "ForEach.CurrentItem"}), "no ForEach around",
    ),
    "result of no step": (
        lambda d: put(read(d)["PropertyFile"], Get="Steps.lod.PropertyFiles.result"),
        "there is no step `lod`",
    ),
    "no such property file": (
        lambda d: put(read(d)["PropertyFile"], Get="Steps.big.PropertyFiles.r"),
        "no property file `r`",
    ),
    "no path": (lambda d: put(read(d), Path=""), "a path into the property file"),
    "property": (
        lambda d: joins(d)[0]["Values"].append({"Get": "Steps.entry.ProcessingJobStatuz"}),
        "no `ProcessingJobStatuz`",
    ),
    "no scalar": (
        lambda d: joins(d)[0]["Values"].append({"Get": "Steps.entry.AppSpecification"}),
        "no single value",
    ),
    "no output": (
        lambda d: joins(d)[0]["Values"].append(
            {"Get": "Steps.entry.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"}
        ),
        "no output `o`",
    ),
    "order": (lambda d: put(step(d, "big"), DependsOn=["havy"]), "there is no step `havy`"),
    "itself": (lambda d: put(step(d, "big"), DependsOn=["big"]), "waits for itself"),
    "circle": (lambda d: put(step(d, "entry"), DependsOn=["outputs"]), "a circle"),
    "trigger": (
        lambda d: put(step(d, "big"), DependsOn=[{"Step": "heavy", "Trigger": "Never"}]),
        "no trigger `Never`",
    ),
    "output of a property file": (
        lambda d: put(step(d, "big")["PropertyFiles"][0], OutputName="o"), "has no output `o`",
    ),
    "fault": (
        lambda d: put(step(d, "heavy")["RetryPolicies"][0], ExceptionType=["MY_CODE"]),
        "no fault `MY_CODE`",
    ),
    "retries": (
        lambda d: put(step(d, "heavy")["RetryPolicies"][0], MaxAttempts=21), "`MaxAttempts`",
    ),
    "environment": (lambda d: put(request(d), Environment={"A": "x" * 257}), "256 is the most"),
    "variable": (lambda d: put(request(d), Environment={"1A": "x"}), "does not match"),
    "many variables": (
        lambda d: put(request(d), Environment={f"A{n}": "x" for n in range(101)}),
        "100 is the most",
    ),
    "uri": (
        lambda d: put(request(d)["ProcessingInputs"][0]["S3Input"], S3Uri="gs://b/x"),
        "does not match",
    ),
    "local path": (
        lambda d: put(request(d)["ProcessingInputs"][0]["S3Input"], LocalPath="/data"),
        "does not lie in /opt/ml/processing",
    ),
    "two at one place": (
        lambda d: request(d)["ProcessingInputs"].append(
            {**deepcopy(request(d)["ProcessingInputs"][0]), "InputName": "more"}
        ),
        "two are put at",
    ),
    "eleven inputs": (
        lambda d: put(
            request(d), ProcessingInputs=[{"InputName": str(number)} for number in range(11)]
        ),
        "10 is the most",
    ),
    "parameter twice": (
        lambda d: d["Parameters"].append(d["Parameters"][0]), "two parameters are called",
    ),
    "type of a parameter": (lambda d: put(d["Parameters"][0], Type="Int"), "no type `Int`"),
    "default": (lambda d: put(d["Parameters"][1], DefaultValue="5"), "is no Integer"),
    "closed set": (lambda d: put(d["Parameters"][8], DefaultValue="lead"), "none of its values"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault(name: str) -> None:
    plant, words = FAULTS[name]
    document = ours()
    plant(document)
    assert any(words in found.what for found in findings(document)), findings(document)


RICH_FAULTS: dict[str, tuple[Fault, str]] = {
    "branch within a loop": (
        lambda d: step(d, "Each")["Arguments"]["ForEachBody"].append(step(d, "Gate")),
        "can hold no Condition",
    ),
    "name of a nested step": (
        lambda d: put(step(d, "Gate")["Arguments"]["IfSteps"][0], Name="Ingest"),
        "two steps are called `Ingest`",
    ),
    "fault in a nested step": (
        lambda d: put(
            step(d, "Gate")["Arguments"]["IfSteps"][0]["Arguments"], RoleArn={"Get": "Parameters.R"}
        ),
        "no parameter `R`",
    ),
    "condition": (
        lambda d: put(step(d, "Gate")["Arguments"]["Conditions"][0], Type="Greater"),
        "no condition `Greater`",
    ),
    "message": (
        lambda d: step(d, "Gate")["Arguments"]["ElseSteps"][0]["Arguments"].clear(),
        "`ErrorMessage` is missing",
    ),
    "items": (
        lambda d: put(step(d, "Each")["Arguments"], IterableItems=["x"] * 101), "100 is the most",
    ),
    "concurrency": (
        lambda d: put(step(d, "Each")["Arguments"], MaxConcurrency=51), "between 1 and 50",
    ),
    "function": (lambda d: step(d, "Notify").pop("FunctionArn"), "`FunctionArn` is missing"),
    "property file": (
        lambda d: put(
            step(d, "Gate")["Arguments"]["Conditions"][0]["LeftValue"]["Std:JsonGet"][
                "PropertyFile"
            ],
            Get="Steps.Eval.PropertyFiles.n",
        ),
        "no property file `n`",
    ),
    "circle through a branch": (
        lambda d: put(step(d, "Eval"), DependsOn=["Deploy"]), "a circle",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RICH_FAULTS)
def test_planted_fault_where_steps_hold_steps(name: str) -> None:
    plant, words = RICH_FAULTS[name]
    document = rich()
    plant(document)
    assert any(words in found.what for found in findings(document)), findings(document)
