"""The commands of the README, against a service that keeps what it is given."""

from __future__ import annotations

import json
import shlex
from typing import Any

import boto3
import pytest
from moto import mock_aws
from sagemaker import pipelines
from sagemaker.pipelines import ROLE

from millpond.backends.sagemaker import TARGET
from millpond.compiler.contract.target import Emission


def commands(emission: Emission) -> dict[str, dict[str, str]]:
    """The options of every `aws` command in the README, by subcommand."""
    found: dict[str, dict[str, str]] = {}
    for block in emission.next_steps.split("```sh\n")[1:]:
        words = shlex.split(block.split("\n```")[0].replace("\\\n", " "))
        assert words[0] == "aws"
        start = next(n for n, word in enumerate(words) if word.startswith("--"))
        found[words[start - 1]] = dict(zip(words[start::2], words[start + 1 :: 2], strict=False))
    return found


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("sagemaker", region_name="eu-central-1")


def test_create_update_start_describe(client: Any) -> None:
    emission, _ = TARGET.emit(pipelines.everything())
    assert emission is not None
    options = commands(emission)["create-pipeline"]
    definition = emission.files["pipeline.json"].decode()
    assert options["--pipeline-definition"] == "file://pipeline.json"
    assert options["--role-arn"] == ROLE
    name = options["--pipeline-name"]
    parallel = options["--parallelism-configuration"].split("=")
    client.create_pipeline(
        PipelineName=name,
        PipelineDisplayName=name,
        PipelineDefinition=definition,
        PipelineDescription=options["--pipeline-description"],
        ClientRequestToken="t" * 32,
        RoleArn=options["--role-arn"],
        Tags=json.loads(options["--tags"]),
        ParallelismConfiguration={parallel[0]: int(parallel[1])},
    )
    client.update_pipeline(PipelineName=name, PipelineDefinition=definition)
    started = client.start_pipeline_execution(
        PipelineName=name,
        PipelineParameters=[{"Name": "source", "Value": "x"}],
        ClientRequestToken="t" * 32,
    )
    described = client.describe_pipeline(PipelineName=name)
    assert json.loads(described["PipelineDefinition"]) == json.loads(definition)
    arn = started["PipelineExecutionArn"]
    execution = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert execution["PipelineArn"] == described["PipelineArn"]


def test_the_schedule_names_the_pipeline_as_its_arn_does() -> None:
    emission, _ = TARGET.emit(pipelines.everything())
    assert emission is not None
    options = commands(emission)["create-schedule"]
    assert options["--schedule-expression"] == "cron(30 6 ? * MON-FRI *)"
    assert options["--schedule-expression-timezone"] == "Europe/Berlin"
    target = json.loads(options["--target"])
    assert target["Arn"].endswith(":pipeline/every-thing-2")
    given = target["SageMakerPipelineParameters"]["PipelineParameterList"]
    assert [parameter["Name"] for parameter in given] == ["source"]
