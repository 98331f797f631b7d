"""Lifts run-time expressions out of arguments into helper nodes, for engines that cannot compute.

Preserves: every value. An argument that only names an output, or a field of one, stays where it is.
All expressions that become computable at the same depth share one helper.
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.graph import Graph
from ..ir.meaning import known_now
from ..ir.values import Apply, Expr, Node, NodeId, PortRef, Select, Task, needs


def is_path(expression: Expr) -> bool:
    """Whether an expression is an output or a chain of fields of one."""
    match expression:
        case PortRef():
            return True
        case Apply(operator="field", operands=(base,)):
            return is_path(base)
        case _:
            return False


def lift(graph: Graph) -> Graph:
    """The graph whose task arguments are all literals, parameters or paths into outputs.

    Where helpers are added the nodes are put in order of depth, helpers before their readers.
    """
    depth: dict[NodeId, int] = {}
    helpers: dict[tuple[int, frozenset[NodeId]], Select] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        level = 1 + max((depth[need] for need in needs(node)), default=0)
        depth[node.id] = level
        if isinstance(node, Task):
            place = (level, frozenset(node.after))
            arguments: list[tuple[str, Expr]] = []
            for name, value in node.arguments:
                if known_now(value) or is_path(value):
                    arguments.append((name, value))
                    continue
                helper = helpers.get(place) or Select(
                    NodeId(f"select_{len(helpers) + 1}"), (), node.after, node.span
                )
                output = f"{node.id}_{name}"
                helpers[place] = replace(helper, outputs=(*helper.outputs, (output, value)))
                arguments.append((name, PortRef(value.type, helper.id, output)))
            node = replace(node, arguments=tuple(arguments))
        nodes.append(node)
    if not helpers:
        return graph
    by_depth: list[tuple[int, int, Node]] = [
        (level, 0, helper) for (level, _), helper in helpers.items()
    ]
    by_depth += [(depth[node.id], 1, node) for node in nodes]
    ordered = sorted(by_depth, key=lambda entry: entry[:2])
    return graph.with_nodes(tuple(node for _, _, node in ordered))
