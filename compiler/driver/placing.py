"""What a target makes of a plan: the helper jobs it adds, the machines, and what it cannot take."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import dataclass, field, replace
from ..contract.job import Job, JobKind
from ..diagnostics.diagnostic import Diagnostic, Report, Severity
from ..lower import NotKnown
from ..plan import Plan
from .build import Built, build
from .front import Checked, Targets

_WHAT = {
    JobKind.ENTRY: "checks the parameters",
    JobKind.SELECT: "works out values",
    JobKind.GATE: "decides a gate",
    JobKind.OUTPUTS: "gathers the outputs",
}


@dataclass(frozen=True, slots=True)
class Added:
    """A job of the launcher's own, which runs in every run and makes nothing to keep."""

    id: str
    what: str


@dataclass(frozen=True, slots=True)
class Placed:
    """`added` are the jobs beside the nodes of the plan, `machines` those that were chosen, by job;
    `refused` is why the pipeline cannot be compiled for the target: then there is neither."""

    added: tuple[Added, ...] = ()
    machines: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Diagnostic, ...] = ()


def placed(checked: Checked, built: Built, plan: Plan, targets: Targets) -> Placed:
    """What `mlp compile` would come to, whose template has its parameters open. Of a local target
    there is nothing to say."""
    chosen = built.chosen
    if chosen.kind == "local":
        return Placed()
    from .emit import emit, refuse_partitions, refuse_rest

    own = replace(checked, report=Report())
    compiled = None
    try:
        if not refuse_partitions(own, chosen, targets):
            template = build(own, chosen, built.values, frozen=False)
            compiled = emit(own, template, targets)
    except NotKnown:
        refuse_rest(own, chosen, targets)
    if compiled is None:
        found = (d for d in own.report if d.severity is Severity.ERROR)
        return Placed(refused=tuple(found))
    told = {str(node.id) for node in plan.nodes} | {str(node) for node in plan.skipped}
    added = [_added(job) for job in compiled.pipeline.jobs if job.id not in told]
    return Placed(tuple(added), compiled.emission.machines)


def _added(job: Job) -> Added:
    return Added(job.id, _WHAT.get(job.kind, "belongs to a step"))
