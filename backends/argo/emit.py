"""Emit: from a pipeline's jobs to the files that a cluster takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ...compiler.contract.job import Pipeline
from ...compiler.contract.target import Emission, Size
from ...compiler.diagnostics.diagnostic import Diagnostic, error
from ..documents import to_json, to_yaml
from .advice import next_steps
from .options import LABEL_VALUE, Options, options, placement_problems
from .templates import templates_of
from .workflow import cron_workflow, default_text, workflow, workflow_template

if TYPE_CHECKING:
    from .model import WorkflowTemplate

LIMIT: Final = 1024 * 1024

# A node's status, packed by the controller with all others: ids, times and phases press well, the
# result ids that it is given and returns do not press at all.
_STATUS: Final = 200
_STATUS_OF_ID: Final = 64


def emit(pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
    """The documents of a pipeline; None where Argo could not run them."""
    chosen, problems = options(pipeline)
    problems += _problems(pipeline)
    if chosen is None or problems:
        return None, problems
    template = workflow_template(pipeline, chosen, templates_of(pipeline, chosen))
    sizes = (
        Size("WorkflowTemplate", len(to_json(template, compact=True)), LIMIT),
        Size("Workflow with the status of its nodes, about", _expected(pipeline, template), LIMIT),
    )
    if sizes[0].actual > LIMIT:
        return None, [_too_large(pipeline, template, sizes[0])]
    emission = Emission(
        files=_files(pipeline, chosen, template),
        next_steps=next_steps(pipeline, chosen),
        sizes=sizes,
        notes=_notes(sizes[1]),
    )
    return emission, []


def _files(pipeline: Pipeline, chosen: Options, template: WorkflowTemplate) -> dict[str, bytes]:
    files = {
        "workflowtemplate.yaml": to_yaml(template),
        "workflow.yaml": to_yaml(workflow(pipeline, chosen)),
    }
    if pipeline.schedule is not None:
        files["cronworkflow.yaml"] = to_yaml(cron_workflow(pipeline, chosen, pipeline.schedule))
    return files


def _problems(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What the feature table cannot say, because it depends on values."""
    if not pipeline.jobs:
        yield error("MLP0903", "Argo cannot run a pipeline without steps", pipeline.span)
    for parameter in pipeline.parameters:
        text = default_text(parameter)
        if text is not None and "{{" in text:
            yield error(
                "MLP0903",
                f"Argo cannot take `{{{{` in the default of `{parameter.name}`",
                parameter.span,
                "Argo would look for a variable of its own here",
                help=["put the text into a constant and pass that to the step"],
            )
        if text is None and pipeline.schedule is not None:
            yield error(
                "MLP0902",
                f"Argo must know `{parameter.name}` when compiling",
                parameter.span,
                "nobody gives it a value when the schedule starts a run",
                help=[f"give it one in the target: `params {{ {parameter.name} = … }}`"],
            )
    for job in pipeline.jobs:
        for wanted, found, example in placement_problems(dict(job.settings)):
            yield error(
                "MLP0909",
                f"step `{job.label}` needs {wanted}, not `{found}`",
                job.span,
                "in the settings of this step",
                help=[f"write it like this: `{example}`"],
            )
        gpu_type = job.resources.gpu_type
        if gpu_type is not None and LABEL_VALUE.fullmatch(gpu_type) is None:
            yield error(
                "MLP0907",
                f"no Argo node has a gpu called `{gpu_type}`",
                job.span,
                "a node's label holds letters, digits, `-`, `_` and `.`, 63 at most",
                help=["ask the cluster: `kubectl get nodes -L nvidia.com/gpu.product`"],
            )


def _expected(pipeline: Pipeline, template: WorkflowTemplate) -> int:
    """The size of a finished run in the cluster: the template's spec and the packed status."""
    ids = sum(len(job.inputs) + 1 for job in pipeline.jobs)
    status = len(pipeline.jobs) * _STATUS + ids * _STATUS_OF_ID
    return len(to_json(template["spec"], compact=True)) + status


def _notes(expected: Size) -> tuple[str, ...]:
    advice = (
        "a run may outgrow what the cluster stores for one workflow: "
        "let the workflow controller offload node statuses"
    )
    return (advice,) if expected.actual > LIMIT else ()


def _too_large(pipeline: Pipeline, template: WorkflowTemplate, size: Size) -> Diagnostic:
    main, *steps = template["spec"]["templates"]
    tasks, templates = (_amount(len(to_json(part, compact=True))) for part in (main, steps))
    longest = max(pipeline.jobs, key=lambda job: len(job.inputs))
    return error(
        "MLP0908",
        f"the compiled pipeline is {_amount(size.actual)}, Argo takes {_amount(LIMIT)}",
        pipeline.span,
        "for this target",
        notes=[
            f"nodes take {tasks} ({len(pipeline.jobs)}), step templates {templates} ({len(steps)})",
            f"`{longest.id}` has the most inputs: {len(longest.inputs)}",
        ],
        help=["let one step do the work of many", "split the pipeline in two"],
    )


def _amount(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 / 10 else f"{count / 2**10:.1f} KiB"
