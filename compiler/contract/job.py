"""Jobs: a plan as an engine sees it, one launcher call per node, every edge a result id."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from ...runtime.dataclass import dataclass
from ..ir.nodes import Parameter
from ..ir.settings import Resources, SecretRef
from ..ir.values import Json
from ..source import Span


@dataclass(frozen=True, slots=True)
class Constant:
    """Text known at compile time, as the launcher reads it: `=400`, `~`, `*[…]`."""

    text: str


@dataclass(frozen=True, slots=True)
class FromParameter:
    """The pipeline's parameter, put in at run time after the prefix `=`."""

    name: str


@dataclass(frozen=True, slots=True)
class FromJob:
    """`@<result id of job>#<path>`; `path` is an output, perhaps with fields: `metrics.auc`."""

    job: str
    path: str


Bound: TypeAlias = Constant | FromParameter | FromJob


class JobKind(StrEnum):
    """What a job does: run a step, or one of the launcher's small helpers."""

    TASK = "task"
    GATE = "gate"
    SELECT = "select"
    ENTRY = "entry"
    OUTPUTS = "outputs"


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the launcher.

    `id` is the node's id (unique; letters, digits and `_`, perhaps with `.`); `label` is what
    people call it (the step's name). `bundle` is the digest of the code archive it runs; `helper`
    names the entry in a helper bundle (None for tasks). `inputs` bind every name the launcher asks
    for. `needs` are the jobs it waits for, transitively reduced. `deadline` is the engine's own
    limit in seconds (attempts, backoffs and a margin counted in) or None.
    `infrastructure_attempts` counts the first one and is the engine's business; failures of the
    body are retried by the launcher. `settings` are the target's own keys for this job as JSON
    (`instance`, `node_selector`). `outputs` are (name, type as written), for lineage only.
    """

    id: str
    kind: JobKind
    label: str
    bundle: str
    helper: str | None
    inputs: tuple[tuple[str, Bound], ...]
    needs: tuple[str, ...]
    image: str
    resources: Resources
    deadline: float | None
    infrastructure_attempts: int
    secrets: tuple[SecretRef, ...]
    settings: tuple[tuple[str, Json], ...]
    span: Span
    outputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All that an emitter may see. `jobs` is in topological order.

    `settings` are the target block's own keys as JSON. `store` is the URL under which the
    launcher finds results; `code` is the folder of code archives below `artifacts`, so an archive
    lies at `<artifacts>/code/<digest>.zip`. `parameters` are those that stay open until submission;
    their defaults have the target's `params` applied. `labels` come from the pipeline.
    """

    name: str
    doc: str | None
    target: str
    artifacts: str
    settings: dict[str, Json]
    parameters: tuple[Parameter, ...]
    jobs: tuple[Job, ...]
    max_parallel: int | None
    timeout: float | None
    schedule: tuple[str, str] | None
    labels: tuple[tuple[str, str], ...]
    owner: str | None
    span: Span

    @property
    def store(self) -> str:
        return self.artifacts.rstrip("/")

    def code_url(self, digest: str) -> str:
        return f"{self.store}/code/{digest}.zip"
