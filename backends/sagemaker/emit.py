"""Emits a pipeline: refuses what cannot be carried, writes `pipeline.json`, weighs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, cast

from ...compiler.contract.job import Job, JobKind, Pipeline
from ...compiler.contract.target import Emission, Size
from ...compiler.diagnostics.diagnostic import Diagnostic, error
from ..documents import Document, to_json
from .arguments import Arguments, arguments
from .definition import Setup, definition
from .limits import DEFINITION, RETRIES, length
from .names import names_of
from .options import Machine, falls_short, machine, options
from .refusals import job_refusals, parameter_refusals, pipeline_refusals
from .submit import next_steps

FILE: Final = "pipeline.json"
_ECR: Final = re.compile(r"\d{12}\.dkr[.-]ecr[.-][a-z0-9-]+\.(?:amazonaws|on)\.[a-z.]+/.+")


def emit(pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
    """The document and how to submit it, or why there is none."""
    names = names_of(pipeline)
    parameters = {parameter.name: parameter for parameter in pipeline.parameters}
    chosen, problems = options(pipeline)
    problems += pipeline_refusals(pipeline)
    commands: dict[str, Arguments] = {}
    machines: dict[str, Machine] = {}
    for job in pipeline.jobs:
        commands[job.id] = arguments(job, pipeline, names, parameters)
        found = machine(job)
        if isinstance(found, Machine):
            machines[job.id] = found
        else:
            problems.append(found)
        problems += job_refusals(job, commands[job.id])
    problems += parameter_refusals(pipeline, commands.values())
    if problems:
        return None, problems
    document = definition(pipeline, Setup(names, chosen, commands, machines))
    content, size = _written(document)
    if size > DEFINITION:
        return None, [_too_large(pipeline, document, size)]
    return (
        Emission(
            files={FILE: content},
            next_steps=next_steps(pipeline, names, chosen, commands.values()),
            sizes=(Size(FILE, size, DEFINITION, "characters"),),
            notes=tuple(_notes(pipeline, machines)),
            machines={job: machine.instance.name for job, machine in machines.items()},
        ),
        [],
    )


def _written(document: dict[str, Document]) -> tuple[bytes, int]:
    """The definition for people to read, or without white space where that is too long."""
    content = to_json(document)
    if length(content.decode()) > DEFINITION:
        content = to_json(document, compact=True)
    return content, length(content.decode())


def _too_large(pipeline: Pipeline, document: dict[str, Document], size: int) -> Diagnostic:
    steps = cast("list[dict[str, dict[str, dict[str, Document]]]]", document["Steps"])
    commands = sum(
        _weight(step["Arguments"]["AppSpecification"]["ContainerArguments"]) for step in steps
    )
    all_steps = _weight(document["Steps"])
    return error(
        "MLP0908",
        f"the compiled pipeline is {size:,} characters, SageMaker takes {DEFINITION:,}",
        pipeline.span,
        "compiled for this target",
        notes=[
            f"{len(steps):,} steps take {all_steps:,}, {commands:,} of these their arguments; "
            f"{len(pipeline.parameters)} parameters take {_weight(document['Parameters']):,}"
        ],
        help=[
            "split the pipeline; the second reads what the first has stored",
            "move long texts into files: `file(…)`",
        ],
    )


def _weight(part: object) -> int:
    return length(json.dumps(part, ensure_ascii=False, separators=(",", ":")))


def _notes(pipeline: Pipeline, machines: dict[str, Machine]) -> Iterator[str]:
    for image in dict.fromkeys(job.image for job in pipeline.jobs):
        if not _ECR.fullmatch(image):
            yield (
                f"SageMaker pulls images from Amazon ECR only: copy `{image}` there and name the "
                "copy in `environment`"
            )
    if any(job.infrastructure_attempts - 1 > RETRIES for job in pipeline.jobs):
        yield f"SageMaker starts a job again {RETRIES} times at most; some steps ask for more"
    for job in pipeline.jobs:
        if job.kind is JobKind.TASK and falls_short(job, machines[job.id].instance):
            yield _short(job, machines[job.id])


def _short(job: Job, chosen: Machine) -> str:
    return f"`{job.label}` asks for more than the instance named for it has: {chosen.instance}"
