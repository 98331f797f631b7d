"""The pool: worker processes, kept warm, ended with everything they started."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ...runtime.key import Spec
from ...runtime.orphans import end_in
from ...runtime.process import Ended, oom_kills
from ...runtime.removal import remove
from .attempt import Job
from .capture import PRINTED, rescue
from .containers import CLIENT
from .processes import end_all
from .wire import Wire, wires

_REMOVAL_SECONDS = 30.0
_END_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class Worker:
    """One process, the keeper of a worker. `threads` is what the worker's numerical libraries were
    started with; `known` are the specs that it has been told; `contained` says that its job runs
    in a container. `death` can be read once it is gone: its wire alone does not say so while a
    copy of the process holds the other end. `lifeline` is -1 once it has been let go."""

    process: subprocess.Popen[bytes]
    wire: Wire
    lifeline: int
    death: int
    threads: str
    scratch: Path
    oom_kills: int
    contained: bool = False
    known: set[int] = field(default_factory=set)

    def start(self, job: Job, spec: Spec) -> None:
        """Hands over a job. Raises `OSError` where the process is gone."""
        self.contained = job.container is not None
        if job.spec in self.known:
            self.wire.send(job)
        else:
            self.known.add(job.spec)
            self.wire.send((job.spec, spec), job)

    def let_go(self) -> None:
        """Tells the process to end."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def end(self, log: Path | None = None) -> Ended:
        """Ends the process and everything below it; says how it ended, if it had by itself.

        What the step in the middle of which it ended has printed goes to `log`.
        """
        self.let_go()
        # It ends by itself, with all that is below it and with its container.
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_REMOVAL_SECONDS if self.contained else _END_SECONDS)
        end_all(self.process.pid)
        code = self.process.wait()
        if log is not None:
            end_in([self.scratch])
            rescue(self.scratch, str(log))
        os.close(self.death)
        self.wire.close()
        remove(self.scratch)
        return Ended(code, False, code != 0 and oom_kills() > self.oom_kills, 0.0)


@dataclass(slots=True)
class Pool:
    """At most `size` workers; `store` is the folder they write to.

    Each is registered with the selector as long as it lives.
    """

    store: Path
    size: int
    outer: Mapping[str, str]
    new_scratch: Callable[[], Path]
    selector: selectors.BaseSelector
    idle: list[Worker] = field(default_factory=list)
    busy: list[Worker] = field(default_factory=list)

    def take(self, threads: str) -> Worker:
        """A worker whose numerical libraries use so many threads, warm if there is one."""
        for worker in reversed(self.idle):
            if worker.threads == threads:
                self.idle.remove(worker)
                self.busy.append(worker)
                return worker
        if self.idle and len(self.idle) + len(self.busy) >= self.size:
            self._end(self.idle.pop(0))
        worker = self._started(threads)
        self.busy.append(worker)
        return worker

    def give_back(self, worker: Worker) -> None:
        """The job is done."""
        self.busy.remove(worker)
        self.idle.append(worker)

    def lose(self, worker: Worker, log: Path | None = None) -> Ended:
        """The worker is broken or out of time: it ends; says how it had ended by itself."""
        (self.busy if worker in self.busy else self.idle).remove(worker)
        return self._end(worker, log)

    def close(self) -> None:
        """Ends all workers."""
        for worker in (*self.idle, *self.busy):
            worker.let_go()
        for worker in (*self.idle, *self.busy):
            self._end(worker)
        self.idle.clear()
        self.busy.clear()

    def _end(self, worker: Worker, log: Path | None = None) -> Ended:
        for file in (worker.wire.reading, worker.death):
            self.selector.unregister(file)
        return worker.end(log)

    def _started(self, threads: str) -> Worker:
        ours, theirs = wires()
        alive, lifeline = os.pipe()
        scratch = self.new_scratch()
        environment = {
            "PATH": self.outer.get("PATH", os.defpath),
            "HOME": self.outer.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": threads,
        }
        passed = (*_PASSED_ON, *CLIENT)
        environment |= {name: self.outer[name] for name in passed if name in self.outer}
        files = (theirs.reading, theirs.writing, alive)
        words = (*map(str, files), str(self.store), str(scratch))
        with open(scratch / PRINTED, "a+b") as printed:
            process = subprocess.Popen(
                (sys.executable, "-P", "-m", f"{__package__}.worker", *words),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=files,
                start_new_session=True,
            )
        theirs.close()
        os.close(alive)
        death = os.pidfd_open(process.pid)
        worker = Worker(process, ours, lifeline, death, threads, scratch, oom_kills())
        for file in (ours.reading, death):
            self.selector.register(file, selectors.EVENT_READ, worker)
        return worker


# What the interpreter itself must know before a body's own variables are set.
_PASSED_ON = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
