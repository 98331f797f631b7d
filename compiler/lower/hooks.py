"""Lowers hooks: what runs when all else has ended, where nothing of the run is sure to be there."""

from __future__ import annotations

from collections.abc import Iterable

from ...runtime.dataclass import replace
from ..ir.expand import in_blocks
from ..ir.nodes import (
    Hook,
    Node,
    Select,
    Task,
    data_needs,
)
from ..ir.values import Expr, NodeId, PortRef, references
from .expressions import hindsight
from .frame import Frame


def lower_hooks(frame: Frame, call: NodeId | None = None) -> None:
    """Adds the hooks of a pipeline whose statements are lowered, for its `call` where another
    pipeline calls it. A call that stands for no node never begins, and has no hooks."""
    members = () if call is None else tuple(node.id for node in frame.nodes)
    if call is not None and not members:
        return
    own = _made_by(frame.nodes)
    for hook in frame.hooks:
        event = hook.event.text
        word = event if event == "finally" else f"on_{event}"
        inner = frame.inner(frame.prefix, f"{frame.prefix}{word}.")
        inner.names = {name: _softened(value, own) for name, value in frame.names.items()}
        inner.outer, inner.after, inner.gates, inner.waits = None, (), (), {}
        inner.shared.statements(inner, hook.body.statements)
        frame.lowered.append(Hook(event, _anew(inner.nodes), hook.span, call, members))


def _anew(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes, of which no task is answered by a stored result: what a hook does, it does after
    every run."""
    return tuple(
        replace(node, refresh=True) if isinstance(node, Task) else in_blocks(node, _anew)
        for node in nodes
    )


def _made_by(nodes: Iterable[Node]) -> frozenset[NodeId]:
    """The nodes of a pipeline, without those that only compute what it was given."""
    own: set[NodeId] = set()
    for node in nodes:
        if not isinstance(node, Select) or own.intersection(data_needs(node)):
            own.add(node.id)
    return frozenset(own)


def _softened(value: Expr, own: frozenset[NodeId]) -> Expr:
    """None where the run did not come that far, or the value to nothing. What a pipeline was given
    is there for it, or what needs it does not run."""
    made = any(isinstance(read, PortRef) and read.node in own for read in references(value))
    return hindsight(value) if made else value
