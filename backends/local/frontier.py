"""The frontier: what is ready and needs no process; gates, run-time values, results that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from ...compiler.contract.runner import Event, NodeState, Request
from ...compiler.ir import meaning
from ...compiler.ir.values import Gate, Node, NodeId, Select, Task
from ...runtime.evaluate import EvaluationError
from ...runtime.step import Work
from ...runtime.values import ValueMismatch
from .budget import Amount, asked, clamped
from .gates import decide
from .order import urgency
from .progress import Progress
from .promises import Promises
from .schedule import Schedule
from .trial import Trial

_CLOSED = "something else failed"


@dataclass(slots=True)
class Frontier:
    """Moves on from node to node until only the schedule can say what is next."""

    request: Request
    run: str
    limit: Amount
    progress: Progress
    schedule: Schedule
    promises: Promises
    urgency: dict[NodeId, float] = field(init=False)

    def __post_init__(self) -> None:
        graph, history = self.request.graph, self.request.history
        self.urgency = urgency(graph, lambda node: history.seconds(graph.name, node))

    @property
    def closed(self) -> bool:
        """Whether nothing new may start."""
        return self.progress.failed and not self.request.keep_going

    def proceed(self, ready: Sequence[Node]) -> None:
        """Does what can be done at once with nodes that are ready, and with those behind them.

        What is left is in the schedule; where the run is closed, everything waiting is skipped.
        """
        while ready and not self.closed:
            following: list[Node] = []
            tasks: list[Task] = []
            for node in ready:
                match node:
                    case Gate():
                        following += self._decided(node)
                    case Select():
                        following += self._selected(node)
                    case Task():
                        tasks.append(node)
                    case _:
                        assert_never(node)
            following += self._looked_up(tasks)
            ready = following
        if self.closed:
            self.progress.skip(ready, _CLOSED)
            waiting = self.schedule.drain()
            self.promises.give_up(trial.work for trial in waiting)
            self.progress.skip((trial.task for trial in waiting), _CLOSED)

    def _decided(self, gate: Gate) -> list[Node]:
        verdict = decide(gate, self.progress.values)
        match verdict.policy:
            case "pass":
                return self.progress.finish(gate, NodeState.RAN, attempts=1)
            case "warn":
                self.request.seen(Event("warned", gate.id, {"why": verdict.words}))
                return self.progress.finish(gate, NodeState.RAN, attempts=1, why=verdict.words)
            case "stop":
                self.progress.stopped = True
                return self.progress.finish(gate, NodeState.SKIPPED, attempts=1, why=verdict.words)
            case "fail":
                return self.progress.finish(gate, NodeState.FAILED, attempts=1, why=verdict.words)
            case _:
                assert_never(verdict.policy)

    def _selected(self, select: Select) -> list[Node]:
        values = self.progress.values
        try:
            for name, value in select.outputs:
                values[f"{select.id}.{name}"] = meaning.evaluate(value, values)
        except EvaluationError as problem:
            return self.progress.finish(select, NodeState.FAILED, attempts=1, why=str(problem))
        return self.progress.finish(select, NodeState.RAN, attempts=1)

    def _looked_up(self, tasks: Iterable[Task]) -> list[Node]:
        """Hits end here; what else is ready goes to the schedule."""
        following: list[Node] = []
        trials: list[Trial] = []
        for task in tasks:
            try:
                trials.append(self._trial(task))
            except (EvaluationError, ValueMismatch) as problem:
                why = f"an argument of `{task.id}` has no value: {problem}"
                following += self.progress.finish(task, NodeState.FAILED, why=why)
        found = self.promises.look_up(trials)
        for trial in trials:
            if trial.answer in found:
                record = found[trial.answer]
                following += self.progress.succeed(trial.task, record, NodeState.HIT)
            else:
                self.schedule.add(trial)
        return following

    def _trial(self, task: Task) -> Trial:
        values = self.progress.values
        arguments = {name: meaning.evaluate(value, values) for name, value in task.arguments}
        work = Work.of(self.request.specs[task.id].json, arguments)
        amount = asked(task.settings.resources)
        if self.request.oversubscribe:
            amount = clamped(amount, self.limit)
        return Trial(task, work, work.answer(self.run, task.id), amount, self.urgency[task.id])
