"""Plan: what a run would do, node by node, said before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, assert_never, cast

from ..runtime.evaluate import EvaluationError
from ..runtime.history import stem_of
from ..runtime.key import key_of
from ..runtime.record import Record
from ..runtime.values import Type
from .ir import meaning
from .ir.graph import Graph
from .ir.values import CacheKey, Gate, Node, NodeId, Port, Select, Task, data_needs, needs
from .passes.keys import Spec
from .reasons import Reason, changes
from .source import Span
from .types.types import descriptor


class State(StrEnum):
    """`hit`: a stored result answers. `run`: it runs for sure. `depends`: only the run can tell."""

    HIT = "hit"
    RUN = "run"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One row of a plan. `key` is None while unknown; `seconds` are those of last time."""

    id: NodeId
    kind: str
    step: str | None
    state: State
    key: CacheKey | None
    reasons: tuple[Reason, ...]
    seconds: float | None
    span: Span
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The optimized graph with what is known about each node, in topological order."""

    graph: Graph
    specs: Mapping[NodeId, Spec]
    nodes: tuple[PlannedNode, ...]

    def totals(self) -> dict[State, int]:
        """How many tasks are in each state; gates and helpers do not count."""
        counts = dict.fromkeys(State, 0)
        for node in self.nodes:
            if node.kind == "task":
                counts[node.state] += 1
        return counts


class Results(Protocol):
    """What earlier runs left behind."""

    def lookup(self, key: str) -> Record | None:
        """The whole, usable result of a key."""
        ...

    def knows_stem(self, stem: str) -> bool:
        """Whether any result was ever made by this definition in this environment."""
        ...

    def last(self, pipeline: str, node: str) -> Record | None:
        """The result that the node of this name had most recently, for explanations."""
        ...


class NoResults:
    """The results of a machine that never ran anything."""

    def lookup(self, key: str) -> Record | None:
        return None

    def knows_stem(self, stem: str) -> bool:
        return False

    def last(self, pipeline: str, node: str) -> Record | None:
        return None


@dataclass(slots=True)
class _Walk:
    """What the walk knows so far: states by node, and values by `node.port`."""

    states: dict[NodeId, State] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    undecided: dict[NodeId, Reason] = field(default_factory=dict)


def make_plan(graph: Graph, specs: Mapping[NodeId, Spec], results: Results) -> Plan:
    """Walks the graph once, in order; linear in nodes and edges. Parameters must be bound."""
    walk = _Walk()
    rows = tuple(_planned(node, graph, specs, results, walk) for node in graph.nodes)
    return Plan(graph, specs, rows)


def _planned(
    node: Node, graph: Graph, specs: Mapping[NodeId, Spec], results: Results, walk: _Walk
) -> PlannedNode:
    match node:
        case Task():
            row = _task(node, graph, specs[node.id], results, walk)
        case Gate():
            row = _gate(node, walk)
        case Select():
            row = _select(node, walk)
        case _:
            assert_never(node)
    walk.states[node.id] = row.state
    return row


def _task(task: Task, graph: Graph, spec: Spec, results: Results, walk: _Walk) -> PlannedNode:
    last = results.last(graph.name, task.id)
    seconds = None if last is None else _seconds(last)

    def row(
        state: State,
        reasons: tuple[Reason, ...],
        key: str | None = None,
        record: Record | None = None,
    ) -> PlannedNode:
        known = None if key is None else CacheKey(key)
        return PlannedNode(
            task.id, "task", task.definition.name, state, known, reasons, seconds, task.span, record
        )

    gate = next((walk.undecided[need] for need in needs(task) if need in walk.undecided), None)
    if gate is not None:
        walk.undecided[task.id] = gate
    waiting = [need for need in data_needs(task) if walk.states[need] is not State.HIT]
    if spec.uncacheable is not None:
        reason = Reason("cache", spec.uncacheable, span=task.span)
        return row(State.DEPENDS if gate else State.RUN, (gate, reason) if gate else (reason,))
    if waiting:
        if not results.knows_stem(stem_of(spec.json)) and gate is None:
            return row(State.RUN, _changes(task, spec, last, None))
        text = f"waits for {_listed(waiting)}, which may come out the same"
        why = Reason("inputs", text, span=task.span)
        return row(State.DEPENDS, (gate, why) if gate else (why,))
    arguments = {
        name: meaning.evaluate(expression, walk.values) for name, expression in task.arguments
    }
    key, parts, inputs = key_of(spec.json, arguments)
    record = results.lookup(key)
    if record is not None:
        for port in task.definition.outputs:
            value = record.value(port.name, _json(port))
            for name in (task.id, *task.aliases):
                walk.values[f"{name}.{port.name}"] = value
        return row(State.HIT, (), key, record)
    today = Record(key, {}, parts, inputs, {"explain": spec.json["explain"]})
    reasons = _changes(task, spec, last, today)
    return row(State.DEPENDS if gate else State.RUN, (gate, *reasons) if gate else reasons, key)


def _json(port: Port) -> Type:
    return cast("Type", descriptor(port.type))


def _gate(gate: Gate, walk: _Walk) -> PlannedNode:
    waiting = [need for need in needs(gate) if walk.states[need] is not State.HIT]
    if waiting:
        above = next((walk.undecided[n] for n in waiting if n in walk.undecided), None)
        state = max((walk.states[n] for n in waiting), key=list(State).index)
        if gate.policy != "warn":
            text = f"stands behind `expect {gate.text}`, which only the run can decide"
            walk.undecided[gate.id] = above or Reason("gate", text, span=gate.span)
        reason = Reason("inputs", f"waits for {_listed(waiting)}", span=gate.span)
        return PlannedNode(gate.id, "gate", None, state, None, (reason,), None, gate.span)
    try:
        passed = bool(meaning.evaluate(gate.condition, walk.values))
        text = f"`expect {gate.text}` does not hold"
    except EvaluationError as problem:
        passed, text = False, f"`expect {gate.text}` cannot be decided: {problem}"
    if passed or gate.policy == "warn":
        return PlannedNode(gate.id, "gate", None, State.HIT, None, (), None, gate.span)
    reason = Reason("gate", text, span=gate.span)
    walk.undecided[gate.id] = reason
    return PlannedNode(gate.id, "gate", None, State.HIT, None, (reason,), None, gate.span)


def _select(select: Select, walk: _Walk) -> PlannedNode:
    waiting = [need for need in needs(select) if walk.states[need] is not State.HIT]
    if not waiting:
        for name, value in select.outputs:
            walk.values[f"{select.id}.{name}"] = meaning.evaluate(value, walk.values)
    state = max((walk.states[n] for n in waiting), key=list(State).index, default=State.HIT)
    return PlannedNode(select.id, "helper", None, state, None, (), None, select.span)


def _listed(names: list[NodeId]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def _seconds(record: Record) -> float | None:
    seconds = record.provenance.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def _changes(
    task: Task, spec: Spec, last: Record | None, today: Record | None
) -> tuple[Reason, ...]:
    if last is None:
        return (Reason("new", "has never run here", span=task.span),)
    found = changes(task, spec, last, today)
    return found or (Reason("result", "its result is not in the store any more", span=task.span),)
