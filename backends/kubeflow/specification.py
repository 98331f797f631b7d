"""Builds the PipelineSpec and the platform document beside it, as plain dictionaries.

An edge carries the result id of its producer in the parameter `result`; code comes as an artifact
that an importer task names, one per bundle. Nothing is left to Kubeflow's defaults: its cache,
which knows neither the code nor what an id stands for, is switched off (`cachingOptions: {}`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, assert_never

from ...compiler.contract.job import Constant, FromJob, FromParameter, Job, Pipeline
from ..documents import Document
from ..names import RULES, legal_name, legal_names
from .parameters import LONGEST_DESCRIPTION, definition, is_whole
from .pod import SCRATCH, kubernetes, needs_scratch, pipeline_config, resources
from .text import artifact_in, parameter_in, parameter_out, protected
from .variant import CODE, NODE, RESULT, RUN, Variant, variants

SCHEMA_VERSION: Final = "2.1.0"
# Free text to every reader (API server, UI, SDK). Without a version, so that the same pipeline
# compiles to the same bytes under the next release.
_SDK_VERSION: Final = "millpond"
_ARTIFACT_TYPE: Final[Document] = {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}
_DRIVER: Final = "-driver"

Spec = dict[str, Document]


@dataclass(frozen=True, slots=True)
class Specification:
    """The two documents; `platform` is None where the pipeline asks for nothing of Kubernetes."""

    pipeline: Spec
    platform: Spec | None
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """Legal names: tasks by job id, importers by bundle digest, root parameters by name."""

    tasks: dict[str, str]
    importers: dict[str, str]
    parameters: dict[str, str]


def specification(pipeline: Pipeline) -> Specification:
    """The pipeline in Kubeflow's words; total, as everything impossible was refused before."""
    names = _names(pipeline)
    whole = {parameter.name for parameter in pipeline.parameters if is_whole(parameter)}
    found = variants(pipeline, whole)
    components: Spec = {}
    executors: Spec = {}
    platform: Spec = {}
    for digest, task in names.importers.items():
        components[f"comp-{task}"] = _importer_component(task)
        executors[f"exec-{task}"] = _importer(pipeline.code_url(digest))
    for variant in found:
        components[variant.component] = _component(variant)
        executors[variant.executor] = {"container": _container(variant, pipeline)}
        if extra := kubernetes(variant.model, pipeline):
            platform[variant.executor] = extra
    tasks: Spec = {task: _importer_task(task) for task in names.importers.values()}
    component_of = {job.id: variant for variant in found for job in variant.jobs}
    for job in pipeline.jobs:
        tasks[names.tasks[job.id]] = _task(job, component_of[job.id], names)
    own_root = pipeline.settings.get("pipeline_root")
    document: Spec = {
        "components": dict(sorted(components.items())),
        **({"defaultPipelineRoot": str(own_root)} if own_root else {}),
        "deploymentSpec": {"executors": dict(sorted(executors.items()))},
        "pipelineInfo": _info(pipeline),
        "root": _root(pipeline, tasks, names),
        "schemaVersion": SCHEMA_VERSION,
        "sdkVersion": _SDK_VERSION,
    }
    return Specification(document, _platform(platform, pipeline), tuple(found))


def _names(pipeline: Pipeline) -> _Names:
    bundles = dict.fromkeys(job.bundle for job in pipeline.jobs)
    rule = RULES["kubeflow.task"]
    importers = legal_names((f"code-{digest[:12]}" for digest in bundles), rule)
    short = {digest: importers[f"code-{digest[:12]}"] for digest in bundles}
    if len(set(short.values())) < len(short):
        short = {digest: f"code-{digest[:59].lower()}" for digest in bundles}
    # The backend adds a task `x-driver` beside every task `x`.
    ids = [job.id for job in pipeline.jobs]
    drivers = {f"{task}{_DRIVER}" for task in legal_names(ids, rule).values()}
    tasks = legal_names(ids, rule, drivers | set(short.values()))
    parameters = legal_names((p.name for p in pipeline.parameters), RULES["kubeflow.parameter"])
    return _Names(tasks, short, parameters)


def _info(pipeline: Pipeline) -> Spec:
    info: Spec = {}
    if pipeline.doc:
        info["description"] = pipeline.doc.strip()[:LONGEST_DESCRIPTION]
    info["displayName"] = pipeline.name
    info["name"] = legal_name(pipeline.name, RULES["kubeflow.pipeline"])
    return info


def _root(pipeline: Pipeline, tasks: Spec, names: _Names) -> Spec:
    root: Spec = {"dag": {"tasks": tasks}}
    if pipeline.parameters:
        root["inputDefinitions"] = {
            "parameters": {names.parameters[p.name]: definition(p) for p in pipeline.parameters}
        }
    return root


