"""The pipeline's definition: one Processing step per job, the edges as ids of results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...compiler.contract.job import FromJob, Job, Pipeline
from ...runtime.secrets import ELSEWHERE
from ..documents import Document
from .arguments import OUTPUT_FOLDER, RESULT_FILE, Arguments
from .limits import RETRIES, RUN_TIME
from .names import Names
from .options import Machine, Options
from .parameters import definition as parameter_definition
from .references import EXECUTION, RESULT, joined

VERSION: Final = "2020-12-01"
CODE_FOLDER: Final = "/opt/ml/processing/input/code"

# Faults of the service and throttling are retried by Pipelines itself, unless a policy names them.
_INFRASTRUCTURE: Final = (
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """All that the steps of a definition are made of; arguments and machines by job id."""

    names: Names
    options: Options
    arguments: Mapping[str, Arguments]
    machines: Mapping[str, Machine]


def definition(pipeline: Pipeline, setup: Setup) -> dict[str, Document]:
    """The document; total, as everything impossible was refused before."""
    return {
        "Version": VERSION,
        "Metadata": {},
        "Parameters": [
            parameter_definition(parameter, setup.names.parameters[parameter.name])
            for parameter in pipeline.parameters
        ],
        # Null keeps SageMaker from filing every step as a trial of an experiment.
        "PipelineExperimentConfig": None,
        "Steps": [_step(job, pipeline, setup) for job in pipeline.jobs],
    }


def _step(job: Job, pipeline: Pipeline, setup: Setup) -> Document:
    step: dict[str, Document] = {
        "Name": setup.names.steps[job.id],
        "Type": "Processing",
        "Arguments": _arguments(job, pipeline, setup),
    }
    # A step waits for every step that it reads from without being told to.
    producers = {bound.job for _, bound in job.inputs if isinstance(bound, FromJob)}
    if waits := [setup.names.steps[need] for need in job.needs if need not in producers]:
        step["DependsOn"] = [*waits]
    step["PropertyFiles"] = [
        {"PropertyFileName": RESULT, "OutputName": RESULT, "FilePath": RESULT_FILE}
    ]
    if job.infrastructure_attempts > 1:
        step["RetryPolicies"] = [
            {
                "ExceptionType": [*_INFRASTRUCTURE],
                "IntervalSeconds": 30,
                "BackoffRate": 2.0,
                "MaxAttempts": min(job.infrastructure_attempts - 1, RETRIES),
            }
        ]
    return step


def _arguments(job: Job, pipeline: Pipeline, setup: Setup) -> Document:
    """The request of the Processing job, except for its name, which Pipelines makes up."""
    archive = f"{CODE_FOLDER}/{job.bundle}.zip"
    runs = joined(f"{pipeline.store}/runs", EXECUTION, setup.names.steps[job.id], on="/")
    request: dict[str, Document] = {
        "ProcessingResources": {"ClusterConfig": _cluster(setup.machines[job.id], setup.options)},
        "AppSpecification": {
            "ImageUri": job.image,
            "ContainerEntrypoint": ["python3", archive],
            "ContainerArguments": [entry.document() for entry in setup.arguments[job.id]],
        },
        "RoleArn": setup.options.role,
        "ProcessingInputs": [
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": pipeline.code_url(job.bundle),
                    "LocalPath": CODE_FOLDER,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": RESULT,
                    "S3Output": {
                        "S3Uri": runs,
                        "LocalPath": OUTPUT_FOLDER,
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        # Without it SageMaker ends a job after a day.
        "StoppingCondition": {"MaxRuntimeInSeconds": run_time(job)},
    }
    if job.secrets:
        request["Environment"] = {
            f"{ELSEWHERE}{secret.variable}": secret.name for secret in job.secrets
        }
    if network := _network(setup.options):
        request["NetworkConfig"] = network
    if tags := labels(pipeline):
        request["Tags"] = [{"Key": key, "Value": value} for key, value in tags]
    return request


def run_time(job: Job) -> int:
    """The seconds after which SageMaker ends a job."""
    return RUN_TIME if job.deadline is None else max(1, math.ceil(job.deadline))


def labels(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    """Labels and owner as tags."""
    owner = (("owner", pipeline.owner),) if pipeline.owner is not None else ()
    return tuple(dict((*pipeline.labels, *owner)).items())


def _cluster(machine: Machine, options: Options) -> Document:
    cluster: dict[str, Document] = {
        "InstanceType": machine.instance.name,
        "InstanceCount": 1,
        "VolumeSizeInGB": machine.volume,
    }
    # Disks of the instance are encrypted by its own hardware; SageMaker refuses a key for them.
    if options.volume_key is not None and machine.instance.disk is None:
        cluster["VolumeKmsKeyId"] = options.volume_key
    return cluster


def _network(options: Options) -> Document:
    network: dict[str, Document] = {}
    if options.encrypt_traffic:
        network["EnableInterContainerTrafficEncryption"] = True
    if options.subnets:
        network["VpcConfig"] = {
            "SecurityGroupIds": [*options.security_groups],
            "Subnets": [*options.subnets],
        }
    return network
