"""Approvals: the nodes of a run that wait for a person, and what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ...compiler.contract.approvals import Asked, Decision, ask, decide, decision_of, withdraw
from ...compiler.contract.folder import command_for
from ...compiler.contract.runner import Event
from ...compiler.ir.nodes import Approval
from ...compiler.ir.values import NodeId

_LOOK_SECONDS = 0.25


@dataclass(slots=True)
class Approvals:
    """`seen` hears of every question, with the command that answers it."""

    folder: Path
    seen: Callable[[Event], None]
    waiting: dict[NodeId, tuple[Approval, Asked]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.waiting)

    @property
    def next_moment(self) -> float:
        """When to look for answers again."""
        return time.monotonic() + _LOOK_SECONDS if self.waiting else float("inf")

    def ask(self, node: Approval, message: str) -> None:
        """From now on the node waits."""
        asked = ask(self.folder, node.id, message, node.by, node.timeout)
        self.waiting[node.id] = (node, asked)
        if decision_of(self.folder, node.id) is not None:
            return
        command = command_for(self.folder.parent.parent, "approve", self.folder.name, node.id)
        self.seen(Event("asked", node.id, {"why": message, "command": command, **asked.as_json()}))

    def answered(self) -> Iterator[tuple[Approval, bool, str]]:
        """Those that were decided meanwhile, with the answer and the words for it; where nobody
        decides in time the answer is no."""
        for name, (node, asked) in list(self.waiting.items()):
            now = datetime.now(UTC)
            decision = decision_of(self.folder, name)
            if decision is None and asked.until is not None and asked.until <= now:
                decide(self.folder, name, Decision(False, None, None, now))
                decision = decision_of(self.folder, name)
            if decision is not None:
                del self.waiting[name]
                withdraw(self.folder, name)
                yield node, decision.approved, f"{_words_of(decision)}: {asked.message}"

    def withdraw(self, closed: Callable[[Approval], bool]) -> list[Approval]:
        """Takes back what nobody needs to decide any more."""
        gone = [node for node, _ in self.waiting.values() if closed(node)]
        for node in gone:
            del self.waiting[node.id]
            withdraw(self.folder, node.id)
        return gone


def _words_of(decision: Decision) -> str:
    """`approved by anna`, `rejected by risk (anna)`, `nobody decided in time`."""
    if decision.by is None:
        return "nobody decided in time"
    word = "approved" if decision.approved else "rejected"
    who = (
        decision.by if decision.user in (None, decision.by) else f"{decision.by} ({decision.user})"
    )
    return f"{word} by {who}"
