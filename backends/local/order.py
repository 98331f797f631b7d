"""The order of work: longest remaining path first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...compiler.ir.nodes import Node, needs
from ...compiler.ir.values import NodeId

UNKNOWN_SECONDS = 1.0


def urgency_within(
    nodes: Sequence[Node],
    known: Mapping[NodeId, float],
    seconds: Callable[[NodeId], float | None],
) -> dict[NodeId, float]:
    """For each node the seconds from its start to the end of the longest path below it.

    `nodes` are in topological order; the end of an expanded block is `known` as the block itself.
    Nodes that never ran count one second. Linear in nodes and edges.
    """
    below: dict[NodeId, float] = {}
    found: dict[NodeId, float] = {}
    for node in reversed(nodes):
        own = seconds(node.id)
        length = (UNKNOWN_SECONDS if own is None else own) + below.get(node.id, 0.0)
        found[node.id] = known.get(node.id, length)
        for need in needs(node):
            below[need] = max(below.get(need, 0.0), found[node.id])
    return found
