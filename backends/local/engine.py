"""The engine: a ready queue over warm workers, on this machine."""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import assert_never

from ...compiler.contract.runner import Event, NodeResult, NodeState, Request
from ...compiler.ir import meaning
from ...compiler.ir.graph import dependants
from ...compiler.ir.values import (
    Gate,
    Node,
    NodeId,
    PortRef,
    Select,
    Task,
    needs,
    references,
)
from ...runtime import leases
from ...runtime.evaluate import EvaluationError
from ...runtime.folder import FolderStore
from ...runtime.record import Record
from ...runtime.retry import Cause, Policy
from ...runtime.secrets import SecretError, resolve
from ...runtime.state import variables
from ...runtime.step import Work
from ...runtime.store import Store
from ...runtime.values import ValueMismatch
from .attempt import Answer, Done, Failed, Job
from .budget import Amount, asked, clamped, machine
from .order import urgency
from .pool import Pool, Worker

_POLL_SECONDS = 0.2
_INFRASTRUCTURE_ATTEMPTS = 3


class Interrupted(Exception):  # noqa: N818  (the user's wish, not an error)
    """Ctrl-C: what is finished is kept."""


@dataclass(slots=True)
class Trial:
    """A task on its way: its work, its attempts so far, when the attempt now running must end."""

    task: Task
    work: Work
    answer: str
    amount: Amount
    attempts: int = 0
    broken: int = 0
    began: float = 0.0
    ends: float | None = None
    worker: Worker | None = None
    number: int = 0


@dataclass(slots=True)
class Progress:
    """Where a run stands. `values` are outputs by `node.port`; `why` the first failure's words."""

    waiting: dict[NodeId, int]
    results: dict[NodeId, NodeResult] = field(default_factory=dict)
    records: dict[NodeId, Record] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    stopped: bool = False
    failed: bool = False
    closed: bool = False


