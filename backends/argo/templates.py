"""Container templates: one for all jobs that differ in nothing but what they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...compiler.contract.job import Bound, Constant, Job, JobKind, Pipeline
from ...compiler.ir.settings import Resources, SecretRef
from ..names import RULES, legal_name, legal_names
from .bound import RESULT, baked, is_baked, literal
from .options import LABEL_VALUE, Options, Placement, placement
from .quantities import cpu_text, seconds, size_text
from .storage import CODE

if TYPE_CHECKING:
    from .model import (
        Container,
        ContainerTemplate,
        Inputs,
        KeyRef,
        Limits,
        PodMetadata,
        Requirements,
        RetryStrategy,
        Volumes,
    )

MAIN: Final = "main"
RESULT_PATH: Final = "/tmp/millpond/result"

# Faults of the infrastructure: what Argo itself calls an error, the launcher's exit code for it,
# signals, and pods that a node put out. 137 is memory, which asking again does not mend; a pod
# that outlived its deadline had all its attempts.
_LOST: Final = (
    "(lastRetry.status == 'Error'"
    " || asInt(lastRetry.exitCode) == 75"
    " || (asInt(lastRetry.exitCode) > 128 && asInt(lastRetry.exitCode) != 137)"
    " || lastRetry.message matches 'node shutdown|[Pp]reempt|[Ee]vict|low on resource')"
    " && !(lastRetry.message matches 'specified deadline')"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a job that its template says; jobs of one shape share one template."""

    label: str
    bundle: str
    helper: str | None
    image: str
    resources: Resources
    deadline: float | None
    infrastructure_attempts: int
    secrets: tuple[SecretRef, ...]
    placement: Placement
    inputs: tuple[tuple[str, str | None], ...]
    """(name, the text baked in or None where the task hands it over)."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the workflow and, by the launcher's input name, its parameters' names."""

    name: str
    parameters: dict[str, str]
    document: ContainerTemplate


def templates_of(pipeline: Pipeline, options: Options) -> dict[str, Template]:
    """The template of each job, by the job's id; jobs of one shape get the same object."""
    shapes: dict[Shape, list[Job]] = {}
    by_job: dict[str, Shape] = {}
    for job in pipeline.jobs:
        shape = _shape(job, options)
        shapes.setdefault(shape, []).append(job)
        by_job[job.id] = shape
    names = _names(shapes)
    templates = {shape: _template(shape, names[shape], pipeline.store, options) for shape in shapes}
    return {id_: templates[shape] for id_, shape in by_job.items()}


def secret_key(secret: SecretRef) -> KeyRef:
    """The Kubernetes secret behind `secret("name")` or `secret("name/key")`.

    Without a key it is the variable's name; Kubernetes knows no `_` and no capitals in names.
    """
    name, _, key = secret.name.partition("/")
    return {"name": legal_name(name, RULES["argo.secret"]), "key": key or secret.variable}


def _shape(job: Job, options: Options) -> Shape:
    return Shape(
        label=job.label if job.kind is JobKind.TASK else job.kind.value,
        bundle=job.bundle,
        helper=job.helper,
        image=job.image,
        resources=job.resources,
        deadline=job.deadline,
        infrastructure_attempts=job.infrastructure_attempts,
        secrets=job.secrets,
        placement=placement(dict(job.settings)).under(options.placement),
        inputs=tuple((name, _baked_text(bound)) for name, bound in job.inputs),
    )


def _baked_text(bound: Bound) -> str | None:
    return bound.text if isinstance(bound, Constant) and is_baked(bound) else None


def _names(shapes: Mapping[Shape, list[Job]]) -> dict[Shape, str]:
    """A step's name where it has one shape; else with the first node of each shape behind it."""
    count: dict[str, int] = {}
    for shape in shapes:
        count[shape.label] = count.get(shape.label, 0) + 1
    wanted = {
        shape: shape.label if count[shape.label] == 1 else f"{shape.label}.{jobs[0].id}"
        for shape, jobs in shapes.items()
    }
    legal = legal_names(wanted.values(), RULES["argo.template"], taken={MAIN})
    return {shape: legal[name] for shape, name in wanted.items()}


