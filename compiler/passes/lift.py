"""Lifts expressions out of arguments into helper nodes, for engines that cannot compute.

Preserves: every value. An argument that is a literal, a parameter, an output or a field of one
stays where it is, and so do blocks: an engine that takes them computes. All expressions that become
computable at the same depth share one helper.
"""

from __future__ import annotations

from collections.abc import Container
from itertools import count

from ...runtime.dataclass import replace
from ..ir.graph import Graph
from ..ir.nodes import (
    Node,
    Select,
    Task,
    all_ids,
    needs,
    walk,
)
from ..ir.values import (
    Apply,
    Expr,
    Literal,
    NodeId,
    ParameterRef,
    PortRef,
)


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
    helpers: dict[tuple[int, frozenset[NodeId], frozenset[NodeId]], Select] = {}
    taken = {name for node in graph.everything() for name in all_ids(node)}
    nodes: list[Node] = []
    for node in graph.nodes:
        above = (depth.get(need, 0) for inner in walk((node,)) for need in needs(inner))
        level = 1 + max(above, default=0)
        depth[node.id] = level
        if isinstance(node, Task) and not all(_carried(value) for _, value in node.arguments):
            place = (level, frozenset(node.after), frozenset(node.gates))
            if place not in helpers:
                name = NodeId(_fresh("select_", len(helpers) + 1, taken))
                taken.add(name)
                helpers[place] = Select(name, (), node.after, node.span, node.gates)
            node, helpers[place] = _lifted(node, helpers[place])
        nodes.append(node)
    if not helpers:
        return graph
    by_depth: list[tuple[int, int, Node]] = [
        (level, 0, helper) for (level, _, _), helper in helpers.items()
    ]
    by_depth += [(depth[node.id], 1, node) for node in nodes]
    ordered = sorted(by_depth, key=lambda entry: entry[:2])
    return graph.with_nodes(tuple(node for _, _, node in ordered))


def _carried(argument: Expr) -> bool:
    """Whether an engine can hand an argument over as it is."""
    return isinstance(argument, Literal | ParameterRef) or is_path(argument)


def _lifted(task: Task, helper: Select) -> tuple[Task, Select]:
    """The task with its expressions read from the helper, and the helper with them."""
    outputs = dict(helper.outputs)
    arguments: list[tuple[str, Expr]] = []
    for name, value in task.arguments:
        if _carried(value):
            arguments.append((name, value))
            continue
        output = f"{task.id}_{name}"
        if output in outputs:
            output = _fresh(f"{output}_", 2, outputs)
        outputs[output] = value
        arguments.append((name, PortRef(value.type, helper.id, output)))
    return (
        replace(task, arguments=tuple(arguments)),
        replace(helper, outputs=tuple(outputs.items())),
    )


def _fresh(stem: str, first: int, taken: Container[str]) -> str:
    """The stem with the first number from `first` on that makes a new name."""
    return next(name for n in count(first) if (name := f"{stem}{n}") not in taken)