class Engine:
    """One run. `step` is called until it says that nothing is left."""

    def __init__(self, request: Request, run: str, folder: Path, near: FolderStore) -> None:
        self.request = request
        self.run = run
        self.folder = folder
        self.near = near
        self.store: Store = request.store
        self.graph = request.graph
        self.nodes = {node.id: node for node in self.graph.nodes}
        self.below = dependants(self.graph)
        self.urgency = urgency(
            self.graph, lambda node: request.history.seconds(self.graph.name, node)
        )
        self.progress = Progress({n.id: len(set(needs(n))) for n in self.graph.nodes})
        self.ready: list[tuple[float, int, NodeId]] = []
        self.later: list[tuple[float, int, Trial]] = []
        self.running: dict[int, Trial] = {}
        self.order = {node.id: place for place, node in enumerate(self.graph.nodes)}
        self.limit = machine(_count(request.settings.get("gpus")) or 0)
        workers = _count(request.settings.get("workers")) or int(self.limit.cpu)
        self.slots = min(workers, self.graph.max_parallel or workers)
        self.taken = Amount()
        self.pool = Pool(near.root, self.slots, os.environ)
        self.owner = leases.owner()
        self.beaten = time.monotonic()
        self.serial = 0

    def execute(self) -> Progress:
        """Runs to the end. Raises `Interrupted` after Ctrl-C, with `progress` as far as it came."""
        for node in self.graph.nodes:
            if not self.progress.waiting[node.id]:
                self._enqueue(node.id)
        try:
            while self._busy():
                self._start_ready()
                self._wait()
        except KeyboardInterrupt:
            raise Interrupted from None
        finally:
            self.pool.close()
            self.near.flush()
            held = [trial.work.key for trial in self._open_trials()]
            leases.release(self.near.index, held, self.owner)
        for node in self.graph.nodes:
            if node.id not in self.progress.results:
                self._finish(node, NodeState.SKIPPED, 0.0, 0, why="something before it failed")
        return self.progress

    def _busy(self) -> bool:
        return bool(self.ready or self.later or self.running)

    def _open_trials(self) -> Iterator[Trial]:
        yield from self.running.values()
        for _, _, trial in self.later:
            yield trial

    # ---- starting ---------------------------------------------------------------------------

    def _enqueue(self, node: NodeId) -> None:
        heapq.heappush(self.ready, (-self.urgency[node], self.order[node], node))

    def _start_ready(self) -> None:
        """Decides what can be decided at once and starts as much as there is room for."""
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            trial = heapq.heappop(self.later)[2]
            self._launch(trial)
        put_off: list[tuple[float, int, NodeId]] = []
        while self.ready:
            entry = heapq.heappop(self.ready)
            node = self.nodes[entry[2]]
            if self.progress.closed and not self.request.keep_going:
                self._finish(node, NodeState.SKIPPED, 0.0, 0, why="something else failed")
            elif not self._begin(node):
                put_off.append(entry)
                if len(self.running) >= self.slots:
                    break
        for entry in put_off:
            heapq.heappush(self.ready, entry)

    def _begin(self, node: Node) -> bool:
        """Whether the node has been dealt with; False while there is no room for it."""
        match node:
            case Gate():
                self._decide(node)
                return True
            case Select():
                self._select(node)
                return True
            case Task():
                return self._task(node)
            case _:
                assert_never(node)

    def _task(self, task: Task) -> bool:
        spec = self.request.specs[task.id]
        try:
            arguments = {
                name: meaning.evaluate(value, self.progress.values)
                for name, value in task.arguments
            }
            work = Work.of(spec.json, arguments)
        except (EvaluationError, ValueMismatch) as problem:
            self._fail(task, f"an argument of `{task.id}` has no value: {problem}", 0.0, 0)
            return True
        answer = work.answer(self.run, task.id)
        found = self.store.lookup(answer, task.settings.cache.ttl) if answer else None
        if found is not None:
            self._succeed(task, found, NodeState.HIT, 0.0, 0)
            return True
        amount = asked(task.settings.resources)
        if self.request.oversubscribe:
            amount = clamped(amount, self.limit)
        room = len(self.running) < self.slots and self.taken.plus(amount).within(self.limit)
        if not room:
            return False
        self._launch(Trial(task, work, answer, amount))
        return True

    def _launch(self, trial: Trial) -> None:
        """Starts an attempt, or comes back later while someone else computes the same key."""
        if self.progress.closed and not self.request.keep_going:
            self._finish(
                trial.task, NodeState.SKIPPED, 0.0, trial.attempts, why="something else failed"
            )
            return
        room = len(self.running) < self.slots and self.taken.plus(trial.amount).within(self.limit)
        if not room:
            self._put_off(trial, _POLL_SECONDS)
            return
        if trial.answer and not leases.acquire(self.near.index, trial.work.key, self.owner):
            found = self.store.lookup(trial.answer)
            if found is not None:
                self._succeed(trial.task, found, NodeState.HIT, 0.0, trial.attempts)
            else:
                self._put_off(trial, _POLL_SECONDS)
            return
        try:
            job = self._job(trial)
        except SecretError as problem:
            self._fail(trial.task, str(problem), 0.0, trial.attempts)
            return
        trial.attempts += 1
        trial.began = time.monotonic()
        timeout = trial.task.settings.timeout
        python = trial.work.spec["kind"] == "python"
        trial.ends = trial.began + timeout if timeout is not None and python else None
        trial.worker = self.pool.take(job.environment["OMP_NUM_THREADS"])
        trial.worker.start(job, reusable=_reusable(trial.task))
        self.taken = self.taken.plus(trial.amount)
        self.running[trial.worker.connection.fileno()] = trial
        if trial.attempts == 1:
            self.request.seen(Event("started", trial.task.id))

    def _put_off(self, trial: Trial, seconds: float) -> None:
        self.serial += 1
        heapq.heappush(self.later, (time.monotonic() + seconds, self.serial, trial))

    def _job(self, trial: Trial) -> Job:
        spec = trial.work.spec
        self.serial += 1
        scratch = self.near.scratch() / f"{self.order[trial.task.id]}-{self.serial}"
        secrets = resolve(spec, os.environ)
        environment = variables(spec, scratch, os.environ) | secrets
        if spec.get("effects"):
            environment["MLP_IDEMPOTENCY_KEY"] = trial.work.once(self.run, trial.task.id)
        return Job(
            trial.work,
            scratch,
            self.request.source_roots,
            environment,
            tuple(secrets.values()),
            self.log(trial.task.id),
            trial.task.settings.timeout,
        )

    def log(self, node: NodeId) -> Path:
        """Where what a step prints goes."""
        return self.folder / "logs" / f"{node}.log"

    # ---- waiting ----------------------------------------------------------------------------

    def _wait(self) -> None:
        """Takes the answers that are there; wakes for retries, timeouts and heartbeats."""
        if not self.running and not self.later:
            return
        now = time.monotonic()
        moments = [trial.ends for trial in self.running.values() if trial.ends is not None]
        moments += [self.later[0][0]] if self.later else []
        moments.append(self.beaten + leases.BEAT_SECONDS)
        pause = max(0.0, min(moments) - now)
        if self.running:
            for connection in wait(list(self.running), pause):
                assert isinstance(connection, int)
                self._answered(self.running[connection])
        else:
            time.sleep(pause)
        now = time.monotonic()
        for trial in [t for t in self.running.values() if t.ends is not None and t.ends <= now]:
            self._out_of_time(trial)
        if now >= self.beaten + leases.BEAT_SECONDS:
            self.beaten = now
            leases.beat(self.near.index, self.owner)

    def _answered(self, trial: Trial) -> None:
        assert trial.worker is not None
        file = trial.worker.connection.fileno()
        try:
            answer: Answer = trial.worker.connection.recv()
        except (EOFError, ConnectionError):
            del self.running[file]
            self._free(trial)
            code = self.pool.lose(trial.worker)
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            text = f"its process ended with {how}"
            self._failed(trial, Failed(Cause.FAILURE, text, "", time.monotonic() - trial.began))
            return
        del self.running[file]
        self._free(trial)
        self.pool.give_back(trial.worker)
        match answer:
            case Done(record=content, seconds=seconds):
                record = Record.from_bytes(content)
                if trial.answer:
                    record = self._published(trial, record)
                self._succeed(trial.task, record, NodeState.RAN, seconds, trial.attempts)
            case Failed():
                self._failed(trial, answer)
            case _:
                assert_never(answer)

    def _published(self, trial: Trial, record: Record) -> Record:
        aged = trial.task.settings.cache.ttl is not None
        if self.store is self.near and trial.answer == record.key and not aged:
            self.near.commit(record)
        else:
            record = self.store.publish(record, answer=trial.answer, replace=aged)
        leases.release(self.near.index, [trial.work.key], self.owner)
        return record

    def _out_of_time(self, trial: Trial) -> None:
        assert trial.worker is not None
        del self.running[trial.worker.connection.fileno()]
        self._free(trial)
        self.pool.lose(trial.worker)
        limit = trial.task.settings.timeout
        text = f"it ran longer than its timeout of {limit:g} s"
        self._failed(trial, Failed(Cause.TIMEOUT, text, "", time.monotonic() - trial.began))

    def _free(self, trial: Trial) -> None:
        self.taken = self.taken.minus(trial.amount)

    def _failed(self, trial: Trial, failed: Failed) -> None:
        """Another attempt, or the end of the step."""
        policy = Policy.of(trial.work.spec)
        if failed.cause is Cause.INFRASTRUCTURE:
            trial.broken += 1
            again = failed.cause in policy.on and trial.broken < _INFRASTRUCTURE_ATTEMPTS
        else:
            again = failed.cause in policy.on and trial.attempts - trial.broken < policy.attempts
        if failed.trace:
            with self.log(trial.task.id).open("a") as log:
                log.write(failed.trace)
        if again and not self.progress.closed:
            seconds = policy.wait(trial.attempts)
            self.request.seen(
                Event("retrying", trial.task.id, {"why": failed.message, "seconds": seconds})
            )
            self._put_off(trial, seconds)
            return
        leases.release(self.near.index, [trial.work.key], self.owner)
        self._fail(trial.task, failed.message, failed.seconds, trial.attempts)

    # ---- ending -----------------------------------------------------------------------------

    def _succeed(
        self, task: Task, record: Record, state: NodeState, seconds: float, attempts: int
    ) -> None:
        for port in task.definition.outputs:
            value = record.value(port.name, meaning.descriptor_of(port.type))
            for name in (task.id, *task.aliases):
                self.progress.values[f"{name}.{port.name}"] = value
        self.progress.records[task.id] = record
        digests = {name: str(entry["digest"]) for name, entry in record.outputs.items()}
        self._finish(task, state, seconds, attempts, outputs=digests)

    def _fail(self, node: Node, why: str, seconds: float, attempts: int) -> None:
        self.progress.failed = self.progress.closed = True
        self._finish(node, NodeState.FAILED, seconds, attempts, why=why)

    def _finish(
        self,
        node: Node,
        state: NodeState,
        seconds: float,
        attempts: int,
        *,
        outputs: Mapping[str, str] | None = None,
        why: str | None = None,
    ) -> None:
        log = self.log(node.id)
        result = NodeResult(
            node.id,
            _kind(node),
            node.definition.name if isinstance(node, Task) else None,
            state,
            round(seconds, 3),
            attempts,
            outputs or {},
            why,
            log if log.exists() else None,
        )
        self.progress.results[node.id] = result
        self.request.seen(Event("finished", node.id, result=result))
        for waiting in self.below[node.id]:
            if state in (NodeState.HIT, NodeState.RAN):
                self.progress.waiting[waiting] -= 1
                if not self.progress.waiting[waiting]:
                    self._enqueue(waiting)
            elif waiting not in self.progress.results:
                self._finish(
                    self.nodes[waiting],
                    NodeState.SKIPPED,
                    0.0,
                    0,
                    why=f"`{node.id}` {_ended(state)}",
                )

    def _decide(self, gate: Gate) -> None:
        try:
            passed = bool(meaning.evaluate(gate.condition, self.progress.values))
            words = f"`expect {gate.text}` does not hold"
            if not passed:
                words += _seen_values(gate, self.progress.values)
            if not passed and gate.message is not None:
                words = str(meaning.evaluate(gate.message, self.progress.values))
        except EvaluationError as problem:
            self._fail(gate, f"`expect {gate.text}` cannot be decided: {problem}", 0.0, 1)
            return
        if passed:
            self._finish(gate, NodeState.RAN, 0.0, 1)
        elif gate.policy == "warn":
            self.request.seen(Event("warned", gate.id, {"why": words}))
            self._finish(gate, NodeState.RAN, 0.0, 1, why=words)
        elif gate.policy == "stop":
            self.progress.stopped = True
            self._finish(gate, NodeState.SKIPPED, 0.0, 1, why=words)
        else:
            self._fail(gate, words, 0.0, 1)

    def _select(self, select: Select) -> None:
        try:
            for name, value in select.outputs:
                self.progress.values[f"{select.id}.{name}"] = meaning.evaluate(
                    value, self.progress.values
                )
        except EvaluationError as problem:
            self._fail(select, str(problem), 0.0, 1)
            return
        self._finish(select, NodeState.RAN, 0.0, 1)


def _seen_values(gate: Gate, values: Mapping[str, object]) -> str:
    """The values that a condition read, for its message."""
    from ...runtime.values import show

    read = {
        f"{r.node}.{r.port}": values.get(f"{r.node}.{r.port}")
        for r in references(gate.condition)
        if isinstance(r, PortRef)
    }
    shown = [f"{name} is {show(value)}" for name, value in read.items()]
    return f" ({', '.join(shown)})" if shown else ""


def _reusable(task: Task) -> bool:
    settings = task.settings
    special = settings.secrets or settings.env or settings.resources.gpu or settings.isolate
    return not special


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


def _ended(state: NodeState) -> str:
    return "failed" if state is NodeState.FAILED else "was skipped"


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def too_large(graph_nodes: tuple[Node, ...], limit: Amount) -> list[tuple[Task, Amount]]:
    """The tasks that ask for more than the machine has."""
    return [
        (node, asked(node.settings.resources))
        for node in graph_nodes
        if isinstance(node, Task) and not asked(node.settings.resources).within(limit)
    ]
