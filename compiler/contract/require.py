"""Capability errors: what a graph asks of its target, held against the target's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from ..diagnostics.diagnostic import Diagnostic, Label, error
from ..ir.graph import Graph
from ..ir.values import (
    Apply,
    ContainerBody,
    Expr,
    Gate,
    Literal,
    ParameterRef,
    PortRef,
    PythonBody,
    Select,
    ShellBody,
    Task,
    data_needs,
    expressions,
)
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


def required(graph: Graph) -> Iterator[tuple[Feature, Span]]:
    """Every feature a graph asks for, at the place that asks first to last."""
    for parameter in graph.parameters:
        yield _parameter_feature(parameter.type), parameter.span
    for node in graph.nodes:
        for expression in expressions(node):
            for feature in _expression_features(expression):
                yield feature, node.span
        if node.after:
            yield Feature.AFTER, node.span
        match node:
            case Task():
                for feature in _task_features(node):
                    yield feature, node.span
            case Gate():
                yield from ((feature, node.span) for feature in _gate_features(node))
            case Select():
                yield Feature.RUN_TIME_EXPRESSIONS, node.span
            case _:
                assert_never(node)
    for output in graph.outputs:
        yield Feature.PIPELINE_OUTPUTS, output.span
    whole = graph.nodes[0].span if graph.nodes else None
    if whole is not None:
        yield from ((feature, whole) for feature in _graph_features(graph))


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
        able = [
            kind for kind, table in others.items() if not isinstance(table[feature], Impossible)
        ]
        notes = [f"{_listed(able)} can compile this as it is"] if able else []
        labels = [Label(asked_at, f"this asks for {title}")] if asked_at else []
        if support.later:
            found[feature, span] = error(
                "MLP0910",
                f"{feature.value} are not built yet for {title}",
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
        case Literal() | ParameterRef():
            return
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


def _task_features(task: Task) -> Iterator[Feature]:
    match task.definition.body:
        case PythonBody():
            yield Feature.PYTHON
        case ShellBody():
            yield Feature.SHELL
        case ContainerBody():
            yield Feature.CONTAINER
        case _:
            assert_never(task.definition.body)
    settings = task.settings
    resources = settings.resources
    asked = {
        Feature.RETRY: settings.retry.attempts > 1,
        Feature.TIMEOUT: settings.timeout is not None,
        Feature.CACHE: settings.cache.enabled and not settings.effects,
        Feature.CACHE_TTL: settings.cache.ttl is not None,
        Feature.CPU_AND_MEMORY: resources.cpu is not None or resources.memory is not None,
        Feature.GPU: bool(resources.gpu),
        Feature.GPU_TYPE: resources.gpu_type is not None,
        Feature.DISK: resources.disk is not None,
        Feature.SHARED_MEMORY: resources.shm is not None,
        Feature.ENVIRONMENT: bool(settings.env),
        Feature.SECRETS: bool(settings.secrets),
        Feature.EFFECTS: settings.effects,
        Feature.IMAGES_WITHOUT_PYTHON: settings.environment.launcher == "none",
    }
    yield from (feature for feature, wanted in asked.items() if wanted)


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


def _graph_features(graph: Graph) -> Iterator[Feature]:
    asked = {
        Feature.SCHEDULE: graph.schedule is not None,
        Feature.MAX_PARALLEL: graph.max_parallel is not None,
        Feature.PIPELINE_TIMEOUT: graph.timeout is not None,
        Feature.LABELS: bool(graph.labels) or graph.owner is not None,
    }
    yield from (feature for feature, wanted in asked.items() if wanted)
