"""Capability errors: what a graph asks of its target, held against the target's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from ..diagnostics.diagnostic import Diagnostic, Label, error
from ..ir.definitions import ContainerBody, NotebookBody, PythonBody, ShellBody
from ..ir.graph import Graph
from ..ir.nodes import (
    Approval,
    Block,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Select,
    Task,
    blocks,
    data_needs,
    expressions,
    walk,
)
from ..ir.values import (
    Apply,
    Expr,
    Literal,
    ParameterRef,
    PortRef,
)
from ..passes.keys import PYTHON
from ..source import Span
from ..types.types import (
    Artifact,
    Dataset,
    EnumOf,
    Json,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Type,
    is_artifact,
)
from .feature import Feature, Impossible, Support
from .flatten import MOST


def required(graph: Graph) -> Iterator[tuple[Feature, Span]]:
    """Every feature a graph asks for, at the place that asks first to last."""
    for parameter in graph.parameters:
        yield _parameter_feature(parameter.type), parameter.span
    for node in graph.nodes:
        yield from _node_features(node, looping=False)
    for hook in graph.hooks:
        yield _EVENTS[hook.event], hook.span
        for node in hook.nodes:
            yield from _node_features(node, looping=False)
    for node in walk(graph.nodes):
        for block in blocks(node):
            yield from ((_EVENTS[hook.event], hook.span) for hook in block.hooks)
    for output in graph.outputs:
        yield Feature.PIPELINE_OUTPUTS, output.span
    yield from _graph_features(graph)


_EVENTS = {
    "failure": Feature.ON_FAILURE,
    "success": Feature.ON_SUCCESS,
    "finally": Feature.FINALLY,
}


def _node_features(node: Node, *, looping: bool) -> Iterator[tuple[Feature, Span]]:
    """What a node asks for, and all that stand inside of it; `looping` says it is in a `for`."""
    for expression in expressions(node):
        for feature in _expression_features(expression):
            yield feature, node.span
    if node.after:
        yield Feature.AFTER, node.span
    match node:
        case Task():
            yield from _task_features(node)
        case Gate():
            yield from ((feature, node.span) for feature in _gate_features(node))
        case Approval():
            yield Feature.APPROVE, _word(node.span, "approve")
        case Select():
            yield Feature.RUN_TIME_EXPRESSIONS, node.span
        case Map():
            yield Feature.FOR_NESTED if looping else Feature.FOR_RUN_TIME, _word(node.span, "for")
            if node.type is not None:
                yield Feature.FAN_IN, _word(node.span, "for")
            if node.allow_failures:
                yield Feature.ALLOW_FAILURES, _word(node.span, "for")
            yield from _block_features(node.body, looping=True)
        case Branch():
            yield Feature.WHEN_IN_FOR if looping else Feature.WHEN, _word(node.span, "when")
            for arm in node.arms:
                yield from _block_features(arm.body, looping=looping)
        case Join():
            place = _word(node.span, node.kind)
            yield from ((feature, place) for feature in _join_features(node))
        case _:
            assert_never(node)


def _word(span: Span, keyword: str) -> Span:
    """The keyword that a block begins with: all of the block would be marked otherwise."""
    return Span(span.file, span.start, min(span.end, span.start + len(keyword)))


def _block_features(block: Block, *, looping: bool) -> Iterator[tuple[Feature, Span]]:
    for node in block.nodes:
        yield from _node_features(node, looping=looping)


def _join_features(join: Join) -> Iterator[Feature]:
    """What the end of a block asks for; that of a `when` which is decided asks for nothing."""
    match join.kind:
        case "partition":
            yield Feature.PARTITION
        case "for":
            yield Feature.FOR_STATIC if len(join.limbs) <= MOST else Feature.FOR_RUN_TIME
            if join.type is not None:
                yield Feature.FAN_IN
            if join.allowed:
                yield Feature.ALLOW_FAILURES
        case _:
            return


def capability_errors(
    graph: Graph,
    title: str,
    features: Mapping[Feature, Support],
    asked_at: Span | None,
    others: Mapping[str, Mapping[Feature, Support]],
) -> list[Diagnostic]:
    """One MLP0903 (or MLP0910 for what comes later) per feature and place that cannot be had.

    `asked_at` is the `target` block; `others` are the remaining targets' tables, by kind.
    """
    found: dict[tuple[Feature, Span], Diagnostic] = {}
    for feature, span in required(graph):
        support = features[feature]
        if not isinstance(support, Impossible) or (feature, span) in found:
            continue
        if feature is Feature.FAN_IN and _is_refused_loop(span, found):
            continue
        able = [
            kind for kind, table in others.items() if not isinstance(table[feature], Impossible)
        ]
        notes = list(_able(able))
        labels = [Label(asked_at, f"this asks for {title}")] if asked_at else []
        if support.later:
            found[feature, span] = error(
                "MLP0910",
                f"not built yet for {title}: {feature.value}",
                span,
                "this one",
                labels=labels,
                notes=notes,
                help=support.instead,
            )
        else:
            found[feature, span] = error(
                "MLP0903",
                f"{title} cannot {support.why}",
                span,
                "this asks for it",
                labels=labels,
                notes=notes,
                help=support.instead,
            )
    return list(found.values())


def _is_refused_loop(span: Span, found: Mapping[tuple[Feature, Span], Diagnostic]) -> bool:
    """Whether the loop at a place is refused as a whole: what it yields goes without saying."""
    loops = (Feature.FOR_STATIC, Feature.FOR_RUN_TIME, Feature.FOR_NESTED)
    return any((loop, span) in found for loop in loops)


def _able(kinds: list[str]) -> Iterator[str]:
    """Who can do it: engines are compiled for, this machine runs a pipeline at once."""
    engines = [kind for kind in kinds if kind != "local"]
    if engines:
        yield f"{_listed(engines)} can compile this as it is"
    if "local" in kinds:
        yield "it runs on this machine as it is: `mlp run`"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _parameter_feature(type_: Type) -> Feature:
    match type_:
        case Optional(inner):
            return _parameter_feature(inner)
        case EnumOf():
            return Feature.ENUM_PARAMETERS
        case _ if is_artifact(type_):
            return Feature.ARTIFACT_PARAMETERS
        case ListOf() | MapOf() | Row() | Json() | Metrics():
            return Feature.LIST_PARAMETERS
        case _:
            return Feature.PARAMETERS


def _expression_features(expression: Expr) -> Iterator[Feature]:
    match expression:
        case Literal(type=type_, value=value):
            if is_artifact(type_) and value is not None:
                yield Feature.PROJECT_FILES
        case ParameterRef(name=name):
            if name.startswith("run."):
                yield Feature.RUN_FIELDS
        case PortRef(type=type_):
            yield _edge_feature(type_)
        case Apply(operator="field", operands=(PortRef() as base,)):
            yield from _expression_features(base)
        case Apply(operator=operator, operands=operands):
            if any(True for operand in operands for _ in _expression_features(operand)):
                yield Feature.TEXT if operator == "text" else Feature.RUN_TIME_EXPRESSIONS
                for operand in operands:
                    yield from _expression_features(operand)
        case _:
            assert_never(expression)


def _edge_feature(type_: Type) -> Feature:
    match type_:
        case Optional(inner):
            return _edge_feature(inner)
        case Artifact(name="Dir"):
            return Feature.FOLDERS
        case Artifact() | Dataset():
            return Feature.FILES
        case _:
            return Feature.SCALARS


def _task_features(task: Task) -> Iterator[tuple[Feature, Span]]:
    match task.definition.body:
        case PythonBody():
            yield Feature.PYTHON, task.span
        case ShellBody():
            yield Feature.SHELL, task.span
        case ContainerBody():
            yield Feature.CONTAINER, task.span
        case NotebookBody():
            yield Feature.NOTEBOOK, task.span
        case _:
            assert_never(task.definition.body)
    settings = task.settings
    resources, environment = settings.resources, settings.environment
    asked = (
        (Feature.RETRY, "retry", settings.retry.attempts > 1),
        (Feature.TIMEOUT, "timeout", settings.timeout is not None),
        (Feature.CACHE, "cache", settings.cache.enabled and not settings.effects),
        (Feature.CACHE_TTL, "cache.ttl", settings.cache.ttl is not None),
        (Feature.CPU_AND_MEMORY, "resources.cpu", resources.cpu is not None),
        (Feature.CPU_AND_MEMORY, "resources.memory", resources.memory is not None),
        (Feature.GPU, "resources.gpu", bool(resources.gpu)),
        (Feature.GPU_TYPE, "resources.gpu_type", resources.gpu_type is not None),
        (Feature.DISK, "resources.disk", resources.disk is not None),
        (Feature.SHARED_MEMORY, "resources.shm", resources.shm is not None),
        (Feature.BUILT_ENVIRONMENTS, "environment", _must_be_built(task)),
        (Feature.ENVIRONMENT, "env", bool(settings.env)),
        (Feature.SECRETS, "secrets", bool(settings.secrets)),
        (Feature.EFFECTS, "effects", settings.effects),
        (Feature.IMAGES_WITHOUT_PYTHON, "environment.launcher", environment.launcher == "none"),
    )
    for feature, name, wanted in asked:
        if wanted:
            yield feature, settings.span(name) or task.span


def _must_be_built(task: Task) -> bool:
    """Whether a step says what its environment holds, and names no image that holds it."""
    environment = task.settings.environment
    if environment.image is not None or isinstance(task.definition.body, ContainerBody):
        return False
    return bool(
        environment.lockfile
        or environment.requirements
        or environment.packages
        or environment.python not in (None, PYTHON)
    )


def _gate_features(gate: Gate) -> Iterator[Feature]:
    if not data_needs(gate):
        yield Feature.EXPECT_PARAMETERS
    match gate.policy:
        case "warn":
            yield Feature.EXPECT_WARN
        case "stop":
            yield Feature.EXPECT_STOP
        case _:
            yield Feature.EXPECT


def _graph_features(graph: Graph) -> Iterator[tuple[Feature, Span]]:
    asked = (
        (Feature.SCHEDULE, "schedule", graph.schedule is not None),
        (Feature.MAX_PARALLEL, "max_parallel", graph.max_parallel is not None),
        (Feature.PIPELINE_TIMEOUT, "timeout", graph.timeout is not None),
        (Feature.LABELS, "labels", bool(graph.labels)),
        (Feature.LABELS, "owner", graph.owner is not None),
    )
    for feature, name, wanted in asked:
        if wanted:
            yield feature, _place(graph, name)


def _place(graph: Graph, option: str) -> Span:
    """Where an option of the pipeline was written, else where the pipeline is named."""
    places = dict(graph.spans)
    return places.get(option) or places.get("") or graph.nodes[0].span
