"""One attempt at one step: inputs laid, body run, outputs in the store, a record to publish."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...runtime import process
from ...runtime.artifact import Artifact
from ...runtime.body import BodyError, Workplace, run_body
from ...runtime.command import collect, command_of
from ...runtime.inputs import lay
from ...runtime.key import Spec
from ...runtime.outputs import OutputError
from ...runtime.retry import AttemptFailed, Cause
from ...runtime.state import become
from ...runtime.step import Work, judge, prepare
from ...runtime.store import Guard, MissingObjectError, Store, changed


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at one step. `environment` is all that the body sees, secrets included."""

    work: Work
    scratch: Path
    roots: tuple[Path, ...]
    environment: Mapping[str, str]
    secrets: tuple[str, ...]
    log: Path
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Done:
    """The bytes of the result record; its objects lie in the store already."""

    record: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong with the attempt; `trace` is the user's part of the traceback."""

    cause: Cause
    message: str
    trace: str
    seconds: float


Answer = Done | Failed


def attempt(job: Job, store: Store) -> Answer:
    """One attempt, its output in the log, its result in the store."""
    began = time.monotonic()
    try:
        record = _attempt(job, store)
    except (BodyError, OutputError) as problem:
        trace = getattr(problem, "trace", "")
        return Failed(Cause.FAILURE, str(problem), trace, time.monotonic() - began)
    except AttemptFailed as problem:
        return Failed(problem.cause, str(problem), problem.trace, time.monotonic() - began)
    except (MissingObjectError, OSError) as problem:
        text = f"{type(problem).__name__}: {problem}"
        return Failed(Cause.INFRASTRUCTURE, text, "", time.monotonic() - began)
    finally:
        shutil.rmtree(job.scratch, ignore_errors=True)
    return Done(record, time.monotonic() - began)


def _attempt(job: Job, store: Store) -> bytes:
    spec = job.work.spec
    place = Workplace(job.scratch, job.roots)
    place.scratch.mkdir(parents=True)

    def fetch(artifact: Artifact, path: Path) -> tuple[Guard, ...]:
        return store.materialize(artifact, path, share=True)

    laid, guards = lay(spec, job.work.arguments, place.scratch, fetch)
    began = time.monotonic()
    if spec["kind"] == "python":
        outputs = _python(job, spec, laid, place)
    else:
        outputs = _command(job, spec, laid, place)
    if changed(guards):
        raise AttemptFailed(Cause.FAILURE, "the body changed one of its inputs")
    seconds = time.monotonic() - began
    return prepare(job.work, outputs, store, place.scratch, seconds).content


def _python(
    job: Job, spec: Spec, laid: Mapping[str, object], place: Workplace
) -> dict[str, object]:
    with _logged(job.log):
        become(job.environment, place.scratch)
        try:
            return run_body(spec, laid, place)
        finally:
            os.chdir("/")
            sys.stdout.flush()
            sys.stderr.flush()


def _command(
    job: Job, spec: Spec, laid: Mapping[str, object], place: Workplace
) -> dict[str, object]:
    command = command_of(spec, laid, place)
    with job.log.open("ab") as log:
        ended = process.run(
            command.argv,
            {**job.environment, **command.variables},
            command.folder,
            log,
            timeout=job.timeout,
            secrets=job.secrets,
        )
    judge(ended, job.timeout, None)
    return collect(spec, place)


@contextmanager
def _logged(log: Path) -> Iterator[None]:
    """Sends what the process prints, below Python too, to a file for the length of a block."""
    saved = (os.dup(1), os.dup(2))
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    try:
        yield
    finally:
        for number, before in zip((1, 2), saved, strict=True):
            os.dup2(before, number)
            os.close(before)
