"""How long the work of a plan will take: all of it, and its longest chain."""

from __future__ import annotations

from ...runtime.dataclass import dataclass
from ..ir.values import NodeId
from .values import Plan, State


@dataclass(frozen=True, slots=True)
class Times:
    """`work` is that of all steps that run or may run, in seconds; `path` of the longest chain of
    them, which no machine can beat. `unknown` are those of which no time is known."""

    work: float
    path: float
    unknown: tuple[NodeId, ...]


def times(plan: Plan) -> Times:
    """What stands for a list that only the run knows counts once."""
    ahead = [node for node in plan.nodes if node.state is not State.HIT]
    tasks = [node for node in ahead if node.kind == "task"]
    return Times(
        sum(node.seconds for node in tasks if node.seconds is not None),
        max((node.done for node in ahead), default=0.0),
        tuple(node.id for node in tasks if node.seconds is None),
    )
