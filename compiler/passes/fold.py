"""Computes every expression, or part of one, whose value is known now.

Preserves: the value of every expression, and which evaluation fails.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import replace
from ..ir import meaning
from ..ir.expand import rebuilt
from ..ir.graph import Graph
from ..ir.nodes import Node
from ..ir.values import Expr, Literal


def fold(graph: Graph, known: Mapping[str, Literal] | None = None) -> Graph:
    """The graph with constants folded; `known` gives values to parameters."""
    table = known or {}

    def folded(expression: Expr) -> Expr:
        return meaning.fold(expression, table)

    def nodes(old: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(rebuilt(node, folded, tuple) for node in old)

    return replace(
        graph,
        nodes=nodes(graph.nodes),
        hooks=tuple(replace(hook, nodes=nodes(hook.nodes)) for hook in graph.hooks),
        outputs=tuple(replace(output, value=folded(output.value)) for output in graph.outputs),
    )


def bind(graph: Graph, values: Mapping[str, Literal]) -> Graph:
    """The graph with parameters frozen: those in `values` are no parameters any more."""
    return replace(
        fold(graph, values),
        parameters=tuple(p for p in graph.parameters if p.name not in values),
    )
