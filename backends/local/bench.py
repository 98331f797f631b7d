"""The bench: single tasks by the engine of runs, one after the other, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from ...compiler.contract.runner import Request, Tried
from ...compiler.ir.nodes import Task
from ...compiler.ir.values import NodeId, ParameterRef
from ...compiler.passes.keys import Spec
from .engine import Engine, Interrupted
from .results import GOOD
from .runs import near


class Bench:
    """Between one `begin` and the next there is one engine, which is told its graph task by task:
    workers are warm in a test, as they are in a run, and tests share none. A failure closes
    nothing; the room that tasks ask for is not asked of the machine."""

    def __init__(self, request: Request, folder: Path) -> None:
        self._near = near(request.store)
        self._folder = folder
        self._specs: dict[NodeId, Spec] = {}
        self._request = replace(request, specs=self._specs, keep_going=True, oversubscribe=True)
        self._engine: Engine | None = None

    def begin(self) -> None:
        self.close()
        self._specs.clear()

    def run(self, task: Task, spec: Spec, arguments: Mapping[str, object]) -> Tried:
        if self._engine is None:
            # What may run once a run does so once in a test, and in every test.
            name = f"test-{uuid4().hex[:12]}"
            folder = self._folder / name
            (folder / "logs").mkdir(parents=True)
            self._engine = Engine(self._request, name, folder, self._near)
        progress = self._engine.progress
        self._specs[task.id] = spec
        given = {f"{task.id}={name}": value for name, value in arguments.items()}
        progress.values.update(given)
        alone = replace(
            task,
            arguments=tuple(
                (name, ParameterRef(of.type, f"{task.id}={name}")) for name, of in task.arguments
            ),
            after=(),
            gates=(),
            aliases=(),
        )
        try:
            self._engine.also(alone)
        except Interrupted:
            raise KeyboardInterrupt from None
        result = progress.results.ends[task.id]
        ports = task.definition.outputs if result.state in GOOD else ()
        values = progress.values
        return Tried(result, {port.name: values[f"{task.id}.{port.name}"] for port in ports})

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
