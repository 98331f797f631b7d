"""Results: how the nodes of a run ended, what they gave, and in which order that is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from ...compiler.contract.folder import log_name
from ...compiler.contract.runner import Event, Made, NodeResult, NodeState
from ...compiler.ir import meaning
from ...compiler.ir.expand import Expansion
from ...compiler.ir.nodes import (
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Select,
    Task,
    all_ids,
    ports_of,
    walk,
)
from ...compiler.ir.values import NodeId
from ...runtime.evaluate import ABSENT, FAILED
from ...runtime.record import Record
from .blocks import Blocks

GOOD = (NodeState.HIT, NodeState.RAN)


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to say of a node that ended. `below_failure` tells one that was skipped for
    another's failure from one that nobody needed; `within` is the `when` around one that never
    came to be."""

    seconds: float = 0.0
    attempts: int = 0
    began: float | None = None
    outputs: Mapping[str, str] | None = None
    why: str | None = None
    below_failure: bool = False
    within: NodeId | None = None


class Results:
    """`values` are outputs by `node.port`, and what `run.` names; `blocked` has the nodes that were
    skipped below a failure, `expansions` what became of blocks. `seen` hears of every end."""

    def __init__(self, logs: Path, seen: Callable[[Event], None], blocks: Blocks) -> None:
        self.ends: dict[NodeId, NodeResult] = {}
        self.made: dict[NodeId, Made] = {}
        self.values: dict[str, object] = {}
        self.blocked: set[NodeId] = set()
        self.expansions: dict[NodeId, Expansion] = {}
        self._logs = logs
        self._seen = seen
        self._blocks = blocks
        self._began = time.monotonic()

    def log(self, node: NodeId) -> Path:
        """Where what a step prints goes."""
        return self._logs / log_name(node)

    def enter(self, node: Node, state: NodeState, facts: Facts) -> None:
        """A node has ended."""
        branch, partition = self._blocks.place(facts.within or node.id)
        step = node.definition.name if isinstance(node, Task) else None
        result = NodeResult(
            node.id,
            _kind(node),
            step,
            state,
            round(facts.seconds, 3),
            facts.attempts,
            facts.outputs or {},
            facts.why,
            self._written(node.id) if facts.attempts and step is not None else None,
            0.0 if facts.began is None else round(facts.began - self._began, 3),
            branch,
            partition,
        )
        self.ends[node.id] = result
        if state is NodeState.SKIPPED and facts.below_failure:
            self.blocked.add(node.id)
        if state not in GOOD:
            self._bind(node, FAILED if state is NodeState.FAILED or facts.below_failure else ABSENT)
        made = self.made.get(node.id)
        detail = {} if made is None else {"result": made.id}
        self._seen(Event("finished", node.id, detail, result=result))

    def _written(self, node: NodeId) -> Path | None:
        log = self.log(node)
        return log if os.path.exists(log) else None

    def take(self, task: Task, record: Record) -> str | None:
        """What a task gave; gives what was warned of on the way."""
        for port in task.definition.outputs:
            value = record.value(port.name, meaning.descriptor_of(port.type))
            for name in all_ids(task):
                self.values[f"{name}.{port.name}"] = value
        seconds = record.provenance.get("seconds")
        known = float(seconds) if isinstance(seconds, int | float) else None
        self.made[task.id] = Made(record.key, record.id, record.outputs, known)
        warnings = record.provenance.get("warnings")
        words = "; ".join(map(str, warnings)) if isinstance(warnings, list) else ""
        if words:
            self._seen(Event("warned", task.id, {"why": words}))
        return words or None

    def bind_absent(self, node: Node) -> None:
        """The node has no value for anybody, and nobody is to blame."""
        self._bind(node, ABSENT)

    def _bind(self, node: Node, value: object) -> None:
        for name in all_ids(node):
            for port, _ in ports_of(node):
                self.values[f"{name}.{port}"] = value

    def in_order(self, nodes: Iterable[Node]) -> Iterator[NodeResult]:
        """The ends of nodes, and of all that they became, in the order of the graph."""
        for node in nodes:
            expansion = self.expansions.get(node.id)
            if expansion is not None:
                yield from self.in_order(expansion.members)
                yield from self._rows(expansion.dropped)
            elif isinstance(node, Branch):
                yield from self._rows(in_arms(node))
            yield from self._rows((node,))

    def _rows(self, nodes: Iterable[Node]) -> Iterator[NodeResult]:
        return (self.ends[node.id] for node in nodes if node.id in self.ends)

    def first_failure(self, inside: frozenset[NodeId] | None = None) -> NodeResult | None:
        """The first node that failed and that no loop puts up with, of the run or of the nodes
        `inside` a called pipeline."""
        failed = (result for result in self.ends.values() if result.state is NodeState.FAILED)
        own = (result for result in failed if inside is None or result.id in inside)
        return next((r for r in own if not self._blocks.forgiven(r.id, inside)), None)


def in_arms(node: Branch) -> list[Node]:
    """All nodes in the arms of a `when` that have an id of their own."""
    return outside_loops(walk(inner for arm in node.arms for inner in arm.body.everything))


def outside_loops(nodes: Iterable[Node]) -> list[Node]:
    """Those that are not in the body of a `for` among them: only its branches would have ids."""
    listed = list(nodes)
    loops = (node.body.everything for node in listed if isinstance(node, Map))
    inside = {node.id for body in loops for node in walk(body)}
    return [node for node in listed if node.id not in inside]


def _kind(node: Node) -> str:
    match node:
        case Task():
            return "task"
        case Gate() | Approval():
            return "gate"
        case Select():
            return "helper"
        case Map():
            return "map"
        case Branch():
            return "branch"
        case Join(kind=kind):
            return "branch" if kind == "when" else "map"
        case _:
            assert_never(node)
