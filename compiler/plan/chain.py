"""From a node that is no hit back to what a person did: why its inputs are made anew, and so on."""

from __future__ import annotations

from collections import deque

from ...runtime.dataclass import dataclass
from ..ir.nodes import Task
from ..ir.values import NodeId
from .values import Plan, PlannedNode, State


@dataclass(frozen=True, slots=True)
class Chain:
    """`links` lead from the node to the nearest node that waits for nobody; `others` are the ends
    of the chains that are not told."""

    links: tuple[PlannedNode, ...]
    others: tuple[NodeId, ...]


def chain(plan: Plan, node: PlannedNode) -> Chain:
    """The shortest chain to what runs for sure, else to whatever decides."""
    rows = _rows(plan)
    came: dict[NodeId, NodeId | None] = {node.id: None}
    ends: list[PlannedNode] = []
    waiting = deque([node])
    while waiting:
        row = waiting.popleft()
        before = [rows[name] for name in _before(row) if name in rows]
        if not before:
            ends.append(row)
        for other in before:
            if other.id not in came:
                came[other.id] = row.id
                waiting.append(other)
    end = next((row for row in ends if row.state is State.RUN), ends[0] if ends else node)
    links = [end]
    while (name := came[links[-1].id]) is not None:
        links.append(rows[name])
    return Chain(tuple(reversed(links)), tuple(row.id for row in ends if row is not end))


def _before(row: PlannedNode) -> list[NodeId]:
    """The nodes that decide over this one."""
    decide = [reason.of for reason in row.reasons if reason.of is not None]
    return [name for name in (*decide, *row.waits) if name != row.id]


def _rows(plan: Plan) -> dict[NodeId, PlannedNode]:
    rows = {row.id: row for row in plan.nodes}
    for node in plan.graph.everything():
        if isinstance(node, Task) and node.id in rows:
            rows.update(dict.fromkeys(node.aliases, rows[node.id]))
    return rows
