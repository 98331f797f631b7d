"""Flatten: blocks whose list or condition is known become plain nodes, for engines without them."""

from __future__ import annotations

from collections.abc import Sequence

from ...runtime.dataclass import dataclass, field, replace
from ..ir import meaning
from ..ir.expand import Expansion, expand_branch, expand_map, rebuilt
from ..ir.graph import Graph
from ..ir.nodes import (
    YIELD,
    Branch,
    Hook,
    Join,
    Map,
    Node,
    data_needs,
    needs,
)
from ..ir.values import Apply, Expr, Literal, NodeId
from ..types.types import ListOf

MOST = 256
"""Longer loops are not written out: a document would outgrow every engine's limit."""


@dataclass(slots=True)
class _Flat:
    """What came of the nodes so far.

    `values` are those of dissolved joins, by the name that expressions use; `inside` all nodes of a
    dissolved block, and `ends` those that end it: whoever waited for the block waits for them.
    """

    nodes: dict[NodeId, Node] = field(default_factory=dict)
    values: dict[str, Expr] = field(default_factory=dict)
    inside: dict[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    ends: dict[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)


def flatten(graph: Graph) -> Graph:
    """The graph with all that is known about blocks written out; the others stay as they are.

    A loop over a known list becomes its branches, a `when` whose condition is known the arm that
    is taken. Whoever read what the block yields reads it from the branches, behind all of them.
    """
    flat = _Flat(hooks=list(graph.hooks))
    for node in graph.nodes:
        _flatten(node, flat)
    nodes = tuple(flat.nodes.values())
    if nodes == graph.nodes:
        return graph
    return replace(
        graph,
        nodes=nodes,
        hooks=tuple(
            replace(hook, nodes=tuple(_rewritten(node, flat) for node in hook.nodes))
            for hook in flat.hooks
        ),
        outputs=tuple(
            replace(output, value=meaning.fold(output.value, flat.values))
            for output in graph.outputs
        ),
    )


def _flatten(node: Node, flat: _Flat) -> None:
    match node:
        case Map():
            items = _items(meaning.fold(node.items, flat.values))
            if items is not None and len(items) <= MOST:
                _spread(expand_map(node, items), flat)
                return
        case Branch():
            arms = [arm.condition for arm in node.arms]
            known = [None if c is None else meaning.fold(c, flat.values) for c in arms]
            arm = _taken(known)
            if arm is not None:
                _spread(expand_branch(node, arm if arm < len(arms) else None), flat)
                return
        case Join() if _dissolves(node):
            _dissolve(node, flat)
            return
        case _:
            pass
    flat.nodes[node.id] = _rewritten(node, flat)


def _spread(expansion: Expansion, flat: _Flat) -> None:
    flat.hooks += expansion.hooks
    for node in (*expansion.members, expansion.join):
        _flatten(node, flat)


def _dissolves(join: Join) -> bool:
    """Whether the end of a block says nothing that its members do not say."""
    return join.kind == "when" or (
        join.kind == "for" and join.allowed == 0 and len(join.limbs) <= MOST
    )


def _dissolve(join: Join, flat: _Flat) -> None:
    """Notes what the block yields and which nodes end it; its branches take turns."""
    if join.type is not None:
        results = tuple(
            Literal(join.type, None)
            if limb.result is None
            else meaning.fold(limb.result, flat.values)
            for limb in join.limbs
        )
        flat.values[f"{join.id}.{YIELD}"] = (
            Apply(join.type, "list", results)
            if join.kind == "for"
            else (*results, Literal(join.type, None))[0]
        )
    members: dict[NodeId, None] = {}
    ends: list[tuple[NodeId, ...]] = []
    for number, limb in enumerate(join.limbs):
        turn = number - (join.max_parallel or number + 1)
        before = ends[turn] if turn >= 0 else ()
        # a node that equal branches share runs with the first of them
        fresh = [n for m in limb.members for n in flat.inside.get(m, (m,)) if n not in members]
        members.update(dict.fromkeys(fresh))
        ends.append(_queued(fresh, before, flat) or before)
    flat.inside[join.id] = tuple(members)
    waiting = tuple(dict.fromkeys(end for limb in ends for end in limb))
    ended = _rewritten(join, flat)
    flat.ends[join.id] = waiting or (*ended.after, *ended.gates)


def _queued(
    members: Sequence[NodeId], before: tuple[NodeId, ...], flat: _Flat
) -> tuple[NodeId, ...]:
    """Lets a branch wait for `before`; its members that no other member waits for."""
    waited: set[NodeId] = set()
    for name in members:
        node = flat.nodes[name]
        waited.update(needs(node))
        if before:
            flat.nodes[name] = replace(node, after=tuple(dict.fromkeys((*node.after, *before))))
    return tuple(name for name in members if name not in waited)


def _rewritten(node: Node, flat: _Flat) -> Node:
    """The node with dissolved blocks replaced by what came of them, in values and in order."""
    if not flat.ends:
        return node

    def ids(names: Sequence[NodeId]) -> tuple[NodeId, ...]:
        return tuple(dict.fromkeys(end for name in names for end in flat.ends.get(name, (name,))))

    read = ids([need for need in data_needs(node) if need in flat.ends])
    new = rebuilt(node, lambda value: meaning.fold(value, flat.values), ids)
    if isinstance(new, Join) or not read:
        return new
    return replace(new, after=tuple(dict.fromkeys((*new.after, *read))))


def _items(items: Expr) -> list[Expr] | None:
    """The elements of a list that is known, or whose length at least is."""
    match items:
        case Literal(type=ListOf(item)):
            values = meaning.value_of(items)
            assert isinstance(values, list)
            return [meaning.constant(item, value) for value in values]
        case Apply(operator="list", operands=operands):
            return list(operands)
        case _:
            return None


def _taken(conditions: Sequence[Expr | None]) -> int | None:
    """The arm that is taken, or how many there are where none is; None where the run decides."""
    for number, condition in enumerate(conditions):
        match condition:
            case None | Literal(value=True):
                return number
            case Literal():
                continue
            case _:
                return None
    return len(conditions)
