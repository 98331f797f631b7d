"""Removes gates that can never stop anything and helper nodes that nobody reads.

Preserves: every call that is written, every value, and the order that real gates impose.
"""

from __future__ import annotations

from ...runtime.dataclass import replace
from ..ir.graph import Graph
from ..ir.values import Gate, Literal, Node, NodeId, PortRef, Select, data_needs, references


def dead(graph: Graph) -> Graph:
    """The graph without dead nodes; those that waited for one wait for what it waited for."""
    dying = _dying(graph)
    if not dying:
        return graph
    gone: dict[NodeId, tuple[NodeId, ...]] = {}
    kept: list[Node] = []
    for node in graph.nodes:
        after = _resolved(node.after, gone)
        if node.id in dying:
            gone[node.id] = after
        else:
            kept.append(node if after == node.after else replace(node, after=after))
    return graph.with_nodes(tuple(kept))


def _dying(graph: Graph) -> set[NodeId]:
    """Gates whose condition is true, and helpers that only dying nodes read."""
    read = {
        reference.node
        for output in graph.outputs
        for reference in references(output.value)
        if isinstance(reference, PortRef)
    }
    dying: set[NodeId] = set()
    for node in reversed(graph.nodes):
        if _is_dead(node, read):
            dying.add(node.id)
        else:
            read.update(data_needs(node))
    return dying


def _is_dead(node: Node, read: set[NodeId]) -> bool:
    match node:
        case Gate(condition=Literal(value=True)):
            return True
        case Select():
            return node.id not in read
        case _:
            return False


def _resolved(
    after: tuple[NodeId, ...], gone: dict[NodeId, tuple[NodeId, ...]]
) -> tuple[NodeId, ...]:
    if not any(node in gone for node in after):
        return after
    flat = (kept for node in after for kept in gone.get(node, (node,)))
    return tuple(dict.fromkeys(flat))
