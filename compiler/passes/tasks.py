"""Changes every task of a graph in one way, wherever it stands: in blocks and in hooks too."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from ...runtime.dataclass import replace
from ..ir.graph import Graph
from ..ir.nodes import (
    Approval,
    Block,
    Branch,
    Gate,
    Hook,
    Join,
    Map,
    Node,
    Select,
    Task,
)


def each_task(graph: Graph, change: Callable[[Task], Task]) -> Graph:
    """The graph with `change` made to every task, and nothing else."""

    def block(old: Block) -> Block:
        return replace(old, nodes=tuple(map(moved, old.nodes)), hooks=tuple(map(hooked, old.hooks)))

    def hooked(old: Hook) -> Hook:
        return replace(old, nodes=tuple(map(moved, old.nodes)))

    def moved(node: Node) -> Node:
        match node:
            case Task():
                return change(node)
            case Map(body=body):
                return replace(node, body=block(body))
            case Branch(arms=arms):
                return replace(node, arms=tuple(replace(a, body=block(a.body)) for a in arms))
            case Gate() | Approval() | Select() | Join():
                return node
            case _:
                assert_never(node)

    return replace(
        graph, nodes=tuple(map(moved, graph.nodes)), hooks=tuple(map(hooked, graph.hooks))
    )
