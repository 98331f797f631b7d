"""The engine: ready steps go to warm workers on this machine, the longest way to go first."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import assert_never, cast

from ...compiler.contract.runner import Event, NodeState, Request
from ...compiler.ir.nodes import Approval, Node
from ...compiler.ir.values import Json, NodeId
from ...runtime.folder import FolderStore
from ...runtime.key import Spec
from ...runtime.record import Record
from ...runtime.retry import AttemptFailed, Cause
from ...runtime.state import variables
from ...runtime.step import judge
from .approvals import Approvals
from .attempt import Answer, Done, Failed
from .budget import machine
from .enquiries import Enquiries
from .frontier import Frontier
from .hooks import due
from .interrupt import Interrupt, interruptible
from .jobs import CannotStartError, Jobs
from .outputs import conclude
from .pool import Pool, Worker
from .progress import Progress
from .promises import Promises
from .schedule import Schedule
from .sources import Sources
from .trial import Trial

_POLL_SECONDS = 0.2
_SHARED = NodeId("shared store")
_OUT_OF_TIME = "the pipeline's timeout ended it"


class Interrupted(Exception):  # noqa: N818  (the user's wish, not an error)
    """Ctrl-C: what is finished is kept."""


class Engine:
    """One run; `progress` says how far it came."""

    def __init__(self, request: Request, run: str, folder: Path, near: FolderStore) -> None:
        graph = request.graph
        self.progress = Progress(folder / "logs", request.seen, keep_going=request.keep_going)
        self.progress.values["run.id"] = run
        self.progress.values["run.url"] = (folder / "report.html").as_uri()
        self._request = request
        limit = machine(_count(request.settings.get("gpus")))
        workers = _count(request.settings.get("workers")) or max(1, int(limit.cpu))
        slots = min(workers, graph.max_parallel or workers)
        self._schedule = Schedule(limit, slots)
        self._promises = Promises(near, request.store)
        self._approvals = Approvals(folder, request.seen)
        self._enquiries = Enquiries(self._promises.ask)
        self._frontier = Frontier(
            request,
            run,
            limit,
            self.progress,
            self._schedule,
            self._promises,
            self._approvals,
            self._enquiries,
        )
        self._deadline = float("inf")
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._enquiries.file, selectors.EVENT_READ)
        self._pool = Pool(near.root, slots, os.environ, near.scratch, self._selector)
        self._running: dict[Worker, Trial] = {}
        self._jobs = Jobs(request, run)
        self._sources = Sources(near, request.store)

    def execute(self) -> None:
        """Runs to the end, hooks included. Raises `Interrupted` after Ctrl-C."""
        graph = self._request.graph
        self._sources.begin()
        try:
            with self._heeding() as interrupt:
                if graph.timeout is not None:
                    self._deadline = time.monotonic() + graph.timeout
                self._drive(graph.nodes, self.progress.add(graph.nodes), interrupt)
                self._deadline = float("inf")
                conclude(graph.outputs, self.progress)
                for hook in due(graph, self.progress):
                    self._drive(hook.nodes, self.progress.begin_hook(hook.nodes), interrupt)
        finally:
            self.close()
            note = self._sources.settle()
            if note is not None:
                self._request.seen(Event("warned", _SHARED, {"why": note}))

    def also(self, node: Node) -> None:
        """Runs one more node; the workers stay, until `close`. Raises `Interrupted`."""
        with self._heeding() as interrupt:
            self._drive((node,), self.progress.add((node,)), interrupt)

    def close(self) -> None:
        """Ends the workers and makes everything durable."""
        self._pool.close()
        self._enquiries.close()
        self._selector.close()
        self._promises.close()

    @contextmanager
    def _heeding(self) -> Iterator[Interrupt]:
        with interruptible() as interrupt:
            self._selector.register(interrupt.file, selectors.EVENT_READ)
            try:
                yield interrupt
            finally:
                self._selector.unregister(interrupt.file)

    def _drive(self, nodes: Sequence[Node], ready: Sequence[Node], interrupt: Interrupt) -> None:
        """Runs nodes until all of them have ended."""
        self._frontier.enter(nodes, ready)
        while self._is_busy():
            self._start()
            # What others have computed meanwhile is a hit, and may have been all there was.
            if self._is_busy():
                self._wait(interrupt)
        lost = [node.id for node in nodes if node.id not in self.progress.results.ends]
        assert not lost, f"nobody ever released {lost[:5]}"

    def _is_busy(self) -> bool:
        return bool(self._schedule or self._running or self._approvals or self._enquiries)

    def _start(self) -> None:
        """Starts as much as there is room for."""
        for waited in self._schedule.due(time.monotonic()):
            self._schedule.add(waited)
        while trial := self._schedule.take():
            self._launch(trial)

    def _launch(self, trial: Trial) -> None:
        """Starts an attempt, unless someone else has computed, or now computes, the same key."""
        record, ours = self._promises.make(trial)
        if record is not None:
            self._schedule.free(trial)
            self._succeed(trial, record, NodeState.HIT, 0.0)
            return
        if not ours:
            self._schedule.free(trial)
            self._schedule.add_later(trial, time.monotonic() + _POLL_SECONDS)
            return
        try:
            here = self._sources.ready(trial.work.arguments.values())
        except OSError as problem:
            self._schedule.free(trial)
            trial.attempts += 1
            self._failed(trial, Failed(Cause.INFRASTRUCTURE, str(problem), "", 0.0))
            return
        if not here:
            self._schedule.free(trial)
            self._schedule.add_later(trial, time.monotonic() + _POLL_SECONDS)
            return
        try:
            job = self._jobs.job(trial, self.progress.results.log(trial.task.id))
        except CannotStartError as problem:
            self._schedule.free(trial)
            self._fail(trial, str(problem), 0.0)
            return
        trial.attempts += 1
        if trial.attempts == 1:
            self._request.seen(Event("started", trial.task.id))
        worker = self._pool.take(_threads(trial.work.spec))
        trial.began = time.monotonic()
        warm = trial.work.spec["kind"] == "python" and not job.fresh
        trial.ends = trial.began + job.timeout if job.timeout is not None and warm else None
        self._running[worker] = trial
        with suppress(BrokenPipeError):  # a worker that is gone says so itself
            worker.start(job, trial.work.spec)

    def _wait(self, interrupt: Interrupt) -> None:
        """Takes the answers that are there; wakes for retries, timeouts and heartbeats."""
        moments = [trial.ends for trial in self._running.values() if trial.ends is not None]
        moments += [m for m in (self._schedule.next_moment,) if m is not None]
        moments += (self._promises.next_moment, self._approvals.next_moment, self._deadline)
        pause = max(0.0, min(moments) - time.monotonic())
        for key, _ in self._selector.select(pause):
            worker = cast("Worker | None", key.data)
            if worker in self._running:
                self._answered(worker, gone=key.fd == worker.death)
            elif worker in self._pool.idle:
                self._pool.lose(worker)
        if interrupt.asked:
            raise Interrupted
        if self._enquiries:
            self._frontier.hear()
        now = time.monotonic()
        for worker, trial in list(self._running.items()):
            if trial.ends is None or trial.ends > now:
                continue
            self._pool.lose(worker, self.progress.results.log(trial.task.id))
            self._released(worker)
            limit = trial.task.settings.timeout
            text = f"it ran longer than its timeout of {limit:g} s"
            self._failed(trial, Failed(Cause.TIMEOUT, text, "", now - trial.began))
        for approval, approved, why in self._approvals.answered():
            self._frontier.proceed(self._answer(approval, why, approved=approved))
        if now >= self._deadline:
            self._out_of_time(now)
        self._promises.keep(now)

    def _answer(self, approval: Approval, why: str, *, approved: bool) -> list[Node]:
        if approved:
            return self.progress.passed(approval, why)
        return self.progress.finish(approval, NodeState.FAILED, attempts=1, why=why)

    def _out_of_time(self, now: float) -> None:
        """The pipeline's timeout: what is under way is ended, the rest never starts."""
        self._deadline = float("inf")
        limit = self._request.graph.timeout
        self.progress.expire(f"the run took longer than its timeout of {limit:g} s")
        ready: list[Node] = []
        for approval in self._approvals.withdraw(lambda _: True):
            ready += self.progress.finish(approval, NodeState.FAILED, attempts=1, why=_OUT_OF_TIME)
        self._frontier.proceed(ready)
        for worker, trial in list(self._running.items()):
            self._pool.lose(worker, self.progress.results.log(trial.task.id))
            self._released(worker)
            self._fail(trial, _OUT_OF_TIME, now - trial.began)

    def _released(self, worker: Worker) -> Trial:
        trial = self._running.pop(worker)
        self._schedule.free(trial)
        return trial

    def _answered(self, worker: Worker, *, gone: bool) -> None:
        trial = self._released(worker)
        try:
            if gone and not worker.wire.has_message():
                raise EOFError
            answer, spent = cast("tuple[Answer, bool]", worker.wire.receive())
        except EOFError:
            self._failed(trial, self._lost(trial, worker))
            return
        if spent:
            self._pool.lose(worker)
        else:
            self._pool.give_back(worker)
        match answer:
            case Done(record=content, seconds=seconds):
                record = self._promises.fulfil(trial, Record.from_bytes(content))
                self._succeed(trial, record, NodeState.RAN, seconds)
            case Failed():
                self._failed(trial, answer)
            case _:
                assert_never(answer)

    def _lost(self, trial: Trial, worker: Worker) -> Failed:
        """A worker that ended in the middle of a job: its body's doing."""
        ended = self._pool.lose(worker, self.progress.results.log(trial.task.id))
        seconds = time.monotonic() - trial.began
        try:
            judge(ended, None, None)
        except AttemptFailed as problem:
            return Failed(problem.cause, str(problem), "", seconds)
        return Failed(Cause.FAILURE, "the body ended its process", "", seconds)

    def _succeed(self, trial: Trial, record: Record, state: NodeState, seconds: float) -> None:
        self._frontier.proceed(
            self.progress.succeed(
                trial.task, record, state, seconds, trial.attempts, began=trial.began or None
            )
        )

    def _failed(self, trial: Trial, failed: Failed) -> None:
        """Another attempt, or the end of the step."""
        closed = self.progress.obstacle(trial.task) is not None
        pause = None if closed else trial.pause(failed.cause)
        again = "" if pause is None else f"attempt {trial.attempts} failed: {failed.message}\n"
        if failed.trace or again:
            with self.progress.results.log(trial.task.id).open("a", encoding="utf-8") as log:
                log.write(failed.trace + again)
        if pause is None:
            self._fail(trial, failed.message, failed.seconds)
            return
        detail: dict[str, Json] = {
            "why": failed.message,
            "seconds": pause,
            "attempt": trial.attempts,
        }
        self._request.seen(Event("retrying", trial.task.id, detail))
        self._schedule.add_later(trial, time.monotonic() + pause)

    def _fail(self, trial: Trial, why: str, seconds: float) -> None:
        self._promises.give_up([trial])
        self._frontier.proceed(
            self.progress.finish(
                trial.task,
                NodeState.FAILED,
                seconds,
                trial.attempts,
                began=trial.began or None,
                why=why,
            )
        )


def _threads(spec: Spec) -> str:
    """What the numerical libraries of a body are told to use."""
    return variables(spec, Path("/"), {})["OMP_NUM_THREADS"]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
