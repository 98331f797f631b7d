"""The engine: ready steps go to warm workers on this machine, the longest way to go first."""

from __future__ import annotations

import os
import selectors
import time
from contextlib import suppress
from pathlib import Path
from typing import assert_never, cast

from ...compiler.contract.runner import Event, NodeState, Request
from ...compiler.ir.values import ContainerBody, Json
from ...runtime.folder import FolderStore
from ...runtime.key import Spec
from ...runtime.record import Record
from ...runtime.retry import AttemptFailed, Cause
from ...runtime.secrets import SecretError, resolve
from ...runtime.state import variables
from ...runtime.step import judge
from . import containers
from .attempt import Answer, Done, Failed, Job
from .budget import machine
from .containers import Container
from .frontier import Frontier
from .interrupt import Interrupt, interruptible
from .pool import Pool, Worker
from .progress import Progress
from .promises import Promises
from .schedule import Schedule
from .trial import Trial

_POLL_SECONDS = 0.2


class Interrupted(Exception):  # noqa: N818  (the user's wish, not an error)
    """Ctrl-C: what is finished is kept."""


class Engine:
    """One run; `progress` says how far it came."""

    def __init__(self, request: Request, run: str, folder: Path, near: FolderStore) -> None:
        graph = request.graph
        self.progress = Progress(graph, folder / "logs", request.seen)
        self._request = request
        self._run = run
        limit = machine(_count(request.settings.get("gpus")))
        workers = _count(request.settings.get("workers")) or max(1, int(limit.cpu))
        slots = min(workers, graph.max_parallel or workers)
        self._schedule = Schedule(limit, slots)
        self._promises = Promises(near, request.store)
        self._frontier = Frontier(
            request, run, limit, self.progress, self._schedule, self._promises
        )
        self._selector = selectors.DefaultSelector()
        self._pool = Pool(near.root, slots, os.environ, near.scratch, self._selector)
        self._running: dict[Worker, Trial] = {}
        self._container_engine = containers.installed(os.environ.get("PATH"))
        self._numbers: dict[int, int] = {}
        self._started = 0

    def execute(self) -> None:
        """Runs to the end. Raises `Interrupted` after Ctrl-C."""
        with interruptible() as interrupt:
            self._selector.register(interrupt.file, selectors.EVENT_READ)
            try:
                self._frontier.proceed(self.progress.first())
                while self._schedule or self._running:
                    self._start()
                    self._wait(interrupt)
            finally:
                self._pool.close()
                self._selector.close()
                self._promises.close()

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
            job = self._job(trial)
        except SecretError as problem:
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

    def _job(self, trial: Trial) -> Job:
        """Raises `SecretError`."""
        self._started += 1
        task, work = trial.task, trial.work
        secrets = resolve(work.spec, os.environ)
        more = dict(secrets)
        if task.settings.effects:
            more["MLP_IDEMPOTENCY_KEY"] = work.once(self._run, task.id)
        container = None
        if isinstance(task.definition.body, ContainerBody):
            container = Container(
                cast(str, self._container_engine),
                task.definition.body.image,
                f"mlp-{self._run}-{self._started}",
                task.settings.resources,
            )
        return Job(
            self._numbers.setdefault(id(work.spec), len(self._numbers)),
            work.arguments,
            work.key,
            work.inputs,
            self._request.source_roots,
            more,
            tuple(secrets.values()),
            str(self.progress.log(task.id)),
            task.settings.timeout,
            trial.fresh,
            container,
        )

    def _wait(self, interrupt: Interrupt) -> None:
        """Takes the answers that are there; wakes for retries, timeouts and heartbeats."""
        moments = [trial.ends for trial in self._running.values() if trial.ends is not None]
        moments += [m for m in (self._schedule.next_moment,) if m is not None]
        moments.append(self._promises.next_moment)
        pause = max(0.0, min(moments) - time.monotonic())
        for key, _ in self._selector.select(pause):
            worker = cast("Worker | None", key.data)
            if worker in self._running:
                self._answered(worker, gone=key.fd == worker.death)
            elif worker in self._pool.idle:
                self._pool.lose(worker)
        if interrupt.asked:
            raise Interrupted
        now = time.monotonic()
        for worker, trial in list(self._running.items()):
            if trial.ends is None or trial.ends > now:
                continue
            self._pool.lose(worker, self.progress.log(trial.task.id))
            self._released(worker)
            limit = trial.task.settings.timeout
            text = f"it ran longer than its timeout of {limit:g} s"
            self._failed(trial, Failed(Cause.TIMEOUT, text, "", now - trial.began))
        self._promises.keep(now)

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
        self._pool.give_back(worker, spent=spent)
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
        ended = self._pool.lose(worker, self.progress.log(trial.task.id))
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
        pause = None if self._frontier.closed else trial.pause(failed.cause)
        again = "" if pause is None else f"attempt {trial.attempts} failed: {failed.message}\n"
        if failed.trace or again:
            with self.progress.log(trial.task.id).open("a", encoding="utf-8") as log:
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
        self._promises.give_up([trial.work])
        self.progress.finish(
            trial.task,
            NodeState.FAILED,
            seconds,
            trial.attempts,
            began=trial.began or None,
            why=why,
        )
        self._frontier.proceed([])


def _threads(spec: Spec) -> str:
    """What the numerical libraries of a body are told to use."""
    return variables(spec, Path("/"), {})["OMP_NUM_THREADS"]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
