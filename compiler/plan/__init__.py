"""Plan: what a run would do, node by node, said before anything starts."""

from .values import NoResults, Plan, PlannedNode, Results, State, kind_of
from .walk import make_plan

__all__ = ["NoResults", "Plan", "PlannedNode", "Results", "State", "kind_of", "make_plan"]
