"""The reference interpreter of graphs: what a pipeline comes to, with steps given as a function.

It is the executable meaning of the rules about order, gates, blocks and failures: one node after
the other, no processes, no store. Whatever fails, all that does not stand below it is still done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias, assert_never

from ..runtime.dataclass import dataclass, field
from ..runtime.evaluate import ABSENT, FAILED, Absent, Blocked, EvaluationError
from .ir import meaning
from .ir.expand import Expansion, expand_branch, expand_map, taken_arm
from .ir.graph import Graph
from .ir.hooks import began, broken, by_pipeline, in_order, nodes_of
from .ir.join import joined
from .ir.nodes import (
    PASSED,
    YIELD,
    Approval,
    Branch,
    Gate,
    Hook,
    Join,
    Map,
    Node,
    Select,
    Task,
    all_ids,
    blocks,
    may_pass_over,
    needs,
    of_a_call,
    ports_of,
    walk,
)
from .ir.values import Expr, NodeId
from .types.types import ListOf

RunStep: TypeAlias = "Callable[[Task, Mapping[str, object]], Mapping[str, object]]"
"""What a step gives for its arguments: a value for each of its outputs; else `StepFailed`."""

Decide: TypeAlias = "Callable[[Approval, str], bool]"
"""Whether a person lets the run pass who reads this message."""


class StepFailed(Exception):  # noqa: N818  (an outcome, not an error of the interpreter's)
    """A step has no outputs; what it says is why."""


class End(StrEnum):
    """How a node ended. What was skipped is absent, and nobody's fault; what is blocked stands
    below a node that failed."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    BLOCKED = "blocked"


BAD = frozenset({End.FAILED, End.BLOCKED})


