"""The documents: a WorkflowTemplate with one DAG, a Workflow that runs it, a CronWorkflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from ...compiler.contract.job import Job, Pipeline
from ...compiler.ir.nodes import Parameter
from ...compiler.ir.values import Json
from ...compiler.types.types import EnumOf, Optional, descriptor, show
from ...runtime.texts import shell_text
from ...runtime.values import decode
from ..documents import Line, to_json
from ..names import RULES, legal_name, legal_names
from .bound import handed
from .options import LABEL_KEY, LABEL_VALUE, Options
from .quantities import seconds
from .templates import MAIN, Template

if TYPE_CHECKING:
    from . import model

API: Final = "argoproj.io/v1alpha1"


def workflow_template(
    pipeline: Pipeline, options: Options, templates: Mapping[str, Template]
) -> model.WorkflowTemplate:
    """The reusable document, which holds everything but the values of one run."""
    return {
        "apiVersion": API,
        "kind": "WorkflowTemplate",
        "metadata": {
            "name": template_name(pipeline),
            **_metadata(pipeline, options),
            "annotations": _annotations(pipeline),
        },
        "spec": _spec(pipeline, options, templates),
    }


def workflow(pipeline: Pipeline, options: Options) -> model.Workflow:
    """One run: the template's name and a value for each parameter that has one."""
    return {
        "apiVersion": API,
        "kind": "Workflow",
        "metadata": {
            "generateName": f"{template_name(pipeline)}-",
            **_metadata(pipeline, options),
        },
        "spec": _reference(pipeline),
    }


def cron_workflow(
    pipeline: Pipeline, options: Options, schedule: tuple[str, str]
) -> model.CronWorkflow:
    """The schedule: one run at a time, and none for the times that were missed."""
    cron, timezone = schedule
    return {
        "apiVersion": API,
        "kind": "CronWorkflow",
        "metadata": {
            "name": legal_name(pipeline.name, RULES["argo.cron"]),
            **_metadata(pipeline, options),
        },
        "spec": {
            "schedules": [cron],
            "timezone": timezone,
            "concurrencyPolicy": "Forbid",
            "workflowSpec": _reference(pipeline),
        },
    }


def template_name(pipeline: Pipeline) -> str:
    """The name under which the cluster knows the pipeline."""
    return legal_name(pipeline.name, RULES["argo.object"])


def _metadata(pipeline: Pipeline, options: Options) -> model.Metadata:
    if options.namespace is None:
        return {"labels": _labels(pipeline)}
    return {"namespace": options.namespace, "labels": _labels(pipeline)}


def _labels(pipeline: Pipeline) -> dict[str, str]:
    """The pipeline's labels, as far as Kubernetes takes them; `_annotations` hold the others."""
    labels = {"app.kubernetes.io/managed-by": "millpond"}
    labels.update((key, value) for key, value in _all_labels(pipeline) if _is_label(key, value))
    return labels


def _all_labels(pipeline: Pipeline) -> Iterable[tuple[str, str]]:
    yield "millpond/pipeline", pipeline.name
    if pipeline.owner is not None:
        yield "millpond/owner", pipeline.owner
    yield from pipeline.labels


def _is_label(key: str, value: str) -> bool:
    return LABEL_KEY.fullmatch(key) is not None and LABEL_VALUE.fullmatch(value) is not None


def _annotations(pipeline: Pipeline) -> dict[str, str]:
    annotations = {"workflows.argoproj.io/title": pipeline.name}
    if pipeline.doc:
        annotations["workflows.argoproj.io/description"] = pipeline.doc
    if pipeline.parameters:
        types = {parameter.name: show(parameter.type) for parameter in pipeline.parameters}
        annotations["millpond/parameter-types"] = to_json(types, compact=True).decode()
    others = {k: v for k, v in _all_labels(pipeline) if not _is_label(k, v)}
    if others:
        annotations["millpond/labels"] = to_json(others, compact=True).decode()
    return annotations


