"""The frontier: what is ready and needs no process; gates, blocks, results that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never, cast

from ...compiler.contract.runner import Event, NodeState, Request
from ...compiler.ir import meaning
from ...compiler.ir.expand import Expansion, expand_branch, expand_map, taken_arm
from ...compiler.ir.join import joined
from ...compiler.ir.nodes import (
    Approval,
    Branch,
    Gate,
    Join,
    Map,
    Node,
    Select,
    Task,
)
from ...compiler.ir.values import Expr, NodeId
from ...compiler.types.types import ListOf
from ...runtime.descriptors import ValueMismatch
from ...runtime.evaluate import Absent, Blocked, EvaluationError
from ...runtime.step import Work
from .approvals import Approvals
from .budget import Amount, asked, clamped
from .ends import words_of
from .enquiries import Enquiries
from .gates import decide
from .order import urgency_within
from .progress import Progress
from .promises import Promises
from .schedule import Schedule
from .trial import Trial


@dataclass(slots=True)
class Frontier:
    """Moves on from node to node until only the schedule can say what is next."""

    request: Request
    run: str
    limit: Amount
    progress: Progress
    schedule: Schedule
    promises: Promises
    approvals: Approvals
    enquiries: Enquiries
    urgency: dict[NodeId, float] = field(default_factory=dict)
    closings: int = 0

    def enter(self, nodes: Sequence[Node], ready: Sequence[Node]) -> None:
        """New nodes of the graph or of a hook, and those of them that are ready."""
        self._weigh(nodes)
        self.proceed(ready)

    def proceed(self, ready: Sequence[Node]) -> None:
        """Does what can be done at once with nodes that are ready, and with those behind them.

        What is left is in the schedule or waits for a person; what a failure has closed is skipped.
        """
        while True:
            following: list[Node] = []
            tasks: list[Task] = []
            for node in ready:
                obstacle = self.progress.obstacle(node)
                if obstacle is not None and not isinstance(node, Join):
                    following += self.progress.skip(node, obstacle, below_failure=True)
                    continue
                match node:
                    case Gate():
                        following += self._decided(node)
                    case Approval():
                        following += self._asked(node)
                    case Select():
                        following += self._selected(node)
                    case Map():
                        following += self._mapped(node)
                    case Branch():
                        following += self._branched(node)
                    case Join():
                        following += self._joined(node, obstacle)
                    case Task():
                        tasks.append(node)
                    case _:
                        assert_never(node)
            following += self._looked_up(tasks)
            following += self._withdrawn()
            if not following:
                return
            ready = following

    def _withdrawn(self) -> list[Node]:
        """Takes back what waits for room or for a person where a failure has closed it."""
        following: list[Node] = []
        while self.closings != self.progress.blocks.closings:
            self.closings = self.progress.blocks.closings
            waiting = self.schedule.drain(
                lambda trial: self.progress.obstacle(trial.task) is not None
            )
            self.promises.give_up(waiting)
            held = self.approvals.withdraw(lambda node: self.progress.obstacle(node) is not None)
            closed: list[Node] = [*(trial.task for trial in waiting), *held]
            for node in closed:
                why = self.progress.obstacle(node) or ""
                following += self.progress.skip(node, why, below_failure=True)
        return following

    # ---- gates and values -----------------------------------------------------------------------

    def _decided(self, gate: Gate) -> list[Node]:
        try:
            verdict = decide(gate, self.progress.values)
        except (Absent, Blocked) as problem:
            return self.progress.lack(gate, problem)
        match verdict.policy:
            case "pass":
                return self.progress.passed(gate)
            case "warn":
                self.request.seen(Event("warned", gate.id, {"why": verdict.words}))
                return self.progress.passed(gate, verdict.words)
            case "stop":
                return self.progress.stop(gate, verdict.words)
            case "fail":
                return self.progress.finish(gate, NodeState.FAILED, attempts=1, why=verdict.words)
            case _:
                assert_never(verdict.policy)

    def _asked(self, approval: Approval) -> list[Node]:
        try:
            message = str(meaning.evaluate(approval.message, self.progress.values))
        except (Absent, Blocked) as problem:
            return self.progress.lack(approval, problem)
        except EvaluationError as problem:
            why = f"its message has no value: {problem}"
            return self.progress.finish(approval, NodeState.FAILED, attempts=1, why=why)
        self.approvals.ask(approval, message)
        return []

    def _selected(self, select: Select) -> list[Node]:
        values = self.progress.values
        try:
            found = {f"{select.id}.{n}": meaning.evaluate(of, values) for n, of in select.outputs}
        except (Absent, Blocked) as problem:
            return self.progress.lack(select, problem)
        except EvaluationError as problem:
            return self.progress.finish(select, NodeState.FAILED, attempts=1, why=str(problem))
        values.update(found)
        return self.progress.finish(select, NodeState.RAN, attempts=1)

    # ---- blocks ---------------------------------------------------------------------------------

    def _mapped(self, block: Map) -> list[Node]:
        of = block.items.type
        assert isinstance(of, ListOf), "the checker lets `for` go through lists alone"
        try:
            values = cast("list[object]", meaning.evaluate(block.items, self.progress.values))
            items = [meaning.constant(of.item, value) for value in values]
        except (Absent, Blocked) as problem:
            return self.progress.lack(block, problem)
        except (EvaluationError, ValueMismatch) as problem:
            why = f"its list has no value: {problem}"
            return self.progress.finish(block, NodeState.FAILED, attempts=1, why=why)
        return self._expanded(expand_map(block, items))

    def _branched(self, block: Branch) -> list[Node]:
        def holds(condition: Expr) -> bool:
            return meaning.evaluate(condition, self.progress.values) is True

        try:
            taken = taken_arm(block, holds)
        except (Absent, Blocked) as problem:
            return self.progress.lack(block, problem)
        except EvaluationError as problem:
            why = f"its condition has no value: {problem}"
            return self.progress.finish(block, NodeState.FAILED, attempts=1, why=why)
        return self._expanded(expand_branch(block, taken))

    def _expanded(self, expansion: Expansion) -> list[Node]:
        self._weigh((*expansion.members, expansion.join))
        return self.progress.expand(expansion)

    def _joined(self, join: Join, obstacle: str | None) -> list[Node]:
        progress = self.progress
        found = joined(join, progress.failed, progress.values, progress.blocked)
        if found.broken:
            why = words_of(join, found, progress.failed)
            return progress.finish(join, NodeState.FAILED, attempts=1, why=why)
        if found.blocked and obstacle is None:
            obstacle = "what it holds stands below a failure"
        if obstacle is not None:
            return progress.skip(join, obstacle, below_failure=True)
        return self.progress.joined(join, found.value)

    # ---- tasks ----------------------------------------------------------------------------------

    def _looked_up(self, tasks: Iterable[Task]) -> list[Node]:
        """Hits end here; what else is ready goes to the schedule, once nobody knows its result."""
        following: list[Node] = []
        trials: list[Trial] = []
        for task in tasks:
            try:
                trials.append(self._trial(task))
            except (Absent, Blocked) as problem:
                following += self.progress.lack(task, problem)
            except EvaluationError as problem:
                following += self.progress.finish(task, NodeState.FAILED, why=str(problem))
            except ValueMismatch as problem:
                why = f"an argument of `{task.id}` has no value: {problem}"
                following += self.progress.finish(task, NodeState.FAILED, why=why)
        wanted = [trial for trial in trials if trial.answer and not trial.task.refresh]
        found = self.promises.look_up(wanted)
        unknown: list[Trial] = []
        for trial in trials:
            if trial.answer in found and not trial.task.refresh:
                record = found[trial.answer]
                following += self.progress.succeed(trial.task, record, NodeState.HIT)
            elif self.promises.shares and trial.answer and not trial.task.refresh:
                unknown.append(trial)
            else:
                self.schedule.add(trial)
        self.enquiries.begin(unknown)
        return following

    def hear(self) -> None:
        """Goes on with what the shared store has answered."""
        following: list[Node] = []
        for trial, record in self.enquiries.answered():
            obstacle = self.progress.obstacle(trial.task)
            if obstacle is not None:
                following += self.progress.skip(trial.task, obstacle, below_failure=True)
            elif record is not None:
                following += self.progress.succeed(trial.task, record, NodeState.HIT)
            else:
                self.schedule.add(trial)
        self.proceed(following)

    def _trial(self, task: Task) -> Trial:
        values = self.progress.values
        arguments: dict[str, object] = {}
        for name, value in task.arguments:
            try:
                arguments[name] = meaning.evaluate(value, values)
            except (Absent, Blocked):
                raise
            except EvaluationError as problem:
                why = f"the argument `{name}` of `{task.id}` has no value: {problem}"
                raise EvaluationError(why) from None
        spec = self.request.specs[self.progress.template(task.id)].json
        work = Work.of(spec, arguments)
        amount = asked(task.settings.resources)
        if self.request.oversubscribe:
            amount = clamped(amount, self.limit)
        return Trial(task, work, work.answer(self.run, task.id), amount, self.urgency[task.id])

    def _weigh(self, nodes: Sequence[Node]) -> None:
        graph, history = self.request.graph, self.request.history
        self.urgency |= urgency_within(
            nodes, self.urgency, lambda node: history.seconds(graph.name, node)
        )