@dataclass(frozen=True, slots=True)
class Account:
    """What a pipeline came to, as its hooks are told: `status` is `succeeded`, `stopped` or
    `failed`; only what failed has a node that did so first, and its words."""

    status: str = "succeeded"
    failed_node: str | None = None
    error: str | None = None

    @property
    def fields(self) -> dict[str, str | None]:
        """What `run.` has, by name."""
        return {"status": self.status, "failed_node": self.failed_node, "error": self.error}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How every node ended, aliases included; the arguments of the tasks that ran; warnings;
    the outputs that have a value; whether the run failed; every value by `node.port`; what the run
    came to; why nodes failed; the gates that stopped what stands behind them; and every node that
    came to be."""

    ends: Mapping[NodeId, End]
    arguments: Mapping[NodeId, Mapping[str, object]]
    warnings: tuple[NodeId, ...]
    outputs: Mapping[str, object]
    failed: bool
    values: Mapping[str, object] = field(default_factory=dict)
    account: Account = Account()
    why: Mapping[NodeId, str] = field(default_factory=dict)
    stops: frozenset[NodeId] = frozenset()
    nodes: Mapping[NodeId, Node] = field(default_factory=dict)


def interpret(
    graph: Graph,
    parameters: Mapping[str, object],
    step: RunStep,
    decide: Decide = lambda approval, message: True,
) -> Outcome:
    """Evaluates every node in order; `parameters` are values."""
    run = _Run(graph.name, dict(parameters), step, decide)
    run.block(graph.nodes)
    outputs: dict[str, object] = {}
    spoiled = False
    for output in graph.outputs:
        try:
            outputs[output.name] = run.value(output.value)
        except Absent:
            continue
        except EvaluationError:
            spoiled = True
    failed = spoiled or run.broken(graph.nodes)
    for hook in run.due(graph, failed=failed):
        run.block(hook.nodes)
        failed = failed or run.broken(hook.nodes)
    return Outcome(
        run.ends,
        run.arguments,
        tuple(run.warnings),
        outputs,
        failed,
        run.values,
        run.account(None, failed=failed),
        run.why,
        frozenset(run.stops),
        run.nodes,
    )


@dataclass(slots=True)
class _Run:
    """A run so far: `values` by the names that expressions use; hooks look back on `over`.

    `nodes` are all that ended, `became` the members of blocks, `hooks` those that came with them,
    `holders` the joins that nodes stand below.
    """

    name: str
    values: dict[str, object]
    step: RunStep
    decide: Decide
    ends: dict[NodeId, End] = field(default_factory=dict)
    arguments: dict[NodeId, Mapping[str, object]] = field(default_factory=dict)
    warnings: list[NodeId] = field(default_factory=list)
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    became: dict[NodeId, tuple[Node, ...]] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    over: frozenset[NodeId] = frozenset()
    why: dict[NodeId, str] = field(default_factory=dict)
    stops: set[NodeId] = field(default_factory=set)
    holders: dict[NodeId, Join] = field(default_factory=dict)

    def value(self, expression: Expr) -> object:
        return meaning.evaluate(expression, self.values)

    def block(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.node(node)

    def node(self, node: Node) -> None:
        try:
            end = self.before(node) or self.ended(node)
        except Absent:
            end = End.SKIPPED
        except Blocked:
            end = End.BLOCKED
        except (EvaluationError, StepFailed) as problem:
            self.why[node.id] = str(problem)
            end = End.FAILED
        self.end(node, end)
        if end is not End.DONE and isinstance(node, Branch) and node.id not in self.became:
            self.leave_out(node, End.SKIPPED if end is End.SKIPPED else End.BLOCKED)

    def end(self, node: Node, end: End) -> None:
        self.nodes.setdefault(node.id, node)
        if isinstance(node, Join):
            self.holders |= {member: node for limb in node.limbs for member in limb.members}
        for name in all_ids(node):
            self.ends[name] = end
            if end is not End.DONE:
                lacking = ABSENT if end is End.SKIPPED else FAILED
                self.values.update((f"{name}.{port}", lacking) for port, _ in ports_of(node))

    def leave_out(self, branch: Branch, end: End) -> None:
        """The nodes of a `when` that nobody looked into."""
        for inner in walk(node for block in blocks(branch) for node in block.everything):
            if inner.id not in self.ends:
                self.end(inner, end)

    def before(self, node: Node) -> End | None:
        """How a node ends because of what it waits for; None where it may start."""
        above = (need for need in _waits(node) if need not in self.over)
        if any(self.ends[need] in BAD and not may_pass_over(node, need) for need in above):
            return End.BLOCKED
        if any(self.ends[gate] is End.SKIPPED for gate in node.gates):
            return End.SKIPPED
        return None

    def ended(self, node: Node) -> End:
        match node:
            case Task():
                self.task(node)
            case Gate():
                return self.gate(node)
            case Approval(message=message):
                asked = str(self.value(message))
                if not self.decide(node, asked):
                    self.why[node.id] = f"rejected: {asked}"
                    return End.FAILED
                self.values[f"{node.id}.{PASSED}"] = True
            case Select(outputs=outputs):
                self.values.update({f"{node.id}.{name}": self.value(of) for name, of in outputs})
            case Map():
                return self.map(node)
            case Branch():
                expansion = expand_branch(node, taken_arm(node, lambda e: self.value(e) is True))
                return self.expand(expansion)
            case Join():
                return self.join(node)
            case _:
                assert_never(node)
        return End.DONE

    def task(self, task: Task) -> None:
        arguments = {name: self.value(of) for name, of in task.arguments}
        given = self.step(task, arguments)
        for name in all_ids(task):
            self.arguments[name] = arguments
            self.values.update((f"{name}.{port}", value) for port, value in given.items())

    def gate(self, gate: Gate) -> End:
        if self.value(gate.condition) is not True:
            if gate.policy == "stop":
                self.stops.add(gate.id)
                return End.SKIPPED
            if gate.policy != "warn":
                self.why[gate.id] = self.refused(gate)
                return End.FAILED
            self.warnings.append(gate.id)
        self.values[f"{gate.id}.{PASSED}"] = True
        return End.DONE

    def refused(self, gate: Gate) -> str:
        """Why a gate did not let the run pass."""
        from ..runtime.helper_node import refusal

        message = None if gate.message is None else meaning.to_json(gate.message)
        told = {
            "condition": meaning.to_json(gate.condition),
            "text": gate.text,
            "message": message,
        }
        return refusal(told, self.values) or f"`expect {gate.text}` does not hold"

    def map(self, block: Map) -> End:
        type_ = block.items.type
        items = self.value(block.items)
        assert isinstance(type_, ListOf)
        assert isinstance(items, list)
        expansion = expand_map(block, [meaning.constant(type_.item, i) for i in items])
        return self.expand(expansion)

    def expand(self, expansion: Expansion) -> End:
        for node in expansion.dropped:
            self.end(node, End.SKIPPED)
        self.hooks += expansion.hooks
        self.nodes[expansion.join.id] = expansion.join
        self.became[expansion.join.id] = expansion.members
        self.block(expansion.members)
        return self.join(expansion.join)

    def join(self, join: Join) -> End:
        found = joined(
            join,
            lambda member: self.ends[member] is End.FAILED,
            self.values,
            lambda member: self.ends[member] is End.BLOCKED,
        )
        if found.broken or found.blocked:
            return End.FAILED if found.broken else End.BLOCKED
        self.values[f"{join.id}.{YIELD}"] = found.value
        return End.DONE

    def failed(self, node: NodeId) -> bool:
        return self.ends[node] is End.FAILED

    def broken(self, nodes: Sequence[Node]) -> bool:
        """Whether a node failed for which no join answers."""
        return broken(nodes, self.failed)

    def due(self, graph: Graph, *, failed: bool) -> Iterator[Hook]:
        """The hooks that run now that all is over. What has no value is absent to them; those of
        a call that never began are left out."""
        for node in self.nodes.values():
            for name in all_ids(node):
                for port, _ in ports_of(node):
                    if self.values.get(f"{name}.{port}", FAILED) is FAILED:
                        self.values[f"{name}.{port}"] = ABSENT
        self.over = frozenset(self.ends)
        hooks = in_order((*graph.hooks, *self.hooks), graph.nodes, self.members)
        accounts = [(same, self.called(same[0], failed=failed)) for same in by_pipeline(hooks)]
        for same, account in accounts:
            for hook in same:
                if account is None:
                    for node in walk(hook.nodes):
                        self.end(node, End.SKIPPED)
                elif hook.event in (
                    "failure" if account.status == "failed" else "success",
                    "finally",
                ):
                    self.values.update((f"run.{name}", of) for name, of in account.fields.items())
                    yield hook

    def members(self, node: NodeId) -> tuple[Node, ...]:
        return self.became.get(node, ())

    def called(self, hook: Hook, *, failed: bool) -> Account | None:
        """How the pipeline of a hook went; None where it never began."""
        if hook.call is None:
            return self.account(None, failed=failed)
        whole = nodes_of(hook, self.nodes, self.members)
        if not began(whole, lambda node: self.ends[node] in (End.DONE, End.FAILED)):
            return None
        inside = frozenset(node.id for node in whole)
        return self.account(inside, failed=self.broken(whole))

    def account(self, inside: frozenset[NodeId] | None, *, failed: bool) -> Account:
        """How the run went, or a call of the nodes `inside`."""
        if not failed:
            return Account(
                "stopped" if any(self.stopped(g, inside) for g in self.stops) else "succeeded"
            )
        first = next(
            (
                node
                for node in self.ends
                if node in self.nodes
                and self.failed(node)
                and (inside is None or node in inside)
                and not self.forgiven(node, inside)
            ),
            None,
        )
        words = self.why.get(first) if first is not None else None
        return Account("failed", self.name if first is None else str(first), words or "it failed")

    def forgiven(self, node: NodeId, inside: frozenset[NodeId] | None) -> bool:
        """Whether a `for` puts up with the failure of a node."""
        holder = self.holders.get(node)
        while holder is not None and (inside is None or holder.id in inside):
            if holder.kind == "partition":
                return False
            if holder.kind == "for" and not self.failed(holder.id):
                return True
            holder = self.holders.get(holder.id)
        return False

    def stopped(self, gate: NodeId, inside: frozenset[NodeId] | None) -> bool:
        """Whether a gate stopped something of the pipeline itself, not of a block or a call."""
        holder = self.holders.get(gate)
        if inside is not None:
            return gate in inside and (holder is None or holder.id not in inside)
        behind = (node for node in self.nodes.values() if gate in node.gates)
        below = any(self.ends[node.id] is End.SKIPPED for node in behind)
        return holder is None and not of_a_call(gate) and below


def _waits(node: Node) -> Iterator[NodeId]:
    """What a node waits for; a join gets over the ends of its own members."""
    held = {m for limb in node.limbs for m in limb.members} if isinstance(node, Join) else ()
    return (need for need in needs(node) if need not in held)
