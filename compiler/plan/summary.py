"""Tells a plan in few lines: what was made from one node of a block becomes one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ...runtime.dataclass import dataclass
from ..reasons import Reason
from .values import Plan, PlannedNode, State, names_of

MOST = 3
FULL = 40
"""So many lines are read one by one."""
BEHIND = ("gate", "stop")
"""The parts of reasons that name a gate."""
BETWEEN = ("inputs", "key")
"""The parts of reasons that may name other nodes of the same kind."""
_QUOTED = re.compile(r"`[^`]*`")
_LISTED = re.compile(r"`[^`]*`(?:(?:, | and )`[^`]*`)*")
_BRACKETS = re.compile(r"(?<=\w)\[[^\]]*\](?=[.`])")
"""Where a copy of a node stands, in the name of one that a reason speaks of."""


@dataclass(frozen=True, slots=True)
class Line:
    """`state` is the least certain of those that it stands for. `gist` is what the text says of
    more than this line: a change without its values, a wait without the names."""

    state: State
    name: str
    text: str
    gist: str


def summary(plan: Plan) -> list[Line]:
    """The lines, in the order of the nodes. The end of a block has one only where it is unsure."""
    groups: dict[str, list[PlannedNode]] = {}
    for node in plan.nodes:
        if node.kind in ("map", "branch") and not _own(node):
            continue
        groups.setdefault(_stem(node), []).append(node)
    return [_line(name, nodes) for name, nodes in groups.items()]


def condensed(lines: Sequence[Line]) -> list[Line]:
    """Lines that say the same of different nodes as one, where there are more than people read; it
    stands where the first of them stood."""
    if len(lines) <= FULL:
        return [*lines]
    groups: dict[tuple[State, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.state, line.gist), []).append(line)
    return [_shared(same) for same in groups.values()]


def _shared(lines: Sequence[Line]) -> Line:
    first = lines[0]
    if len(lines) == 1:
        return first
    text = first.text if all(line.text == first.text for line in lines) else first.gist
    names = [line.name for line in lines]
    if len(names) > MOST + 1:
        names[MOST:] = [f"{len(names) - MOST:,} more"]
    name = f"{', '.join(names[:-1])} and {names[-1]}"
    return Line(first.state, name, text, first.gist)


def closed(plan: Plan) -> list[PlannedNode]:
    """The gates at which a run fails for sure; in a branch or partition only that one fails."""
    return [
        node
        for node in plan.nodes
        if (node.kind, node.state, node.branch, node.partition) == ("gate", State.HIT, None, None)
        and [reason.of for reason in node.reasons] == [node.id]
    ]


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
        reasons = nodes[0].reasons
        gist = _told(tuple(dict.fromkeys(_gist(r, name) for r in reasons)))
        return Line(state, name, _told(tuple(_text(r, name) for r in reasons)), gist)
    why = whys(nodes)
    text = ranges(nodes) + (f" ({why})" if why else "")
    return Line(state, name, text, text)


def _told(texts: Sequence[str], most: int = MOST, between: str = "; ") -> str:
    """Reasons in one line: those that matter most come first, and of many only these."""
    if len(texts) > most + 1:
        texts = (*texts[:most], f"and {len(texts) - most} more changes")
    return between.join(texts)


def _own(node: PlannedNode) -> bool:
    """Whether a node has a reason that is not that of a gate or block around it."""
    return any(reason.of in (None, node.id) for reason in node.reasons)


def _text(reason: Reason, node: str) -> str:
    """A reason of a node beside the lines of others: the gate that is named has one of its own."""
    if reason.part in BEHIND and reason.of is not None and reason.of != node:
        return f"stands behind `{reason.of}`"
    return reason.text


def _gist(reason: Reason, node: str) -> str:
    text = _text(reason, node)
    if reason.was is not None and reason.now is not None:
        return text.partition(" from ")[0]
    if reason.part in BETWEEN:
        return _LISTED.sub("others", text)
    return text


def _texts(node: PlannedNode) -> tuple[str, ...]:
    """The reasons of a copy of a node, as they are true of others: the copies of another node that
    one speaks of are that node."""
    own = f"`{names_of([node.id])[0]}`"
    texts = (_BRACKETS.sub("", _text(reason, node.id)) for reason in node.reasons)
    return tuple(_LISTED.sub(_once, text).replace(own, "another copy") for text in texts)


def _once(listed: re.Match[str]) -> str:
    names: list[str] = list(dict.fromkeys(_QUOTED.findall(listed[0])))
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def whys(nodes: Sequence[PlannedNode]) -> str:
    """Why copies of a node are no hits: those that run for sure first, each reason with the copies
    that it is true of, where it is not true of all."""
    groups: dict[tuple[str, ...], list[PlannedNode]] = {}
    ahead = [node for node in nodes if node.state is not State.HIT and node.reasons]
    for node in sorted(ahead, key=lambda node: node.state is not State.RUN):
        groups.setdefault(_texts(node), []).append(node)
    found = [*groups.items()]
    if len(found) < 2:
        return _told(found[0][0]) if found else ""
    most = MOST if len(found) > MOST + 1 else MOST + 1
    told = [f"{_called(nodes, same)}: {_told(texts, 1, ', ')}" for texts, same in found[:most]]
    if len(found) > most:
        told.append(f"and {len(found) - most} more reasons")
    return "; ".join(told)


def _called(nodes: Sequence[PlannedNode], some: Sequence[PlannedNode]) -> str:
    """Which copies of a node: their partitions, or how many there are of those that are no row."""
    ids = {node.id for node in some}
    found = [*_runs(nodes, lambda node: node.id in ids)]
    return found[0] if len(found) == 1 else f"{len(some):,}"


def ranges(nodes: Sequence[PlannedNode]) -> str:
    """`612 hit, 7 run: 2026-11-15 to 2026-11-21`."""
    return ", ".join(_count(nodes, s) for s in State if any(n.state is s for n in nodes))


def _count(nodes: Sequence[PlannedNode], state: State) -> str:
    """`612 hit`, `7 run: 2026-11-15 to 2026-11-21`: which ones, where only some are to be done."""
    mine = sum(node.state is state for node in nodes)
    text = f"{mine:,} {state.value}"
    if state is State.HIT or mine == len(nodes):
        return text
    return f"{text}: {', '.join(_some([*_runs(nodes, lambda node: node.state is state)]))}"


def _runs(nodes: Sequence[PlannedNode], chosen: Callable[[PlannedNode], bool]) -> Iterator[str]:
    """The partitions or branches of the nodes that are chosen: `2026-11-15 to 2026-11-21`."""
    for same, found in groupby(nodes, key=chosen):
        if same:
            run = [_place(node) for node in found]
            yield run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}"


def _place(node: PlannedNode) -> str:
    """The partition of a copy, or its branches as its name has them: `[2]`."""
    branches = f"[{node.branch.replace('.', '][')}]" if node.branch is not None else node.id
    return node.partition or branches


def _some(ranges: list[str], most: int = 4) -> list[str]:
    if len(ranges) <= most + 1:
        return ranges
    return [*ranges[:most], f"and {len(ranges) - most} more"]
