"""What a plan says: one row per node, in one of three states, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol, assert_never

from ...runtime.dataclass import dataclass
from ...runtime.history import Name
from ...runtime.record import Record
from ..ir.graph import Graph
from ..ir.nodes import (
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Select,
    Task,
)
from ..ir.settings import Resources
from ..ir.values import CacheKey, Json, NodeId
from ..passes.keys import Spec
from ..reasons import Reason
from ..source import Span


class State(StrEnum):
    """`hit`: a stored result answers. `run`: it runs for sure. `depends`: only the run can tell."""

    HIT = "hit"
    RUN = "run"
    DEPENDS = "depends"


_BRACKETS = re.compile(r"\[[^\]]*\]")


def names_of(nodes: Iterable[NodeId]) -> list[str]:
    """The names of nodes, each once, whatever branch or partition they stand in."""
    return list(dict.fromkeys(_BRACKETS.sub("", node) for node in nodes))


def kind_of(node: Node) -> str:
    """What plans, runs and drawings call a node."""
    match node:
        case Task():
            return "task"
        case Gate() | Approval():
            return "gate"
        case Select():
            return "helper"
        case Branch() | Join(kind="when"):
            return "branch"
        case Map() | Join():
            return "map"
        case _:
            assert_never(node)


@dataclass(frozen=True, slots=True)
class Call:
    """A task that is no hit, what it is, and what its result would be made from, where that is
    known: a record without outputs. `before` is the result that its reasons compare with, where
    they do, and `called` what its node was called then, where that was something else."""

    task: Task
    spec: Spec
    today: Record | None
    before: Record | None = None
    called: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One row of a plan. `key` is None while unknown; `seconds` are what it took, or is likely to
    take, `asks` the resources that a task asks for.

    `kind` is task, gate, helper, map (a `for` or `partition`) or branch (a `when`). `branch` names
    the branches of the loops around it (`2`, nested `1.0`), `partition` the key. `each` says that
    it stands for one node per item of a list that only the run knows. `done` is when it will have
    ended at the earliest, in seconds since the run began. `waits` are the nodes for which it is no
    hit yet.
    """

    id: NodeId
    kind: str
    step: str | None
    state: State
    key: CacheKey | None
    reasons: tuple[Reason, ...]
    seconds: float | None
    span: Span
    record: Record | None = None
    branch: str | None = None
    partition: str | None = None
    each: bool = False
    done: float = 0.0
    waits: tuple[NodeId, ...] = ()
    call: Call | None = None
    asks: Resources | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The optimized graph with what is known about each node, in topological order.

    `skipped` are the tasks that will certainly not run: they stand in the arm of a `when` that is
    not taken, or behind a gate that stops. They have no row.
    """

    graph: Graph
    specs: Mapping[NodeId, Spec]
    nodes: tuple[PlannedNode, ...]
    skipped: tuple[NodeId, ...] = ()

    def totals(self) -> dict[State, int]:
        """How many tasks are in each state; gates, helpers and blocks do not count."""
        counts = dict.fromkeys(State, 0)
        for node in self.nodes:
            if node.kind == "task":
                counts[node.state] += 1
        return counts


class Results(Protocol):
    """What earlier runs left behind."""

    @property
    def away(self) -> str | None:
        """Why the results of others were not looked at, where they could not be."""
        ...

    @property
    def here(self) -> bool:
        """Whether these are what runs on this machine find: else they are those of a target."""
        ...

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        """The whole, usable result of a key, no older than `max_age` seconds."""
        ...

    def may_have(self, spec: Mapping[str, Json]) -> bool:
        """Whether there may be any result that was made by this definition in this environment."""
        ...

    def last(self, pipeline: str, node: str) -> Record | None:
        """The result that the node of this name had most recently, for explanations."""
        ...

    def first(self, result: str) -> Name | None:
        """The node that gave a result first, by the result's id, where that is known."""
        ...

    def failed(self, pipeline: str, node: str) -> str | None:
        """The last run of a pipeline, where the node failed in it."""
        ...

    def met(self) -> Iterable[Name]:
        """All nodes, of all pipelines, that `last` finds something for."""
        ...

    def text(self, digest: str) -> str | None:
        """A script or a list of packages that a result was made with, by its sha256."""
        ...

    def estimate(self, pipeline: str, node: str, step: str) -> float | None:
        """How long a node will take, in seconds, by what it and others of its step took."""
        ...


@dataclass(frozen=True, slots=True)
class NoResults:
    """The results of a machine, or of a target, that never ran anything."""

    here: bool = True
    away: str | None = None

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        return None

    def may_have(self, spec: Mapping[str, Json]) -> bool:
        return False

    def last(self, pipeline: str, node: str) -> Record | None:
        return None

    def failed(self, pipeline: str, node: str) -> str | None:
        return None

    def first(self, result: str) -> Name | None:
        return None

    def met(self) -> Iterable[Name]:
        return ()

    def text(self, digest: str) -> str | None:
        return None

    def estimate(self, pipeline: str, node: str, step: str) -> float | None:
        return None
