"""Merges calls that do the same work: same step, same arguments, same settings, same gates before.

Preserves: every value. Steps with effects and steps that read the world (`cache = false`) are never
merged. Every id stays as an alias, for logs and tests.
"""

from __future__ import annotations

from collections.abc import Hashable

from ...runtime.dataclass import replace
from ...runtime.values import ValueMismatch
from ..ir.graph import Graph
from ..ir.meaning import to_json, widened
from ..ir.values import (
    Expr,
    Gate,
    Literal,
    Node,
    NodeId,
    Select,
    Task,
    rename_ports,
)
from ..types.types import Type


def merge(graph: Graph) -> Graph:
    """The graph in which equal pure tasks of one gate region are one."""
    chosen: dict[Hashable, NodeId] = {}
    renamed: dict[NodeId, NodeId] = {}
    aliases: dict[NodeId, list[NodeId]] = {}
    nodes: list[Node] = []
    for old in graph.nodes:
        node = _renamed(old, renamed) if renamed else old
        if isinstance(node, Task) and node.settings.cache.enabled and not node.settings.effects:
            likeness = _likeness(node)
            first = chosen.setdefault(likeness, node.id)
            if first != node.id:
                renamed[node.id] = first
                aliases.setdefault(first, []).extend((node.id, *node.aliases))
                continue
        nodes.append(node)
    if not renamed:
        return graph
    return replace(
        graph,
        nodes=tuple(
            replace(n, aliases=(*n.aliases, *aliases[n.id]))
            if isinstance(n, Task) and n.id in aliases
            else n
            for n in nodes
        ),
        outputs=tuple(replace(o, value=rename_ports(o.value, renamed)) for o in graph.outputs),
    )


def _likeness(task: Task) -> Hashable:
    """Equal for tasks that do the same work behind the same gates.

    Definitions are told apart by identity: lowering makes each one once, and holds them in the
    graph. Literals count as values of the input's type: `1` is `1.0` where a Float is wanted.
    """
    arguments = tuple(
        repr(to_json(_as_input(value, port.type)))
        for port, (_, value) in zip(task.definition.inputs, task.arguments, strict=True)
    )
    return (id(task.definition), arguments, repr(task.settings), frozenset(task.after))


def _as_input(value: Expr, type_: Type) -> Expr:
    if not isinstance(value, Literal):
        return value
    try:
        return widened(value, type_)
    except ValueMismatch:
        return value


def _renamed(node: Node, names: dict[NodeId, NodeId]) -> Node:
    after = tuple(dict.fromkeys(names.get(n, n) for n in node.after))
    match node:
        case Task():
            arguments = tuple((name, rename_ports(v, names)) for name, v in node.arguments)
            return replace(node, arguments=arguments, after=after)
        case Gate():
            return replace(
                node,
                condition=rename_ports(node.condition, names),
                message=None if node.message is None else rename_ports(node.message, names),
                after=after,
            )
        case Select():
            outputs = tuple((name, rename_ports(v, names)) for name, v in node.outputs)
            return replace(node, outputs=outputs, after=after)
