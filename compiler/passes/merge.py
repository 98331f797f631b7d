"""Merges calls that do the same work: same step, same arguments, same settings, same gates before.

Preserves: every value. Steps with effects and steps that read the world (`cache = false`) are never
merged. Every id stays as an alias, for logs and tests.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from ..ir.graph import Graph
from ..ir.meaning import to_json
from ..ir.values import (
    Gate,
    Node,
    NodeId,
    Select,
    Task,
    rename_ports,
)


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
    arguments = tuple((name, repr(to_json(value))) for name, value in task.arguments)
    return (id(task.definition), arguments, repr(task.settings), frozenset(task.after))


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
