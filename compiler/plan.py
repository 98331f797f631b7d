"""Plan: what a run would do, node by node, said before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, assert_never

from ..runtime.dataclass import dataclass, field
from ..runtime.evaluate import EvaluationError
from ..runtime.history import stem_of
from ..runtime.key import key_of
from ..runtime.quantities import show_duration
from ..runtime.record import Record
from ..runtime.values import ValueMismatch
from .ir import meaning
from .ir.graph import Graph
from .ir.values import CacheKey, Gate, Node, NodeId, Select, Task, data_needs, needs
from .passes.keys import Spec
from .reasons import Reason, changes
from .source import Span


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

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        """The whole, usable result of a key, no older than `max_age` seconds."""
        ...

    def knows_stem(self, stem: str) -> bool:
        """Whether any result was ever made by this definition in this environment."""
        ...

    def last(self, pipeline: str, node: str) -> Record | None:
        """The result that the node of this name had most recently, for explanations."""
        ...


class NoResults:
    """The results of a machine that never ran anything."""

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        return None

    def knows_stem(self, stem: str) -> bool:
        return False

    def last(self, pipeline: str, node: str) -> Record | None:
        return None


@dataclass(slots=True)
class _Walk:
    """What the walk knows so far: states by node, and values by `node.port`.

    `undecided` has the reason why a node may never be reached; `keys` the first node that is to
    do a piece of work.
    """

    states: dict[NodeId, State] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    undecided: dict[NodeId, Reason] = field(default_factory=dict)
    keys: dict[str, NodeId] = field(default_factory=dict)


def make_plan(graph: Graph, specs: Mapping[NodeId, Spec], results: Results) -> Plan:
    """Walks the graph once, in order; linear in nodes and edges. Parameters must be bound."""
    walk = _Walk()
    rows = tuple(_planned(node, graph, specs, results, walk) for node in graph.nodes)
    return Plan(graph, specs, rows)


def _planned(
    node: Node, graph: Graph, specs: Mapping[NodeId, Spec], results: Results, walk: _Walk
) -> PlannedNode:
    above = next((walk.undecided[need] for need in needs(node) if need in walk.undecided), None)
    if above is not None:
        walk.undecided[node.id] = above
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
    gate = walk.undecided.get(task.id)

    def row(
        state: State,
        *reasons: Reason,
        key: str | None = None,
        record: Record | None = None,
    ) -> PlannedNode:
        """A row; what would run only may run where it may never be reached."""
        known = None if key is None else CacheKey(key)
        if gate is not None and state is not State.HIT:
            state, reasons = State.DEPENDS, (gate, *reasons)
        return PlannedNode(
            task.id, "task", task.definition.name, state, known, reasons, seconds, task.span, record
        )

    waiting = [need for need in data_needs(task) if walk.states[need] is not State.HIT]
    if spec.uncacheable is not None:
        return row(State.RUN, Reason("cache", spec.uncacheable, span=task.span))
    if waiting:
        if not results.knows_stem(stem_of(spec.json)) and gate is None:
            return row(State.RUN, *_changes(task, spec, last, None))
        text = f"waits for {_listed(waiting)}, which may come out the same"
        return row(State.DEPENDS, Reason("inputs", text, span=task.span))
    try:
        arguments = {name: meaning.evaluate(of, walk.values) for name, of in task.arguments}
        key, parts, inputs = key_of(spec.json, arguments)
    except (EvaluationError, ValueMismatch) as problem:
        text = f"an argument has no value: {problem}"
        return row(State.DEPENDS, Reason("arguments", text, span=task.span))
    ttl = task.settings.cache.ttl
    record = results.lookup(key, ttl)
    if record is not None:
        for port in task.definition.outputs:
            value = record.value(port.name, meaning.descriptor_of(port.type))
            for name in (task.id, *task.aliases):
                walk.values[f"{name}.{port.name}"] = value
        return row(State.HIT, key=key, record=record)
    twin = walk.keys.setdefault(key, task.id)
    if twin != task.id:
        text = f"does the same work as `{twin}`, whichever comes first"
        return row(State.DEPENDS, Reason("key", text, span=task.span), key=key)
    if ttl is not None and results.lookup(key) is not None:
        text = f"its result is older than {show_duration(timedelta(seconds=ttl))}"
        return row(State.RUN, Reason("ttl", text, span=task.span), key=key)
    today = Record(key, {}, parts, inputs, {"explain": spec.json["explain"]})
    return row(State.RUN, *_changes(task, spec, last, today), key=key)


def _gate(gate: Gate, walk: _Walk) -> PlannedNode:
    def row(state: State, *reasons: Reason) -> PlannedNode:
        return PlannedNode(gate.id, "gate", None, state, None, reasons, None, gate.span)

    waiting = [need for need in needs(gate) if walk.states[need] is not State.HIT]
    if waiting:
        if gate.policy != "warn":
            text = f"stands behind `expect {gate.text}`, which only the run can decide"
            walk.undecided.setdefault(gate.id, Reason("gate", text, span=gate.span))
        reason = Reason("inputs", f"waits for {_listed(waiting)}", span=gate.span)
        return row(_latest(waiting, walk), reason)
    try:
        if meaning.evaluate(gate.condition, walk.values) is True or gate.policy == "warn":
            return row(State.HIT)
        text = f"`expect {gate.text}` does not hold"
    except EvaluationError as problem:
        text = f"`expect {gate.text}` cannot be decided: {problem}"
    reason = Reason("gate", text, span=gate.span)
    walk.undecided.setdefault(gate.id, reason)
    return row(State.HIT, reason)


def _select(select: Select, walk: _Walk) -> PlannedNode:
    def row(state: State, *reasons: Reason) -> PlannedNode:
        return PlannedNode(select.id, "helper", None, state, None, reasons, None, select.span)

    waiting = [need for need in needs(select) if walk.states[need] is not State.HIT]
    if waiting:
        return row(_latest(waiting, walk))
    try:
        found = {f"{select.id}.{n}": meaning.evaluate(e, walk.values) for n, e in select.outputs}
    except EvaluationError as problem:
        reason = Reason("arguments", f"has no value: {problem}", span=select.span)
        walk.undecided.setdefault(select.id, reason)
        return row(State.DEPENDS, reason)
    walk.values.update(found)
    return row(State.HIT)


def _latest(waiting: list[NodeId], walk: _Walk) -> State:
    """The least certain state of those that are waited for."""
    return max((walk.states[need] for need in waiting), key=list(State).index)


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
