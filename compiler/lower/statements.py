"""Lowers statements: each becomes nodes, or the value of a name, in the order written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ..check.values import CheckedPipeline, CheckedStep
from ..ir.values import Expr, NodeId
from ..syntax import ast
from ..syntax.unnamed import Unnamed
from .blocks import lower_for, lower_when
from .called import lower_called
from .expressions import soft
from .frame import Frame
from .gates import lower_approve, lower_expect
from .partitions import lower_partition
from .tasks import lower_task


def lower_statements(frame: Frame, items: Sequence[ast.PipelineItem]) -> None:
    """Lowers the statements of one block into its place."""
    for item in items:
        match item:
            case ast.Bind(name=name, value=value):
                bound = _bound(frame, value, name.text)
                if bound is not None:
                    frame.names[name.text] = bound
            case ast.CallStatement(call=compute):
                _bare(frame, compute)
            case ast.ForBlock() | ast.WhenBlock() | ast.PartitionBlock():
                _block(frame, item, frame.numbers[id(item)])
            case ast.Expect():
                lower_expect(frame, item)
            case ast.Approve():
                lower_approve(frame, item)
            case ast.Yield(value=value):
                frame.result = frame.behind_stops(frame.found(frame.expression(value), value))
            case ast.Output():
                found = frame.found(frame.expression(item.value), item.value)
                # Below a gate that may stop the pipeline its outputs may be missing.
                handed = soft(frame.behind_stops(found)) if frame.stops else found
                frame.outputs[item.name.text] = (item, handed)
            case ast.Hook():
                frame.hooks.append(item)
            case _:
                assert_never(item)


def _bound(frame: Frame, value: ast.Compute | Unnamed, name: str) -> Expr | None:
    """What a name stands for; a block without `yield` has no value."""
    if isinstance(value, ast.Compute):
        return _computed(frame, value, name)
    return _block(frame, value, name)


def _computed(frame: Frame, compute: ast.Compute, name: str) -> Expr:
    callee = frame.calls(compute.value)
    match callee:
        case CheckedStep():
            node = frame.shared.fresh(frame.prefix + name)
            return lower_task(frame, compute, callee, name, node)
        case CheckedPipeline():
            node = frame.shared.fresh(frame.prefix + name)
            return frame.bound(lower_called(frame, compute, callee, name, node))
        case None:
            return frame.settled(frame.bound(frame.expression(compute.value)), name, compute.span)
        case _:
            assert_never(callee)


def _bare(frame: Frame, compute: ast.Compute) -> None:
    """A call without a name is called like what it runs."""
    callee = frame.calls(compute.value)
    assert callee is not None, "the checker lets only calls of steps and pipelines through"
    node = frame.shared.fresh(frame.path + callee.name)
    if isinstance(callee, CheckedStep):
        lower_task(frame, compute, callee, callee.name, node)
    else:
        lower_called(frame, compute, callee, callee.name, node)


def _block(frame: Frame, block: Unnamed, name: str) -> Expr | None:
    node: NodeId = frame.shared.fresh(frame.prefix + name)
    frame.waits[name] = (node,)
    match block:
        case ast.ForBlock():
            return lower_for(frame, block, node)
        case ast.WhenBlock():
            return lower_when(frame, block, node)
        case ast.PartitionBlock():
            return lower_partition(frame, block, node)
        case _:
            assert_never(block)
