"""Counts: what a run came to, in numbers and in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...runtime.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks of a run ended in each state, and how many of its gates failed it."""

    tasks: Mapping[str, int]
    gates_failed: int

    @property
    def words(self) -> str:
        """`2 hit, 5 ran, 1 gate failed`."""
        said = [f"{count} {state}" for state, count in self.tasks.items() if count]
        if self.gates_failed:
            gates = "gate" if self.gates_failed == 1 else "gates"
            said.append(f"{self.gates_failed} {gates} failed")
        return ", ".join(said)


def counted(ends: Iterable[tuple[str, str]]) -> Counts:
    """Counts nodes by kind and state."""
    tasks = {"hit": 0, "ran": 0, "failed": 0, "skipped": 0}
    gates_failed = 0
    for kind, state in ends:
        if kind == "task" and state in tasks:
            tasks[state] += 1
        elif kind == "gate" and state == "failed":
            gates_failed += 1
    return Counts(tasks, gates_failed)
