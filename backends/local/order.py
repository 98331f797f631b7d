"""The order of work: longest remaining path first."""

from __future__ import annotations

from collections.abc import Callable

from ...compiler.ir.graph import Graph, dependants
from ...compiler.ir.values import NodeId

UNKNOWN_SECONDS = 1.0


def urgency(graph: Graph, seconds: Callable[[NodeId], float | None]) -> dict[NodeId, float]:
    """For each node the seconds from its start to the end of the longest path below it.

    Nodes that never ran count one second. Linear in nodes and edges.
    """
    waiting = dependants(graph)
    found: dict[NodeId, float] = {}
    for node in reversed(graph.nodes):
        own = seconds(node.id)
        below = max((found[next_] for next_ in waiting[node.id]), default=0.0)
        found[node.id] = (UNKNOWN_SECONDS if own is None else own) + below
    return found
