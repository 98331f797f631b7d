"""A pipeline as a graph: nodes in the order written, parameters and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...runtime.dataclass import dataclass, field, replace
from ..source import Span
from .nodes import (
    Hook,
    Node,
    Output,
    Parameter,
    all_ids,
    needs,
    walk,
)
from .values import NodeId


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
    hooks: tuple[Hook, ...] = ()
    spans: tuple[tuple[str, Span], ...] = field(default_factory=tuple, repr=False, compare=False)

    def by_id(self) -> dict[NodeId, Node]:
        """The nodes by id, aliases included."""
        table: dict[NodeId, Node] = {}
        for node in self.nodes:
            table.update(dict.fromkeys(all_ids(node), node))
        return table

    def everything(self) -> Iterator[Node]:
        """Every node with those inside of blocks and hooks, in the order written."""
        yield from walk(self.nodes)
        for hook in self.hooks:
            yield from walk(hook.nodes)

    def with_nodes(self, nodes: tuple[Node, ...]) -> Graph:
        return replace(self, nodes=nodes)


def dependants(graph: Graph) -> dict[NodeId, tuple[NodeId, ...]]:
    """For each node, who waits for it, in the order written."""
    table: dict[NodeId, list[NodeId]] = {node.id: [] for node in graph.nodes}
    for node in graph.nodes:
        for need in needs(node):
            table[need].append(node.id)
    return {name: tuple(waiting) for name, waiting in table.items()}


def reduced(waits: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The transitive reduction of an acyclic relation `node -> what it waits for`.

    `waits` must be in topological order. Sets of ancestors are bits of whole numbers, so ten
    thousand nodes take a fraction of a second and some megabytes.
    """
    index = {node: position for position, node in enumerate(waits)}
    ancestors: list[int] = []
    short: dict[str, tuple[str, ...]] = {}
    for node, needs_of in waits.items():
        above = 0
        for need in needs_of:
            above |= ancestors[index[need]]
        short[node] = tuple(
            dict.fromkeys(need for need in needs_of if not above >> index[need] & 1)
        )
        for need in needs_of:
            above |= 1 << index[need]
        ancestors.append(above)
    return short
