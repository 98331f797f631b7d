"""A pipeline as a graph: nodes in the order written, parameters and outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .values import Node, NodeId, Output, Parameter, Task, needs


@dataclass(frozen=True, slots=True)
class Graph:
    """A value: passes take one and return one. `nodes` is always a topological order."""

    name: str
    parameters: tuple[Parameter, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    doc: str | None = None
    max_parallel: int | None = None
    timeout: float | None = None
    schedule: tuple[str, str] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    owner: str | None = None

    def by_id(self) -> dict[NodeId, Node]:
        """The nodes by id, aliases included."""
        table: dict[NodeId, Node] = {}
        for node in self.nodes:
            table[node.id] = node
            if isinstance(node, Task):
                for alias in node.aliases:
                    table[alias] = node
        return table

    def with_nodes(self, nodes: tuple[Node, ...]) -> Graph:
        return replace(self, nodes=nodes)


def dependants(graph: Graph) -> dict[NodeId, tuple[NodeId, ...]]:
    """For each node, who waits for it, in the order written."""
    table: dict[NodeId, list[NodeId]] = {node.id: [] for node in graph.nodes}
    for node in graph.nodes:
        for need in needs(node):
            table[need].append(node.id)
    return {name: tuple(waiting) for name, waiting in table.items()}


def reduced(edges: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The transitive reduction of an acyclic relation `node -> what it waits for`.

    Order is kept. Linear in edges times depth in practice; networkx does the work.
    """
    import networkx as nx

    digraph: nx.DiGraph[str] = nx.DiGraph()
    digraph.add_nodes_from(edges)
    digraph.add_edges_from((need, node) for node, waits in edges.items() for need in waits)
    kept = set(nx.transitive_reduction(digraph).edges)
    return {
        node: tuple(need for need in waits if (need, node) in kept) for node, waits in edges.items()
    }
