"""Lowers `expect` and `approve`: gates that hold back what is written below them."""

from __future__ import annotations

from ..ir.nodes import Approval, Gate, ends_of
from ..syntax import ast
from .frame import Frame


def lower_expect(frame: Frame, item: ast.Expect) -> None:
    policy = item.policy.text if item.policy is not None else "fail"
    gate = Gate(
        id=frame.shared.fresh(frame.prefix + frame.numbers[id(item)]),
        condition=frame.expression(item.condition),
        policy=policy,
        message=None if item.message is None else frame.expression(item.message),
        text=" ".join(frame.source.slice(item.condition.span).split()),
        after=frame.after,
        gates=frame.gates,
        span=item.span,
    )
    _stands(frame, gate)
    if policy == "stop" or (policy == "fail" and frame.is_keyed):
        frame.stops = (*frame.stops, gate.id)


def lower_approve(frame: Frame, item: ast.Approve) -> None:
    """A person is asked when all that is written above has come to an end."""
    options = item.options.arguments if item.options is not None else ()
    known = {a.name.text: frame.known(a.value) for a in options if a.name is not None}
    by, timeout = known.get("by"), known.get("timeout")
    above = (end for end in ends_of(frame.above()) if end not in frame.gates)
    approval = Approval(
        id=frame.shared.fresh(frame.prefix + frame.numbers[id(item)]),
        message=frame.expression(item.message),
        by=tuple(str(name) for name in by) if isinstance(by, list) else (),
        timeout=float(timeout) if isinstance(timeout, int | float) else None,
        after=tuple(dict.fromkeys((*frame.after, *above))),
        gates=frame.gates,
        span=item.span,
    )
    _stands(frame, approval)
    if frame.is_keyed:
        frame.stops = (*frame.stops, approval.id)


def _stands(frame: Frame, gate: Gate | Approval) -> None:
    frame.nodes.append(gate)
    frame.gates = (*frame.gates, gate.id)
    frame.guards.append(gate.id)
