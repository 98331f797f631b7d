"""Emits a pipeline: refuses what cannot be carried, writes `pipeline.yaml`, weighs it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from ...compiler.contract.job import Constant, JobKind, Pipeline
from ...compiler.contract.target import Emission, Size
from ...compiler.diagnostics.diagnostic import Diagnostic, error
from ...compiler.ir.values import Json
from ...compiler.types.types import EnumOf
from ..documents import to_yaml
from ..names import RULES, legal_name, legal_names
from .parameters import is_whole
from .size import CONTROLLER_LIMIT, LIMIT, Expanded, expanded
from .specification import Specification, specification
from .text import survives

FILE: Final = "pipeline.yaml"
_SCHEMES: Final = ("s3://", "gs://", "minio://")


def emit(pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
    """The document and how to submit it, or why there is none."""
    refused = list(_refused(pipeline))
    if refused:
        return None, refused
    made = specification(pipeline)
    documents = [made.pipeline] if made.platform is None else [made.pipeline, made.platform]
    weight = expanded(made.pipeline, made.platform or {})
    if weight.total > LIMIT:
        return None, [_too_large(pipeline, made, weight)]
    content = to_yaml(*documents)
    emission = Emission(
        files={FILE: content},
        next_steps=_next_steps(pipeline),
        sizes=(
            Size("pipeline.yaml", len(content), None),
            Size("the workflow that Kubeflow makes of it", weight.total, LIMIT),
        ),
        notes=tuple(_notes(pipeline, weight)),
    )
    return emission, []


def _refused(pipeline: Pipeline) -> Iterator[Diagnostic]:
    if not pipeline.artifacts.startswith(_SCHEMES):
        yield error(
            "MLP0903",
            f"Kubeflow cannot import code from `{pipeline.artifacts}`",
            pipeline.span,
            "the target's `artifacts`",
            help=("use a bucket: `s3://…`, `gs://…` or `minio://…`",),
        )
    for parameter in pipeline.parameters:
        if parameter.default is not None and not _survives(parameter.default.value):
            yield error(
                "MLP0903",
                f"Kubeflow cannot take `{{{{` in the default of `{parameter.name}`",
                parameter.span,
                "it would be read as a placeholder",
                help=("put the text into a file and pass `file(…)`",),
            )
    for job in pipeline.jobs:
        for name, bound in job.inputs:
            if isinstance(bound, Constant) and not survives(bound.text):
                yield error(
                    "MLP0903",
                    f"Kubeflow cannot pass `{name}`: there is `{{{{` in the text",
                    job.span,
                    "it would be read as a placeholder",
                    help=("put the text into a file and pass `file(…)`",),
                )


def _survives(value: Json) -> bool:
    match value:
        case str():
            return survives(value)
        case list():
            return all(_survives(item) for item in value)
        case dict():
            return all(survives(name) and _survives(item) for name, item in value.items())
        case _:
            return True


def _too_large(pipeline: Pipeline, made: Specification, weight: Expanded) -> Diagnostic:
    jobs = len(pipeline.jobs)
    tasks = _megabytes(weight.tasks + weight.root)
    definitions = _megabytes(weight.definitions)
    return error(
        "MLP0908",
        f"the compiled pipeline is {_megabytes(weight.total)}, Kubeflow takes {_megabytes(LIMIT)}",
        pipeline.span,
        "as the workflow that Kubeflow makes of it",
        notes=(f"{jobs} tasks take {tasks}, {len(made.variants)} step definitions {definitions}",),
        help=(
            "split the pipeline; the second reads what the first has stored",
            "move long texts into files: `file(…)`",
        ),
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.2f} MiB"


def _notes(pipeline: Pipeline, weight: Expanded) -> Iterator[str]:
    if weight.total > CONTROLLER_LIMIT:
        yield (
            f"the workflow will have {_megabytes(weight.total)}: more than 1 MiB needs a cluster "
            "whose Argo controller offloads the status of nodes"
        )
    if any(isinstance(parameter.type, EnumOf) for parameter in pipeline.parameters):
        yield "parameters with a closed set of values need Kubeflow Pipelines 2.16 or newer"
    if pipeline.timeout is not None:
        yield "the pipeline's timeout needs Kubeflow Pipelines 2.17 or newer"
    if any(is_whole(parameter) for parameter in pipeline.parameters):
        yield "a value of an optional parameter is written with `=` before it, a missing one is `~`"
    steps = [job for job in pipeline.jobs if job.kind is JobKind.TASK]
    if any(job.infrastructure_attempts > 1 for job in steps):
        yield (
            "Kubeflow cannot tell a lost pod from a failed step: "
            "a step that has failed for good is started again too"
        )


def _next_steps(pipeline: Pipeline) -> str:
    """Markdown: upload the code, then run or schedule."""
    name = legal_name(pipeline.name, RULES["kubeflow.pipeline"])
    experiment = shlex.quote(str(pipeline.settings.get("experiment") or name))
    namespace = pipeline.settings.get("namespace")
    kfp = f"kfp --namespace {shlex.quote(str(namespace))}" if namespace else "kfp"
    parameters = legal_names((p.name for p in pipeline.parameters), RULES["kubeflow.parameter"])
    needed = [parameters[p.name] for p in pipeline.parameters if p.default is None]
    given = "".join(f" {parameter}=…" for parameter in needed)
    lines = [
        f"1. Put the code where the pods find it: copy `code/` to `{pipeline.store}/code/`.",
        "2. Install the client: `pip install 'kfp>=2.16,<2.18'`.",
        f"3. Run it: `{kfp} run create -e {experiment} -r {name} -f {FILE}{given}`.",
    ]
    if pipeline.schedule is not None:
        cron, zone = pipeline.schedule
        command = (
            f"{kfp} recurring-run create --experiment-name {experiment} --job-name {name} "
            f"--cron-expression {shlex.quote(f'0 {cron}')} --max-concurrency 1 --no-catchup "
            f"--pipeline-package-path {FILE}{given}"
        )
        lines.append(
            f"4. Schedule it: `{command}`. Kubeflow's cron begins with seconds and counts in the "
            f"zone of its server; `{cron}` is meant in {zone}."
        )
    if account := pipeline.settings.get("service_account"):
        call = f"create_run_from_pipeline_package({FILE!r}, service_account={account!r})"
        lines += ["", f"To run as `{account}`, use Python: `kfp.Client().{call}`."]
    return "\n".join(lines) + "\n"
