"""Computes every expression, or part of one, whose value is known now.

Preserves: the value of every expression, and which evaluation fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ...runtime.dataclass import replace
from ..ir import meaning
from ..ir.graph import Graph
from ..ir.values import Expr, Gate, Literal, Node, Select, Task


def fold(graph: Graph, known: Mapping[str, Literal] | None = None) -> Graph:
    """The graph with constants folded; `known` gives values to parameters."""
    table = known or {}

    def folded(expression: Expr) -> Expr:
        return meaning.fold(expression, table)

    def node(old: Node) -> Node:
        match old:
            case Task():
                return replace(
                    old, arguments=tuple((name, folded(value)) for name, value in old.arguments)
                )
            case Gate():
                message = None if old.message is None else folded(old.message)
                return replace(old, condition=folded(old.condition), message=message)
            case Select():
                return replace(
                    old, outputs=tuple((name, folded(value)) for name, value in old.outputs)
                )
            case _:
                assert_never(old)

    return replace(
        graph,
        nodes=tuple(node(old) for old in graph.nodes),
        outputs=tuple(replace(output, value=folded(output.value)) for output in graph.outputs),
    )


def bind(graph: Graph, values: Mapping[str, Literal]) -> Graph:
    """The graph with parameters frozen: those in `values` are no parameters any more."""
    return replace(
        fold(graph, values),
        parameters=tuple(p for p in graph.parameters if p.name not in values),
    )
