"""From a graph to jobs: what every engine that runs containers needs, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard, assert_never

from ...runtime.dataclass import dataclass
from ..ir.definitions import ContainerBody
from ..ir.graph import Graph, reduced
from ..ir.meaning import descriptor_of, known_now, to_json
from ..ir.nodes import (
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Select,
    Task,
    data_needs,
    expressions,
)
from ..ir.settings import Resources, Settings
from ..ir.values import (
    Expr,
    Json,
    NodeId,
    PortRef,
    reference_name,
    references,
)
from ..passes.keys import Spec
from ..source import Span
from ..types.types import show
from .bindings import bindings, bound
from .bundle import Bundle, helper_bundle, step_bundle
from .job import Bound, FromParameter, Job, JobKind, Pipeline

MARGIN = 300.0
HELPER_DEADLINE = 1800.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the target block says: its name, kind and own settings, and the image of last resort."""

    target: str
    kind: str
    artifacts: str
    settings: dict[str, Json]
    default_image: str
    span: Span


@dataclass(frozen=True, slots=True)
class Work:
    """A pipeline ready for an emitter, and the code archives that its jobs run, by digest."""

    pipeline: Pipeline
    bundles: dict[str, bytes]


def work(graph: Graph, specs: Mapping[NodeId, Spec], to: Assignment) -> Work:
    """The jobs of a graph whose arguments are literals, parameters or paths (`passes/lift.py`).

    Its blocks are written out (`flatten.py`); what cannot be was refused before (`require.py`).
    """
    bundles: dict[str, bytes] = {}
    made: dict[int, str] = {}

    def keep(bundle: Bundle) -> str:
        bundles[bundle.digest] = bundle.content
        return bundle.digest

    def bundle_of(spec: Spec) -> str:
        if id(spec) not in made:
            made[id(spec)] = keep(step_bundle(spec.json, spec.files))
        return made[id(spec)]

    helpers = _helpers(graph)
    first, last = _ends(graph)
    helper_digest = keep(helper_bundle(helpers)) if helpers else ""
    waits = _waits(graph)
    jobs: list[Job] = []
    if first in helpers:
        entry = tuple((p.name, FromParameter(p.name)) for p in graph.parameters)
        jobs.append(_helper(first, JobKind.ENTRY, entry, (), helper_digest, to, to.span))
    for node in graph.nodes:
        if node.id not in waits:
            continue
        needs = waits[node.id]
        match node:
            case Task():
                jobs.append(_task(node, bundle_of(specs[node.id]), needs, to))
            case Gate():
                names = bindings(list(expressions(node)))
                jobs.append(
                    _helper(node.id, JobKind.GATE, names, needs, helper_digest, to, node.span)
                )
            case Select():
                names = bindings([value for _, value in node.outputs])
                jobs.append(
                    _helper(node.id, JobKind.SELECT, names, needs, helper_digest, to, node.span)
                )
            case Approval() | Map() | Branch() | Join():
                raise _unsaid(node)
            case _:
                assert_never(node)
    if last in helpers:
        names = bindings([output.value for output in graph.outputs])
        jobs.append(_helper(last, JobKind.OUTPUTS, names, waits[last], helper_digest, to, to.span))
    pipeline = Pipeline(
        name=graph.name,
        doc=graph.doc,
        target=to.target,
        artifacts=to.artifacts,
        settings=to.settings,
        parameters=graph.parameters,
        jobs=tuple(jobs),
        max_parallel=graph.max_parallel,
        timeout=graph.timeout,
        schedule=graph.schedule,
        labels=graph.labels,
        owner=graph.owner,
        span=to.span,
    )
    return Work(pipeline, bundles)


def _unsaid(node: Node) -> ValueError:
    return ValueError(f"no job can say what {node.id} is, which should have been refused")


def image_of(task: Task, default: str) -> str:
    """The image a task runs in."""
    body = task.definition.body
    if isinstance(body, ContainerBody):
        return body.image
    return task.settings.environment.image or default


def _at_entry(node: Node) -> TypeGuard[Gate]:
    """Gates on parameters alone are the entry job's business: they need no job of their own."""
    return (
        isinstance(node, Gate)
        and node.policy != "stop"
        and all(known_now(expression) for expression in expressions(node))
    )


def _ends(graph: Graph) -> tuple[str, str]:
    """The ids of the first and the last helper; a bare call of a step `entry` keeps its own."""
    taken = {node.id for node in graph.nodes}
    entry, outputs = "entry", "outputs"
    while entry in taken:
        entry += "_"
    while outputs in taken:
        outputs += "_"
    return entry, outputs


def _has_entry(graph: Graph) -> bool:
    return bool(graph.parameters) or any(_at_entry(node) for node in graph.nodes)


