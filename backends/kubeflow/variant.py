"""Variants: jobs that differ in nothing but their bound inputs share one component and executor."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from ...compiler.contract.job import Constant, FromJob, FromParameter, Job, JobKind, Pipeline
from ..names import RULES, legal_names
from .text import parameter_in

CODE = "code"
RUN = "run"
NODE = "node"
RESULT = "result"

Shape: TypeAlias = tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Variant:
    """A container component: what its jobs have in common, and the words of its command.

    `words` gives each input the text that stands in the command, `parameters` its legal name.
    """

    name: str
    model: Job
    parameters: dict[str, str]
    words: dict[str, str]
    jobs: list[Job] = field(default_factory=list)

    @property
    def identity(self) -> tuple[str, ...]:
        """The parameters that say which call this is; only steps keep results per run and node."""
        return (RUN, NODE) if self.model.kind is JobKind.TASK else ()

    @property
    def component(self) -> str:
        return f"comp-{self.name}"

    @property
    def executor(self) -> str:
        return f"exec-{self.name}"


def variants(pipeline: Pipeline, whole: Collection[str]) -> list[Variant]:
    """The pipeline's jobs by variant, in the order of each one's first job.

    `whole` names the parameters that hold bound text already, prefix and all.
    """
    found: dict[tuple[object, ...], Variant] = {}
    labels: list[str] = []
    used: dict[str, int] = {}
    for job in pipeline.jobs:
        shape = _shape(job, whole)
        same = _common(job, shape)
        variant = found.get(same)
        if variant is None:
            used[job.label] = used.get(job.label, 0) + 1
            number = used[job.label]
            labels.append(job.label if number == 1 else f"{job.label}-{number}")
            names = legal_names(
                (name for name, _ in job.inputs), RULES["kubeflow.parameter"], {CODE, RUN, NODE}
            )
            words = {
                name: f"{before}{parameter_in(names[name])}{after}" for name, before, after in shape
            }
            found[same] = variant = Variant(labels[-1], job, names, words)
        variant.jobs.append(job)
    legal = legal_names(labels, RULES["kubeflow.component"])
    for variant in found.values():
        variant.name = legal[variant.name]
    return list(found.values())


def _shape(job: Job, whole: Collection[str]) -> Shape:
    """For each input the fixed text before and after the value that a task hands over.

    The prefix stands in the command and not, as the SDK writes it, in a constant that holds another
    placeholder: launchers before 2.16 fill placeholders in Go's random order of a map, and a nested
    one is then left as it is in every other run (kubeflow/pipelines issue 11035).
    """
    shape: list[tuple[str, str, str]] = []
    for name, bound in job.inputs:
        match bound:
            case Constant():
                shape.append((name, "", ""))
            case FromParameter(parameter):
                shape.append((name, "" if parameter in whole else "=", ""))
            case FromJob(_, path):
                shape.append((name, "@", f"#{path}"))
            case _:
                assert_never(bound)
    return tuple(shape)


def _common(job: Job, shape: Shape) -> tuple[object, ...]:
    """All of a job that lies in its component or executor, to be compared."""
    return (
        job.bundle,
        job.helper,
        job.label,
        job.image,
        job.resources,
        job.deadline,
        job.secrets,
        json.dumps(dict(job.settings), sort_keys=True),
        shape,
    )
