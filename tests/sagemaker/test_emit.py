"""What is written: the goldens, the same bytes everywhere, how values travel, limits, refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sagemaker import pipelines
from sagemaker.pipelines import ARTIFACTS, IMAGE, job, parameter, pipeline

from millpond.backends.sagemaker import TARGET
from millpond.compiler.contract.job import Bound, Constant, FromJob, FromParameter, Pipeline
from millpond.compiler.contract.target import Emission, Target
from millpond.compiler.diagnostics.diagnostic import Diagnostic
from millpond.compiler.ir.settings import Resources, SecretRef
from millpond.compiler.ir.values import Json
from millpond.compiler.types import types

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = {"flights": pipelines.flights, "everything": pipelines.everything}
LIMIT = 1_048_576


def emitted(made: Pipeline) -> Emission:
    emission, diagnostics = TARGET.emit(made)
    assert emission is not None, diagnostics
    assert diagnostics == []
    return emission


def definition(made: Pipeline) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(emitted(made).files["pipeline.json"])
    return found


def steps(made: Pipeline) -> dict[str, Any]:
    return {step["Name"]: step for step in definition(made)["Steps"]}


def arguments(made: Pipeline, step: str) -> list[Any]:
    found: list[Any] = steps(made)[step]["Arguments"]["AppSpecification"]["ContainerArguments"]
    return found


def refused(made: Pipeline) -> list[Diagnostic]:
    emission, diagnostics = TARGET.emit(made)
    assert emission is None
    return diagnostics


def one(bound: Bound, name: str = "x") -> Pipeline:
    return pipeline(
        job("a"),
        job("b", {name: bound}, ("a",)),
        parameters=(parameter("p", types.STRING, "v"),),
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden(name: str) -> None:
    """`MILLPOND_GOLDEN=write` writes them anew; the difference is to be read."""
    emission = emitted(EXAMPLES[name]())
    written = {f"{name}.json": emission.files["pipeline.json"].decode()}
    written[f"{name}.md"] = emission.next_steps
    for file, text in written.items():
        path = GOLDEN / file
        if os.environ.get("MILLPOND_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")


def test_it_is_a_target() -> None:
    target: Target = TARGET
    assert (target.kind, target.title) == ("sagemaker", "SageMaker")


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    code = (
        "import sys\nfrom sagemaker import pipelines\n"
        "from millpond.backends.sagemaker import TARGET\n"
        "e, _ = TARGET.emit(pipelines.everything())\n"
        "sys.stdout.buffer.write(e.files['pipeline.json'] + e.next_steps.encode())"
    )
    tests = str(Path(__file__).parents[1])
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": tests, "PATH": os.environ["PATH"]},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(found) == 1


def test_importing_the_target_is_light() -> None:
    code = (
        "import sys, millpond.backends.sagemaker\n"
        "heavy = {'boto3', 'botocore', 'pydantic', 'networkx', 'yaml'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- values ---------------------------------------------------------------------------------


def test_constants_stand_as_they_are() -> None:
    assert arguments(one(Constant("=400")), "b")[-1] == "--arg=x:=400"


def test_an_empty_text_makes_no_empty_argument() -> None:
    assert arguments(one(Constant("=")), "b")[-1] == "--arg=x:="


def test_a_long_text_goes_on_in_more_entries() -> None:
    text = "=" + "äöü" * 200
    parts = arguments(one(Constant(text)), "b")[5:]
    assert all(1 <= len(part) <= 256 for part in parts)
    assert len(parts) == 3
    assert (
        parts[0].removeprefix("--arg=x:")
        + "".join(part.removeprefix("--more=") for part in parts[1:])
        == text
    )


def test_characters_beyond_the_plane_count_twice() -> None:
    parts = arguments(one(Constant("=" + "🦆" * 300)), "b")[5:]
    assert all(len(part.encode("utf-16-le")) // 2 <= 256 for part in parts)
    assert sum(part.count("🦆") for part in parts) == 300


def test_a_parameter_is_joined_at_run_time() -> None:
    value = {"Get": "Parameters.p"}
    join = {"Std:Join": {"On": "", "Values": ["--arg=x:=", value]}}
    assert arguments(one(FromParameter("p")), "b")[-1] == join


def test_a_result_is_read_from_the_property_file() -> None:
    read = {"PropertyFile": {"Get": "Steps.a.PropertyFiles.result"}, "Path": "result"}
    join = {"Std:Join": {"On": "", "Values": ["--arg=x:@", {"Std:JsonGet": read}, "#m.auc"]}}
    assert arguments(one(FromJob("a", "m.auc")), "b")[-1] == join


def test_a_long_path_leaves_room_for_the_digest() -> None:
    *_, first, second = arguments(one(FromJob("a", "field." * 35 + "auc"), "long_name" * 5), "b")
    assert first["Std:Join"]["Values"][0] == "--arg=" + "long_name" * 5 + ":@"
    assert second.startswith("--more=")
    text = first["Std:Join"]["Values"][2] + second.removeprefix("--more=")
    assert text == "#" + "field." * 35 + "auc"


def test_only_order_without_data_is_written_down() -> None:
    found = steps(pipeline(job("a"), job("b"), job("c", {"x": FromJob("a", "y")}, ("a", "b"))))
    assert found["c"]["DependsOn"] == ["b"]
    assert "DependsOn" not in found["a"]


@pytest.mark.parametrize(
    ("type_", "default", "written"),
    [
        (types.INT, 5, {"Type": "Integer", "DefaultValue": 5}),
        (types.INT, str(2**60), {"Type": "String", "DefaultValue": str(2**60)}),
        (types.FLOAT, 1, {"Type": "Float", "DefaultValue": 1.0}),
        (types.BOOL, False,
         {"Type": "String", "DefaultValue": "false", "EnumValues": ["true", "false"]}),
        (types.STRING, "", {"Type": "String", "DefaultValue": ""}),
        (types.STRING, None, {"Type": "String"}),
        (types.DATE, "2026-11-22", {"Type": "String", "DefaultValue": "2026-11-22"}),
        (types.DURATION, 5400, {"Type": "String", "DefaultValue": "90m"}),
        (types.EnumOf(("a", "b")), "b",
         {"Type": "String", "DefaultValue": "b", "EnumValues": ["a", "b"]}),
        (types.ListOf(types.INT), [1, 2], {"Type": "String", "DefaultValue": "[1,2]"}),
        (types.Optional(types.INT), None, {"Type": "String", "DefaultValue": "~"}),
        (types.Optional(types.INT), 3, {"Type": "String", "DefaultValue": "=3"}),
    ],
)  # fmt: skip
def test_parameters(type_: types.Type, default: Json, written: dict[str, object]) -> None:
    made = pipeline(
        job("a", {"p": FromParameter("p")}), parameters=(parameter("p", type_, default),)
    )
    assert definition(made)["Parameters"] == [{"Name": "p", **written}]
    [prefix, _] = arguments(made, "a")[-1]["Std:Join"]["Values"]
    assert prefix == ("--arg=p:" if isinstance(type_, types.Optional) else "--arg=p:=")


# ---- steps ----------------------------------------------------------------------------------


def test_names_become_legal_and_stay_apart() -> None:
    odd = ("a_b", "a.b", "a-b", "_", "x" * 200, "Ünïcode")
    found = list(steps(pipeline(*(job(name) for name in odd))))
    assert len(set(found)) == len(odd)
    assert TARGET.validate(emitted(pipeline(*(job(name) for name in odd))).files) == []


def test_infrastructure_is_retried_and_nothing_else() -> None:
    [policy] = steps(pipeline(job("a", infrastructure_attempts=3)))["a"]["RetryPolicies"]
    assert policy["MaxAttempts"] == 2
    assert all(fault.startswith("SageMaker.") for fault in policy["ExceptionType"])
    assert "RetryPolicies" not in steps(pipeline(job("a")))["a"]


@pytest.mark.parametrize(("deadline", "seconds"), [(None, 777_600), (0.2, 1), (60.5, 61)])
def test_stopping_condition(deadline: float | None, seconds: int) -> None:
    found = steps(pipeline(job("a", deadline=deadline)))["a"]["Arguments"]["StoppingCondition"]
    assert found == {"MaxRuntimeInSeconds": seconds}


def test_a_secret_is_named_and_never_written() -> None:
    secret = SecretRef("TOKEN", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:t-Ab1")
    step = steps(pipeline(job("a", secrets=(secret,))))["a"]
    assert step["Arguments"]["Environment"] == {"MLP_SECRET_TOKEN": secret.name}


def test_steps_are_never_cached_by_sagemaker() -> None:
    assert b"CacheConfig" not in emitted(pipelines.everything()).files["pipeline.json"]


def test_own_disks_take_no_key() -> None:
    found = steps(
        pipeline(
            job("a", settings=(("instance", "ml.g5.xlarge"),)),
            job("b"),
            settings={"volume_key": "alias/k"},
        )
    )
    clusters = [
        step["Arguments"]["ProcessingResources"]["ClusterConfig"] for step in found.values()
    ]
    assert ["VolumeKmsKeyId" in cluster for cluster in clusters] == [False, True]


def test_a_named_instance_with_too_little_is_noted() -> None:
    made = pipeline(
        job("a", resources=Resources(memory=10**12), settings=(("instance", "ml.m5.large"),))
    )
    [note] = emitted(made).notes
    assert "`a` asks for more" in note
    assert "ml.m5.large (2 cpu, 8 GiB)" in note


def test_more_retries_than_there_can_be_are_noted() -> None:
    [note] = emitted(pipeline(job("a", infrastructure_attempts=40))).notes
    assert "20 times at most" in note


def test_images_from_elsewhere_are_noted() -> None:
    [note] = emitted(pipeline(job("a", image="python:3.12-slim"))).notes
    assert "python:3.12-slim" in note
    assert emitted(pipeline(job("a"))).notes == ()


# ---- sizes ----------------------------------------------------------------------------------


def test_long_definitions_are_written_without_white_space() -> None:
    emission = emitted(pipelines.chain(500))
    [size] = emission.sizes
    content = emission.files["pipeline.json"]
    assert len(content) == size.actual <= LIMIT
    assert b"\n" not in content


def test_a_thousand_steps_are_refused_with_what_takes_the_room() -> None:
    [found] = refused(pipelines.chain(1000))
    assert found.code == "MLP0908"
    assert "SageMaker takes 1,048,576" in found.message
    assert "1,000 steps take" in found.notes[0]


# ---- refusals -------------------------------------------------------------------------------


def _wrong() -> Iterator[tuple[str, Pipeline, str]]:
    good = pipeline(job("a"))
    yield "MLP0909", pipeline(job("a"), settings={"role": "admin"}), "ARN of an IAM role"
    yield "MLP0909", replace(good, artifacts="gs://b/x"), "S3 bucket"
    yield "MLP0909", replace(good, artifacts="s3://Bad_Bucket/x"), "S3 bucket"
    yield "MLP0909", pipeline(job("a"), settings={"subnets": ["subnet-1"]}), "`security_groups`"
    yield (
        "MLP0909",
        pipeline(job("a"), settings={"subnets": ["a b"], "security_groups": ["sg-1"]}),
        "ids in `subnets`",
    )
    yield "MLP0909", pipeline(job("a"), settings={"volume_key": "a key"}), "KMS key"
    yield "MLP0903", replace(good, artifacts=f"{ARTIFACTS}/{'x' * 300}"), "`artifacts` folder"
    yield "MLP0903", replace(good, labels=(("a\tb{", "x"),)), "as a tag"
    yield "MLP0903", replace(good, labels=(("aws:x", "x"),)), "as a tag"
    many = tuple((f"k{number}", "v") for number in range(51))
    yield "MLP0903", replace(good, labels=many), "51 labels"
    yield "MLP0903", pipeline(job("a", deadline=777_601.0)), "for 9.0 days"
    yield "MLP0903", pipeline(job("a", image=IMAGE + "x" * 200)), "image name"
    wide = {f"x{number}": Constant("=1") for number in range(96)}
    yield "MLP0903", pipeline(job("a", dict(wide))), "101 arguments"
    yield "MLP0903", one(Constant("=two\nlines")), "several lines"
    yield "MLP0903", one(Constant("=1"), "n" * 260), "260 characters"
    yield "MLP0903", pipeline(job("n" * 250)), "node id of 250 characters"
    yield "MLP0907", pipeline(job("a", settings=(("instance", "ml.m5.big"),))), "ml.m5.big"
    yield "MLP0907", pipeline(job("a", resources=Resources(cpu=1000))), "1000 cpu"
    yield "MLP0907", pipeline(job("a", settings=(("volume", 10**14),))), "100,000 GB"
    small = (("instance", "ml.g4dn.xlarge"), ("volume", 10**12))
    yield "MLP0907", pipeline(job("a", settings=small)), "125 GB of disk"
    for default, message in (("two\nlines", "several lines"), ("x" * 300, "300 characters")):
        p = parameter("p", types.STRING, default)
        yield "MLP0903", pipeline(job("a", {"p": FromParameter("p")}), parameters=(p,)), message


@pytest.mark.parametrize(("code", "made", "message"), list(_wrong()))
def test_refusals(code: str, made: Pipeline, message: str) -> None:
    [found] = refused(made)
    assert found.code == code
    assert message in found.message
    assert found.span == pipelines.SPAN
    assert found.help


def test_several_mistakes_are_told_at_once() -> None:
    made = pipeline(
        job("a", resources=Resources(cpu=1000), deadline=10.0**9), settings={"role": "admin"}
    )
    assert [found.code for found in refused(made)] == ["MLP0909", "MLP0907", "MLP0903"]
