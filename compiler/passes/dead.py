"""Removes gates that can never stop anything and helper nodes that nobody reads.

Preserves: every call that is written, every value, and the order that real gates impose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from ...runtime.dataclass import dataclass, field, replace
from ..ir.expand import in_blocks
from ..ir.graph import Graph
from ..ir.nodes import (
    Gate,
    Join,
    Node,
    Select,
    blocks,
    expressions,
    hooks_within,
)
from ..ir.values import (
    Expr,
    Literal,
    NodeId,
    PortRef,
    references,
)


def dead(graph: Graph) -> Graph:
    """The graph without dead nodes; those that waited for one wait for what it waited for."""
    dying = _dying(graph)
    if not dying:
        return graph
    waits = _Waits(dying)
    return replace(
        graph,
        nodes=waits.nodes(graph.nodes),
        hooks=tuple(replace(hook, nodes=waits.nodes(hook.nodes)) for hook in graph.hooks),
    )


def _dying(graph: Graph) -> frozenset[NodeId]:
    """Gates whose condition is true, and helpers, as far as only dying nodes read them. What a join
    or a hook names stays: it says whether a limb came to its end, or a call began."""
    held = {
        member
        for node in graph.everything()
        if isinstance(node, Join)
        for limb in node.limbs
        for member in limb.members
    }
    for hook in (*graph.hooks, *hooks_within(graph.nodes)):
        held.update(hook.members)
    read = set(_read(output.value for output in graph.outputs))
    for node in graph.everything():
        read.update(_read(b.result for b in blocks(node) if b.result is not None))
    dying: set[NodeId] = set()
    for node in reversed(tuple(graph.everything())):
        if node.id not in held and _is_dead(node, read):
            dying.add(node.id)
        else:
            read.update(_read(expressions(node)))
    return frozenset(dying)


def _read(found: Iterable[Expr]) -> Iterator[NodeId]:
    for expression in found:
        for reference in references(expression):
            if isinstance(reference, PortRef):
                yield reference.node


def _is_dead(node: Node, read: set[NodeId]) -> bool:
    match node:
        case Gate(condition=Literal(value=True)) | Select():
            return node.id not in read
        case _:
            return False


@dataclass(slots=True)
class _Waits:
    """Takes nodes out; `gone` says for what each of them waited: after which, behind which."""

    dying: frozenset[NodeId]
    gone: dict[NodeId, tuple[tuple[NodeId, ...], tuple[NodeId, ...]]] = field(default_factory=dict)

    def nodes(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        kept: list[Node] = []
        for old in nodes:
            after, gates = self.resolved(old)
            if old.id in self.dying:
                self.gone[old.id] = (after, gates)
                continue
            node = in_blocks(old, self.nodes)
            same = (after, gates) == (node.after, node.gates)
            kept.append(node if same else replace(node, after=after, gates=gates))
        return tuple(kept)

    def resolved(self, node: Node) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...]]:
        """What a node waits for once the dead are gone: a gate's own gates stand in for it."""
        if not any(need in self.gone for need in (*node.after, *node.gates)):
            return node.after, node.gates
        after: list[NodeId] = []
        gates: list[NodeId] = []
        for need in node.after:
            after += chain(*self.gone[need]) if need in self.gone else (need,)
        for gate in node.gates:
            before, behind = self.gone.get(gate, ((), (gate,)))
            after += before
            gates += behind
        return tuple(dict.fromkeys(after)), tuple(dict.fromkeys(gates))
