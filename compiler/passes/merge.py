"""Merges calls that do the same work: same step, arguments, settings and gates, in one block.

Preserves: every value, and which calls fail together: two branches of a `for` share nothing. Steps
with effects and steps that read the world (`cache = false`) are never merged. Every id stays as an
alias, for logs and tests.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ...runtime.dataclass import dataclass, field, replace
from ...runtime.descriptors import ValueMismatch
from ..ir.expand import in_blocks, rebuilt
from ..ir.graph import Graph
from ..ir.meaning import to_json, widened
from ..ir.nodes import (
    Join,
    Node,
    Task,
    all_ids,
    blocks,
)
from ..ir.values import Expr, Literal, NodeId, rename_ports
from ..types.types import Type


def merge(graph: Graph) -> Graph:
    """The graph in which equal pure tasks of one block and one gate region are one."""
    merging = _Merging(_limbs(graph))
    nodes = merging.nodes(graph.nodes)
    hooks = tuple(replace(hook, nodes=merging.nodes(hook.nodes)) for hook in graph.hooks)
    if not merging.renamed:
        return graph
    return replace(
        graph,
        nodes=merging.named(nodes),
        hooks=tuple(
            replace(hook, nodes=merging.named(hook.nodes), members=merging.ids(hook.members))
            for hook in hooks
        ),
        outputs=tuple(replace(o, value=merging.expression(o.value)) for o in graph.outputs),
    )


def _limbs(graph: Graph) -> dict[NodeId, tuple[NodeId, str]]:
    """The join and the limb that hold a node: where it fails alone."""
    return {
        member: (node.id, limb.name)
        for node in graph.everything()
        if isinstance(node, Join)
        for limb in node.limbs
        for member in limb.members
    }


@dataclass(slots=True)
class _Merging:
    """Which nodes became which; `limbs` says which node fails with which others."""

    limbs: dict[NodeId, tuple[NodeId, str]]
    printed: dict[int, str] = field(default_factory=dict)
    renamed: dict[NodeId, NodeId] = field(default_factory=dict)
    aliases: dict[NodeId, list[NodeId]] = field(default_factory=dict)

    def nodes(self, block: tuple[Node, ...]) -> tuple[Node, ...]:
        """The nodes of one block without those that do what another does."""
        chosen: dict[Hashable, NodeId] = {}
        kept: list[Node] = []
        for old in block:
            node = in_blocks(self.reading(old), self.nodes)
            if blocks(node):
                node = self.reading(node)  # hooks in them look back on nodes behind them
            if isinstance(node, Task) and _is_pure(node):
                likeness = (self.limbs.get(node.id), self.settings(node), _likeness(node))
                first = chosen.setdefault(likeness, node.id)
                if first != node.id:
                    self.renamed[node.id] = first
                    self.aliases.setdefault(first, []).extend(all_ids(node))
                    continue
            kept.append(node)
        return tuple(kept)

    def settings(self, task: Task) -> str:
        """The settings as text; most tasks share theirs with others."""
        found = id(task.settings)
        if found not in self.printed:
            self.printed[found] = repr(task.settings)
        return self.printed[found]

    def reading(self, node: Node) -> Node:
        """The node with those that were merged called by their new names."""
        return rebuilt(node, self.expression, self.ids) if self.renamed else node

    def expression(self, old: Expr) -> Expr:
        return rename_ports(old, self.renamed)

    def ids(self, old: Sequence[NodeId]) -> tuple[NodeId, ...]:
        return tuple(dict.fromkeys(self.renamed.get(name, name) for name in old))

    def named(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """The nodes with their new aliases."""
        return tuple(
            replace(node, aliases=(*node.aliases, *self.aliases[node.id]))
            if isinstance(node, Task) and node.id in self.aliases
            else in_blocks(node, self.named)
            for node in nodes
        )


def _is_pure(task: Task) -> bool:
    return task.settings.cache.enabled and not task.settings.effects


def _likeness(task: Task) -> Hashable:
    """Equal for tasks that do the same work behind the same gates, settings apart.

    Definitions are told apart by identity: lowering makes each one once, and holds them in the
    graph. Literals count as values of the input's type: `1` is `1.0` where a Float is wanted.
    """
    arguments = tuple(
        repr(to_json(_as_input(value, port.type)))
        for port, (_, value) in zip(task.definition.inputs, task.arguments, strict=True)
    )
    order = (frozenset(task.after), frozenset(task.gates))
    return (id(task.definition), arguments, task.refresh, order)


def _as_input(value: Expr, type_: Type) -> Expr:
    if not isinstance(value, Literal):
        return value
    try:
        return widened(value, type_)
    except ValueMismatch:
        return value
