"""Lowers calls of pipelines: their nodes stand where the call stands, under its name."""

from __future__ import annotations

from ..check.values import CheckedPipeline
from ..check.values import Port as CheckedPort
from ..ir.nodes import ends_of
from ..ir.values import Expr, NodeId
from ..syntax import ast
from .definitions import default_of
from .expressions import as_float, missing, record_of
from .frame import Frame
from .hooks import lower_hooks
from .tasks import order


def lower_called(
    frame: Frame, compute: ast.Compute, callee: CheckedPipeline, name: str, node: NodeId
) -> Expr:
    """Adds all nodes of the pipeline; what stands for the call is a record of its outputs, each
    missing where a gate stopped the pipeline before it."""
    assert isinstance(compute.value, ast.Call)
    given = {a.name.text: a.value for a in compute.value.arguments if a.name is not None}
    top = frame.module(callee.module)
    inner = Frame(top.program, frame.shared, frame.shared.read.of(callee.module))
    inner.outer = frame
    inner.number(callee)
    inner.prefix = inner.path = f"{node}."
    inner.after, inner.gates = order(frame, compute.after)
    inner.variables = frame.variables
    inner.lowered, inner.is_keyed = frame.lowered, frame.is_keyed
    for port in callee.parameters:
        inner.names[port.name] = _argument(frame, inner, given.get(port.name), port)
    inner.shared.statements(inner, callee.syntax.items)
    frame.nodes += inner.nodes
    frame.guarded += (*inner.guards, *inner.guarded)
    frame.waits[name] = ends_of(inner.nodes)
    lower_hooks(inner, node)
    return record_of(
        {
            output: frame.settled(value, f"{name}.{output}", item.span)
            for output, (item, value) in inner.outputs.items()
        }
    )


def _argument(frame: Frame, inner: Frame, given: ast.Expr | None, port: CheckedPort) -> Expr:
    if given is not None:
        return as_float(frame.found(frame.expression(given), given), port.type)
    default = default_of(port, inner.module(inner.source.name))
    return default or missing(port.type)
