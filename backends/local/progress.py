"""Where a run stands: which nodes wait for what, and who is ready because another one ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...compiler.contract.runner import Event, NodeState
from ...compiler.ir.expand import Expansion
from ...compiler.ir.nodes import (
    PASSED,
    YIELD,
    Approval,
    Branch,
    Gate,
    Hook,
    Join,
    Node,
    Task,
    may_pass_over,
    needs,
    of_a_call,
)
from ...compiler.ir.values import NodeId
from ...runtime.evaluate import Absent, Blocked
from ...runtime.record import Record
from .blocks import Blocks
from .results import GOOD, Facts, Results, in_arms, outside_loops

_NOT_TAKEN = "`when` took another way"


class Progress:
    """`results` says how nodes ended; `blocks` knows what a failure closes; `stopped` is a gate's
    green way out; `expired` says that the whole run took too long, `spoiled` that an output has no
    value although no node failed;
    `nodes` are all that came, `hooks` those that came with blocks."""

    def __init__(self, logs: Path, seen: Callable[[Event], None], *, keep_going: bool) -> None:
        self.blocks = Blocks(keep_going=keep_going)
        self.results = Results(logs, seen, self.blocks)
        self.stopped = False
        self.expired: str | None = None
        self.spoiled: str | None = None
        self.hooks: list[Hook] = []
        self._seen = seen
        self.nodes: dict[NodeId, Node] = {}
        self._below: dict[NodeId, list[NodeId]] = {}
        self._waiting: dict[NodeId, int] = {}
        self._origin: dict[NodeId, NodeId] = {}
        self._hooks: set[NodeId] = set()

    @property
    def values(self) -> dict[str, object]:
        return self.results.values

    @property
    def status(self) -> str:
        """What the run comes to as far as it is."""
        return "failed" if self.blocks.failed else "stopped" if self.stopped else "succeeded"

    # ---- nodes come -----------------------------------------------------------------------------

    def add(self, nodes: Sequence[Node]) -> list[Node]:
        """New nodes, joins behind their members; gives those that wait for nothing."""
        ends = self.results.ends
        held: Counter[NodeId] = Counter()
        for node in nodes:
            if isinstance(node, Join):
                held.update(self.blocks.open(node))
        for node in nodes:
            self.nodes[node.id] = node
            unsettled = [need for need in needs(node) if need not in ends]
            for need in unsettled:
                self._below.setdefault(need, []).append(node.id)
            self._waiting[node.id] = len(unsettled) + held[node.id]
        skipped: list[NodeId] = []
        for node in nodes:
            above = (need for need in needs(node) if need in ends)
            found = (why for need in above if (why := self._hindrance(node, need)) is not None)
            hindrance = next(found, None)
            if hindrance is not None and node.id not in ends:
                skipped += self._enter(node, NodeState.SKIPPED, hindrance)
        ready = {node.id: node for node in self._settled(skipped)}
        ready |= {node.id: node for node in nodes if not self._waiting[node.id]}
        return [node for node in ready.values() if node.id not in ends]

    def expand(self, expansion: Expansion) -> list[Node]:
        """A block becomes its members and a join; gives the nodes that are ready now."""
        join = expansion.join
        self.results.expansions[join.id] = expansion
        self.hooks += expansion.hooks
        if join.id in self._hooks:
            self._hooks.update(node.id for node in expansion.members)
        for new, old in expansion.origin.items():
            self._origin[new] = self.template(old)
        branches = len(join.limbs) if join.kind == "for" else None
        dropped = outside_loops(expansion.dropped)
        count = len(expansion.members) + len(dropped)
        self._seen(Event("expanded", join.id, {"branches": branches, "nodes": count}))
        facts = Facts(why=_NOT_TAKEN, within=join.id)
        skipped = [name for node in dropped for name in self._enter(node, NodeState.SKIPPED, facts)]
        ready = self._settled(skipped)
        return [*ready, *self.add((*expansion.members, join))]

    def look_back(self) -> None:
        """All is over but the hooks: what ended without a value is absent to them."""
        for name, result in self.results.ends.items():
            if result.state not in GOOD:
                self.results.bind_absent(self.nodes[name])

    def begin_hook(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes of a hook: no failure keeps them from running but that of what they read."""
        self._hooks.update(node.id for node in nodes)
        return self.add(nodes)

    def template(self, node: NodeId) -> NodeId:
        """The node of the graph as it was planned from which a node was made."""
        return self._origin.get(node, node)

    # ---- what is known of nodes -----------------------------------------------------------------

    def obstacle(self, node: Node) -> str | None:
        """Why a node that is ready may not start any more."""
        return None if node.id in self._hooks else self.blocks.obstacle(node.id)

    def failed(self, node: NodeId) -> bool:
        """Whether a node ended badly."""
        result = self.results.ends.get(node)
        return result is not None and result.state is NodeState.FAILED

    def members(self, node: NodeId) -> tuple[Node, ...]:
        """What a block became, nothing for other nodes."""
        expansion = self.results.expansions.get(node)
        return () if expansion is None else expansion.members

    def stopped_in(self, nodes: frozenset[NodeId]) -> bool:
        """Whether a gate stopped a pipeline that consists of these nodes."""
        ends = self.results.ends
        return any(
            isinstance(self.nodes[name], Gate)
            and ends[name].state is NodeState.SKIPPED
            and ends[name].attempts > 0
            and self.blocks.holder(name) not in nodes
            for name in nodes
        )

    def blocked(self, node: NodeId) -> bool:
        """Whether a node was skipped because of a failure."""
        return node in self.results.blocked

    # ---- nodes end ------------------------------------------------------------------------------

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
        warned = self.results.take(task, record)
        digests = {name: str(entry["digest"]) for name, entry in record.outputs.items()}
        return self.finish(task, state, seconds, attempts, began=began, outputs=digests, why=warned)

    def passed(self, gate: Gate | Approval, why: str | None = None) -> list[Node]:
        """The gate lets the run go on; `why` is what it warned of, or who opened it."""
        self.values[f"{gate.id}.{PASSED}"] = True
        return self.finish(gate, NodeState.RAN, attempts=1, why=why)

    def joined(self, join: Join, value: object) -> list[Node]:
        """The block has come to its end."""
        self.values[f"{join.id}.{YIELD}"] = value
        return self.finish(join, NodeState.RAN, attempts=1)

    def skip(self, node: Node, why: str, *, below_failure: bool = False) -> list[Node]:
        """The node will not run; gives the nodes that are ready now."""
        facts = Facts(why=why, below_failure=below_failure)
        return self._settled(self._enter(node, NodeState.SKIPPED, facts))

    def lack(self, node: Node, problem: Absent | Blocked) -> list[Node]:
        """The node turned out to need what was skipped, or what failed."""
        return self.skip(node, str(problem), below_failure=isinstance(problem, Blocked))

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
    ) -> list[Node]:
        """The node has ended; gives the nodes that are ready now. What cannot do without it is
        skipped."""
        if state is NodeState.FAILED and node.id in self._hooks:
            self.blocks.failed = True
        facts = Facts(seconds, attempts, began, outputs, why)
        return self._settled(self._enter(node, state, facts))

    def stop(self, gate: Gate, why: str | None) -> list[Node]:
        """The gate skips what stands behind it. The run counts as stopped where that is something
        of its own pipeline that stands in no block."""
        ready = self.finish(gate, NodeState.SKIPPED, attempts=1, why=why)
        if self.blocks.holder(gate.id) is None and not of_a_call(gate.id):
            self.stopped |= any(
                result.state is NodeState.SKIPPED and gate.id in self.nodes[name].gates
                for name, result in self.results.ends.items()
            )
        return ready

    def expire(self, why: str) -> None:
        """The run's time is over: it has failed, and nothing new may start."""
        self.expired = why
        self.blocks.fail(at_once=True)

    def spoil(self, why: str) -> None:
        """All nodes ended well, and the run has failed nevertheless."""
        self.spoiled = why
        self.blocks.fail()

    def _enter(self, node: Node, state: NodeState, facts: Facts) -> list[NodeId]:
        """Notes how a node ended; gives its id, and those of the nodes in its arms, which never
        come to be where it is skipped or fails before one is taken."""
        self.nodes[node.id] = node
        self.results.enter(node, state, facts)
        if not isinstance(node, Branch) or state in GOOD:
            return [node.id]
        failed = state is NodeState.FAILED
        why = f"`{node.id}` {'failed' if failed else 'was skipped'}"
        inside = Facts(why=why, below_failure=failed or self.blocked(node.id), within=node.id)
        entered = [node.id]
        for inner in in_arms(node):
            if inner.id not in self.results.ends:
                entered += self._enter(inner, NodeState.SKIPPED, inside)
        return entered

    def _settled(self, ended: Sequence[NodeId]) -> list[Node]:
        """Goes on from nodes that have ended; gives those that are ready now."""
        ends = self.results.ends
        ready: list[Node] = []
        open_ = list(ended)
        while open_:
            name = open_.pop()
            for waiting in self._below.pop(name, ()):
                if waiting in ends:
                    continue
                self._waiting[waiting] -= 1
                node = self.nodes[waiting]
                hindrance = self._hindrance(node, name)
                if hindrance is not None:
                    open_ += self._enter(node, NodeState.SKIPPED, hindrance)
                elif not self._waiting[waiting]:
                    ready.append(node)
            failed = ends[name].state is NodeState.FAILED and name not in self._hooks
            for begun in self.blocks.settle(name, failed=failed):
                self._waiting[begun] -= 1
                if not self._waiting[begun]:
                    ready.append(self.nodes[begun])
        return [node for node in ready if node.id not in ends]

    def _hindrance(self, node: Node, need: NodeId) -> Facts | None:
        """Why a node must be skipped now that one of its needs has ended, if it must."""
        above = self.results.ends[need]
        if above.state in GOOD or (node.id in self._hooks and need not in self._hooks):
            return None
        if isinstance(node, Join) and self.blocks.holder(need) == node.id:
            return None
        if (self.failed(need) or self.blocked(need)) and may_pass_over(node, need):
            return None
        if self.failed(need):
            return Facts(why=f"`{need}` failed", below_failure=True)
        if self.blocked(need):
            return Facts(why=above.why or f"`{need}` was skipped", below_failure=True)
        if need in node.gates:
            how = "stopped what stands behind it" if above.attempts else "was skipped"
            return Facts(why=f"`{need}` {how}")
        return None