def _platform(executors: Spec, pipeline: Pipeline) -> Spec | None:
    kubernetes_spec: Spec = {}
    if executors:
        kubernetes_spec["deploymentSpec"] = {"executors": dict(sorted(executors.items()))}
    if config := pipeline_config(pipeline):
        kubernetes_spec["pipelineConfig"] = config
    return {"platforms": {"kubernetes": kubernetes_spec}} if kubernetes_spec else None


# ---- importers ------------------------------------------------------------------------------


def _importer_component(task: str) -> Spec:
    return {
        "executorLabel": f"exec-{task}",
        "outputDefinitions": {"artifacts": {CODE: {"artifactType": _ARTIFACT_TYPE}}},
    }


def _importer(url: str) -> Spec:
    # The URI is a constant of the executor: an importer reads a runtime parameter only where it is
    # a parameter of the root. `reimport` false makes a run find the artifact that another one made.
    return {
        "importer": {
            "artifactUri": {"constant": url},
            "reimport": False,
            "typeSchema": _ARTIFACT_TYPE,
        }
    }


def _importer_task(task: str) -> Spec:
    # The importer's execution is filed under `taskInfo.name` and looked up under the task's key.
    return {
        "cachingOptions": {},
        "componentRef": {"name": f"comp-{task}"},
        "taskInfo": {"name": task},
    }


# ---- steps and helpers ----------------------------------------------------------------------


def _component(variant: Variant) -> Spec:
    names = [*variant.identity, *variant.parameters.values()]
    inputs: Spec = {"artifacts": {CODE: {"artifactType": _ARTIFACT_TYPE}}}
    if names:
        inputs["parameters"] = {name: {"parameterType": "STRING"} for name in names}
    return {
        "executorLabel": variant.executor,
        "inputDefinitions": inputs,
        "outputDefinitions": {"parameters": {RESULT: {"parameterType": "STRING"}}},
    }


def _container(variant: Variant, pipeline: Pipeline) -> Spec:
    job = variant.model
    arguments: list[Document] = [artifact_in(CODE)]
    if job.helper is not None:
        arguments += ["--helper", job.helper]
    arguments += ["--store", pipeline.store]
    for name in variant.identity:
        arguments += [f"--{name}", parameter_in(name)]
    if needs_scratch(job):
        arguments += ["--scratch", SCRATCH]
    for name, word in variant.words.items():
        arguments += ["--arg", name, word]
    arguments += ["--result", parameter_out(RESULT)]
    container: Spec = {"args": arguments, "command": ["python3"], "image": job.image}
    if asked := resources(job):
        container["resources"] = asked
    return container


def _task(job: Job, variant: Variant, names: _Names) -> Spec:
    importer = names.importers[job.bundle]
    identity = {RUN: "{{$.pipeline_job_uuid}}", NODE: job.id}
    parameters: Spec = {
        name: {"runtimeValue": {"constant": identity[name]}} for name in variant.identity
    }
    for name, bound in job.inputs:
        parameters[variant.parameters[name]] = _bound(bound, names)
    code: Document = {"outputArtifactKey": CODE, "producerTask": importer}
    inputs: Spec = {"artifacts": {CODE: {"taskOutputArtifact": code}}}
    if parameters:
        inputs["parameters"] = parameters
    task: Spec = {
        "cachingOptions": {},
        "componentRef": {"name": variant.component},
        "dependentTasks": [*_waits(job, importer, names)],
        "inputs": inputs,
    }
    if job.infrastructure_attempts > 1:
        task["retryPolicy"] = _retry(job.infrastructure_attempts)
    # Older backends file a task's execution under `taskInfo.name`: it must be the task's key.
    task["taskInfo"] = {"name": names.tasks[job.id]}
    return task


def _bound(bound: Constant | FromParameter | FromJob, names: _Names) -> Document:
    match bound:
        case Constant(text):
            return {"runtimeValue": {"constant": protected(text)}}
        case FromParameter(name):
            return {"componentInputParameter": names.parameters[name]}
        case FromJob(job, _):
            producer: Document = {"outputParameterKey": RESULT, "producerTask": names.tasks[job]}
            return {"taskOutputParameter": producer}
        case _:
            assert_never(bound)


def _waits(job: Job, importer: str, names: _Names) -> Iterable[str]:
    """What a task waits for: the order that was asked for, and all it reads (also if implied)."""
    producers = (bound.job for _, bound in job.inputs if isinstance(bound, FromJob))
    return sorted({importer, *(names.tasks[before] for before in (*job.needs, *producers))})


def _retry(attempts: int) -> Document:
    # Kubeflow cannot tell a lost pod from a failed body (no exit code reaches its retry policy) and
    # starts the pod again after either. A body that the launcher has given up on fails once more.
    return {
        "backoffDuration": "30s",
        "backoffFactor": 2.0,
        # Not the longest wait but the end of all retries, counted from the first start.
        "backoffMaxDuration": "604800s",
        "maxRetryCount": attempts - 1,
    }
