"""Long blocks as one line each: what goes on inside of them, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..contract.runner import Event
from ..ir.nodes import Join, Node
from ..ir.values import NodeId

MOST_BRANCHES = 20


class Tally:
    """Knows which blocks have more branches than are worth a line each, and counts their nodes."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._inside: dict[NodeId, dict[NodeId, str]] = {}
        for node in nodes:
            if isinstance(node, Join) and len(node.limbs) > MOST_BRANCHES:
                self._inside[node.id] = {}

    def take(self, event: Event) -> None:
        """Something happened."""
        branches = event.detail.get("branches")
        if event.name == "expanded" and isinstance(branches, int) and branches > MOST_BRANCHES:
            self._inside.setdefault(event.node, {})
        block = self.around(event.node)
        if block is None:
            return
        if event.result is not None and event.result.kind == "task":
            self._inside[block][event.node] = event.result.state.value
        elif event.name in ("started", "retrying"):
            self._inside[block][event.node] = "running"

    def around(self, node: NodeId) -> NodeId | None:
        """The outermost long block that a node is in."""
        at = node.find("[")
        while at >= 0:
            block = NodeId(node[:at])
            if block in self._inside:
                return block
            at = node.find("[", at + 1)
        return None

    def words(self, block: NodeId) -> str | None:
        """`612 ran, 5 hit`; None for what is no long block."""
        inside = self._inside.get(block)
        if inside is None:
            return None
        counts = Counter(inside.values())
        listed = (word for word in ("ran", "hit", "failed", "skipped", "running") if counts[word])
        return ", ".join(f"{counts[word]} {word}" for word in listed)