def _template(shape: Shape, name: str, store: str, options: Options) -> Template:
    open_inputs = [input_ for input_, text in shape.inputs if text is None]
    parameters = legal_names(open_inputs, RULES["argo.parameter"])
    code = options.storage.code(shape.bundle)
    inputs: Inputs = {"artifacts": [code]}
    if parameters:
        inputs = {"parameters": [{"name": p} for p in parameters.values()], "artifacts": [code]}
    metadata: PodMetadata = {"labels": {"millpond/step": shape.label}}
    document: ContainerTemplate = {
        "name": name,
        "metadata": metadata,
        "inputs": inputs,
        "outputs": {"parameters": [{"name": RESULT, "valueFrom": {"path": RESULT_PATH}}]},
        **_limits(shape, options),
        "container": _container(shape, parameters, store, options),
        **_volumes(shape.resources),
    }
    if LABEL_VALUE.fullmatch(shape.label) is None:
        del document["metadata"]
    return Template(name, parameters, document)


def _limits(shape: Shape, options: Options) -> Limits:
    limits: Limits = {}
    if shape.infrastructure_attempts > 1:
        limits["retryStrategy"] = _retry(shape.infrastructure_attempts)
    if shape.deadline is not None:
        limits["activeDeadlineSeconds"] = seconds(shape.deadline)
    selector = dict(shape.placement.selector)
    if shape.resources.gpu and shape.resources.gpu_type is not None:
        selector[options.gpu_label] = shape.resources.gpu_type
    if selector != dict(options.placement.selector):
        limits["nodeSelector"] = selector
    if shape.placement.tolerations != options.placement.tolerations:
        limits["tolerations"] = [t.document() for t in shape.placement.tolerations]
    priority = shape.placement.priority_class
    if priority is not None and priority != options.placement.priority_class:
        limits["priorityClassName"] = priority
    return limits


def _volumes(asked: Resources) -> Volumes:
    if asked.shm is None:
        return {}
    limit = size_text(asked.shm)
    return {"volumes": [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": limit}}]}


def _container(
    shape: Shape, parameters: Mapping[str, str], store: str, options: Options
) -> Container:
    args = ["--store", literal(store), "--result", RESULT_PATH]
    args += ["--run", "{{workflow.uid}}", "--node", "{{tasks.name}}"]
    if shape.helper is not None:
        args += ["--helper", shape.helper]
    for name, text in shape.inputs:
        given = [f"{{{{inputs.parameters.{parameters[name]}}}}}"] if text is None else baked(text)
        args += ["--arg", name, *given]
    container: Container = {
        "image": shape.image,
        "command": ["python3", CODE],
        "args": args,
    }
    environment = options.storage.environment()
    for secret in shape.secrets:
        reference = secret_key(secret)
        environment.append({"name": secret.variable, "valueFrom": {"secretKeyRef": reference}})
    if environment:
        container["env"] = environment
    resources = _resources(shape.resources)
    if resources is not None:
        container["resources"] = resources
    if shape.resources.shm is not None:
        container["volumeMounts"] = [{"name": "shm", "mountPath": "/dev/shm"}]
    return container


def _resources(asked: Resources) -> Requirements | None:
    """What a step asks for is what it gets: requests and limits are the same."""
    words: Iterable[tuple[str, float | None, Callable[[float], str]]] = (
        ("cpu", asked.cpu, cpu_text),
        ("memory", asked.memory, lambda count: size_text(int(count))),
        ("ephemeral-storage", asked.disk, lambda count: size_text(int(count))),
        ("nvidia.com/gpu", asked.gpu or None, lambda count: str(int(count))),
    )
    amounts = {name: write(value) for name, value, write in words if value is not None}
    return {"requests": amounts, "limits": dict(amounts)} if amounts else None


def _retry(attempts: int) -> RetryStrategy:
    return {
        "limit": attempts - 1,
        "retryPolicy": "Always",
        "expression": _LOST,
        "backoff": {"duration": "30s", "factor": 2, "cap": "10m"},
    }
