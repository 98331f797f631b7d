"""The pool: worker processes, kept warm, ended with everything they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from .attempt import Job

_GRACE_SECONDS = 2.0


@dataclass(slots=True)
class Worker:
    """One process. `threads` is what its numerical libraries were started with."""

    process: subprocess.Popen[bytes]
    connection: Connection
    lifeline: int
    threads: str
    job: Job | None = None
    reusable: bool = True

    def start(self, job: Job, *, reusable: bool) -> None:
        """Hands over a job. Raises `OSError` where the process is gone."""
        self.job = job
        self.reusable = reusable
        self.connection.send(job)

    def end(self) -> None:
        """Ends the process and everything below it."""
        with suppress(OSError):
            os.close(self.lifeline)
        self.connection.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass(slots=True)
class Pool:
    """At most `size` workers; `folder` is the store they write to."""

    folder: Path
    size: int
    outer: Mapping[str, str]
    idle: list[Worker] = field(default_factory=list)
    busy: list[Worker] = field(default_factory=list)

    def take(self, threads: str) -> Worker:
        """A worker whose numerical libraries use so many threads, warm if there is one."""
        for worker in self.idle:
            if worker.threads == threads:
                self.idle.remove(worker)
                self.busy.append(worker)
                return worker
        if self.idle and len(self.idle) + len(self.busy) >= self.size:
            self.idle.pop(0).end()
        worker = self._started(threads)
        self.busy.append(worker)
        return worker

    def give_back(self, worker: Worker) -> None:
        """The job is done; a worker that must not be used again ends."""
        self.busy.remove(worker)
        worker.job = None
        if worker.reusable and worker.process.poll() is None:
            self.idle.append(worker)
        else:
            worker.end()

    def lose(self, worker: Worker) -> int:
        """The worker is broken or out of time: it ends; gives its exit code."""
        self.busy.remove(worker)
        worker.end()
        return worker.process.returncode

    def close(self) -> None:
        """Ends all workers."""
        for worker in (*self.idle, *self.busy):
            with suppress(OSError):
                os.close(worker.lifeline)
                worker.lifeline = os.open(os.devnull, os.O_RDONLY)
        for worker in (*self.idle, *self.busy):
            worker.end()
        self.idle.clear()
        self.busy.clear()

    def _started(self, threads: str) -> Worker:
        ours, theirs = Pipe()
        alive, lifeline = os.pipe()
        environment = {
            "PATH": self.outer.get("PATH", os.defpath),
            "HOME": self.outer.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": threads,
        }
        if "PYTHONPATH" in self.outer:
            environment["PYTHONPATH"] = self.outer["PYTHONPATH"]
        module = f"{__package__}.worker"
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                module,
                str(theirs.fileno()),
                str(alive),
                str(self.folder),
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), alive),
            start_new_session=True,
        )
        theirs.close()
        os.close(alive)
        return Worker(process, ours, lifeline, threads)
