"""Tells a plan in few lines: what was made from one node of a block becomes one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from ...runtime.dataclass import dataclass
from .values import Plan, PlannedNode, State, names_of

MOST = 3
_BRACKETS = re.compile(r"(?<=\w)\[[^\]]*\](?=[.`])")
"""Where a copy of a node stands, in the name of one that a reason speaks of."""


@dataclass(frozen=True, slots=True)
class Line:
    """`state` is the least certain of those that it stands for."""

    state: State
    name: str
    text: str


def summary(plan: Plan) -> list[Line]:
    """The lines, in the order of the nodes. The end of a block has one only where it is unsure."""
    groups: dict[str, list[PlannedNode]] = {}
    for node in plan.nodes:
        if node.kind in ("map", "branch") and not node.reasons:
            continue
        groups.setdefault(_stem(node), []).append(node)
    return [_line(name, nodes) for name, nodes in groups.items()]


def skipped(plan: Plan) -> list[str]:
    """How many copies of a node will not run, where others are told of; what has no copy that
    runs is no part of this run, and nothing is said of it."""
    told = set(names_of(node.id for node in plan.nodes))
    counts = Counter(name for node in plan.skipped for name in names_of([node]))
    return [f"{name} ({count})" for name, count in counts.items() if name in told]


def _stem(node: PlannedNode) -> str:
    """`daily.built` for `daily[2026-11-01].built`; other nodes keep their id."""
    if node.branch is None and node.partition is None:
        return node.id
    return names_of([node.id])[0]


def _line(name: str, nodes: Sequence[PlannedNode]) -> Line:
    state = max((node.state for node in nodes), key=list(State).index)
    if len(nodes) == 1 and nodes[0].id == name:
        return Line(state, name, _told(tuple(reason.text for reason in nodes[0].reasons)))
    why = whys(nodes)
    return Line(state, name, ranges(nodes) + (f" ({why})" if why else ""))


def _told(texts: Sequence[str], most: int = MOST) -> str:
    """Reasons in one line: those that matter most come first, and of many only these."""
    if len(texts) > most + 1:
        texts = (*texts[:most], f"and {len(texts) - most} more changes")
    return "; ".join(texts)


def whys(nodes: Sequence[PlannedNode]) -> str:
    """Why copies of a node are no hits: what is true of most of them, those that run for sure
    first, each with how many it is true of where there are several."""
    ahead = [node for node in nodes if node.state is not State.HIT and node.reasons]
    ahead.sort(key=lambda node: node.state is not State.RUN)
    counts = Counter(tuple(_BRACKETS.sub("", r.text) for r in node.reasons) for node in ahead)
    if not counts:
        return ""
    found = [*counts.items()]
    if len(found) == 1:
        return _told(found[0][0])
    told = [f"{count}: {_told(texts, 1)}" for texts, count in found[:MOST]]
    if len(found) > MOST:
        told.append(f"and {len(found) - MOST} more reasons")
    return "; ".join(told)


def ranges(nodes: Sequence[PlannedNode]) -> str:
    """`612 hit, 7 run: 2026-11-15 to 2026-11-21`."""
    return ", ".join(_count(nodes, s) for s in State if any(n.state is s for n in nodes))


def _count(nodes: Sequence[PlannedNode], state: State) -> str:
    """`612 hit`, `7 run: 2026-11-15 to 2026-11-21`: which ones, where only some are to be done."""
    mine = sum(node.state is state for node in nodes)
    text = f"{mine} {state.value}"
    if state is State.HIT or mine == len(nodes):
        return text
    return f"{text}: {', '.join(_some(list(_ranges(nodes, state))))}"


def _ranges(nodes: Sequence[PlannedNode], state: State) -> Iterator[str]:
    for same, found in groupby(nodes, key=lambda node: node.state is state):
        if same:
            run = [node.partition or node.branch or node.id for node in found]
            yield run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}"


def _some(ranges: list[str], most: int = 4) -> list[str]:
    if len(ranges) <= most + 1:
        return ranges
    return [*ranges[:most], f"and {len(ranges) - most} more"]
