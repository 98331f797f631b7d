"""Limits that CI sets to a plan, and what breaks them: what only the run can tell does, too."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...runtime.dataclass import dataclass
from ..ir.values import NodeId
from .costs import Costs
from .summary import whys
from .times import times
from .values import Plan, PlannedNode, State, names_of

ALL = "all"
SECONDS = "max-seconds"
COST = "max-cost"
MOST = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan must keep to; None where nothing is asked. `hits` is `all` or how many."""

    run: int | None = None
    hits: str | int | None = None
    seconds: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a plan keeps to one limit; `nodes` are those that count against it."""

    name: str
    limit: str | int | float
    found: int | float
    holds: bool
    text: str
    nodes: tuple[NodeId, ...]


def verdicts(plan: Plan, limits: Limits, costs: Costs | None = None) -> tuple[Verdict, ...]:
    """One for each limit; of a limit to the cost only where there are `costs`. A step that depends
    counts as one that runs, one whose time or cost nobody knows as one that takes too much, one for
    each item of a list that only the run knows as any number.
    """
    return tuple(_verdicts(plan, limits, costs))


def _verdicts(plan: Plan, limits: Limits, costs: Costs | None) -> Iterator[Verdict]:
    tasks = [node for node in plan.nodes if node.kind == "task"]
    ahead = [node for node in tasks if node.state is not State.HIT]
    ahead.sort(key=lambda node: node.state is not State.RUN)
    names = tuple(node.id for node in ahead)
    hits = len(tasks) - len(ahead)
    endless = [node.id for node in ahead if node.each]
    if limits.run is not None:
        holds = len(ahead) <= limits.run and not endless
        number = f"any number of steps, at least {len(ahead)}," if endless else _steps(len(ahead))
        text = f"{number} may run, and at most {limits.run} should"
        yield Verdict("max-run", limits.run, len(ahead), holds, text, names)
    if limits.hits == ALL:
        text = f"{_steps(len(ahead))} may run, and none should"
        yield Verdict("expect-hits", ALL, hits, not ahead, text, names)
    elif limits.hits is not None:
        wanted = int(limits.hits)
        text = f"{hits or 'no'} {'step is' if hits == 1 else 'steps are'} up to date, "
        text += f"and at least {wanted} should be"
        yield Verdict("expect-hits", wanted, hits, hits >= wanted, text, names)
    if limits.seconds is not None:
        known = times(plan)
        holds = known.work <= limits.seconds and not known.unknown and not endless
        text = f"about {known.work:.1f} s of work, and at most {limits.seconds:g} s should be"
        if known.unknown:
            text = f"nobody knows how long {_listed(known.unknown)} will take"
        elif endless:
            text = f"nobody knows how often {_listed(endless)} will run"
        worst = sorted(ahead, key=lambda node: -(node.seconds or 0.0))
        slow = (*known.unknown, *(n.id for n in worst if n.seconds is not None))
        yield Verdict(SECONDS, limits.seconds, round(known.work, 3), holds, text, slow)
    if limits.cost is not None and costs is not None:
        holds = costs.total <= limits.cost and not costs.unknown and not endless
        limit = f"{limits.cost:,.2f} {costs.currency}"
        text = f"{costs.told(costs.total)} of work, and at most {limit} should be"
        if costs.unknown:
            text = f"nobody knows what {_listed([*costs.unknown])} will cost"
        elif endless:
            text = f"nobody knows how often {_listed(endless)} will run"
        dear = sorted(names, key=lambda node: -costs.known.get(node, math.inf))
        yield Verdict(COST, limits.cost, round(costs.total, 4), holds, text, tuple(dear))


def culprits(plan: Plan, verdict: Verdict, costs: Costs | None = None) -> Iterator[tuple[str, str]]:
    """The nodes that break a limit, each with why it is no hit; copies of one node as one, and of
    many only the first."""
    rows = {node.id: node for node in plan.nodes}
    groups: dict[str, list[PlannedNode]] = {}
    for name in verdict.nodes:
        groups.setdefault(names_of([name])[0], []).append(rows[name])
    for called, nodes in [*groups.items()][:MOST]:
        count = f"{len(nodes)} of " if len(nodes) > 1 else ""
        amount = ""
        if verdict.name == SECONDS:
            seconds = sum(node.seconds or 0.0 for node in nodes)
            amount = f"{seconds:.1f} s; " if seconds else ""
        elif verdict.name == COST and costs is not None:
            amount = f"{_spent([node.id for node in nodes], costs)}; "
        yield f"{count}{called}", amount + whys(nodes)
    if len(groups) > MOST:
        yield f"and {len(groups) - MOST} more", ""


def _spent(nodes: Sequence[NodeId], costs: Costs) -> str:
    unknown = [costs.unknown[node] for node in nodes if node in costs.unknown]
    return unknown[0] if unknown else costs.told(sum(costs.known[node] for node in nodes))


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count or 'no'} steps"


def _listed(names: Sequence[NodeId]) -> str:
    told = names_of(names)
    quoted = [f"`{name}`" for name in told[:MOST]]
    if len(told) > MOST:
        quoted.append(f"{len(told) - MOST} more")
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
