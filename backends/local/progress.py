"""Where a run stands: results by node, values by output, and who is ready because of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import assert_never

from ...compiler.contract.runner import Event, NodeResult, NodeState
from ...compiler.ir import meaning
from ...compiler.ir.graph import Graph, dependants
from ...compiler.ir.values import Gate, Node, NodeId, Select, Task, needs
from ...runtime.record import Record

_GOOD = (NodeState.HIT, NodeState.RAN)


class Progress:
    """`values` are outputs by `node.port`; `seen` hears of every node that ends.

    `failed` closes the run unless it is to keep going; `stopped` is the gate's green way out.
    """

    def __init__(self, graph: Graph, logs: Path, seen: Callable[[Event], None]) -> None:
        self.results: dict[NodeId, NodeResult] = {}
        self.records: dict[NodeId, Record] = {}
        self.values: dict[str, object] = {}
        self.failed = False
        self.stopped = False
        self._graph = graph
        self._logs = logs
        self._seen = seen
        self._began = time.monotonic()
        self._nodes = {node.id: node for node in graph.nodes}
        self._below = dependants(graph)
        self._waiting = {node.id: len(set(needs(node))) for node in graph.nodes}

    def first(self) -> list[Node]:
        """The nodes that wait for nothing."""
        return [node for node in self._graph.nodes if not self._waiting[node.id]]

    def log(self, node: NodeId) -> Path:
        """Where what a step prints goes."""
        return self._logs / f"{node}.log"

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
            for name in (task.id, *task.aliases):
                self.values[f"{name}.{port.name}"] = value
        self.records[task.id] = record
        digests = {name: str(entry["digest"]) for name, entry in record.outputs.items()}
        return self.finish(task, state, seconds, attempts, began=began, outputs=digests)

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
        """The node has ended; gives the nodes that are ready now. Where it did not end well, all
        that depend on it are skipped."""
        self.failed |= state is NodeState.FAILED
        result = NodeResult(
            node.id,
            _kind(node),
            node.definition.name if isinstance(node, Task) else None,
            state,
            round(seconds, 3),
            attempts,
            outputs or {},
            why,
            self._written(node.id) if attempts and isinstance(node, Task) else None,
            0.0 if began is None else round(began - self._began, 3),
        )
        self._enter(result)
        if state in _GOOD:
            return self._released(node.id)
        self._skip_below(node.id)
        return []

    def _written(self, node: NodeId) -> Path | None:
        log = f"{self._logs}/{node}.log"
        return Path(log) if os.path.exists(log) else None

    def skip(self, nodes: Iterable[Node], why: str) -> None:
        """Nodes that will not run, and all that depend on them."""
        for node in nodes:
            if node.id not in self.results:
                self.finish(node, NodeState.SKIPPED, why=why)

    def _enter(self, result: NodeResult) -> None:
        self.results[result.id] = result
        self._seen(Event("finished", result.id, result=result))

    def _released(self, node: NodeId) -> list[Node]:
        ready: list[Node] = []
        for waiting in self._below[node]:
            self._waiting[waiting] -= 1
            if not self._waiting[waiting] and waiting not in self.results:
                ready.append(self._nodes[waiting])
        return ready

    def _skip_below(self, node: NodeId) -> None:
        open_ = [node]
        while open_:
            above = self.results[open_.pop(0)]
            how = "failed" if above.state is NodeState.FAILED else "was skipped"
            for name in self._below[above.id]:
                if name not in self.results:
                    below = self._nodes[name]
                    step = below.definition.name if isinstance(below, Task) else None
                    why = f"`{above.id}` {how}"
                    self._enter(
                        NodeResult(name, _kind(below), step, NodeState.SKIPPED, 0.0, 0, why=why)
                    )
                    open_.append(name)


def _kind(node: Node) -> str:
    match node:
        case Task():
            return "task"
        case Gate():
            return "gate"
        case Select():
            return "helper"
        case _:
            assert_never(node)
