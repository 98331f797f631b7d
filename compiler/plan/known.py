"""What the walk over a graph knows so far, and the rows that it has written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ...runtime.dataclass import dataclass, field
from ...runtime.descriptors import ValueMismatch
from ...runtime.evaluate import ABSENT, EvaluationError
from ...runtime.record import Record
from ..ir import meaning
from ..ir.graph import Graph
from ..ir.nodes import (
    Join,
    Node,
    Task,
    all_ids,
    blocks,
    hard_needs,
    needs,
    ports_of,
)
from ..ir.values import (
    CacheKey,
    Expr,
    NodeId,
    ParameterRef,
    PortRef,
    references,
)
from ..passes.keys import Spec
from ..reasons import Reason
from .past import Past
from .twins import Twins, contents_of
from .values import Call, PlannedNode, Results, State, kind_of, names_of

STOP = "stop"
"""The part of a reason that names a gate which, closed, skips what stands behind it."""

Held: TypeAlias = "tuple[NodeId, str, str]"
"""The join that holds a node, its kind, and the name of the limb."""


@dataclass(slots=True)
class Known:
    """States by node, and values by `node.port`.

    `undecided` has the reason why a node may never be reached; `absent` are those that never will
    be, `stopped` the gates that see to it. `keys` has the first node that is to do a piece of work,
    `twins` all that may, `origins` the node of a block's body that another was made from. `done` is
    when nodes that may run will have ended, if all that they wait for begins as soon as it can.
    """

    graph: Graph
    specs: Mapping[NodeId, Spec]
    results: Results
    past: Past
    rows: list[PlannedNode] = field(default_factory=list)
    skipped: list[NodeId] = field(default_factory=list)
    states: dict[NodeId, State] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    undecided: dict[NodeId, Reason] = field(default_factory=dict)
    absent: set[NodeId] = field(default_factory=set)
    stopped: set[NodeId] = field(default_factory=set)
    gates: set[NodeId] = field(default_factory=set)
    keys: dict[str, NodeId] = field(default_factory=dict)
    twins: Twins = field(default_factory=Twins)
    origins: dict[NodeId, NodeId] = field(default_factory=dict)
    held: dict[NodeId, Held] = field(default_factory=dict)
    tasks: dict[NodeId, Task] = field(default_factory=dict)
    done: dict[NodeId, float] = field(default_factory=dict)
    met: dict[str, bool] = field(default_factory=dict)

    def spec(self, task: NodeId) -> Spec:
        """The spec of a task, or of the one that it was made from."""
        while task not in self.specs:
            task = self.origins[task]
        return self.specs[task]

    def may_have(self, spec: Spec) -> bool:
        """Whether there may be a result of a definition, whatever its arguments."""
        if spec.stem not in self.met:
            self.met[spec.stem] = self.results.may_have(spec.json)
        return self.met[spec.stem]

    def estimate(self, task: Task) -> float | None:
        """How long a task is likely to take, in seconds."""
        return self.results.estimate(self.graph.name, task.id, task.definition.name)

    def twin(self, node: Task) -> NodeId | None:
        """The first node above that may do the work of this one, which may run, in the same run."""
        spec = self.spec(node.id)
        if spec.uncacheable is not None:
            return None
        sure: dict[str, object] = {}
        for name, value in node.arguments:
            if self.unknown(value) is None:
                try:
                    sure[name] = meaning.evaluate(value, self.values)
                except EvaluationError:
                    continue
        given = {name for name, _ in node.arguments}
        try:
            contents = contents_of(spec.json, sure, given)
        except ValueMismatch:
            contents = {}
        return self.twins.meet(node.id, spec.stem, contents)

    def doubt(self, node: Node) -> Reason | None:
        """Why a node may never be reached, as far as what stands before it says.

        A gate that stops a branch or partition stops neither the block nor who gathers from it.
        """
        members = members_of(node) if isinstance(node, Join) else ()
        for need in (*sorted(hard_needs(node)), *members, *node.gates):
            reason = self.undecided.get(need)
            if reason is not None and not (need in members and reason.part == STOP):
                return reason
        return None

    def waiting(self, needs: Iterable[NodeId]) -> list[NodeId]:
        """Those of the nodes of which only the run can tell what they give."""
        return [need for need in dict.fromkeys(needs) if self.states[need] is not State.HIT]

    def of_the_run(self, read: Iterable[Expr]) -> str | None:
        """A field of the run that expressions read: `run.id`, which is another one each time."""
        for expression in read:
            for reference in references(expression):
                if isinstance(reference, ParameterRef) and reference.name not in self.values:
                    return reference.name
        return None

    def unknown(self, expression: Expr) -> str | None:
        """What an expression waits for, in words; None where its value is known."""
        read = (r.node for r in references(expression) if isinstance(r, PortRef))
        waiting, field_ = self.waiting(read), self.of_the_run((expression,))
        if waiting:
            return self.listed(waiting)
        return None if field_ is None else f"`{field_}`"

    def row(
        self,
        node: Node,
        state: State,
        *reasons: Reason,
        key: str | None = None,
        seconds: float | None = None,
        record: Record | None = None,
        each: bool = False,
        waits: Sequence[NodeId] = (),
        call: Call | None = None,
    ) -> None:
        """Writes down what is known of a node."""
        branch, partition = self.place(node.id)
        self.states.update(dict.fromkeys(all_ids(node), state))
        done = 0.0 if state is State.HIT else self._ends(node, seconds or 0.0)
        self.rows.append(
            PlannedNode(
                id=node.id,
                kind=kind_of(node),
                step=node.definition.name if isinstance(node, Task) else None,
                state=state,
                key=None if key is None else CacheKey(key),
                reasons=reasons,
                seconds=seconds,
                span=node.span,
                record=record,
                branch=branch,
                partition=partition,
                each=each,
                done=done,
                waits=tuple(waits),
                call=call,
                asks=node.settings.resources if isinstance(node, Task) else None,
            )
        )

    def _ends(self, node: Node, seconds: float) -> float:
        """When a node that may run will have ended at the earliest."""
        done = max((self.done.get(need, 0.0) for need in needs(node)), default=0.0) + seconds
        if done:
            self.done.update(dict.fromkeys(all_ids(node), done))
        return done

    def ends_with(self, block: Node, members: Iterable[Node]) -> None:
        """A block that is not expanded ends with the last of its nodes."""
        last = max((self.done.get(member.id, 0.0) for member in members), default=0.0)
        if last > self.done.get(block.id, 0.0):
            self.done[block.id] = last

    def fails(self, node: Node, text: str) -> None:
        """A node without a value fails once the run comes to it."""
        reason = Reason("arguments", text, span=node.span, of=node.id)
        self.undecided.setdefault(node.id, reason)
        self.row(node, State.DEPENDS, reason)

    def skip(self, nodes: Iterable[Node]) -> None:
        """These, and all that stands inside of them, will not run."""
        for node in inner_nodes(nodes):
            for name in all_ids(node):
                self.absent.add(name)
                self.states[name] = State.HIT
                self.values.update((f"{name}.{port}", ABSENT) for port, _ in ports_of(node))
            if isinstance(node, Task):
                self.skipped.append(node.id)

    def hold(self, nodes: Iterable[Node]) -> None:
        """Notes which nodes the joins among these hold."""
        for node in nodes:
            if isinstance(node, Join):
                for limb in node.limbs:
                    place = (node.id, node.kind, limb.name)
                    self.held.update(dict.fromkeys(limb.members, place))

    def place(self, node: NodeId) -> tuple[str | None, str | None]:
        """The branches and the partition in which a node stands."""
        branches: list[str] = []
        partition = None
        while node in self.held:
            node, kind, name = self.held[node]
            if kind == "for":
                branches.append(name)
            elif kind == "partition":
                partition = name
        return ".".join(reversed(branches)) or None, partition

    def listed(self, names: Sequence[NodeId], most: int = 4) -> str:
        """Nodes in words, gates only where there is nothing else; of many copies their one name."""
        told = [name for name in names if name not in self.gates] or list(names)
        if len(told) > most:
            told = [NodeId(name) for name in names_of(told)]
        quoted = [f"`{name}`" for name in told]
        if len(quoted) > most + 1:
            quoted[most:] = [f"{len(quoted) - most} more"]
        return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]

    def latest(self, waiting: Iterable[NodeId]) -> State:
        """The least certain state of those that are waited for."""
        return max((self.states[need] for need in waiting), key=list(State).index)


def inner_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes with all that stand in their blocks. Hooks are no part of a plan."""
    for node in nodes:
        yield node
        for block in blocks(node):
            yield from inner_nodes(block.nodes)


def members_of(join: Join) -> tuple[NodeId, ...]:
    """The nodes that a join holds, all limbs together."""
    return tuple(member for limb in join.limbs for member in limb.members)
