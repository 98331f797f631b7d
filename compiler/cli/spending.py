"""The line of a plan that says what it will cost."""

from __future__ import annotations

from ..ir.values import NodeId
from ..plan import Plan, State
from ..plan.costs import Costs
from ..plan.values import names_of
from .amounts import counted

MOST = 3


def spending(costs: Costs, plan: Plan) -> str | None:
    """`about 3.20 USD, 4 of 6 steps known; never timed: fitted and score`."""
    totals = plan.totals()
    ahead = totals[State.RUN] + totals[State.DEPENDS]
    if not ahead:
        return None
    known = ahead - len(costs.unknown)
    if known == ahead:
        return costs.told(costs.total)
    why = "; ".join(_whys(costs))
    if not known:
        return f"cost not known; {why}"
    return f"{costs.told(costs.total)}, {known:,} of {counted(ahead, 'step')} known; {why}"


def _whys(costs: Costs) -> list[str]:
    groups: dict[str, list[NodeId]] = {}
    for node, why in costs.unknown.items():
        groups.setdefault(why, []).append(node)
    return [f"{why}: {_few(names_of(nodes))}" for why, nodes in groups.items()]


def _few(names: list[str]) -> str:
    if len(names) > MOST + 1:
        return f"{', '.join(names[:MOST])} and {len(names) - MOST} more"
    return ", ".join(names)
