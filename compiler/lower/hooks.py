"""Lowers hooks: what runs when all else has ended, where nothing of the run is sure to be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...runtime.dataclass import replace
from ..ir.expand import in_blocks
from ..ir.values import (
    PASSED,
    Apply,
    Arm,
    Branch,
    Expr,
    Hook,
    Literal,
    Node,
    NodeId,
    PortRef,
    Task,
    references,
)
from ..types.types import BOOL, MISSING
from .expressions import record_of, soft
from .frame import Frame


def lower_hooks(frame: Frame, condition: Expr | None = None) -> None:
    """Adds the hooks of a pipeline whose statements are lowered; where there is a `condition`, they
    only run if it holds."""
    for hook in frame.hooks:
        event = hook.event.text
        word = event if event == "finally" else f"on_{event}"
        inner = frame.inner(frame.prefix, f"{frame.prefix}{word}.")
        inner.names = {
            name: value if name in frame.given else _softened(value)
            for name, value in frame.names.items()
        }
        inner.outer, inner.after, inner.gates, inner.waits = None, (), (), {}
        if condition is not None:
            inner.lowered = []
        inner.shared.statements(inner, hook.body.statements)
        inner.nodes = list(_anew(inner.nodes))
        if condition is None:
            frame.lowered.append(Hook(event, tuple(inner.nodes), hook.span))
            continue
        node = frame.shared.fresh(f"{frame.prefix}{word}")
        branch = Branch(node, (Arm(condition, inner.block(None)),), None, (), hook.span)
        frame.lowered.append(Hook(event, (branch,), hook.span))


def _anew(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes, of which no task is answered by a stored result: what a hook does, it does after
    every run."""
    return tuple(
        replace(node, refresh=True) if isinstance(node, Task) else in_blocks(node, _anew)
        for node in nodes
    )


def started(frame: Frame, gates: Sequence[NodeId]) -> Expr | None:
    """Whether the call of a pipeline began at all: its arguments are there, and the gates above it
    let it pass. None where it always does."""
    waited: dict[str, Expr] = {
        f"of_{name}": value for name, value in frame.given.items() if _is_made(value)
    }
    waited |= {f"behind_{gate}": PortRef(BOOL, gate, PASSED) for gate in gates}
    if not waited:
        return None
    return Apply(BOOL, "!=", (soft(record_of(waited)), Literal(MISSING, None)))


def _is_made(value: Expr) -> bool:
    """Whether a value comes out of the run."""
    return any(isinstance(reference, PortRef) for reference in references(value))


def _softened(value: Expr) -> Expr:
    """None where the run did not come that far."""
    return soft(value) if _is_made(value) else value
