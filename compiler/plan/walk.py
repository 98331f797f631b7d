"""Walks a graph in order and says of each node what is known before the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ...runtime.evaluate import Absent, EvaluationError
from ..ir import meaning
from ..ir.expand import Expansion, expand_branch, expand_map
from ..ir.graph import Graph
from ..ir.join import joined
from ..ir.nodes import (
    YIELD,
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
from ..ir.values import NodeId
from ..passes.keys import Spec
from ..reasons import Reason
from ..types.types import ListOf
from . import nodes
from .known import Known, inner_nodes, members_of
from .past import Past
from .values import Plan, Results, State


def make_plan(graph: Graph, specs: Mapping[NodeId, Spec], results: Results) -> Plan:
    """What is known of each node, and why. Parameters must be bound."""
    known = walk(graph, specs, results)
    return Plan(graph, specs, tuple(known.rows), tuple(known.skipped))


def walk(graph: Graph, specs: Mapping[NodeId, Spec], results: Results) -> Known:
    """Walks the graph once, in order; linear in nodes and edges. Parameters must be bound."""
    known = Known(graph, specs, results, Past(graph, results))
    known.hold(graph.nodes)
    for node in graph.nodes:
        _visit(node, None, known)
    return known


def _visit(node: Node, around: Reason | None, known: Known) -> None:
    """One node with all that stands inside of it; `around` says why it may never be reached."""
    if any(gate in known.stopped or gate in known.absent for gate in node.gates):
        known.skip((node,))
        return
    above = around or known.doubt(node)
    if above is not None:
        known.undecided[node.id] = above
    try:
        match node:
            case Task():
                known.tasks[node.id] = node
                nodes.task(node, known)
            case Gate():
                nodes.gate(node, known)
            case Approval():
                nodes.approval(node, known)
            case Select():
                nodes.select(node, known)
            case Map():
                _map(node, above, known)
            case Branch():
                _branch(node, above, known)
            case Join():
                _join(node, known)
            case _:
                assert_never(node)
    except Absent:
        known.skip((node,))


def _map(block: Map, around: Reason | None, known: Known) -> None:
    waits = known.unknown(block.items)
    if waits is not None:
        text = f"goes through a list that waits for {waits}"
        reason = Reason("list", text, span=block.span)
        known.row(block, State.DEPENDS, reason, waits=known.waiting(data_needs(block)))
        text = f"stands in `{block.id}`, whose list only the run knows"
        inside = around or Reason("list", text, span=block.span, of=block.id)
        for node in inner_nodes(block.body.nodes):
            seconds = None
            if isinstance(node, Task):
                known.twin(node)
                seconds = known.estimate(node)
            known.row(node, State.DEPENDS, inside, seconds=seconds, each=True)
        known.ends_with(block, inner_nodes(block.body.nodes))
        return
    try:
        items = meaning.evaluate(block.items, known.values)
    except Absent:
        raise
    except EvaluationError as problem:
        known.skip(block.body.nodes)
        known.fails(block, f"its list has no value: {problem}")
        return
    of = block.items.type
    assert isinstance(of, ListOf)
    assert isinstance(items, list)
    literals = [meaning.constant(of.item, item) for item in items]
    _expand(expand_map(block, literals), around, known)


def _branch(block: Branch, around: Reason | None, known: Known) -> None:
    """Conditions are looked at in order, as far as they are known."""
    for number, arm in enumerate(block.arms):
        waits = None if arm.condition is None else known.unknown(arm.condition)
        if waits is not None:
            _open(block, number, waits, around, known)
            return
        try:
            taken = arm.condition is None or meaning.evaluate(arm.condition, known.values)
        except Absent:
            raise
        except EvaluationError as problem:
            known.skip(node for other in block.arms for node in other.body.nodes)
            known.fails(block, f"its condition has no value: {problem}")
            return
        if taken is True:
            _take(block, number, around, known)
            return
    _take(block, None, around, known)


def _take(block: Branch, taken: int | None, around: Reason | None, known: Known) -> None:
    for number, arm in enumerate(block.arms):
        if number != taken:
            known.skip(arm.body.nodes)
    _expand(expand_branch(block, taken), around, known)


def _open(block: Branch, first: int, waits: str, around: Reason | None, known: Known) -> None:
    """A `when` of which only the run can tell whether it takes the arm `first` or a later one."""
    reason = Reason("branch", f"waits for {waits}", span=block.span)
    known.row(block, State.DEPENDS, reason, waits=known.waiting(data_needs(block)))
    text = f"stands in `{block.id}`, which only the run can decide"
    inside = around or Reason("branch", text, span=block.span, of=block.id)
    for number, arm in enumerate(block.arms):
        if number < first:
            known.skip(arm.body.nodes)
            continue
        known.hold(arm.body.nodes)
        for node in arm.body.nodes:
            _visit(node, inside, known)
        known.ends_with(block, arm.body.nodes)


def _expand(expansion: Expansion, around: Reason | None, known: Known) -> None:
    known.origins.update(expansion.origin)
    members = (*expansion.members, expansion.join)
    known.hold(members)
    for node in members:
        _visit(node, around, known)


def _join(join: Join, known: Known) -> None:
    waiting = known.waiting((*members_of(join), *data_needs(join)))
    if waiting:
        known.row(join, known.latest(waiting), waits=waiting)
    elif join.id in known.undecided:
        known.row(join, State.DEPENDS, known.undecided[join.id])
    elif known.of_the_run(expressions(join)) is not None:
        known.row(join, State.RUN)
    else:
        found = joined(join, lambda _: False, known.values)
        if found.broken:
            known.fails(join, found.why or "has no value")
            return
        known.values[f"{join.id}.{YIELD}"] = found.value
        known.row(join, State.HIT)
