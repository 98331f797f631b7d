"""Where a run stands: results by node, values by output, and who is ready because of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from ...compiler.contract.folder import log_name
from ...compiler.contract.runner import Event, NodeResult, NodeState
from ...compiler.ir import meaning
from ...compiler.ir.expand import Expansion
from ...compiler.ir.values import (
    PASSED,
    YIELD,
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    NodeId,
    Select,
    Task,
    all_ids,
    needs,
    ports_of,
    walk,
)
from ...runtime.evaluate import ABSENT
from ...runtime.record import Record
from .blocks import Blocks

_GOOD = (NodeState.HIT, NodeState.RAN)


@dataclass(frozen=True, slots=True)
class _Hindrance:
    """Why a node is skipped: something above it failed, or was skipped itself."""

    why: str
    below_failure: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """What there is to say of a node that ended."""

    seconds: float = 0.0
    attempts: int = 0
    began: float | None = None
    outputs: Mapping[str, str] | None = None
    why: str | None = None


_NOT_TAKEN = _Hindrance("`when` took another way", below_failure=False)


class Progress:
    """`values` are outputs by `node.port`, and what `run.` names; `seen` hears of every node that
    ends. `blocks` knows what a failure closes; `stopped` is a gate's green way out; `expired` says
    that the whole run took too long."""

    def __init__(self, logs: Path, seen: Callable[[Event], None], *, keep_going: bool) -> None:
        self.results: dict[NodeId, NodeResult] = {}
        self.records: dict[NodeId, Record] = {}
        self.values: dict[str, object] = {}
        self.blocks = Blocks(keep_going=keep_going)
        self.stopped = False
        self.expired: str | None = None
        self._logs = logs
        self._seen = seen
        self._began = time.monotonic()
        self._nodes: dict[NodeId, Node] = {}
        self._below: dict[NodeId, list[NodeId]] = {}
        self._waiting: dict[NodeId, int] = {}
        self._origin: dict[NodeId, NodeId] = {}
        self._expansions: dict[NodeId, Expansion] = {}
        self._hooks: set[NodeId] = set()
        self._blocked: set[NodeId] = set()

    # ---- nodes come -----------------------------------------------------------------------------

    def add(self, nodes: Sequence[Node]) -> list[Node]:
        """New nodes, joins behind their members; gives those that wait for nothing."""
        held: set[NodeId] = set()
        for node in nodes:
            if isinstance(node, Join):
                held |= self.blocks.open(node)
        for node in nodes:
            self._nodes[node.id] = node
            unsettled = [need for need in needs(node) if need not in self.results]
            for need in unsettled:
                self._below.setdefault(need, []).append(node.id)
            self._waiting[node.id] = len(unsettled) + (node.id in held)
        skipped: list[NodeId] = []
        for node in nodes:
            above = (n for n in needs(node) if n in self.results)
            found = (h for need in above if (h := self._hindrance(node, need)) is not None)
            hindrance = next(found, None)
            if hindrance is not None and node.id not in self.results:
                skipped += self._enter_skipped(node, hindrance)
        ready = {node.id: node for node in self._settled(skipped)}
        ready |= {node.id: node for node in nodes if not self._waiting[node.id]}
        return [node for node in ready.values() if node.id not in self.results]

    def expand(self, expansion: Expansion) -> list[Node]:
        """A block becomes its members and a join; gives the nodes that are ready now."""
        join = expansion.join
        self._expansions[join.id] = expansion
        if join.id in self._hooks:
            self._hooks.update(node.id for node in expansion.members)
        for new, old in expansion.origin.items():
            self._origin[new] = self.template(old)
        branches = len(join.limbs) if join.kind == "for" else None
        dropped = _outside_loops(expansion.dropped)
        detail = {"branches": branches, "nodes": len(expansion.members) + len(dropped)}
        self._seen(Event("expanded", join.id, {**detail}))
        skipped: list[NodeId] = []
        for node in dropped:
            skipped += self._enter_skipped(node, _NOT_TAKEN, within=join.id)
        ready = self._settled(skipped)
        return [*ready, *self.add((*expansion.members, join))]

    def begin_hook(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes of a hook: no failure keeps them from running but that of what they read."""
        for name, result in self.results.items():
            if result.state not in _GOOD:
                self._bind_absent(self._nodes[name])
        self._hooks.update(node.id for node in nodes)
        return self.add(nodes)

    def obstacle(self, node: Node) -> str | None:
        """Why a node that is ready may not start any more."""
        return None if node.id in self._hooks else self.blocks.obstacle(node.id)

    def failed(self, node: NodeId) -> bool:
        """Whether a node ended badly."""
        result = self.results.get(node)
        return result is not None and result.state is NodeState.FAILED

    def blocked(self, node: NodeId) -> bool:
        """Whether a node was skipped because of a failure."""
        return node in self._blocked

    def template(self, node: NodeId) -> NodeId:
        """The node of the graph as it was planned from which a node was made."""
        return self._origin.get(node, node)

    def in_order(self, nodes: Iterable[Node]) -> Iterator[NodeResult]:
        """The results of nodes, and of all that they became, in the order of the graph."""
        for node in nodes:
            expansion = self._expansions.get(node.id)
            if expansion is not None:
                yield from self.in_order(expansion.members)
                yield from self._rows(expansion.dropped)
            elif isinstance(node, Branch):
                yield from self._rows(_arms(node))
            yield from self._rows((node,))

    def _rows(self, nodes: Iterable[Node]) -> Iterator[NodeResult]:
        return (self.results[node.id] for node in nodes if node.id in self.results)

    # ---- nodes end ------------------------------------------------------------------------------

    def log(self, node: NodeId) -> Path:
        """Where what a step prints goes."""
        return self._logs / log_name(node)

    def succeed(
        self,
        task: Task,
        record: Record,
        state: NodeState,
        seconds: float = 0.0,
        attempts: int = 0,
        *,
        began: float | None = None,
    ) -> list[Node]:
        """The task has its result; gives the nodes that are ready now."""
        for port in task.definition.outputs:
            value = record.value(port.name, meaning.descriptor_of(port.type))
            for name in all_ids(task):
                self.values[f"{name}.{port.name}"] = value
        self.records[task.id] = record
        digests = {name: str(entry["digest"]) for name, entry in record.outputs.items()}
        warnings = record.provenance.get("warnings")
        words = "; ".join(map(str, warnings)) if isinstance(warnings, list) else ""
        if words:
            self._seen(Event("warned", task.id, {"why": words}))
        return self.finish(
            task, state, seconds, attempts, began=began, outputs=digests, why=words or None
        )

    def passed(self, gate: Gate | Approval, why: str | None = None) -> list[Node]:
        """The gate lets the run go on; `why` is what it warned of, or who opened it."""
        self.values[f"{gate.id}.{PASSED}"] = True
        return self.finish(gate, NodeState.RAN, attempts=1, why=why)

    def joined(self, join: Join, value: object) -> list[Node]:
        """The block has come to its end."""
        self.values[f"{join.id}.{YIELD}"] = value
        return self.finish(join, NodeState.RAN, attempts=1)

    def finish(
        self,
        node: Node,
        state: NodeState,
        seconds: float = 0.0,
        attempts: int = 0,
        *,
        began: float | None = None,
        outputs: Mapping[str, str] | None = None,
        why: str | None = None,
        below_failure: bool = False,
    ) -> list[Node]:
        """The node has ended; gives the nodes that are ready now. What cannot do without it is
        skipped. `below_failure` says that a node is skipped because another one failed."""
        facts = _Facts(seconds, attempts, began, outputs, why)
        if state is NodeState.FAILED and node.id in self._hooks:
            self.blocks.failed = True
        ready = self._settled(self._enter(node, state, facts, below_failure))
        if isinstance(node, Gate) and state is NodeState.SKIPPED and attempts:
            self.stopped |= self.blocks.holder(node.id) is None and self._guarded(node.id)
        return ready

    def skip(self, node: Node, why: str, *, below_failure: bool = False) -> list[Node]:
        """The node will not run; gives the nodes that are ready now."""
        return self.finish(node, NodeState.SKIPPED, why=why, below_failure=below_failure)

    def expire(self, why: str) -> None:
        """The run's time is over: it has failed, and nothing new may start."""
        self.expired = why
        self.blocks.fail(at_once=True)

    def first_failure(self) -> NodeResult | None:
        """The first node that failed and that no loop puts up with."""
        failed = (r for r in self.results.values() if r.state is NodeState.FAILED)
        return next((r for r in failed if not self.blocks.forgiven(r.id)), None)

    @property
    def status(self) -> str:
        """What the run comes to as far as it is."""
        return "failed" if self.blocks.failed else "stopped" if self.stopped else "succeeded"

    def _written(self, node: NodeId) -> Path | None:
        log = self.log(node)
        return log if os.path.exists(log) else None

    def _bind_absent(self, node: Node) -> None:
        for name in all_ids(node):
            for port, _ in ports_of(node):
                self.values[f"{name}.{port}"] = ABSENT

    def _enter_skipped(
        self, node: Node, why: _Hindrance, *, within: NodeId | None = None
    ) -> list[NodeId]:
        """Notes that a node is skipped, and all that stands in its arms; gives their ids.

        `within` is the `when` around one that never came to be.
        """
        self._nodes[node.id] = node
        return self._enter(node, NodeState.SKIPPED, _Facts(why=why.why), why.below_failure, within)

    def _enter(
        self,
        node: Node,
        state: NodeState,
        facts: _Facts,
        below_failure: bool,
        within: NodeId | None = None,
    ) -> list[NodeId]:
        """Notes how a node ended; gives its id and those of all that ended with it."""
        branch, partition = self.blocks.place(within or node.id)
        ran = facts.attempts and isinstance(node, Task)
        result = NodeResult(
            node.id,
            _kind(node),
            node.definition.name if isinstance(node, Task) else None,
            state,
            round(facts.seconds, 3),
            facts.attempts,
            facts.outputs or {},
            facts.why,
            self._written(node.id) if ran else None,
            0.0 if facts.began is None else round(facts.began - self._began, 3),
            branch,
            partition,
        )
        self.results[node.id] = result
        if state is NodeState.SKIPPED:
            self._note_skipped(node, below_failure=below_failure)
        self._seen(Event("finished", node.id, result=result))
        return [node.id, *([] if state in _GOOD else self._enter_arms(node))]

    def _note_skipped(self, node: Node, *, below_failure: bool) -> None:
        if below_failure:
            self._blocked.add(node.id)
        else:
            self._bind_absent(node)

    def _enter_arms(self, node: Node) -> list[NodeId]:
        """What stands in the arms of a `when` that never began is skipped with it."""
        if not isinstance(node, Branch):
            return []
        failed = self.results[node.id].state is NodeState.FAILED
        blocked = failed or node.id in self._blocked
        why = _Hindrance(f"`{node.id}` {'failed' if failed else 'was skipped'}", blocked)
        skipped: list[NodeId] = []
        for inner in _arms(node):
            if inner.id not in self.results:
                skipped += self._enter_skipped(inner, why, within=node.id)
        return skipped

    def _settled(self, ended: Sequence[NodeId]) -> list[Node]:
        """Goes on from nodes that have ended; gives those that are ready now."""
        ready: list[Node] = []
        open_ = list(ended)
        while open_:
            name = open_.pop()
            failed = self.results[name].state is NodeState.FAILED
            for waiting in self._below.pop(name, ()):
                if waiting in self.results:
                    continue
                self._waiting[waiting] -= 1
                node = self._nodes[waiting]
                hindrance = self._hindrance(node, name)
                if hindrance is not None:
                    open_ += self._enter_skipped(node, hindrance)
                elif not self._waiting[waiting]:
                    ready.append(node)
            for begun in self.blocks.settle(name, failed=failed and name not in self._hooks):
                self._waiting[begun] -= 1
                if not self._waiting[begun] and begun not in self.results:
                    ready.append(self._nodes[begun])
        return [node for node in ready if node.id not in self.results]

    def _hindrance(self, node: Node, need: NodeId) -> _Hindrance | None:
        """Why a node must be skipped now that one of its needs has ended, if it must."""
        above = self.results[need]
        if above.state in _GOOD:
            return None
        below_failure = above.state is NodeState.FAILED or need in self._blocked
        if node.id in self._hooks and need not in self._hooks:
            return None
        if isinstance(node, Join) and self.blocks.holder(need) == node.id:
            return None
        if below_failure:
            how = "failed" if above.state is NodeState.FAILED else "was skipped"
            return _Hindrance(f"`{need}` {how}", below_failure=True)
        if need in node.gates:
            how = "stopped what stands behind it" if above.attempts else "was skipped"
            return _Hindrance(f"`{need}` {how}", below_failure=False)
        return None

    def _guarded(self, gate: NodeId) -> bool:
        """Whether something was skipped because of a gate."""
        return any(
            result.state is NodeState.SKIPPED and gate in self._nodes[name].gates
            for name, result in self.results.items()
        )


def _arms(node: Branch) -> list[Node]:
    """All nodes in the arms of a `when` that have an id of their own."""
    return _outside_loops(walk(inner for arm in node.arms for inner in arm.body.nodes))


def _outside_loops(nodes: Iterable[Node]) -> list[Node]:
    """Those that are not in the body of a `for` among them: only its branches would have ids."""
    listed = list(nodes)
    loops = (node.body.nodes for node in listed if isinstance(node, Map))
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
