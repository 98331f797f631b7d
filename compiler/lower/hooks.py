"""Lowers hooks: what runs when all else has ended, where nothing of the run is sure to be there."""

from __future__ import annotations

from ..ir.values import Expr, Hook, PortRef, references
from .expressions import missing, soft
from .frame import Frame


def lower_hooks(frame: Frame) -> None:
    """Adds the hooks of a pipeline whose statements are lowered."""
    for hook in frame.hooks:
        event = hook.event.text
        word = event if event == "finally" else f"on_{event}"
        inner = frame.inner(frame.prefix, f"{frame.prefix}{word}.")
        inner.names = {name: _softened(value, frame) for name, value in frame.names.items()}
        inner.outer, inner.after, inner.gates, inner.waits = None, (), (), {}
        inner.is_flat = False
        inner.shared.statements(inner, hook.body.statements)
        frame.shared.hooks.append(Hook(event, tuple(inner.nodes), hook.span))


def _softened(value: Expr, frame: Frame) -> Expr:
    """None where the run did not come that far. Nodes in a block that is yet to be expanded are not
    seen from outside of it."""
    if not any(isinstance(reference, PortRef) for reference in references(value)):
        return value
    return soft(value) if frame.is_flat else missing(value.type)