def _spec(pipeline: Pipeline, options: Options, templates: Mapping[str, Template]) -> model.Spec:
    labels = _labels(pipeline)
    distinct = {template.name: template.document for template in templates.values()}
    return {
        "entrypoint": MAIN,
        **_rules(pipeline, options),
        "workflowMetadata": {"labels": labels},
        "podMetadata": {"labels": labels},
        "templates": [
            {"name": MAIN, "dag": {"tasks": _tasks(pipeline, templates)}},
            *distinct.values(),
        ],
    }


def _rules(pipeline: Pipeline, options: Options) -> model.Rules:
    rules: model.Rules = {}
    if options.service_account is not None:
        rules["serviceAccountName"] = options.service_account
    if options.image_pull_secrets:
        rules["imagePullSecrets"] = [{"name": name} for name in options.image_pull_secrets]
    if options.priority is not None:
        rules["priority"] = options.priority
    if options.placement.priority_class is not None:
        rules["podPriorityClassName"] = options.placement.priority_class
    if pipeline.max_parallel is not None:
        rules["parallelism"] = pipeline.max_parallel
    if pipeline.timeout is not None:
        rules["activeDeadlineSeconds"] = seconds(pipeline.timeout)
    if options.placement.selector:
        rules["nodeSelector"] = dict(options.placement.selector)
    if options.placement.tolerations:
        rules["tolerations"] = [t.document() for t in options.placement.tolerations]
    if pipeline.parameters:
        rules["arguments"] = {"parameters": [_parameter(p) for p in pipeline.parameters]}
    return rules


def _tasks(pipeline: Pipeline, templates: Mapping[str, Template]) -> list[model.Task]:
    names = legal_names((job.id for job in pipeline.jobs), RULES["argo.task"])
    parameters = {parameter.name: parameter for parameter in pipeline.parameters}
    return [_task(job, templates[job.id], names, parameters) for job in pipeline.jobs]


def _task(
    job: Job, template: Template, names: Mapping[str, str], parameters: Mapping[str, Parameter]
) -> model.Task:
    task: model.Task = {"name": names[job.id], "template": template.name}
    if job.needs:
        task["depends"] = " && ".join(f"{names[need]}.Succeeded" for need in job.needs)
    if template.parameters:
        # One line each: arguments are the bulk of a large pipeline.
        arguments = [
            Line(name=template.parameters[name], value=handed(bound, names, parameters))
            for name, bound in job.inputs
            if name in template.parameters
        ]
        task["arguments"] = {"parameters": cast("list[model.Argument]", arguments)}
    return task


def _parameter(parameter: Parameter) -> model.Parameter:
    """A parameter as the template declares it; Argo knows texts and closed sets of texts."""
    written: model.Parameter = {"name": parameter.name}
    if parameter.doc:
        # Argo substitutes variables in all of a spec, descriptions not left out.
        written["description"] = parameter.doc.replace("{{", "{ {")
    value = default_text(parameter)
    if value is not None:
        written["value"] = value
    match parameter.type:
        case EnumOf(values):
            written["enum"] = list(values)
        case Optional(EnumOf(values)):
            written["enum"] = ["", *values]
        case _:
            pass
    return written


def default_text(parameter: Parameter) -> str | None:
    """The default as a text; "" for a missing value, None where the user must give one."""
    if parameter.default is None:
        return None
    type_ = cast("Json", descriptor(parameter.type))
    if parameter.default.value is None:
        return ""
    return shell_text(type_, decode(type_, parameter.default.value))


def _reference(pipeline: Pipeline) -> model.Reference:
    reference: model.Reference = {"workflowTemplateRef": {"name": template_name(pipeline)}}
    if pipeline.parameters:
        given: list[model.Parameter] = []
        for parameter in pipeline.parameters:
            value = default_text(parameter)
            given.append(
                {"name": parameter.name}
                if value is None
                else {"name": parameter.name, "value": value}
            )
        reference["arguments"] = {"parameters": given}
    return reference
