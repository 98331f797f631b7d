"""Blocks under way: which branch a node belongs to, what fails with it, who has to wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ...compiler.ir.nodes import Hook, Join, Limb
from ...compiler.ir.values import NodeId

_CLOSED = "something else failed"


@dataclass(slots=True, eq=False)
class OpenLimb:
    """One branch of a block. `unsettled` counts its members that have not ended; `failed` is the
    first one that ended badly; `held` says that the branch may not begin yet."""

    block: OpenBlock
    limb: Limb
    unsettled: int
    held: bool = False
    failed: NodeId | None = None


@dataclass(slots=True, eq=False)
class OpenBlock:
    """One block whose list or condition is known. `under_way` counts its branches that have begun
    and not ended, `queue` has those that may not begin yet, `failures` counts those that failed."""

    join: Join
    queue: deque[OpenLimb] = field(default_factory=deque)
    under_way: int = 0
    failures: int = 0

    @property
    def broken(self) -> bool:
        """Whether more branches of a `for` have failed than may."""
        return self.join.kind == "for" and self.failures > self.join.allowed

    def admit(self) -> tuple[Limb, ...]:
        """Lets as many branches begin as may; gives these."""
        most = self.join.max_parallel
        begun: list[Limb] = []
        while self.queue and (most is None or self.under_way < most):
            limb = self.queue.popleft()
            limb.held = False
            if limb.unsettled:
                self.under_way += 1
                begun.append(limb.limb)
        return tuple(begun)


class Blocks:
    """Where failures go. A node that fails in a branch of a `for` fails that branch; a block with
    too many of these fails in its turn. In a partition it fails nothing else, anywhere else the
    run.

    `failed` says that the run cannot end well, `closed` that nothing new may start, which a run
    that keeps going only is when its time is over. `closings` grows whenever something closes.
    """

    def __init__(self, *, keep_going: bool) -> None:
        self.failed = False
        self.closed = False
        self.closings = 0
        self._keep_going = keep_going
        self._blocks: dict[NodeId, OpenBlock] = {}
        self._limbs: dict[NodeId, OpenLimb] = {}
        self._beside: dict[NodeId, NodeId] = {}

    def open(self, join: Join) -> list[NodeId]:
        """A block whose members come now, behind the blocks among them; gives the nodes that this
        block must hold back."""
        block = self._blocks[join.id] = OpenBlock(join)
        for limb in join.limbs:
            open_limb = OpenLimb(block, limb, len(limb.members), held=True)
            block.queue.append(open_limb)
            for member in limb.members:
                self._limbs[member] = open_limb
        block.admit()
        return self._within(limb.limb for limb in block.queue)

    def _within(self, limbs: Iterable[Limb]) -> list[NodeId]:
        """All nodes of branches, those of the blocks in them included."""
        found: list[NodeId] = []
        open_ = list(limbs)
        for limb in open_:
            members = limb.members
            found += members
            blocks = (self._blocks[member] for member in members if member in self._blocks)
            open_ += [inner for block in blocks for inner in block.join.limbs]
        return found

    def holder(self, node: NodeId) -> NodeId | None:
        """The join whose member a node is."""
        limb = self._limbs.get(node)
        return None if limb is None else limb.block.join.id

    def settle(self, node: NodeId, *, failed: bool) -> Sequence[NodeId]:
        """The node has ended; gives the nodes of the branches that may begin because of it."""
        if failed:
            self._spread(node)
        limb = self._limbs.get(node)
        if limb is None:
            return ()
        limb.unsettled -= 1
        if limb.unsettled or limb.held:
            return ()
        limb.block.under_way -= 1
        return self._within(limb.block.admit())

    def _spread(self, node: NodeId) -> None:
        """A failure goes outwards until a block puts up with it."""
        own = self._blocks.get(node)
        closes = own is None or own.join.kind != "partition"
        for limb in self._around(node):
            match limb.block.join.kind:
                case "partition":
                    closes = False
                case "for":
                    if limb.failed is None:
                        limb.failed = node
                        limb.block.failures += 1
                        self.closings += 1
                    if not limb.block.broken:
                        return
                case _:
                    pass
        self.failed = True
        if closes:
            self.fail()

    def fail(self, *, at_once: bool = False) -> None:
        """The whole run has failed: nothing new may start, unless it is to keep going."""
        self.failed = True
        self.closed |= at_once or not self._keep_going
        self.closings += 1

    def _around(self, node: NodeId) -> Iterator[OpenLimb]:
        """The branches that a node stands in, the innermost first."""
        limb = self._limbs.get(node)
        while limb is not None:
            yield limb
            limb = self._limbs.get(limb.block.join.id)

    def attach(self, hook: Hook) -> None:
        """The nodes of a called pipeline's hook stand where the call does."""
        if hook.members:
            outermost = min(hook.members, key=lambda member: sum(1 for _ in self._around(member)))
            self._beside.update((node.id, outermost) for node in hook.nodes)

    def _standing(self, node: NodeId) -> Iterator[OpenLimb]:
        """The branches around a node; for one of a hook, those around the call that it is of."""
        for limb in self._around(node):
            node = limb.block.join.id
            yield limb
        if node in self._beside:
            yield from self._standing(self._beside[node])

    def obstacle(self, node: NodeId) -> str | None:
        """Why a node may not start any more."""
        if self.closed:
            return _CLOSED
        if self._keep_going or not self.closings:
            return None
        for limb in self._around(node):
            if limb.failed is not None:
                return f"`{limb.failed}` failed in the same branch"
            if limb.block.broken:
                return f"too many branches of `{limb.block.join.id}` failed"
        return None

    def forgiven(self, node: NodeId, inside: frozenset[NodeId] | None = None) -> bool:
        """Whether the failure of a node is one that a `for` allows; only blocks among the nodes
        `inside` count, where they are given."""
        for limb in self._around(node):
            if inside is not None and limb.block.join.id not in inside:
                return False
            match limb.block.join.kind:
                case "partition":
                    return False
                case "for" if not limb.block.broken:
                    return True
                case _:
                    continue
        return False

    def place(self, node: NodeId) -> tuple[str | None, str | None]:
        """The numbers of the branches that a node stands in (`1.0`), and its partition's key."""
        numbers: list[str] = []
        partition: str | None = None
        for limb in self._standing(node):
            match limb.block.join.kind:
                case "for":
                    numbers.append(limb.limb.name)
                case "partition":
                    partition = limb.limb.name
                case _:
                    continue
        return ".".join(reversed(numbers)) or None, partition
