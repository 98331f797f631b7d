"""The engine's order of work changes nothing: a run comes to what the interpreter says it means."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from ir.graphs import graphs, parameter_values, pretend

from millpond.backends.local.approvals import Approvals
from millpond.backends.local.budget import Amount
from millpond.backends.local.enquiries import Enquiries
from millpond.backends.local.frontier import Frontier
from millpond.backends.local.hooks import due
from millpond.backends.local.outputs import conclude
from millpond.backends.local.progress import Progress
from millpond.backends.local.promises import Promises
from millpond.backends.local.schedule import Schedule
from millpond.backends.local.trial import Trial
from millpond.compiler.contract.approvals import Decision, decide
from millpond.compiler.contract.runner import NodeState, Request
from millpond.compiler.interpret import End, StepFailed, interpret
from millpond.compiler.ir import meaning
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import Approval, Node, Task
from millpond.compiler.passes.keys import specs
from millpond.runtime.evaluate import EvaluationError
from millpond.runtime.folder import FolderStore
from millpond.runtime.history import History
from millpond.runtime.record import Record, output_entry

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PLENTY = Amount(1e9, 1 << 60, 1 << 30)


def bits(*of: object) -> int:
    return hashlib.sha256(repr(of).encode()).digest()[0]


def fails(task: Task, arguments: Mapping[str, object]) -> bool:
    return bits(task.definition.name, sorted(arguments.items())) % 5 == 0


def opens(approval: Approval) -> bool:
    return bits(approval.id) % 4 > 0


class Line:
    """The engine's line of work, with steps done in this process in an order by chance."""

    def __init__(self, graph: Graph, parameters: Mapping[str, object], folder: Path) -> None:
        store = FolderStore(folder / "store")
        request = Request(
            graph=graph,
            specs=specs(graph, lambda span: "p.mlp:1:1"),
            store=store,
            history=History(folder / "history.sqlite", store),
            state=folder,
            folder=folder,
            source_roots=(),
            settings={},
            parameters={},
            program="p.mlp",
            keep_going=True,
        )
        self.folder = folder
        self.progress = Progress(folder / "logs", lambda event: None, keep_going=True)
        self.progress.values.update(parameters)
        self.schedule = Schedule(PLENTY, 3)
        self.promises = Promises(store, store)
        self.approvals = Approvals(folder, lambda event: None)
        self.enquiries = Enquiries(self.promises.ask)
        self.frontier = Frontier(
            request,
            "run",
            PLENTY,
            self.progress,
            self.schedule,
            self.promises,
            self.approvals,
            self.enquiries,
        )

    def run(self, graph: Graph, chance: random.Random) -> None:
        self.drive(graph.nodes, self.progress.add(graph.nodes), chance)
        conclude(graph.outputs, self.progress)
        for hook in due(graph, self.progress):
            self.drive(hook.nodes, self.progress.begin_hook(hook.nodes), chance)
        self.enquiries.close()
        self.promises.close()

    def drive(self, nodes: tuple[Node, ...], ready: list[Node], chance: random.Random) -> None:
        self.frontier.enter(nodes, ready)
        running: list[Trial] = []
        while self.schedule or running or self.approvals:
            for waited in self.schedule.due(float("inf")):
                self.schedule.add(waited)
            while (trial := self.schedule.take()) is not None:
                self.launch(trial, running)
            for approval, approved, why in self.approvals.answered():
                if approved:
                    following = self.progress.passed(approval, why)
                else:
                    following = self.progress.finish(approval, NodeState.FAILED, why=why)
                self.frontier.proceed(following)
            for approval, _ in self.approvals.waiting.values():
                decide(self.folder, approval.id, Decision(opens(approval), "me", "me", NOW))
            if running:
                self.done(running.pop(chance.randrange(len(running))))

    def launch(self, trial: Trial, running: list[Trial]) -> None:
        record, ours = self.promises.make(trial)
        if record is not None:
            self.schedule.free(trial)
            self.frontier.proceed(self.progress.succeed(trial.task, record, NodeState.HIT))
        elif ours:
            running.append(trial)
        else:
            self.schedule.free(trial)
            self.schedule.add_later(trial, 0.0)

    def done(self, trial: Trial) -> None:
        self.schedule.free(trial)
        task, work = trial.task, trial.work
        if fails(task, work.arguments):
            self.promises.give_up([trial])
            self.frontier.proceed(self.progress.finish(task, NodeState.FAILED, attempts=1))
            return
        outputs = pretend(task, work.arguments)
        entries = {
            port.name: output_entry(meaning.descriptor_of(port.type), outputs[port.name])
            for port in task.definition.outputs
        }
        record = Record(work.key, entries, work.parts, work.inputs, {})
        record = self.promises.fulfil(trial, record)
        self.frontier.proceed(self.progress.succeed(task, record, NodeState.RAN, attempts=1))


def step(task: Task, arguments: Mapping[str, object]) -> Mapping[str, object]:
    if fails(task, arguments):
        raise StepFailed
    return pretend(task, arguments)


ENDS = {
    NodeState.HIT: {End.DONE},
    NodeState.RAN: {End.DONE},
    NodeState.FAILED: {End.FAILED},
    NodeState.SKIPPED: {End.SKIPPED, End.BLOCKED},
}


@settings(max_examples=settings().max_examples // 2 if settings().max_examples > 100 else 60)
@given(st.data(), st.randoms(use_true_random=False))
def test_a_run_comes_to_what_the_graph_means(data: st.DataObject, chance: random.Random) -> None:
    graph = data.draw(graphs(settings=False, hooked=True))
    parameters = data.draw(parameter_values(graph))
    meant = interpret(graph, parameters, step, lambda approval, message: opens(approval))
    with TemporaryDirectory() as folder:
        line = Line(graph, parameters, Path(folder))
        line.run(graph, chance)
    results = line.progress.results.ends
    assert {n for n in meant.ends if "[*]" not in n} == set(results)
    for name, result in results.items():
        assert meant.ends[name] in ENDS[result.state], (name, result, meant.ends[name])
        assert line.progress.blocked(name) == (meant.ends[name] is End.BLOCKED), (name, result)
    assert (line.progress.status == "failed") == meant.failed
    for output in graph.outputs:
        try:
            value = meaning.evaluate(output.value, line.progress.values)
        except EvaluationError:
            assert output.name not in meant.outputs
        else:
            assert meant.outputs[output.name] == value
