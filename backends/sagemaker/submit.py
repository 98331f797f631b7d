"""The commands that create, start and schedule what was written, as Markdown."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator

from ...compiler.contract.job import Pipeline
from ...compiler.types.types import show
from .arguments import Arguments
from .definition import labels
from .names import Names
from .options import Options
from .parameters import is_text, is_whole
from .refusals import room_of_parameters
from .schedule import cron_expressions


def next_steps(
    pipeline: Pipeline, names: Names, chosen: Options, commands: Iterable[Arguments]
) -> str:
    """What to do with the files: upload, create, start, schedule."""
    paragraphs = [
        "Put the code where the jobs find it:",
        _shell(f"aws s3 cp --recursive code {shlex.quote(pipeline.store + '/code')}"),
        "Create the pipeline; later, `update-pipeline` with the same arguments but `--tags` puts "
        "a new definition in its place:",
        _shell(*_create(pipeline, names, chosen)),
        "Start it:",
        _shell(*_start(pipeline, names)),
        *_about_parameters(pipeline, names, room_of_parameters(commands)),
        *_schedule(pipeline, names),
        "A gate that fails ends the execution as failed; the gate's words are the last line of "
        "its step's log.",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _create(pipeline: Pipeline, names: Names, chosen: Options) -> Iterator[str]:
    yield "aws sagemaker create-pipeline"
    yield f"--pipeline-name {names.pipeline}"
    yield f"--role-arn {shlex.quote(chosen.role)}"
    yield "--pipeline-definition file://pipeline.json"
    if pipeline.doc:
        yield f"--pipeline-description {shlex.quote(' '.join(pipeline.doc.split())[:3072])}"
    if pipeline.max_parallel is not None:
        yield f"--parallelism-configuration MaxParallelExecutionSteps={pipeline.max_parallel}"
    if tags := labels(pipeline):
        written = json.dumps([{"Key": key, "Value": value} for key, value in tags])
        yield f"--tags {shlex.quote(written)}"


def _start(pipeline: Pipeline, names: Names) -> Iterator[str]:
    yield "aws sagemaker start-pipeline-execution"
    yield f"--pipeline-name {names.pipeline}"
    required = [p.name for p in pipeline.parameters if p.default is None]
    if required:
        given = " ".join(f"Name={names.parameters[name]},Value=…" for name in required)
        yield f"--pipeline-parameters {given}"


def _about_parameters(pipeline: Pipeline, names: Names, rooms: dict[str, int]) -> Iterator[str]:
    if not pipeline.parameters:
        return
    lines = ["Its parameters:", ""]
    for parameter in pipeline.parameters:
        words = [f"`{names.parameters[parameter.name]}`: {show(parameter.type)}"]
        if parameter.default is None:
            words.append("needed")
        if is_whole(parameter):
            words.append("write `=` before the value, `~` for none")
        if is_text(parameter.type) and parameter.name in rooms:
            words.append(f"{rooms[parameter.name]} characters at most, in one line")
        if parameter.doc:
            words.append(" ".join(parameter.doc.split()))
        lines.append("- " + "; ".join(words))
    yield "\n".join(lines)


def _schedule(pipeline: Pipeline, names: Names) -> Iterator[str]:
    if pipeline.schedule is None:
        return
    cron, zone = pipeline.schedule
    expressions = cron_expressions(cron)
    yield (
        f"Schedule it (`{cron}` in {zone}); ROLE may start the pipeline, REGION and ACCOUNT are "
        "those it was created in. EventBridge starts an execution even where the last one still "
        "runs:"
    )
    parameters = [
        {"Name": names.parameters[p.name], "Value": "…"}
        for p in pipeline.parameters
        if p.default is None
    ]
    target = {
        "Arn": f"arn:aws:sagemaker:REGION:ACCOUNT:pipeline/{names.pipeline.lower()}",
        "RoleArn": "ROLE",
        "SageMakerPipelineParameters": {"PipelineParameterList": parameters},
    }
    for number, expression in enumerate(expressions, start=1):
        suffix = "" if len(expressions) == 1 else f"-{number}"
        # The name of a schedule has 64 characters at most.
        yield _shell(
            "aws scheduler create-schedule",
            f"--name {names.pipeline[:60]}{suffix}",
            f"--schedule-expression {shlex.quote(expression)}",
            f"--schedule-expression-timezone {shlex.quote(zone)}",
            "--flexible-time-window Mode=OFF",
            f"--target {shlex.quote(json.dumps(target, ensure_ascii=False))}",
        )


def _shell(*words: str) -> str:
    return "```sh\n" + " \\\n  ".join(words) + "\n```"
