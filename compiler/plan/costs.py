"""What the work of a plan will cost, by `[prices]` and the times of earlier runs."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import dataclass
from ..ir.values import NodeId
from ..prices import NoPriceError, Prices
from .values import Plan, PlannedNode, State

HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Costs:
    """What each step will cost: nothing where a result answers. `unknown` says why the others have
    no cost."""

    currency: str
    known: Mapping[NodeId, float]
    unknown: Mapping[NodeId, str]

    @property
    def total(self) -> float:
        """What all that is known comes to."""
        return sum(self.known.values())

    def told(self, amount: float) -> str:
        """An amount as people say it: `about 3.20 USD`."""
        if 0 < amount < 0.005:
            return f"less than 0.01 {self.currency}"
        return f"about {amount:,.{2 if amount < 1000 else 0}f} {self.currency}"


def costs(plan: Plan, prices: Prices, machines: Mapping[str, str] | None) -> Costs:
    """`machines` are those that the target has chosen, by step: none where it has no kinds to
    choose from, and None where it cannot take the pipeline. A step that stands for one per item of
    a list counts once."""
    known: dict[NodeId, float] = {}
    unknown: dict[NodeId, str] = {}
    for node in plan.nodes:
        if node.kind != "task":
            continue
        found = 0.0 if node.state is State.HIT else _cost(node, prices, machines)
        if isinstance(found, str):
            unknown[node.id] = found
        else:
            known[node.id] = found
    return Costs(prices.currency, known, unknown)


def _cost(node: PlannedNode, prices: Prices, machines: Mapping[str, str] | None) -> float | str:
    """What a step costs, or why nobody knows."""
    if machines is None:
        return "the target cannot take it"
    try:
        if machines:
            hour = prices.machine(machines[node.id]) if node.id in machines else None
        else:
            hour = None if node.asks is None else prices.asked(node.asks)
    except NoPriceError as problem:
        return f"`{problem}` has no price"
    if hour is None:
        return "asks for no resources"
    return "never timed" if node.seconds is None else hour * node.seconds / HOUR