def _waits(graph: Graph) -> dict[str, tuple[str, ...]]:
    """What each job waits for: data edges stay, order that they imply goes."""
    data: dict[str, tuple[str, ...]] = {}
    edges: dict[str, tuple[str, ...]] = {}
    entry, outputs = _ends(graph)
    first: tuple[str, ...] = ()
    if _has_entry(graph):
        edges[entry] = data[entry] = ()
        first = (entry,)
    entered = {node.id for node in graph.nodes if _at_entry(node)}
    for node in graph.nodes:
        if node.id not in entered:
            data[node.id] = data_needs(node)
            after = (need for need in (*node.after, *node.gates) if need not in entered)
            edges[node.id] = tuple(dict.fromkeys((*data[node.id], *after))) or first
    if graph.outputs:
        data[outputs] = tuple(
            dict.fromkeys(
                r.node
                for output in graph.outputs
                for r in references(output.value)
                if isinstance(r, PortRef)
            )
        )
        gates = (n.id for n in graph.nodes if isinstance(n, Gate) and n.id not in entered)
        edges[outputs] = tuple(dict.fromkeys((*data[outputs], *gates))) or first
    short = reduced(edges)
    return {name: tuple(dict.fromkeys((*data[name], *short[name]))) for name in edges}


def _task(task: Task, bundle: str, needs: tuple[str, ...], to: Assignment) -> Job:
    settings = task.settings
    infrastructure = "infrastructure" in settings.retry.on
    return Job(
        id=task.id,
        kind=JobKind.TASK,
        label=task.definition.name,
        bundle=bundle,
        helper=None,
        inputs=tuple((name, bound(value)) for name, value in task.arguments),
        needs=needs,
        image=image_of(task, to.default_image),
        resources=settings.resources,
        deadline=_deadline(settings),
        infrastructure_attempts=settings.retry.attempts if infrastructure else 1,
        secrets=settings.secrets,
        settings=settings.target,
        span=task.span,
        outputs=tuple((port.name, show(port.type)) for port in task.definition.outputs),
    )


def _helper(
    id_: str,
    kind: JobKind,
    inputs: tuple[tuple[str, Bound], ...],
    needs: tuple[str, ...],
    bundle: str,
    to: Assignment,
    span: Span,
) -> Job:
    return Job(
        id=id_,
        kind=kind,
        label=id_,
        bundle=bundle,
        helper=id_,
        inputs=inputs,
        needs=needs,
        image=to.default_image,
        resources=Resources(),
        deadline=HELPER_DEADLINE,
        infrastructure_attempts=3,
        secrets=(),
        settings=(),
        span=span,
    )


def _deadline(settings: Settings) -> float | None:
    """The engine's own limit: all attempts, all waits between them, and a margin."""
    if settings.timeout is None:
        return None
    attempts, backoff = settings.retry.attempts, settings.retry.backoff
    waits = 0.0
    if backoff is not None:
        for attempt in range(attempts - 1):
            wait = backoff.first * (2**attempt if backoff.kind == "exponential" else attempt + 1)
            waits += min(wait, backoff.most) if backoff.most is not None else wait
    return attempts * settings.timeout + waits + MARGIN


def _helpers(graph: Graph) -> dict[str, Json]:
    """What `helpers.json` holds: the launcher's small jobs by node."""
    table: dict[str, Json] = {}
    entry, outputs = _ends(graph)
    if _has_entry(graph):
        table[entry] = {
            "kind": "entry",
            "names": {p.name: descriptor_of(p.type) for p in graph.parameters},
            "parameters": {p.name: descriptor_of(p.type) for p in graph.parameters},
            "gates": [_gate(node) for node in graph.nodes if _at_entry(node)],
        }
    for node in graph.nodes:
        if _at_entry(node):
            continue
        match node:
            case Task():
                continue
            case Gate():
                names = _names(list(expressions(node)))
                table[node.id] = {"kind": "gate", "names": names, **_gate(node)}
            case Select():
                table[node.id] = {
                    "kind": "select",
                    "names": _names([value for _, value in node.outputs]),
                    "outputs": [
                        [name, descriptor_of(value.type), to_json(value)]
                        for name, value in node.outputs
                    ],
                }
            case Approval() | Map() | Branch() | Join():
                raise _unsaid(node)
            case _:
                assert_never(node)
    if graph.outputs:
        table[outputs] = {
            "kind": "outputs",
            "names": _names([output.value for output in graph.outputs]),
            "outputs": [
                [output.name, descriptor_of(output.type), to_json(output.value)]
                for output in graph.outputs
            ],
        }
    return table


def _gate(gate: Gate) -> dict[str, Json]:
    return {
        "condition": to_json(gate.condition),
        "policy": gate.policy,
        "message": None if gate.message is None else to_json(gate.message),
        "text": gate.text,
    }


def _names(read: list[Expr]) -> Json:
    return {
        reference_name(reference): descriptor_of(reference.type)
        for expression in read
        for reference in references(expression)
    }
